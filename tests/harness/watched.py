"""Installations whose logs are shown where a test that used them fails."""

import pytest

from harness.installation import InstallationProcess

INSTALLATIONS = pytest.StashKey[list[InstallationProcess]]()


def watch(node: pytest.Item | pytest.Collector, installation: InstallationProcess) -> None:
    """`node` is the test, or the module of a fixture that several tests share."""
    node.stash.setdefault(INSTALLATIONS, []).append(installation)


def watched_by(item: pytest.Item) -> list[InstallationProcess]:
    return [installation for node in item.listchain() for installation in node.stash.get(INSTALLATIONS, [])]

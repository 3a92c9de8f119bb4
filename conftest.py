"""How the suite is spread over pytest-xdist's workers.

A file's tests share what they start, so they stay together. Those of tests/chaos each start their own world: each goes
where there is room, except that the cases of one test follow each other (the two of the second copies, at once, would
only be in each other's way). Whole processes take longest and go first, so that no worker ends alone with them.
"""

import pytest
from xdist.scheduler import LoadScopeScheduling


class FilesTogether(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("[" if nodeid.startswith("tests/chaos/") else "::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FilesTogether:
    config.option.loadscopereorder = False
    return FilesTogether(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("end_to_end") is None)

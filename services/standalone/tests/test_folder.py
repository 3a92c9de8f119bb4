"""The data folder keeps its keys to itself and serves one process at a time."""

import stat
from pathlib import Path

import pytest

from tieout_config_api.service_access import MAY
from tieout_standalone.folder import ASKING, DataFolder, FolderInUse


def test_keys_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "data") as folder:
        services = [folder.service_key(service) for service in ASKING]
        keys = (folder.sealing_key, folder.api_key, *services)
        before = [key.read_text() for key in keys]
        assert all(stat.S_IMODE(key.stat().st_mode) == 0o600 for key in keys)
    with DataFolder(tmp_path / "data") as folder:
        assert [key.read_text() for key in keys] == before
    assert len(set(before)) == len(keys)


def test_a_database_without_its_sealing_key_gets_no_new_one(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "data") as folder:
        folder.postgres.mkdir()
        folder.sealing_key.unlink()
        folder.prepare()
        assert not folder.sealing_key.exists()


def test_the_services_with_keys_are_those_that_config_api_admits(tmp_path: Path) -> None:
    assert set(ASKING) == set(MAY)


def test_a_second_process_on_the_same_folder_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with (
        DataFolder(tmp_path / "data"),
        pytest.raises(FolderInUse, match="Another Tieout is running"),
        DataFolder(tmp_path / "data"),
    ):
        pass


def test_emptying_a_folder_keeps_the_lock_and_makes_new_keys(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "data") as folder:
        before = folder.api_key.read_text()
        (folder.path / "postgres" / "base").mkdir(parents=True)
        folder.empty()
        assert not folder.postgres.exists()
        assert folder.api_key.read_text() != before
        with pytest.raises(FolderInUse), DataFolder(tmp_path / "data"):
            pass

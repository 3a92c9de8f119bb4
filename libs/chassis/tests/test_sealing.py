import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout_chassis.sealing import Sealer, Unsealable, create_sealing_key

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))
SEALER = Sealer({"a": KEY}, "a")


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_what_was_sealed_opens_in_its_place(plain: bytes, aad: bytes) -> None:
    sealed = SEALER.seal(plain, aad, "t")
    assert SEALER.open(sealed, aad) == plain
    assert len(plain) < 8 or plain not in sealed


def test_a_sealed_value_does_not_open_elsewhere_or_changed_or_cut() -> None:
    sealed = SEALER.seal(b"secret", b"here", "t")
    with pytest.raises(Unsealable, match="belongs elsewhere"):
        SEALER.open(sealed, b"there")
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(Unsealable):
            SEALER.open(bytes(changed), b"here")
        with pytest.raises(Unsealable):
            SEALER.open(sealed[:position], b"here")


def test_after_a_rotation_old_values_open_while_their_key_is_kept() -> None:
    old = SEALER.seal(b"x", b"", "t")
    rotated = Sealer({"a": KEY, "b": OTHER}, "b")
    assert rotated.open(old, b"") == b"x"
    assert rotated.seal(b"x", b"", "t")[2:3] == b"b"
    with pytest.raises(Unsealable, match="sealing key a is not here"):
        Sealer({"b": OTHER}, "b").open(old, b"")


def test_a_key_file_is_for_its_owner_only_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key"
    create_sealing_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        create_sealing_key(path)
    sealer = Sealer.from_file(path)
    create_sealing_key(tmp_path / "newer")
    path.write_text((tmp_path / "newer").read_text() + path.read_text())
    rotated = Sealer.from_file(path)
    assert rotated.open(sealer.seal(b"x", b"", "t"), b"") == b"x"
    assert rotated.current != sealer.current


def test_a_broken_key_file_is_refused_without_showing_it(tmp_path: Path) -> None:
    path = tmp_path / "key"
    for content in ("", "not base64!", "c2hvcnQ="):
        path.write_text(content)
        with pytest.raises(ValueError, match=r"key") as refused:
            Sealer.from_file(path)
        assert content == "" or content not in str(refused.value)

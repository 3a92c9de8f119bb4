"""The same seed gives the same bytes; numbers are exact in and out of JSON."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tieout_simulators.frame.exact_json import dumps, loads
from tieout_simulators.month import build_month, build_volume
from tieout_simulators.month.cli import main


def values(content: Any) -> Iterator[Any]:
    """Every value within a JSON document."""
    if isinstance(content, dict):
        for each in content.values():
            yield from values(each)
    elif isinstance(content, list | tuple):
        for each in content:
            yield from values(each)
    else:
        yield content


def test_the_same_seed_gives_the_same_bytes(books: Any, tmp_path: Path) -> None:
    one = [path.read_bytes() for path in books.month.write(tmp_path / "one")]
    other = [path.read_bytes() for path in build_month().write(tmp_path / "other")]
    assert one == other


def test_another_seed_gives_another_month(books: Any) -> None:
    assert build_month(seed=8).connectwise["gl_transactions"] != books.month.connectwise["gl_transactions"]


def test_there_is_no_float_anywhere(any_books: Any) -> None:
    month = any_books.month
    for content in (month.connectwise, month.xero, month.expected):
        kinds = {type(value) for value in values(content)}
        assert kinds <= {int, str, bool, Decimal, type(None)}


def test_json_round_trips_with_exact_decimals(any_books: Any) -> None:
    month = any_books.month
    for content in (month.connectwise, month.xero, month.expected):
        assert loads(dumps(content)) == content
        assert b"E+" not in dumps(content)


def test_no_amount_is_written_as_negative_zero(any_books: Any) -> None:
    decimals = [value for value in values(any_books.month.connectwise) if isinstance(value, Decimal)]
    assert not [value for value in decimals if value.is_zero() and value.is_signed()]


@pytest.mark.parametrize("seed", [1, 2, 3, 2026])
def test_other_seeds_keep_every_promise_of_the_cases(books: Any, seed: int) -> None:
    month = build_month(seed)
    causes = sorted(str(each["cause"]) for each in month.expected["documents"])
    assert causes == sorted(str(each["cause"]) for each in books.expected)
    assert all(each["total"] > 0 for each in month.expected["documents"] if each["kind"] == "invoice")


def test_scale_multiplies_the_ordinary_documents_only(books: Any) -> None:
    month = build_month(scale=2)
    special = [each for each in month.expected["documents"] if each["cause"]]
    assert len(special) == sum(1 for each in books.expected if each["cause"])
    assert len(month.expected["documents"]) > 1.9 * len(books.expected)


@pytest.mark.parametrize("scale", [0, 51])
def test_a_scale_outside_its_limits_is_refused(scale: int) -> None:
    with pytest.raises(ValueError, match="scale must be from 1 to 50"):
        build_month(scale=scale)


def test_the_command_writes_the_three_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "3", "--out", str(tmp_path), "--invoices", "4", "--lines", "2"]) == 0
    names = [Path(line).name for line in capsys.readouterr().out.splitlines()]
    assert names == ["connectwise.json", "xero.json", "expected.json"]
    assert loads((tmp_path / "expected.json").read_bytes()) == build_volume(4, 2, seed=3).expected


def test_the_command_says_what_it_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--out", str(tmp_path), "--scale", "99"])
    assert "scale must be from 1 to 50" in capsys.readouterr().err

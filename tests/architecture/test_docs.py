"""What documents name exists: settings, symbols, make targets, commands, files, tests, error codes."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from harness import house

FORBIDDEN = ("../shared", "/work/", "CATALOGUE.md", "DESIGN.md", "claude", "chatgpt", "incumbent", "subagent")


def test_every_link_to_a_file_leads_to_one() -> None:
    def broken(document: Path) -> list[str]:
        links = re.findall(r"\]\((?!https?://|mailto:|#)([^)#]+)(?:#[^)]*)?\)", document.read_text())
        return [link for link in links if not (document.parent / link).exists()]

    assert offenders(broken) == {}


def test_every_setting_that_is_named_can_be_set() -> None:
    def unknown(document: Path) -> set[str]:
        return set(re.findall(r"\bTIEOUT_[A-Z][A-Z_]*\b", document.read_text())) - house.settings()

    assert offenders(unknown) == {}


def test_every_symbol_with_a_module_path_can_be_imported() -> None:
    def missing(document: Path) -> list[str]:
        symbols = [code for code in house.code_spans(document) if re.fullmatch(r"tieout_\w+(\.\w+)+(\(\))?", code)]
        return [symbol for symbol in symbols if not house.is_importable(symbol.removesuffix("()"))]

    assert offenders(missing) == {}


def test_every_make_target_is_in_the_makefile() -> None:
    assert offenders(lambda document: house.commands_after("make", document) - house.make_targets()) == {}


def test_every_tieout_command_is_one() -> None:
    assert offenders(lambda document: house.commands_after("tieout", document) - house.tieout_commands()) == {}


def test_every_file_that_is_named_exists() -> None:
    def missing(document: Path) -> list[str]:
        paths = [code for code in house.code_spans(document) if house.looks_like_a_path(code)]
        return [path for path in paths if not house.is_there(path, document)]

    assert offenders(missing) == {}


def test_every_test_that_is_named_exists() -> None:
    def missing(document: Path) -> set[str]:
        return set(re.findall(r"\btest_[a-zA-Z0-9_]+\b", document.read_text())) - house.test_names()

    assert offenders(missing) == {}


def test_the_docs_tell_how_to_make_the_hold_status_and_the_reload_status_F133() -> None:
    page = (house.ROOT / "docs" / "billing-statuses.md").read_text()
    for status in ("Hold for finance", "GL Reload"):
        (table,) = re.findall(rf"\| Name \| `{status}` \|\n\| Closed \| (\w+) \|\n\| Sent \| (\w+)", page)
        assert table == ("no", "no"), status
    assert "billing-statuses.md" in (house.ROOT / "docs" / "running.md").read_text()


def test_no_document_speaks_of_how_it_was_made() -> None:
    def spoken(document: Path) -> list[str]:
        text = document.read_text().lower()
        return [word for word in FORBIDDEN if word.lower() in text]

    assert offenders(spoken) == {}


def test_every_problem_has_its_page_and_every_page_its_problem() -> None:
    pages = {path.stem for path in (house.ROOT / "docs" / "errors").glob("*.*.md")}
    assert pages == house.problem_codes()


@pytest.mark.parametrize("number", range(1, 12))
def test_every_invariant_names_a_test_that_guards_it(number: int) -> None:
    """One that a later change brings says so (I-11 comes with payments)."""
    text = (house.ROOT / "docs" / "invariants.md").read_text()
    (row,) = [line for line in text.splitlines() if re.match(rf"\| *I-{number} *\|", line)]
    assert re.search(r"test_\w+|comes with", row), row


@pytest.mark.parametrize(("kind", "count"), [("behaviour", 10), ("text", 17)])
def test_every_ledger_behaviour_and_error_text_names_tests_that_are_named_after_it(kind: str, count: int) -> None:
    """One that a later change brings says so."""
    page = (house.ROOT / "docs" / "ledger-behaviours.md").read_text()
    rows = dict(re.findall(rf"^\| {kind} (\d+) \|(.*)$", page, re.MULTILINE))
    assert list(rows) == [str(number) for number in range(1, count + 1)]
    for number, row in rows.items():
        tests = re.findall(r"\btest_\w+", row)
        assert tests or "comes with" in row, f"{kind} {number}"
        assert [test for test in tests if not re.search(rf"_{kind}_{number}(?!\d)", test)] == []


def offenders(found_in: Callable[[Path], Iterable[str]]) -> dict[str, list[str]]:
    """What is wrong, by document."""
    found = {str(path.relative_to(house.ROOT)): sorted(found_in(path)) for path in house.documents()}
    return {name: wrong for name, wrong in found.items() if wrong}


def test_each_decision_has_a_number_of_its_own_and_its_heading_bears_it() -> None:
    decisions = sorted((house.ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    assert [path.name for path in decisions if not path.read_text().startswith(f"# {int(path.name[:4])}. ")] == []

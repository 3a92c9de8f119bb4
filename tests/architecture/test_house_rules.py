"""Rules of the house that no tool of `make check` enforces."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from harness import house

MAX_MODULE_LINES = 400
MEDIAN_MODULE_LINES = 110
EXCUSES = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError|pragma: no cover)\b")
SKIPS = re.compile(r"pytest\.(mark\.)?(skip|xfail|skipif)\b")
MAY_SAY_XXX = {"document.py"}  # ISO 4217's "no currency"
SLEEPS = re.compile(r"\b(time|asyncio)\.sleep\((?!0\))")
REAL = re.compile(r"mark\.(postgres|kafka|http|end_to_end)\b")
FORBIDDEN = re.compile(r"\.\./shared|/work/(main|plan|shared)|\bincumbent\b|\bsubagent\b", re.IGNORECASE)


def product_modules() -> list[Path]:
    return [path for path in house.tracked() if path.suffix == ".py" and "src" in path.parts]


def every_module() -> list[Path]:
    return [*product_modules(), *house.modules_of_tests()]


def test_modules_fit_in_a_head() -> None:
    lines = {str(path.relative_to(house.ROOT)): len(path.read_text().splitlines()) for path in product_modules()}
    assert {name: count for name, count in lines.items() if count > MAX_MODULE_LINES} == {}
    assert sorted(lines.values())[len(lines) // 2] <= MEDIAN_MODULE_LINES


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path in product_modules() if not ast.get_docstring(ast.parse(path.read_text()))]
    assert [str(path.relative_to(house.ROOT)) for path in silent] == []


def test_nothing_is_left_for_later() -> None:
    assert lines_with(EXCUSES, [path for path in product_modules() if path.name not in MAY_SAY_XXX]) == []


def test_no_test_is_skipped_but_for_want_of_a_broker() -> None:
    modules = [path for path in house.modules_of_tests() if path != Path(__file__)]
    assert [place for place in lines_with(SKIPS, modules) if "kafka" not in place.lower()] == []


def test_unit_tests_do_not_sleep() -> None:
    assert lines_with(SLEEPS, [path for path in house.modules_of_tests() if is_unit(path)]) == []


def is_unit(path: Path) -> bool:
    """Tests that stand on nothing real, by their marks and their folder; fixtures may wait for what they start."""
    real = {"service", "chaos", "end_to_end", "harness", "kafka", "bus"} & set(path.relative_to(house.ROOT).parts)
    return not real and path.name != "conftest.py" and not REAL.search(path.read_text())


def test_no_file_speaks_of_how_it_was_made() -> None:
    assert [place for place in lines_with(FORBIDDEN, every_module()) if "tests/architecture" not in place] == []


@pytest.mark.parametrize("service", sorted(path.name for path in (house.ROOT / "services").iterdir() if path.is_dir()))
def test_every_service_has_the_same_files(service: str) -> None:
    if service == "standalone":  # composition only
        return
    package = house.ROOT / "services" / service / "src" / f"tieout_{service.replace('-', '_')}"
    assert (house.ROOT / "services" / service / "README.md").exists()
    store = () if service.endswith("-writer") else ("store",)  # a writer's rows are the posting engine's
    for name in ("app", "handlers", *store, "settings", "__main__"):
        assert (package / f"{name}.py").exists() or (package / name / "__init__.py").exists(), f"{service}: {name}"


def lines_with(pattern: re.Pattern[str], paths: Iterable[Path]) -> list[str]:
    return [
        f"{path.relative_to(house.ROOT)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if pattern.search(line)
    ]

"""Rule modules rewritten while they are imported: for tools that ask what the rules' tests notice, or reach."""

import ast
import importlib.abc
import importlib.util
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

RULES = Path(__file__).parents[2] / "src" / "tieout_transform" / "rules"
PACKAGE = "tieout_transform.rules"
NEEDS_A_DATABASE = ("on_postgres", "bus", "references_kept", "speed")

Rewrite = Callable[[str, ast.Module, ModuleType], None]
"""Changes a module's tree in place, and may give the module names; told its name within the rules (`ledgers.qbo`)."""


def rule_modules() -> Iterator[tuple[str, ast.Module]]:
    """Each module's name within the rules, and its tree."""
    for path in sorted(RULES.rglob("*.py")):
        yield ".".join(path.relative_to(RULES).with_suffix("").parts), ast.parse(path.read_text())


def rule_tests(*left_out: str) -> list[Path]:
    """The files with the rules' tests, but for those with one of these words in their names."""
    words = (*NEEDS_A_DATABASE, *left_out)
    tests = sorted(Path(__file__).parents[1].glob("test_*.py"))
    return [path for path in tests if not any(word in path.name for word in words)]


def rewrite_while_importing(rewrite: Rewrite) -> None:
    """From now on; what was imported already stays as it is."""
    assert not any(name.startswith(PACKAGE) for name in sys.modules), "the rules were imported already"
    sys.meta_path.insert(0, _Rewriter(rewrite))


class _Rewriter(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, rewrite: Rewrite) -> None:
        self._rewrite = rewrite

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        file = _file_of(fullname)
        if file is None:
            return None
        found = importlib.util.spec_from_file_location(fullname, file, loader=self)
        if found is not None and file.name == "__init__.py":
            found.submodule_search_locations = [str(file.parent)]
        return found

    def exec_module(self, module: ModuleType) -> None:
        file = Path(str(module.__file__))
        tree = ast.parse(file.read_text())
        self._rewrite(".".join(file.relative_to(RULES).with_suffix("").parts), tree, module)
        exec(compile(ast.fix_missing_locations(tree), str(file), "exec"), module.__dict__)


def _file_of(fullname: str) -> Path | None:
    if fullname != PACKAGE and not fullname.startswith(f"{PACKAGE}."):
        return None
    place = RULES.joinpath(*fullname.removeprefix(PACKAGE).split("."))
    return next((file for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file()), None)

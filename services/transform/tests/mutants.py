"""How many small mistakes in the rules the tests would notice; outside CI, for it takes a while.

    python services/transform/tests/mutants.py [N] [SEED] [--workers COUNT]

A mutant is a rule module with one mistake: another comparison, `and` for `or`, plus for minus, a number off by one, a
truth reversed, a statement left out. Each runs against the rules' tests in a process of its own until one test fails;
one that takes longer than `MUTANT_TIMEOUT_S` counts as noticed too. It prints the mutants that nobody noticed and the
share of those that were, and ends with 1 below `WANTED`.
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import ModuleType

from transform_kit.rewritten import rewrite_while_importing, rule_modules, rule_tests

HERE = Path(__file__).parent
CONFIG = HERE.parents[2] / "pyproject.toml"
MUTANT = "TIEOUT_MUTANT"
"""module|index of the mistake, in the environment of a mutant's process."""
MUTANTS = 300
SEED = 7
WANTED = 0.85
MUTANT_TIMEOUT_S = 240
SLOW = "exactness_table"
LEFT_OUT = ("exactness_properties",)
"""Hypothesis would look for the smallest failing example; the seeded documents cover the same ground faster."""

_OTHER: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


@dataclass(frozen=True)
class Mistake:
    """One mistake in one module: the place-th that can be made there."""

    module: str
    place: int
    line: int
    words: str


def mistakes_in(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Every node in which a mistake can be made, with the mistake in words.

    Decorators are passed over: whether a dataclass is frozen changes nothing that a test could see.
    """
    decorators = [each for node in ast.walk(tree) for each in getattr(node, "decorator_list", ())]
    harmless = {id(part) for decorator in decorators for part in ast.walk(decorator)}
    for node in ast.walk(tree):
        if id(node) in harmless:
            continue
        match node:
            case ast.Compare(ops=[op]) if type(op) in _OTHER:
                yield node, f"{type(op).__name__} becomes {_OTHER[type(op)].__name__}"
            case ast.BoolOp(op=op) | ast.BinOp(op=op) if type(op) in _OTHER and not _is_of_types(node):
                yield node, f"{type(op).__name__} becomes {_OTHER[type(op)].__name__}"
            case ast.UnaryOp(op=ast.Not() | ast.USub()):
                yield node, f"{type(node.op).__name__} left out"
            case ast.Constant(value=bool()):
                yield node, f"{node.value} reversed"
            case ast.Constant(value=int()):
                yield node, f"{node.value} becomes {node.value + 1}"
            case ast.Expr(value=ast.Call()) | ast.AugAssign():
                yield node, f"left out: {ast.unparse(node)[:60]}"


def _is_of_types(node: ast.AST) -> bool:
    """`str | None` in an annotation is no arithmetic."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr)


def make(tree: ast.Module, place: int) -> None:
    """Make the place-th mistake in `tree`."""
    node, _ = list(mistakes_in(tree))[place]
    match node:
        case ast.Compare():
            node.ops = [_OTHER[type(node.ops[0])]()]  # type: ignore[list-item]
        case ast.BoolOp() | ast.BinOp():
            node.op = _OTHER[type(node.op)]()  # type: ignore[assignment]
        case ast.UnaryOp():
            _replace(tree, node, node.operand)
        case ast.Constant(value=bool()):
            node.value = not node.value
        case ast.Constant(value=int()):
            node.value += 1
        case _:
            _replace(tree, node, ast.copy_location(ast.Pass(), node))


def _replace(tree: ast.Module, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
            elif isinstance(value, list) and any(each is old for each in value):
                setattr(parent, name, [new if each is old else each for each in value])


def all_mistakes() -> list[Mistake]:
    return [
        Mistake(module, place, getattr(node, "lineno", 0), words)
        for module, tree in rule_modules()
        for place, (node, words) in enumerate(mistakes_in(tree))
    ]


def slow_last() -> list[str]:
    """The rules' tests."""
    return [str(path) for path in sorted(rule_tests(*LEFT_OUT), key=lambda path: SLOW in path.name)]


def is_noticed(mistake: Mistake, service: Path) -> bool:
    """Whether a test fails with the mistake in place; `service` is a copy, so that the original may be worked on."""
    environment = {
        **os.environ,
        MUTANT: f"{mistake.module}|{mistake.place}",
        "PYTHONPATH": str(service / "src"),
    }
    command = [sys.executable, str(service / "tests" / Path(__file__).name), "--one", "--config", str(CONFIG)]
    try:
        done = subprocess.run(
            command, env=environment, cwd=service, capture_output=True, timeout=MUTANT_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def _run_one(config: Path) -> int:
    mutated, place = os.environ[MUTANT].split("|")

    def mistaken(name: str, tree: ast.Module, _: ModuleType) -> None:
        if name == mutated:
            make(tree, int(place))

    rewrite_while_importing(mistaken)
    import pytest  # only now: the rules must be imported by the tests

    quiet = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", str(config)]
    return int(pytest.main([*quiet, "--rootdir", str(HERE), *slow_last()]))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=MUTANTS)
    parser.add_argument("seed", type=int, nargs="?", default=SEED)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--config", type=Path, default=CONFIG, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.one:
        return _run_one(given.config)
    possible = all_mistakes()
    sample = Random(given.seed).sample(possible, min(given.count, len(possible)))
    with TemporaryDirectory() as folder, ThreadPoolExecutor(given.workers) as workers:
        service = Path(folder, "transform")
        for part in ("src", "tests"):
            shutil.copytree(HERE.parent / part, service / part, ignore=shutil.ignore_patterns("__pycache__"))
        noticed = 0
        for mistake, seen in zip(sample, workers.map(partial(is_noticed, service=service), sample), strict=True):
            noticed += seen
            if not seen:
                print(f"not noticed: {mistake.module}.py:{mistake.line}: {mistake.words}", flush=True)
    share = noticed / len(sample)
    print(f"{noticed} of {len(sample)} mutants noticed ({share:.1%}), of {len(possible)} possible, seed {given.seed}")
    return 0 if share >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())

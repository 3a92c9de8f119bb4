"""Whether the rules' unit tests take every branch of the rules.

    python services/transform/tests/branches.py

A branch is a condition that was true, and one that was false (of `and` and `or` each part but the last, which decides
no jump), a loop that was entered and one that ran to its end, an exception that was caught, a function that was called.
It prints each branch that no test takes, and ends with 1 where there is one. The thousands of generated documents are
left out: they are slow, and a branch that only chance reaches is not tested.
"""

import ast
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from transform_kit.rewritten import RULES, rewrite_while_importing, rule_tests

CONFIG = RULES.parents[4] / "pyproject.toml"
GENERATED = ("exactness",)
TELL = "__tell__"

Branch = tuple[str, int, int, str]
"""Module, line, column, and what happens there."""


class Branches:
    """All branches of the modules that were imported, and those that were taken."""

    def __init__(self) -> None:
        self.known: list[Branch] = []
        self.taken: set[int] = set()

    def instrument(self, name: str, tree: ast.Module, module: ModuleType) -> None:
        _Instrument(name, self._known_as).visit(tree)
        module.__dict__[TELL] = self._tell

    def missed(self) -> list[Branch]:
        return sorted(branch for number, branch in enumerate(self.known) if number not in self.taken)

    def _known_as(self, branch: Branch) -> int:
        self.known.append(branch)
        return len(self.known) - 1

    def _tell(self, number: int, value: Any = True) -> Any:
        """The condition's value, unchanged; the branch after `number` is that of the false one."""
        self.taken.add(number if value else number + 1)
        return value


class _Instrument(ast.NodeTransformer):
    """Conditions tell their outcome, and blocks that they run."""

    def __init__(self, module: str, known_as: Callable[[Branch], int]) -> None:
        self._module, self._known_as = module, known_as

    def visit_If(self, node: ast.If) -> ast.AST:
        node.test = self._condition(node.test)
        return self.generic_visit(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        node.test = self._condition(node.test)
        return self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        node.test = self._condition(node.test)
        return self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        node.ifs = [self._condition(each) for each in node.ifs]
        return self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        node.values = [*(self._condition(each) for each in node.values[:-1]), node.values[-1]]
        return self.generic_visit(node)

    def visit_For(self, node: ast.For) -> ast.AST:
        self.generic_visit(node)
        node.body.insert(0, self._mark(node, "the loop is entered"))
        node.orelse.insert(0, self._mark(node, "the loop runs to its end"))
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.generic_visit(node)
        node.body.insert(0, self._mark(node, "the exception is caught"))
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        if all(isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) for each in node.body):
            return node  # a protocol's promise: there is nothing to call
        node.body.insert(0, self._mark(node, f"{node.name} is called"))
        return node

    def _condition(self, test: ast.expr) -> ast.expr:
        number = self._number(test, f"{ast.unparse(test)} is true")
        self._number(test, f"{ast.unparse(test)} is false")
        return ast.copy_location(self._telling(number, test), test)

    def _mark(self, node: ast.stmt | ast.ExceptHandler, words: str) -> ast.stmt:
        return ast.copy_location(ast.Expr(self._telling(self._number(node, words))), node)

    def _number(self, node: ast.expr | ast.stmt | ast.ExceptHandler, words: str) -> int:
        return self._known_as((self._module, node.lineno, node.col_offset, words))

    @staticmethod
    def _telling(number: int, *value: ast.expr) -> ast.expr:
        return ast.Call(ast.Name(TELL, ast.Load()), [ast.Constant(number), *value], [])


def main() -> int:
    branches = Branches()
    rewrite_while_importing(branches.instrument)
    import pytest  # only now: the rules must be imported by the tests

    quiet = ["-q", "--no-header", "-p", "no:cacheprovider", "-c", str(CONFIG)]
    status = pytest.main([*quiet, "--rootdir", str(CONFIG.parent), *map(str, rule_tests(*GENERATED))])
    missed = branches.missed()
    for module, line, _, words in missed:
        print(f"not taken: {module}.py:{line}: {words}")
    print(f"{len(branches.known) - len(missed)} of {len(branches.known)} branches of the rules are taken")
    return 1 if missed or status else 0


if __name__ == "__main__":
    sys.exit(main())

"""Small bugs by rule: each is one place of a file written otherwise."""

import ast
import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
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
}
OTHER_SUM: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
OTHER_NAME = {"and_": "or_", "or_": "and_", "min": "max", "max": "min", "any": "all", "all": "any"}
CONDITIONS = {"where", "and_", "or_", "filter"}
"""Calls whose arguments narrow a query: each can be forgotten."""
LINKS = {"where", "order_by", "limit", "distinct", "with_for_update", "on_conflict_do_nothing"}
"""Links of a chain that can be forgotten."""


class Mutant(NamedTuple):
    """A bug: in `file`, from `start` to `end` (characters), stands `text`; `first` and `last` are the lines that run it.

    Lines of a bug outside of functions are 0: it runs when the file is imported.
    """

    file: str
    line: int
    words: str
    start: int
    end: int
    text: str
    first: int
    last: int

    def applied(self, source: str) -> str:
        """The file with the bug in it."""
        return source[: self.start] + self.text + source[self.end :]


def mutants_of(file: str, source: str) -> list[Mutant]:
    """Every bug that the rules know for a file; those that change nothing of its meaning, or are no Python, are left out."""
    tree = ast.parse(source)
    places = _Places(source)
    found, seen = [], {ast.dump(tree)}
    for node, role, first, last in _nodes(tree):
        for words, other in (*_as_condition(node, role), *_otherwise(node)):
            start, end = places.of(node)
            mutant = Mutant(file, node.lineno, words, start, end, _written(other), first, last)
            try:
                dump = ast.dump(ast.parse(mutant.applied(source)))
            except SyntaxError:
                continue
            if dump not in seen:
                seen.add(dump)
                found.append(mutant)
    return found


class _Places:
    """Characters of nodes: Python counts bytes of a line."""

    def __init__(self, source: str) -> None:
        self.lines = source.splitlines(keepends=True)
        self.begins = [0]
        for line in self.lines:
            self.begins.append(self.begins[-1] + len(line))

    def of(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno, node.end_col_offset)

    def _at(self, line: int, column: int) -> int:
        return self.begins[line - 1] + len(self.lines[line - 1].encode()[:column].decode())


def _nodes(tree: ast.AST, first: int = 0, last: int = 0, *, inside: bool = False) -> Iterator[tuple[Any, str, int, int]]:
    """Expressions and statements that do something, what of another they are, and the lines of the statement (in a function)."""
    for name, value in ast.iter_fields(tree):
        if name in {"annotation", "returns", "decorator_list", "type_params"}:
            continue
        for node in value if isinstance(value, list) else [value]:
            if not isinstance(node, ast.AST) or isinstance(node, ast.Import | ast.ImportFrom):
                continue
            is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            lines = (first, last)
            if isinstance(node, ast.stmt) and inside:
                body = getattr(node, "body", None)
                lines = (node.lineno, body[0].lineno - 1 if body and body[0].lineno > node.lineno else node.end_lineno or node.lineno)
            if isinstance(node, ast.expr | ast.stmt) and not _is_docstring(node):
                yield node, name, *lines
            yield from _nodes(node, *lines, inside=inside or is_function)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _as_condition(node: ast.expr, role: str) -> Iterator[tuple[str, ast.AST]]:
    if role in {"test", "ifs"}:
        yield "a condition turned round", ast.UnaryOp(ast.Not(), node)
    if role == "ifs":
        yield "a condition left out", ast.Constant(value=True)


def _otherwise(node: ast.AST) -> Iterator[tuple[str, ast.AST | None]]:
    """What can stand instead of a node, and that in words; None: nothing."""
    match node:
        case ast.Compare():
            for number, operator in enumerate(node.ops):
                yield "another comparison", _with(node, "ops", number, OPPOSITE[type(operator)]())
        case ast.BoolOp():
            yield "and, or", _changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
            if len(node.values) > 1:
                for number in range(len(node.values)):
                    left = [value for place, value in enumerate(node.values) if place != number]
                    yield "a condition left out", left[0] if len(left) == 1 else _changed(node, values=left)
        case ast.BinOp() if type(node.op) in OTHER_SUM:
            yield "another sum", _changed(node, op=OTHER_SUM[type(node.op)]())
        case ast.UnaryOp(op=ast.Not() | ast.Invert() | ast.USub()):
            yield "a sign left out", node.operand
        case ast.IfExp():
            yield "always", node.body
            yield "never", node.orelse
        case ast.Constant(value=bool()):
            yield "the other truth", ast.Constant(not node.value)
        case ast.Constant(value=int(value)):
            yield "one more", ast.Constant(value + 1)
            yield "one less", ast.Constant(value - 1)
        case ast.Tuple() | ast.List() | ast.Set() if len(node.elts) > 1 and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            for number in range(len(node.elts)):
                yield "an element left out", _without(node, "elts", number)
        case ast.Dict() if len(node.keys) > 1:
            for number in range(len(node.keys)):
                yield "an entry left out", _without(_without(node, "keys", number), "values", number)
        case ast.Call():
            yield from _calls(node)
        case ast.Return() if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield "nothing comes back", ast.Return(ast.Constant(None))
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Delete() | ast.Continue() | ast.Break():
            yield "a statement left out", None
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute()]):
            yield "a statement left out", None


def _calls(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    if isinstance(function, ast.Name) and name in OTHER_NAME:
        yield "and, or" if name.endswith("_") else "the other end", _changed(node, func=ast.Name(OTHER_NAME[name], ast.Load()))
    if name in CONDITIONS and len(node.args) > 1:
        for number in range(len(node.args)):
            yield "a condition left out", _without(node, "args", number)
    if isinstance(function, ast.Attribute) and name in LINKS:
        yield f"no {name}", function.value
    if name == "values" and node.keywords:
        for number in range(len(node.keywords)):
            yield "a value left out", _without(node, "keywords", number)


def _changed(node: ast.AST, **fields: object) -> ast.AST:
    other = copy.deepcopy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def _with(node: ast.AST, name: str, number: int, value: object) -> ast.AST:
    other = copy.deepcopy(node)
    getattr(other, name)[number] = value
    return other


def _without(node: ast.AST, name: str, number: int) -> ast.AST:
    other = copy.deepcopy(node)
    del getattr(other, name)[number]
    return other


def _written(node: ast.AST | None) -> str:
    text = "pass" if node is None else ast.unparse(ast.fix_missing_locations(node))
    return f"({text})" if isinstance(node, ast.expr) and not isinstance(node, ast.Constant | ast.Name) else text

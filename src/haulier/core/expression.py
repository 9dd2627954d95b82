"""Conditions: `tasks.fetch.state == "failed" and len(params.files) > 1`, read once and asked often.

Literals, lists, names, `.key`, `[index]`, `== != < <= > >= in not in`, `and or not`, `len()`, parentheses. Nothing of
Python can be reached from one: names are those of a scope, and a key is one of a mapping or a list.
"""
from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, NoReturn, TypeAlias

from ..model.errors import Invalid
from ..model.task import OVER
from .spelling import nearest
from .template import ROOTS, Reference, Scope, got, kind_of, reference

LONGEST = 2000
DEEPEST = 30
_Value: TypeAlias = Callable[[Scope], Any]
_WORDS = {"true": True, "false": False, "null": None, "none": None}
_COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.In: lambda one, many: _is_in(one, many),
    ast.NotIn: lambda one, many: not _is_in(one, many)}
_MEANT = ((re.compile("(?<![=!<>])=(?!=)"), "compare with =="),
          (re.compile(r"&&|\|\||!(?!=)"), "and, or, not are written as words"))
_REFUSED: Mapping[type[ast.AST], str] = {
    ast.BinOp: "conditions do not calculate; a key with a - in it is written in brackets: params[\"a-b\"]",
    ast.IfExp: "no if … else here", ast.Lambda: "no lambda here", ast.JoinedStr: "no f-strings here",
    ast.NamedExpr: "compare with ==, not with :=", ast.Call: "only len(…) can be called",
    ast.Slice: "one index, no range of them"}


@dataclass(frozen=True, slots=True)
class Expression:
    """One that makes sense."""

    text: str
    references: tuple[Reference, ...]
    """All that it asks for, as far as that is known before it runs."""
    _value: _Value

    def value(self, scope: Scope) -> Any:
        """What comes out; Invalid if it asks for what is not there, or compares what cannot be compared."""
        return self._value(scope)

    def holds(self, scope: Scope) -> bool:
        """Whether that counts as true."""
        return bool(self._value(scope))


@lru_cache(4096)
def parsed(text: str) -> Expression:
    """The expression; Invalid, with the column, if it makes no sense."""
    line = " ".join(text.split("\n")).strip()
    if not line:
        raise Invalid("an empty condition")
    if len(line) > LONGEST:
        raise Invalid(f"longer than {LONGEST} characters")
    if "${" in line:
        raise Invalid(f"column {line.index('${') + 1}: in a condition names stand by themselves, without ${{ and }}")
    reader = _Reader(line)
    value = reader.read(_tree(line), 0)
    return Expression(line, tuple(reader.references), value)


def _tree(line: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(line, mode="eval").body
    except SyntaxError as error:
        hint = next((f"; {said}" for sign, said in _MEANT if sign.search(line)), "")
        raise Invalid(f"column {error.offset or len(line)}: this is no condition{hint}") from None
    except (ValueError, RecursionError, MemoryError):
        raise Invalid("this is no condition: too deep, or a character that no text may hold") from None


class _Reader:
    """Turns what was written into functions of a scope."""

    def __init__(self, line: str) -> None:
        self._line = line
        self.references: list[Reference] = []
        self._readers: Mapping[type[ast.AST], Callable[[Any, int], _Value]] = {
            ast.Constant: self._constant, ast.UnaryOp: self._unary, ast.BoolOp: self._either,
            ast.Compare: self._comparison, ast.List: self._listed, ast.Tuple: self._listed, ast.Call: self._length,
            ast.Subscript: self._item}

    def read(self, node: ast.expr, depth: int) -> _Value:
        if depth > DEEPEST:
            raise self._wrong(node, "too deep")
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.BinOp) and (found := self._reference(node)):
            return found
        reader = self._readers.get(type(node))
        return reader(node, depth + 1) if reader else self._refused(node)

    def _constant(self, node: ast.Constant, depth: int) -> _Value:
        value = node.value
        return (lambda scope: value) if isinstance(value, str | int | float | None) else self._refused(node)

    def _unary(self, node: ast.UnaryOp, depth: int) -> _Value:
        inner = self.read(node.operand, depth)
        if isinstance(node.op, ast.Not):
            return lambda scope: not inner(scope)
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            return lambda scope: -inner(scope)
        return self._refused(node)

    def _either(self, node: ast.BoolOp, depth: int) -> _Value:
        values = [self.read(value, depth) for value in node.values]
        if isinstance(node.op, ast.Or):
            return lambda scope: any(value(scope) for value in values)
        return lambda scope: all(value(scope) for value in values)

    def _listed(self, node: ast.List | ast.Tuple, depth: int) -> _Value:
        each = [self.read(item, depth) for item in node.elts]
        return lambda scope: [item(scope) for item in each]

    def _reference(self, node: ast.expr) -> _Value | None:
        """A name, with keys behind it; an id of a task may have a `-` in it, which looks like a difference."""
        text = ast.get_source_segment(self._line, node) or ""
        if text in _WORDS:
            return lambda scope: _WORDS[text]
        found = reference(text)
        if found is None or (isinstance(node, ast.BinOp) and found.root != "tasks"):
            return None
        if found.root not in ROOTS:
            hint = f"a parameter is written params.{text}, a text in quotes"
            raise self._wrong(node, f'nothing is called "{found.root}"; {hint}')
        self.references.append(found)
        return lambda scope: found.value(scope)

    def _comparison(self, node: ast.Compare, depth: int) -> _Value:
        sides = [node.left, *node.comparators]
        for one, other in pairwise(sides):
            self._check_state(one, other)
            self._check_state(other, one)
        values = [self.read(side, depth) for side in sides]
        steps = [(left, self._operator(node, op), right)
                 for (left, right), op in zip(pairwise(values), node.ops, strict=True)]
        return lambda scope: all(_compared(kind, left(scope), right(scope)) for left, kind, right in steps)

    def _operator(self, node: ast.expr, op: ast.cmpop) -> Callable[[Any, Any], Any]:
        if type(op) not in _COMPARED:
            raise self._wrong(node, f"compare with {'==' if isinstance(op, ast.Is) else '!='}")
        return _COMPARED[type(op)]

    def _check_state(self, asked: ast.expr, said: ast.expr) -> None:
        """A state that is compared with what no state is called is never that."""
        found = reference(ast.get_source_segment(self._line, asked) or "")
        if found is None or len(found.pieces) != 3 or (found.root, found.pieces[2]) != ("tasks", "state"):
            return
        for one in said.elts if isinstance(said, ast.List | ast.Tuple) else [said]:
            if isinstance(one, ast.Constant) and one.value not in OVER:
                known = nearest(str(one.value), OVER)
                raise self._wrong(one, f"no task ends as {one.value!r}; {known}")

    def _length(self, node: ast.Call, depth: int) -> _Value:
        if not (isinstance(node.func, ast.Name) and node.func.id == "len" and len(node.args) == 1) or node.keywords:
            return self._refused(node)
        value = self.read(node.args[0], depth)

        def length(scope: Scope) -> int:
            found = value(scope)
            if not isinstance(found, str | Sequence | Mapping):
                raise Invalid(f"{kind_of(found)} has no length")
            return len(found)
        return length

    def _item(self, node: ast.Subscript, depth: int) -> _Value:
        value, key = self.read(node.value, depth), self.read(node.slice, depth)
        shown = ast.get_source_segment(self._line, node.value) or "this"
        return lambda scope: got(value(scope), key(scope), lambda: shown)

    def _refused(self, node: ast.expr) -> NoReturn:
        raise self._wrong(node, _REFUSED.get(type(node), "this has no place in a condition"))

    def _wrong(self, node: ast.expr, said: str) -> Invalid:
        column = len(self._line.encode()[:node.col_offset].decode(errors="replace")) + 1
        return Invalid(f"column {column}: {said}")


def _compared(kind: Callable[[Any, Any], Any], left: Any, right: Any) -> bool:
    try:
        return bool(kind(left, right))
    except TypeError:
        raise Invalid(f"{kind_of(left)} cannot be compared with {kind_of(right)}") from None


def _is_in(one: Any, many: Any) -> bool:
    if isinstance(many, str) and not isinstance(one, str):
        raise TypeError
    if isinstance(many, Mapping) and not isinstance(one, str):
        return False
    return one in many

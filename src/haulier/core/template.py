"""`${…}` in the settings of a task: what it refers to, and its value.

`${params.x}`, `${tasks.ID.outputs.x.y}`, `${tasks.ID.state}`, `${item}`, `${item.path}`, `${index}`, `${run.id}`, and
`${x}` for a parameter x. An item of a list is `[0]`, a name with other characters `["a b"]`. `$${` is a literal `${`.
Any other `${…}` stays as it is.
"""
from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from ..model.errors import Invalid
from .spelling import nearest

Scope: TypeAlias = Mapping[str, Any]
"""What is referred to: `params` and `tasks` by name, `run`, and of a task that is done for each of a list `item` and
`index`."""
ROOTS = ("params", "tasks", "run", "item", "index")
_ANY = re.compile(r"\$\$\{|\$\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
_PIECE = re.compile(r"""\.([A-Za-z0-9_-]+)|\[(-?\d+)\]|\["([^"\]]*)"\]|\['([^'\]]*)'\]""", re.ASCII)
OF_TASK = ("state", "outputs", "error", "tries")
"""What is known of a task."""


class Reference(NamedTuple):
    """`tasks.fetch.outputs.path` is the pieces tasks, fetch, outputs, path."""

    text: str
    pieces: tuple[str | int, ...]

    @property
    def root(self) -> str:
        """Where it begins."""
        return str(self.pieces[0])

    def value(self, scope: Scope) -> Any:
        """What it refers to; Invalid, with the nearest name there is, if there is nothing."""
        if self.root not in scope:
            raise Invalid(_NO_ROOT.get(self.root, f'nothing is called "{self.root}"'))
        found = scope[self.root]
        for at, piece in enumerate(self.pieces[1:], 1):
            found = got(found, piece, lambda at=at: _shown(self.pieces[:at]))  # type: ignore[misc]
        return found


_NO_ROOT = {root: f"there is no {root}: the task has no foreach" for root in ("item", "index")}


@lru_cache(4096)
def reference(text: str) -> Reference | None:
    """What is written between `${` and `}`; None if that is no reference."""
    start = _NAME.match(text.strip())
    if start is None:
        return None
    pieces: list[str | int] = [start[0]]
    rest = text.strip()[start.end():]
    while rest:
        piece = _PIECE.match(rest)
        if piece is None:
            return None
        name, index, *quoted = piece.groups()
        pieces.append(int(index) if index else next(one for one in (name, *quoted) if one is not None))
        rest = rest[piece.end():]
    return Reference(text.strip(), _with_task(pieces) if pieces[0] == "tasks" else tuple(pieces))


def references(value: Any) -> Iterator[tuple[tuple[str | int, ...], Reference]]:
    """Every `${…}` in a value that may be ours, and where in it: also `${x}`, which only is if x is a parameter."""
    if isinstance(value, str):
        for match in _ANY.finditer(value):
            found = reference(match[1]) if match[1] else None
            if found:
                yield (), found
    elif isinstance(value, Mapping | list | tuple):
        for key, one in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from (((key, *where), found) for where, found in references(one))


def filled(value: Any, scope: Scope, declared: Iterable[str] = ()) -> Any:
    """The value with every reference in it replaced, at any depth; Invalid if one refers to nothing.

    A text that is one single `${…}` becomes what that is; in a longer one it becomes text. `${x}` is a parameter if
    one of that name was given, or is `declared`.
    """
    filling = _Filling(scope, frozenset(declared))
    return filling.of(value)


def filled_text(text: str, scope: Scope, declared: Iterable[str], written: Callable[[str], str]) -> str:
    """A text with references replaced by what `written` makes of each as text; escapes stay as they are."""
    filling = _Filling(scope, frozenset(declared))

    def one(match: re.Match[str]) -> str:
        found = filling.ours(match)
        return match[0] if found is None else written(as_text(filling.value(found)))

    return _ANY.sub(one, text)


def as_text(value: Any) -> str:
    """Texts as they are, all others as JSON: as programs are given them."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def got(found: Any, piece: Any, shown: Callable[[], str]) -> Any:
    """What is under a key of a mapping or a list; Invalid, naming what it was looked for in, if that is nothing."""
    if isinstance(found, Mapping):
        if piece in found:
            return found[piece]
        raise Invalid(_missing(shown(), str(piece), [str(key) for key in found]))
    if isinstance(found, Sequence) and not isinstance(found, str):
        if not isinstance(piece, int) or isinstance(piece, bool):
            raise Invalid(f"{shown()} is a list: its items are [0], [1] …, not {piece}")
        if -len(found) <= piece < len(found):
            return found[piece]
        raise Invalid(f"{shown()} has no item [{piece}], it has {len(found)}")
    raise Invalid(f"{shown()} is {kind_of(found)}: there is no {piece} in it")


def kind_of(value: Any) -> str:
    """What a value is, for people."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    for kind, said in ((str, "text"), (int, "a number"), (float, "a number"), (Mapping, "a mapping"),
                       (Sequence, "a list")):
        if isinstance(value, kind):
            return said
    return type(value).__name__


class _Filling:
    def __init__(self, scope: Scope, declared: frozenset[str]) -> None:
        self._scope, self._declared = scope, declared

    def of(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value) if "${" in value else value
        if isinstance(value, Mapping):
            return {key: self.of(one) for key, one in value.items()}
        return [self.of(one) for one in value] if isinstance(value, list | tuple) else value

    def ours(self, match: re.Match[str]) -> Reference | None:
        found = reference(match[1]) if match[1] else None
        if found is None or found.root in ROOTS:
            return found
        if found.root in self._scope.get("params", {}) or found.root in self._declared:
            return Reference(f"params.{found.text}", ("params", *found.pieces))
        return None

    def value(self, found: Reference) -> Any:
        try:
            return found.value(self._scope)
        except Invalid as error:
            raise Invalid(f"${{{found.text}}}: {error}") from None

    def _text(self, text: str) -> Any:
        whole = _ANY.fullmatch(text)
        if whole and (found := self.ours(whole)):
            return self.value(found)
        return _ANY.sub(self._piece, text)

    def _piece(self, match: re.Match[str]) -> str:
        if match[0] == "$${":
            return "${"
        found = self.ours(match)
        return match[0] if found is None else as_text(self.value(found))


def _with_task(pieces: list[str | int]) -> tuple[str | int, ...]:
    """Ids of tasks may have dots in them."""
    last = len(pieces) - 1 if pieces[-1] in OF_TASK[2:] else 2
    end = max(2, next((at for at, piece in enumerate(pieces) if at > 1 and piece in OF_TASK[:2]), last))
    return ("tasks", ".".join(map(str, pieces[1:end])), *pieces[end:]) if len(pieces) > 1 else ("tasks",)


def _missing(inside: str, name: str, known: list[str]) -> str:
    hint = nearest(name, known)
    if inside == "params":
        said = f'no parameter called "{name}" was given' if known else f'"{name}" was not given, nor was any parameter'
    elif inside == "tasks":
        said = f'no task is called "{name}"'
    else:
        said = f'"{name}" is not in {inside}'
    return f"{said}; {hint}" if hint else said


def _shown(pieces: tuple[str | int, ...]) -> str:
    return str(pieces[0]) + "".join(f"[{piece}]" if isinstance(piece, int) else f".{piece}" for piece in pieces[1:])

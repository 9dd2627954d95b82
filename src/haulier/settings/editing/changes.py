"""How two values differ, one difference after the other."""
from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, NamedTuple

from ..problems import Where

GONE: Any = object()
"""What stands where nothing is."""


class Kind(Enum):
    """What is to be done at a place."""

    SET = auto()
    INSERT = auto()
    REMOVE = auto()


class Change(NamedTuple):
    """One difference."""

    where: Where
    kind: Kind


def is_same(old: Any, new: Any) -> bool:
    """Whether the two say the same; the order of keys says nothing, `1` and `1.0` are one, `1` and `true` are two."""
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(is_same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(is_same, old, new))
    if _are_numbers(old, new):
        return bool(old == new or (old != old and new != new))      # .nan is .nan
    return type(old) is type(new) and bool(old == new)


def difference(old: Any, new: Any, where: Where = ()) -> Change | None:
    """The first change that makes `new` of `old`; changes of values come before new and lost ones."""
    if is_same(old, new):
        return None
    if isinstance(old, dict) and isinstance(new, dict) and ((old and new) or not where):
        return _in_mapping(old, new, where)
    if isinstance(old, list) and isinstance(new, list) and old and new:
        return _in_list(old, new, where)
    return Change(where, Kind.SET)


def value_at(value: Any, where: Where) -> Any:
    """What is at `where`; GONE if nothing is."""
    for piece in where:
        try:
            value = value[piece]
        except (KeyError, IndexError, TypeError):
            return GONE
    return value


def applied(old: Any, change: Change, new: Any) -> Any:
    """`old` with this one change made: `new` is the whole that is wanted."""
    if not change.where:
        return new
    piece: Any = change.where[0]
    if rest := change.where[1:]:
        inner = Change(rest, change.kind)
        return _with(old, piece, applied(old[piece], inner, new[piece]))
    if change.kind is Kind.REMOVE:
        return _without(old, piece)
    if change.kind is Kind.INSERT and isinstance(old, list):
        return [*old[:piece], new[piece], *old[piece:]]
    return _with(old, piece, new[piece])


def with_value(old: Any, where: Where, value: Any) -> Any:
    """`old` with that value at `where`; without it if it is GONE."""
    if not where:
        return value
    piece: Any = where[0]
    if rest := where[1:]:
        return _with(old, piece, with_value(old[piece], rest, value))
    return _without(old, piece) if value is GONE else _with(old, piece, value)


def _in_mapping(old: Mapping[Any, Any], new: Mapping[Any, Any], where: Where) -> Change | None:
    for key in old:
        found = difference(old[key], new[key], (*where, key)) if key in new else None
        if found:
            return found
    added = next((key for key in new if key not in old), GONE)
    if added is not GONE:
        return Change((*where, added), Kind.INSERT)
    return Change((*where, next(key for key in old if key not in new)), Kind.REMOVE)


def _in_list(old: list[Any], new: list[Any], where: Where) -> Change | None:
    least = min(len(old), len(new))
    head = next((at for at in range(least) if not is_same(old[at], new[at])), least)
    tail = next((at for at in range(least - head) if not is_same(old[~at], new[~at])), least - head)
    if head + tail == len(old):
        return Change((*where, head), Kind.INSERT)
    if head + tail == len(new):
        return Change((*where, head), Kind.REMOVE)
    return difference(old[head], new[head], (*where, head))


def _with(old: Any, piece: Any, value: Any) -> Any:
    if isinstance(old, list):
        return [*old[:piece], value, *old[piece + 1:]]
    return {**old, piece: value}


def _without(old: Any, piece: Any) -> Any:
    if isinstance(old, list):
        return [*old[:piece], *old[piece + 1:]]
    return {key: value for key, value in old.items() if key != piece}


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) for value in values)

"""A text that says something new: as few of its lines changed as can be, and proven to say it."""
from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from ...model.errors import Invalid
from ..problems import Problems, Where
from . import changes, rendering
from .changes import GONE, Change, Kind
from .nodes import Kind as Written
from .nodes import Node, trail, tree, where_is
from .patching import Unwritable, begun, insert_item, insert_pair, remove_at, set_at

_LEAST, _MOST = 8, 60_000
"""Changes one by one: so many at least, and as many as make so many characters to be read."""
Read = Callable[[str], Any]
"""What a text says; Problems if it says nothing."""


def revised(text: str, new: Any, read: Read, *, whole: bool = True) -> str:
    """`text`, changed so that it says `new`; new keys go where the order of `new` has them.

    `whole`: what can be changed in no other way is written afresh, without its comments; else that is Invalid.
    """
    text = _unshared(text, new, read)
    old, patience = read(text), max(_LEAST, _MOST // (len(text) + 1))
    for count in itertools.count():
        change = _next(text, old, new)
        if change is None:
            return text
        if count > 2 * patience and whole:
            change = Change((), Kind.SET)
        elif count > patience:
            change = _larger(change)
        text, old = _made(text, old, new, change, read, whole=whole)
    raise AssertionError


def _larger(change: Change) -> Change:
    """All that is under the same key at the top."""
    return change if len(change.where) < 2 else Change(change.where[:1], Kind.SET)


def _next(text: str, old: Any, new: Any) -> Change | None:
    if isinstance(new, dict) and new and tree(text) is None:
        return Change((next(iter(new)),), Kind.INSERT)
    return changes.difference(old, new)


def _made(text: str, old: Any, new: Any, change: Change, read: Read, *, whole: bool) -> tuple[str, Any]:
    """The text with the change, or with a larger one around it, and what it says then."""
    for attempt in _attempts(text, old, new, change, whole=whole):
        try:
            candidate, expected = attempt()
            if changes.is_same(read(candidate), expected):
                return candidate, expected
        except (Unwritable, Problems):
            continue
    raise Invalid("this is written in a way that can only be changed by hand")


def _attempts(text: str, old: Any, new: Any, change: Change, *,
              whole: bool) -> Iterator[Callable[[], tuple[str, Any]]]:
    root, where = tree(text), change.where
    if root is None:
        yield lambda: (begun(text, str(where[0]), new[where[0]]), {where[0]: new[where[0]]})
        return
    written = len(trail(root, where)) - 1
    yield lambda: (_exact(text, root, change, new), changes.applied(old, change, new))
    if written < len(where):
        yield lambda: _beyond_merged(text, root, old, new, where[:written + 1])
    for length in range(min(written, len(where) - (change.kind is not Kind.SET)), 0, -1):
        yield lambda at=where[:length]: _set(text, root, old, new, at)      # type: ignore[misc]
    if whole:
        yield lambda: (afresh(text, root, new), new)


def _exact(text: str, root: Node, change: Change, new: Any) -> str:
    where = change.where
    if not where:
        raise Unwritable
    if change.kind is Kind.REMOVE:
        return remove_at(text, root, where)
    value = changes.value_at(new, where)
    if change.kind is Kind.SET:
        return set_at(text, root, where, value)
    if isinstance(where[-1], int):
        return insert_item(text, root, where, value)
    return insert_pair(text, root, where, value, changes.value_at(new, where[:-1]))


def _beyond_merged(text: str, root: Node, old: Any, new: Any, where: Where) -> tuple[str, Any]:
    """A key that a `<<` brought is given anew; to be rid of one, what was brought is written out."""
    parent = trail(root, where[:-1])[-1]
    if parent.kind is not Written.MAP or parent.pair("<<") is None:
        raise Unwritable
    value = changes.value_at(new, where)
    if value is GONE:
        own = {key: one for key, one in changes.value_at(old, where[:-1]).items() if parent.pair(key)}
        return remove_at(text, root, (*where[:-1], "<<")), changes.with_value(old, where[:-1], own)
    return (insert_pair(text, root, where, value, changes.value_at(new, where[:-1])),
            changes.with_value(old, where, value))


def _set(text: str, root: Node, old: Any, new: Any, where: Where) -> tuple[str, Any]:
    value = changes.value_at(new, where)
    if value is GONE:
        raise Unwritable
    return set_at(text, root, where, value), changes.with_value(old, where, value)


def afresh(text: str, root: Node | None, new: Any) -> str:
    """`new` below the comments that `text` begins with."""
    above = text[:root.start] if root else text
    return above[:above.rfind("\n") + 1] + "\n".join(rendering.block(new)) + "\n"


def _unshared(text: str, new: Any, read: Read) -> str:
    """With a copy in place of each alias that means something in the text which is about to change."""
    old, root = read(text), tree(text)
    if root is None or "*" not in text:
        return text
    owners = {node.anchor: where for node in root.all() if node.anchor and node.kind is not Written.ALIAS
              and (where := where_is(root, node)) is not None}
    for node in root.all():
        where = where_is(root, node) if node.kind is Written.ALIAS and node.anchor in owners else None
        if not where or all(changes.is_same(changes.value_at(old, at), changes.value_at(new, at))
                            for at in (where, owners[node.anchor])):
            continue
        try:
            fuller = set_at(text, root, where, changes.value_at(old, where))
            if changes.is_same(read(fuller), old):
                return _unshared(fuller, new, read)
        except (Unwritable, Problems):
            continue
    return text

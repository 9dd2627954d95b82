"""Tasks that are done for each of a list: what is in the list, and how the whole ends."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...core import kept
from ...core.item import item_of
from ...core.select import matcher
from ...model.errors import Invalid
from ...model.graph import Node
from ...model.task import TaskRun, TaskState
from .outcome import why
from .stint import Stint

MOST = 10_000
"""Items of one list."""
LARGEST = 8 << 20
"""Bytes of one list as JSON."""


def items(node: Node, written: Any, stint: Stint) -> tuple[Any, ...]:
    """The items of a list that was filled in, or the files at a place."""
    found = _files(written, stint) if isinstance(written, Mapping) else written
    if not isinstance(found, list | tuple):
        raise Invalid(f"{node.id}: foreach must be a list, or a place with files, and this is {type(found).__name__}")
    if len(found) > MOST:
        raise Invalid(f"{node.id}: foreach has {len(found):,} items; {MOST:,} are taken")
    return tuple(found)


def _files(written: Mapping[str, Any], stint: Stint) -> list[Mapping[str, Any]]:
    place = {key: value for key, value in written.items() if key not in ("include", "exclude", "recursive")}
    include, exclude = _words(written.get("include")), matcher(_words(written.get("exclude")))
    taken = matcher(include)
    with stint.store(place) as store:
        entries = sorted(entry for entry in store.scan(deep=bool(written.get("recursive")))
                         if not entry.fault and (taken(entry.path) or not include) and not exclude(entry.path))
    return [item_of(entry) for entry in entries]


def _words(written: Any) -> tuple[str, ...]:
    return (written,) if isinstance(written, str) else tuple(written or ())


def verdict(node: Node, rows: Sequence[TaskRun]) -> tuple[TaskState, str, Mapping[str, Any]]:
    """How the whole ended, why, and its outputs: how many items there were, and, unless that is too much to be kept
    twice, the outputs of each."""
    failed = [row for row in rows if row.state is not TaskState.DONE]
    outputs: Mapping[str, Any] = {"count": len(rows), "items": [dict(row.outputs) for row in rows]}
    if not kept.fits(outputs):
        outputs = {"count": len(rows)}
    if not failed:
        return TaskState.DONE, "", outputs
    return TaskState.FAILED, f"{len(failed)} of {len(rows)} failed: {why(failed[0])}", outputs

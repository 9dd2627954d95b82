"""Runs, and how far they are."""
from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum, auto
from typing import Any

from pydantic import BaseModel

from ...model import run
from ...model.run import RunState, Trigger
from .given import Given
from .moment import Moment, told, told_or_none


class Priority(StrEnum):
    """In words."""

    LOW = auto()
    NORMAL = auto()
    HIGH = auto()
    URGENT = auto()


class Progress(BaseModel):
    """How far a run is that this hub carries; `eta` and `speed` are null as long as nobody can tell."""

    files: int
    bytes: int
    done: int
    failed: int
    skipped: int
    waiting: int
    moved: int
    is_planned: bool
    speed: float | None
    eta: float | None


class Kind(StrEnum):
    """What a run is of."""

    JOB = auto()
    FLOW = auto()


class Run(BaseModel):
    """One execution of a job or a flow; that of a flow has no source and no target, and counts tasks, not files.

    `params` is what it was wanted with. `parent`: the run that it is a task of; `origin`: the one that it goes on from.
    `lost`: somebody started it by hand, and its process is gone.
    """

    id: int
    flow: str
    trigger: Trigger
    state: RunState
    source: str
    target: str
    created: Moment
    started: Moment | None
    finished: Moment | None
    wakes: Moment | None
    done: int
    failed: int
    skipped: int
    bytes: int
    resumed: int
    error: str
    priority: Priority
    progress: Progress | None
    kind: Kind
    params: dict[str, Any]
    parent: int | None
    origin: int | None
    lost: bool


class Cell(BaseModel):
    """A run in a grid."""

    id: int
    state: RunState
    started: Moment | None
    seconds: float | None
    done: int
    failed: int


class RunOrder(Given):
    """How a run is wanted."""

    priority: Priority = Priority.NORMAL


def shown(one: run.Run, progress: Mapping[int, Progress] | None = None, kind: Kind = Kind.JOB, *,
          lost: bool = False) -> Run:
    """For the wire. Which runs are lost is remembered for a moment: one that is over by now is none of them."""
    lost = lost and one.state not in run.OVER
    moving = (progress or {}).get(one.id) if one.state is RunState.RUNNING else None
    return Run(
        id=one.id, flow=one.flow, trigger=one.trigger, state=one.state, source=one.source, target=one.target,
        created=told(one.created or one.started), started=told_or_none(one.started),
        finished=told_or_none(one.finished), wakes=told_or_none(one.wakes), done=one.totals.done,
        failed=one.totals.failed, skipped=one.totals.skipped, bytes=one.totals.bytes, resumed=one.totals.resumed,
        error=run.LOST if lost else one.error, priority=Priority[one.priority.name], progress=moving, kind=kind,
        params=params(one.params) if kind is Kind.FLOW else {}, parent=one.parent or None, origin=one.origin or None,
        lost=lost)


def cell(one: run.Run) -> Cell:
    """For a grid."""
    seconds = (one.finished - one.started) / 1e9 if one.finished and one.started else None
    return Cell(id=one.id, state=one.state, started=told_or_none(one.started), seconds=seconds,
                done=one.totals.done, failed=one.totals.failed)


def params(text: str) -> dict[str, Any]:
    """What a run was wanted with, from how it is kept."""
    found = json.loads(text) if text else {}
    sendable = json.dumps(found, ensure_ascii=False).encode(errors="replace")    # half a character is none
    return dict(json.loads(sendable)) if isinstance(found, dict) else {}

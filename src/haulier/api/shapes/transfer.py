"""Single files on their way."""
from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum, auto
from typing import Annotated

from pydantic import BaseModel, Field

from ...model import run
from ...model.transfer import STEPS, Signal, State
from .event import Event
from .given import Given
from .moment import MOST, Moment, told, told_or_none


class Action(StrEnum):
    """What a person can want of one file."""

    RETRY = auto()
    CANCEL = auto()
    PAUSE = auto()
    RESUME = auto()


class Transfer(BaseModel):
    """One file's journey. `moved` and `speed` are of large files that move in this hub now."""

    id: int
    path: str
    name: str
    target: str
    flow: str
    run: int
    source: str
    destination: str
    size: int
    modified: Moment | None
    state: State
    tries: int
    sha256: str | None
    written: int
    delivered: bool
    error: str
    kind: str
    will_retry: bool
    retry_at: Moment | None
    settled: str
    created: Moment
    finished: Moment | None
    moved: int | None
    speed: float | None


class TransferStory(BaseModel):
    """One file's journey with all that happened on it."""

    transfer: Transfer
    events: list[Event]
    why: list[str]
    actions: list[Action]


class ActionOrder(Given):
    """One action on many files."""

    action: Action
    ids: list[Annotated[int, Field(ge=1, le=MOST, strict=True)]] = Field(max_length=1000)


class Refusal(BaseModel):
    """Why an action was not done."""

    id: int
    reason: str


class ActionsDone(BaseModel):
    """What became of an action on many."""

    done: list[int]
    refused: list[Refusal]


def shown(one: run.Transfer, about: run.Run | None, moving: Mapping[int, tuple[int, float | None]]) -> Transfer:
    """For the wire; `about` is its run."""
    moved, speed = moving.get(one.id, (None, None))
    return Transfer(
        id=one.id, path=one.path, name=one.path.rpartition("/")[2], target=one.target,
        flow=about.flow if about else "", run=one.run, source=about.source if about else "",
        destination=about.target if about else "", size=one.entry.size, modified=told_or_none(one.entry.modified),
        state=one.state, tries=one.tries, sha256=one.sha256.hex() or None, written=one.written,
        delivered=one.delivered, error=one.error, kind=one.kind, will_retry=one.state is State.WAITING,
        retry_at=told_or_none(one.retry_at), settled=one.settled, created=told(one.created),
        finished=told_or_none(one.finished), moved=moved, speed=speed)


def actions(state: State) -> list[Action]:
    """What can be wanted of a file in this state."""
    return [action for action in Action if (state, Signal[action.name]) in STEPS]

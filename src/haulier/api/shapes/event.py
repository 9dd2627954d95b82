"""What happened."""
from __future__ import annotations

from pydantic import BaseModel

from ...model import event
from .moment import Moment, told


class Event(BaseModel):
    """A fact; `id` 0 is one that was told by the transfer itself."""

    id: int
    at: Moment
    kind: str
    flow: str
    run: int | None
    transfer: int | None
    text: str


def shown(one: event.Event, flow: str) -> Event:
    """For the wire."""
    return Event(id=one.id, at=told(one.at), kind=one.kind, flow=one.flow or flow, run=one.run or None,
                 transfer=one.transfer or None, text=one.text)

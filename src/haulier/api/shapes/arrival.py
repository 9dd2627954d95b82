"""What must have arrived by when."""
from __future__ import annotations

from pydantic import BaseModel

from ...model import arrival
from ...model.arrival import ArrivalState
from .moment import Moment, told


class Arrival(BaseModel):
    """One deadline: how many files were `found` of how many; `diagnosis`: why some are missing, as it was seen.

    Files count that were delivered after `since`. `changed` is when the state did.
    """

    flow: str
    files: str
    count: int
    due: Moment
    since: Moment
    state: ArrivalState
    found: int
    diagnosis: str
    changed: Moment


class Expected(BaseModel):
    """What a job expects, and its next deadline."""

    files: str
    count: int
    sentence: str
    due: Moment | None


def shown(one: arrival.Arrival) -> Arrival:
    """For the wire."""
    return Arrival(flow=one.flow, files=one.files, count=one.least, due=told(one.due), since=told(one.since),
                   state=one.state, found=one.found, diagnosis=one.diagnosis, changed=told(one.changed))

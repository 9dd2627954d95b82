"""What the jobs expect, and how far that is."""
from __future__ import annotations

from collections.abc import Sequence

from ..core.expected import next_due
from ..core.schedule import moment, nanoseconds
from ..model.arrival import CLOSED, Arrival, ArrivalState, Expectation
from ..model.schedule import Schedule
from ..model.words import count
from ..settings.jobs import Job
from .desk import Desk
from .shapes.arrival import Expected
from .shapes.moment import told
from .starts import sentence, zone_of


def of_job(desk: Desk, job: Job) -> list[Expected]:
    """In the order in which they are written."""
    now = moment(desk.hub.clock.now())
    found = []
    for one in _expectations(desk, job):
        due = next_due(one, now)
        found.append(Expected(files=one.files, count=one.count, sentence=_sentence(one),
                              due=told(nanoseconds(due)) if due else None))
    return found


def pressing(desk: Desk) -> Sequence[Arrival]:
    """Those that somebody was warned of, and that are late: of what is still expected, the first deadline first."""
    rules = desk.as_now("rules", lambda: _rules(desk))
    return [one for one in desk.hub.arrivals.open()
            if one.state in (ArrivalState.WARNED, ArrivalState.LATE) and (one.flow, one.rule) in rules]


def of_flow(desk: Desk, flow: str, limit: int) -> Sequence[Arrival]:
    """The latest deadline first; not those that are expected no more and had not come yet."""
    rules = desk.as_now("rules", lambda: _rules(desk))
    return [one for one in desk.hub.arrivals.listed(flow, limit=limit)
            if one.state in CLOSED or (one.flow, one.rule) in rules]


def _rules(desk: Desk) -> set[tuple[str, str]]:
    return {(job.id, one.rule) for job in desk.hub.live.workspace.loaded.jobs for one in _expectations(desk, job)}


def _expectations(desk: Desk, job: Job) -> list[Expectation]:
    zone = job.form.timezone or zone_of(desk)
    return [one.expectation(timezone=zone) for one in job.form.expect]


def _sentence(one: Expectation) -> str:
    by = sentence(Schedule(one.by, timezone=one.timezone)).replace(" at ", " by ", 1)
    return f"{count(one.count, 'file')} like {one.files}, {by}"

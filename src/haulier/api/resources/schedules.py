"""When jobs and flows start."""
from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, ValidationError

from ...model.run import Slot
from ...model.schedule import Misfire, Overlap, Schedule
from ...settings.problems import Problem, Problems, Where, translated
from ...settings.rules import Form
from ...settings.schedules import ScheduleSetting, Timezone
from ...settings.yamlfile import key_text
from ..caller import At, Viewer
from ..desk import Desk
from ..shapes.given import Given
from ..shapes.moment import Moment, told
from ..starts import following, schedule_of, schedules_of_flows, sentence, upcoming, zone_of

router = APIRouter(prefix="/schedules", tags=["schedules"])


class Planned(BaseModel):
    """The schedule of a job or a flow; `last_slot`: up to when it was dealt with."""

    flow: str
    sentence: str
    next: Moment | None
    last_slot: Moment | None
    enabled: bool
    misfire: Misfire
    overlap: Overlap
    timezone: str


class Times(BaseModel):
    """A schedule in words, and when it starts next."""

    sentence: str
    next: list[Moment]


class ScheduleGiven(Given):
    """A schedule as it is written in jobs.yaml: a text or a mapping."""

    schedule: str | dict[str, Any]
    timezone: str | None = None


class _Both(Form):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    schedule: ScheduleSetting
    timezone: Timezone | None = None


@router.get("", summary="All schedules")
def list_schedules(_: Viewer, desk: At) -> list[Planned]:
    """Of the jobs and flows that can run, by name."""
    last = desk.hub.agenda.slots()
    jobs = {job.id: schedule_of(desk, job) for job in desk.hub.live.workspace.loaded.jobs}
    found = {**jobs, **schedules_of_flows(desk)}
    return [_planned(desk, name, one, last.get(name)) for name, one in sorted(found.items()) if one]


@router.post("/check", summary="What a schedule means")
def check(_: Viewer, desk: At, body: ScheduleGiven) -> Times:
    """In words, and when it starts next. 422 if it means nothing."""
    written = body.model_dump(exclude_none=True)
    try:
        both = _Both.model_validate(written)
    except ValidationError as error:
        raise Problems(translated(error, written, _Both, _problem)) from None
    zone = both.timezone or zone_of(desk)
    return times(desk, both.schedule.schedule(timezone=zone), 10)


def times(desk: Desk, schedule: Schedule, count: int) -> Times:
    """A schedule in words, and its next starts."""
    return Times(sentence=sentence(schedule), next=upcoming(desk, schedule, count))


def _planned(desk: Desk, flow: str, one: Schedule, last: Slot | None) -> Planned:
    return Planned(flow=flow, sentence=sentence(one), next=following(desk, one),
                   last_slot=told(last.at) if last else None, enabled=one.enabled, misfire=one.misfire,
                   overlap=one.overlap, timezone=one.timezone)


def _problem(where: Where, text: str, hint: str) -> Problem:
    return Problem("", 0, key_text(where), text, hint)

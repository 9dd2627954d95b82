"""When jobs and flows start."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from ..core import schedule as calendar
from ..model.schedule import Schedule
from ..settings.flows import entries
from ..settings.jobs import Job
from .desk import Desk
from .shapes.moment import Moment, told

REMEMBERED = 5000


def zone_of(desk: Desk) -> str:
    """The workspace's time zone; while its settings have mistakes, the one that holds meanwhile."""
    return desk.hub.live.standing.timezone


def schedule_of(desk: Desk, job: Job) -> Schedule | None:
    """A job's schedule; None if it has none."""
    if job.form.schedule is None:
        return None
    return job.form.schedule.schedule(timezone=job.form.timezone or zone_of(desk), enabled=job.form.enabled)


def schedules_of_flows(desk: Desk) -> Mapping[str, Schedule]:
    """By name; of those flows that can run, and have one."""
    def found() -> Mapping[str, Schedule]:
        workspace = desk.hub.live.workspace
        return entries.schedules(workspace.flows, workspace.entries, zone_of(desk))
    return desk.as_now("schedules of flows", found)


def upcoming(desk: Desk, schedule: Schedule, count: int) -> list[Moment]:
    """The next starts; those that it would have, if it is off."""
    now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=desk.hub.clock.now() // 1000)
    return [f"{slot.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000000Z" for slot in calendar.upcoming(schedule, now, count)]


def following(desk: Desk, schedule: Schedule | None) -> Moment | None:
    """The next start that will be; looked up anew once it has come, as there may be hundreds in a list."""
    if schedule is None or not schedule.enabled:
        return None
    now = told(desk.hub.clock.now())
    known = desk.starts.get(schedule)
    if known is None or not known[0] <= now < (known[1] or now):
        found = upcoming(desk, schedule, 1)
        if len(desk.starts) >= REMEMBERED:
            desk.starts.clear()
        known = desk.starts[schedule] = now, found[0] if found else None
    return known[1]


@lru_cache(REMEMBERED)
def sentence(schedule: Schedule) -> str:
    """The schedule in words."""
    return calendar.sentence(schedule)

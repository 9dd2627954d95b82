"""Runs of a flow for moments of its schedule that have passed."""
from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import islice, takewhile
from typing import Any

from ..core.schedule import nanoseconds, next_after, zone
from ..model.errors import Invalid
from ..model.run import Run, Trigger, Wanted
from ..model.schedule import Schedule
from ..ports import Agenda
from ..settings.flows.entries import schedules
from ..settings.workspace import Workspace

MOST = 1_000
"""Runs at a time."""
INSTANT = timedelta(microseconds=1)
YEARS = range(1971, 2200)
"""Moments in them are kept as nanoseconds, with room for what is reckoned with them."""


def slots(workspace: Workspace, flow: str, first: str, last: str) -> Sequence[datetime]:
    """The moments of its schedule from `first` to `last`: both included: dates (whole days, in its zone) or times.

    NotFound if there is no such flow; Invalid if it has no schedule, or there are too many.
    """
    workspace.flows.flow(flow)
    found = schedules(workspace.flows, workspace.entries, workspace.settings.timezone).get(flow)
    if found is None:
        raise Invalid(f"{flow} has no schedule, so nothing says for which moments it should run")
    start, end = _moment(first, found, "--from"), _moment(last, found, "--to", is_end=True)
    if start > end:
        raise Invalid(f"--from {first} is after --to {last}")
    listed = list(islice(takewhile(lambda at: at <= end, _from(found, start)), MOST + 1))
    if len(listed) > MOST:
        raise Invalid(f"there are more than {MOST:,} moments from {first} to {last}; take a shorter time")
    return listed


def told(workspace: Workspace, flow: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """What such runs are told: what those of its schedule are, where `params` says nothing else."""
    own = workspace.flows.flow(flow).form.schedule
    return {**({} if own else workspace.entries.params(flow)), **params}


def want(agenda: Agenda, flow: str, slot: datetime, params: Mapping[str, Any], by: str) -> Run:
    """A run for that moment."""
    run = agenda.want(Wanted(flow, Trigger.HAND, slot=nanoseconds(slot), by=by,
                             params=json.dumps(dict(params)) if params else ""))
    assert run is not None      # without a key, each is its own
    return run


def _from(schedule: Schedule, start: datetime) -> Iterator[datetime]:
    at = next_after(schedule, start - INSTANT)
    while at:
        yield at
        at = next_after(schedule, at)


def _moment(text: str, schedule: Schedule, option: str, *, is_end: bool = False) -> datetime:
    try:
        found = _read(text, zone(schedule.timezone), is_end=is_end)
    except OverflowError:
        found = datetime.max
    except ValueError:
        raise Invalid(f"{option} {text}: write a date or a time, such as 2026-11-30 or 2026-11-30T02:00") from None
    if found.year not in YEARS:
        raise Invalid(f"{option} {text}: write a date or a time on the calendar of runs, after 1970 and before 2200")
    return found


def _read(text: str, zone: tzinfo, *, is_end: bool) -> datetime:
    if len(text) != len("2026-11-30"):
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    day = date.fromisoformat(text) + timedelta(days=int(is_end))
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    return midnight - INSTANT if is_end else midnight

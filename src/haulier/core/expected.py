"""What must have arrived by when: deadlines, the files that count for each, and the verdict."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ..model.arrival import CLOSED, Arrival, ArrivalState, Expectation
from ..model.schedule import Schedule
from ..model.words import count, duration_text
from . import schedule as calendar
from .schedule import moment, nanoseconds

_DAY = timedelta(days=1)


def next_due(one: Expectation, after: datetime) -> datetime | None:
    """The first deadline after that moment; None if there is none."""
    return next(_dues(one, after), None)


def opened(one: Expectation, flow: str, after: datetime, now: datetime) -> Arrival | None:
    """The first deadline after that moment; if several have passed by now, only the last of them. None: no more."""
    due = next_due(one, after)
    while due and due <= now and (later := next_due(one, due)) and later <= now:
        due = later
    if due is None:
        return None
    return Arrival(flow, one.rule, nanoseconds(due), nanoseconds(_since(one, due)), one.files, one.count,
                   changed=nanoseconds(now))


def warns(one: Expectation, arrival: Arrival) -> int:
    """From when on missing files are worth a look: not before any count."""
    return max(arrival.since, arrival.due - _warning(one))


def turns(one: Expectation, arrival: Arrival) -> int:
    """When its state changes though nothing came."""
    if arrival.state is ArrivalState.OPEN:
        return warns(one, arrival)
    return arrival.due if arrival.state is ArrivalState.WARNED else closes(one, arrival)


def closes(one: Expectation, arrival: Arrival) -> int:
    """Until when what is late can still come: then files count for the next deadline, or that one is near."""
    following = next_due(one, moment(arrival.due))
    if following is None:
        return nanoseconds(moment(arrival.due) + _DAY)
    since = nanoseconds(_since(one, following))
    return since if since > arrival.due else max(arrival.due + 1, nanoseconds(following) - _warning(one))


def counts_until(one: Expectation, arrival: Arrival, now: int) -> int:
    """Files count that were delivered before this: in time, as long as it is not late."""
    return min(now, closes(one, arrival) if arrival.state is ArrivalState.LATE else arrival.due) + 1


def judged(one: Expectation, arrival: Arrival, found: int, now: int) -> ArrivalState:
    """Its state, now that so many files are found."""
    state = arrival.state
    if state in CLOSED:
        return state
    is_late = state is ArrivalState.LATE
    if found >= arrival.least:
        return ArrivalState.RECOVERED if is_late else ArrivalState.MET
    if is_late:
        return ArrivalState.MISSED if now >= closes(one, arrival) else state
    if now >= arrival.due:
        return ArrivalState.LATE
    return ArrivalState.WARNED if now >= warns(one, arrival) else state


def told(one: Expectation, arrival: Arrival) -> str:
    """Its state, for a person."""
    by = f"{moment(arrival.due).astimezone(calendar.zone(one.timezone)):%Y-%m-%d %H:%M}"
    files = f'{count(arrival.least, "file")} like "{arrival.files}"'
    so_far = f"{arrival.flow}: {arrival.found} of {files} by {by}"
    if arrival.state is ArrivalState.MET:
        return f"{arrival.flow}: {files} came in time for {by}"
    if arrival.state is ArrivalState.RECOVERED:
        late = max(0, arrival.changed - arrival.due) // 60_000_000_000
        return f"{arrival.flow}: {files} came {duration_text(60 * late)} late, and should have by {by}"
    if arrival.state is ArrivalState.MISSED:
        return f"{so_far}; what comes from now on counts for the next time"
    return f"{so_far}. {arrival.diagnosis}" if arrival.diagnosis else so_far


def _dues(one: Expectation, after: datetime) -> Iterator[datetime]:
    zone = calendar.zone(one.timezone)
    by = Schedule(one.by, timezone=one.timezone)
    due = calendar.next_after(by, after)
    while due:
        if due.astimezone(zone).date() not in one.holidays:
            yield due
        due = calendar.next_after(by, due)


def _warning(one: Expectation) -> int:
    return int(one.warn * 1e9)


def _since(one: Expectation, due: datetime) -> datetime:
    """The last one before the deadline. Each day has one, so two days before there is one for sure."""
    since = Schedule(one.since, timezone=one.timezone)
    found = calendar.next_after(since, due - 2 * _DAY)
    while found and (later := calendar.next_after(since, found)) and later < due:
        found = later
    return found or due - _DAY

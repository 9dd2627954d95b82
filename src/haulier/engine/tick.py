"""Fires schedules: looks which moments have come, and wants a run for each, once over all hubs."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime

from ..core.schedule import due, moment, nanoseconds, next_after
from ..model.run import Run, RunState, Slot, Trigger, Wanted
from ..model.schedule import Misfire, Overlap, Schedule
from ..ports import Agenda, Clock

AHEAD = 60_000_000_000
"""Nanoseconds: a slot so much later than now was fired by a clock that has been put back since."""
AT_A_LOOK = 100
"""Flows that are dealt with; the others are due at the next look, so that none takes long."""
_BUSY = frozenset({RunState.QUEUED, RunState.RUNNING, RunState.PAUSED})


class Tick:
    """One look at all schedules: those that there are now, by flow. `params`: what the runs of a flow are told."""

    def __init__(self, agenda: Agenda, clock: Clock, schedules: Callable[[], Mapping[str, Schedule]],
                 say: Callable[[str], None], params: Callable[[str], str] = lambda flow: "") -> None:
        self._agenda, self._clock, self._schedules, self._say = agenda, clock, schedules, say
        self._params = params
        self._quiet: dict[str, tuple[Slot, int]] = {}   # nothing is due before then, if the slot is still that

    def __call__(self) -> Sequence[Run]:
        """The runs that were wanted now. A missed look costs nothing: the next one sees the same."""
        now, last, schedules = self._clock.now(), self._agenda.slots(), self._schedules()
        coming: list[str] = []
        for flow, schedule in schedules.items():
            before, text = last.get(flow), written(schedule)
            # New, changed, or from a time that has not come: it counts from now. What fired keeps its key.
            if before is None or before.schedule != text or before.at > now + AHEAD:
                self._agenda.fire(flow, before, Slot(now, text), [])
            elif self._may_be_due(flow, before, schedule, now):
                coming.append(flow)
        busy = {run.flow for run in self._agenda.open() if run.state in _BUSY} if coming else set()
        return [run for flow in coming[:AT_A_LOOK]
                for run in self._fire(flow, last[flow], now, self._slots(flow, schedules[flow], last[flow], now, busy))]

    def _may_be_due(self, flow: str, before: Slot, schedule: Schedule, now: int) -> bool:
        known = self._quiet.get(flow)
        if known is None or known[0] != before:
            following = next_after(schedule, moment(before.at)) if schedule.enabled else None
            known = self._quiet[flow] = before, nanoseconds(following) if following else 1 << 62
        return known[1] <= now

    def _slots(self, flow: str, schedule: Schedule, before: Slot, now: int, busy: Set[str]) -> Sequence[datetime]:
        slots = due(schedule, moment(before.at), moment(now))
        if not slots or schedule.overlap is not Overlap.SKIP:
            return slots
        if flow in busy:
            self._say(f"{flow}: its last run goes on, so the start of {slots[-1]:%Y-%m-%d %H:%M:%S} UTC was skipped")
            return []
        return slots if schedule.misfire is Misfire.ALL else slots[-1:]

    def _fire(self, flow: str, before: Slot, now: int, slots: Sequence[datetime]) -> Sequence[Run]:
        """Up to now, not up to the last slot: those that the misfire policy leaves out are dealt with too."""
        params = self._params(flow) if slots else ""
        wanted = [Wanted(flow, Trigger.SCHEDULE, key=f"schedule/{flow}/{nanoseconds(slot)}", slot=nanoseconds(slot),
                         params=params) for slot in slots]
        return self._agenda.fire(flow, before, Slot(now, before.schedule), wanted) or []


def written(schedule: Schedule) -> str:
    """The schedule in one line that changes whenever it does."""
    return repr(schedule)

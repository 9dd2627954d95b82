"""The scheduler from Python: it runs in this process, beside whatever else that does."""
from __future__ import annotations

import signal
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from ..app.carrying import Order, carry
from ..app.ground import Ground, ground
from ..app.hub import Light, hub
from ..app.scheduler import hold, live
from ..core.schedule import next_after
from ..model.errors import Invalid, NotFound
from ..settings.flows.entries import made, schedules
from ..settings.workspace import Workspace
from .project import AnyPath, Execution, FlowFailed, given, told

LOOK = 0.1
_known: dict[Ground, Scheduler] = {}
_lock = threading.Lock()


class Scheduled(NamedTuple):
    """A flow that starts by itself."""

    flow_name: str
    cron_expression: str
    """Empty if it is an interval that no cron expression says."""
    enabled: bool
    description: str
    next_run: datetime | None
    """UTC; None if it starts nothing."""


class ScheduleManager:
    """What starts when. A scheduler that runs, here or in another process, sees every change at once."""

    def __init__(self, place: Ground) -> None:
        self._ground = place

    @property
    def _around(self) -> Workspace:
        """As its files are now: a ground is for one look at them."""
        return replace(self._ground).workspace

    def add_schedule(self, flow_name: str, cron_expression: str, enabled: bool = True, description: str | None = None,
                     params: Mapping[str, Any] | None = None) -> bool:
        """Add one, or put it in the place of the one that the flow has. Invalid if the expression makes no sense,
        NotFound if there is no such flow."""
        around = self._around
        entry = made(flow_name, cron=cron_expression, enabled=enabled, description=description or "", params=params)
        around.schedules.add(entry, around.flows)
        return True

    def remove_schedule(self, flow_name: str) -> bool:
        """Whether there was one."""
        try:
            self._around.schedules.remove(flow_name)
        except NotFound:
            return False
        return True

    def get_schedule(self, flow_name: str) -> Scheduled | None:
        """None if it has none."""
        return next((one for one in self.get_all_schedules() if one.flow_name == flow_name), None)

    def get_all_schedules(self) -> Sequence[Scheduled]:
        """All of them, the next one first."""
        around, now = self._around, datetime.now(UTC)
        described = {entry.flow: entry.description for entry in around.entries.entries}
        found = [Scheduled(flow, one.cron, one.enabled, described.get(flow, ""),
                           next_after(one, now) if one.enabled else None)
                 for flow, one in schedules(around.flows, around.entries, around.settings.timezone).items()]
        return sorted(found, key=lambda one: (one.next_run is None, one.next_run or now, one.flow_name))


class Scheduler:
    """That of a folder with flows, or of a workspace."""

    def __init__(self, place: Ground, check_interval: float = 1.0) -> None:
        self._ground, self._every = place, check_interval
        self.schedule_manager = ScheduleManager(place)
        self._stack: ExitStack | None = None

    def start(self) -> None:
        """Begin; nothing if it has begun. Busy if another process runs one here."""
        if self._stack is not None:
            return
        with ExitStack() as stack:
            stack.enter_context(hold(self._ground))
            light = Light(self._ground.url(), self._ground.runs, self._every)
            stack.enter_context(hub(live(self._ground), light=light))
            self._stack = stack.pop_all()

    def stop(self) -> None:
        """What is under way is put down, and begun again by the next start."""
        if self._stack is not None:
            stack, self._stack = self._stack, None
            stack.close()

    def is_running(self) -> bool:
        """In this process."""
        return self._stack is not None

    def run_flow(self, flow_name: str, params: Mapping[str, Any] | None = None) -> Execution:
        """Run a flow now, to its end, in the thread that asks. FlowFailed if it fails."""
        ended = carry(replace(self._ground), Order(flow_name, params or {}))
        execution = told(self._ground, flow_name, ended.run, ended.state)
        if ended.state.value != "done":
            raise FlowFailed(f"{flow_name}: run {ended.run}: {ended.error or ended.state}", execution)
        return execution


def get_scheduler(flows_dir: AnyPath | None = None, tasks_dir: AnyPath | None = None,
                  output_dir: AnyPath | None = None, config_dir: AnyPath | None = None,
                  log_dir: AnyPath | None = None, check_interval: float = 1.0, *, workspace: AnyPath | None = None
                  ) -> Scheduler:
    """The scheduler of these folders: the same one for as long as the process runs."""
    place = ground(given(workspace, flows=flows_dir, tasks=tasks_dir, output=output_dir, config=config_dir,
                         logs=log_dir))
    with _lock:
        if place not in _known:
            _known[place] = Scheduler(place, check_interval)
        return _known[place]


def run_scheduler_daemon(**folders: Any) -> None:
    """Start the scheduler, and stay until the process is told to end, by SIGTERM or Ctrl-C: what runs is put down
    then. For the main thread."""
    one, asked = get_scheduler(**folders), list[int]()
    before = {number: signal.signal(number, lambda number, _: asked.append(number))
              for number in (signal.SIGINT, signal.SIGTERM)}
    one.start()
    try:
        while not asked:
            time.sleep(LOOK)
    finally:
        one.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


def interval_to_cron(interval: str, at: str | None = None) -> str:
    """The cron expression of hourly, daily, weekly or monthly; Invalid if there is none for it."""
    schedule = made("any", every=interval, at=at).schedule("UTC")
    if not schedule.cron:
        raise Invalid(f"{interval}: no cron expression says this; give it as an interval")
    return schedule.cron.replace("sun", "0")


class SimpleSchedule:
    """A cron expression; 0 and 7 are Sunday. Invalid if it makes no sense."""

    def __init__(self, expression: str) -> None:
        self._schedule = made("any", cron=expression).schedule("UTC")

    def matches(self, moment: datetime) -> bool:
        """Whether it says that minute, in the zone of the moment."""
        at = moment.replace(second=0, microsecond=0, tzinfo=UTC)
        return self.get_next_occurrence(at - timedelta(seconds=1)) == at

    def get_next_occurrence(self, after: datetime | None = None) -> datetime | None:
        """The first after that moment (by default now), on the same clock; None if there is none."""
        moment = after or datetime.now(UTC)
        found = next_after(self._schedule, moment.replace(tzinfo=UTC))
        return found.replace(tzinfo=moment.tzinfo) if found else None

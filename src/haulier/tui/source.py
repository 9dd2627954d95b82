"""Where facts come from: the files and the ledger of a ground, looked at again and again."""
from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from ..app import scheduler
from ..app.ground import Ground
from ..core import schedule as calendar
from ..core.graph import ordered
from ..ledger import books
from ..ledger.books import Books
from ..model.errors import HaulierError, Invalid
from ..model.graph import Graph
from ..model.query import RunQuery
from ..model.run import OVER, Run, RunState
from ..model.schedule import Schedule
from ..model.task import Attempt, Key
from ..settings.live import Live
from ..settings.starts import schedules
from .facts import Facts, FlowRow, RunRow, Seat, complete

OPEN = tuple(state for state in RunState if state not in OVER)
MOST, LATEST, PAST = 50, 8, 30
"""Runs: that are not over, that ended last, of one flow."""
SURE = 5.0
"""Seconds after which the ledger is read anew, though nothing has happened in it."""
TRY_AGAIN = 2.0
"""Seconds between two tries to reach a ledger that could not be reached."""


class Source:
    """One ground. `look` is for one thread; what acts may be another one."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._live = Live(ground.home, folders=ground.folders)
        self._books: Books | None = None
        self._opening, self._is_closed = threading.Lock(), False
        self._seen: tuple[object, ...] = ()
        self._sure_until = 0.0
        self._runs: tuple[RunRow, ...] = ()
        self._history: tuple[Run, ...] = ()
        self._last: dict[str, Run | None] = {}
        self._ended: dict[int, RunRow] = {}
        self._graphs: tuple[int, dict[str, Graph]] = (0, {})
        self._next: dict[Schedule, datetime | None] = {}
        self._trouble, self._closed_until = "", 0.0

    @property
    def live(self) -> Live:
        """The files, as they are now."""
        return self._live

    def books(self) -> Books:
        """The memory; it is made if there is none. Invalid once nothing is asked any more."""
        with self._opening:
            if self._is_closed:
                raise Invalid("the board was closed")
            if self._books is None:
                self._books = books(self._as_now().url())
            return self._books

    def close(self) -> None:
        """Nothing is asked any more."""
        with self._opening:
            self._is_closed = True
            if self._books is not None:
                self._books.close()

    def look(self, flow: str = "") -> Facts:
        """Everything, as it is now; with the history of that flow."""
        trouble = self._remember(flow)
        seats = self._seats()
        flows = self._flows()
        troubles = filter(None, (trouble, *(str(one) for one in self._live.workspace.entries.problems)))
        return Facts(seats, flows, self._runs, self._history, "\n".join(troubles), bool(trouble))

    def run(self, number: int) -> RunRow:
        """One run with its tasks; NotFound if there is none."""
        return self._row(self.books(), self.books().agenda.run(number))

    def attempts(self, run: int, key: Key) -> Sequence[Attempt]:
        """The tries of a task, oldest first."""
        return self.books().tasks.attempts(run, key)

    def _as_now(self) -> Ground:
        """The ground, whose settings may have changed since it was asked for them."""
        return replace(self.ground)

    def _remember(self, flow: str) -> str:
        """Read the ledger if anything has happened in it; what is wrong with it."""
        if time.monotonic() < self._closed_until:
            return self._trouble
        try:
            if self._books is not None or self._as_now().has_memory():
                self._read(self.books(), flow)
            self._trouble = ""
        except HaulierError as error:
            self._trouble, self._closed_until = str(error), time.monotonic() + TRY_AGAIN
        return self._trouble

    def _read(self, found: Books, flow: str) -> None:
        newest = found.reader.events(0, limit=1, newest=True)
        seen = (newest[0].id if newest else 0, flow, self._live.version)
        goes_on = any(row.run.state is RunState.RUNNING for row in self._runs)
        if seen == self._seen and time.monotonic() < self._sure_until and not goes_on:
            return
        going = found.reader.runs(RunQuery(states=OPEN, parent=None, limit=MOST)).items[::-1]
        latest = found.reader.runs(RunQuery(limit=100)).items
        ended = [run for run in latest if run.state in OVER][:LATEST]
        self._ended = {run.id: self._ended.get(run.id) or self._row(found, run) for run in ended}
        self._runs = (*(self._row(found, run) for run in _nested(going)), *self._ended.values())
        self._history = found.reader.runs(RunQuery(flow=flow, limit=PAST)).items if flow else ()
        self._note_last(found, latest)
        self._seen, self._sure_until = seen, time.monotonic() + SURE

    def _note_last(self, found: Books, latest: Sequence[Run]) -> None:
        """What each flow did last: asked one by one only of those that have not run lately, and only once."""
        lately = {run.flow: run for run in reversed(latest)}
        workspace = self._live.workspace
        names = [*workspace.flows.names(), *(job.id for job in workspace.loaded.jobs)]
        for name in names:
            if name not in lately and name not in self._last:
                self._last[name] = next(iter(found.reader.runs(RunQuery(flow=name, limit=1)).items), None)
        self._last |= lately

    def _row(self, found: Books, run: Run) -> RunRow:
        graph = self._graph(run.flow)
        heard = found.tasks.tasks(run.id)
        return RunRow(run, complete(run, heard, graph), graph)

    def _graph(self, flow: str) -> Graph | None:
        version = self._live.version
        if self._graphs[0] != version:
            self._graphs = version, {one.name: replace(one.graph, nodes=ordered(one.graph.nodes))
                                     for one in self._live.workspace.flows.flows}
        return self._graphs[1].get(flow)

    def _seats(self) -> tuple[Seat, ...]:
        """Who runs here; where that is another machine, the ledger says so."""
        try:
            here = scheduler.holder(self.ground)
            if here is not None:
                is_hub = here.address != "scheduler"
                return (Seat("hub" if is_hub else "scheduler", here.pid, here.since,
                             address=here.address if is_hub else ""),)
            found = self._books.agenda.executors() if self._books and not self._trouble else ()
        except HaulierError:
            return ()       # not ours to see
        return tuple(Seat("hub", one.pid, one.since, one.host) for one in found if not one.is_gone)

    def _flows(self) -> tuple[FlowRow, ...]:
        workspace, zone = self._live.workspace, self._zone()
        planned = schedules(workspace, zone)
        broken = {**workspace.flows.broken, **(workspace.loaded.broken or {})}
        jobs = {job.id for job in workspace.loaded.jobs} | set(workspace.loaded.broken or {})
        names = [*sorted(workspace.flows.names()), *sorted(jobs - set(workspace.flows.names()))]
        return tuple(FlowRow(
            name, self._graph(name), self._last.get(name), *self._when(planned.get(name)),
            "\n".join(str(problem) for problem in broken.get(name, ())), name in jobs) for name in names)

    def _when(self, schedule: Schedule | None) -> tuple[str, bool, datetime | None]:
        if schedule is None:
            return "", True, None
        now = datetime.now(UTC)
        known = self._next.get(schedule)
        if schedule.enabled and (known is None or known <= now):
            self._next[schedule] = known = calendar.next_after(schedule, now)
        return _sentence(schedule), schedule.enabled, known if schedule.enabled else None

    def _zone(self) -> str:
        try:
            return self._live.standing.timezone
        except HaulierError:
            return "UTC"


def _nested(runs: Sequence[Run]) -> list[Run]:
    """Each run that is a task of another one stands behind that one."""
    numbers = {run.id for run in runs}
    found: list[Run] = []
    left = [run for run in reversed(runs) if run.parent not in numbers]
    while left:
        found.append(left.pop())
        left += [run for run in reversed(runs) if run.parent == found[-1].id]
    return found


@lru_cache(1000)
def _sentence(schedule: Schedule) -> str:
    return calendar.sentence(schedule)

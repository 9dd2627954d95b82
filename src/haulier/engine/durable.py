"""Runs that outlive their process: DBOS remembers what is to be carried, the ledger how far it is.

A run is one workflow for each of its turns (`run/<id>/<turn>`), so that asking twice is asking once. The
workflow of a process that died is carried by another one, from where the ledger says.
"""
from __future__ import annotations

import logging
import socket
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass

from ..model.errors import Busy, Cancelled, HaulierError, LeaseLost
from ..model.progress import Progress
from ..model.run import OVER, Run, RunState, Totals, Transfer, Trigger, Wanted, Wish
from ..model.transfer import Signal, State
from ..ports import Agenda, Clock, Engine, Ledger
from .inline import Inline
from .queue import Queue
from .slots import Slots
from .terms import Terms
from .work import Work

log = logging.getLogger("haulier.engine")
LOOK = 1.0
"""Seconds between two looks at what is wanted, and between two signs of life."""
PARK = 5.0
"""Seconds: a run whose files are all to be tried again later than that lets go until then."""
PATIENCE = 2.0
"""Seconds before a flow that another process is running is tried again."""
STOP = 10
"""Seconds for what is under way to be put down."""


@dataclass(frozen=True, slots=True)
class Load:
    """The work of a flow, and the names of the connections whose limits hold for it."""

    work: Work
    connections: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Shop:
    """What the engine works with. `open` gives a flow's load, its stores open until the context ends."""

    ledger: Ledger
    agenda: Agenda
    clock: Clock
    open: Callable[[str], AbstractContextManager[Load]]
    limits: Callable[[], tuple[int, int]]
    """Batches at a time: in all, and at one connection."""
    tick: Callable[[], Sequence[Run]] = lambda: ()
    """Called at each look: wants the runs whose time has come."""


class Durable(Engine):
    """One process's part of the engine; `carries`: whether it also carries runs."""

    def __init__(self, shop: Shop, database: str, *, carries: bool = True) -> None:
        self._shop, self._carries = shop, carries
        self.executor = f"{socket.gethostname()}-{uuid.uuid4().hex[:12]}"
        self._queue = Queue(database, self.executor, self._carry, carries=carries)
        self._under_way: dict[int, Progress] = {}
        self._known: set[tuple[int, int]] = set()
        self._stopping, self._look_now = threading.Event(), threading.Event()
        self._looker = threading.Thread(target=self._look, name="engine", daemon=True)

    def start(self) -> None:
        """Begin to carry; what other processes left behind comes first."""
        self._queue.start()
        self._shop.agenda.beat(self.executor)
        self._looker.start()

    def submit(self, wanted: Wanted) -> Run | None:
        """Want a run, and run it as soon as may be; None if it was wanted before."""
        run = self._shop.agenda.want(wanted)
        self._look_now.set()
        return run

    def wish(self, run: int, wish: Wish) -> Run:
        """As Agenda.wish; whoever carries the run sees it at its next beat."""
        changed = self._shop.agenda.wish(run, wish)
        self._look_now.set()
        return changed

    def act(self, transfer: int, signal: Signal) -> Transfer:
        """As Agenda.ask; a run is wanted for what is QUEUED then."""
        changed = self._shop.agenda.ask(transfer, signal)
        if changed.state is State.QUEUED:
            flow = self._shop.agenda.run(changed.run).flow
            if not any(run.flow == flow and run.state is RunState.QUEUED for run in self._shop.agenda.open()):
                self.submit(Wanted(flow, Trigger.RETRY))
        return changed

    def progress(self) -> Mapping[int, Progress]:
        """How far the runs are that this process carries now."""
        return dict(self._under_way)

    def stop(self) -> None:
        """Park what is under way within ten seconds; another start goes on with it."""
        self._stopping.set()
        self._look_now.set()
        self._looker.join(STOP)
        self._queue.stop(STOP)
        with suppress(HaulierError):
            self._shop.agenda.forget(self.executor)

    # What is wanted becomes workflows

    def _look(self) -> None:
        while not self._stopping.is_set():
            try:
                self._shop.agenda.beat(self.executor)
                self._bury()
                self._shop.tick()
                self._enqueue()
            except HaulierError as error:
                log.warning("%s; looking again in a second", error)
            except Exception:
                log.exception("a bug in the engine; looking again in a second")
            self._look_now.wait(LOOK)
            self._look_now.clear()

    def _bury(self) -> None:
        """What dead processes carried is carried by whoever is free."""
        for executor in self._shop.agenda.executors():
            if executor.is_gone and executor.name != self.executor:
                log.warning("%s (process %d on %s) is gone; its runs are gone on with",
                            executor.name, executor.pid, executor.host)
                self._queue.recover(executor.name)
                self._shop.agenda.forget(executor.name)

    def _enqueue(self) -> None:
        """A workflow for each run that is to go on; none for a flow that another run is busy with."""
        taken: set[str] = set()
        for run in sorted(self._shop.agenda.open(), key=lambda run: (run.state is not RunState.RUNNING, run.id)):
            if run.state is RunState.PAUSED or (run.state is RunState.QUEUED and run.flow in taken):
                continue
            if run.state is not RunState.WAITING:
                taken.add(run.flow)
            if (run.id, run.turn) not in self._known:
                self._queue.put(run, self._seconds_until(run))
                self._known.add((run.id, run.turn))

    def _seconds_until(self, run: Run) -> float:
        if run.state is not RunState.WAITING or run.wakes is None:
            return 0.0
        return max(0.0, (run.wakes - self._shop.clock.now()) / 1e9)

    # Carrying

    def _carry(self, number: int) -> None:
        """Carry one run as far as it goes now; everything about it is in the ledger afterwards."""
        while not self._stopping.is_set():
            run = self._shop.agenda.run(number)
            if run.state in OVER or run.state is RunState.PAUSED:
                return
            try:
                self._carry_now(run)
            except Busy as error:
                log.info("%s", error)
                self._stopping.wait(PATIENCE)
                continue
            except (Cancelled, LeaseLost) as error:
                log.info("run %d: %s", number, error)
            except HaulierError as error:
                self._fail(run, str(error))
            except Exception as error:
                log.exception("run %d of %s ended by a bug", number, run.flow)
                self._fail(run, f"internal error ({type(error).__name__}: {error}); please report it")
            return

    def _carry_now(self, run: Run) -> None:
        shop = self._shop
        with shop.open(run.flow) as load:
            terms = Terms(run.id, only_pending=_is_only_pending(run), park=PARK, may_fork=False, beat=LOOK,
                          gate=Slots(shop.agenda, self.executor, load.connections, shop.limits),
                          stopping=self._stopping, asked=shop.agenda.asked)
            course = Inline(shop.ledger, load.work, shop.clock, terms=terms)
            self._under_way[run.id] = course.progress
            try:
                course.run()
            finally:
                del self._under_way[run.id]
                self._look_now.set()

    def _fail(self, run: Run, why: str) -> None:
        """A run that could not begin, or whose end is not written yet, has failed."""
        log.warning("run %d of %s failed: %s", run.id, run.flow, why)
        with suppress(Cancelled, Busy, LeaseLost):
            begun = self._shop.ledger.start(run.flow, source=run.source, target=run.target, run=run.id)
            self._shop.ledger.finish(begun, RunState.FAILED, Totals(), why)


def _is_only_pending(run: Run) -> bool:
    """Whether a run is about files that are known: those it waited for, or those that somebody wants again.

    One that waited because its source could not be listed has an error of its own, and begins anew.
    """
    return run.trigger is Trigger.RETRY or (run.wakes is not None and not run.error)



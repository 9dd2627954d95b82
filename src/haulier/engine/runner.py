"""Runs what is wanted: the queue has what is to be carried, the ledger how far it is.

Both may be asked again and again: each look compares what is wanted with what is queued, and mends the difference.
"""
from __future__ import annotations

import logging
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from ..model.errors import HaulierError
from ..model.progress import Progress
from ..model.run import Run, RunState, Transfer, Trigger, Wanted, Wish
from ..model.transfer import Signal, State
from ..ports import Engine
from .carrier import Carrier
from .guest import Guests
from .shop import Shop
from .slots import Slots
from .trouble import Trouble, Unstored
from .turns import Turn, Turns

log = logging.getLogger("haulier.engine")
LOOK = 1.0
"""Seconds between two looks at what is wanted, and between two signs of life."""
PRUNE = 600.0
"""Seconds until what has ended long ago is forgotten again."""
STOP = 10.0
"""Seconds for what is under way to be put down."""


def every(run: Run) -> bool:
    """Whatever is wanted."""
    return True


class Runner(Engine):
    """One process's part of the engine. `carries`: whether it also carries runs; `only`: those it looks after."""

    def __init__(self, shop: Shop, queue: Turns, *, carries: bool = True, only: Callable[[Run], bool] = every) -> None:
        self._agenda, self._clock, self._tick, self._beside = shop.agenda, shop.clock, shop.tick, shop.beside
        self.executor = f"{socket.gethostname()}-{uuid.uuid4().hex[:12]}"
        self._look_now, self._trouble = threading.Event(), Trouble()
        self._slots = Slots(shop.agenda, self.executor, shop.limits)
        self._carrier = Carrier(shop, self._slots, self._trouble, self._look_now.set)
        self._guests = Guests(shop, self._slots, self.executor, self._carrier.under_way.__contains__,
                              self._carrier.stopping)
        self._queue, self._carries, self._only = queue, carries, only
        self._prune_at = 0.0
        self._looker = threading.Thread(target=self._look, name="engine", daemon=True)

    def start(self) -> None:
        """Begin to carry; what other processes left behind comes first."""
        self._agenda.beat(self.executor)    # before anything is carried: who never beat is taken for dead
        self._queue.start(self.executor, self._carrier.carry if self._carries else None)
        self._looker.start()

    def submit(self, wanted: Wanted) -> Run | None:
        """Want a run, and run it as soon as may be; None if it was wanted before."""
        run = self._agenda.want(wanted)
        self._look_now.set()
        return run

    def wish(self, run: int, wish: Wish) -> Run:
        """As Agenda.wish; whoever carries the run sees it at its next beat."""
        changed = self._agenda.wish(run, wish)
        self._look_now.set()
        return changed

    def act(self, transfer: int, signal: Signal) -> Transfer:
        """As Agenda.ask; a run is wanted for what is QUEUED then."""
        changed = self._agenda.ask(transfer, signal)
        if changed.state is State.QUEUED:
            flow = self._agenda.run(changed.run).flow
            if not any(run.flow == flow and run.state is RunState.QUEUED for run in self._agenda.open()):
                self.submit(Wanted(flow, Trigger.RETRY))
        return changed

    def progress(self) -> Mapping[int, Progress]:
        """How far the runs are that this process carries now."""
        return dict(self._carrier.under_way)

    def stop(self) -> None:
        """Park what is under way within ten seconds; another start goes on with it."""
        until = time.monotonic() + STOP
        self._carrier.stopping.set()
        self._look_now.set()
        self._looker.join(STOP)
        self._guests.leave(until - time.monotonic())
        self._queue.stop(until - time.monotonic())
        with suppress(HaulierError):
            self._agenda.forget(self.executor)

    # What is wanted is queued

    def _look(self) -> None:
        while not self._carrier.stopping.is_set():
            try:
                self._compare()
                if self._tick():
                    self._look_now.set()
                self._trouble.may_be_over()
            except (HaulierError, Unstored) as error:
                self._trouble.say(error)
            except Exception:
                log.exception("a bug in the engine; looking again in a second")
            self._look_now.wait(LOOK)
            self._look_now.clear()

    def _compare(self) -> None:
        self._agenda.beat(self.executor)
        self._slots.give_back()
        runs = [run for run in self._agenda.open() if self._only(run)]
        turns = self._queue.turns() if runs else []
        self._bury(turns)
        self._enqueue(runs, turns)
        if self._carries:
            self._guests.look()
        if time.monotonic() >= self._prune_at:
            self._prune_at = time.monotonic() + PRUNE
            if self._queue.prune():
                self._prune_at = 0.0

    def _bury(self, turns: Iterable[Turn]) -> None:
        """What dead processes carried is carried by whoever is free."""
        alive = {self.executor}
        for executor in self._agenda.executors():
            if not executor.is_gone:
                alive.add(executor.name)
            elif executor.name != self.executor:
                log.warning("%s (process %d on %s) is gone; its runs are gone on with",
                            executor.name, executor.pid, executor.host)
                self._queue.recover(executor.name)
                self._agenda.forget(executor.name)
        for name in {turn.carried_by for turn in turns if turn.carried_by} - alive:
            self._queue.recover(name)

    def _enqueue(self, runs: Sequence[Run], turns: Iterable[Turn]) -> None:
        """A turn for each run that is to go on and has none; none for a flow that another run is busy with."""
        queued = {(turn.run, turn.turn) for turn in turns}
        carried = {turn.run for turn in turns if turn.carried_by}
        taken: set[str] = set()
        for run in sorted(runs, key=_urgency):
            if run.state is RunState.PAUSED or _waits_for_a_person(run) or (
                    run.state is RunState.QUEUED and run.flow in taken):
                continue
            if run.state is not RunState.WAITING and not self._beside(run.flow):
                taken.add(run.flow)
            if (run.id, run.turn) not in queued and run.id not in carried:
                self._queue.put(run, self._seconds_until(run))

    def _seconds_until(self, run: Run) -> float:
        if run.state is not RunState.WAITING or run.wakes is None:
            return 0.0
        return max(0.0, (run.wakes - self._clock.now()) / 1e9)


def _waits_for_a_person(run: Run) -> bool:
    return run.state is RunState.WAITING and run.wakes is None


def _urgency(run: Run) -> tuple[bool, int, int]:
    return run.state is not RunState.RUNNING, run.priority, run.id

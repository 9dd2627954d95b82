"""Carries batches of runs that other processes have."""
from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from ..model.errors import HaulierError, Invalid, LeaseLost
from ..model.progress import Progress
from ..model.run import Run
from ..model.transfer import Signal
from ..ports import Sharing
from .hand import Hand
from .lanes import Lane, Lanes, Message, lanes_of
from .shop import Shop
from .slots import Gate, Slots
from .trouble import Unstored
from .work import Work, route_of

log = logging.getLogger("haulier.engine")
LOOK = 0.25
"""Seconds between two looks for another batch."""
BEAT = 1.0
"""Seconds between two looks at whether we are still wanted."""
IDLE = 2.0
"""Seconds without a batch after which we leave a run."""
LONGEST = 30.0
"""Seconds at most before another try at a run that we could not help with; the first comes after one."""
AT_A_TIME = 16


class Guests:
    """One process's visits to runs of others, each in a thread of its own."""

    def __init__(self, shop: Shop, slots: Slots, executor: str, is_carrying: Callable[[int], bool],
                 stopping: threading.Event) -> None:
        self._shop = shop.apart()
        self._slots, self._executor, self._is_carrying, self._stopping = slots, executor, is_carrying, stopping
        self._visits: dict[int, threading.Thread] = {}
        self._failures: dict[int, tuple[int, float]] = {}    # how many, and when the next try is due
        self._late: dict[int, int] = {}     # to be handed in when the ledger answers: bytes by batch

    def look(self) -> None:
        """Visit whoever offers something."""
        if self._shop.sharing is None:
            return
        for number, moved in list(self._late.items()):
            self._shop.sharing.hand_in(number, self._executor, moved)
            self._late.pop(number)
        self._visits = {run: thread for run, thread in self._visits.items() if thread.is_alive()}
        offered = self._shop.sharing.offered()
        self._failures = {run.id: self._failures[run.id] for run, _ in offered if run.id in self._failures}
        for run, version in offered:
            if self._is_free_for(run.id):
                thread = threading.Thread(target=self._visit, args=(run, version), name=f"guest of run {run.id}",
                                          daemon=True)
                self._visits[run.id] = thread
                thread.start()

    def leave(self, seconds: float) -> None:
        """Wait so long for all visits to end, once we are stopping."""
        until = time.monotonic() + seconds
        for thread in self._visits.values():
            thread.join(max(0.0, until - time.monotonic()))

    def _is_free_for(self, run: int) -> bool:
        return (run not in self._visits and len(self._visits) < AT_A_TIME and not self._is_carrying(run)
                and time.monotonic() >= self._failures.get(run, (0, 0.0))[1])

    def _visit(self, run: Run, version: str) -> None:
        sharing = self._shop.sharing
        assert sharing is not None
        try:
            with self._shop.open(run.flow) as load, self._slots.gate(run, load.connections) as gate:
                if load.version != version or load.work is None:
                    raise Invalid(f"{run.flow}: its settings are others here")
                Visit(run, load.work, self._shop, sharing, gate, self._executor, self._late).stay(self._stopping)
        except LeaseLost as error:
            log.debug("%s", error)
        except (HaulierError, Unstored) as error:
            self._failed(run, str(error))
        except Exception as error:
            log.exception("a bug while helping with run %d", run.id)
            self._failed(run, str(error))
        else:
            self._failures.pop(run.id, None)

    def _failed(self, run: Run, why: str) -> None:
        count = self._failures.get(run.id, (0, 0.0))[0]
        self._failures[run.id] = count + 1, time.monotonic() + min(LONGEST, 2.0 ** count)
        if not count:
            log.info("run %d cannot be helped with for now: %s", run.id, why, extra={"flow": run.flow, "run": run.id})


class Visit:
    """The time that one process helps with one run of another."""

    def __init__(self, run: Run, work: Work, shop: Shop, sharing: Sharing, gate: Gate, executor: str,
                 late: dict[int, int]) -> None:
        self._run, self._shop, self._sharing, self._gate, self._late = run, shop, sharing, gate, late
        self._executor = executor
        self._target = work.target
        self._route = route_of(work, shop.clock, shop.bandwidth())
        self._halts: dict[int, Signal] = {}
        self._hands: dict[int, Hand] = {}     # by batch
        self._beaten = self._looked = 0.0

    def stay(self, stopping: threading.Event) -> None:
        """As long as there is something to do. LeaseLost if we are not wanted any more."""
        self._target.connect()
        self._useful = time.monotonic()
        lanes = lanes_of(self._route, self._halts, may_fork=False)
        try:
            while not stopping.is_set() and (lanes.busy or time.monotonic() - self._useful < IDLE):
                self._fill(lanes)
                self._listen(lanes)
                self._beat()
        finally:
            try:
                lanes.close(self._hear_last)
            finally:    # nobody goes on with the run before
                self._put_down()

    def _fill(self, lanes: Lanes) -> None:
        if time.monotonic() - self._looked < LOOK:
            return
        self._looked = time.monotonic()
        while (untaken := self._sharing.untaken(self._run)) and (lane := lanes.free()):
            if not (ticket := self._gate.enter()):
                return
            if not (batch := self._sharing.take(self._run, self._executor)):
                self._gate.leave(ticket)
                untaken = 0     # for us: others were quicker, or they are called back
                break
            record = partial(self._sharing.record, self._run, batch.id, self._executor)
            self._hands[batch.id] = Hand(record, self._route, self._shop.clock, Progress(), parks=True)
            self._hands[batch.id].take(batch.transfers)
            lane.ticket, lane.number = ticket, batch.id
            lanes.give(lane, batch.transfers, hold=False)
        if not untaken:
            self._gate.rest()

    def _listen(self, lanes: Lanes) -> None:
        if not lanes.busy:
            self._shop.clock.sleep(LOOK / 2)
            return
        self._useful = time.monotonic()
        for lane, message in lanes.messages(LOOK / 2):
            hand = self._hands[lane.number]
            hand.hear(message)
            if message.is_end:
                hand.give_up(hand.left(lane), message.broken)
                self._end(lane)
            elif message.reports is not None:
                Lanes.go_on(lane)

    def _end(self, lane: Lane) -> None:
        self._gate.leave(lane.ticket)
        self._hand_in(lane.number, self._hands.pop(lane.number))
        self._looked = 0.0

    def _beat(self) -> None:
        if self._hands and time.monotonic() - self._beaten >= BEAT:
            self._beaten = time.monotonic()
            if not self._hands.keys() <= self._sharing.held(self._executor):
                raise LeaseLost(f"{self._run.flow}: what we had of run {self._run.id} was called back")
            self._halts.update(self._shop.agenda.asked(self._run.id))

    def _hear_last(self, message: Message) -> None:
        for hand in self._hands.values():
            hand.hear_last(message)

    def _put_down(self) -> None:
        for batch, hand in self._hands.items():
            with suppress(LeaseLost, Unstored):
                hand.put_down(Signal.LOST)
            self._hand_in(batch, hand)

    def _hand_in(self, batch: int, hand: Hand) -> None:
        """If that cannot be stored now, it is as soon as it can."""
        try:
            self._sharing.hand_in(batch, self._executor, hand.progress.moved)
        except Unstored:
            self._late[batch] = hand.progress.moved

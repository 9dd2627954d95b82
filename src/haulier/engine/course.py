"""Runs one transfer task to its end in this process, with the ledger as its memory."""
from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence

from ..core.reach import reach
from ..model.errors import HaulierError, Transient
from ..model.flow import Action
from ..model.progress import Progress
from ..model.run import Report, RunState, Transfer, Wish
from ..model.transfer import Signal, State
from ..ports import Clock, Ledger
from .clock import Deadline
from .ends import LetGo, bug_in
from .hand import Hand
from .lanes import Lane, Lanes, Message, lanes_of
from .shop import Load
from .supply import Supply
from .terms import Lending, Nobody, Terms
from .trouble import Unstored
from .work import Result, Watcher, Work, route_of

AT_ONCE = 0.5
"""Seconds: what is to be tried again within so long is due."""


class Course:
    """One run of one piece of work. A killed run is gone on with by running the same work again."""

    def __init__(self, ledger: Ledger, work: Work, clock: Clock, watcher: Watcher | None = None,
                 terms: Terms | None = None) -> None:
        self.ledger, self.work, self.clock = ledger, work, clock
        self.watcher, self.terms = watcher or Watcher(), terms or Terms()
        self.progress = Progress()
        self._route = route = route_of(work, clock, self.terms.bandwidth)
        self._hand = Hand(lambda reports: self.ledger.record(self._run, reports), route, clock, self.progress,
                          parks=self.terms.park is not None, watcher=self.watcher)
        self._supply = Supply(ledger, work, clock, self.watcher, self.progress, self._refuse, self._beat)
        self._held: list[Transfer] = []             # of a group: checked, waiting for the others
        self._halts: dict[int, Signal] = {}         # what persons want of files that lanes have
        self._lender: Lending = Nobody()
        self._deadline = Deadline(work.flow, work.rules.timeout)
        self._beaten = time.monotonic()

    def run(self) -> Result:
        """Run to the end, or as far as the terms allow; Busy if another process is running this flow."""
        work = self.work
        self._run = self.ledger.start(work.flow, source=work.origin, target=work.goal, run=self.terms.run,
                                      how=self.terms.how)
        self._lender = self.terms.lender(self._run)
        state, error, wakes = RunState.FAILED, "", None
        try:
            self._count_on()
            self._carry_all()
            self.watcher.progressed(self.progress)
            self._retain()
            state, wakes = self._ended()
        except LetGo as let_go:
            state = let_go.state
            self._put_down(state)
        except KeyboardInterrupt:
            state, error = RunState.CANCELLED, "interrupted"
            raise
        except HaulierError as caught:
            error, wakes = str(caught), self._another_time(caught)
            if wakes is None:
                raise
            state = RunState.WAITING
            self._put_down(state)
        except Unstored:
            state = RunState.QUEUED
            raise
        except Exception as bug:
            error = bug_in(bug)
            raise
        finally:
            self.ledger.finish(self._run, state, self.progress.totals, error, wakes=wakes)
        return Result(self._run.id, state, self.progress, wakes)

    def _count_on(self) -> None:
        """From where an earlier turn of the run came to; what failed then is tried again if all is planned anew."""
        before, progress = self._run.totals, self.progress
        progress.done, progress.moved = before.done, before.bytes
        if self.terms.only_pending:
            progress.failed, progress.skipped = before.failed, before.skipped
        progress.files, progress.bytes = progress.done + progress.failed, progress.moved

    def _ended(self) -> tuple[RunState, int | None]:
        if retries := self._hand.retries:
            return RunState.WAITING, min(transfer.retry_at or 0 for transfer in retries)
        failed = self.progress.failed or self.progress.waiting
        return (RunState.FAILED if failed else RunState.DONE), None

    def _another_time(self, error: HaulierError) -> int | None:
        """When to begin the run again, which could not even be planned; None if there is no use."""
        if self.terms.park is None or not isinstance(error, Transient):
            return None
        now, begun = self.clock.now(), self._run.created or self._run.started
        pause = self.work.rules.retry.pause(self._run.turn + 1, (now - begun) / 1e9, begun)
        return None if pause is None else now + int(max(pause, error.retry_after or 0) * 1e9)

    def _put_down(self, state: RunState) -> None:
        """What lanes had in hand, here and elsewhere: given up, or left to whoever goes on."""
        for back in self._lender.recall():
            self._hand.count(back)
        self._hand.put_down(Signal.CANCEL if state is RunState.CANCELLED else Signal.LOST)

    # Lanes at work

    def _carry_all(self) -> None:
        supply, terms = self._supply, self.terms
        batches = supply.pending(self._run) if terms.only_pending else supply.planned(self._run)
        first, second = next(batches, None), next(batches, None)
        self._hand.retries += supply.later
        if first is None:   # then the target need not even be there
            return
        if terms.park is None:
            reach(self.work.target, self.work.rules.retry, self.clock)
        else:
            self.work.target.connect()      # if that fails, the run waits without us
        lanes = lanes_of(self._route, self._halts, may_fork=terms.may_fork and second is not None)
        ready = deque(batch for batch in (first, second) if batch)
        try:
            self._loop(lanes, ready, batches, hold=self.work.rules.group)
            if self._held:
                self._release(lanes)
        finally:
            lanes.close(self._hand.hear_last)

    def _loop(self, lanes: Lanes, ready: deque[list[Transfer]], batches: Iterator[list[Transfer]],
              *, hold: bool) -> None:
        while True:
            while (ready or self._lender.untaken) and (lane := lanes.free()) and (ticket := self.terms.gate.enter()):
                if not self._fill(lanes, lane, ticket, ready, hold=hold):
                    break
            if ready and not hold and self._lender.offers(ready[0]):
                ready.popleft()
            if not ready and not self._lender.untaken:
                self.terms.gate.rest()
            if not ready and (batch := next(batches, None)):
                ready.append(batch)
                self._listen(lanes, 0, hold=hold)
                continue
            if not ready and (due := self._due()):
                ready.append(due)
                continue
            if not ready and not lanes.busy and not self._lender.out and self._has_time():
                return
            self._listen(lanes, 0.1, hold=hold)

    def _fill(self, lanes: Lanes, lane: Lane, ticket: str, ready: deque[list[Transfer]], *, hold: bool) -> bool:
        """Give the lane a batch; False if there is none after all: others took what was offered."""
        batch = self._claimed(ready.popleft()) if ready else self._lender.take_back()
        if not batch:
            self.terms.gate.leave(ticket)
            return False
        self._hand.take(batch)
        lane.ticket = ticket
        lanes.give(lane, tuple(batch), hold=hold)
        return True

    def _claimed(self, transfers: list[Transfer]) -> Sequence[Transfer]:
        before = {transfer.path: transfer for transfer in transfers}
        claimed = []
        for transfer in self.ledger.claim(self._run, transfers).transfers:
            asked = before[transfer.path]
            if asked.known or asked.checked:
                transfer = transfer._replace(known=asked.known, checked=asked.checked)
            claimed.append(transfer)
        return claimed

    def _listen(self, lanes: Lanes, timeout: float, *, hold: bool) -> None:
        if not lanes.busy:
            if timeout:
                self.clock.sleep(timeout)
        else:
            for lane, message in lanes.messages(timeout):
                self._hear(lane, message, hold=hold)
        for back in self._lender.returned():
            self._hand.count(back)
        self._beat()
        self.watcher.progressed(self.progress)

    def _beat(self) -> None:
        """A sign of life now and then; TimeUp once the job's timeout has passed, LetGo when somebody wants that."""
        self._deadline.check()
        if self.terms.stopping.is_set():
            raise LetGo(RunState.QUEUED)
        if time.monotonic() - self._beaten >= self.terms.beat:
            self._beaten = time.monotonic()
            wish = self.ledger.beat(self._run, self.progress.totals)
            if wish is not Wish.NONE:
                raise LetGo(RunState.PAUSED if wish is Wish.PAUSE else RunState.CANCELLED)
            self._halts.update(self.terms.asked(self._run.id))

    def _hear(self, lane: Lane, message: Message, *, hold: bool) -> None:
        self._hand.hear(message)
        if message.is_end:
            self.terms.gate.leave(lane.ticket)
            self._end_batch(lane, message.broken, hold=hold)
        elif message.reports is not None:
            Lanes.go_on(lane)

    def _end_batch(self, lane: Lane, broken: str, *, hold: bool) -> None:
        left = self._hand.left(lane)
        if hold and not broken:
            self._held += [transfer._replace(state=State.VERIFYING, checked=True) for transfer in left]
        else:
            self._hand.give_up(left, broken)

    # What is to be tried again

    def _due(self) -> list[Transfer]:
        soon, retries = self.clock.now() + int(AT_ONCE * 1e9), self._hand.retries
        due = [transfer for transfer in retries if (transfer.retry_at or 0) <= soon]
        if due:
            self._hand.retries = [transfer for transfer in retries if (transfer.retry_at or 0) > soon]
        return due

    def _has_time(self) -> bool:
        """Whether nothing is to be tried again soon enough to wait for it here."""
        if not self._hand.retries or self.terms.park is None:
            return not self._hand.retries
        first = min(transfer.retry_at or 0 for transfer in self._hand.retries)
        return first - self.clock.now() > self.terms.park * 1e9

    # A group is published together

    def _release(self, lanes: Lanes) -> None:
        held, self._held = self._held, []
        if not self.progress.failed and not self.progress.waiting:
            self._loop(lanes, deque([held]), iter(()), hold=False)
            return
        text = "not published: another file of its group failed"
        self._hand.store([Report(transfer.id, Signal.PERMANENT, f"{transfer.path}: {text}", "Group")
                          for transfer in held])
        self._hand.discard(held)    # not before that is stored: a whole draft that is gone counts as published

    def _refuse(self, transfer: Transfer, error: HaulierError) -> None:
        """A file that cannot be taken gets a row, so that somebody can find out why."""
        claimed = self.ledger.claim(self._run, [transfer]).transfers
        self._hand.take(claimed)
        self._hand.store([Report(claimed[0].id, Signal.PERMANENT, str(error), type(error).__name__)])

    def _retain(self) -> None:
        """Apply the archive's retention."""
        rule = self.work.rules.settle
        if rule.action is Action.ARCHIVE and rule.retention_days and self.work.archive:
            self.work.archive.expire(rule.retention_days, self.clock)


def carried(work: Work, connections: Sequence[str] = (), version: str = "") -> Load:
    """The load of a transfer."""
    def begin(ledger: Ledger, clock: Clock, watcher: Watcher | None, terms: Terms) -> Course:
        return Course(ledger, work, clock, watcher, terms)
    return Load(begin, connections, version, work)

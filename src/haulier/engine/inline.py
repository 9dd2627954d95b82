"""Runs one transfer task to its end in this process, with the ledger as its memory."""
from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress

from ..core.limits import All, Bandwidth, Limit
from ..core.reach import reach
from ..core.route import Route
from ..model.errors import HaulierError, Transient
from ..model.files import Cap
from ..model.flow import Action
from ..model.progress import Progress
from ..model.run import Report, RunState, Transfer, Wish
from ..model.transfer import Signal, State
from ..ports import Clock, Ledger
from .clock import Deadline
from .lanes import Lane, Lanes, Message
from .supply import Supply
from .terms import Terms
from .trouble import Unstored
from .work import Result, Watcher, Work

AT_ONCE = 0.5
"""Seconds: what is to be tried again within so long is due."""


class LetGo(Exception):
    """The run is to end now, in this state."""

    def __init__(self, state: RunState) -> None:
        super().__init__(state)
        self.state = state


class Inline:
    """One run of one piece of work. A killed run is gone on with by running the same work again."""

    def __init__(self, ledger: Ledger, work: Work, clock: Clock, watcher: Watcher | None = None,
                 terms: Terms | None = None) -> None:
        self.ledger, self.work, self.clock = ledger, work, clock
        self.watcher, self.terms = watcher or Watcher(), terms or Terms()
        self.progress = Progress()
        self._route = self._prepared()
        self._supply = Supply(ledger, work, clock, self.watcher, self.progress, self._refuse, self._beat)
        self._flying: dict[int, Transfer] = {}      # claimed and not at their end
        self._facts: dict[int, list[Report]] = {}   # what was reported of those
        self._retries: list[Transfer] = []          # waiting, each until its `retry_at`
        self._held: list[Transfer] = []             # of a group: checked, waiting for the others
        self._halts: dict[int, Signal] = {}         # what persons want of files that lanes have
        self._deadline = Deadline(work.flow, work.rules.timeout)
        self._beaten = time.monotonic()
        self._tells = type(self.watcher).ended is not Watcher.ended

    def run(self) -> Result:
        """Run to the end, or as far as the terms allow; Busy if another process is running this flow."""
        work = self.work
        self._run = self.ledger.start(work.flow, source=work.origin, target=work.goal, run=self.terms.run)
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
        if self._retries:
            return RunState.WAITING, min(transfer.retry_at or 0 for transfer in self._retries)
        failed = self.progress.failed or self.progress.waiting
        return (RunState.FAILED if failed else RunState.DONE), None

    def _another_time(self, error: HaulierError) -> int | None:
        """When to begin the run again, which could not even be planned; None if there is no use."""
        if self.terms.park is None or not isinstance(error, Transient):
            return None
        now, run = self.clock.now(), self._run
        pause = self.work.rules.retry.pause(run.turn + 1, (now - (run.created or run.started)) / 1e9)
        return None if pause is None else now + int(max(pause, error.retry_after or 0) * 1e9)

    def _put_down(self, state: RunState) -> None:
        """What lanes had in hand: given up, or left to whoever goes on."""
        flying = [self._merged(number) for number in list(self._flying)]
        if state is RunState.CANCELLED:
            flying += self._retries
        signal = Signal.CANCEL if state is RunState.CANCELLED else Signal.LOST
        self.ledger.record(self._run, [Report(transfer.id, signal) for transfer in flying])
        if signal is Signal.CANCEL:
            self._discard(flying)   # not before: a whole draft that is gone counts as published

    # Lanes at work

    def _carry_all(self) -> None:
        supply, terms = self._supply, self.terms
        batches = supply.pending(self._run.id) if terms.only_pending else supply.planned(self._run)
        first, second = next(batches, None), next(batches, None)
        self._retries += supply.later
        if first is None:   # then the target need not even be there
            return
        if terms.park is None:
            reach(self.work.target, self.work.rules.retry, self.clock)
        else:
            self.work.target.connect()      # if that fails, the run waits without us
        lanes = self._lanes(many=second is not None)
        ready = deque(batch for batch in (first, second) if batch)
        try:
            self._loop(lanes, ready, batches, hold=self.work.rules.group)
            if self._held:
                self._release(lanes)
        finally:
            lanes.close()

    def _loop(self, lanes: Lanes, ready: deque[list[Transfer]], batches: Iterator[list[Transfer]],
              *, hold: bool) -> None:
        while True:
            while ready and (lane := lanes.free()) and (ticket := self.terms.gate.enter()):
                lane.ticket = ticket
                self._give(lanes, lane, ready.popleft(), hold=hold)
            if not ready and (batch := next(batches, None)):
                ready.append(batch)
                self._listen(lanes, 0, hold=hold)
                continue
            if not ready and (due := self._due()):
                ready.append(due)
                continue
            if not ready and not lanes.busy and self._has_time():
                return
            self._listen(lanes, 0.1, hold=hold)

    def _give(self, lanes: Lanes, lane: Lane, transfers: list[Transfer], *, hold: bool) -> None:
        before = {transfer.path: transfer for transfer in transfers}
        claimed = []
        for transfer in self.ledger.claim(self._run, transfers).transfers:
            asked = before[transfer.path]
            if asked.known or asked.checked:
                transfer = transfer._replace(known=asked.known, checked=asked.checked)
            self._flying[transfer.id] = transfer
            claimed.append(transfer)
        lanes.give(lane, tuple(claimed), hold=hold)

    def _listen(self, lanes: Lanes, timeout: float, *, hold: bool) -> None:
        if not lanes.busy:
            if timeout:
                self.clock.sleep(timeout)
        else:
            for lane, message in lanes.messages(timeout):
                self._hear(lane, message, hold=hold)
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
        self.progress.moved += message.moved
        if message.part in self._flying:
            self.progress.parts[message.part] = self._before(message.part) + message.so_far
        if message.is_end:
            self.terms.gate.leave(lane.ticket)
            self._end_batch(lane, message.broken, hold=hold)
        elif message.reports is not None:
            self._store(message.reports)
            Lanes.go_on(lane)

    def _before(self, part: int) -> int:
        """Bytes of a file that an earlier try left, where a copy goes on after them."""
        draft = self._flying[part].draft
        return draft.offset if draft and not self.work.steps else 0

    def _end_batch(self, lane: Lane, broken: str, *, hold: bool) -> None:
        left = [self._merged(transfer.id) for transfer in lane.batch if transfer.id in self._flying]
        lane.batch = ()
        if hold and not broken:
            self._held += [transfer._replace(state=State.VERIFYING, checked=True) for transfer in left]
            return
        cause = broken.strip().splitlines()[-1] if broken else "the lane ended without a word"
        self._store([
            Report(transfer.id, Signal.PERMANENT, f"{transfer.path}: internal error ({cause})", "Bug")
            for transfer in left])

    # What is to be tried again

    def _due(self) -> list[Transfer]:
        soon = self.clock.now() + int(AT_ONCE * 1e9)
        due = [transfer for transfer in self._retries if (transfer.retry_at or 0) <= soon]
        if due:
            self._retries = [transfer for transfer in self._retries if (transfer.retry_at or 0) > soon]
        return due

    def _has_time(self) -> bool:
        """Whether nothing is to be tried again soon enough to wait for it here."""
        if not self._retries or self.terms.park is None:
            return not self._retries
        first = min(transfer.retry_at or 0 for transfer in self._retries)
        return first - self.clock.now() > self.terms.park * 1e9

    def _timed(self, report: Report) -> Report:
        """With the moment of the next try, if there is to be one."""
        if report.signal is not Signal.TRANSIENT or report.id not in self._flying:
            return report
        transfer, now = self._flying[report.id], self.clock.now()
        elapsed = (now - transfer.since) / 1e9 if transfer.since else 0.0
        pause = self.work.rules.retry.pause(transfer.tries, elapsed)
        if pause is not None:
            return report._replace(retry_at=now + int(pause * 1e9))
        if self.terms.park is None:     # another run goes on with it
            return report
        return report._replace(signal=Signal.PERMANENT, error=f"{report.error}; given up after {transfer.tries} tries")

    # What lanes report

    def _store(self, reports: Sequence[Report]) -> None:
        reports = [self._timed(report) for report in reports]
        self.ledger.record(self._run, reports)
        for report in reports:
            if report.id in self._flying:
                self._apply(report)

    def _merged(self, id: int) -> Transfer:
        """The transfer with the facts of its reports so far."""
        transfer = self._flying[id]
        for report in self._facts.pop(id, ()):
            transfer = transfer._replace(
                sha256=report.sha256 or transfer.sha256, written=report.written or transfer.written,
                target=report.target or transfer.target, draft=report.draft or transfer.draft,
                head=report.head or transfer.head, error=report.error, kind=report.kind,
                delivered=transfer.delivered or report.signal is Signal.VERIFIED)
        self._flying[id] = transfer
        return transfer

    def _apply(self, report: Report) -> None:
        id, signal = report.id, report.signal
        if signal is None or signal is Signal.COPIED or signal is Signal.VERIFIED:
            self._facts.setdefault(id, []).append(report)
            if signal:
                self.progress.parts.pop(id, None)
            return
        self._count(report)
        if self._tells and (signal is not Signal.SETTLED or self.watcher.wants_done):
            self.watcher.ended(self._merged(id), report)
        del self._flying[id]
        self._facts.pop(id, None)
        self.progress.parts.pop(id, None)

    def _count(self, report: Report) -> None:
        signal, progress = report.signal, self.progress
        if signal is Signal.SETTLED:
            progress.done += 1
        elif signal is Signal.DUPLICATE:
            progress.skipped += 1
        elif signal is Signal.PERMANENT:
            progress.failed += 1
        elif signal is not Signal.TRANSIENT:
            progress.stopped += 1
            if signal is Signal.CANCEL:
                self._discard([self._merged(report.id)])
        elif report.retry_at is None:
            progress.waiting += 1
        else:
            waiting = self._merged(report.id)._replace(state=State.WAITING, retry_at=report.retry_at)
            self._retries.append(waiting)

    # A group is published together

    def _release(self, lanes: Lanes) -> None:
        held, self._held = self._held, []
        if not self.progress.failed and not self.progress.waiting:
            self._loop(lanes, deque([held]), iter(()), hold=False)
            return
        text = "not published: another file of its group failed"
        self._store([Report(transfer.id, Signal.PERMANENT, f"{transfer.path}: {text}", "Group")
                     for transfer in held])
        self._discard(held)     # not before that is stored: a whole draft that is gone counts as published

    def _discard(self, transfers: Sequence[Transfer]) -> None:
        for transfer in transfers:
            if draft := self._route.draft_left(transfer):
                with suppress(HaulierError):
                    self.work.target.discard(draft)

    def _refuse(self, transfer: Transfer, error: HaulierError) -> None:
        """A file that cannot be taken gets a row, so that somebody can find out why."""
        claimed, = self.ledger.claim(self._run, [transfer]).transfers
        self._flying[claimed.id] = claimed
        self._store([Report(claimed.id, Signal.PERMANENT, str(error), type(error).__name__)])

    # How

    def _prepared(self) -> Route:
        work, limits = self.work, self.work.rules.limits
        own = Bandwidth(limits.bandwidth, self.clock) if limits.bandwidth else None
        bandwidth: list[Limit] = [limit for limit in (own, self.terms.bandwidth) if limit]
        return Route(work.source, work.target, self.clock, work.rules, work.steps, work.archive,
                     mark=work.mark, bandwidth=All(bandwidth) if bandwidth else None,
                     booted=time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME))

    def _lanes(self, *, many: bool) -> Lanes:
        """As many as pay off: over a network what the far side says, else a process per processor."""
        work, limits = self.work, self.work.rules.limits
        far = [store.lanes for store in (work.source, work.target) if Cap.NEAR not in store.caps]
        count = limits.lanes or (max(far) if far else work.target.lanes)
        forked = self.terms.may_fork and not far and many and not limits.bandwidth and count > 1
        return Lanes(self._route, count, self._halts, forked=forked)

    def _retain(self) -> None:
        """Apply the archive's retention."""
        rule = self.work.rules.settle
        if rule.action is Action.ARCHIVE and rule.retention_days and self.work.archive:
            self.work.archive.expire(rule.retention_days, self.clock)


def bug_in(error: Exception) -> str:
    """What to say of an error that is a bug of ours."""
    return f"internal error ({type(error).__name__}: {error}); please report it"

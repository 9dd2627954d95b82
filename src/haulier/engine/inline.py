"""Runs one transfer task to its end in this process, with the ledger as its memory."""
from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from ..core.limits import Bandwidth
from ..core.plan import Decision, Plan, Verdict
from ..core.reach import reach
from ..core.resume import fresh, is_whole
from ..core.route import Route
from ..model.errors import HaulierError, NotFound
from ..model.files import Cap
from ..model.flow import Action
from ..model.run import Report, RunState, Transfer
from ..model.transfer import FINAL, Signal, State
from ..ports import Clock, Ledger
from .clock import Deadline
from .lanes import Lane, Lanes, Message
from .work import Progress, Result, Watcher, Work

BATCH_FILES = 1000
BATCH_FILES_FAR = 512
BATCH_BYTES = 32 << 20
BATCH_BYTES_FAR = 8 << 20
"""Over a network batches are smaller: a batch is what a killed process may have to send again."""
BEAT = 5.0
"""Seconds between two signs of life in the ledger."""


class Inline:
    """One run of one piece of work. A killed run is gone on with by running the same work again."""

    def __init__(self, ledger: Ledger, work: Work, clock: Clock, watcher: Watcher | None = None) -> None:
        self.ledger, self.work, self.clock = ledger, work, clock
        self.watcher = watcher or Watcher()
        self.progress = Progress()
        self._route = self._prepared()
        self._flying: dict[int, Transfer] = {}      # claimed and not at their end
        self._facts: dict[int, list[Report]] = {}   # what was reported of those
        self._retries: list[tuple[float, Transfer]] = []
        self._held: list[Transfer] = []             # of a group: checked, waiting for the others
        self._started = time.monotonic()
        self._deadline = Deadline(work.flow, work.rules.timeout)
        self._beaten = time.monotonic()
        self._tells = type(self.watcher).ended is not Watcher.ended

    def run(self) -> Result:
        """Run to the end; Busy if another process is running this flow."""
        work = self.work
        self._run = self.ledger.start(work.flow, source=work.origin, target=work.goal)
        state, error = RunState.FAILED, ""
        try:
            self._carry_all()
            self.watcher.progressed(self.progress)
            self._retain()
            if not self.progress.failed and not self.progress.waiting:
                state = RunState.DONE
        except KeyboardInterrupt:
            state, error = RunState.CANCELLED, "interrupted"
            raise
        except HaulierError as caught:
            error = str(caught)
            raise
        finally:
            self.ledger.finish(self._run, state, self.progress.totals, error)
        return Result(self._run.id, state, self.progress)

    # Lanes at work

    def _carry_all(self) -> None:
        batches = self._batches()
        first, second = next(batches, None), next(batches, None)
        if first is None:   # then the target need not even be there
            return
        reach(self.work.target, self.work.rules.retry, self.clock)
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
            while ready and (lane := lanes.free()):
                self._give(lanes, lane, ready.popleft(), hold=hold)
            if not ready and (batch := next(batches, None)):
                ready.append(batch)
                self._listen(lanes, 0, hold=hold)
                continue
            if not ready:
                ready.extend(self._due())
            if not ready and not lanes.busy and not self._retries:
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
        """A sign of life now and then; TimeUp once the job's timeout has passed."""
        self._deadline.check()
        if time.monotonic() - self._beaten >= BEAT:
            self._beaten = time.monotonic()
            self.ledger.beat(self._run, self.progress.totals)

    def _hear(self, lane: Lane, message: Message, *, hold: bool) -> None:
        self.progress.moved += message.moved
        if message.is_end:
            self._end_batch(lane, message.broken, hold=hold)
        elif message.reports is not None:
            self._store(message.reports)
            Lanes.go_on(lane)

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

    def _due(self) -> Iterable[list[Transfer]]:
        now = time.monotonic()
        due = [transfer for at, transfer in self._retries if at <= now]
        self._retries = [(at, transfer) for at, transfer in self._retries if at > now]
        return [due] if due else []

    # What lanes report

    def _store(self, reports: Sequence[Report]) -> None:
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
        id, signal, progress = report.id, report.signal, self.progress
        if signal is None or signal is Signal.COPIED or signal is Signal.VERIFIED:
            self._facts.setdefault(id, []).append(report)
            return
        if signal is Signal.SETTLED:
            progress.done += 1
        elif signal is Signal.DUPLICATE:
            progress.skipped += 1
        elif signal is Signal.PERMANENT:
            progress.failed += 1
        elif not self._plan_retry(id):
            progress.waiting += 1
        if self._tells and (signal is not Signal.SETTLED or self.watcher.wants_done):
            self.watcher.ended(self._merged(id), report)
        del self._flying[id]
        self._facts.pop(id, None)

    def _plan_retry(self, id: int) -> bool:
        """Another try for what may yet succeed; False to leave it waiting for the next run."""
        transfer = self._merged(id)
        pause = self.work.rules.retry.pause(transfer.tries, time.monotonic() - self._started)
        if pause is not None:
            self._retries.append((time.monotonic() + pause, transfer._replace(state=State.WAITING)))
        return pause is not None

    # A group is published together

    def _release(self, lanes: Lanes) -> None:
        held, self._held = self._held, []
        if not self.progress.failed and not self.progress.waiting:
            self._loop(lanes, deque([held]), iter(()), hold=False)
            return
        for transfer in held:
            if draft := self._route.draft_left(transfer):
                with suppress(HaulierError):
                    self.work.target.discard(draft)
        text = "not published: another file of its group failed"
        self._store([Report(transfer.id, Signal.PERMANENT, f"{transfer.path}: {text}", "Group")
                     for transfer in held])

    # What is to be carried

    def _batches(self) -> Iterator[list[Transfer]]:
        """Transfers in batches: what was left unfinished keeps its row, and its bytes."""
        work = self.work
        pending = {transfer.path: transfer for transfer in self.ledger.pending(work.flow)}
        batch: list[Transfer] = []
        size = most = bytes_most = 0
        for decisions in self._plan().decisions():
            self._beat()
            for decision in decisions:
                transfer = self._wanted(decision, pending)
                if transfer is None:
                    continue
                if not most:    # asks the target, so not before there is something for it
                    near = Cap.NEAR in work.source.caps & work.target.caps
                    most, bytes_most = (BATCH_FILES, BATCH_BYTES) if near else (BATCH_FILES_FAR, BATCH_BYTES_FAR)
                if batch and (len(batch) >= most or size + transfer.entry.size > bytes_most):
                    yield batch
                    batch, size = [], 0
                batch.append(transfer)
                size += transfer.entry.size
        if batch:
            yield batch
        left = self._left_over(pending)
        if left:
            yield left
        self.progress.is_planned = True

    def _plan(self) -> Plan:
        work = self.work
        return Plan(work.source, work.target, work.rules, self.clock,
                    lambda paths: self.ledger.seen(work.flow, paths), has_steps=bool(work.steps),
                    name_of=work.name_of, prefix=work.prefix, only=work.only)

    def _wanted(self, decision: Decision, pending: dict[str, Transfer]) -> Transfer | None:
        entry, before = decision.entry, pending.pop(decision.entry.path, None)
        if before and is_whole(before, entry):
            delivered = before.delivered or decision.is_there
            return self._counted(before._replace(known=decision.known, delivered=delivered))
        if decision.verdict in (Verdict.SKIP, Verdict.WAIT):
            if before and decision.is_there and before.state not in FINAL:
                return self._counted(before._replace(delivered=True))  # killed before that was stored
            self.progress.skipped += 1
            self.watcher.decided(entry.path, decision.verdict, decision.reason)
            return None
        transfer = Transfer(0, entry.path, self.work.name_of(entry.path), entry, known=decision.known)
        if before:
            transfer = self._again(before, transfer)
        if decision.error is not None:
            self.progress.files += 1
            self._refuse(transfer, decision.error)
            return None
        return self._counted(transfer)

    def _counted(self, transfer: Transfer) -> Transfer:
        self.progress.files += 1
        self.progress.bytes += transfer.entry.size
        return transfer

    def _again(self, before: Transfer, now: Transfer) -> Transfer:
        """The transfer of an earlier run, gone on with if its file is still the same."""
        if before.entry.is_same_as(now.entry):
            return fresh(before)._replace(known=now.known)
        if before.draft:
            with suppress(HaulierError):
                self.work.target.discard(before.draft)
        return now._replace(id=before.id, state=before.state, tries=before.tries)

    def _refuse(self, transfer: Transfer, error: HaulierError) -> None:
        """A file that cannot be taken gets a row, so that somebody can find out why."""
        claimed, = self.ledger.claim(self._run, [transfer]).transfers
        self._flying[claimed.id] = claimed
        self._store([Report(claimed.id, Signal.PERMANENT, str(error), type(error).__name__)])

    def _left_over(self, pending: dict[str, Transfer]) -> list[Transfer]:
        """Unfinished transfers whose source is not there any more."""
        left = []
        for transfer in pending.values():
            if transfer.state in FINAL or not self._is_gone(transfer.path):
                continue
            if transfer.sha256 or transfer.delivered:
                left.append(self._counted(transfer))
            else:
                self._refuse(transfer, NotFound(f"{transfer.path}: was removed before it could be sent"))
        return left

    def _is_gone(self, path: str) -> bool:
        try:
            self.work.source.stat(path)
        except NotFound:
            return True
        return False

    # How

    def _prepared(self) -> Route:
        work, limits = self.work, self.work.rules.limits
        bandwidth = Bandwidth(limits.bandwidth, self.clock) if limits.bandwidth else None
        return Route(work.source, work.target, self.clock, work.rules, work.steps, work.archive,
                     mark=work.mark, bandwidth=bandwidth,
                     booted=time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME))

    def _lanes(self, *, many: bool) -> Lanes:
        """As many as pay off: over a network what the far side says, else a process per processor."""
        work, limits = self.work, self.work.rules.limits
        far = [store.lanes for store in (work.source, work.target) if Cap.NEAR not in store.caps]
        count = limits.lanes or (max(far) if far else work.target.lanes)
        forked = not far and many and not limits.bandwidth and count > 1
        return Lanes(self._route, count, forked=forked)

    def _retain(self) -> None:
        """Apply the archive's retention."""
        rule = self.work.rules.settle
        if rule.action is Action.ARCHIVE and rule.retention_days and self.work.archive:
            self.work.archive.expire(rule.retention_days, self.clock)

"""Files that lanes of this process have in hand, and what became of them."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from ..core.route import Route
from ..model.errors import HaulierError
from ..model.progress import Progress
from ..model.run import Report, Returned, Transfer
from ..model.transfer import ACTIVE, Signal, State
from ..ports import Clock
from .lanes import Lane, Message
from .trouble import Unstored
from .work import Watcher

Record = Callable[[Sequence[Report]], None]


class Hand:
    """Reports are stored by `record` first, then counted. `parks`: what has been tried often enough fails here."""

    def __init__(self, record: Record, route: Route, clock: Clock, progress: Progress, *, parks: bool,
                 watcher: Watcher | None = None) -> None:
        self.progress = progress
        self.flying: dict[int, Transfer] = {}       # claimed and not at their end
        self.retries: list[Transfer] = []           # waiting, each until its `retry_at`
        self._facts: dict[int, list[Report]] = {}   # what was reported of those that fly
        self._record, self._route, self._clock, self._parks = record, route, clock, parks
        self._watcher = watcher or Watcher()
        self._tells = type(self._watcher).ended is not Watcher.ended

    def take(self, transfers: Sequence[Transfer]) -> None:
        """These are claimed."""
        self.flying.update((transfer.id, transfer) for transfer in transfers)

    def hear(self, message: Message) -> None:
        """Bytes that moved, and reports."""
        self.progress.moved += message.moved
        if message.part in self.flying:
            self.progress.parts[message.part] = self._before(message.part) + message.so_far
        if message.reports is not None:
            self.store(message.reports)

    def hear_last(self, message: Message) -> None:
        """Of a lane that is being ended: what cannot be stored any more is found again by whoever goes on."""
        with suppress(HaulierError, Unstored):
            self.store([report for report in message.reports or () if report.id in self.flying])

    def store(self, reports: Sequence[Report]) -> None:
        reports = [self._timed(report) for report in reports]
        self._record(reports)
        for report in reports:
            if report.id in self.flying:
                self._apply(report)

    def count(self, back: Returned) -> None:
        """What another process had in hand; what it did not come to is due at once."""
        self.progress.moved += back.moved
        for transfer in back.transfers:
            self._count_state(transfer)

    def left(self, lane: Lane) -> list[Transfer]:
        """Of a lane that is at the end of its batch: what it said no last word of."""
        found = [self.merged(transfer.id) for transfer in lane.batch if transfer.id in self.flying]
        lane.batch = ()
        return found

    def give_up(self, left: Sequence[Transfer], broken: str) -> None:
        """A lane ended without a last word of these, by a bug."""
        cause = broken.strip().splitlines()[-1] if broken else "the lane ended without a word"
        self.store([Report(transfer.id, Signal.PERMANENT, f"{transfer.path}: internal error ({cause})", "Bug")
                    for transfer in left])

    def put_down(self, signal: Signal) -> None:
        """Everything: given up by CANCEL, what waits too, or left to whoever goes on by LOST."""
        put = [self.merged(number) for number in list(self.flying)]
        put += [one for one in self.retries if signal is Signal.CANCEL or one.state in ACTIVE]
        self._record([Report(transfer.id, signal) for transfer in put])
        if signal is Signal.CANCEL:
            self.discard(put)   # not before: a whole draft that is gone counts as published

    def merged(self, id: int) -> Transfer:
        """The transfer with the facts of its reports so far."""
        transfer = self.flying[id]
        for report in self._facts.pop(id, ()):
            transfer = transfer._replace(
                sha256=report.sha256 or transfer.sha256, written=report.written or transfer.written,
                target=report.target or transfer.target, draft=report.draft or transfer.draft,
                head=report.head or transfer.head, error=report.error, kind=report.kind,
                delivered=transfer.delivered or report.signal is Signal.VERIFIED)
        self.flying[id] = transfer
        return transfer

    def discard(self, transfers: Sequence[Transfer]) -> None:
        """Take away their drafts, if they have any."""
        for transfer in transfers:
            if draft := self._route.draft_left(transfer):
                with suppress(HaulierError):
                    self._route.target.discard(draft)

    def _before(self, part: int) -> int:
        """Bytes of a file that an earlier try left, where a copy goes on after them."""
        draft = self.flying[part].draft
        return draft.offset if draft and not self._route.steps else 0

    def _timed(self, report: Report) -> Report:
        """With the moment of the next try, if there is to be one."""
        if report.signal is not Signal.TRANSIENT or report.id not in self.flying:
            return report
        transfer, now = self.flying[report.id], self._clock.now()
        elapsed = (now - transfer.since) / 1e9 if transfer.since else 0.0
        # Files that were claimed together have begun together: they stay a batch.
        pause = self._route.rules.retry.pause(transfer.tries, elapsed, transfer.since)
        if pause is not None:
            return report._replace(retry_at=now + int(pause * 1e9))
        if not self._parks:     # another run goes on with it
            return report
        return report._replace(signal=Signal.PERMANENT, error=f"{report.error}; given up after {transfer.tries} tries")

    def _apply(self, report: Report) -> None:
        id, signal = report.id, report.signal
        if signal is None or signal is Signal.COPIED or signal is Signal.VERIFIED:
            self._facts.setdefault(id, []).append(report)
            if signal:
                self.progress.parts.pop(id, None)
            return
        self._count(report)
        if self._tells and (signal is not Signal.SETTLED or self._watcher.wants_done):
            self._watcher.ended(self.merged(id), report)
        del self.flying[id]
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
                self.discard([self.merged(report.id)])
        elif report.retry_at is None:
            progress.waiting += 1
        else:
            self.retries.append(self.merged(report.id)._replace(state=State.WAITING, retry_at=report.retry_at))

    def _count_state(self, transfer: Transfer) -> None:
        state, progress = transfer.state, self.progress
        if state is State.DONE:
            progress.done += 1
        elif state is State.SKIPPED:
            progress.skipped += 1
        elif state is State.FAILED:
            progress.failed += 1
        elif state in (State.PAUSED, State.CANCELLED):
            progress.stopped += 1
        else:
            self.retries.append(transfer)

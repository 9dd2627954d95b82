"""What a run has to carry: what is planned, and what earlier tries left, in batches."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import suppress

from ..core.plan import Decision, Verdict
from ..core.resume import fresh, is_whole
from ..model.chosen import asked_for
from ..model.errors import HaulierError, NotFound
from ..model.files import Cap, Entry
from ..model.progress import Progress
from ..model.run import RESTORED, Run, Transfer
from ..model.transfer import FINAL, State
from ..ports import Clock, Ledger
from .looking import plan_of
from .work import Watcher, Work

BATCH_FILES = 1000
BATCH_FILES_FAR = 512
BATCH_BYTES = 32 << 20
BATCH_BYTES_FAR = 8 << 20
"""Over a network batches are smaller: a batch is what a killed process may have to send again."""

EARLY = 1_000_000_000
"""Nanoseconds: who wakes so much too early need not look at the clock again."""

Refuse = Callable[[Transfer, HaulierError], None]


class Supply:
    """The batches of one run. What cannot be taken goes to `refuse`; `looked` is called after each look."""

    def __init__(self, ledger: Ledger, work: Work, clock: Clock, watcher: Watcher, progress: Progress,
                 refuse: Refuse, looked: Callable[[], None]) -> None:
        self._ledger, self._work, self._clock = ledger, work, clock
        self._watcher, self._progress = watcher, progress
        self._refuse, self._looked = refuse, looked
        self.later: list[Transfer] = []     # those that pending() found waiting, until their `retry_at`

    def planned(self, run: Run) -> Iterator[list[Transfer]]:
        """Everything in the source that needs work: what was left unfinished keeps its row, and its bytes."""
        pending = {transfer.path: transfer for transfer in self._unfinished(run)}
        yield from self._batched(self._wanted_of_all(run, pending))
        if left := self._left_over(pending):
            yield left
        self._progress.is_planned = True

    def pending(self, run: Run) -> Iterator[list[Transfer]]:
        """What was left to be gone on with and what `run` is to try again; never what failed for good."""
        now, due = self._clock.now(), []
        for transfer in self._unfinished(run):
            if transfer.state in FINAL or transfer.state is State.PAUSED:
                continue
            if transfer.state is not State.WAITING or (transfer.run == run.id and _at(transfer) <= now + EARLY):
                due.append(transfer)
            elif transfer.run == run.id:
                self.later.append(transfer)
        yield from self._batched(filter(None, map(self._as_it_is_now, due)))
        self._progress.is_planned = True

    def _unfinished(self, run: Run) -> Iterator[Transfer]:
        """Of the flow; of a run that is for some files, those."""
        chosen = asked_for(run.params)
        return (one for one in self._ledger.pending(self._work.flow) if chosen is None or one.path in chosen)

    def _as_it_is_now(self, before: Transfer) -> Transfer | None:
        """To be tried again; None if there is nothing to try."""
        if before.delivered:
            return self._counted(before)
        try:
            entry = self._work.source.stat(before.path)
        except NotFound:
            if before.sha256:
                return self._counted(before)
            self._refuse(before, _gone(before))
            return None
        except HaulierError:    # the lane will find the same, and say so for this file
            return self._counted(fresh(before))
        now = Transfer(0, before.path, self._work.name_of(before.path), entry)
        return self._counted(before if is_whole(before, entry) else self._again(before, now))

    def _wanted_of_all(self, run: Run, pending: dict[str, Transfer]) -> Iterator[Transfer]:
        chosen = asked_for(run.params)
        missing = set(chosen or ())
        for decisions in plan_of(self._work, self._ledger, self._clock, chosen=chosen).decisions():
            self._looked()
            missing.difference_update(decision.entry.path for decision in decisions)
            for decision in self._not_done(run, decisions):
                if transfer := self._wanted(decision, pending):
                    yield transfer
        if missing:
            self._refuse_missing(run, missing, pending)

    def _refuse_missing(self, run: Run, paths: Set[str], pending: dict[str, Transfer]) -> None:
        """Files that were asked for by name and are not there; not those that were moved away once delivered."""
        done = {one.path for one in self._ledger.done(run, sorted(paths))} if run.turn else set()
        for path in sorted(paths - done):
            before = pending.get(path)
            if before and before.state not in FINAL:
                continue        # see _left_over
            pending.pop(path, None)
            self._progress.files += 1
            self._refuse(before or Transfer(0, path, self._work.name_of(path), Entry(path, 0)),
                         NotFound(f"{path}: was asked for, and is not there"))

    def _not_done(self, run: Run, decisions: Sequence[Decision]) -> Sequence[Decision]:
        """Without those that an earlier turn of the run is done with, whatever would be decided of them now."""
        if not run.turn:
            return decisions
        found = self._ledger.done(run, [decision.entry.path for decision in decisions])
        done = {transfer.path: transfer.entry for transfer in found}
        return [decision for decision in decisions
                if decision.entry.path not in done or not done[decision.entry.path].is_same_as(decision.entry)]

    def _batched(self, transfers: Iterable[Transfer]) -> Iterator[list[Transfer]]:
        batch: list[Transfer] = []
        size = most = bytes_most = 0
        for transfer in transfers:
            if not most:    # asks the target, so not before there is something for it
                near = Cap.NEAR in self._work.source.caps & self._work.target.caps
                most, bytes_most = (BATCH_FILES, BATCH_BYTES) if near else (BATCH_FILES_FAR, BATCH_BYTES_FAR)
            if batch and (len(batch) >= most or size + transfer.entry.size > bytes_most):
                yield batch
                batch, size = [], 0
            batch.append(transfer)
            size += transfer.entry.size
        if batch:
            yield batch

    def _wanted(self, decision: Decision, pending: dict[str, Transfer]) -> Transfer | None:
        entry, before = decision.entry, pending.pop(decision.entry.path, None)
        if before and before.state is State.PAUSED:     # by a person: it stays so
            return None
        if before and is_whole(before, entry):
            delivered = before.delivered or decision.is_there
            return self._counted(before._replace(known=decision.known, delivered=delivered))
        if decision.verdict in (Verdict.SKIP, Verdict.WAIT):
            if before and decision.is_there and before.state not in FINAL:
                return self._counted(before._replace(delivered=True))  # killed before that was stored
            self._progress.skipped += 1
            self._watcher.decided(entry.path, decision.verdict, decision.reason)
            return None
        transfer = Transfer(0, entry.path, self._work.name_of(entry.path), entry, known=decision.known)
        if before:
            transfer = self._again(before, transfer)
        if decision.error is not None:
            self._progress.files += 1
            self._refuse(transfer, decision.error)
            return None
        return self._counted(transfer)

    def _counted(self, transfer: Transfer) -> Transfer:
        """What an earlier try left of a file need not be moved once more, where a copy goes on after it."""
        there = transfer.draft.offset if transfer.draft and not self._work.steps else 0
        self._progress.files += 1
        self._progress.bytes += max(0, transfer.entry.size - there)
        return transfer

    def _again(self, before: Transfer, now: Transfer) -> Transfer:
        """The transfer of an earlier run, gone on with if its file is still the same."""
        if before.entry.is_same_as(now.entry):
            return fresh(before)._replace(known=now.known)
        if before.draft:
            with suppress(HaulierError):
                self._work.target.discard(before.draft)
        return now._replace(id=before.id, state=before.state, tries=before.tries)

    def _left_over(self, pending: dict[str, Transfer]) -> list[Transfer]:
        """Unfinished transfers whose source is not there any more."""
        left = []
        for transfer in pending.values():
            if transfer.state in FINAL | {State.PAUSED} or not self._is_gone(transfer.path):
                continue
            if transfer.sha256 or transfer.delivered:
                left.append(self._counted(transfer))
            else:
                self._refuse(transfer, _gone(transfer))
        return left

    def _is_gone(self, path: str) -> bool:
        try:
            self._work.source.stat(path)
        except NotFound:
            return True
        return False


def _at(transfer: Transfer) -> int:
    return transfer.retry_at or 0


def _gone(transfer: Transfer) -> NotFound:
    if transfer.kind == RESTORED:
        return NotFound(f"{transfer.path}: is not there any more; it was on its way when the backup was made that this"
                        f" ledger is from, so it may have been delivered since: look for {transfer.target}")
    return NotFound(f"{transfer.path}: was removed before it could be sent")

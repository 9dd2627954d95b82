"""Claiming: the transfers of a batch get rows and begin."""
from __future__ import annotations

import time
from collections.abc import Sequence, Set

from sqlalchemy import Connection

from ..model.errors import Invalid, LeaseLost
from ..model.run import Batch, Run, Transfer
from ..model.transfer import ACTIVE, FINAL, Signal, State, step
from . import sizes, story
from .dialects.dialect import Change, Dialect
from .filetables import transfers as table

NEW = ("id", "path", "name", "target", "size", "modified", "tag", "mode", "extreme")
FACTS = ("size", "modified", "tag", "mode", "extreme", "target", "batch", "sha256", "written", "delivered", "since")
AGAIN = ("state = 'copying', tries = t.tries + 1, finished = NULL, ended = NULL, error = NULL,"
         " kind = NULL, settled = NULL, retry_at = NULL")
ID, STATE, TRIES, RUN, CREATED, FINISHED, ERROR, KIND, SETTLED, RETRY_AT, SINCE = map(Transfer._fields.index, (
    "id", "state", "tries", "run", "created", "finished", "error", "kind", "settled", "retry_at", "since"))


class Claim:
    """One batch being made, in one transaction."""

    def __init__(self, conn: Connection, dialect: Dialect, run: Run, flow: int) -> None:
        self._conn, self._dialect, self._run, self._flow = conn, dialect, run, flow
        self._now = time.time_ns()
        self._batch = 0
        self._extreme: Set[int] = frozenset()

    def take(self, wanted: Sequence[Transfer]) -> Batch:
        old = [transfer for transfer in wanted if transfer.id]
        numbers = self._dialect.ids(self._conn, len(wanted) - len(old)) if len(old) < len(wanted) else ()
        fresh = iter(numbers)
        ids = [transfer.id or next(fresh) for transfer in wanted]
        self._extreme, least, most = sizes.parted(ids, [transfer.entry.size for transfer in wanted])
        self._batch = self._dialect.run(
            self._conn, "INSERT INTO batches (run, created, files, low, high, least, most)"
                        " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
            self._run.id, self._now, len(wanted), *((numbers[0], numbers[-1]) if numbers else (None, None)),
            least, most).scalar_one()
        if old:
            self._again(old)
        claimed = tuple([self._claimed(transfer, number) for transfer, number in zip(wanted, ids, strict=True)])
        new = [transfer for transfer, asked in zip(claimed, wanted, strict=True) if not asked.id]
        if new:
            self._insert(new)
        story.tell(self._conn, self._dialect, [story.about_batch(
            self._run.id, self._batch, self._now, "claimed", ids)])
        return Batch(self._batch, claimed)

    def _claimed(self, asked: Transfer, number: int) -> Transfer:
        new = list(asked)  # as _replace(), which takes three times as long
        new[ID], new[STATE], new[RUN] = number, State.COPYING, self._run.id
        new[TRIES], new[CREATED] = (asked.tries + 1, asked.created) if asked.id else (1, self._now)
        new[ERROR] = new[KIND] = new[SETTLED] = ""
        new[FINISHED] = new[RETRY_AT] = None
        new[SINCE] = self._since(asked)
        return Transfer._make(new)

    def _since(self, asked: Transfer) -> int:
        """When the tries began that this one is counted with; what failed for good begins anew."""
        return asked.since if asked.id and asked.state not in FINAL and asked.since else self._now

    def _insert(self, new: Sequence[Transfer]) -> None:
        fixed = {"batch": self._batch, "flow": self._flow, "created": self._now, "tries": 1,
                 "state": "'copying'"}
        self._dialect.insert(self._conn, table, NEW, [
            (one.id, one.path, one.path.rpartition("/")[2], _target(one), *one.entry[1:5],
             one.id in self._extreme or None) for one in new], fixed=fixed)

    def _again(self, old: Sequence[Transfer]) -> None:
        """Those that earlier runs left: compare-and-set from the state that the caller saw."""
        self._tell_of_the_lost([t.id for t in old if t.state in ACTIVE])
        by_state: dict[State, list[Transfer]] = {}
        for transfer in old:
            by_state.setdefault(transfer.state, []).append(transfer)
        for state, group in by_state.items():
            change = Change(dict.fromkeys(FACTS, "{}"), AGAIN, [begun(state)])
            rows = [(*transfer.entry[1:5], transfer.id in self._extreme or None, _target(transfer), self._batch,
                     transfer.sha256 or None, transfer.written or None, transfer.delivered, self._since(transfer),
                     transfer.id)
                    for transfer in group]
            if self._dialect.update(self._conn, change, rows) != len(group):
                raise LeaseLost(f"{self._run.flow}: a file is no longer {state}; somebody else"
                                " went on with it")
        anew = [transfer.id for transfer in old if not transfer.draft]
        self._dialect.run(self._conn, f"DELETE FROM journal WHERE {self._dialect.among('transfer')}",
                          self._dialect.packed(anew))
        story.tell(self._conn, self._dialect, [
            story.about_transfer((self._run.id, self._batch, transfer.id), self._now, "claimed",
                                 f"{transfer.path}: try {transfer.tries + 1}{_whence(transfer)}")
            for transfer in old])

    def _tell_of_the_lost(self, ids: Sequence[int]) -> None:
        if not ids:
            return
        rows = self._dialect.run(
            self._conn, "SELECT b.run, t.batch, t.id, t.path, t.state FROM transfers t"
            f" JOIN batches b ON b.id = t.batch WHERE {self._dialect.among('t.id')}",
            self._dialect.packed(ids))
        story.tell(self._conn, self._dialect, [
            story.about_transfer((run, batch, number), self._now, "lost",
                                 f"{path}: run {run} ended while {state}")
            for run, batch, number, path, state in rows])


def begun(state: State) -> State:
    """The state itself, if a transfer in it can be claimed in legal steps; Invalid if not."""
    before = {State.PAUSED: Signal.RESUME, **dict.fromkeys(ACTIVE, Signal.LOST),
              **dict.fromkeys(FINAL, Signal.RETRY)}.get(state)
    try:
        step(step(state, before) if before else state, Signal.CLAIM)
    except Exception:
        raise Invalid(f"a transfer that is {state} cannot be claimed") from None
    return state


def _target(transfer: Transfer) -> str | None:
    return None if transfer.target == transfer.path else transfer.target


def _whence(transfer: Transfer) -> str:
    at = transfer.draft.offset if transfer.draft else 0
    return f", from byte {at}" if at else ""

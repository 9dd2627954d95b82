"""A question about transfers, in parts: each the transfers that one index of the tables leads to."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, func, select

from ..model.query import TransferQuery
from ..model.transfer import FINAL, State
from .filetables import batches, transfers
from .runtables import flows, runs

T, B = transfers.c, batches.c
Condition = ColumnElement[bool]
LOOKED = 8_000
"""Rows of a part that are looked at one by one; fewer where they are scattered over the disk."""
MIXED = 5_000
SCATTERED = 3_000
BY_NUMBER = T.id + 0
"""Sorted, and not by going through all there is in the order of numbers."""


class Part(NamedTuple):
    """What `tight` says is known from the index; what `loose` says each row is asked."""

    tight: tuple[Condition, ...] = ()
    loose: tuple[Condition, ...] = ()
    looked: int = LOOKED
    order: tuple[Any, ...] = (T.id,)    # from the first to the latest; numbers rise with time
    of_run: bool = False                # found by the run's batches
    less: tuple[tuple[Condition, ...], ...] = ()    # they are counted as all that is tight, but for these

    def narrowed(self, *, tight: Sequence[Condition] = (), loose: Sequence[Condition] = ()) -> Part:
        less = () if loose else tuple((*one, *tight) for one in self.less)
        return self._replace(tight=(*self.tight, *tight), loose=(*self.loose, *loose), less=less)

    def chosen(self, *columns: Any) -> Select[Any]:
        """By the index alone."""
        source = transfers.join(batches, T.batch == B.id) if self.of_run else transfers
        return select(*columns).select_from(source).where(*self.tight)

    def latest(self) -> Select[Any]:
        """Their numbers, the latest first."""
        return self.chosen(T.id).order_by(*(column.desc() for column in self.order))


def parts(conn: Connection, query: TransferQuery) -> Iterator[Part]:
    """All that the question may mean, but for its words."""
    meant, span = flows_of(conn, query), _span(conn, query)
    if meant is None or span is None:
        return
    loose, each = list(_of_row(query)), len(meant) or 1
    for flow in meant or (0,):
        for part in _by_state(query, flow):
            yield part.narrowed(tight=span, loose=loose)._replace(looked=part.looked // each + 1)


def of_a_row(conn: Connection, query: TransferQuery) -> Iterator[Condition]:
    """The same of rows that are at hand: conditions for which no index is looked at."""
    yield from _of_row(query)
    if query.states:
        yield T.state.in_([state.value for state in query.states])
    if meant := flows_of(conn, query):
        yield (T.flow + 0).in_(meant)
    if query.run:
        yield _is_of(query.run)


def flows_of(conn: Connection, query: TransferQuery) -> tuple[int, ...] | None:
    """Their numbers; empty: any; None: there is none such."""
    if not query.flow and query.flows is None and not query.run:
        return ()
    asked = select(flows.c.id).order_by(flows.c.id)
    if query.flow:
        asked = asked.where(flows.c.name == query.flow)
    if query.flows is not None:
        asked = asked.where(flows.c.name.in_(query.flows))
    if query.run:
        asked = asked.where(flows.c.id == select(runs.c.flow).where(runs.c.id == query.run).scalar_subquery())
    return tuple(conn.execute(asked).scalars()) or None


def _span(conn: Connection, query: TransferQuery) -> list[Condition] | None:
    """Between which numbers those of that time are, among others perhaps; None: there are none."""
    below = [] if query.below is None else [T.id < query.below]
    if query.since is None and query.until is None:
        return below
    bounds = select(func.min(B.low), func.max(B.high))
    if query.since is not None:
        bounds = bounds.where(B.created >= query.since)
    if query.until is not None:
        bounds = bounds.where(B.created < query.until)
    low, high = conn.execute(bounds).one()
    return None if low is None else [T.id >= low, T.id <= high, *below]


def _of_row(query: TransferQuery) -> Iterator[Condition]:
    if query.since is not None:
        yield T.created >= query.since
    if query.until is not None:
        yield T.created < query.until
    if query.min_size is not None:
        yield T.size >= query.min_size
    if query.max_size is not None:
        yield T.size <= query.max_size


def _by_state(query: TransferQuery, flow: int) -> Iterator[Part]:
    asked = set(query.states) or set(State)
    whole = _any_state(query, flow)
    if asked == set(State):
        if not query.sort.endswith("finished"):
            yield whole
            return
        yield whole.narrowed(tight=[T.finished.is_not(None)])
        asked -= FINAL
    own = (T.flow == flow,) if flow else ()
    of_run = (_is_of(query.run),) if query.run else ()
    if ended := asked & FINAL - {State.DONE}:
        yield Part((T.ended.is_not(None), T.ended.in_(sorted(ended)), *own), of_run, SCATTERED, (BY_NUMBER,))
    if unfinished := asked - FINAL:
        fits = (T.state.in_(sorted(unfinished)), *of_run)
        yield Part((T.finished.is_(None), *own), fits, SCATTERED, (BY_NUMBER,))
    if State.DONE in asked:
        done = whole.narrowed(loose=(T.finished.is_not(None), T.ended.is_(None)))
        yield done if query.run else done._replace(less=((T.ended.is_not(None), *own), (T.finished.is_(None), *own)))


def _any_state(query: TransferQuery, flow: int) -> Part:
    if query.run and query.below is not None:
        return Part((T.flow == flow,), (_is_of(query.run),), MIXED)
    if query.run:   # by batch first, as the index has them: else all the run's files are read and sorted
        return Part((B.run == query.run,), (), MIXED, (B.id, T.id), of_run=True)
    return Part((T.flow == flow,), (), MIXED) if flow else Part()


def _is_of(run: int) -> Condition:
    return select(B.id).where(B.id == T.batch, B.run == run).exists()

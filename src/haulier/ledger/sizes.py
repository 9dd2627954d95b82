"""Files by size: the marked ones of all batches first, then what else those batches have that may have one more.

An index on the size of each file would cost every claim a third of its time, as sizes come in no order. So each batch
marks the few that are its largest and smallest, and knows between which sizes the others are.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from typing import Any

from sqlalchemy import Connection, Select, select

from ..model.query import TransferQuery
from .filetables import batches, transfers
from .parts import Condition
from .runtables import runs

T, B = transfers.c, batches.c
PER_MARK = 128
"""One file of so many is marked at each end: pages are found by marks alone while less than that of all is on them."""
AT_ONCE = 8
"""Batches that are looked into at once; twice as many each time, up to MOST."""
MOST = 1024
ORDER = (T.size, T.batch, T.id)


def parted(ids: Sequence[int], sizes: Sequence[int]) -> tuple[set[int], int | None, int | None]:
    """A batch: those of its files that are marked; the smallest and the largest size of the others."""
    order = sorted(range(len(ids)), key=sizes.__getitem__)
    marks = 1 + len(ids) // PER_MARK
    others = order[marks:-marks]
    marked = {ids[place] for place in (*order[:marks], *order[-marks:])}
    return (marked, sizes[others[0]], sizes[others[-1]]) if others else (marked, None, None)


def first(conn: Connection, query: TransferQuery, flows: Sequence[int], fits: Sequence[Condition],
          count: int) -> list[Any]:
    """The number and what it is sorted by, of so many files that fit, in order."""
    falls = query.sort.startswith("-")
    sign = -1 if falls else 1
    order = [column.desc() if falls else column.asc() for column in ORDER]

    def rows(*which: Condition) -> Sequence[Any]:
        return conn.execute(select(T.id, *ORDER[:2]).where(*which, *fits).order_by(*order).limit(count)).all()

    def matters(batch: Any) -> bool:
        return len(found) < count or (sign * batch[1], sign * batch[0]) <= (sign * found[-1][1], sign * found[-1][2])

    found = list(rows(T.extreme.is_not(None)))
    for group in _groups(conn, _batches(query, flows, falls=falls)):
        which = [batch[0] for batch in takewhile(matters, group)]
        if not which:
            break
        found += rows(T.extreme.is_(None), T.batch.in_(which))
        found = sorted(found, key=lambda row: (row[1], row[2], row[0]), reverse=falls)[:count]
    return found


def _groups(conn: Connection, query: Select[Any]) -> Iterator[Sequence[Any]]:
    rows, size = iter(conn.execute(query)), AT_ONCE
    while group := list(islice(rows, size)):
        yield group
        size = min(2 * size, MOST)


def _batches(query: TransferQuery, flows: Sequence[int], *, falls: bool) -> Select[Any]:
    """Those that may hold such files that are not marked, from the one with the most extreme."""
    edge = B.most if falls else B.least
    order = (edge.desc(), B.id.desc()) if falls else (edge.asc(), B.id.asc())
    found = select(B.id, edge).where(edge.is_not(None)).order_by(*order)
    if query.run:
        found = found.where(B.run == query.run)
    elif flows:
        found = found.join(runs, runs.c.id == B.run).where(runs.c.flow.in_(flows))
    if query.since is not None:     # a file is never in a batch that was made before it
        found = found.where(B.created >= query.since)
    if query.min_size is not None:
        found = found.where(B.most >= query.min_size)
    if query.max_size is not None:
        found = found.where(B.least <= query.max_size)
    return found

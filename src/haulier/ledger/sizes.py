"""Files by size: batch by batch, those with the largest (or smallest) file first, until no other can have one more.

An index on the size of each file would cost every claim a third of its time, as sizes come in no order.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, select

from ..model.query import TransferQuery
from .parts import Condition
from .tables import batches, runs, transfers

T, B = transfers.c, batches.c
AT_ONCE = 64
"""Batches that are looked into at once; twice as many each time, up to MOST."""
MOST = 1024
ORDER = (T.size, T.batch, T.id)


def first(conn: Connection, query: TransferQuery, flows: Sequence[int], fits: Sequence[Condition],
          count: int) -> list[Any]:
    """The number and what it is sorted by, of so many files that fit, in order."""
    falls, found = query.sort.startswith("-"), list[Any]()
    sign = -1 if falls else 1
    order = [column.desc() if falls else column.asc() for column in ORDER]
    for group in _groups(conn, _batches(query, flows, falls=falls)):
        edge = group[0]
        if len(found) == count and (sign * edge[1], sign * edge[0]) > (sign * found[-1][1], sign * found[-1][2]):
            break
        rows = conn.execute(select(T.id, *ORDER[:2]).where(T.batch.in_([one[0] for one in group]), *fits)
                            .order_by(*order).limit(count)).all()
        found = sorted([*found, *rows], key=lambda row: (row[1], row[2], row[0]), reverse=falls)[:count]
    return found


def _groups(conn: Connection, query: Select[Any]) -> Iterator[Sequence[Any]]:
    rows, size = iter(conn.execute(query)), AT_ONCE
    while group := list(islice(rows, size)):
        yield group
        size = min(2 * size, MOST)


def _batches(query: TransferQuery, flows: Sequence[int], *, falls: bool) -> Select[Any]:
    """Those that may hold such files, from the one with the most extreme."""
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

"""Parts of long lists: the rows of one page, and how many there are as far as counting is quick."""
from __future__ import annotations

from sqlalchemy import Connection, Select, func, select

from ..model.query import COUNTED, Page, RunQuery
from ..model.run import Run
from . import runs
from .runtables import flows
from .runtables import runs as table

R = table.c


def runs_page(conn: Connection, query: RunQuery) -> Page[Run]:
    """Runs, newest first."""
    chosen = _chosen(select(R.id), query)
    total, is_capped = counted(conn, chosen)
    numbers = conn.execute(chosen.order_by(R.id.desc()).limit(query.limit).offset(query.offset)).scalars().all()
    found = {row[0]: runs.of(row) for row in conn.execute(runs.selected().where(R.id.in_(numbers)))}
    return Page(tuple(found[number] for number in numbers), total, is_capped)


def counted(conn: Connection, chosen: Select[tuple[int]]) -> tuple[int, bool]:
    """How many there are, and whether that is only so many as were counted."""
    rows = chosen.limit(COUNTED + 1).subquery()
    total = conn.execute(select(func.count()).select_from(rows)).scalar_one()
    return min(total, COUNTED), total > COUNTED


def _chosen(ids: Select[tuple[int]], query: RunQuery) -> Select[tuple[int]]:
    if query.flow:
        ids = ids.where(R.flow == select(flows.c.id).where(flows.c.name == query.flow).scalar_subquery())
    if query.parent:
        ids = ids.where(R.parent == query.parent)
    elif query.parent == 0 and not query.flow:
        ids = ids.where(R.parent.is_(None))
    if query.states:
        ids = ids.where(R.state.in_([state.value for state in query.states]))
    if query.triggers:
        ids = ids.where(R.trigger.in_([trigger.value for trigger in query.triggers]))
    if query.since is not None:
        ids = ids.where(R.created >= query.since)
    if query.until is not None:
        ids = ids.where(R.created < query.until)
    return ids

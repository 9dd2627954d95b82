"""Transfers by what people ask for: each kind of question goes the way that the tables have an index for."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, true

from ..model.query import COUNTED, Page, TransferQuery
from ..model.run import Transfer
from ..model.transfer import FINAL, State
from . import reading
from .dialects.dialect import Dialect
from .tables import batches, flows, runs, transfers

T, B = transfers.c, batches.c
LOOKED = 20_000
"""In so many of the latest files a part of a path is looked for; in those before, only from the beginning of a
file's name on."""
MATCHED = 10_000
KEYS: dict[str, Any] = {"created": T.id, "finished": T.finished, "size": T.size, "name": T.name}
"""Numbers rise with time."""
BY_NUMBER = T.id + 0
"""Sorted, and not by going through all there is in the order of numbers."""
Condition = ColumnElement[bool]


class Part(NamedTuple):
    """Transfers that one index leads to (`tight`), and what each of their rows is asked then (`loose`)."""

    tight: tuple[Condition, ...] = ()
    loose: tuple[Condition, ...] = ()
    order: tuple[Any, ...] = (T.id,)    # from the first to the latest
    of_run: bool = False                # found by the run's batches
    most: int = COUNTED

    def narrowed(self, *, tight: Sequence[Condition] = (), loose: Sequence[Condition] = ()) -> Part:
        return self._replace(tight=(*self.tight, *tight), loose=(*self.loose, *loose))

    def selected(self, *columns: Any) -> Select[Any]:
        source = transfers.join(batches, T.batch == B.id) if self.of_run else transfers
        return select(*columns).select_from(source)


class Search:
    """One question, answered in one transaction."""

    def __init__(self, conn: Connection, dialect: Dialect, query: TransferQuery) -> None:
        self._conn, self._dialect, self._query = conn, dialect, query
        self._falls = query.sort.startswith("-")
        self._key = KEYS[query.sort.removeprefix("-")]
        self._is_cut = False    # older files were not looked at for a part of their path

    def page(self) -> Page[Transfer]:
        parts = list(self._parts())
        numbers = self._numbers(parts)
        found = {one.id: one for one in reading.those(self._conn, numbers)}
        total, is_capped = self._counted(parts)
        if numbers:
            total = max(total, self._query.offset + len(numbers))
        return Page(tuple(found[number] for number in numbers), total, is_capped)

    # What is asked for

    def _parts(self) -> Iterator[Part]:
        flow, span = self._flow(), self._span()
        if flow is None or span is None:
            return
        loose = list(self._of_row())
        for part in self._by_state(flow):
            yield from self._searched(part.narrowed(tight=span, loose=loose))

    def _of_row(self) -> Iterator[Condition]:
        query = self._query
        if query.since is not None:
            yield T.created >= query.since
        if query.until is not None:
            yield T.created < query.until
        if query.min_size is not None:
            yield T.size >= query.min_size
        if query.max_size is not None:
            yield T.size <= query.max_size

    def _flow(self) -> int | None:
        """Its number; 0: any; None: there is none such."""
        query, found = self._query, 0
        if query.flow:
            found = self._conn.execute(select(flows.c.id).where(flows.c.name == query.flow)).scalar() or 0
        if query.run:
            owner = self._conn.execute(select(runs.c.flow).where(runs.c.id == query.run)).scalar()
            return None if owner is None or (query.flow and owner != found) else owner
        return None if query.flow and not found else found

    def _span(self) -> list[Condition] | None:
        """Between which numbers those of that time are: at least those; None: there are none."""
        query = self._query
        if query.since is None and query.until is None:
            return []
        bounds = select(func.min(B.low), func.max(B.high))
        if query.since is not None:
            bounds = bounds.where(B.created >= query.since)
        if query.until is not None:
            bounds = bounds.where(B.created < query.until)
        low, high = self._conn.execute(bounds).one()
        return None if low is None else [T.id >= low, T.id <= high]

    def _by_state(self, flow: int) -> Iterator[Part]:
        asked = set(self._query.states) or set(State)
        if asked == set(State) and self._key is not T.finished:
            yield self._any_state(flow)
            return
        own = (T.flow == flow,) if flow else ()
        of_run = (self._is_of_run(),) if self._query.run else ()
        if ended := asked & FINAL - {State.DONE}:
            yield Part((T.ended.is_not(None), T.ended.in_(sorted(ended)), *own), of_run, (BY_NUMBER,))
        if unfinished := asked - FINAL:
            yield Part((T.finished.is_(None), *own), (T.state.in_(sorted(unfinished)), *of_run), (BY_NUMBER,))
        if State.DONE in asked:
            yield self._any_state(flow).narrowed(loose=(T.finished.is_not(None), T.ended.is_(None)))

    def _any_state(self, flow: int) -> Part:
        if self._query.run:     # by batch first, as the index has them: else all the run's files are read and sorted
            return Part((B.run == self._query.run,), order=(B.id, T.id), of_run=True)
        return Part((T.flow == flow,)) if flow else Part()

    def _is_of_run(self) -> Condition:
        return select(B.id).where(B.id == T.batch, B.run == self._query.run).exists()

    def _searched(self, part: Part) -> Iterator[Part]:
        text = self._query.search
        if not text:
            yield part
            return
        fits = or_(self._dialect.contains(T.path, text), self._dialect.contains(T.target, text))
        floor = None if self._query.run else self._floor(part)
        if floor is None:
            yield part.narrowed(loose=[fits])
            return
        self._is_cut = True
        yield part.narrowed(tight=[T.id > floor], loose=[fits])
        if begins := text.rpartition("/")[2]:
            other = transfers.alias().c
            named = select(other.id).where(other.name >= begins, other.name < f"{begins}\U0010ffff").limit(MATCHED)
            yield Part((T.id.in_(named),), (*part.tight, *part.loose, fits, T.id <= floor), (BY_NUMBER,), most=MATCHED)

    def _floor(self, part: Part) -> int | None:
        """The latest of those that are not looked at one by one; None if all of them are."""
        latest = part.selected(T.id).where(*part.tight).order_by(*(column.desc() for column in part.order))
        found: int | None = self._conn.execute(latest.limit(1).offset(LOOKED)).scalar()
        return found

    # What is found

    def _numbers(self, parts: Sequence[Part]) -> list[int]:
        offset, limit = self._query.offset, self._query.limit
        if len(parts) == 1:
            return [row[0] for row in self._rows(parts[0], limit, offset)]
        rows = [row for part in parts for row in self._rows(part, offset + limit, 0)]
        rows.sort(key=lambda row: (row[1] is not None, row[1] or 0, row[0]), reverse=self._falls)
        return [row[0] for row in rows[offset:offset + limit]]

    def _rows(self, part: Part, limit: int, offset: int) -> Sequence[Any]:
        """Numbers and what they are sorted by."""
        order = part.order if self._key is T.id else (self._key, T.id)
        return self._conn.execute(
            part.selected(T.id, self._key).where(*part.tight, *part.loose)
            .order_by(*(column.desc() if self._falls else column.asc() for column in order))
            .limit(limit).offset(offset)).all()

    def _counted(self, parts: Sequence[Part]) -> tuple[int, bool]:
        """How many there are; whether that is at least so many, because not all were looked at."""
        total, is_capped = 0, self._is_cut
        for part in parts:
            rows = part.selected(and_(true(), *part.loose).label("fits")).where(*part.tight).limit(part.most + 1)
            looked = rows.subquery()
            count, fitting = self._conn.execute(
                select(func.count(), func.count().filter(looked.c.fits)).select_from(looked)).one()
            total += fitting
            is_capped = is_capped or count > part.most
        return min(total, COUNTED), is_capped or total > COUNTED

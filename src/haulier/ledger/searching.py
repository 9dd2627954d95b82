"""Pages of transfers: the rows of one, and how many there are, without a look at more than is needed."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, false, func, or_, select, true

from ..model.errors import Invalid
from ..model.query import COUNTED, SORTS, Page, TransferQuery
from ..model.run import Transfer
from . import reading
from .dialects.dialect import Dialect
from .parts import Condition, Part, T, of_a_row, parts
from .tables import transfers

MATCHED = 2_000
"""Names with one beginning, so many at most."""
KEYS: dict[str, Any] = {"created": T.id, "finished": T.finished, "size": T.size, "name": T.name}


class Search:
    """One question, answered in one transaction."""

    def __init__(self, conn: Connection, dialect: Dialect, query: TransferQuery) -> None:
        self._conn, self._dialect, self._query = conn, dialect, query
        if query.sort.removeprefix("-") not in KEYS:
            raise Invalid(f'transfers cannot be sorted by "{query.sort}"; by one of {", ".join(SORTS)}')
        self._falls = query.sort.startswith("-")
        self._key = KEYS[query.sort.removeprefix("-")]
        self._parts = list(parts(conn, query))

    def page(self) -> Page[Transfer]:
        query, asked = self._query, self._with_text if self._query.search else self._without_text
        numbers, total, is_capped = asked()
        numbers = numbers[:query.limit]
        found = {one.id: one for one in reading.those(self._conn, numbers)}
        return Page(tuple(found[number] for number in numbers), min(total, COUNTED), is_capped or total > COUNTED)

    # Without a text to look for

    def _without_text(self) -> tuple[list[int], int, bool]:
        """Those of the page, and one more if there is one; how many there are; whether there may be more."""
        query, counts = self._query, [self._counted(part) for part in self._parts]
        if len(self._parts) == 1:
            rows = self._rows(self._parts[0], query.limit + 1, query.offset)
        else:
            whole = [row for part in self._parts for row in self._rows(part, query.offset + query.limit + 1, 0)]
            rows = self._sorted(whole)[query.offset:]
        total = sum(count for count, _ in counts)
        if rows:
            total = max(total, query.offset + min(len(rows), query.limit + 1))
        return [row[0] for row in rows], total, any(is_capped for _, is_capped in counts)

    def _rows(self, part: Part, limit: int, offset: int) -> Sequence[Any]:
        """Numbers, and what they are sorted by."""
        order = part.order if self._key is T.id else (self._key, T.id)
        return self._conn.execute(
            part.chosen(T.id, self._key).where(*part.loose)
            .order_by(*(column.desc() if self._falls else column.asc() for column in order))
            .limit(limit).offset(offset)).all()

    def _sorted(self, rows: Sequence[Any]) -> list[Any]:
        return sorted(rows, key=lambda row: (row[1] is not None, row[1] or 0, row[0]), reverse=self._falls)

    def _counted(self, part: Part) -> tuple[int, bool]:
        """How many there are, and whether not all were looked at."""
        most = part.looked if part.loose else COUNTED
        looked = part.chosen(and_(true(), *part.loose).label("fits")).limit(most + 1).subquery()
        count, fitting = self._conn.execute(
            select(func.count(), func.count().filter(looked.c.fits)).select_from(looked)).one()
        return fitting, count > most

    # With a text

    def _with_text(self) -> tuple[list[int], int, bool]:
        """The latest are looked through; those before them are found by the beginning of their names only."""
        text, is_cut = self._query.search, False
        fits = or_(self._dialect.contains(T.path, text), self._dialect.contains(T.target, text))
        found: dict[int, Any] = {}
        for part in self._parts:
            last = self._conn.execute(part.latest().limit(1).offset(part.looked)).scalar()
            is_cut = is_cut or last is not None
            found.update(self._keys(self._recent(part, last).where(*part.loose, fits)))
        if is_cut:
            older = of_a_row(self._conn, self._query)
            found.update(self._keys(select(T.id, self._key).where(_named(text), fits, *older)))
        rows = self._sorted(list(found.items()))
        return [row[0] for row in rows[self._query.offset:]], len(rows), is_cut

    def _recent(self, part: Part, last: int | None) -> Select[Any]:
        """The latest of them; `last`: of those before, if there are any."""
        if last is None:
            return part.chosen(T.id, self._key)
        window = T.id.in_(part.latest().limit(part.looked)) if part.tight else T.id > last
        return select(T.id, self._key).where(window)

    def _keys(self, rows: Select[Any]) -> dict[int, Any]:
        """What each number is sorted by."""
        return {row[0]: row[1] for row in self._conn.execute(rows)}


def _named(text: str) -> Condition:
    begins, other = text.rpartition("/")[2], transfers.alias().c
    if not begins:
        return false()
    named = select(other.id).where(other.name >= begins, other.name < f"{begins}\U0010ffff")
    return T.id.in_(named.order_by(other.name).limit(MATCHED))

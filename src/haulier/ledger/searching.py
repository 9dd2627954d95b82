"""Pages of transfers: the rows of one, and how many there are, without a look at more than is needed."""
from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, false, func, or_, select, true

from ..model.errors import Invalid
from ..model.query import COUNTED, SORTS, Page, TransferQuery
from ..model.run import Transfer
from . import reading, sizes
from .dialects.dialect import Dialect
from .filetables import transfers
from .parts import Condition, Part, T, flows_of, of_a_row, parts

MATCHED = 1_000
"""Names with one beginning, so many at most."""
DIGESTS = 1_000_000
"""Files of a part that are compared with a checksum."""
FEW = 20_000
"""So many files are sorted; more are found by going through all there is in order."""
KEYS: dict[str, tuple[Any, ...]] = {
    "created": (T.id,), "finished": (T.finished, T.id), "size": sizes.ORDER, "name": (T.name, T.flow, T.id)}
DIGEST = re.compile(r"(?=.*[a-f]|.{32})[0-9a-f]{8,64}", re.IGNORECASE)
"""Few digits could be a date."""


class Search:
    """One question, answered in one transaction."""

    def __init__(self, conn: Connection, dialect: Dialect, query: TransferQuery) -> None:
        self._conn, self._dialect, self._query = conn, dialect, query
        self._by = query.sort.removeprefix("-")
        if self._by not in KEYS:
            raise Invalid(f'transfers cannot be sorted by "{query.sort}"; by one of {", ".join(SORTS)}')
        self._falls = query.sort.startswith("-")
        self._key = KEYS[self._by]
        self._parts = list(parts(conn, query))

    def page(self) -> Page[Transfer]:
        query, asked = self._query, self._with_text if self._query.search else self._without_text
        numbers, total, is_capped = asked()
        found = self.those(numbers[:query.limit])
        return Page(found, min(total, COUNTED), is_capped or total > COUNTED)

    def numbers(self) -> list[int]:
        """Those of the page, and nothing about others."""
        rows = self._found()[0] if self._query.search else self._merged()
        return [row[0] for row in rows[:self._query.limit]]

    def those(self, numbers: Sequence[int]) -> tuple[Transfer, ...]:
        """In this order; none of those that are not there any more."""
        found = {one.id: one for one in reading.those(self._conn, numbers)}
        return tuple(found[number] for number in numbers if number in found)

    # Without a text to look for

    def _without_text(self) -> tuple[list[int], int, bool]:
        """Those of the page, and one more if there is one; how many there are; whether there may be more."""
        query, total, is_capped = self._query, 0, False
        for part in self._parts:
            count, is_cut = self._counted(part)
            total, is_capped = total + count, is_capped or is_cut
            if total > COUNTED:
                break
        rows = self._in_order() if is_capped or total > FEW else self._merged()
        if rows:
            total = max(total, query.offset + min(len(rows), query.limit + 1))
        return [row[0] for row in rows], total, is_capped

    def _in_order(self) -> Sequence[Any]:
        """Where there are too many to be sorted: by going through all there is in that order."""
        query, more = self._query, self._query.limit + 1
        if self._by == "size":
            flows, fits = flows_of(self._conn, query) or (), list(of_a_row(self._conn, query))
            return sizes.first(self._conn, query, flows, fits, query.offset + more)[query.offset:]
        if self._by == "name":
            rows = select(T.id, *self._key[:-1]).where(*of_a_row(self._conn, query))
            return self._conn.execute(self._ordered(rows, self._key).limit(more).offset(query.offset)).all()
        return self._merged()

    def _merged(self) -> Sequence[Any]:
        query = self._query
        if len(self._parts) == 1:
            return self._rows(self._parts[0], query.limit + 1, query.offset)
        whole = [row for part in self._parts for row in self._rows(part, query.offset + query.limit + 1, 0)]
        return self._sorted(whole)[query.offset:]

    def _rows(self, part: Part, limit: int, offset: int) -> Sequence[Any]:
        """Numbers, and what they are sorted by."""
        order = part.order if self._by == "created" else (*self._key[:-1], part.order[-1])
        chosen = part.chosen(T.id, *self._key[:-1]).where(*part.loose)
        return self._conn.execute(self._ordered(chosen, order).limit(limit).offset(offset)).all()

    def _ordered(self, rows: Select[Any], order: Sequence[ColumnElement[Any]]) -> Select[Any]:
        return rows.order_by(*(column.desc() if self._falls else column.asc() for column in order))

    def _sorted(self, rows: Sequence[Any]) -> list[Any]:
        def place(row: Any) -> tuple[Any, ...]:
            return (*((value is not None, value or 0) for value in row[1:]), row[0])
        return sorted(rows, key=place, reverse=self._falls)

    def _counted(self, part: Part) -> tuple[int, bool]:
        """How many there are, and whether not all were looked at."""
        less = [self._up_to(COUNTED, Part(conditions)) for conditions in part.less]
        if less and max(less) < COUNTED:    # no row is looked at
            count = self._up_to(COUNTED + sum(less) + 1, part) - sum(less)
            return count, count > COUNTED
        most = part.looked if part.loose else COUNTED
        looked = part.chosen(and_(true(), *part.loose).label("fits")).limit(most + 1).subquery()
        count, fitting = self._conn.execute(
            select(func.count(), func.count().filter(looked.c.fits)).select_from(looked)).one()
        return fitting, count > most

    def _up_to(self, most: int, part: Part) -> int:
        rows = part.chosen(T.id).limit(most).subquery()
        return self._conn.execute(select(func.count()).select_from(rows)).scalar_one()

    # With a text

    def _with_text(self) -> tuple[list[int], int, bool]:
        rows, is_cut = self._found()
        return [row[0] for row in rows[self._query.offset:]], len(rows), is_cut

    def _found(self) -> tuple[Sequence[Any], bool]:
        """The latest are looked through; those before them are found by the beginning of their names only."""
        text, is_cut = self._query.search, False
        fits = or_(self._dialect.contains(T.path, text), self._dialect.contains(T.target, text))
        found: dict[int, Any] = {}
        for part in self._parts:
            last = self._last(part, part.looked)
            is_cut = is_cut or last is not None
            found.update(self._keys(self._recent(part, last, part.looked).where(*part.loose, fits)))
            if DIGEST.fullmatch(text):
                last = self._last(part, DIGESTS)
                found.update(self._keys(self._recent(part, last, DIGESTS).where(*part.loose, _has_digest(text))))
        if is_cut:
            older = of_a_row(self._conn, self._query)
            found.update(self._keys(select(T.id, *self._key[:-1]).where(_named(text), fits, *older)))
        return self._sorted(list(found.values())), is_cut

    def _last(self, part: Part, looked: int) -> int | None:
        """The first one that is not looked at any more."""
        return self._conn.execute(part.latest().limit(1).offset(looked)).scalar()

    def _recent(self, part: Part, last: int | None, looked: int) -> Select[Any]:
        """The latest of them; `last`: of those before, if there are any."""
        columns = (T.id, *self._key[:-1])
        if last is None:
            return part.chosen(*columns)
        return select(*columns).where(T.id.in_(part.latest().limit(looked)) if part.tight else T.id > last)

    def _keys(self, rows: Select[Any]) -> dict[int, Any]:
        """What each number is sorted by."""
        return {row[0]: row for row in self._conn.execute(rows)}


def _has_digest(text: str) -> Condition:
    return T.sha256.between(bytes.fromhex(text.ljust(64, "0")), bytes.fromhex(text.ljust(64, "f")))


def _named(text: str) -> Condition:
    begins, other = text.rpartition("/")[2], transfers.alias().c
    if not begins:
        return false()
    named = select(other.id).where(other.name >= begins, other.name < f"{begins}\U0010ffff")
    return T.id.in_(named.order_by(other.name).limit(MATCHED))

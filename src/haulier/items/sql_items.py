"""Questions for open items as SELECTs, in bulk."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Float,
    FromClause,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    column,
    false,
    func,
    or_,
    select,
    table,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from ..core.reconcile.index import Index
from ..core.reconcile.references import SHORTEST, keys
from ..model.errors import Invalid
from ..model.match import OpenItem
from ..ports import Sought
from .fields import Fields
from .sql_place import SqlPlace

MOST = 100
"""So many items are taken for one payment that is sought by what it is."""
_AT_A_TIME = 1000
"""References of one question, where they are listed one by one."""
_SOUGHT = 100
"""Payments of one question that are sought by what they are."""
_FETCHED = 10_000


class Source(NamedTuple):
    """Where in the database the items are."""

    table: str = ""
    query: str = ""
    normalised: bool = False
    live: bool = True


class SqlItems:
    """Open items in a table, as they are when they are asked for."""

    def __init__(self, source: Source, place: SqlPlace, fields: Fields) -> None:
        self.is_live = source.live
        self._place, self._fields, self._normalised = place, fields, source.normalised
        self._source = _from(source)
        self._kinds: dict[str, type | None] = {}
        self._names: tuple[str, ...] | None = None
        if not source.normalised and place.dialect not in ("postgresql", "sqlite"):
            raise Invalid(f"normalised: {place.dialect} databases cannot take references apart; have a column that "
                          "holds them in capitals without blanks, separators and leading zeros, or set load: true")

    def heed(self, check: Callable[[], None]) -> None:
        """A database is asked to its end."""

    def lookup(self, references: Sequence[str]) -> Iterable[OpenItem]:
        """All that bear one of these, and perhaps some more."""
        found: dict[str, OpenItem] = {}
        forms = [form for name in self._there("references") for form in self._forms(name)]
        for part in _parts(references, self._size):
            for item in self._items(or_(false(), *(self._is_one_of(form, part) for form in forms))):
                found.setdefault(item.id, item)
        return [*found.values()]

    def by_id(self, ids: Sequence[str]) -> Iterable[OpenItem]:
        """Those items."""
        found: list[OpenItem] = []
        names = self._there("id")
        if not names:
            return found
        read = _reader(self._kind(names[0]))
        wanted = [one for name in ids if (one := read(name)) is not None]
        for part in _parts(wanted, _AT_A_TIME):
            found += self._items(column(names[0]).in_(part))
        return found

    def candidates(self, sought: Sequence[Sought]) -> Iterable[OpenItem]:
        """Open ones that fit one of these, at most a hundred for each."""
        found: dict[str, OpenItem] = {}
        for part in _parts(sought, _SOUGHT):
            fits = or_(*(self._fits(one) for one in part))
            for item in islice(self._items(fits), MOST * len(part)):
                found.setdefault(item.id, item)
        return [*found.values()]

    def search(self, text: str, limit: int = 20) -> Iterator[OpenItem]:
        """Those whose id, references or names have this text in them."""
        wanted = f"%{text.strip().lower().replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
        names = [name for part in ("id", "references", "names") for name in self._there(part)]
        if not text.strip() or not names:
            return iter(())
        fits = or_(*(func.lower(cast(column(name), Text)).like(wanted, escape="!") for name in names))
        return iter([*self._items(fits, limit)])

    def close(self) -> None:
        """Let go of the connection."""
        self._place.close()

    def all(self) -> Iterator[OpenItem]:
        """Every item there is."""
        return self._items(true())

    @property
    def _size(self) -> int:
        return 10 * _AT_A_TIME if self._place.dialect == "postgresql" else _AT_A_TIME

    def _items(self, fits: ColumnElement[bool], limit: int | None = None) -> Iterator[OpenItem]:
        asked: Select[Any] = select(text("*")).select_from(self._source).where(fits)
        if limit is not None:
            asked = asked.limit(limit)
        with self._place.asking() as conn:
            streamed = {} if limit else {"yield_per": _FETCHED}
            with closing(conn.execute(asked, execution_options=streamed)) as rows:
                names = tuple(rows.keys())
                for row in rows:
                    yield self._fields.item(dict(zip(names, row, strict=True)), self._place.shown)

    def _there(self, part: str) -> list[str]:
        """The columns of that part of an item that the table has; Invalid if one that was named is missing."""
        if self._names is None:
            with self._place.asking() as conn:
                found = conn.execute(select(text("*")).select_from(self._source).limit(0))
                self._names = tuple(found.keys())
            missing = [name for part in self._fields.given for name in self._fields.columns[part]
                       if name not in self._names]
            if missing:
                raise Invalid(f"columns: {self._place.shown} has no column {missing[0]}; there are "
                              f"{', '.join(self._names)}")
        return [name for name in self._fields.columns[part] if name in self._names]

    def _kind(self, name: str) -> type | None:
        """Of the values in a column; None if there are none yet."""
        if self._kinds.get(name) is None:
            with self._place.asking() as conn:
                found = conn.execute(select(column(name)).select_from(self._source)
                                     .where(column(name).is_not(None)).limit(1)).scalar()
            self._kinds[name] = None if found is None else type(found)
        return self._kinds[name]

    # References

    def _forms(self, name: str) -> list[ColumnElement[Any]]:
        """The forms under which what is in a column is looked up."""
        written: ColumnElement[Any] = column(name)
        if self._normalised:
            return [written]
        if self._place.dialect == "sqlite":
            return [func.haulier_key(written, 0), func.haulier_key(written, 1)]
        as_text = cast(written, Text)
        whole = func.ltrim(func.regexp_replace(func.upper(as_text), "[^[:alnum:]]", "", "g"), "0")
        digits = func.ltrim(func.regexp_replace(as_text, "[^0-9]", "", "g"), "0")
        return [whole, case((func.length(digits) >= SHORTEST, digits)),
                case((whole.like("RF%"), func.ltrim(func.substr(whole, 5), "0")))]

    def _is_one_of(self, form: ColumnElement[Any], wanted: Sequence[str]) -> ColumnElement[bool]:
        kind = self._kind(form.name) if self._normalised and isinstance(form, ColumnClause) else str
        if kind is None:
            return false()
        if self._place.dialect == "postgresql" and kind is str:
            return form == any_(bindparam(None, list(wanted), type_=ARRAY(Text)))
        read = _reader(kind)
        return form.in_([one for text in wanted if (one := read(text)) is not None])

    # What an item is

    def _fits(self, sought: Sought) -> ColumnElement[bool]:
        amounts = self._there("open") or self._there("due")
        if not amounts:
            return false()
        wanted: list[ColumnElement[bool]] = [self._between(column(amounts[0]), sought.lower, sought.upper)]
        if currency := self._there("currency"):
            wanted.append(column(currency[0]) == sought.currency)
        if day := self._there("date"):
            wanted.append(self._in_time(column(day[0]), sought))
        if sought.accounts:
            accounts = [key for account in sought.accounts for key in keys(account)[:1]]
            forms = [self._forms(name)[0] for name in self._there("accounts")]
            wanted.append(or_(false(), *(self._is_one_of(form, accounts) for form in forms)))
        return and_(*wanted)

    def _between(self, amount: ColumnElement[Any], lower: Decimal, upper: Decimal) -> ColumnElement[bool]:
        """Not nought, and within. In SQLite amounts may be texts or floats: the ends may take in too many."""
        if self._place.dialect != "sqlite":
            return and_(amount != 0, amount.between(lower, upper))
        number = cast(amount, Float)
        return and_(number != 0.0, number.between(float(lower) - 1e-6, float(upper) + 1e-6))

    def _in_time(self, day: ColumnElement[Any], sought: Sought) -> ColumnElement[bool]:
        ends: list[Any] = [sought.since, sought.until]
        if self._place.dialect == "sqlite":
            ends = [end and end.isoformat() for end in ends]
            day = func.substr(day, 1, 10)
        found = [fits for end, fits in ((ends[0], day >= ends[0] if ends[0] else None),
                                        (ends[1], day <= ends[1] if ends[1] else None)) if end and fits is not None]
        return or_(day.is_(None), and_(*found)) if found else true()


def loaded(source: Source, place: SqlPlace, fields: Fields) -> Index:
    """All items, in memory."""
    items = SqlItems(source._replace(normalised=True), place, fields)
    try:
        items._there("id")
        index = Index(items.all())
    finally:
        items.close()
    index.is_live = source.live
    return index


def _from(source: Source) -> FromClause:
    if source.query:
        return text(source.query.strip().rstrip(";").replace(":", "\\:")).columns().subquery("items")
    schema, _, name = source.table.rpartition(".")
    return table(name, schema=schema or None)


def _parts(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for at in range(0, len(values), size):
        yield values[at:at + size]


def _reader(kind: type | None) -> Callable[[str], Any]:
    """Texts as what a column has: whole numbers, UUIDs, or texts. None for what it cannot have."""
    if kind not in (int, UUID):
        return str

    def read(text: str) -> Any:
        try:
            return kind(text)
        except ValueError:
            return None
    return read

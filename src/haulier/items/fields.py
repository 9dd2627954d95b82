"""From what others call the parts of an open item to ours."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import Field, field_validator

from ..model.errors import Malformed
from ..model.match import OpenItem
from ..settings.spec import ItemsSpec

LISTS = ("references", "names", "accounts")
NAMES = ("id", *LISTS, "due", "open", "currency", "date", "lower", "upper", "party", "priority")


class MappedSpec(ItemsSpec):
    """Settings of every source that has items as rows."""

    columns: dict[str, str | list[str]] = {}
    """What the source calls them: `id`, `references`, `due`, `open`, `currency`, `date`, `lower`, `upper`, `party`,
    `names`, `accounts`, `priority`. Those that are not given have the same name there; references, names and accounts
    may be in several columns. An item without an id is known by its first reference; without open, all that is due is
    open."""
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$")
    """Of items that do not say it."""

    @field_validator("columns")
    @classmethod
    def _are_known(cls, columns: dict[str, str | list[str]]) -> dict[str, str | list[str]]:
        for name, column in columns.items():
            if name not in NAMES:
                raise ValueError(f"{name}: an open item has no such part; there are {', '.join(NAMES)}")
            if isinstance(column, list) and name not in LISTS:
                raise ValueError(f"{name}: it is in one column, not in a list of them")
        return columns


@dataclass(frozen=True, slots=True)
class Format:
    """How texts are numbers, dates and lists."""

    decimal: str = "."
    thousands: str = ""
    dates: str = ""         # as strptime has it; empty: ISO 8601
    between: str = ""       # stands between several in one text


class Fields:
    """Turns rows into items. `columns`: of each part of an item, which of a row's it is in."""

    def __init__(self, spec: MappedSpec, form: Format = Format()) -> None:
        self.columns = {name: _listed(spec.columns.get(name, name)) for name in NAMES}
        self.given = frozenset(spec.columns)
        """Those that the source must have."""
        self._currency, self._form = spec.currency, form
        self._used = frozenset(column for columns in self.columns.values() for column in columns)

    def item(self, row: Mapping[str, Any], where: str) -> OpenItem:
        """The item that a row is; Malformed, with `where` it stands, if it is none."""
        try:
            return self._item(row)
        except ValueError as error:
            raise Malformed(f"{where}: {error}") from None

    def items(self, rows: Iterable[Any], where: str) -> Iterable[OpenItem]:
        """All of these; Malformed for one that is none."""
        for number, row in enumerate(rows, 1):
            if isinstance(row, OpenItem):
                yield row
            elif isinstance(row, Mapping):
                yield self.item(row, f"{where}, item {number}")
            else:
                raise Malformed(f"{where}, item {number}: it is {type(row).__name__}, not a mapping")

    def _item(self, row: Mapping[str, Any]) -> OpenItem:
        references = self._texts(row, "references")
        due, open_ = self._amount(row, "due"), self._amount(row, "open")
        due = open_ if due is None else due
        name = _text(self._value(row, "id")) or (references[0] if references else "")
        currency = (_text(self._value(row, "currency")) or self._currency).upper()
        if not name:
            raise ValueError(f"it has neither an id ({self._called('id')}) nor a reference "
                             f"({self._called('references')})")
        if due is None:
            raise ValueError(f"{name}: it has no amount ({self._called('open')} or {self._called('due')})")
        if not currency:
            raise ValueError(f"{name}: it has no currency ({self._called('currency')}); set `currency` if all have "
                             "the same")
        return OpenItem(name, references, due, due if open_ is None else open_, currency, self._date(row),
                        self._amount(row, "lower"), self._amount(row, "upper"), _text(self._value(row, "party")),
                        self._texts(row, "names"), self._texts(row, "accounts"), self._priority(row),
                        {name: value for name, value in row.items() if name not in self._used})

    def _called(self, name: str) -> str:
        return " or ".join(self.columns[name])

    def _value(self, row: Mapping[str, Any], name: str) -> Any:
        return row.get(self.columns[name][0])

    def _texts(self, row: Mapping[str, Any], name: str) -> tuple[str, ...]:
        found: list[str] = []
        for column in self.columns[name]:
            value = row.get(column)
            if isinstance(value, str) and self._form.between and self._form.between in value:
                value = value.split(self._form.between)
            many = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
            found += [text for one in many if (text := _text(one))]
        return tuple(dict.fromkeys(found))

    def _amount(self, row: Mapping[str, Any], name: str) -> Decimal | None:
        value = self._value(row, name)
        if value is None or value == "":
            return None
        if isinstance(value, Decimal):
            return value
        text = str(value).strip()
        if isinstance(value, str):
            text = text.replace(self._form.thousands, "") if self._form.thousands else text
            text = text.replace(self._form.decimal, ".") if self._form.decimal != "." else text
        try:
            found = Decimal(text)
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite() or isinstance(value, bool):
            raise ValueError(f"{self._called(name)}: {str(value)[:40]!r} is no amount")
        return found

    def _date(self, row: Mapping[str, Any]) -> date | None:
        value = self._value(row, "date")
        if value is None or value == "":
            return None
        if isinstance(value, date):
            return value.date() if isinstance(value, datetime) else value
        text = str(value).strip()
        try:
            return datetime.strptime(text, self._form.dates).date() if self._form.dates else date.fromisoformat(
                text[:10])
        except ValueError:
            raise ValueError(f"{self._called('date')}: {text[:40]!r} is no date") from None

    def _priority(self, row: Mapping[str, Any]) -> int:
        text = _text(self._value(row, "priority")) or "0"
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"{self._called('priority')}: {text[:40]!r} is no whole number") from None


def _listed(columns: str | list[str]) -> tuple[str, ...]:
    return (columns,) if isinstance(columns, str) else tuple(columns)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()

"""Open items in memory: a million of them, found by reference, amount and account."""
from __future__ import annotations

import gc
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from sys import intern
from typing import Any

from ...model.match import OpenItem
from ...ports.items import Sought
from .references import alnum, keys

MOST = 100
"""So many items of one amount are looked at: more say nothing about a payment."""
_COMMON: tuple[Any, ...] = (None, None, "", (), (), 0, {})
_new = object.__new__
_id, _references, _due, _open, _currency, _date, *_OTHERS = (
    getattr(OpenItem, name).__set__ for name in OpenItem.__dataclass_fields__)


@contextmanager
def calm() -> Iterator[None]:
    """No search for garbage meanwhile: with a million new objects that are all kept it takes most of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class Index:
    """Items, as they were when they were given. Implements ports.Items; `open` of none of them falls by itself.

    Each field is a list, one place for each item: that is a third of the memory of objects.
    """

    is_live = False

    def __init__(self, items: Iterable[OpenItem]) -> None:
        self._ids: list[str] = []
        self._references: list[tuple[str, ...] | str] = []
        self._due: list[Decimal] = []
        self._open: list[Decimal] = []
        self._currencies: list[str] = []
        self._dates: list[date | None] = []
        self._others: list[tuple[Any, ...]] = []
        self._by_key: dict[str, int | list[int]] = {}
        self._rows: dict[str, int] | None = None
        self._by_amount: dict[str, tuple[list[float], list[int]]] | None = None
        self._by_account: dict[str, list[int]] | None = None
        with calm():
            self._fill(items)

    def __len__(self) -> int:
        return len(self._ids)

    def lookup(self, references: Sequence[str]) -> list[OpenItem]:
        """All that have one of these keys."""
        found: list[int] = []
        get = self._by_key.get
        for key in references:
            rows = get(key)
            if rows is None:
                continue
            if isinstance(rows, int):
                found.append(rows)
            else:
                found += rows
        return self._items(found)

    def exact(self, reference: str, currency: str, amount: Decimal) -> str:
        """The id of the only item with this key, if that is the amount it asks for; else ""."""
        row = self._by_key.get(reference)
        if isinstance(row, int) and self._open[row] == amount and self._currencies[row] == currency:
            return self._ids[row]
        return ""

    def by_id(self, ids: Sequence[str]) -> list[OpenItem]:
        """Those items."""
        if self._rows is None:
            self._rows = {name: row for row, name in enumerate(self._ids)}
        rows = self._rows
        return self._items([rows[name] for name in ids if name in rows])

    def candidates(self, sought: Sequence[Sought]) -> list[OpenItem]:
        """All open ones that fit one of these, at most a hundred for each."""
        found: list[int] = []
        for one in sought:
            rows = self._of_accounts(one) if one.accounts else self._of_amount(one)
            fit = (row for row in rows if self._fits(row, one))
            found += [row for row, _ in zip(fit, range(MOST), strict=False)]
        return self._items(found)

    def search(self, text: str, limit: int = 20) -> Iterator[OpenItem]:
        """Those whose id, reference or name has this text in it."""
        wanted = alnum(text)
        left = limit if wanted else 0
        for row in range(len(self._ids)):
            if left <= 0:
                return
            references = self._references[row]
            texts = (self._ids[row], *((references,) if isinstance(references, str) else references),
                     *self._others[row][3])
            if any(wanted in alnum(one) for one in texts):
                left -= 1
                yield self._item(row)

    def close(self) -> None:
        """Nothing is to be closed."""

    def _fill(self, items: Iterable[OpenItem]) -> None:
        dates: dict[date | None, date | None] = {}
        put = self._by_key.setdefault
        for row, item in enumerate(items):
            references = item.references
            self._ids.append(item.id)
            self._references.append(references[0] if len(references) == 1 else references)
            self._open.append(item.open)
            self._due.append(item.open if item.due == item.open else item.due)
            self._currencies.append(intern(item.currency))
            self._dates.append(dates.setdefault(item.date, item.date))
            self._others.append(_others(item))
            for reference in references:
                for key in keys(reference):
                    before = put(key, row)
                    if before is not row:
                        self._also(key, before, row)

    def _also(self, key: str, before: int | list[int], row: int) -> None:
        if isinstance(before, int):
            if before != row:
                self._by_key[key] = [before, row]
        elif before[-1] != row:
            before.append(row)

    def _of_amount(self, sought: Sought) -> Iterable[int]:
        if self._by_amount is None:
            self._by_amount = self._amounts()
        amounts, rows = self._by_amount.get(sought.currency, ([], []))
        # Floats keep the order of amounts, so the ends may only take in too many: `_fits` is exact.
        for at in range(bisect_left(amounts, float(sought.lower)), bisect_right(amounts, float(sought.upper))):
            yield rows[at]

    def _amounts(self) -> dict[str, tuple[list[float], list[int]]]:
        by_currency: dict[str, list[tuple[float, int]]] = {}
        with calm():
            for row, (amount, currency) in enumerate(zip(self._open, self._currencies, strict=True)):
                if amount:
                    by_currency.setdefault(currency, []).append((float(amount), row))
            for pairs in by_currency.values():
                pairs.sort()
            return {currency: ([amount for amount, _ in pairs], [row for _, row in pairs])
                    for currency, pairs in by_currency.items()}

    def _of_accounts(self, sought: Sought) -> Iterable[int]:
        if self._by_account is None:
            self._by_account = {}
            for row, others in enumerate(self._others):
                for account in others[4]:
                    for key in keys(account)[:1]:
                        self._by_account.setdefault(key, []).append(row)
        rows = (self._by_account.get(key, ()) for account in sought.accounts for key in keys(account)[:1])
        return dict.fromkeys(row for some in rows for row in some)

    def _fits(self, row: int, sought: Sought) -> bool:
        amount, day = self._open[row], self._dates[row]
        return (amount != 0 and self._currencies[row] == sought.currency and sought.lower <= amount <= sought.upper
                and (day is None or ((sought.since is None or sought.since <= day)
                                     and (sought.until is None or day <= sought.until))))

    def _items(self, rows: list[int]) -> list[OpenItem]:
        return [self._item(row) for row in (dict.fromkeys(rows) if len(rows) > 1 else rows)]

    def _item(self, row: int) -> OpenItem:
        # The class's own way takes three times as long, and this is done for each payment.
        item = _new(OpenItem)
        references = self._references[row]
        _id(item, self._ids[row])
        _references(item, (references,) if isinstance(references, str) else references)
        _due(item, self._due[row])
        _open(item, self._open[row])
        _currency(item, self._currencies[row])
        _date(item, self._dates[row])
        for put, value in zip(_OTHERS, self._others[row], strict=True):
            put(item, value)
        return item


def _others(item: OpenItem) -> tuple[Any, ...]:
    others = (item.lower, item.upper, item.party, item.names, item.accounts, item.priority, item.more)
    return _COMMON if others == _COMMON else others

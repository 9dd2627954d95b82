"""Open items in memory: a million of them, found by reference, amount and account."""
from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain, count, islice
from sys import intern
from typing import Any, TypeAlias

from ...model.match import OpenItem
from ...model.payment import Payment
from ...ports.items import Sought
from ..calm import Calm
from .policy import NOUGHT
from .references import alnum, keys

MOST = 100
"""So many items of one amount are looked at: more say nothing about a payment."""
_AT_ONCE = 5000
_COMMON: tuple[Any, ...] = OpenItem("", (), NOUGHT, NOUGHT, "")[6:]
"""What most items have from `lower` on."""
_Amounts: TypeAlias = "tuple[array[float], array[int]]"    # arrays: a third of the memory of lists
_NONE: _Amounts = array("d"), array("q")


class Index:
    """Items, as they were when they were given. Implements ports.Items; `open` of none of them falls by itself.

    Each field is a list, one place for each item: that is a third of the memory of objects.
    """

    is_live = False

    def __init__(self, items: Iterable[OpenItem]) -> None:
        self._ids: list[str] = []
        self._references: list[tuple[str, ...] | str] = []
        self._due: dict[int, Decimal] = {}      # of those that are paid in part
        self._open: list[Decimal] = []
        self._currencies: list[str] = []
        self._dates: list[date | None] = []
        self._others: list[tuple[Any, ...]] = []
        self._by_key: dict[str, int | list[int]] = {}
        self._rows: dict[str, int] | None = None
        self._by_amount: dict[str, _Amounts] | None = None
        self._by_account: dict[str, list[int]] | None = None
        with Calm():
            self._fill(items)

    def __len__(self) -> int:
        return len(self._ids)

    def heed(self, check: Callable[[], None]) -> None:
        """Nothing takes long."""

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

    def exact(self, references: Sequence[str], payments: Iterable[Payment]) -> list[str]:
        """For each the id of the only item with that key, if it asks for exactly that amount; else ""."""
        ids, asked, currencies = self._ids, self._open, self._currencies
        return [ids[row] if type(row) is int and asked[row] == payment.amount and currencies[row] == payment.currency
                else "" for row, payment in zip(map(self._by_key.get, references), payments, strict=True)]

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
        rest = iter(items)
        days: dict[date | None, date | None] = {}
        while some := tuple(islice(rest, _AT_ONCE)):
            first = len(self._ids)
            ids, references, due, open_, currencies, dates, *others = zip(*some, strict=True)
            self._ids += ids
            self._references += [one[0] if len(one) == 1 else one for one in references]
            self._due |= {row: all_ for row, left, all_ in zip(count(first), open_, due)
                          if left is not all_ and left != all_}
            self._open += open_
            self._currencies += map(intern, currencies)
            self._dates += [days.setdefault(day, day) for day in dates]
            self._others += _common(others) or [_COMMON if one == _COMMON else one for one in zip(*others, strict=True)]
            self._note(first, references)

    def _note(self, first: int, items: Sequence[tuple[str, ...]]) -> None:
        """The references of the items from that place on. Most have one of digits alone, which no other has."""
        known, bare = self._by_key, _bare(items)
        rows = dict(zip(bare, count(first)))
        if bare and len(rows) == len(bare) and known.keys().isdisjoint(rows):
            known.update(rows)
            return
        put = known.setdefault
        for row, references in enumerate(items, first):
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
        amounts, rows = self._by_amount.get(sought.currency, _NONE)
        # Floats keep the order of amounts, so the ends may only take in too many: `_fits` is exact.
        for at in range(bisect_left(amounts, float(sought.lower)), bisect_right(amounts, float(sought.upper))):
            yield rows[at]

    def _amounts(self) -> dict[str, _Amounts]:
        amounts = array("d", map(float, self._open))
        by_currency: dict[str, array[int]] = {currency: array("q") for currency in set(self._currencies)}
        for row in sorted(range(len(amounts)), key=amounts.__getitem__):
            if amounts[row]:
                by_currency[self._currencies[row]].append(row)
        return {currency: (array("d", map(amounts.__getitem__, rows)), rows) for currency, rows in by_currency.items()}

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
        references, open_ = self._references[row], self._open[row]
        return OpenItem(self._ids[row], (references,) if isinstance(references, str) else references,
                        self._due.get(row, open_), open_, self._currencies[row], self._dates[row], *self._others[row])


def _common(columns: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The same tuple for each, if all have what most have; else nothing."""
    size = len(columns[0])
    are = all(values.count(usual) == size for values, usual in zip(columns, _COMMON, strict=True))
    return [_COMMON] * size if are else []


def _bare(items: Sequence[tuple[str, ...]]) -> list[str]:
    """The forms of their references, as `keys` makes them, if each has one of digits alone; else nothing."""
    texts = [*chain.from_iterable(items)]
    whole = "".join(texts)
    if len(texts) != len(items) or min(map(len, items)) != 1 or not (whole.isdigit() and whole.isascii()):
        return []
    bare = [text.lstrip("0") for text in texts]
    return bare if all(bare) else []

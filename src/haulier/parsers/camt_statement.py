"""What one account's statement says of itself, beside what its entries come to."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from ..model.record import Check, Row
from .camt_rows import Around, Entry, form_of
from .iso_cells import number
from .xml_paths import Values

_BALANCES = 200         # that are kept for the report
_DECIMALS = 5           # as many as the standard has
_SAME = 20_000          # identities that are looked at for repetitions
_FLIPPED = "; it would hold if reversals had the other sign: see reversal_flips_sign"


class Balance(NamedTuple):
    type: str
    amount: Decimal
    currency: str
    date: str
    line: int


class Alike(NamedTuple):
    """What entries have alike that are counted together."""

    currency: str
    is_booked: bool
    reversal: bool
    credit: bool        # as it stands there
    negative: bool      # as it changes the account
    status: str         # as it stands there


class Statement:
    """Sums of one statement; of all its pages, if they follow each other."""

    def __init__(self, around: Around, line: int, *, whole: bool) -> None:
        self.around, self.line = around, line
        self.form = form_of(around)
        self.whole = whole      # its first page was there
        self.balances: list[Balance] = []
        self.entries = self.transactions = self.texts = self.batches = 0
        self._added: dict[tuple[Any, ...], list[Any]] = {}     # by what is alike: the sum of its entries, their number
        self._seen: dict[str, int] = {}

    def add(self, values: Values, entry: Entry) -> None:
        """One more entry that could be read."""
        amount, details = entry.amount, entry.details
        alike = (entry.currency, entry.status == "booked", entry.reversal, values["CdtDbtInd"] == "CRDT", amount < 0,
                 values.get("Sts", ""))
        if added := self._added.get(alike):
            added[0] += amount
            added[1] += 1
        else:
            self._added[alike] = [amount, 1]
        if "NtryDtls/Btch" in values or "Btch" in values or len(details) > 1:
            self.batches += 1
        self.transactions += len(details)
        for detail in details:
            if "Texts" in detail:
                self.texts += len(detail["Texts"])

    def _sum(self, wanted: Callable[[Alike], bool]) -> Decimal:
        return sum((amount for alike, (amount, _) in self._added.items() if wanted(Alike(*alike))), Decimal(0))

    def _count(self, wanted: Callable[[Alike], bool]) -> int:
        return sum(count for alike, (_, count) in self._added.items() if wanted(Alike(*alike)))

    def tell_apart(self, row: Row) -> None:
        """Two equal payments of one statement are two; a bank's own number alone is trusted to be given once."""
        identity = row["identity"]
        if not identity:
            return
        if count := self._seen.get(identity):
            self._seen[identity] = count + 1
            row["identity"] = f"{identity}|{count + 1}"
        elif len(self._seen) < _SAME:
            self._seen[identity] = 1
        elif not row["bank_reference"]:
            row["identity"] = ""

    def balance(self, values: Values, line: int) -> None:
        """One more balance; Bad if it cannot be read."""
        amount = number(values.get("Amt", ""), "balance")
        if -int(amount.as_tuple().exponent) > _DECIMALS:
            amount = round(amount, _DECIMALS)       # 66.0000000000001, as floats leave it
        if values.get("CdtDbtInd") == "DBIT":
            amount = -amount
        found = Balance(values.get("Type", ""), amount, values.get("Ccy") or self.around.currency,
                        values.get("Date", ""), line)
        if len(self.balances) < _BALANCES:
            self.balances.append(found)

    @property
    def is_closed(self) -> bool:
        """It has both balances, so all of it should be here."""
        return any(self.opens(unit) is not None for unit in self.closes())

    def checks(self, values: Values) -> Iterator[Check]:
        """Balances, and the totals that the statement gives; Bad if one of those cannot be read."""
        where = f"statement {self.around.statement}, account {self.around.account}"
        for unit in dict.fromkeys(balance.currency for balance in self.balances):
            opening = self._first(unit, "OPBD") or self._first(unit, "PRCD")
            closing = self._last(unit, "CLBD")
            if opening and closing:
                yield self._closing(opening, closing, f"{where}, {unit}")
        yield from self._totals(values, where)

    def facts(self) -> dict[str, Any]:
        """For the report."""
        around = self.around
        groups = [Alike(*alike) for alike in self._added]
        return {
            "id": around.statement, "account": around.account, "currency": around.currency, "line": self.line,
            "balances": [{"code": one.type, "amount": str(one.amount), "currency": one.currency, "date": one.date}
                         for one in self.balances],
            "entries": self.entries, "transactions": self.transactions, "texts": self.texts, "batches": self.batches,
            "reversals": self._count(lambda one: one.reversal),
            "statuses": {status: self._with_status(status) for status in dict.fromkeys(one.status for one in groups)},
            "sums": {unit: str(self._of(unit)) for unit in self._currencies},
            "booked": {unit: str(self._booked(unit)) for unit in
                       dict.fromkeys(one.currency for one in groups if one.is_booked)},
        }

    def opens(self, unit: str) -> Decimal | None:
        balance = self._first(unit, "OPBD") or self._first(unit, "PRCD")
        return balance.amount if balance else None

    def closes(self) -> dict[str, Decimal]:
        """The closing balance of each currency."""
        return {one.currency: one.amount for one in self.balances if one.type == "CLBD"}

    def _closing(self, opening: Balance, closing: Balance, where: str) -> Check:
        unit = opening.currency
        found = opening.amount + self._booked(unit)
        twice = 2 * self._sum(lambda one: one.currency == unit and one.is_booked and one.reversal)
        if found != closing.amount and twice and found - twice == closing.amount:
            where += _FLIPPED
        return Check("closing balance", closing.amount, found, closing.line, where)

    def _totals(self, values: Values, where: str) -> Iterator[Check]:
        line = self.line
        for name, key, count in (("entries", "NbOfNtries", self.entries),
                                 ("credit entries", "CreditNbOfNtries", self._count(lambda one: one.credit)),
                                 ("debit entries", "DebitNbOfNtries", self._count(lambda one: not one.credit))):
            if key in values:
                yield Check(name, number(values[key], key), Decimal(count), line, where)
        if len(self._currencies) > 1:
            return      # one number for several currencies says nothing
        credits, debits = self._side(credit=True), self._side(credit=False)
        for name, key, amount in (("sum of entries", "Sum", credits + debits), ("sum of credits", "CreditSum", credits),
                                  ("sum of debits", "DebitSum", debits)):
            if key in values:
                yield Check(name, number(values[key], key), amount, line, where)
        if "Net" in values:
            net = number(values["Net"], "Net")
            said = -net if values.get("NetSide") == "DBIT" else net
            yield Check("net of entries", said, self._sum(lambda one: True), line, where)

    @property
    def _currencies(self) -> list[str]:
        return list(dict.fromkeys(unit for unit, *_ in self._added))

    def _with_status(self, status: str) -> int:
        return self._count(lambda one: one.status == status)

    def _of(self, unit: str) -> Decimal:
        return self._sum(lambda one: one.currency == unit)

    def _booked(self, unit: str) -> Decimal:
        return self._sum(lambda one: one.currency == unit and one.is_booked)

    def _side(self, *, credit: bool) -> Decimal:
        """Without signs."""
        return (self._sum(lambda one: one.credit == credit and not one.negative)
                - self._sum(lambda one: one.credit == credit and one.negative))

    def _first(self, unit: str, code: str) -> Balance | None:
        return next((one for one in self.balances if one.currency == unit and one.type == code), None)

    def _last(self, unit: str, code: str) -> Balance | None:
        return next((one for one in reversed(self.balances) if one.currency == unit and one.type == code), None)

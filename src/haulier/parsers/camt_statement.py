"""What one account's statement says of itself, beside what its entries come to."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from ..model.record import Check, Row
from .camt_rows import STATUSES, Around, Entry, form_of
from .iso_cells import currency, number
from .xml_paths import Values

_BALANCES = 200         # that are kept for the report
_DECIMALS = 5           # as many as the standard has
_SAME = 20_000          # identities that are looked at for repetitions
_OPENS = ("OPBD", "PRCD")     # the first is the better one
_CLOSES = "CLBD"
_OTHER = "other"       # a status that is not known
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
        self.continued = False  # more than one page of it was there
        self.balances: list[Balance] = []
        self._opened: dict[tuple[str, str], Balance] = {}      # the first one by currency and type
        self._closed: dict[str, Balance] = {}   # the last one of each currency
        self.entries = self.transactions = self.texts = self.batches = 0
        self._added: dict[tuple[Any, ...], list[Any]] = {}     # by what is alike: the sum of its entries, their number
        self._seen: dict[str, int] = {}

    def add(self, values: Values, entry: Entry) -> None:
        """One more entry that could be read."""
        amount, details = entry.amount, entry.details
        alike = (entry.currency, entry.status == "booked", entry.reversal, values["CdtDbtInd"] == "CRDT", amount < 0,
                 sts if (sts := values.get("Sts", "")) in ("", *STATUSES) else _OTHER)
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

    def _sums(self, wanted: Callable[[Alike], bool]) -> dict[str, Decimal]:
        """The same by currency."""
        sums: dict[str, Decimal] = {}
        for alike, (amount, _) in self._added.items():
            if wanted(one := Alike(*alike)):
                sums[one.currency] = sums.get(one.currency, Decimal(0)) + amount
        return sums

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
        unit = currency(values.get("Ccy") or self.around.currency)
        found = Balance(values.get("Type", ""), amount, unit, values.get("Date", ""), line)
        if found.type == _CLOSES:
            self._closed[unit] = found
        elif found.type in _OPENS:
            self._opened.setdefault((unit, found.type), found)
        if len(self.balances) < _BALANCES:
            self.balances.append(found)

    @property
    def is_closed(self) -> bool:
        """It has both balances, so all of it should be here."""
        return any(self.opens(unit) is not None for unit in self.closes())

    def checks(self, values: Values) -> Iterator[Check]:
        """Balances, and the totals that the statement gives; Bad if one of those cannot be read."""
        where = f"statement {self.around.statement}, account {self.around.account}"
        booked = self._sums(lambda one: one.is_booked)
        reversals = self._sums(lambda one: one.is_booked and one.reversal)
        for unit, closing in self._closed.items():
            if opening := self._opening(unit):
                found, back = booked.get(unit, Decimal(0)), reversals.get(unit, Decimal(0))
                yield _balanced(opening, closing, found, back, f"{where}, {unit}")
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
            "sums": {unit: str(amount) for unit, amount in self._sums(lambda one: True).items()},
            "booked": {unit: str(amount) for unit, amount in self._sums(lambda one: one.is_booked).items()},
        }

    def opens(self, unit: str) -> Decimal | None:
        """What was there before its first entry."""
        balance = self._opening(unit)
        return balance.amount if balance else None

    def closes(self) -> dict[str, Decimal]:
        """The closing balance of each currency."""
        return {unit: closing.amount for unit, closing in self._closed.items()}

    def _opening(self, unit: str) -> Balance | None:
        return next((one for code in _OPENS if (one := self._opened.get((unit, code)))), None)

    def _totals(self, values: Values, where: str) -> Iterator[Check]:
        line = self.line
        for name, key, count in (("entries", "NbOfNtries", self.entries),
                                 ("credit entries", "CreditNbOfNtries", self._count(lambda one: one.credit)),
                                 ("debit entries", "DebitNbOfNtries", self._count(lambda one: not one.credit))):
            if key in values:
                yield Check(name, number(values[key], key), Decimal(count), line, where)
        if len({unit for unit, *_ in self._added}) > 1:
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

    def _with_status(self, status: str) -> int:
        return self._count(lambda one: one.status == status)

    def _side(self, *, credit: bool) -> Decimal:
        """Without signs."""
        return (self._sum(lambda one: one.credit == credit and not one.negative)
                - self._sum(lambda one: one.credit == credit and one.negative))


def _balanced(opening: Balance, closing: Balance, booked: Decimal, reversals: Decimal, where: str) -> Check:
    """Whether what was booked, of it so much taken back, leads from one to the other."""
    found = opening.amount + booked
    if reversals and found != closing.amount == found - 2 * reversals:
        where += _FLIPPED
    return Check("closing balance", closing.amount, found, closing.line, where)

"""What one account's statement says of itself, beside what its entries come to."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from ..model.record import Check, Row
from .camt_rows import Around, Entry
from .iso_cells import number
from .trie import Values

_BALANCES = 200         # that are kept for the report
_SAME = 20_000          # identities that are looked at for repetitions
_FLIPPED = "; it would hold if reversals had the other sign: see reversal_flips_sign"


class Balance(NamedTuple):
    type: str
    amount: Decimal
    currency: str
    date: str
    line: int


class Statement:
    """Sums of one statement; of all its pages, if they follow each other."""

    def __init__(self, around: Around, line: int, *, whole: bool) -> None:
        self.around, self.line = around, line
        self.whole = whole      # its first page was there
        self.balances: list[Balance] = []
        self.sums: Counter[str] = Counter()             # of all entries, by currency
        self.booked: Counter[str] = Counter()
        self.reversed: Counter[str] = Counter()         # of booked reversals
        self.sides: dict[bool, Decimal] = {True: Decimal(0), False: Decimal(0)}     # credits, debits
        self.counts: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()

    def add(self, values: Values, entry: Entry) -> None:
        """One more entry."""
        amount, unit, counts = entry.amount, entry.currency, self.counts
        self.sums[unit] += amount   # type: ignore[assignment]  # a Counter of Decimals
        if entry.status == "booked":
            self.booked[unit] += amount     # type: ignore[assignment]
            if entry.reversal:
                self.reversed[unit] += amount   # type: ignore[assignment]
        credit = values["CdtDbtInd"] == "CRDT"
        self.sides[credit] += abs(amount)
        counts["credits" if credit else "debits"] += 1
        self.statuses[values.get("Sts", "")] += 1
        if entry.reversal:
            counts["reversals"] += 1
        if "NtryDtls/Btch" in values or "Btch" in values or len(entry.details) > 1:
            counts["batches"] += 1
        for detail in entry.details:
            counts["transactions"] += 1
            if "Texts" in detail:
                counts["texts"] += len(detail["Texts"])

    def tell_apart(self, row: Row) -> None:
        """Two equal payments of one statement are two; a bank's own number alone is trusted to be given once."""
        identity = row["identity"]
        if not identity:
            return
        if identity in self._seen or len(self._seen) < _SAME:
            self._seen[identity] += 1
            if (count := self._seen[identity]) > 1:
                row["identity"] = f"{identity}|{count}"
        elif not row["bank_reference"]:
            row["identity"] = ""

    def balance(self, values: Values, line: int) -> None:
        """One more balance; Bad if it cannot be read."""
        amount = number(values.get("Amt", ""), "balance")
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
        around, counts = self.around, self.counts
        return {
            "id": around.statement, "account": around.account, "currency": around.currency, "line": self.line,
            "balances": [{"code": one.type, "amount": str(one.amount), "currency": one.currency, "date": one.date}
                         for one in self.balances],
            "entries": counts["entries"], "transactions": counts["transactions"], "texts": counts["texts"],
            "batches": counts["batches"], "reversals": counts["reversals"],
            "statuses": dict(self.statuses),
            "sums": {unit: str(amount) for unit, amount in self.sums.items()},
            "booked": {unit: str(amount) for unit, amount in self.booked.items()},
        }

    def opens(self, unit: str) -> Decimal | None:
        balance = self._first(unit, "OPBD") or self._first(unit, "PRCD")
        return balance.amount if balance else None

    def closes(self) -> dict[str, Decimal]:
        """The closing balance of each currency."""
        return {one.currency: one.amount for one in self.balances if one.type == "CLBD"}

    def _closing(self, opening: Balance, closing: Balance, where: str) -> Check:
        unit = opening.currency
        found = opening.amount + self.booked[unit]
        twice = self.reversed[unit] * 2
        if found != closing.amount and twice and found - twice == closing.amount:
            where += _FLIPPED
        return Check("closing balance", closing.amount, found, closing.line, where)

    def _totals(self, values: Values, where: str) -> Iterator[Check]:
        counts, sides, line = self.counts, self.sides, self.line
        for name, key, count in (("entries", "NbOfNtries", counts["entries"]),
                                 ("credit entries", "CreditNbOfNtries", counts["credits"]),
                                 ("debit entries", "DebitNbOfNtries", counts["debits"])):
            if key in values:
                yield Check(name, number(values[key], key), Decimal(count), line, where)
        if len(self.sums) > 1:
            return      # one number for several currencies says nothing
        for name, key, amount in (("sum of entries", "Sum", sides[True] + sides[False]),
                                  ("sum of credits", "CreditSum", sides[True]),
                                  ("sum of debits", "DebitSum", sides[False])):
            if key in values:
                yield Check(name, number(values[key], key), amount, line, where)
        if "Net" in values:
            net = number(values["Net"], "Net")
            said = -net if values.get("NetSide") == "DBIT" else net
            yield Check("net of entries", said, sum(self.sums.values(), Decimal(0)), line, where)

    def _first(self, unit: str, code: str) -> Balance | None:
        return next((one for one in self.balances if one.currency == unit and one.type == code), None)

    def _last(self, unit: str, code: str) -> Balance | None:
        return next((one for one in reversed(self.balances) if one.currency == unit and one.type == code), None)

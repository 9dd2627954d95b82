"""What an ACH file counts: entries, the sum of bank numbers, money in both directions."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ..model.record import Check
from .nacha_records import Record

_CENT = Decimal("0.01")
_HASH = 10 ** 10
USUAL, WIDE = 12, 20
"""Digits of amounts in controls: of all classes, and of ADV."""


@dataclass(slots=True)
class Totals:
    """Of a batch, or of a file."""

    entries: int = 0        # and addenda
    hash: int = 0
    debits: int = 0         # cents
    credits: int = 0
    batches: int = 0

    def add(self, record: Record, amount: int, *, is_debit: bool) -> None:
        """One entry."""
        self.entries += 1
        bank = record.text[3:11]
        self.hash = (self.hash + (int(bank) if bank.isascii() and bank.isdigit() else 0)) % _HASH
        if is_debit:
            self.debits += amount
        else:
            self.credits += amount

    def add_all(self, other: Totals) -> None:
        """A batch to its file."""
        self.entries += other.entries
        self.hash = (self.hash + other.hash) % _HASH
        self.debits += other.debits
        self.credits += other.credits
        self.batches += 1

    def of_batch(self, control: Record, where: str, width: int = USUAL) -> Iterator[Check]:
        """Beside what its control record (8) says; `width`: digits of its amounts."""
        yield from self._common(control, (5, 10), (11, 20), (21, width), "batch", where)

    def of_file(self, control: Record, found: int, width: int = USUAL) -> Iterator[Check]:
        """Beside what the file control (9) says; `found`: records in the file, padding too."""
        yield Check("batches in the file", _number(control, 2, 7), self.batches, control.line)
        yield Check("blocks of the file", _number(control, 8, 13), -(-found // 10), control.line)
        yield from self._common(control, (14, 21), (22, 31), (32, width), "file", "")

    def _common(self, control: Record, count: tuple[int, int], hashed: tuple[int, int], money: tuple[int, int],
                of: str, where: str) -> Iterator[Check]:
        yield Check(f"entries and addenda of the {of}", _number(control, *count), self.entries, control.line, where)
        yield Check(f"entry hash of the {of}", _number(control, *hashed), self.hash, control.line, where)
        first, width = money
        for name, place, found in (("debits", first, self.debits), ("credits", first + width, self.credits)):
            yield Check(f"{name} of the {of}", _money(control, place, width), found * _CENT, control.line, where)


def _number(record: Record, first: int, last: int) -> int | None:
    try:
        return record.number(first, last)
    except ValueError:
        return None


def _money(record: Record, first: int, width: int) -> Decimal | None:
    found = _number(record, first, first + width - 1)
    return None if found is None else found * _CENT

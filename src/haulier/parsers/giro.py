"""What files of Bankgirot share: fields, amounts and dates of their records, controls."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from ..model.errors import Malformed
from ..model.record import Check, Fault
from .lines import EMPTY

Layout: TypeAlias = Mapping[str, tuple[int, int]]
"""Fields of a record, each from its first place (from 0) to the one behind it."""
WIDTH = 80      # of a record
CHANGED = Fault("changed_line", "a TAB or more than 80 characters: an editor changed this line")


def fields(line: str, layout: Layout) -> dict[str, str]:
    """Each without the blanks around it."""
    return {name: line[start:end].strip() for name, (start, end) in layout.items()}


def whole(line: str, number: int, record: str = "line", width: int = WIDTH) -> str:
    """A record that nobody changed: blanks behind it are none of it, all else must be as it is."""
    line = line.rstrip(EMPTY)
    if "\t" in line:
        raise broken("tab", f"a TAB in a {record}: an editor changed this file, get it anew from the bank", number)
    if len(line) > width:
        raise broken("long_line", f"a {record} of {len(line)} characters instead of {width}", number)
    return line


def is_changed(line: str) -> bool:
    """Whether an editor changed it, so that nobody knows where its fields stand."""
    return "\t" in line or len(line) > WIDTH


def broken(code: str, text: str, line: int = 0) -> Malformed:
    """The error of a file that breaks that control."""
    return Malformed(f"{f'line {line}: ' if line else ''}{text} ({code})", line=line)


def refuse(check: Check) -> None:
    """Malformed if it does not hold."""
    if not check.holds:
        where = f" of {check.where}" if check.where else ""
        said, found = check.texts
        raise broken(check.name.replace(" ", "_"),
                     f"{check.name}{where}: the file says {said}, found is {found}", check.line)


def money(minor: int) -> Decimal:
    """Hundredths as an amount."""
    return Decimal(minor).scaleb(-2)


def minor(text: str) -> int | None:
    """Hundredths; None if it is no number."""
    return int(text) if text.isascii() and text.isdecimal() else None


def amount(text: str) -> Decimal | None:
    """An amount in hundredths; None if it is none."""
    value = minor(text)
    return None if value is None else money(value)


def day(text: str) -> date | None:
    """YYYYMMDD or YYMMDD; None if it is no date."""
    if len(text) == 6:
        text = f"{19 if text >= '69' else 20}{text}"
    if len(text) != 8 or minor(text) is None:
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None

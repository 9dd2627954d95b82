"""What the numbers in cells of an .xlsx workbook mean: whole numbers, decimals, dates, times."""
from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Any

from .workbook_parts import Book

_EPOCH, _EARLY, _MAC = datetime(1899, 12, 30), datetime(1899, 12, 31), datetime(1904, 1, 1)
_MARCH, _LAST_DAY = 60, 2_958_466
"""Days have been counted wrongly before March 1900 since there are spreadsheets; the last day is in the year 9999."""
_MIDNIGHT = time()
_WHOLE = 2**53
_DIGITS = 15
"""What spreadsheets have of a number: 0.1 + 0.2 is shown as 0.3 there."""
_CACHED = 4096


def readings(book: Book) -> dict[str | None, Callable[[str], Any]]:
    """How numbers are read in cells of these styles; in those of others they are just numbers."""
    moment = lru_cache(_CACHED)(lambda text: _moment(float(text), since_1904=book.since_1904))
    found: dict[str | None, Callable[[str], Any]] = {
        str(style): _span if style in book.spans else moment for style in book.dates}
    if "0" in found:
        found[None] = found["0"]
    return found


def number(text: str) -> Any:
    """An int if it is a whole number, else a Decimal; text if it is endless or none."""
    return int(text) if len(text) <= _DIGITS and text.isdecimal() else _number(float(text))


def iso(text: str) -> Any:
    """A day, a time or both, as ISO 8601 writes them; other text is itself."""
    for kind in (datetime, time):
        with suppress(ValueError):
            found = kind.fromisoformat(text)
            return _day(found) if isinstance(found, datetime) else found
    return text


def _number(value: float) -> Any:
    if value.is_integer() and -_WHOLE < value < _WHOLE:
        return int(value)
    return Decimal(f"{value:.{_DIGITS}g}") if isfinite(value) else str(value)


def _moment(value: float, *, since_1904: bool) -> Any:
    """A day, a time or both; the number itself if it is none."""
    if not 0 <= value < _LAST_DAY - 1462 * since_1904:
        return _number(value)
    passed = timedelta(milliseconds=round(value * 86_400_000))
    if value < 1:
        return (_EPOCH + passed).time()
    return _day((_MAC if since_1904 else _EPOCH if value >= _MARCH else _EARLY) + passed)


def _day(moment: datetime) -> date:
    return moment.date() if moment.time() == _MIDNIGHT else moment


def _span(text: str) -> Any:
    """Hours, minutes and seconds, however many."""
    value = float(text)
    if not abs(value) < _LAST_DAY:
        return _number(value)
    minutes, seconds = divmod(round(timedelta(days=value).total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"

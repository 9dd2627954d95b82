"""Numbers, times and names as people read them."""
from __future__ import annotations

from datetime import UTC, datetime


def plain(text: str) -> str:
    """`text` on one line, with what a terminal would act on written as in Python."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() and one != "\\" else
                   one.encode("unicode_escape").decode() for one in text)


def size(number: float) -> str:
    """`812 B`, `1.5 MB`: three digits are enough."""
    if number < 1000:
        return f"{int(number)} B"
    units = iter(("kB", "MB", "GB", "TB", "PB", "EB"))
    unit = ""
    while number >= 999.5:
        number, unit = number / 1000, next(units)
    return f"{number:.{2 if number < 9.995 else 1 if number < 99.95 else 0}f} {unit}"


def span(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def moment(nanoseconds: int | None) -> str:
    """Local time, to the second."""
    if nanoseconds is None:
        return "-"
    try:
        return datetime.fromtimestamp(nanoseconds // 10**9).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return "?"


def stamp(nanoseconds: int | None) -> str | None:
    """UTC for programs: `2026-01-31T12:00:00.123456Z`."""
    if nanoseconds is None:
        return None
    try:
        found = datetime.fromtimestamp(nanoseconds // 10**9, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return f"{found:%Y-%m-%dT%H:%M:%S}.{nanoseconds % 10**9 // 1000:06d}Z"


def table(rows: list[list[str]], *, right: frozenset[int] = frozenset()) -> list[str]:
    """Rows in columns; those in `right` are numbers. The last one may be as long as it likes."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.rjust(width) if at in right else cell.ljust(width)
                      for at, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip()
            for row in rows]

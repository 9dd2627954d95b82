"""Numbers, times and names as people read them."""
from __future__ import annotations

from datetime import datetime


def count(number: int, noun: str) -> str:
    """`1 file`, `12 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def size_text(value: int) -> str:
    """The shortest exact way to write a number of bytes: `10MB`, `8MiB`, `4097`."""
    for step, tail in ((1000, "B"), (1024, "iB")):
        for power, prefix in zip(range(5, 0, -1), "PTGMk", strict=True):
            unit = step ** power
            if value and value % unit == 0:
                return f"{value // unit}{prefix if step == 1000 else prefix.upper()}{tail}"
    return str(value)


def duration_text(seconds: float) -> str:
    """`1d2h`, `1m30s`, `0.25s`: exact down to a millisecond."""
    rest = round(seconds * 1000)
    pieces = []
    for unit, milliseconds in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000)):
        count, rest = divmod(rest, milliseconds)
        pieces.append(f"{count}{unit}" if count else "")
    if rest or not any(pieces):
        pieces.append(f"{rest / 1000:.3f}".rstrip("0").rstrip(".") + "s")
    return "".join(pieces)


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


def moment(nanoseconds: int | None) -> str:
    """Local time, to the second."""
    if nanoseconds is None:
        return "-"
    try:
        return datetime.fromtimestamp(nanoseconds // 10**9).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return "?"

"""Numbers as people read them: counts, sizes, durations."""
from __future__ import annotations


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

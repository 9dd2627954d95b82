"""A guess at how a CSV file is written, from its beginning: for `import suggest`, never while files are read."""
from __future__ import annotations

import csv
from collections import Counter
from typing import Any, NamedTuple

from ..ports import Guess
from .column_guess import guessed, is_typed
from .csv_records import Dialect
from .guess_text import text_of, whole_lines
from .text import lines_of

_DELIMITERS = ("\t", ";", "|", "^", ",", ":")
"""Those first that are seldom in a value: a comma may be in each one, and be none."""
_WORDS = {"\t": "tab"}
_MOST = 300
"""Lines that are looked at."""


class Look(NamedTuple):
    """What the beginning of a file is with one delimiter."""

    delimiter: str
    quote: str = '"'
    rows: tuple[list[str], ...] = ()
    score: float = 0.0
    width: int = 0
    skip: int = 0           # records before the first one of that width
    lines: int = 0          # and lines


def guess(name: str, head: bytes) -> Guess | None:
    """The delimiter under which most lines have the same number of values, with the columns and their types; None if
    that is no table."""
    text, encoding = text_of(head)
    lines = whole_lines(text, lines_of(text))[:_MOST]
    if not lines or any(mark in text for mark in "\x01\x02\x03\x04"):
        return None
    best = max((_look(lines, delimiter, quote) for delimiter in _DELIMITERS for quote in _quotes(text)),
               key=lambda look: look.score)
    is_named = name.lower().endswith((".csv", ".tsv", ".psv", ".tab"))
    if best.width < 2:
        one = best._replace(delimiter=",")
        return Guess(0.5, _settings(one, encoding), "one value in a line") if is_named and best.rows else None
    lead = 0.35 if is_named else 0.0
    return Guess(round(min(0.99, best.score * 0.64 + lead), 2), _settings(best, encoding), _why(best))


def _quotes(text: str) -> tuple[str, ...]:
    return ('"', "'") if "'" in text and '"' not in text else ('"',)


def _look(lines: list[str], delimiter: str, quote: str) -> Look:
    reader = Dialect(delimiter, quote, strict=False).reader(lines)
    try:
        ends, rows = zip(*[(reader.line_num, row) for row in reader if row], strict=True)
    except (csv.Error, ValueError):
        return Look(delimiter, quote)
    widths = Counter(map(len, rows))
    width, often = max(widths.items(), key=lambda one: (one[1] * min(one[0], 3), one[0]))
    skip = next(at for at, row in enumerate(rows) if len(row) == width)
    score = 0.1 if width == 1 else often / len(rows) * _weight(width, delimiter, len(rows))
    return Look(delimiter, quote, rows, score, width, skip, ends[skip - 1] if skip else 0)


def _weight(width: int, delimiter: str, count: int) -> float:
    """One line proves little, two values less than more, and a colon is in times and texts."""
    proof = min(1.0, 0.7 + 0.1 * count)
    return proof * (0.9 if width == 2 else 1.0) * (0.5 if delimiter == ":" else 1.0)


def _settings(look: Look, encoding: str) -> dict[str, Any]:
    rows = [row for row in look.rows[look.skip:] if len(row) == look.width]
    has_header = bool(rows) and not any(map(is_typed, rows[0])) and _differs(rows)
    names = [name.strip() for name in rows[0]] if has_header else [f"column_{at + 1}" for at in range(look.width)]
    found: dict[str, Any] = {"delimiter": _WORDS.get(look.delimiter, look.delimiter), "quote": look.quote,
                             "encoding": encoding, "header": has_header, "skip": look.lines,
                             "rename_duplicates": len(set(names)) < len(names)}
    if not has_header:
        found["names"] = names
    usual = {"delimiter": ",", "quote": '"', "encoding": "", "header": True, "skip": 0, "rename_duplicates": False}
    settings = {key: value for key, value in found.items() if value != usual.get(key)}
    return {**settings, "schema": _schema(names, rows[has_header:])}


def _differs(rows: list[list[str]]) -> bool:
    """Whether the first row looks like names: it has no empty value, and none that comes again below it."""
    first = [value.strip() for value in rows[0]]
    below = rows[1:]
    return all(first) and not any(first[at] == row[at].strip() for row in below[:50] for at in range(len(first)))


def _schema(names: list[str], rows: list[list[str]]) -> list[dict[str, Any]]:
    seen: dict[str, int] = {}
    unlike = []
    for name in names:      # as rename_duplicates has them
        seen[name] = seen.get(name, 0) + 1
        unlike.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return guessed(unlike, rows)


def _why(look: Look) -> str:
    rows = [row for row in look.rows[look.skip:] if len(row) == look.width]
    word = _WORDS.get(look.delimiter, look.delimiter)
    return f"{len(rows)} of {len(look.rows)} lines have {look.width} values with {word} between them"

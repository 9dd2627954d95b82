"""A guess at how a CSV file is written, from its beginning: for `import suggest`, never while files are read."""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..ports import Guess
from .column_guess import guessed
from .csv_dialect_guess import WORDS, dialects, lines_before, parted
from .csv_header import renamed
from .csv_records import Dialect
from .guess_text import text_of, whole_lines
from .header_guess import filled, table
from .text import lines_of

_MOST = 300
"""Lines that are looked at for the marks."""
_LEAST = 0.45
"""The share of lines, about, that must be alike in a file whose name says nothing."""
_MARKUP = re.compile(r"\s*(<[?!/\w]|[{\[])")


class Look(NamedTuple):
    """What the beginning of a file is with one delimiter."""

    dialect: Dialect
    rows: tuple[list[str], ...] = ()
    score: float = 0.0
    width: int = 0


class Table(NamedTuple):
    """Where the table is in it."""

    header: list[str]           # no names: none
    rows: list[list[str]]       # those below it
    skip: int                   # lines before it
    width: int


def guess(name: str, head: bytes) -> Guess | None:
    """The delimiter under which most lines have the same number of values, with the columns and their types; None if
    that is no table."""
    text, encoding = text_of(head)
    lines = whole_lines(text, lines_of(text))
    is_named = name.lower().endswith((".csv", ".tsv", ".psv", ".tab"))
    if not any(map(str.strip, lines)) or any(mark in text for mark in "\x01\x02\x03\x04"):
        return None
    if _MARKUP.match(text) and not is_named:
        return None
    best = max((_look(lines[:_MOST], dialect) for dialect in dialects(lines[:_MOST])), key=lambda look: look.score)
    if best.width < 2:
        if not is_named or not best.rows:
            return None
        best = best._replace(dialect=best.dialect._replace(delimiter=","))
        return Guess(0.5, _settings(best, lines, encoding), "one value in a line")
    if not is_named and best.score < _LEAST:
        return None
    lead = 0.35 if is_named else 0.0
    return Guess(round(min(0.99, best.score * 0.64 + lead), 2), _settings(best, lines, encoding), _why(best))


def _look(lines: Sequence[str], dialect: Dialect) -> Look:
    rows = tuple(row for row in parted(lines, dialect).values() if row)
    if not rows:
        return Look(dialect)
    widths = Counter(map(len, rows))
    width, often = max(widths.items(), key=lambda one: (one[1] * min(one[0], 3), one[0]))
    score = 0.1 if width == 1 else often / len(rows) * _weight(width, dialect.delimiter, len(rows))
    return Look(dialect, rows, score, width)


def _weight(width: int, delimiter: str, count: int) -> float:
    """One line proves little, two values less than more, and a colon is in times and texts."""
    proof = min(1.0, 0.7 + 0.1 * count)
    return proof * (0.9 if width == 2 else 1.0) * (0.5 if delimiter == ":" else 1.0)


def _settings(look: Look, lines: list[str], encoding: str) -> dict[str, Any]:
    dialect = look.dialect._replace(strict=True)
    found = _table(look, lines)
    names, short = _names(found), _ragged(found)
    told: dict[str, Any] = {
        "delimiter": WORDS.get(dialect.delimiter, dialect.delimiter), "quote": dialect.quote or "none",
        "escape": dialect.escape, "skip_space": dialect.skip_space, "encoding": encoding,
        "header": bool(found.header), "skip": found.skip, "ragged": short, "comment": _comment(found, look, lines)}
    if not found.header or len(found.header) < found.width:
        told["names"] = names
    elif renamed(tuple(found.header)) != tuple(found.header):
        told["rename_duplicates"] = True
    usual = {"delimiter": ",", "quote": '"', "escape": "", "skip_space": False, "encoding": "", "header": True,
             "skip": 0, "ragged": "error", "comment": ""}
    settings = {key: value for key, value in told.items() if value != usual.get(key)}
    return {**settings, "schema": guessed(names, found.rows, dialect.delimiter)}


def _table(look: Look, lines: list[str]) -> Table:
    """Names that are fewer than the values below them are only theirs where the others are all empty."""
    placed = {line: row for line, row in parted(lines, look.dialect).items() if row}
    places, rows = list(placed), list(placed.values())
    at, has_header = table(rows)
    if not has_header:      # nothing is left out that may be a row
        at = next((one for one, row in enumerate(rows) if 2 * len(row) > look.width and filled(row)), 0)
    skip = lines_before(lines, places[at]) if places else 0
    header = [value.strip() for value in rows[at]] if has_header else []
    body = _body(rows[at + 1:] if has_header else rows[at:], look.width)
    is_enough = has_header and not any(any(row[len(header):]) for row in body)
    return Table(header, body, skip, len(header) if is_enough else max(look.width, len(header)))


def _body(rows: list[list[str]], width: int) -> list[list[str]]:
    """Without notes between the rows, and sums and the like behind the last one."""
    body = [row for row in rows if len(row) > 1 or width == 1]
    usual = sorted(map(filled, body))[len(body) // 2] if body else 0
    while body and filled(body[-1]) * 2 < usual:
        body.pop()
    return body


def _names(found: Table) -> list[str]:
    """As they come out: the last ones that the header lacks have a number."""
    given = found.header + [""] * (found.width - len(found.header))
    return list(renamed(tuple(given)))


def _ragged(found: Table) -> str:
    """`pad` if rows have empty values too many, or many have too few: one alone may be an error."""
    width = found.width
    short = sum(len(row) < width for row in found.rows)
    longer = any(len(row) > width and not any(row[width:]) for row in found.rows)
    return "pad" if longer or short > max(1, len(found.rows) // 10) else "error"


def _comment(found: Table, look: Look, lines: list[str]) -> str:
    """# if lines behind the header begin so, and are no rows of the table."""
    return "#" if look.dialect.comment and any(line.startswith("#") for line in lines[found.skip + 1:]) else ""


def _why(look: Look) -> str:
    rows = [row for row in look.rows if len(row) == look.width]
    word = WORDS.get(look.dialect.delimiter, look.dialect.delimiter)
    return f"{len(rows)} of {len(look.rows)} lines have {look.width} values with {word} between them"

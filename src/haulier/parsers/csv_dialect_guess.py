"""The dialects that the beginning of a CSV file may be in: for guesses."""
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .csv_records import Dialect, records

DELIMITERS = ("\t", ";", "|", "^", ",", ":")
"""Those first that are seldom in a value: a comma may be in each one, and be none."""
WORDS = {"\t": "tab"}
_CLOCK = re.compile(r"\d:\d\d")
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


def dialects(lines: Sequence[str]) -> Iterator[Dialect]:
    """One for each delimiter and each sign that may be the quote."""
    given = _SEP.fullmatch(lines[0])
    text = "".join(lines)
    for delimiter in (given[1],) if given else DELIMITERS:
        if delimiter == ":" and _CLOCK.search(text):
            continue
        quotes = ('"', "'") if "'" in text and '"' not in text else ('"',)
        for quote in quotes:
            yield _mended(lines, Dialect(delimiter, quote, comment=_comment(lines, Dialect(delimiter, quote))), text)


def parted(lines: Sequence[str], dialect: Dialect) -> dict[int, list[str]]:
    """The records by the line that each begins on; comments and blank lines have no values."""
    given = ["\n", *lines[1:]] if _SEP.fullmatch(lines[0]) else [*lines]
    found = records(given, dialect._replace(strict=False))
    return dict(zip(found.starts, found.values, strict=True))


def lines_before(lines: Sequence[str], place: int) -> int:
    """How many lines are to be left out before that one: blank ones are left out anyway."""
    before = place
    while before and not lines[before - 1].strip("\r\n"):
        before -= 1
    return before


def _mended(lines: Sequence[str], dialect: Dialect, text: str) -> Dialect:
    """With what makes fewer records broken: an escape, blanks before quotes, no quotes at all."""
    tried = [dialect]
    if f"\\{dialect.quote}" in text:
        tried.append(dialect._replace(escape="\\"))
    mark = re.escape(dialect.delimiter)
    if dialect.delimiter != " " and re.search(rf"{mark} +{dialect.quote}", text):
        tried.append(dialect._replace(skip_space=True))
    if not re.search(rf"(^|{mark})({dialect.quote})([^{dialect.quote}]|\2\2)*\2({mark}|\r?$)", text, re.MULTILINE):
        tried.append(dialect._replace(quote=""))
    spaced = tried[-1] if tried[-1].skip_space else None
    return min(tried, key=lambda one: (_wrong(lines, one), one is not spaced))


def _wrong(lines: Sequence[str], dialect: Dialect) -> int:
    found = records(list(lines), dialect)
    return len(found.broken) + found.rest


def _comment(lines: Sequence[str], dialect: Dialect) -> str:
    """# if lines begin so that are divided otherwise than the others."""
    placed = parted(lines, dialect)
    others = [len(row) for place, row in placed.items() if row and not lines[place].startswith("#")]
    usual = max(set(others), key=others.count) if others else 0
    notes = [row for place, row in placed.items() if lines[place].startswith("#")]
    return "#" if usual > 1 and any(len(row) != usual for row in notes) else ""

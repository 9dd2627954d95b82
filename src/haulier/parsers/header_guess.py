"""A guess at where a table begins among rows of texts, and whether it has names: for `import suggest`."""
from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from .column_guess import is_typed, of_values

LONGEST = 200
"""Characters of a name; what is longer is a text."""
_LEAD = 30
"""Rows before a header that are looked through."""
_BELOW = 60
_COLUMNS = 200
"""Columns that are looked at: all of a wide table would take minutes."""


def table(rows: Sequence[Sequence[str]]) -> tuple[int, bool]:
    """The row that is the header, and True; or the first row of a table without one, and False.

    A header is no number or date where all below it are. What stands before it has fewer values than it.
    """
    rows = [row[:_COLUMNS] for row in rows]
    if len(rows) > 2 and filled(rows[0]) > 2 and rows[0] == rows[-1]:
        rows = rows[:-1]        # some write the header again behind the last row
    fewest = max(1.0, median(map(filled, rows)) / 2) if rows else 0
    full = [at for at, row in enumerate(rows) if filled(row) >= fewest]
    most = 0
    for order, at in enumerate(full[:_LEAD]):
        if filled(rows[at]) > most:
            judged = _judged(rows[at], [rows[one] for one in full[order + 1:order + 1 + _BELOW]])
            if judged < 0 or (judged and _are_names(rows[at])):
                return at, judged > 0
        most = max(most, filled(rows[at]))
    return (full[0], _differs([rows[at] for at in full])) if full else (0, False)


def filled(row: Sequence[str]) -> int:
    """How many values of a row are not empty."""
    return sum(bool(value.strip()) for value in row)


def _judged(row: Sequence[str], below: Sequence[Sequence[str]]) -> int:
    """More than 0: names; less: values like those below it; 0: nobody can tell."""
    judged = 0
    for at, value in enumerate(row):
        values = [one[at] for one in below if at < len(one)]
        if value.strip() and of_values(values)["type"] != "text":
            judged += -1 if of_values([value, *values])["type"] != "text" or is_typed(value) else 1
    return judged


def _are_names(row: Sequence[str]) -> bool:
    return filled(row) * 2 >= len(row) and all(len(value.strip()) <= LONGEST for value in row)


def _differs(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of some rows of texts looks like names: few are empty, and none comes again below it."""
    first = [value.strip() for value in rows[0]]
    while first and not first[-1]:
        first.pop()
    below = rows[1:_BELOW]
    return (all(first) and _are_names(rows[0]) and not any(map(is_typed, first))
            and not any(len(row) > at and first[at] == row[at].strip() for row in below for at in range(len(first))))

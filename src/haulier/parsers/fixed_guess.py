"""A guess at where values stand in lines of equal length: for `import suggest`."""
from __future__ import annotations

import re
from typing import Any

from ..ports import Guess
from .column_guess import guessed
from .guess_text import text_of, whole_lines
from .text import lines_of

_LEAST_LINES = 3
_LEAST_WIDTH = 10
_MOST = 300


def guess(name: str, head: bytes) -> Guess | None:
    """Columns begin where a blank in all lines is followed by a character in one; None if lines differ in length."""
    text, encoding = text_of(head)
    lines = [line.rstrip("\r\n") for line in whole_lines(text, lines_of(text))[:_MOST] if line.strip()]
    if len(lines) < _LEAST_LINES or len({len(line) for line in lines}) > 1 or "\t" in text:
        return None
    width = len(lines[0])
    places = _places(lines)
    if width < _LEAST_WIDTH or len(places) < 2:
        return None
    names = [f"column_{at + 1}" for at in range(len(places))]
    fields = [{"name": one, "start": start + 1, "length": end - start}
              for one, (start, end) in zip(names, places, strict=True)]
    settings: dict[str, Any] = {"columns": fields, "width": width} | ({"encoding": encoding} if encoding else {})
    rows = [[line[start:end] for start, end in places] for line in lines]
    return Guess(0.6, settings | {"schema": guessed(names, rows)},
                 f"all {len(lines)} lines have {width} characters, with blanks at the same places")


def _places(lines: list[str]) -> list[tuple[int, int]]:
    """From each column of blanks that all lines have to the next."""
    shape = "".join(" " if all(line[at] == " " for line in lines) else "x" for at in range(len(lines[0])))
    starts = [match.start() for match in re.finditer(r"(?<!x)x", shape)]
    return list(zip(starts, [*starts[1:], len(shape)], strict=True))

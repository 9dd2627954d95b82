"""What the columns of a CSV file are called, and where its rows begin."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from ..model.errors import Malformed
from .csv_records import Place, Stretch
from .text import LOST, Decoding

SEARCHED = 200
"""Records at the beginning of a file among which the header is looked for."""


class Header(NamedTuple):
    """The names, and the place of the first row."""

    names: tuple[str, ...]
    rows: Place


class Line(NamedTuple):
    """One record at the beginning of a file."""

    values: list[str]
    line: int
    after: Place


class Wanted(NamedTuple):
    """How the header is found."""

    header: bool = True             # there is one
    skip: int = 0                   # lines before it
    find: tuple[str, ...] = ()      # it is the first line with all these names
    names: tuple[str, ...] = ()     # instead of those in the file
    rename: bool = False            # names that are empty or there twice get a number


def found(wanted: Wanted, stretches: Iterator[Stretch], how: Decoding, begin: Place) -> Header:
    """The header of a file whose records are those, from that place on; Malformed if there is none, or its names are
    no good."""
    lines = _lines(stretches, how)
    if not wanted.header:
        first = next(lines, None)
        width = len(first.values) if first else 1
        names = wanted.names or tuple(f"column_{at + 1}" for at in range(width))
        return Header(_sound(names, begin.line, rename=False), begin)
    one = _searched(wanted.find, lines) if wanted.find else next(lines, None)
    if one is None:
        raise Malformed("no header: there is no line in the file but blank ones", line=begin.line)
    names = wanted.names or tuple(name.strip() for name in one.values)
    return Header(_sound(names, one.line, rename=wanted.rename), one.after)


def _searched(names: Sequence[str], lines: Iterator[Line]) -> Line:
    best: set[str] = set()
    for one in islice(lines, SEARCHED):
        there = {value.strip() for value in one.values}
        if there.issuperset(names):
            return one
        best = max(best, there & set(names), key=len)
    missing = [name for name in names if name not in best]
    raise Malformed(f"no header with {', '.join(names)} in the first {SEARCHED} lines"
                    + (f"; the nearest lacks {', '.join(missing)}" if best else ""), line=1)


def _lines(stretches: Iterator[Stretch], how: Decoding) -> Iterator[Line]:
    """The records that are not blank."""
    for stretch in stretches:
        starts, offset = [*stretch.records.starts, len(stretch.lines)], stretch.offset
        for at, values in enumerate(stretch.records.values):
            offset += how.size("".join(stretch.lines[starts[at]:starts[at + 1]]))
            if values:
                yield Line(values, stretch.line + starts[at], Place(offset, stretch.line + starts[at + 1]))


def _sound(names: tuple[str, ...], line: int, *, rename: bool) -> tuple[str, ...]:
    if any("\0" in name or LOST.search(name) for name in names):
        raise Malformed("the header has bytes that are no text: is it in another encoding, or no text at all?",
                        line=line)
    if rename:
        return renamed(names)
    empty = [str(at + 1) for at, name in enumerate(names) if not name]
    if empty:
        raise Malformed(f"column {', '.join(empty)} has no name in the header; `rename_duplicates` gives it one",
                        line=line)
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise Malformed(f"the header has {', '.join(twice)} more than once; `rename_duplicates` numbers them",
                        line=line)
    return names


def renamed(names: tuple[str, ...]) -> tuple[str, ...]:
    """id, id → id, id_2; names without text → column_3."""
    used, out = set(names), []
    there: set[str] = set()
    for at, given in enumerate(names):
        name = wanted = given or f"column_{at + 1}"
        number = 2
        while name in there or (name != given and name in used):
            name, number = f"{wanted}_{number}", number + 1
        there.add(name)
        out.append(name)
    return tuple(out)


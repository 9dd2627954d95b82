"""Records of a text file made a batch: which rows were taken, and where in the file the others are."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..model.record import RAW, SHOWN, START, Batch, Fault, Mark, Reject, Row, Stage
from ..ports import Columns
from .csv_records import Stretch
from .text import Decoding

_UNSHOWN = re.compile("[\0\udc80-\udcff]")
_BYTE = re.compile("[\udc80-\udcff]")


class Lost(NamedTuple):
    """What became of a record that is no row."""

    faults: tuple[Fault, ...]
    stage: Stage = Stage.PARSE
    row: Row | None = None


SKIPPED = Lost(())
"""A blank line or a comment: no record at all, so it has no number."""


def batch_of(rows: list[Row], lost: Mapping[int, Lost], stretch: Stretch, how: Decoding, before: Mark) -> Batch:
    """The batch behind `before` that the rows are, and the records that were lost by their places."""
    count, starts, line = len(rows) + len(lost), stretch.records.starts, stretch.line
    after = before._replace(line=line + len(stretch.lines), offset=stretch.end)
    if not lost:
        lines = range(line, line + count) if isinstance(starts, range) else [line + start for start in starts]
        return Batch(rows, range(before.number + 1, before.number + 1 + count), lines,
                     after._replace(number=before.number + count), raw=stretch.text)
    kept = [at for at in range(count) if at not in lost]
    numbers = _numbers(count, lost, before.number)
    return Batch(rows, [numbers[at] for at in kept], [line + starts[at] for at in kept],
                 after._replace(number=numbers[-1]), _rejects(lost, numbers, stretch, how),
                 raw=lambda at: stretch.text(kept[at]))


def _numbers(count: int, lost: Mapping[int, Lost], number: int) -> list[int]:
    numbers = []
    for at in range(count):
        number += lost.get(at) is not SKIPPED
        numbers.append(number)
    return numbers


def _rejects(lost: Mapping[int, Lost], numbers: Sequence[int], stretch: Stretch, how: Decoding) -> list[Reject]:
    rejects = []
    offset, known = stretch.offset, 0
    for at, one in sorted(lost.items()):
        if one is SKIPPED:
            continue
        start = stretch.records.starts[at]
        offset, known = offset + how.size("".join(stretch.lines[known:start])), start
        rejects.append(Reject(numbers[at], stretch.line + start, one.faults, shown(stretch.text(at), RAW), one.row,
                              one.stage, offset))
    return rejects


def resumed(batches: Callable[[Mark], Iterator[Batch]], after: Mark, columns: Columns | None) -> Iterator[Batch]:
    """Those behind a mark. Where columns remember what came before, all is read, and rows up to it are left out."""
    if columns and columns.remembers and after.number:
        yield from (_behind(batch, after.number) for batch in batches(START))
    else:
        yield from batches(after if after.state else START)


def _behind(batch: Batch, number: int) -> Batch:
    """Only what comes after that row."""
    if not batch.numbers and not batch.rejects:
        return batch
    kept = [at for at, one in enumerate(batch.numbers) if one > number]
    raw = batch.raw
    return Batch([batch.rows[at] for at in kept], [batch.numbers[at] for at in kept],
                 [batch.lines[at] for at in kept], batch.after, [one for one in batch.rejects if one.number > number],
                 batch.checks, batch.notices, batch.facts, lambda at: raw(kept[at]))


def odd_faults(names: Sequence[str], values: Sequence[str], encoding: str) -> Lost | None:
    """What is wrong with values that have a NUL, or bytes that are no text."""
    faults = [fault for at, value in enumerate(values)
              if (fault := _odd_fault(names[at] if at < len(names) else "", value, encoding))]
    if not faults:
        return None
    is_decoding = any(fault.code == "not_decodable" for fault in faults)
    return Lost(tuple(faults), Stage.DECODE if is_decoding else Stage.PARSE)


def _odd_fault(name: str, value: str, encoding: str) -> Fault | None:
    if byte := _BYTE.search(value):
        found = ord(byte[0]) - 0xDC00
        return Fault("not_decodable", f"{name or 'a value'} has the byte 0x{found:02X}, which is nothing in {encoding}",
                     name, shown(value, SHOWN))
    if "\0" in value:
        return Fault("nul_byte", f"{name or 'a value'} has a NUL byte", name, shown(value, SHOWN))
    return None


def shown(text: str, most: int) -> str:
    """The beginning of a text, fit to be kept: what is no character is a replacement character."""
    return _UNSHOWN.sub("\ufffd", text[:most])


def state_of(how: Decoding, **more: Any) -> dict[str, Any]:
    """What a mark keeps of a file's encoding, and more."""
    return {"encoding": how.encoding, "declared": how.declared, **more}


def decoding_of(state: Mapping[str, Any]) -> Decoding:
    """The encoding that state_of() kept."""
    return Decoding(str(state["encoding"]), 0, bool(state["declared"]))

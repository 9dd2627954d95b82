"""All that a parser makes of a file."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from haulier.core.content import BytesContent
from haulier.model.errors import Malformed
from haulier.model.record import START, Check, Fault, Mark, Notice, Reject, Row
from haulier.ports import Parser

KINDS = (str, int, Decimal, float, bool, dt.date, dt.datetime, dt.time, type(None))


@dataclass
class Seen:
    """Rows and all else, in which batches does not matter; nothing but the error if there is one."""

    rows: list[Row] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    raws: list[str] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list, compare=False)
    error: str = ""


def seen(parser: Parser, data: bytes, *, after: Mark = START, chunk: int = 1 << 18) -> Seen:
    """What it makes of them; nothing but Malformed may be raised."""
    found = Seen()
    try:
        for batch in parser.parse(BytesContent(data, "file", chunk), after=after):
            assert len(batch.rows) == len(batch.numbers) == len(batch.lines)
            numbers = [*batch.numbers, *(reject.number for reject in batch.rejects)]
            assert len({*numbers}) == len(numbers) and [*batch.numbers] == sorted(batch.numbers), "rows out of order"
            assert not numbers or batch.after.number == max(numbers), "the mark is not behind the rows"
            found.rows += batch.rows
            found.numbers += batch.numbers
            found.lines += batch.lines
            found.raws += map(batch.raw, range(len(batch.rows)))
            found.rejects += batch.rejects
            found.checks += batch.checks
            found.notices += batch.notices
            found.facts |= batch.facts
            found.marks.append(batch.after)
    except Malformed as error:
        return Seen(error=str(error))
    found.notices.sort()
    _prove(found.rows)
    _prove(found.raws)
    _prove([reject.raw for reject in found.rejects])
    _prove([fault for reject in found.rejects for fault in reject.faults])
    return found


def differing(one: Seen, other: Seen) -> str:
    """Where these are not the same, for persons."""
    return "; ".join(f"{name}: {value!r:.1500} is not {vars(other)[name]!r:.1500}"
                     for name, value in vars(one).items() if value != vars(other)[name] and name != "marks")


def _prove(value: Any) -> None:
    """That it is what rows may have, and can be stored and sent."""
    if isinstance(value, dict):
        _prove([*value])
        _prove([*value.values()])
    elif isinstance(value, list | Fault):
        for one in value:
            _prove(one)
    elif isinstance(value, str):
        value.encode()
    else:
        assert isinstance(value, KINDS), f"no value of a row: {value!r}"
        assert not isinstance(value, Decimal) or value.is_finite()

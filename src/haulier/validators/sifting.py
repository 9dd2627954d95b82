"""The rows of a batch that are good, and the others among its rejects."""
from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeAlias

from ..model.record import RAW, SHOWN, Batch, Fault, Reject, Row, Stage

Verdict: TypeAlias = Row | tuple[Fault, ...]
"""A row in its types, or all that is wrong with it."""


def sifted(batch: Batch, judge: Callable[[Row], Verdict]) -> Batch:
    """What a careful look at each row leaves of the batch."""
    rows: list[Row] = []
    kept: list[int] = []
    rejects: list[Reject] = []
    for at, row in enumerate(batch.rows):
        verdict = judge(row)
        if isinstance(verdict, dict):
            rows.append(verdict)
            kept.append(at)
        else:
            rejects.append(Reject(batch.numbers[at], batch.lines[at], verdict, batch.raw(at)[:RAW], row,
                                  Stage.VALIDATE))
    if not rejects:
        return dataclasses.replace(batch, rows=rows)
    return dataclasses.replace(
        batch, rows=rows, numbers=[batch.numbers[at] for at in kept], lines=[batch.lines[at] for at in kept],
        rejects=sorted([*batch.rejects, *rejects], key=lambda reject: reject.number),
        raw=lambda at: batch.raw(kept[at]))


def failed(error: Exception) -> tuple[Fault, ...]:
    """A schema's own code that raised something else than what it should."""
    return (Fault("check_failed", f"the schema's own check failed: {type(error).__name__}: {error}"[:4 * SHOWN]),)


def shown(value: Any) -> str:
    """A value as it is kept with a fault."""
    return "" if value is None else str(value)[:SHOWN]

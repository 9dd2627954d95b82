"""Rows that could not be taken."""
from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from ...model.intake import Kept
from ...model.record import Stage
from .given import Given, Text, plain
from .moment import Moment, told_or_none
from .naming import Naming
from .told import Said, cell, whole

LONGEST = 100_000
"""Characters of a row that somebody writes anew."""
Long: TypeAlias = Annotated[str, StringConstraints(max_length=LONGEST), AfterValidator(plain)]
RejectState: TypeAlias = Literal["open", "fixed", "replayed", "dropped"]


class Fault(BaseModel):
    """One thing wrong with one row."""

    code: str
    reason: Said
    column: Said
    value: Said


class Reject(Naming):
    """A row that could not be taken; `row` are its values, if it came so far, and `raw` is the beginning of its text.

    `fixed`: what a person gives instead, by column; `text`: or the whole row anew.
    """

    id: int
    import_: int
    number: int
    line: int
    stage: Stage
    raw: Said
    row: dict[str, str] | None
    faults: list[Fault]
    state: RejectState
    fixed: dict[str, str]
    text: Said
    by: Said
    at: Moment | None


class Rejects(BaseModel):
    """Some of them; `next`: give it back as `after` for those that follow, if there are any."""

    items: list[Reject]
    next: int | None


class Fix(Given):
    """What a person gives instead. `again`: the row goes as it is. Nothing at all takes it back."""

    fixed: dict[Text, Long] = Field({}, max_length=1000)
    text: Long = ""
    again: bool = False


def shown(one: Kept) -> Reject:
    """For the wire."""
    reject = one.reject
    row = None if reject.row is None else {whole(str(name)): cell(value) for name, value in reject.row.items()}
    return Reject(
        id=one.id, import_=one.intake, number=reject.number, line=reject.line, stage=reject.stage, raw=reject.raw,
        row=row, faults=[Fault(**fault._asdict()) for fault in reject.faults], state=one.state,
        fixed={whole(name): whole(value) for name, value in one.fixed.items()}, text=one.text, by=one.by,
        at=told_or_none(one.at))

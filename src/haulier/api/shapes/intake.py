"""Files that were taken in, and how much of each."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from ...model import intake
from ...model.intake import IntakeState, Waiting
from .moment import Moment, told, told_or_none
from .told import Said, amount, plain, whole


class Sums(BaseModel):
    """Money of one currency. It balances if the total is the sum of the others."""

    total: str
    matched: str
    unmatched: str
    duplicates: str
    ignored: str
    balances: bool


class Intake(BaseModel):
    """One file on its way into another system. `flow` is with its task, as in `nightly/bank`.

    `open_rejects` wait for a person or, if they are among the `fixed_rejects`, to be replayed; `review`: payments
    that wait. `origin`: of a duplicate, the import that had the same bytes.
    """

    id: int
    flow: str
    flow_name: str
    task: str
    run: int | None
    name: Said
    place: Said
    size: int
    digest: str
    parser: str
    state: IntakeState
    rows: int
    accepted: int
    rejected: int
    duplicates: int
    balances: bool
    money: dict[str, Sums]
    open_rejects: int
    fixed_rejects: int
    review: int
    tries: int
    started: Moment
    finished: Moment | None
    error: Said
    origin: int | None


class Check(BaseModel):
    """A number that the file says of itself, beside the one that was found."""

    name: Said
    where: Said
    said: str
    found: str
    holds: bool
    line: int


class Notice(BaseModel):
    """Something odd that stopped nothing."""

    code: str
    text: Said
    line: int


class Report(BaseModel):
    """What the file says of itself. Lists are of the first 200.

    `rules`: payments by the rule that matched them; `reasons`: those that were not, by the reason.
    """

    checks: list[Check]
    checks_held: int
    checks_failed: list[Check]
    notices: list[Notice]
    facts: dict[str, Any]
    rejects: dict[str, int]
    rules: dict[str, int]
    reasons: dict[str, int]
    states: dict[str, int]


class IntakeReport(Intake):
    """One file with its report."""

    report: Report


class Intakes(BaseModel):
    """Some of them; `next`: give it back as `before` for those that follow, if there are any."""

    items: list[Intake]
    next: int | None


class Totals(BaseModel):
    """What waits for persons: rejects and payments."""

    open: int
    review: int


class Replay(BaseModel):
    """The run that takes what was put right."""

    run: int


def shown(one: intake.Intake, waits: Waiting) -> Intake:
    """For the wire."""
    return Intake(**_fields(one, waits))


def reported(one: intake.Intake, waits: Waiting) -> IntakeReport:
    """The same with its report."""
    return IntakeReport(**_fields(one, waits), report=report(one.report))


def _fields(one: intake.Intake, waits: Waiting) -> dict[str, Any]:
    file, counts = one.file, one.counts
    flow, _, task = file.flow.partition("/")
    return {
        "id": one.id, "flow": file.flow, "flow_name": flow, "task": task, "run": file.run or None, "name": file.name,
        "place": file.place, "size": file.size, "digest": file.digest, "parser": file.parser, "state": one.state,
        **counts._asdict(), "balances": counts.balances,
        "money": {whole(currency): _sums(money) for currency, money in one.money.items()},
        "open_rejects": waits.open + waits.fixed, "fixed_rejects": waits.fixed, "review": waits.review,
        "tries": one.tries, "started": told(one.started), "finished": told_or_none(one.finished), "error": one.error,
        "origin": one.origin or None}


def _sums(money: intake.Money) -> Sums:
    return Sums(**{name: amount(value) for name, value in money._asdict().items()}, balances=money.balances)


def report(written: Mapping[str, Any]) -> Report:
    """What a file says of itself, for the wire."""
    said = plain(written)
    return Report(
        checks=_checks(said.get("checks", ())), checks_held=said.get("checks_held", 0),
        checks_failed=_checks(said.get("checks_failed", ())),
        notices=[Notice(**one) for one in said.get("notices", ())], facts=said.get("facts", {}),
        rejects=said.get("rejects_by_code", {}), rules=said.get("rules", {}), reasons=said.get("reasons", {}),
        states=said.get("states", {}))


def _checks(found: Sequence[Mapping[str, Any]]) -> list[Check]:
    return [Check(**one) for one in found]

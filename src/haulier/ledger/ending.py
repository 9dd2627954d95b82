"""What becomes of a file, with its event, and what has to hold before it is done."""
from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from ..model.errors import Corrupt, LeaseLost
from ..model.intake import ENDED, Intake, IntakeState, Money
from ..model.words import count
from . import packing
from .beginning import GONE, forget
from .dialects.dialect import Dialect
from .intakes import UNDER_WAY, is_matched, one, tell
from .moves import head


def become(conn: Connection, dialect: Dialect, before: Intake, state: IntakeState, error: str,
           report: Mapping[str, Any] | None, money: Mapping[str, Money] | None) -> Intake:
    """Corrupt if it is to be DONE and does not balance; LeaseLost if it is over, and otherwise."""
    if before.state in ENDED and state is not before.state:
        raise LeaseLost(f"{before.file.name}: it is {before.state} already, not to become {state}; somebody else"
                        " ended it")
    if state is IntakeState.DONE:
        _prove(before, before.money if money is None else money)
    is_whole = ", matched = true" if state in (IntakeState.MATCHED, IntakeState.DONE) else ""
    dialect.run(conn, "UPDATE intakes SET state = ?, finished = ?, error = ?, report = coalesce(?, report),"
                      f" money = coalesce(?, money){is_whole} WHERE id = ?",
                state.value, _finished(before, state), head(error) or None,
                None if report is None else packing.packed(report),
                None if money is None else packing.money_text(money), before.id)
    if is_whole:
        forget(conn, dialect, before.id, ["named"])
    after = one(conn, dialect, before.id)
    if state is not before.state:
        tell(conn, dialect, after, state.value, _said(after))
        if state is IntakeState.DONE and after.counts.rejected:
            tell(conn, dialect, after, "rejects", f"{count(after.counts.rejected, 'row')} to be put right")
    return after


def let_go(conn: Connection, dialect: Dialect, intake: int, *, told: bool) -> None:
    """Of one that is REFUSED only its rejects stay, unless all its payments were kept; `told`: and its keys."""
    if not is_matched(conn, dialect, intake):
        kept = {"rejects", "rowkeys"} if told else {"rejects"}
        forget(conn, dialect, intake, [table for table in GONE if table not in kept])


def _finished(before: Intake, state: IntakeState) -> int | None:
    """When it was over: said twice, the first time counts."""
    if state in UNDER_WAY:
        return None
    return before.finished if state is before.state else time.time_ns()


def _prove(intake: Intake, money: Mapping[str, Money]) -> None:
    counts, name = intake.counts, intake.file.name
    if not counts.balances:
        raise Corrupt(f"{name}: {count(counts.rows, 'row')} in it, but {counts.accepted} accepted, {counts.rejected}"
                      f" rejected and {counts.duplicates} duplicates; it cannot be done")
    for currency, its in money.items():
        if not its.balances:
            raise Corrupt(f"{name}: {its.total} {currency} in it, but {its.matched} matched, {its.unmatched} unmatched,"
                          f" {its.duplicates} duplicates and {its.ignored} ignored; it cannot be done")


def _said(intake: Intake) -> str:
    counts = intake.counts
    if intake.error:
        return f"{intake.error} (try {intake.tries})" if intake.tries > 1 else intake.error
    return (f"{count(counts.rows, 'row')}: {counts.accepted:,} accepted, {counts.rejected:,} rejected,"
            f" {counts.duplicates:,} duplicates")

"""How a file is begun with, gone on with, or forgotten to be read anew."""
from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from ..model.errors import Held, Invalid
from ..model.intake import Incoming, Intake, IntakeState
from ..model.run import OVER
from ..model.words import count
from . import runs, story
from .dialects.dialect import Dialect, quoted
from .intakes import FILE, UNDER_WAY, is_matched, one, tell

HELD = f"SELECT state FROM runs WHERE id = ? AND state NOT IN {quoted(OVER)}"
AT_REST = "SELECT id FROM intakes WHERE flow = ? AND digest = ? AND state <> ? ORDER BY id DESC LIMIT 1"
OF_FLOW = " AND flow = (SELECT flow FROM intakes WHERE id = ?)"     # these are found by flow, not by intake
GONE = {
    "rejects": "intake = ?",
    "rowkeys": "intake = ?" + OF_FLOW,
    "mentions": "booking IN (SELECT id FROM bookings WHERE intake = ?)" + OF_FLOW,
    "named": "intake = ?",
    "allocations": "intake = ?" + OF_FLOW,
    "sheets": "id IN (SELECT sheet FROM bookings WHERE intake = ?)",
    "bookings": "intake = ?"}
"""What is forgotten of a file that is read anew, in this order, and which of it."""


def begin(conn: Connection, dialect: Dialect, file: Incoming) -> Intake:
    """As ImportBook.begin says; nobody else begins one of this flow until commit."""
    flow = runs.number_of(conn, dialect, file.flow)
    number = dialect.run(conn, AT_REST, flow, file.digest, IntakeState.DUPLICATE.value).scalar()
    if number is None:
        return _new(conn, dialect, flow, file)
    before = one(conn, dialect, number, locked=True)
    if before.state is IntakeState.DONE:
        return _new(conn, dialect, flow, file, before)
    if before.state in UNDER_WAY and before.file.run != file.run:
        _refuse_if_held(conn, dialect, before)
    return _again(conn, dialect, before, file)


def restart(conn: Connection, dialect: Dialect, before: Intake) -> None:
    """Invalid if its payments are matched, as some may have been told of."""
    if is_matched(conn, dialect, before.id):
        raise Invalid(f"{before.file.name}: all of it was read and kept, so it is not read from its beginning again")
    forget(conn, dialect, before.id, list(GONE))
    dialect.run(conn, "UPDATE intakes SET state = ?, finished = NULL, error = NULL, reached = 0, mark = NULL,"
                      " rows = 0, accepted = 0, rejected = 0, duplicates = 0, money = NULL, report = NULL WHERE id = ?",
                IntakeState.READING.value, before.id)


def forget(conn: Connection, dialect: Dialect, number: int, tables: Sequence[str]) -> None:
    """What those tables have of it."""
    for table in tables:
        dialect.run(conn, f"DELETE FROM {table} WHERE {GONE[table]}", *[number] * GONE[table].count("?"))


def _new(conn: Connection, dialect: Dialect, flow: int, file: Incoming, origin: Intake | None = None) -> Intake:
    now = time.time_ns()
    values = {**file._asdict(), "flow": flow, "state": IntakeState.READING.value, "tries": 1, "started": now}
    if origin:
        values |= {"state": IntakeState.DUPLICATE.value, "finished": now, "origin": origin.id}
    number = dialect.run(
        conn, f"INSERT INTO intakes ({', '.join(values)}) VALUES ({', '.join('?' * len(values))}) RETURNING id",
        *map(_clean, values.values())).scalar_one()
    intake = one(conn, dialect, number)
    if origin:
        tell(conn, dialect, intake, "duplicate", f"these bytes came before, as {origin.file.name}")
    else:
        tell(conn, dialect, intake, "begun", f"{count(file.size, 'byte')} to be read as {file.parser}")
    return intake


def _again(conn: Connection, dialect: Dialect, before: Intake, file: Incoming) -> Intake:
    """The next try: from the mark if that means the same, or from the beginning."""
    matched = is_matched(conn, dialect, before.id)
    if not matched and (before.state is IntakeState.REFUSED or before.file.version != file.version):
        restart(conn, dialect, before)
    state = IntakeState.MATCHED if matched else IntakeState.READING
    changed = file._replace(version=before.file.version) if matched else file
    dialect.run(conn, f"UPDATE intakes SET {', '.join(f'{name} = ?' for name in FILE)}, state = ?, tries = tries + 1,"
                      " finished = NULL, error = NULL WHERE id = ?",
                *map(_clean, changed[1:]), state.value, before.id)
    intake = one(conn, dialect, before.id)
    tell(conn, dialect, intake, "begun", f"try {intake.tries}, after {count(intake.mark.number, 'row')}")
    return intake


def state_of_held(conn: Connection, dialect: Dialect, run: int) -> str:
    """Empty if the run is over, so that what it had is free."""
    return dialect.run(conn, HELD, run).scalar() or ""


def _refuse_if_held(conn: Connection, dialect: Dialect, intake: Intake) -> None:
    if found := state_of_held(conn, dialect, intake.file.run):
        raise Held(f"{intake.file.name}: run {intake.file.run}, which is {found}, is at this file already")


def _clean(value: Any) -> Any:
    return story.cleaned(value) if isinstance(value, str) else value

"""Intakes as rows: read, listed, further on."""
from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from ..model.errors import LeaseLost, NotFound
from ..model.intake import NOUGHT, Counts, Incoming, Intake, IntakeState
from ..model.record import START, Mark
from . import packing, story
from .dialects.dialect import Dialect

FILE = ("run", "name", "place", "size", "digest", "parser", "version")
COUNTS = ("rows", "accepted", "rejected", "duplicates")
COLUMNS = ("id", "flow", *FILE, "state", *COUNTS, "mark", "tries", "started", "finished", "error", "origin", "money",
           "report")
SELECT = f"SELECT {', '.join(f'i.{name}' for name in COLUMNS)}, f.name FROM intakes i JOIN flows f ON f.id = i.flow"
UNDER_WAY = frozenset({IntakeState.READING, IntakeState.MATCHED})
ADVANCE = """UPDATE intakes SET rows = rows + ?, accepted = accepted + ?, rejected = rejected + ?,
duplicates = duplicates + ?, mark = ?, reached = ? WHERE id = ?"""


def one(conn: Connection, dialect: Dialect, number: int, *, locked: bool = False) -> Intake:
    """NotFound if there is none; if `locked`, nobody else changes it until commit."""
    if locked and dialect.exclusive:
        dialect.run(conn, "SELECT id FROM intakes WHERE id = ?" + dialect.exclusive, number)
    row = dialect.run(conn, f"{SELECT} WHERE i.id = ?", number).first()
    if row is None:
        raise NotFound(f"there is no intake {number}")
    return of(row)


def listed(conn: Connection, dialect: Dialect, where: Mapping[str, Any], limit: int) -> Sequence[Intake]:
    """Newest first. `where`: conditions with one `?` each."""
    conditions = " AND ".join(where) or "1 = 1"
    rows = dialect.run(conn, f"{SELECT} WHERE {conditions} ORDER BY i.id DESC LIMIT ?", *where.values(), limit)
    return [of(row) for row in rows]


def held(conn: Connection, dialect: Dialect, number: int, tries: int, to: IntakeState | None = None) -> Intake:
    """Nobody else changes it until commit; LeaseLost if that try is not the one that has it, and it is not `to` be
    what it is."""
    found = one(conn, dialect, number, locked=True)
    if tries and found.state is not to and (found.tries != tries or found.state not in UNDER_WAY):
        raise LeaseLost(_taken_over(found.file.name))
    return found


def further(conn: Connection, dialect: Dialect, number: int, mark: Mark, counts: Counts, tries: int = 0) -> int:
    """It is so much further; the number of its flow. LeaseLost if somebody else took those rows, or ended it."""
    row = dialect.run(conn, "SELECT flow, name, state, reached, tries FROM intakes WHERE id = ?" + dialect.exclusive,
                      number).first()
    if row is None:
        raise NotFound(f"there is no intake {number}")
    if row.state not in UNDER_WAY:
        raise LeaseLost(f"{row.name}: it is {row.state}; somebody else ended it")
    if tries and row.tries != tries:
        raise LeaseLost(_taken_over(row.name))
    if mark.number < row.reached + counts.rows:
        raise LeaseLost(f"{row.name}: its rows up to {row.reached:,} were taken by somebody else meanwhile")
    dialect.run(conn, ADVANCE, *counts, packing.packed(mark), mark.number, number)
    flow: int = row.flow
    return flow


def flow_of(conn: Connection, dialect: Dialect, number: int, only: IntakeState | None = None) -> int:
    """The number of its flow; NotFound if it is gone, LeaseLost if it is in another state than `only`. Nobody else
    changes it until commit."""
    row = dialect.run(conn, "SELECT flow, name, state FROM intakes WHERE id = ?" + dialect.exclusive, number).first()
    if row is None:
        raise NotFound(f"there is no intake {number}")
    if only and row.state != only.value:
        raise LeaseLost(f"{row.name}: it is {row.state}, not {only}; somebody else went on with it")
    flow: int = row.flow
    return flow


def is_matched(conn: Connection, dialect: Dialect, number: int) -> bool:
    """Whether all of it is read and kept."""
    return bool(dialect.run(conn, "SELECT matched FROM intakes WHERE id = ?", number).scalar())


def tell(conn: Connection, dialect: Dialect, intake: Intake, what: str, text: str) -> None:
    """An event of its run, or of its flow if it has none."""
    file = intake.file
    story.tell(conn, dialect, [story.about_import(file.run, file.flow, time.time_ns(), what, f"{file.name}: {text}")])


def _taken_over(name: str) -> str:
    return f"{name}: another process has gone on with it, or has given it up"


def of(row: Sequence[Any]) -> Intake:
    """By SELECT."""
    (number, _, run, name, place, size, digest, parser, version, state, rows, accepted, rejected, duplicates, mark,
     tries, started, finished, error, origin, money, report, flow) = row
    counts = Counts(rows, accepted, rejected, duplicates)
    return Intake(number, Incoming(flow, run, name, place, size, digest, parser, version), IntakeState(state),
                  counts if any(counts) else NOUGHT, packing.mark_of(mark) if mark else START, tries, started, finished,
                  error or "", origin or 0, packing.money_of(money) if money else {},
                  packing.unpacked(report) if report else {})

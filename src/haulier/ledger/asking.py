"""What people want of single files: noted while a lane has the file, and done when none has."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from ..model.run import Report, Run
from ..model.transfer import STEPS, Signal, State
from . import runs
from .dialects.dialect import Dialect
from .records import Record


def note(conn: Connection, dialect: Dialect, run: int, transfer: int, signal: Signal) -> None:
    """For whoever carries the run; the latest counts."""
    dialect.run(conn, "INSERT INTO asks (run, transfer, signal) VALUES (?, ?, ?)"
                      " ON CONFLICT (run, transfer) DO UPDATE SET signal = excluded.signal",
                run, transfer, signal.value)


def noted(conn: Connection, dialect: Dialect, run: int) -> Mapping[int, Signal]:
    rows = dialect.run(conn, "SELECT transfer, signal FROM asks WHERE run = ?", run)
    return {transfer: Signal(signal) for transfer, signal in rows}


def apply(conn: Connection, dialect: Dialect, run: Run, signal: Signal, transfers: Sequence[int]) -> None:
    """All of them accept it."""
    if transfers:
        reports = [Report(number, signal) for number in transfers]
        Record(conn, dialect, run).apply({(signal,): reports}, {})


def settle(conn: Connection, dialect: Dialect, flow: str) -> None:
    """No lane has a file of the flow: what was noted is done, as far as it can be."""
    rows = dialect.run(
        conn, "SELECT a.run, a.transfer, a.signal, t.state FROM asks a JOIN transfers t ON t.id = a.transfer"
              " JOIN runs r ON r.id = a.run JOIN flows f ON f.id = r.flow WHERE f.name = ?", flow).all()
    for number, transfer, signal, state in rows:
        if (State(state), Signal(signal)) in STEPS:
            apply(conn, dialect, runs.one(conn, dialect, number), Signal(signal), [transfer])
    for number in {row[0] for row in rows}:
        dialect.run(conn, "DELETE FROM asks WHERE run = ?", number)


def cancel_all(conn: Connection, dialect: Dialect, run: Run) -> None:
    """Whatever the run has not finished."""
    ids = dialect.run(
        conn, "SELECT t.id FROM transfers t JOIN batches b ON b.id = t.batch JOIN flows f ON f.id = t.flow"
              " WHERE f.name = ? AND b.run = ? AND t.finished IS NULL ORDER BY t.id",
        run.flow, run.id).scalars().all()
    apply(conn, dialect, run, Signal.CANCEL, ids)

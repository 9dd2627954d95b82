"""What people want of runs and of files, done at once where nobody has them in hand."""
from __future__ import annotations

from sqlalchemy import Connection

from ..model.errors import Invalid, NotFound
from ..model.run import OVER, Run, RunState, Transfer, Wish
from ..model.transfer import ACTIVE, FINAL, STEPS, Signal
from . import asking, reading, runs
from .dialects.dialect import Dialect
from .leases import Leases

ASKABLE = frozenset({Signal.PAUSE, Signal.RESUME, Signal.CANCEL, Signal.RETRY})
DOING = {Wish.PAUSE: "paused", Wish.CANCEL: "cancelled", Wish.NONE: "gone on with"}
DONE_TO = {Signal.PAUSE: "paused", Signal.RESUME: "gone on with", Signal.CANCEL: "cancelled",
           Signal.RETRY: "tried again"}
AT_ONCE = 1000
"""Files that one statement is about."""
LATER = ("SELECT 1 FROM transfers n WHERE n.name = t.name AND n.path = t.path AND n.flow + 0 = t.flow"
         " AND n.id > t.id")
"""Found by name, of which there are few, and not among all that the flow did since."""
FAILED = ("SELECT t.id FROM transfers t JOIN batches b ON b.id = t.batch WHERE t.ended = 'failed' AND t.flow = ?"
          f" AND b.run = ? AND NOT EXISTS ({LATER}) ORDER BY t.id")


class Wishes:
    """Statements about what people want; each gets the transaction it is part of."""

    def __init__(self, dialect: Dialect, leases: Leases) -> None:
        self._dialect, self._leases = dialect, leases

    def of_run(self, conn: Connection, number: int, wish: Wish) -> Run:
        flow = runs.one(conn, self._dialect, number).flow
        alive = self._leases.holders(conn, runs.number_of(conn, self._dialect, flow))
        run = runs.one(conn, self._dialect, number, locked=True)
        if run.state in OVER:
            raise Invalid(f"{flow}: run {number} is over ({run.state}), so it cannot be {DOING[wish]}")
        self._note(conn, run, wish)
        if number not in alive:
            self._obey(conn, self._leases.let_go(conn, run))
        return runs.one(conn, self._dialect, number)

    def of_file(self, conn: Connection, number: int, signal: Signal) -> Transfer:
        flow, _ = self._where(conn, number)
        alive = self._leases.holders(conn, runs.number_of(conn, self._dialect, flow))
        transfer = reading.one(conn, number)
        self._refuse(conn, transfer, signal)
        run = runs.one(conn, self._dialect, transfer.run)
        if transfer.state in ACTIVE and run.id in alive:
            asking.note(conn, self._dialect, run.id, number, signal)
        else:
            asking.apply(conn, self._dialect, run, signal, [number])
        return reading.one(conn, number)

    def of_failed(self, conn: Connection, number: int) -> int:
        """All that failed in a run is to be tried again; how many."""
        flow = runs.number_of(conn, self._dialect, runs.one(conn, self._dialect, number).flow)
        run = runs.one(conn, self._dialect, number, locked=True)
        failed = self._dialect.run(conn, FAILED, flow, number).scalars().all()
        for at in range(0, len(failed), AT_ONCE):
            asking.apply(conn, self._dialect, run, Signal.RETRY, failed[at:at + AT_ONCE])
        return len(failed)

    def _note(self, conn: Connection, run: Run, wish: Wish) -> None:
        self._dialect.run(conn, "UPDATE runs SET wish = ? WHERE id = ?", wish.value, run.id)

    def _obey(self, conn: Connection, run: Run) -> None:
        if run.wish is not Wish.NONE:
            self._leases.obey(conn, run)
            self._note(conn, run, Wish.NONE)
        elif run.state is RunState.PAUSED:
            runs.become(conn, self._dialect, run, RunState.QUEUED, "a person goes on with it")

    def _where(self, conn: Connection, number: int) -> tuple[str, int]:
        row = self._dialect.run(
            conn, "SELECT f.name, t.id FROM transfers t JOIN flows f ON f.id = t.flow WHERE t.id = ?",
            number).first()
        if row is None:
            raise NotFound(f"there is no transfer {number}")
        return row[0], row[1]

    def _refuse(self, conn: Connection, transfer: Transfer, signal: Signal) -> None:
        """Invalid if a person cannot ask that of it."""
        if signal not in ASKABLE or (transfer.state, signal) not in STEPS:
            what = DONE_TO.get(signal, f"told: {signal}")
            raise Invalid(f"{transfer.path}: it is {transfer.state}, so it cannot be {what}")
        later = self._dialect.run(
            conn, "SELECT max(n.id) FROM transfers t JOIN transfers n ON n.name = t.name AND n.path = t.path"
                  " AND n.flow + 0 = t.flow AND n.id > t.id WHERE t.id = ?", transfer.id).scalar()
        if later and transfer.state in FINAL:
            raise Invalid(f"{transfer.path}: transfer {later} of the same file came after it;"
                          f" that one can be {DONE_TO[signal]}")

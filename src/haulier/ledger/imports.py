"""The import book: every method of the port as one transaction."""
from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ..model.intake import Booking, Deed, Incoming, Intake, IntakeState, Kept, Money, Waiting
from ..model.match import REVIEW, Match, MatchState
from ..model.record import Reject
from ..model.run import Seen
from ..ports import ImportBook, Progress
from . import (
    beginning,
    bookings,
    deciding,
    ending,
    intakes,
    naming,
    reading,
    rebooking,
    rejects,
    remembering,
    replayed,
    rowkeys,
    stranding,
    waiting,
)
from .database import Database

GIVE_WAY = 0.01
"""Seconds: who is waiting to write has its turn then; whoever asks again at once is always before it."""


class SqlImportBook(ImportBook):
    """May be used by many threads, but by no child of a fork."""

    def __init__(self, database: Database) -> None:
        self._database, self._dialect = database, database.dialect

    def begin(self, file: Incoming) -> Intake:
        with self._database.write() as conn:
            return beginning.begin(conn, self._dialect, file)

    def advance(self, intake: int, progress: Progress) -> None:
        mark, counts, found, keys, payments, tries = progress
        with self._database.write() as conn:
            flow = intakes.further(conn, self._dialect, intake, mark, counts, tries)
            rejects.add(conn, self._dialect, flow, intake, found)
            rowkeys.add(conn, self._dialect, flow, intake, keys)
            bookings.add(conn, self._dialect, flow, intake, payments)

    def become(self, intake: int, state: IntakeState, *, error: str = "", report: Mapping[str, Any] | None = None,
               money: Mapping[str, Money] | None = None, tries: int = 0, told: bool = False) -> Intake:
        if state in (IntakeState.MATCHED, IntakeState.DONE):
            self._sort(intake, tries, state)
        with self._database.write() as conn:
            before = intakes.held(conn, self._dialect, intake, tries, to=state)
            if state is IntakeState.REFUSED:
                ending.let_go(conn, self._dialect, intake, told=told)
            return ending.become(conn, self._dialect, before, state, error, report, money)

    def _sort(self, intake: int, tries: int, state: IntakeState) -> None:
        """What its payments are found by: a little at a time, so that nobody has to wait for it long."""
        with self._database.read() as conn:
            parts = naming.slices(conn, self._dialect, intake)
        for at, part in enumerate(parts):
            if at:
                time.sleep(GIVE_WAY)
            with self._database.write() as conn:
                intakes.held(conn, self._dialect, intake, tries, to=state)
                naming.sort(conn, self._dialect, intake, part)

    def restart(self, intake: int, tries: int = 0) -> Intake:
        with self._database.write() as conn:
            beginning.restart(conn, self._dialect, intakes.held(conn, self._dialect, intake, tries))
            return intakes.one(conn, self._dialect, intake)

    def stranded(self, flow: str, run: int, limit: int = 100) -> Sequence[Intake]:
        with self._database.read() as conn:
            return stranding.stranded(conn, self._dialect, flow, run, limit)

    def give_up(self, intake: int, tries: int, error: str) -> None:
        with self._database.write() as conn:
            stranding.give_up(conn, self._dialect, intake, tries, error)

    def enter(self, flow: str, run: int) -> int:
        with self._database.write() as conn:
            return stranding.enter(conn, self._dialect, flow, run)

    def leave(self, flow: str, run: int) -> None:
        with self._database.write() as conn:
            stranding.leave(conn, self._dialect, flow, run)

    def known(self, flow: str, keys: Sequence[bytes], but: int = 0, *, settled: bool = False) -> set[bytes]:
        with self._database.read() as conn:
            found = rowkeys.known(conn, self._dialect, flow, keys, but)
            if settled:
                rowkeys.refuse_unsettled(conn, self._dialect, set(found.values()))
            return set(found)

    # Rejects

    def kept(self, intake: int, *, after: int = 0, limit: int = 100, state: str = "") -> Sequence[Kept]:
        with self._database.read() as conn:
            return rejects.listed(conn, self._dialect, intake, after, limit, state)

    def reject(self, reject: int) -> Kept:
        with self._database.read() as conn:
            return rejects.one(conn, self._dialect, reject)

    def fix(self, reject: int, by: str, fixed: Mapping[str, str], text: str = "", *, again: bool = False) -> Kept:
        with self._database.write() as conn:
            return rejects.fix(conn, self._dialect, reject, by, fixed, text, again=again)

    def drop(self, reject: int, by: str) -> Kept:
        with self._database.write() as conn:
            return rejects.drop(conn, self._dialect, reject, by)

    def fixed(self, flow: str, *, after: int = 0, limit: int = 500) -> Sequence[Kept]:
        with self._database.read() as conn:
            return rejects.fixed(conn, self._dialect, flow, after, limit)

    def replayed(self, intake: int, ids: Sequence[int], keys: Sequence[bytes], again: Sequence[tuple[int, Reject]],
                 bookings: Sequence[tuple[int, str, Match]] = ()) -> None:
        with self._database.write() as conn:
            flow = intakes.flow_of(conn, self._dialect, intake)
            if bookings:
                replayed.add(conn, self._dialect, flow, intake, ids, bookings)
            rejects.taken(conn, self._dialect, intake, ids)
            rowkeys.add_again(conn, self._dialect, flow, intake, keys)
            rejects.still_bad(conn, self._dialect, intake, again)

    # Payments

    def bookings(self, intake: int, *, after: int = 0, limit: int = 500, posted: bool | None = None
                 ) -> Sequence[Booking]:
        with self._database.read() as conn:
            return bookings.listed(conn, self._dialect, intake, after, limit, posted)

    def rebook(self, intake: int, changes: Sequence[tuple[int, Match]], tries: int = 0) -> Sequence[Match]:
        with self._database.write() as conn:
            intakes.held(conn, self._dialect, intake, tries)
            flow = intakes.flow_of(conn, self._dialect, intake, IntakeState.READING)
            return rebooking.rebook(conn, self._dialect, flow, intake, changes)

    def unposted(self, flow: str, *, after: int = 0, limit: int = 500) -> Sequence[Booking]:
        with self._database.read() as conn:
            return bookings.unposted(conn, self._dialect, flow, after, limit)

    def posted(self, ids: Sequence[int], versions: Sequence[int] = ()) -> None:
        with self._database.write() as conn:
            bookings.posted(conn, self._dialect, ids, versions)

    def booking(self, booking: int) -> Booking:
        with self._database.read() as conn:
            return bookings.one(conn, self._dialect, booking)

    def review(self, flow: str = "", *, intake: int = 0, states: Sequence[MatchState] = (), text: str = "",
               after: int = 0, limit: int = 100) -> Sequence[Booking]:
        with self._database.read() as conn:
            return bookings.review(conn, self._dialect, (flow, intake, states or sorted(REVIEW), text), after, limit)

    def decide(self, booking: int, version: int, match: Match, by: str, word: str, text: str = "") -> Booking:
        with self._database.write() as conn:
            return deciding.decide(conn, self._dialect, booking, version, match, deciding.Word(by, word, text))

    def trail(self, booking: int) -> Sequence[Deed]:
        with self._database.read() as conn:
            return deciding.trail(conn, self._dialect, booking)

    def allocated(self, flow: str, items: Sequence[str], but: int = 0) -> Mapping[str, Decimal]:
        with self._database.read() as conn:
            return bookings.allocated(conn, self._dialect, flow, items, but)

    def earlier(self, flow: str, identities: Sequence[str], references: Sequence[str], but: int = 0
                ) -> Sequence[Booking]:
        with self._database.read() as conn:
            return bookings.earlier(conn, self._dialect, flow, (identities, references), but)

    # Files as they are listed

    def seen(self, flow: str, paths: Sequence[str]) -> Mapping[str, Seen]:
        with self._database.read() as conn:
            return reading.delivered(conn, self._dialect, flow, paths)

    def remember(self, flow: str, seen: Iterable[Seen]) -> None:
        with self._database.write() as conn:
            remembering.remember(conn, self._dialect, flow, seen)

    # Reading

    def intake(self, intake: int) -> Intake:
        with self._database.read() as conn:
            return intakes.one(conn, self._dialect, intake)

    def intakes(self, flow: str = "", *, run: int = 0, state: IntakeState | None = None, name: str = "",
                before: int = 0, limit: int = 50) -> Sequence[Intake]:
        asked = {"f.name = ?": flow, "i.run = ?": run, "i.state = ?": state and state.value, "i.name = ?": name,
                 "i.id < ?": before}
        with self._database.read() as conn:
            return intakes.listed(conn, self._dialect, {where: one for where, one in asked.items() if one}, limit)

    def totals(self) -> Mapping[str, int]:
        with self._database.read() as conn:
            return {"open": rejects.open_ones(conn, self._dialect), "review": bookings.open_ones(conn, self._dialect)}

    def waiting(self, intakes: Sequence[int]) -> Mapping[int, Waiting]:
        with self._database.read() as conn:
            return waiting.of(conn, self._dialect, intakes)

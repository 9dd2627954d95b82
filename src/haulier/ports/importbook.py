"""The memory of imports: files, rejects, rows that were taken, payments and what they were for."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:       # commands that take nothing in start without them
    from ..model.intake import Booking, Counts, Deed, Incoming, Intake, IntakeState, Kept, Money, Waiting
    from ..model.match import Match, MatchState
    from ..model.record import Mark, Reject
    from ..model.run import Seen


class Progress(NamedTuple):
    """How much further an intake is: stored in one transaction."""

    mark: Mark
    counts: Counts                          # of this step alone
    rejects: Sequence[Reject] = ()
    keys: Sequence[bytes] = ()              # of the rows that were accepted, 16 bytes each
    bookings: Sequence[tuple[int, str, Match]] = ()     # number of the row, key of the row, match
    tries: int = 0                          # of the try that says so; 0: it is not asked


class ImportBook(Protocol):
    """Every method is one transaction, durable when it returns. Long lists are read a page at a time, by id.

    `tries`, as begin() gave it: LeaseLost if another try has begun with that file since, or gave it up.
    """

    def begin(self, file: Incoming) -> Intake:
        """Begin with a file, or go on with one that was not ended.

        A DUPLICATE is noted, and is over, if those bytes are DONE in this flow. One that FAILED or is READING or
        MATCHED is gone on with (`tries` rises), from its mark if `version` is the same; else its rejects, keys and
        bookings go and it begins anew, but not if it is MATCHED. A REFUSED one begins anew. Held if a run that is not
        over has it, and is another one.
        """
        ...

    def advance(self, intake: int, progress: Progress) -> None:
        """It is so much further.

        NotFound if it is gone; LeaseLost if it is over, or its rows up to that mark were stored by somebody else; Busy
        if one of the keys was stored for another file meanwhile.
        """
        ...

    def become(self, intake: int, state: IntakeState, *, error: str = "", report: Mapping[str, Any] | None = None,
               money: Mapping[str, Money] | None = None, tries: int = 0, told: bool = False) -> Intake:
        """Its state, with an event of the run; `finished` is set for all states but READING and MATCHED. What is None
        stays as it is. The keys of a REFUSED one are forgotten, unless its rows were `told` for good."""
        ...

    def restart(self, intake: int, tries: int = 0) -> Intake:
        """Forget its mark, counts, rejects, keys and bookings: it is read from its beginning."""
        ...

    def stranded(self, flow: str, run: int, limit: int = 100) -> Sequence[Intake]:
        """Those of which a part was read, or all, and nobody goes on: of this run, or of one that is over."""
        ...

    def give_up(self, intake: int, tries: int, error: str) -> None:
        """FAILED, and forgotten as by restart(): whoever still reads it is told LeaseLost. Invalid if it is matched."""
        ...

    def enter(self, flow: str, run: int) -> int:
        """One run at a time does what persons have decided: this one, from now on, or another that is not over."""
        ...

    def leave(self, flow: str, run: int) -> None:
        """It is done with that."""
        ...

    def known(self, flow: str, keys: Sequence[bytes], but: int = 0, *, settled: bool = False) -> set[bytes]:
        """Those of the keys that were accepted in this flow, in another intake than `but`. `settled`: Busy if one of
        them is in a file that may yet be refused, or begun anew."""
        ...

    # Rejects

    def kept(self, intake: int, *, after: int = 0, limit: int = 100, state: str = "") -> Sequence[Kept]: ...

    def reject(self, reject: int) -> Kept: ...

    def fix(self, reject: int, by: str, fixed: Mapping[str, str], text: str = "", *, again: bool = False) -> Kept:
        """Note what a person gives instead, or that it is to go `again` as it is; nothing at all takes that back.
        Invalid if it was replayed or dropped."""
        ...

    def drop(self, reject: int, by: str) -> Kept:
        """It is never to be taken; it stays in the list."""
        ...

    def fixed(self, flow: str, *, after: int = 0, limit: int = 500) -> Sequence[Kept]:
        """Those of all intakes of a flow that wait to be replayed."""
        ...

    def replayed(self, intake: int, ids: Sequence[int], keys: Sequence[bytes], again: Sequence[tuple[int, Reject]],
                 bookings: Sequence[tuple[int, str, Match]] = ()) -> None:
        """Those were accepted now (counts follow: one rejected less, one accepted more); `again`: these are still no
        good, and open with what is wrong now.

        `bookings`: number of the row, key, match, of those that are payments. One whose row has none yet becomes one
        as if decided by a person: version 2, unposted, a line in the trail, money of the intake follows.
        """
        ...

    # Payments

    def bookings(self, intake: int, *, after: int = 0, limit: int = 500, posted: bool | None = None
                 ) -> Sequence[Booking]: ...

    def rebook(self, intake: int, changes: Sequence[tuple[int, Match]], tries: int = 0) -> Sequence[Match]:
        """See payments of an intake that is READING otherwise, by the numbers of their rows; how they were seen."""
        ...

    def unposted(self, flow: str, *, after: int = 0, limit: int = 500) -> Sequence[Booking]:
        """Those of all intakes of a flow that are DONE and were decided since by a person."""
        ...

    def posted(self, ids: Sequence[int], versions: Sequence[int] = ()) -> None:
        """Of these was told. With the versions that were told, those that somebody decided since stay unposted."""
        ...

    def booking(self, booking: int) -> Booking: ...

    def review(self, flow: str = "", *, intake: int = 0, states: Sequence[MatchState] = (), text: str = "",
               after: int = 0, limit: int = 100) -> Sequence[Booking]:
        """The queue for persons, oldest first; by default all of REVIEW, of all intakes."""
        ...

    def decide(self, booking: int, version: int, match: Match, by: str, word: str, text: str = "") -> Booking:
        """What a person says that the payment is: not posted yet, a line in the trail, money of the intake follows.

        Busy if somebody decided since (`version`).
        """
        ...

    def trail(self, booking: int) -> Sequence[Deed]: ...

    def allocated(self, flow: str, items: Sequence[str], but: int = 0) -> Mapping[str, Decimal]:
        """How much payments of this flow were matched to each of these items, in other intakes than `but`."""
        ...

    def earlier(self, flow: str, identities: Sequence[str], references: Sequence[str], but: int = 0
                ) -> Sequence[Booking]:
        """Payments of other intakes that are read to their end, with one of these identities, or one of these
        references (end to end, mandate, bank): what returns and duplicates are about."""
        ...

    # Files as they are listed

    def seen(self, flow: str, paths: Sequence[str]) -> Mapping[str, Seen]:
        """The files that were taken under these paths, as they were then: unchanged ones need not be fetched again."""
        ...

    def remember(self, flow: str, seen: Iterable[Seen]) -> None:
        """Those were taken."""
        ...

    # Reading

    def intake(self, intake: int) -> Intake: ...

    def intakes(self, flow: str = "", *, run: int = 0, state: IntakeState | None = None, name: str = "",
                before: int = 0, limit: int = 50) -> Sequence[Intake]:
        """Newest first, before that id (0: from the newest)."""
        ...

    def totals(self) -> Mapping[str, int]:
        """For the whole ledger: `open` rejects, `review` bookings."""
        ...

    def waiting(self, intakes: Sequence[int]) -> Mapping[int, Waiting]:
        """For each of these, counted as for the whole; those that wait for nobody may be left out."""
        ...

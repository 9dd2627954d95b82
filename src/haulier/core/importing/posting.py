"""Telling others what payments were for: each matched part, and each payment that a person has to look at."""
from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import blake2b, sha256
from typing import NamedTuple, TypeAlias

from ...model.files import go_on
from ...model.intake import Booking, Deed, Intake
from ...model.match import Allocation, Candidate, Gap, Match, MatchState
from ...model.record import Row
from ...ports import FileKey, ImportBook, Sink
from .mapping import Mapper

PAGE = 1000
AT_ONCE = 5000
"""Payments that are noted as told in one transaction."""
_Told: TypeAlias = tuple[int, int]      # number and version of a payment: a file may have a million of them
_Taken: TypeAlias = tuple[int, str]     # version of a payment, and the parts of it that were taken then
_BUT = "; but they have taken "
"""In the trail before the parts that those who are told took, while they refused others."""
_MATCHED = MatchState.MATCHED       # an enum is slow to be asked for each of a million payments
SILENT = frozenset({MatchState.DUPLICATE, MatchState.IGNORED, MatchState.PARKED})
"""Of these nobody is told."""


def rows_of(match: Match) -> list[Row]:
    """What is told: a row for each item that a payment is for, or one row if it is for none."""
    payment = match.payment
    row: Row = {
        "state": match.state.value, "amount": payment.amount, "currency": payment.currency,
        "kind": payment.kind.value, "reference": payment.reference, "paid_at": payment.booked,
        "account": payment.account, "payer_name": payment.payer_name, "payer_account": payment.payer_account,
        "text": payment.text, "bank_reference": payment.bank_reference, "identity": payment.identity}
    if match.state is not _MATCHED:
        return [{**row, "reason": match.reason or match.state.value, "reasons": list(match.reasons)}]
    more = {"payment_amount": payment.amount, "rest": match.rest, "gap": match.gap.value, "rule": match.rule}
    return [{**row, "invoice_id": part.item, "amount": part.amount, **more} for part in match.allocations]


@dataclass(frozen=True, slots=True)
class Outlet:
    """A sink for payments in one state, and how their rows are made; no sink: nobody wants to know."""

    sink: Sink | None = None
    mapper: Mapper | None = None
    rows: Callable[[Match], list[Row]] = rows_of
    """What is told of a match."""


@dataclass(frozen=True, slots=True)
class Outlets:
    """Who is told what."""

    matched: Outlet = Outlet()
    unmatched: Outlet = Outlet()
    page: int = PAGE

    @property
    def at_once(self) -> int:
        """So many payments are told before it is remembered that they were."""
        sinks = (self.matched.sink, self.unmatched.sink)
        return min([self.page, *(sink.checkpoint for sink in sinks if sink and sink.checkpoint)])


def post(outlets: Outlets, intake: Intake, book: ImportBook, check: Callable[[], None] = go_on) -> None:
    """Tell of all payments of a file that nobody was told of yet."""
    file = intake.file
    size = outlets.at_once
    with closing(_pages(lambda after: book.bookings(intake.id, after=after, limit=size, posted=False), size)) as pages:
        _Posting(outlets, FileKey(file.flow, file.digest, file.name, parted=True), book, check).all(pages)


def post_decided(outlets: Outlets, flow: str, book: ImportBook, check: Callable[[], None] = go_on) -> int:
    """Tell of what persons have decided since; how many those were."""
    told = 0
    while found := book.unposted(flow, limit=outlets.at_once):
        mark = repr([(one.id, one.version) for one in found])
        digest = blake2b(mark.encode(), digest_size=16).hexdigest()
        _Posting(outlets, FileKey(flow, digest, "decisions", gathered=True), book, check).all([found])
        told += len(found)
    return told


class _Refused(NamedTuple):
    """A payment that those who were told would not have, and what of it they have taken all the same."""

    booking: Booking
    reason: str
    taken: Sequence[Allocation] = ()


class _Posting:
    """One go at both outlets."""

    def __init__(self, outlets: Outlets, file: FileKey, book: ImportBook, check: Callable[[], None]) -> None:
        self._file, self._book, self._check = file, book, check
        self._outlets = [(True, outlets.matched), (False, outlets.unmatched)]
        self._there: set[str] = set()       # what an earlier try has committed

    def all(self, pages: Iterable[Sequence[Booking]]) -> None:
        """Both begin before anything is put, and what is not final in them is committed when all of it was."""
        begun: list[tuple[str, Sink]] = []
        told: list[_Told] = []
        try:
            for is_matched, outlet in self._outlets:
                if outlet.sink:
                    word = _word(is_matched)
                    begun.append((word, outlet.sink))
                    if outlet.sink.begin(self._named(word), self._check):
                        self._there.add(word)
            for page in pages:
                self._page(page, told)
            for word, sink in begun:
                if word not in self._there:
                    sink.commit()
        except BaseException:
            for _, sink in begun:
                sink.abort()
            raise
        self._posted(told)

    def _named(self, word: str) -> FileKey:
        """The file as one of both knows it, who may be the same database or folder."""
        return self._file._replace(digest=sha256(f"{self._file.digest}/{word}".encode()).hexdigest())

    def _posted(self, told: Sequence[_Told]) -> None:
        """That of one which a person has decided anew meanwhile is told again."""
        for start in range(0, len(told), AT_ONCE):
            some = told[start:start + AT_ONCE]
            self._book.posted([number for number, _ in some], [version for _, version in some])

    def _page(self, page: Sequence[Booking], later: list[_Told]) -> None:
        """Tell of these, and remember it, also if the second outlet cannot be told. `later`: more of whom it must be
        remembered when it is final.

        What was refused is noted last: whoever dies between the two tells nothing but that again. Lists of others
        would have no more what is noted, and be new to those who know them by their keys.
        """
        self._check()
        now: list[_Told] = []
        try:
            for is_matched, outlet in self._outlets:
                mine = [one for one in page if (one.match.state is _MATCHED) is is_matched]
                done, refused = self._put(outlet, mine, _word(is_matched))
                (now if not outlet.sink or outlet.sink.is_final else later).extend(done)
                if refused:
                    self._posted(now)
                    now.clear()
                for one in refused:
                    (self._ask if is_matched else self._note)(one)
        finally:
            self._posted(now)

    def _put(self, outlet: Outlet, bookings: Sequence[Booking], word: str) -> tuple[list[_Told], list[_Refused]]:
        """Tell of these; those that were told, and need not be told again, and those that the far side refused.

        What was decided since comes in lists of its own: others may have been told before, and are to come as they were
        then. Those who are told of whole files are told of it when the file is done, as it may be there already.
        """
        lists = [bookings]
        if outlet.sink and not self._file.gathered:
            lists = [[one for one in bookings if (one.version == 1) is is_first]
                     for is_first in ((True, False) if outlet.sink.is_final else (True,))]
        refused: list[_Refused] = []
        if outlet.sink and word not in self._there:
            for some in lists:
                refused += self._tell(outlet, outlet.sink, [one for one in some if one.match.state not in SILENT])
        out = {one.booking.id for one in refused}
        return [(one.id, one.version) for some in lists for one in some if one.id not in out], refused

    def _tell(self, outlet: Outlet, sink: Sink, bookings: Sequence[Booking]) -> list[_Refused]:
        """Those that the far side would not have."""
        listed = [(one, at, row) for one in bookings for at, row in enumerate(outlet.rows(one.match))]
        made, faults = outlet.mapper.rows([row for _, _, row in listed]) if outlet.mapper else (
            [row for _, _, row in listed], {})
        wrong = {listed[at][0].id: found[0].reason for at, found in faults.items()}
        whole = [each for at, each in enumerate(listed) if at not in faults]
        keys = self._keys([(one, at) for one, at, _ in whole])
        refused = {each.at: each.fault.reason for each in (sink.put(made, keys) if made else ())}
        wrong |= {whole[at][0].id: reason for at, reason in refused.items()}
        found = []
        for one in filter(lambda one: one.id in wrong, bookings):
            there = {at for place, (other, at, _) in enumerate(whole) if other is one and place not in refused}
            parts = enumerate(one.match.allocations)
            found.append(_Refused(one, wrong[one.id], [part for at, part in parts if at in there]))
        return found

    def _keys(self, parts: Sequence[tuple[Booking, int]]) -> list[str]:
        """The far side's keys. A part that it has taken, while it refused another, has the key that it had then: who
        says the whole again tells nothing twice."""
        taken: dict[int, Sequence[_Taken]] = {}
        found = []
        for one, at in parts:
            allocations = one.match.allocations
            if one.version > 1 and one.id not in taken:
                taken[one.id] = _taken(one, self._book.trail(one.id))
            before = taken.get(one.id, ())
            if one.match.state is _MATCHED and (len(allocations) > 1 or before):
                part = _shown(allocations[at])
                name = blake2b(part.encode(errors="replace"), digest_size=8).hexdigest()
                version = next((was for was, parts in before if f", {part}, " in parts), one.version)
                found.append(f"{one.key}-{version}-{name}")
            else:
                found.append(f"{one.key}-{one.version}-{at}")
        return found

    def _note(self, refused: _Refused) -> None:
        """That a person has to look at it those who are told would not hear: whoever looks must know, once."""
        booking, reason, _ = refused
        said = replace(booking.match, reasons=(*booking.match.reasons, f"those who were told of it refused: {reason}"))
        kept = self._book.decide(booking.id, booking.version, said, "import", "refused", reason)
        self._posted([(kept.id, kept.version)])

    def _ask(self, refused: _Refused) -> None:
        """A match that the far side will not have is for a person to look at, and told again when they say so: who
        must know what of it was taken all the same."""
        booking, reason, taken = refused
        match = booking.match
        said = [f"those who were told of it refused: {reason}"]
        if taken:
            parts = ", ".join(map(_shown, taken))
            said.append(f"but they have taken {parts}: told again, that has the same key")
            reason += f"{_BUT}{parts}"
        asked = replace(match, state=MatchState.SUGGESTED, allocations=(), rest=match.payment.amount, gap=Gap.NONE,
                        exchanged=(), reasons=(*match.reasons, *said),
                        candidates=(Candidate(match.allocations, match.score, match.reasons, match.rest),))
        self._book.decide(booking.id, booking.version, asked, "import", "refused", reason)


def _shown(part: Allocation) -> str:
    return f"{part.amount} for {part.item}"


def _taken(booking: Booking, trail: Sequence[Deed]) -> Sequence[_Taken]:
    """The parts that the far side took while it refused others, with the version of then, oldest first; none that it
    was told to undo since."""
    found: list[_Taken] = []
    version = booking.version
    for deed in reversed(trail):
        if deed.word == "posted":
            if deed.after.startswith(MatchState.SUGGESTED.value):   # that a person is asked undoes nothing
                continue
            break
        version -= 1
        if (deed.by, deed.word) == ("import", "refused"):
            _, _, parts = deed.text.partition(_BUT)
            if parts:       # each is looked for whole: names of items have commas, too
                found.insert(0, (version, f", {parts}, "))
    return found


def _word(is_matched: bool) -> str:
    return "matched" if is_matched else "unmatched"


def _pages(of: Callable[[int], Sequence[Booking]], size: int) -> Generator[Sequence[Booking]]:
    """Cut at the same rows in every try, whoever was told before: so lists are sent again as they were.

    The next one is read while this one is told: others take their time to answer.
    """
    with ThreadPoolExecutor(1, "payments to tell of") as reader:
        ahead = reader.submit(of, 0)
        while found := ahead.result():
            place = found[0].number // size
            page = [one for one in found if one.number // size == place]
            ahead = reader.submit(of, page[-1].id)
            yield page

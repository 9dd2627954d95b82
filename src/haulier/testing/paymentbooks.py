"""What every import book must pass that is about payments; part of its suite."""
from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from ..model.errors import Busy, Invalid, LeaseLost, NotFound
from ..model.history import Keep
from ..model.intake import Booking, Counts, Incoming, Intake, IntakeState, Money, share
from ..model.match import REVIEW, Allocation, Candidate, Gap, Match, MatchState, Why
from ..model.payment import Kind, Payment, Reference, RefKind, Status
from ..model.record import Fault, Mark, Reject, Stage
from ..model.run import RunState, Totals
from ..ports import Progress
from .books import Books, BooksSuite, at_once

F = "nightly/bank"
S, M = IntakeState, MatchState
FULL = Payment(
    Decimal("-1234567890123.45000"), "SEK", Kind.RETURN, Status.PENDING, "camt.053", "SE1", date(2026, 1, 2),
    date(2026, 1, 3), "RF18 å", (Reference(RefKind.END_TO_END, "E2E-1", Decimal("1.10")),
                                 Reference(RefKind.OCR, "1234")),
    "Åsa\0 Öberg", "SE2", "5561234567", "Gatan 1", "one\ntwo \U0001f4b6", "BANK-1", "AC04", "batch", Decimal("10.5"),
    "EUR", Decimal("1.123456789012345678901234567890"), Decimal("0.00001"), "an identity", 17,
    {"channel": "1", "fee": Decimal("2.50"), "at": datetime(2026, 1, 2, tzinfo=UTC), "deep": [{"a": date(2026, 1, 2)}]})
FULL_MATCH = Match(
    FULL, M.AMBIGUOUS, (Allocation("å", Decimal("-1.05")), Allocation("b", Decimal("0.00001"))),
    FULL.amount + Decimal("1.04999"), Gap.FX, "tokens", 0.1, ("both numbers are there", "å"), Why.AMBIGUOUS,
    (Candidate((Allocation("c", Decimal(1)),), 0.75, ("the sum is exact",), Decimal("0.10")), Candidate((), 0.5, ())),
    "another identity")


def paid(name: str, amount: str = "100.00", **more: Any) -> Payment:
    return Payment(Decimal(amount), **{"currency": "SEK", "identity": f"id {name}", "payer_name": f"Payer {name}",
                                       "reference": f"ref {name}", "booked": date(2026, 1, 2), **more})


def matched(name: str, *items: str, amount: str = "100.00", rest: str = "0.00", **more: Any) -> Match:
    """Its amount in equal parts for these items, but for the rest."""
    payment = paid(name, amount, **more)
    part = (payment.amount - Decimal(rest)) / len(items)
    return Match(payment, M.MATCHED, tuple(Allocation(item, part) for item in items), Decimal(rest), rule="reference",
                 score=1.0, reasons=("the reference is the same",))


def asking(name: str, state: MatchState = M.SUGGESTED, amount: str = "100.00", **more: Any) -> Match:
    return Match(paid(name, amount, **more), state, rest=Decimal(amount), rule="amount", score=0.5)


def keep(books: Books, intake: Intake, *matches: Match, row: int = 1) -> None:
    """As rows of it from that number on."""
    books.imports.advance(intake.id, Progress(
        Mark(row + len(matches) - 1), Counts(len(matches), len(matches)),
        bookings=[(row + number, f"key {row + number}", match) for number, match in enumerate(matches)]))


def of_file(books: Books, *matches: Match, digest: str = "ab", flow: str = F, state: IntakeState = S.DONE) -> Intake:
    """A file with these payments."""
    intake = books.imports.begin(Incoming(flow, 0, f"{digest}.xml", "file:///in", 10, digest, "camt", "1"))
    keep(books, intake, *matches)
    return books.imports.become(intake.id, state, money=sums(*matches))


def with_rejects(books: Books, rejects: int) -> Intake:
    """A file that is done, with one payment of 100 for A and so many rejects."""
    intake = books.imports.begin(Incoming(F, 0, "ab.xml", "file:///in", 10, "ab", "camt", "1"))
    keep(books, intake, matched("1", "A"))
    books.imports.advance(intake.id, Progress(Mark(1 + rejects), Counts(rejects, 0, rejects), [
        Reject(number, number, (Fault("no", "no"),), stage=Stage.MATCH) for number in range(2, 2 + rejects)]))
    return books.imports.become(intake.id, IntakeState.DONE, money=sums(matched("1", "A")))


def sums(*matches: Match) -> dict[str, Money]:
    found: dict[str, Money] = {}
    for match in matches:
        currency = match.payment.currency
        found[currency] = found.get(currency, Money()).plus(share(match))
    return found


def yes(booking: Booking, *parts: tuple[str, str], state: MatchState = M.MATCHED) -> Match:
    """What a person says that it is for."""
    allocations = tuple(Allocation(item, Decimal(amount)) for item, amount in parts)
    return replace(booking.match, state=state, allocations=allocations,
                   rest=booking.match.payment.amount - sum((one.amount for one in allocations), Decimal(0)))


class PaymentBookSuite(BooksSuite):
    """Override as BooksSuite wants it."""

    def test_a_payment_is_kept_as_it_was(self, books: Books) -> None:
        other = replace(FULL_MATCH, payment=replace(FULL, more={}))
        intake = of_file(books, FULL_MATCH, other)
        first, second = books.imports.bookings(intake.id)
        assert first == Booking(first.id, intake.id, 1, "key 1", FULL_MATCH) == books.imports.booking(first.id)
        assert (second.number, second.key, second.match) == (2, "key 2", other)
        assert str(first.match) == str(FULL_MATCH) and str(first.match.payment.more) == str(FULL.more)
        assert second.match.payment.more == {}

    def test_half_a_letter_does_no_harm(self, books: Books) -> None:
        """JSON can have it, and no database takes it."""
        half = asking("\ud83d\0", bank_reference="\udcff", more={"a": "\ud83d", "b": Decimal("1.50")})
        intake = of_file(books, half, state=S.READING)
        books.imports.rebook(intake.id, [(1, replace(half, allocations=(Allocation("\ud83d", Decimal(1)),)))])
        kept, = books.imports.bookings(intake.id)
        assert kept.match.payment.payer_name == "Payer ?\0"
        assert kept.match.payment.more == {"a": "?", "b": Decimal("1.50")}
        assert kept.match.payment.amount == Decimal("100.00") and kept.match.invoice_id == "?"

    def test_payments_of_a_file_are_told_of_page_by_page(self, books: Books) -> None:
        intake = of_file(books, *(matched(f"{number}", "INV") for number in range(5)), state=S.MATCHED)
        of_file(books, matched("x", "INV"), digest="cd")
        ids = [one.id for one in books.imports.bookings(intake.id)]
        assert len(ids) == 5 and ids == sorted(ids)
        assert [one.id for one in books.imports.bookings(intake.id, after=ids[1], limit=2)] == ids[2:4]
        books.imports.posted([ids[0], ids[3]])
        books.imports.posted([])
        assert [one.id for one in books.imports.bookings(intake.id, posted=False)] == [ids[1], ids[2], ids[4]]
        assert [one.id for one in books.imports.bookings(intake.id, posted=True)] == [ids[0], ids[3]]
        assert books.imports.booking(ids[0]).posted and not books.imports.booking(ids[1]).posted

    def test_payments_are_seen_otherwise_when_all_are_known(self, books: Books) -> None:
        first = [asking("1"), matched("2", "a"), matched("3", "a", "b"), asking("4", M.UNMATCHED)]
        intake = of_file(books, *first, state=S.READING)
        now = [matched("1", "c"), replace(asking("2"), reasons=("a is paid twice",))]
        assert books.imports.rebook(intake.id, []) == []
        assert books.imports.rebook(intake.id, [(1, now[0]), (2, now[1])]) == first[:2]
        assert [one.match for one in books.imports.bookings(intake.id)] == [*now, *first[2:]]
        assert all(one.version == 1 and not one.posted for one in books.imports.bookings(intake.id))
        assert books.imports.allocated(F, ["a", "b", "c"]) == {"a": Decimal(50), "b": Decimal(50), "c": Decimal(100)}
        for row, match, error, why in ((4, matched("4", "a", amount="1"), Invalid, "row 4: the payment itself can"),
                                       (9, now[0], NotFound, "there is no payment of row 9")):
            with pytest.raises(error, match=why):
                books.imports.rebook(intake.id, [(3, replace(first[2], score=0.1)), (row, match)])
        assert books.imports.bookings(intake.id)[2].match == first[2]
        books.imports.become(intake.id, S.MATCHED)
        assert len(books.imports.review()) == 2
        with pytest.raises(LeaseLost, match="it is matched, not reading"):
            books.imports.rebook(intake.id, [(1, first[0])])

    def test_the_queue(self, books: Books) -> None:
        intake = of_file(books, *(asking(state.value, state, f"{100 + number}.50")
                                  for number, state in enumerate(sorted(M))))
        other = of_file(books, asking("Åsa Öberg_1", amount="1250.00", reference="K10093 f145928"), digest="2",
                        flow="o")
        of_file(books, asking("still read"), digest="3", state=S.READING)
        waiting = [one.id for one in books.imports.bookings(intake.id) if one.match.state in REVIEW]
        last, = (one.id for one in books.imports.bookings(other.id))

        def found(flow: str = "", **asked: Any) -> list[int]:
            return [one.id for one in books.imports.review(flow, **asked)]

        assert found() == [*waiting, last] and found(F) == waiting and found("none") == []
        assert books.imports.totals() == {"open": 0, "review": 5}
        assert found(intake=other.id) == [last] and found("o", intake=intake.id) == [] == found(intake=999)
        assert found(limit=2) == waiting[:2] and found(after=waiting[1]) == [*waiting[2:], last]
        for states in ([M.MATCHED, M.PARKED], [M.PARKED]):
            assert [one.match.state for one in books.imports.review(F, states=states)] == states
        for text in ("åsa öberg", "öberg_", " 145928 ", "1 250,0"):
            assert found(text=text) == [last], text
        assert found(text="payer%") == [] and found(text="PAYER") == [*waiting, last]

    def test_a_person_decides(self, books: Books) -> None:
        intake = of_file(books, asking("1"), matched("2", "INV-1", rest="10"), matched("3", "E", currency="EUR"))
        booking, second, third = books.imports.bookings(intake.id)
        books.imports.posted([booking.id, second.id, third.id])
        found = books.imports.decide(booking.id, 1, yes(booking, ("INV-1", "60"), ("INV-2", "39.90")), "anna", "split",
                                     "they said so\non the phone")
        assert (found.version, found.posted, found.match.rest) == (2, False, Decimal("0.10"))
        assert found == books.imports.booking(booking.id) and books.imports.unposted(F) == [found]
        assert books.imports.allocated(F, ["INV-1", "INV-2", "E", "none"]) == {
            "INV-1": Decimal(150), "INV-2": Decimal("39.90"), "E": Decimal(100)}
        money = books.imports.intake(intake.id).money
        assert money == {"SEK": Money(Decimal(200), Decimal("189.90"), Decimal("10.10")),
                         "EUR": Money(Decimal(100), Decimal(100))}
        assert [event.kind for event in books.reader.events(0)][-1] == "import.decided"
        with pytest.raises(Busy, match=f"payment {booking.id}: somebody decided about it meanwhile"):
            books.imports.decide(booking.id, 1, yes(booking), "bo", "parked")
        again = books.imports.decide(booking.id, 2, yes(found, state=M.IGNORED), "bo", "rejected")
        assert (again.version, again.match.state) == (3, M.IGNORED)
        assert books.imports.allocated(F, ["INV-1", "INV-2"]) == {"INV-1": Decimal(90)}
        after = books.imports.intake(intake.id).money["SEK"]
        assert after == Money(Decimal(200), Decimal(90), Decimal(10), ignored=Decimal(100)) and after.balances

    def test_nothing_of_the_trail_is_lost(self, books: Books) -> None:
        intake = of_file(books, replace(asking("1"), reasons=("the sum is exact", "the name is alike")))
        booking, = books.imports.bookings(intake.id)
        first, = books.imports.trail(booking.id)
        assert first[2:] == ("amount", "suggested", "", "suggested", "the sum is exact; the name is alike") and first.at
        books.imports.posted([booking.id])
        told = books.imports.trail(booking.id)
        assert told[0] == first and [(one.by, one.word) for one in told[1:]] == [("import", "posted")]
        found = books.imports.decide(booking.id, 1, yes(booking, ("å", "100")), "anna", "confirmed", "yes")
        books.imports.posted([booking.id], [2])
        books.imports.decide(booking.id, 2, yes(found, state=M.UNMATCHED), "bo", "unmatched")
        trail = books.imports.trail(booking.id)
        assert trail[:2] == told and [one.at for one in trail] == sorted(one.at for one in trail)
        assert [one[2:] for one in trail[2:]] == [
            ("anna", "confirmed", "suggested", "matched: å 100", "yes"),
            ("import", "posted", "matched: å 100", "matched: å 100", ""),
            ("bo", "unmatched", "matched: å 100", "unmatched", "")]

    def test_who_was_told_of_what_was_decided_since(self, books: Books) -> None:
        intake = of_file(books, asking("1"), asking("2"), state=S.MATCHED)
        one, two = books.imports.bookings(intake.id)
        decided = books.imports.decide(one.id, 1, yes(one, ("a", "100")), "anna", "confirmed")
        books.imports.posted([one.id, two.id], [1, 1])
        assert [booking.posted for booking in books.imports.bookings(intake.id)] == [False, True]
        assert books.imports.unposted(F) == []
        books.imports.become(intake.id, S.DONE)
        assert books.imports.unposted(F) == [decided] and books.imports.unposted("other") == []
        assert books.imports.unposted(F, after=one.id) == []
        books.imports.posted([one.id], [2])
        assert books.imports.unposted(F) == []

    def test_a_payment_whose_row_was_put_right(self, books: Books) -> None:
        intake = with_rejects(books, 3)
        first, second, third = books.imports.kept(intake.id)
        for reject in (first, second):
            books.imports.fix(reject.id, "anna", {"amount": "10"})
        new = [(2, "k2", matched("2", "INV-2", amount="10")), (3, "k3", asking("3", amount="-5", currency="EUR"))]
        before = books.imports.allocated(F, ["INV-2"])
        for _ in range(2):                      # whoever said so died, and says it again
            books.imports.replayed(intake.id, [first.id, second.id], [b"2" * 16, b"3" * 16],
                                   [(third.id, third.reject)], new)
        one, two = (booking for booking in books.imports.bookings(intake.id) if booking.number > 1)
        assert [(one.number, one.key, one.match), (two.number, two.key, two.match)] == new
        assert (one.version, one.posted) == (2, False) and books.imports.unposted(F) == [one, two]
        after = books.imports.intake(intake.id)
        assert after.counts == Counts(4, 3, 1) and after.money == {
            "SEK": Money(Decimal(110), Decimal(110)), "EUR": Money(Decimal(-5), unmatched=Decimal(-5))}
        assert before == {} and books.imports.allocated(F, ["INV-2"]) == {"INV-2": Decimal(10)}
        assert books.imports.earlier(F, ["id 2"], []) == [one] and books.imports.review(F) == [two]
        assert [deed[2:5] for deed in books.imports.trail(one.id)] == [
            ("anna", "replayed", ""), ("reference", "matched", "")]
        books.imports.posted([one.id, two.id], [2, 2])
        assert books.imports.unposted(F) == [] and len(books.imports.trail(one.id)) == 3
        decided = books.imports.decide(two.id, 2, yes(two, ("x", "-5")), "bo", "confirmed")
        assert books.imports.unposted(F) == [decided]
        assert books.imports.intake(intake.id).money["EUR"] == Money(Decimal(-5), Decimal(-5))

    def test_payments_outlive_their_run(self, books: Books) -> None:
        run = books.ledger.start("nightly", source="", target="")
        intake = books.imports.begin(Incoming(F, run.id, "ab.xml", "file:///in", 10, "ab", "camt", "1"))
        keep(books, intake, asking("1"), matched("2", "INV"), asking("3"))
        books.imports.become(intake.id, S.DONE, money=sums(asking("1"), matched("2", "INV"), asking("3")))
        first, *others = books.imports.bookings(intake.id)
        decided = books.imports.decide(first.id, 1, yes(first, ("INV", "60")), "anna", "confirmed")
        before = books.imports.intake(intake.id), books.imports.trail(first.id)
        books.ledger.finish(run, RunState.DONE, Totals())
        books.ledger.finish(books.ledger.start("nightly", source="", target=""), RunState.DONE, Totals())
        assert sum(step.runs for step in books.agenda.prune(Keep(0.0, 0.0), time.time_ns())) == 1
        assert (books.imports.intake(intake.id), books.imports.trail(first.id)) == before
        assert books.imports.bookings(intake.id) == [decided, *others] and books.imports.unposted(F) == [decided]
        assert books.imports.allocated(F, ["INV"]) == {"INV": Decimal(160)}
        assert books.imports.earlier(F, ["id 1"], []) == [decided] and books.imports.review(F) == [others[1]]
        assert not [event for event in books.reader.events(0) if event.run == run.id]
        assert books.imports.decide(others[1].id, 1, yes(others[1]), "bo", "parked").version == 2

    def test_what_a_person_may_not_say(self, books: Books) -> None:
        intake = of_file(books, asking("1"))
        booking, = books.imports.bookings(intake.id)
        right = yes(booking, ("a", "60"))
        for wrong, why in ((replace(right, rest=Decimal("39.99")), "60 for items and a rest of 39.99 are not its"),
                           (replace(right, payment=paid("1", "60.00")), "the payment itself cannot be changed")):
            with pytest.raises(Invalid, match=f"payment {booking.id}: {why}"):
                books.imports.decide(booking.id, 1, wrong, "anna", "confirmed")
        early = of_file(books, asking("2"), digest="cd", state=S.READING)
        other, = books.imports.bookings(early.id)
        with pytest.raises(Busy, match=f"payment {other.id}: its file cd.xml is still being read"):
            books.imports.decide(other.id, 1, yes(other), "anna", "parked")
        assert books.imports.bookings(intake.id) == [booking] and len(books.imports.trail(booking.id)) == 1

    def test_of_many_who_decide_one_does_and_money_balances(self, books: Books) -> None:
        intake = of_file(books, *(asking(f"{number}") for number in range(4)))
        all_ = books.imports.bookings(intake.id)

        def decide(booking: Booking) -> Callable[[], bool]:
            def act() -> bool:
                try:
                    return bool(books.imports.decide(booking.id, 1, yes(booking, ("a", "99.99")), "anna", "confirmed"))
                except Busy:
                    return False
            return act

        assert sum(at_once(*(decide(booking) for booking in [*all_, *all_]))) == 4
        assert books.imports.intake(intake.id).money == {
            "SEK": Money(Decimal(400), Decimal("399.96"), Decimal("0.04"))}
        assert books.imports.allocated(F, ["a"]) == {"a": Decimal("399.96")}

    @pytest.mark.parametrize("seed", range(3))
    def test_whatever_persons_decide_no_money_is_lost(self, books: Books, seed: int) -> None:
        chance = Random(seed)
        payments = [asking(f"{number}", chance.choice(sorted(REVIEW)), f"{chance.randint(1, 9999)}.{number:02}",
                           currency=chance.choice(["SEK", "EUR"])) for number in range(6)]
        intake = of_file(books, *payments)
        for _ in range(20):
            booking = chance.choice(books.imports.bookings(intake.id))
            part = str(Decimal(chance.randint(-500, 50_000)).scaleb(-2))
            state = chance.choice(sorted(M))
            parts = [(chance.choice("abc"), part)] * chance.randint(0, 2) if state is M.MATCHED else []
            books.imports.decide(booking.id, booking.version, yes(booking, *parts, state=state), "anna", "decided")
        now = [booking.match for booking in books.imports.bookings(intake.id)]
        money = books.imports.intake(intake.id).money
        assert money == sums(*now) and all(one.balances for one in money.values())
        assert {currency: one.total for currency, one in money.items()} == {
            currency: one.total for currency, one in sums(*payments).items()}
        items: dict[str, Decimal] = {}
        for item, amount in (part for match in now if match.state is M.MATCHED for part in match.allocations):
            items[item] = items.get(item, Decimal(0)) + amount
        assert books.imports.allocated(F, ["a", "b", "c"]) == items
        versions = {booking.id: booking.version for booking in books.imports.bookings(intake.id)}
        assert sum(versions.values()) == 26
        assert all(len(books.imports.trail(number)) == version for number, version in versions.items())

    def test_sums_are_exact(self, books: Books) -> None:
        intake = of_file(books, *(matched(f"{number}", "a", amount="0.10") for number in range(30)),
                         matched("big", "a", "b", amount="1800000000000000.00002"), asking("not", M.UNMATCHED))
        assert books.imports.allocated(F, ["a", "b"]) == {
            "a": Decimal("900000000000003.00001"), "b": Decimal("900000000000000.00001")}
        assert books.imports.allocated(F, ["a"], intake.id) == {} == books.imports.allocated("other", ["a"])
        assert books.imports.allocated(F, []) == {}

    def test_earlier_payments_are_found(self, books: Books) -> None:
        references = (Reference(RefKind.END_TO_END, "E1"), Reference(RefKind.MANDATE, "M1"),
                      Reference(RefKind.END_TO_END, "NOTPROVIDED"), Reference(RefKind.FREE, "faktura 1"))
        first = of_file(books, matched("1", "a", references=references, bank_reference="B1"),
                        asking("2", identity="", references=references[1:3]), asking("3"))
        second = of_file(books, asking("1", M.DUPLICATE), digest="cd")
        one, two, _ = (booking.id for booking in books.imports.bookings(first.id))
        again, = (booking.id for booking in books.imports.bookings(second.id))

        def found(identities: list[str], *references: str, but: int = 0, flow: str = F) -> list[int]:
            return [booking.id for booking in books.imports.earlier(flow, identities, references, but)]

        assert found(["id 1"]) == [one, again] and found(["id 1"], but=first.id) == [again]
        assert found([], "E1") == found([], "B1") == found(["none"], "B1", "E1") == [one]
        assert found([], "M1") == [one, two] and found(["id 1"], "M1") == [one, two, again]
        assert found([""], "", "NOTPROVIDED", "faktura 1", "id 1") == found([]) == found(["id 1"], flow="other") == []

    def test_payments_are_found_once_all_of_their_file_are_kept(self, books: Books) -> None:
        """They are sorted into the index then, and those of one that is begun anew are gone."""
        first = of_file(books, asking("1"), asking("2"), state=S.READING)
        assert books.imports.earlier(F, ["id 1"], []) == []
        books.imports.restart(first.id)
        keep(books, first, asking("2"), asking("3"))
        books.imports.become(first.id, S.MATCHED)
        found = books.imports.earlier(F, ["id 1", "id 2", "id 3"], [])
        assert [one.match.payment.identity for one in found] == ["id 2", "id 3"]

    def test_some_are_seen_otherwise_among_many(self, books: Books) -> None:
        """Many are kept together; what became of some of them is kept for itself."""
        intake = of_file(books, *(asking(f"{number}") for number in range(250)), state=S.READING)
        books.imports.rebook(intake.id, [(row, matched(f"{row - 1}", "late")) for row in (1, 100, 101, 250)])
        books.imports.become(intake.id, S.DONE)
        all_ = books.imports.bookings(intake.id, limit=300)
        books.imports.decide(all_[150].id, 1, yes(all_[150], ("A", "100.00")), "anna", "confirmed")
        wanted = {0: "late", 99: "late", 100: "late", 249: "late", 150: "A"}
        for at, one in enumerate(books.imports.bookings(intake.id, limit=300)):
            assert (one.number, one.match.invoice_id) == (at + 1, wanted.get(at, ""))
            assert one.match.payment == paid(f"{at}")
        assert [one.number for one in books.imports.review(text="ref 24")] == [25, *range(241, 250)]
        assert [one.number for one in books.imports.review(states=[M.MATCHED], text="ref 249")] == [250]

    def test_thousands_of_payments(self, books: Books) -> None:
        intake = of_file(books, *(matched(f"{number}", f"i{number}") for number in range(1500)), state=S.MATCHED)
        all_ = books.imports.bookings(intake.id, limit=5000)
        assert [one.number for one in all_] == list(range(1, 1501)) and all_[-1].match.invoice_id == "i1499"
        books.imports.posted([one.id for one in all_])
        assert books.imports.bookings(intake.id, posted=False) == []
        items = [f"i{number}" for number in range(0, 3000, 2)]
        assert len(books.imports.allocated(F, items)) == 750
        identities = [f"id {number}" for number in range(0, 3000, 2)]
        assert len(books.imports.earlier(F, identities, [])) == 750

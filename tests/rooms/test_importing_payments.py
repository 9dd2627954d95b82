"""Payments that die at every step they make: each is told of once, and no money is lost."""
from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest

from haulier.core.content import BytesContent
from haulier.core.importing import posting, storing
from haulier.core.importing.matching import Matching, match_and_tell, tell_on
from haulier.core.importing.order import Duplicates
from haulier.core.importing.posting import Outlet, Outlets, post_decided
from haulier.core.importing.ways import PaymentWay
from haulier.core.reconcile.decide import confirm, split, unmatch
from haulier.core.reconcile.index import Index
from haulier.core.reconcile.policy import Rules
from haulier.ledger import books
from haulier.ledger.books import Books
from haulier.model.errors import Malformed, Unavailable
from haulier.model.files import go_on
from haulier.model.intake import Booking, Counts, IntakeState
from haulier.model.match import Allocation, OpenItem
from haulier.model.record import Batch, Fault, Reject, Row
from haulier.ports import Content, Parser, Refusal
from haulier.testing.banks import Paid, bgmax, check_digit
from rooms.importing_sides import MOST, Died, Mortal, Shelf, incoming, order


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Books]:
    with closing(books(f"sqlite:///{tmp_path}/ledger.db")) as found:
        yield found


REFS = [check_digit(str(10_000 + n)) for n in range(40)]
FILE = bgmax([*(Paid(Decimal(n + 1), ref, name=f"Payer {n}") for n, ref in enumerate(REFS)),
              Paid(Decimal(3), "", texts=["utan nummer"], name="Payer 2"), Paid(Decimal(5), "nothing known")])


def items(name: str = "inv{}") -> Index:
    return Index(OpenItem(name.format(n), (ref,), Decimal(n + 1), Decimal(n + 1), "SEK") for n, ref in enumerate(REFS))


@pytest.mark.parametrize("is_final", [True, False])
@pytest.mark.parametrize("after", [True, False])
def test_payments_die_at_every_step(memory: Books, is_final: bool, after: bool, monkeypatch: pytest.MonkeyPatch
                                    ) -> None:
    monkeypatch.setattr(posting, "AT_ONCE", 15)
    matched, unmatched = Shelf(is_final=is_final), Shelf(is_final=is_final)
    how = order("bgmax", duplicates=Duplicates.ROWS, strict=True)
    deaths = 0
    for steps in range(1, MOST):
        life = [steps]
        outlets = Outlets(Outlet(Mortal(matched, life, after=after)), Outlet(Mortal(unmatched, life, after=after)))
        try:
            intake = match_and_tell(how, Matching(items(), Rules(), outlets), incoming(FILE, "in.bgm"),
                                    BytesContent(FILE, "in.bgm"), Mortal(memory.imports, life, after=after))
            break
        except Died:
            deaths += 1
    assert deaths > 3 and intake.state in (IntakeState.DONE, IntakeState.DUPLICATE)
    done = memory.imports.intakes(state=IntakeState.DONE)[0]
    money = done.money["SEK"]
    assert money.balances and (money.total, money.matched, money.unmatched) == (828, 820, 8)
    assert {row["invoice_id"]: row["amount"] for row in matched.kept.values()} == {
        f"inv{n}": n + 1 for n in range(40)}
    assert (matched.effects, unmatched.effects) == (40, 2)
    assert [one.match.state.value for one in memory.imports.review()] != []


@pytest.mark.parametrize("is_final", [True, False])
def test_payments_are_told_of_though_their_file_is_gone(memory: Books, is_final: bool) -> None:
    class Away(Shelf):
        def put(self, rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Refusal]:
            raise Unavailable("the API is down")

    shelf, how = Shelf(is_final=is_final), order("bgmax", duplicates=Duplicates.ROWS)
    with pytest.raises(Unavailable):
        match_and_tell(how, Matching(items(), Rules(), Outlets(Outlet(Away(is_final=is_final)))), incoming(FILE),
                       BytesContent(FILE), memory.imports)
    way = PaymentWay(how, Matching(items(), Rules(), Outlets(Outlet(shelf))), memory.imports)
    for _ in range(2):
        assert way.before(0, go_on) == 0 and shelf.effects == 40
    done, = memory.imports.intakes()
    assert (done.state, done.tries, done.counts.accepted) == (IntakeState.DONE, 2, 42)


def test_what_was_not_told_is_told_in_the_same_lists(memory: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """An API may know a list by its rows: it must not come with others in it."""
    class Once(Shelf):
        lists: ClassVar[list[list[str]]] = []

        def put(self, rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Refusal]:
            self.lists.append(list(keys))
            if len(self.lists) == 1:
                raise Unavailable("its answer was lost")
            return super().put(rows, keys)

    data = bgmax([Paid(Decimal(n + 1), REFS[n] if n % 3 else "", name=f"Payer {n}") for n in range(40)])
    matched, unmatched, how = Shelf(is_final=True), Once(is_final=True), order("bgmax", duplicates=Duplicates.ROWS)
    matching = Matching(items(), Rules(), Outlets(Outlet(matched), Outlet(unmatched), page=10))
    with pytest.raises(Unavailable):
        match_and_tell(how, matching, incoming(data), BytesContent(data), memory.imports)
    intake, = memory.imports.intakes()
    told = [one.number for one in memory.imports.bookings(intake.id, posted=True)]
    assert told == [2, 3, 5, 6, 8, 9]
    tell_on(matching, intake, 0, memory.imports)
    assert unmatched.lists[0] == unmatched.lists[1] and len(unmatched.lists[0]) == 3
    assert (matched.effects, unmatched.effects) == (26, 14) and memory.imports.intakes()[0].state is IntakeState.DONE


def test_the_next_are_read_while_some_are_told(memory: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is told takes time to answer."""
    more, asked = threading.Event(), []
    bookings = memory.imports.bookings

    def listed(intake: int, **which: Any) -> Sequence[Booking]:
        asked.append(which["after"])
        if len(asked) > 1:
            more.set()
        return bookings(intake, **which)

    class Slow(Shelf):
        def put(self, rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Refusal]:
            assert more.wait(20)
            return super().put(rows, keys)

    monkeypatch.setattr(memory.imports, "bookings", listed)
    outlets = Outlets(Outlet(Slow(is_final=True)), page=10)
    done = match_and_tell(order("bgmax", duplicates=Duplicates.ROWS), Matching(items(), Rules(), outlets),
                          incoming(FILE), BytesContent(FILE), memory.imports)
    assert done.state is IntakeState.DONE and asked == sorted(set(asked)) and len(asked) == 6
    assert bookings(done.id, posted=False) == []


def test_what_a_person_decides_is_told_once(memory: Books) -> None:
    matched, unmatched = Shelf(is_final=True), Shelf(is_final=True)
    outlets = Outlets(Outlet(matched), Outlet(unmatched))
    data = bgmax([Paid(Decimal(7), "", texts=[f"avser {REFS[6][:-2]}{REFS[6][-1]}{REFS[6][-2]}"], name="Payer 6")])
    found = Index([OpenItem("inv6", (REFS[6],), Decimal(7), Decimal(7), "SEK", names=("Payer 6",))])
    match_and_tell(order("bgmax", duplicates=Duplicates.ROWS), Matching(found, Rules(), outlets),
                   incoming(data, "in.bgm"), BytesContent(data), memory.imports)
    booking, = memory.imports.review()
    assert booking.match.candidates and not matched.kept
    decided = confirm(booking.match, 0)
    memory.imports.decide(booking.id, booking.version, decided, "anna", "confirmed")
    assert [post_decided(outlets, "nightly/take", memory.imports) for _ in range(2)] == [1, 0]
    assert [row["invoice_id"] for row in matched.kept.values()] == ["inv6"]
    intake = memory.imports.intakes()[0]
    assert intake.money["SEK"].matched == 7 and intake.money["SEK"].balances
    assert [deed.word for deed in memory.imports.trail(booking.id)][-2:] == ["confirmed", "posted"]


def test_what_a_person_decides_after_half_of_it_was_told_is_told(memory: Books) -> None:
    class Away(Shelf):
        def commit(self) -> None:
            if is_away:
                raise Unavailable("the database is down")
            super().commit()

    is_away = True
    matched, unmatched = Shelf(is_final=False), Away(is_final=False)
    way = PaymentWay(order("bgmax", duplicates=Duplicates.ROWS),
                     Matching(items(), Rules(), Outlets(Outlet(matched), Outlet(unmatched))), memory.imports)
    with pytest.raises(Unavailable):
        way.take(incoming(FILE, "in.bgm"), BytesContent(FILE, "in.bgm"), go_on)     # type: ignore[arg-type]
    assert (matched.effects, unmatched.effects) == (40, 0)
    first, second = memory.imports.review()
    for one in (first, second):     # the second is decided twice: it is for nothing after all
        said = split(one.match, [Allocation("inv9", one.match.payment.amount)])
        memory.imports.decide(one.id, one.version, said, "anna", "confirmed")
    memory.imports.decide(second.id, second.version + 1, unmatch(said), "anna", "unmatched")
    is_away = False
    assert way.before(0, go_on) == 2
    assert (matched.effects, unmatched.effects) == (41, 1)
    assert list(matched.kept.values())[-1]["invoice_id"] == "inv9"
    assert not memory.imports.unposted("nightly/take") and memory.imports.intakes()[0].state is IntakeState.DONE


def spoilt(intact: Parser) -> Parser:
    """The same, but it makes nothing of its first five rows: four amounts are wrong, one is no row at all."""
    class Spoilt(type(intact)):     # type: ignore[misc]
        def parse(self, content: Content, **how: Any) -> Iterator[Batch]:
            for batch in super().parse(content, **how):
                for row, number in zip(batch.rows[:5], batch.numbers, strict=False):
                    batch.rejects.append(Reject(number, number, (Fault("bad", "it is bad"),), "raw",
                                                None if number == 5 else {**row, "amount": "1x"}))
                batch.rows, batch.numbers, batch.lines = batch.rows[5:], batch.numbers[5:], batch.lines[5:]
                yield batch

    found: Parser = Spoilt()
    return found


@pytest.mark.parametrize("is_final", [True, False])
@pytest.mark.parametrize("after", [True, False])
def test_payments_that_were_put_right_die_at_every_step(memory: Books, is_final: bool, after: bool) -> None:
    matched, unmatched = Shelf(is_final=is_final), Shelf(is_final=is_final)
    how = order("bgmax", duplicates=Duplicates.ROWS)
    how = replace(how, parser=spoilt(how.parser))

    def way(life: list[int]) -> PaymentWay:
        outlets = Outlets(Outlet(Mortal(matched, life, after=after)), Outlet(Mortal(unmatched, life, after=after)))
        return PaymentWay(how, Matching(items(), Rules(), outlets), Mortal(memory.imports, life, after=after))

    intake = match_and_tell(how, way([0]).matching, incoming(FILE, "in.bgm"), BytesContent(FILE, "in.bgm"),
                            memory.imports)
    assert intake.counts == Counts(42, 37, 5, 0) and intake.money["SEK"].total == 828 - 15
    ids = [one.id for one in memory.imports.kept(intake.id)]
    for number, fixed in zip(ids, ({"amount": "1"}, {"amount": "2.00"}, {"amount": "3.00", "reference": "unknown"},
                                   {"amount": "4x"}, {"amount": "5", "currency": "SEK", "booked": "2025-03-14",
                                                      "reference": REFS[4]}), strict=True):
        memory.imports.fix(number, "anna", fixed)
    deaths = 0
    for steps in range(1, MOST):
        try:
            way([steps]).before(0, go_on)
            break
        except Died:
            deaths += 1
    assert deaths > 3 and (matched.effects, unmatched.effects) == (38, 3)
    assert {row["invoice_id"]: row["amount"] for row in matched.kept.values()} == {
        f"inv{n}": n + 1 for n in range(40) if n not in (2, 3)}
    after_all = memory.imports.intake(intake.id)
    money = after_all.money["SEK"]
    assert after_all.counts == Counts(42, 41, 1, 0) and after_all.counts.balances
    assert money.balances and (money.total, money.matched, money.unmatched) == (824, 813, 11)
    left, = memory.imports.kept(intake.id, state="open")
    assert left.id == ids[3] and left.reject.faults == (
        Fault("not_decimal", "is no number like 1234.50", "amount", "4x"),) and left.reject.row["amount"] == "4x"
    assert memory.imports.unposted(how.flow) == [] and way([0]).before(0, go_on) == 0


@pytest.mark.parametrize("at_once", [1500, 8000])
def test_many_batches_are_stored_together(memory: Books, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(storing, "AT_ONCE", at_once)
    monkeypatch.setattr(storing, "KEYS_AT_ONCE", 1000)
    steps: list[int] = []
    keys: list[bytes] = []
    advance = memory.imports.advance
    monkeypatch.setattr(memory.imports, "advance", lambda number, step: (
        steps.append(step.counts.rows), keys.extend(step.keys), advance(number, step)))
    data = bgmax([Paid(Decimal(n + 1), "", name=f"Payer {n}") for n in range(2500)])
    how = order("bgmax", duplicates=Duplicates.ROWS)
    done = match_and_tell(how, Matching(Index([]), Rules(), Outlets()), incoming(data), BytesContent(data),
                          memory.imports)
    assert [rows for rows in steps if rows] == ([steps[0], 2500 - steps[0]] if at_once == 1500 else [2500])
    assert len(keys) == 2500 and keys == sorted(keys) and len(steps) - steps.count(0) < steps.count(0) + 2
    assert memory.imports.known(how.flow, keys) == set(keys) and memory.imports.known(how.flow, keys, done.id) == set()
    found = memory.imports.bookings(done.id, limit=5000)
    assert [one.number for one in found] == list(range(1, 2501)) and done.counts == Counts(2500, 2500, 0, 0)
    assert done.money["SEK"].total == sum(one.match.payment.amount for one in found) == 2500 * 2501 / 2


def test_what_was_wrong_with_rows_is_kept_of_a_file_that_is_refused(memory: Books) -> None:
    how = order("bgmax", duplicates=Duplicates.ROWS)

    class Cut(type(spoilt(how.parser))):    # type: ignore[misc]
        def parse(self, content: Content, **more: Any) -> Iterator[Batch]:
            yield from super().parse(content, **more)
            raise Malformed("it ends too early")

    done = match_and_tell(replace(how, parser=Cut()), Matching(items(), Rules(), Outlets()), incoming(FILE),
                          BytesContent(FILE), memory.imports)
    assert (done.state, done.error) == (IntakeState.REFUSED, "it ends too early")
    assert len(memory.imports.kept(done.id)) == 5 and memory.imports.bookings(done.id) == []


def test_the_same_payment_is_not_put_right_twice(memory: Books) -> None:
    """A row that a person has put right is that which came in another file meanwhile."""
    shelf, how = Shelf(is_final=True), order("bgmax", duplicates=Duplicates.ROWS)
    ways = [PaymentWay(one, Matching(items(), Rules(), Outlets(Outlet(shelf))), memory.imports)
            for one in (replace(how, parser=spoilt(how.parser)), how)]
    first = match_and_tell(ways[0].order, ways[0].matching, incoming(FILE, "in.bgm"), BytesContent(FILE),
                           memory.imports)
    again = FILE + b"\r\n"
    second = match_and_tell(how, ways[1].matching, incoming(again, "again.bgm"), BytesContent(again), memory.imports)
    assert (first.counts, second.counts) == (Counts(42, 37, 5, 0), Counts(42, 5, 0, 37))
    one = memory.imports.kept(first.id)[0]
    memory.imports.fix(one.id, "anna", {"amount": "1"})
    assert ways[0].before(0, go_on) == 0 and shelf.effects == 40
    left = memory.imports.reject(one.id)
    assert (left.state, left.reject.faults[0].code) == ("open", "duplicate")


@pytest.mark.parametrize("is_final", [True, False])
def test_that_nobody_would_hear_of_a_payment_is_said_once(memory: Books, is_final: bool) -> None:
    matched, unmatched = Shelf(is_final=True), Shelf(is_final=is_final, refuses=lambda row: "no such account")
    outlets = Outlets(Outlet(matched), Outlet(unmatched))
    match_and_tell(order("bgmax", duplicates=Duplicates.ROWS), Matching(items(), Rules(), outlets),
                   incoming(FILE, "in.bgm"), BytesContent(FILE, "in.bgm"), memory.imports)
    review = memory.imports.review()
    assert len(review) == 2 and all("refused: no such account" in one.match.reasons[-1] for one in review)
    assert [deed.word for deed in memory.imports.trail(review[0].id)][-2:] == ["refused", "posted"]
    assert post_decided(outlets, "nightly/take", memory.imports) == 0
    money = memory.imports.intakes()[0].money["SEK"]
    assert money.balances and (money.matched, money.unmatched) == (820, 8)


@pytest.mark.parametrize("name", ["inv{}", "inv{}, of May"])
def test_what_was_taken_of_a_payment_is_told_again_under_its_key(memory: Books, name: str) -> None:
    first, second = (name.format(number) for number in range(2))
    locked = {second}
    shelf = Shelf(is_final=True, refuses=lambda row: "locked" if row["invoice_id"] in locked else "")
    file = bgmax([Paid(Decimal(3), "", extra=[(REFS[0], Decimal(1)), (REFS[1], Decimal(2))], name="Somebody")])
    outlets = Outlets(Outlet(shelf))
    match_and_tell(order("bgmax", duplicates=Duplicates.ROWS), Matching(items(name), Rules(), outlets),
                   incoming(file, "in.bgm"), BytesContent(file, "in.bgm"), memory.imports)
    for _ in range(2):      # it is locked still when a person says the whole of it for the first time
        asked, = memory.imports.review()
        assert [row["invoice_id"] for row in shelf.kept.values()] == [first]
        memory.imports.decide(asked.id, asked.version, confirm(asked.match), "anna", "confirmed")
        assert post_decided(outlets, "nightly/take", memory.imports)
        locked.clear()
        if not memory.imports.review():
            break
    assert sorted((row["invoice_id"], row["amount"]) for row in shelf.kept.values()) == [(first, 1), (second, 2)]
    assert shelf.effects == 2
    done = memory.imports.booking(asked.id)     # a person takes it back, and says the same again: that is news
    for match, word in ((unmatch(done.match), "unmatched"), (confirm(unmatch(done.match)), "confirmed")):
        done = memory.imports.decide(done.id, done.version, match, "anna", word)
        post_decided(outlets, "nightly/take", memory.imports)
    assert shelf.effects == 4


@pytest.mark.parametrize("strict", [True, False])
def test_totals_that_do_not_hold_let_nothing_pass(memory: Books, strict: bool) -> None:
    """Proved by the import, or by the parser itself: the report has all totals, and the line is said once."""
    bad = _off_by_one(FILE)
    matched = Shelf(is_final=True)
    intake = match_and_tell(order("bgmax", duplicates=Duplicates.ROWS, strict=strict),
                            Matching(items(), Rules(), Outlets(Outlet(matched))), incoming(bad, "in.bgm"),
                            BytesContent(bad, "in.bgm"), memory.imports)
    assert intake.state is IntakeState.REFUSED and "828" in intake.error and not matched.kept
    wrong, = intake.report["checks_failed"]
    assert (wrong["name"], intake.report["checks_held"]) == ("section amount", 6)
    assert intake.error.count(f"line {wrong['line']}") == 1


def _off_by_one(data: bytes) -> bytes:
    """The deposit says one öre more."""
    lines = data.split(b"\r\n")
    at = next(at for at, line in enumerate(lines) if line.startswith(b"15"))
    total = int(lines[at][50:68]) + 1
    lines[at] = lines[at][:50] + b"%018d" % total + lines[at][68:]
    return b"\r\n".join(lines)

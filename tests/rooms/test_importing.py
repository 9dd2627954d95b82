"""An import that dies at every step it makes: each row has one effect, each number adds up."""
from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from haulier.core.content import BytesContent
from haulier.core.importing import storing
from haulier.core.importing.mapping import Mapper
from haulier.core.importing.matching import Matching, match_and_tell
from haulier.core.importing.order import Duplicates, Order, Policy
from haulier.core.importing.posting import Outlet, Outlets, post_decided
from haulier.core.importing.replaying import replay
from haulier.core.importing.taking import take
from haulier.core.importing.ways import PaymentWay
from haulier.core.reconcile.decide import confirm
from haulier.core.reconcile.index import Index
from haulier.core.reconcile.policy import Rules
from haulier.ledger import books
from haulier.ledger.books import Books
from haulier.model.column import Column, Type
from haulier.model.errors import Malformed, Unavailable
from haulier.model.files import go_on
from haulier.model.intake import Counts, Incoming, IntakeState
from haulier.model.match import OpenItem
from haulier.model.record import Batch, Fault, Reject, Row
from haulier.ports import Content, FileKey, Parser, Refusal, Sink
from haulier.settings import registry
from haulier.settings.spec import Env
from haulier.testing.banks import Paid, bgmax, check_digit

MOST = 60


class Died(BaseException):
    """The process is gone."""


class Mortal:
    """A book or a sink whose process dies when it is used for the n-th time, before or after that is done."""

    def __init__(self, inside: Any, life: list[int], *, after: bool) -> None:
        self._inside, self._life, self._after = inside, life, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inside, name)
        if not callable(found):
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            self._life[0] -= 1
            if self._life[0] == 0 and not self._after:
                raise Died
            result = found(*arguments, **named)
            if self._life[0] == 0:
                raise Died
            return result

        return call


class Shelf(Sink):
    """What a far side keeps: by key, and what was not final only once it was committed."""

    def __init__(self, *, is_final: bool, refuses: Callable[[Row], str] = lambda row: "") -> None:
        self.is_final = is_final
        self.kept: dict[str, Row] = {}
        self.effects = 0
        self.files: set[FileKey] = set()
        self._refuses = refuses
        self._draft: dict[str, Row] = {}
        self._file: FileKey | None = None

    def begin(self, file: FileKey, check: Callable[[], None] = go_on) -> bool:
        self._draft, self._file = {}, file
        return file in self.files and not self.is_final

    def put(self, rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Refusal]:
        out = []
        for at, (row, key) in enumerate(zip(rows, keys, strict=True)):
            if why := self._refuses(row):
                out.append(Refusal(at, Fault("refused", why)))
            elif self.is_final:
                self._keep(key, row)
            else:
                self._draft[key] = row
        return out

    def commit(self) -> None:
        for key, row in self._draft.items():
            self._keep(key, row)
        self._draft = {}
        if self._file and not self.is_final:
            self.files.add(self._file)

    def abort(self) -> None:
        self._draft = {}

    def _keep(self, key: str, row: Row) -> None:
        self.effects += key not in self.kept
        self.kept[key] = row


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Books]:
    with closing(books(f"sqlite:///{tmp_path}/ledger.db")) as found:
        yield found


def order(parser: str, **more: Any) -> Order:
    kind = registry.parser(parser)
    return Order("nightly/take", kind.model_validate({"type": parser}).build(Env()), parser_name=parser,
                 version="1", **more)


def incoming(data: bytes, name: str = "in.csv", run: int = 0) -> Incoming:
    return Incoming("nightly/take", run, name, "inbox", len(data), hashlib.sha256(data).hexdigest(), "csv", "1")


COLUMNS = (Column("id", Type.INTEGER, required=True), Column("amount", Type.DECIMAL))
TABLE = b"id,amount\n" + b"".join(b"%d,%d.50\n" % (n, n) for n in range(2500)) + b"x,1\n" + b"9000,2.25\n"


@pytest.mark.parametrize("is_final", [True, False])
@pytest.mark.parametrize("duplicates", [Duplicates.FILES, Duplicates.ROWS])
@pytest.mark.parametrize("after", [True, False])
def test_it_dies_at_every_step(memory: Books, is_final: bool, duplicates: Duplicates, after: bool) -> None:
    shelf = Shelf(is_final=is_final, refuses=lambda row: "not seven" if row["id"] == 7 else "")
    how = order("csv", columns=COLUMNS, duplicates=duplicates, mapper=Mapper({"id": "{id}", "sum": "{amount}"}))
    deaths = 0
    for steps in range(1, MOST):
        life = [steps]
        try:
            intake = take(how, incoming(TABLE), BytesContent(TABLE, "in.csv"), Mortal(shelf, life, after=after),
                          Mortal(memory.imports, life, after=after))
            break
        except Died:
            deaths += 1
    assert deaths > 3 and intake.state in (IntakeState.DONE, IntakeState.DUPLICATE)
    done = memory.imports.intakes(state=IntakeState.DONE)[0]
    assert done.counts == Counts(2502, 2500, 2, 0) and done.counts.balances
    assert shelf.effects == len(shelf.kept) == 2500
    assert sum(row["sum"] for row in shelf.kept.values()) == Decimal("2.25") + sum(
        Decimal(f"{n}.50") for n in range(2500) if n != 7)
    assert {one.reject.line for one in memory.imports.kept(done.id)} == {9, 2502}


def test_a_second_delivery_with_one_more_row_has_one_more_effect(memory: Books) -> None:
    """Two rows that say the same in one file are two; that they come again is once too often."""
    shelf = Shelf(is_final=True)
    how = order("csv", columns=COLUMNS, duplicates=Duplicates.ROWS)
    first = b"id,amount\n1,5\n1,5\n2,6\n"
    for data, counts in ((first, Counts(3, 3, 0, 0)), (first + b"1,5\n3,7\n", Counts(5, 2, 0, 3))):
        assert take(how, incoming(data), BytesContent(data), shelf, memory.imports).counts == counts
    assert sorted(row["id"] for row in shelf.kept.values()) == [1, 1, 1, 2, 3]


def test_the_same_bytes_are_taken_once(memory: Books) -> None:
    shelf, how = Shelf(is_final=True), order("csv", columns=COLUMNS)
    first, second = (take(how, incoming(TABLE, name), BytesContent(TABLE), shelf, memory.imports)
                     for name in ("a.csv", "b.csv"))
    assert (first.state, second.state, second.origin) == (IntakeState.DONE, IntakeState.DUPLICATE, first.id)
    assert shelf.effects == 2501


@pytest.mark.parametrize(("policy", "said"), [
    (Policy(most=0), "at most 0 may be"), (Policy(share=0.2), "more than 20.0%"),
    (Policy(first=3), "right format")])
def test_a_file_with_too_many_rejects_has_no_effect(memory: Books, policy: Policy, said: str) -> None:
    data = b"id,amount\nx,1\nx,1\nx,1\n" + (b"" if policy.first == 3 else b"1,1\n")
    shelf = Shelf(is_final=True)
    intake = take(order("csv", columns=COLUMNS, policy=policy), incoming(data), BytesContent(data), shelf,
                  memory.imports)
    assert intake.state is IntakeState.REFUSED and said in intake.error
    assert shelf.effects == 0


def test_a_far_side_that_is_away_is_gone_on_with(memory: Books) -> None:
    shelf, how = Shelf(is_final=True), order("csv", columns=COLUMNS)

    class Away(Shelf):
        def put(self, rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Refusal]:
            raise Unavailable("the API is down")

    with pytest.raises(Unavailable):
        take(how, incoming(TABLE), BytesContent(TABLE), Away(is_final=True), memory.imports)
    failed = memory.imports.intakes()[0]
    assert (failed.state, failed.error) == (IntakeState.FAILED, "the API is down")
    done = take(how, incoming(TABLE), BytesContent(TABLE), shelf, memory.imports)
    assert (done.id, done.state, done.tries) == (failed.id, IntakeState.DONE, 2)


def test_rejects_that_were_put_right_are_taken_and_only_those(memory: Books) -> None:
    shelf = Shelf(is_final=True)
    how = order("csv", columns=COLUMNS)
    data = b"id,amount\n1,5\nx,6\ny,7\nz,8\n"
    intake = take(how, incoming(data), BytesContent(data), shelf, memory.imports)
    first, second, third = memory.imports.kept(intake.id)
    memory.imports.fix(first.id, "anna", {"id": "2"})
    memory.imports.fix(second.id, "anna", {}, "3,7.50")
    memory.imports.fix(third.id, "anna", {"id": "still not"})
    for life in ([2], [3], [0]):
        with suppress(Died):
            count = replay(how, Mortal(shelf, life, after=True), memory.imports)
    assert count == 2
    assert sorted((row["id"], row["amount"]) for row in shelf.kept.values()) == [
        (1, 5), (2, 6), (3, Decimal("7.50"))]
    assert shelf.effects == 3
    assert memory.imports.intake(intake.id).counts == Counts(4, 3, 1, 0)
    left, = memory.imports.kept(intake.id, state="open")
    assert left.id == third.id and left.reject.faults[0].value == "still not"
    assert replay(how, shelf, memory.imports) == 0


REFS = [check_digit(str(10_000 + n)) for n in range(40)]
FILE = bgmax([*(Paid(Decimal(n + 1), ref, name=f"Payer {n}") for n, ref in enumerate(REFS)),
              Paid(Decimal(3), "", texts=["utan nummer"], name="Payer 2"), Paid(Decimal(5), "nothing known")])


def items() -> Index:
    return Index(OpenItem(f"inv{n}", (ref,), Decimal(n + 1), Decimal(n + 1), "SEK") for n, ref in enumerate(REFS))


@pytest.mark.parametrize("is_final", [True, False])
@pytest.mark.parametrize("after", [True, False])
def test_payments_die_at_every_step(memory: Books, is_final: bool, after: bool) -> None:
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
    steps: list[int] = []
    advance = memory.imports.advance
    monkeypatch.setattr(memory.imports, "advance", lambda number, step: (
        steps.append(step.counts.rows), advance(number, step)))
    data = bgmax([Paid(Decimal(n + 1), "", name=f"Payer {n}") for n in range(2500)])
    how = order("bgmax", duplicates=Duplicates.ROWS)
    done = match_and_tell(how, Matching(Index([]), Rules(), Outlets()), incoming(data), BytesContent(data),
                          memory.imports)
    assert sum(steps) == 2500 and len(steps) == (2 if at_once == 1500 else 1)
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


def test_totals_that_do_not_hold_let_nothing_pass(memory: Books) -> None:
    bad = _off_by_one(FILE)
    matched = Shelf(is_final=True)
    intake = match_and_tell(order("bgmax", duplicates=Duplicates.ROWS, strict=True),
                            Matching(items(), Rules(), Outlets(Outlet(matched))), incoming(bad, "in.bgm"),
                            BytesContent(bad, "in.bgm"), memory.imports)
    assert intake.state is IntakeState.REFUSED and "828" in intake.error and not matched.kept


def _off_by_one(data: bytes) -> bytes:
    """The deposit says one öre more."""
    lines = data.split(b"\r\n")
    at = next(at for at, line in enumerate(lines) if line.startswith(b"15"))
    total = int(lines[at][50:68]) + 1
    lines[at] = lines[at][:50] + b"%018d" % total + lines[at][68:]
    return b"\r\n".join(lines)

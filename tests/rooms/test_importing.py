"""An import that dies at every step it makes: each row has one effect, each number adds up."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path

import pytest

from haulier.core.content import BytesContent
from haulier.core.importing.answer import BLOCK, answer
from haulier.core.importing.mapping import Mapper
from haulier.core.importing.order import Duplicates, Policy
from haulier.core.importing.replaying import replay
from haulier.core.importing.round import Ground, Walk
from haulier.core.importing.taking import take
from haulier.core.importing.ways import SinkWay
from haulier.ledger import books
from haulier.ledger.books import Books
from haulier.model.column import Column, Type
from haulier.model.errors import Busy, Unavailable
from haulier.model.files import Draft
from haulier.model.intake import Counts, IntakeState
from haulier.model.record import Row
from haulier.model.run import Start
from haulier.ports import Refusal
from haulier.stores.local import Local
from rooms.importing_sides import MOST, Died, Mortal, Shelf, incoming, order


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Books]:
    with closing(books(f"sqlite:///{tmp_path}/ledger.db")) as found:
        yield found


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
    assert done.report["rejects_by_code"] == {"refused": 1, "not_integer": 1}
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


def test_rows_are_not_left_out_for_a_file_that_may_yet_be_refused(memory: Books) -> None:
    """Two runs at once: what the first has read it may never take, and then the rows would be with nobody."""
    def table(ids: Iterable[int]) -> bytes:
        return b"id,amount\n" + b"".join(b"%d,1\n" % id for id in ids)

    how = order("csv", columns=COLUMNS, duplicates=Duplicates.ROWS, policy=Policy(most=0))
    large, other, beside = table(range(5000)), table([*range(7000, 12_000), 1]), Shelf(is_final=False)

    def refuses(row: Row) -> str:
        if row["id"] != 4999:
            return ""
        with pytest.raises(Busy, match=r"in a\.csv too, which is not at its end yet"):
            take(how, incoming(other, "b.csv"), BytesContent(other), beside, memory.imports)
        waits = memory.imports.intakes()[0]
        assert (waits.state, waits.counts) == (IntakeState.FAILED, Counts()), "the first does not wait for it, too"
        return "no such customer"

    first = take(how, incoming(large, "a.csv"), BytesContent(large), Shelf(is_final=False, refuses=refuses),
                 memory.imports)
    assert first.state is IntakeState.REFUSED
    again = take(how, incoming(other, "b.csv"), BytesContent(other), beside, memory.imports)
    assert (again.counts, beside.effects) == (Counts(5001, 5001), 5001)


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


def test_a_small_file_that_the_far_side_does_not_want_is_no_wrong_format(memory: Books) -> None:
    """Its rows can be put right, or taken again later."""
    data, how = b"id,amount\n1,1\n2,2\n", order("csv", columns=COLUMNS)
    refusing = Shelf(is_final=True, refuses=lambda row: "no such customer")
    intake = take(how, incoming(data), BytesContent(data), refusing, memory.imports)
    assert (intake.state, intake.counts) == (IntakeState.DONE, Counts(2, 0, 2, 0))
    for one in memory.imports.kept(intake.id):
        memory.imports.fix(one.id, "anna", {}, again=True)
    assert replay(how, Shelf(is_final=True), memory.imports) == 2


def test_a_file_that_is_gone_half_read_waits_for_its_return(memory: Books, tmp_path: Path) -> None:
    """Its rows up to there are where they belong, so it is neither read any more nor forgotten."""
    shelf, how = Shelf(is_final=True), order("csv", columns=COLUMNS)
    run = memory.ledger.start("nightly", source="", target="", how=Start(alone=False)).id
    data = b"id,amount\n" + b"".join(b"%d,%d.50\n" % (n, n) for n in range(20_000))
    file = incoming(data, run=run)
    with pytest.raises(Died):
        take(how, file, BytesContent(data), Mortal(shelf, [3], after=False), memory.imports)
    assert memory.imports.intakes()[0].state is IntakeState.READING and 1000 < shelf.effects < 20_000

    (tmp_path / "in").mkdir()
    said: list[str] = []
    with Local(str(tmp_path / "in")) as store:
        ground = Ground(store, "inbox", tmp_path / "work")
        done = Walk(SinkWay(how, shelf, memory.imports), ground, memory.imports, run, said.append).all(())
    left = memory.imports.intakes()[0]
    assert done.outputs()["files"] == 0 and left.state is IntakeState.FAILED
    assert f"ended after {shelf.effects} rows, which stay taken" in left.error and said == [f"in.csv: {left.error}"]
    again = take(how, file, BytesContent(data), shelf, memory.imports)
    assert (again.id, again.state, shelf.effects) == (left.id, IntakeState.DONE, 20_000)


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


def test_a_far_side_that_is_noted_often(memory: Books) -> None:
    """The place where its file goes on is between the parser's own; rejects can be put right all the same."""
    class Dying(Shelf):
        checkpoint = 2

        def put(self, rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Refusal]:
            assert len(rows) <= 2
            if len(self.kept) >= 4:
                raise Unavailable("the API is down")
            return super().put(rows, keys)

    shelf, how = Dying(is_final=True), order("csv", columns=COLUMNS)
    data = b"id,amount\n1,1\nx,2\n" + b"".join(b"%d,%d\n" % (n, n) for n in range(3, 12))
    with pytest.raises(Unavailable):
        take(how, incoming(data), BytesContent(data), shelf, memory.imports)
    failed = memory.imports.intakes()[0]
    assert failed.counts.accepted == 4 and failed.mark.number < 11
    reject, = memory.imports.kept(failed.id)
    memory.imports.fix(reject.id, "anna", {}, "2,2.50")
    rest = Shelf(is_final=True)
    rest.checkpoint = 2
    assert replay(how, rest, memory.imports) == 0, "its file is not done yet"
    assert take(how, incoming(data), BytesContent(data), rest, memory.imports).counts == Counts(11, 10, 1, 0)
    assert replay(how, rest, memory.imports) == 1
    assert sorted(row["id"] for one in (shelf, rest) for row in one.kept.values()) == [*range(1, 12)]


def test_rejects_that_were_put_right_are_taken_and_only_those(memory: Books, tmp_path: Path) -> None:
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

    memory.imports.fix(third.id, "anna", {"id": "nor this"})
    said: list[str] = []
    (tmp_path / "in").mkdir()
    with Local(str(tmp_path / "in")) as store:
        walk = Walk(SinkWay(how, shelf, memory.imports), Ground(store, "inbox", tmp_path / "work"), memory.imports, 0,
                    said.append)
        assert walk.all(()).replayed == 0
    assert said == ["1 row that persons have put right: still no good"]


def test_what_was_refused_and_is_changed_has_another_key(memory: Books) -> None:
    """A far side that keeps its answers by key would refuse it for ever; unchanged it is the same row."""
    asked: dict[str, list[int]] = {}

    def no(row: Row) -> str:
        return "not now" if row["amount"] < 10 else ""

    class Strict(Shelf):
        def put(self, rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Refusal]:
            for row, key in zip(rows, keys, strict=True):
                asked.setdefault(key, []).append(int(row["amount"]))
            return super().put(rows, keys)

    shelf, how = Strict(is_final=True, refuses=no), order("csv", columns=COLUMNS)
    data = b"id,amount\n1,5\nx,7\n3,8\n4,40\n"
    intake = take(how, incoming(data), BytesContent(data), shelf, memory.imports)
    unread, *refused = memory.imports.kept(intake.id)
    memory.imports.fix(unread.id, "anna", {"id": "2", "amount": "70"})
    memory.imports.fix(refused[0].id, "anna", {"amount": "50"})
    memory.imports.fix(refused[1].id, "anna", {"amount": "8"})
    assert replay(how, shelf, memory.imports) == 2
    memory.imports.fix(refused[1].id, "anna", {}, again=True)
    assert replay(how, shelf, memory.imports) == 0
    assert sorted(asked.values()) == [[5], [8, 8, 8], [40], [50], [70]]


@pytest.mark.parametrize("data", [
    b"id,amount\n" + b"".join(b"%d,1\n" % n for n in range(9000)) + b'"9000,1\n',
    b"id,amount\n" + b"".join(b"%d,%d\n" % (n, n < 8000) for n in range(9000))])
def test_what_was_told_of_a_refused_file_is_known(memory: Books, data: bytes) -> None:
    """So that the corrected one does not tell it again."""
    shelf = Shelf(is_final=True, refuses=lambda row: "" if row["amount"] else "nought")
    how = order("csv", columns=COLUMNS, duplicates=Duplicates.ROWS, policy=Policy(first=0, most=500))
    refused = take(how, incoming(data), BytesContent(data, "in.csv"), shelf, memory.imports)
    told = shelf.effects
    assert refused.state is IntakeState.REFUSED and told == refused.counts.accepted
    if told:
        assert refused.error.endswith(f"; {told:,} of its rows were taken before that and stay")
    good = b"id,amount\n" + b"".join(b"%d,1\n" % n for n in range(9001))
    done = take(how, incoming(good), BytesContent(good, "good.csv"), shelf, memory.imports)
    assert (done.counts.duplicates, done.counts.accepted) == (told, 9001 - told) and shelf.effects == 9001


def test_many_rejects_are_sent_back_in_parts(memory: Books, tmp_path: Path) -> None:
    class Watched(Local):
        def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
            return super().write(draft, (parts.append(len(part)) or part for part in body))    # type: ignore[func-returns-value]

    parts: list[int] = []
    data = b"id,amount\n1,1\n" + b"".join(b"%s%d,1\n" % (b"x" * 400, n) for n in range(3000))
    how, shelf = order("csv", columns=COLUMNS), Shelf(is_final=True)
    intake = take(how, incoming(data), BytesContent(data), shelf, memory.imports)
    for _ in range(2):
        with Watched(str(tmp_path)) as store:
            assert answer(memory.imports, intake, store, "{stem}.rejects.csv") == "in.rejects.csv"
        lines = (tmp_path / "in.rejects.csv").read_text().splitlines()
        assert len(lines) == 3001 and lines[-1].endswith('x2999,1"')
    assert len(parts) > 4 and max(parts) < 2 * BLOCK
    assert [one.name for one in tmp_path.glob("*in*")] == ["in.rejects.csv"]

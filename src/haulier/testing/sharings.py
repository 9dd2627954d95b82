"""The suite that whatever shares batches must pass, together with the ledger it belongs to."""
from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ..model.errors import Busy, Cancelled, LeaseLost
from ..model.run import Report, Run, RunState, Totals
from ..model.transfer import Signal, State
from .books import Books, BooksSuite, at_once
from .ledgers import FLOW, draft_for, new, whole_way

Opened = Callable[..., Books]


class SharingSuite(BooksSuite):
    """One that has a run, and an executor called `guest` that helps with it."""

    @pytest.fixture
    def guest(self, opened: Opened) -> Books:
        books = opened(elsewhere=True, absence=60.0)
        books.agenda.beat("guest")
        return books

    @pytest.fixture
    def run(self, books: Books) -> Iterator[Run]:
        yield books.ledger.start(FLOW, source="a", target="b")

    def test_a_batch_is_offered_taken_and_handed_in(self, books: Books, guest: Books, run: Run) -> None:
        batch = books.sharing.offer(run, [new("f"), new("g")], "v1")
        assert guest.sharing.offered() == [(run, "v1")] and books.sharing.untaken(run) == 1
        taken = guest.sharing.take(run, "guest")
        assert taken == batch and {one.state for one in batch.transfers} == {State.COPYING}
        assert not guest.sharing.offered() and not books.sharing.untaken(run) and not books.sharing.withdraw(run)
        assert guest.sharing.held("guest") == {batch.id} and not guest.sharing.held("other")
        f, g = batch.transfers
        guest.sharing.record(run, batch.id, "guest", whole_way(f))
        assert not books.sharing.returned(run)
        waits = Report(g.id, Signal.TRANSIENT, "gone", "Unavailable", retry_at=7)
        guest.sharing.record(run, batch.id, "guest", [waits])
        guest.sharing.hand_in(batch.id, "guest", 42)
        back, = books.sharing.returned(run)
        assert (back.batch, back.moved) == (batch.id, 42) and not books.sharing.returned(run)
        assert [(one.path, one.state, one.retry_at) for one in back.transfers] == [
            ("f", State.DONE, None), ("g", State.WAITING, 7)]
        assert not guest.sharing.held("guest")

    def test_what_nobody_took_is_taken_back(self, books: Books, guest: Books, run: Run) -> None:
        batches = [books.sharing.offer(run, [new(name)], "") for name in "fgh"]
        assert {books.sharing.withdraw(run) for _ in "fgh"} == {batch.id for batch in batches}
        assert books.sharing.withdraw(run) is None and guest.sharing.take(run, "guest") is None
        for batch in batches:
            books.ledger.record(run, whole_way(batch.transfers[0]))

    def test_each_is_taken_once(self, opened: Opened, books: Books, run: Run) -> None:
        for number in range(12):
            books.sharing.offer(run, [new(f"f{number}")], "")
        crew = [opened() for _ in range(3)]

        def take(other: Books) -> list[int]:
            found = []
            while batch := other.sharing.take(run, "guest"):
                found.append(batch.id)
            return found

        taken = at_once(*[lambda other=other: take(other) for other in crew], lambda: take(books))
        numbers = [number for some in taken for number in some]
        assert len(numbers) == len(set(numbers)) == 12

    def test_it_goes_on_where_another_try_stopped(self, books: Books, guest: Books, run: Run) -> None:
        transfer, = books.ledger.claim(run, [new("f")]).transfers
        draft = draft_for("f")
        books.ledger.record(run, [Report(transfer.id, draft=draft, head=b"h" * 32), Report(transfer.id, Signal.LOST)])
        left, = books.ledger.pending(FLOW)
        books.sharing.offer(run, [left], "")
        taken = guest.sharing.take(run, "guest")
        assert taken and taken.transfers[0].draft == draft and taken.transfers[0].tries == 2

    def test_only_who_has_it_records(self, books: Books, guest: Books, run: Run) -> None:
        batch = books.sharing.offer(run, [new("f")], "")
        report = [Report(batch.transfers[0].id, Signal.COPIED, sha256=b"1" * 32, written=1)]
        with pytest.raises(LeaseLost):
            guest.sharing.record(run, batch.id, "guest", report)
        guest.sharing.take(run, "guest")
        with pytest.raises(LeaseLost):
            guest.sharing.record(run, batch.id, "other", report)
        guest.sharing.record(run, batch.id, "guest", report)
        guest.sharing.hand_in(batch.id, "guest", 0)
        with pytest.raises(LeaseLost):
            guest.sharing.record(run, batch.id, "guest", report)

    def test_what_a_dead_one_had_comes_back(self, opened: Opened, books: Books, run: Run, gone: int) -> None:
        dead = opened(pid=gone)
        dead.agenda.beat("dead")
        batch = books.sharing.offer(run, [new("f")], "")
        assert dead.sharing.take(run, "dead")
        back, = books.sharing.returned(run)
        assert [one.state for one in back.transfers] == [State.COPYING]
        with pytest.raises(LeaseLost):
            dead.sharing.record(run, batch.id, "dead", whole_way(batch.transfers[0]))
        again = books.ledger.claim(run, back.transfers)
        books.ledger.record(run, whole_way(again.transfers[0]))

    def test_recalled(self, books: Books, guest: Books, run: Run) -> None:
        batch = books.sharing.offer(run, [new("f")], "")
        guest.sharing.take(run, "guest")
        books.sharing.recall(run)
        assert not guest.sharing.held("guest") and not books.sharing.returned(run)
        guest.sharing.record(run, batch.id, "guest", [Report(batch.transfers[0].id, Signal.LOST)])
        guest.sharing.hand_in(batch.id, "guest", 3)
        assert [one.transfers[0].state for one in books.sharing.returned(run)] == [State.QUEUED]

    def test_a_flow_does_not_begin_while_somebody_has_a_batch(self, opened: Opened, guest: Books, gone: int) -> None:
        """Its process is dead; the one that helped it is not."""
        dead, books = opened(pid=gone), opened()
        old = dead.ledger.start(FLOW, source="a", target="b")
        dead.sharing.offer(old, [new("nobody's")], "")
        batch = dead.sharing.offer(old, [new("f")], "")
        while (taken := guest.sharing.take(old, "guest")) and taken.id != batch.id:
            guest.sharing.hand_in(taken.id, "guest", 0)
        assert taken
        with pytest.raises(Busy, match=f"{FLOW}: guest still has files of it in hand"):
            books.ledger.start(FLOW, source="a", target="b")
        assert not guest.sharing.held("guest"), "it is told"
        guest.sharing.hand_in(batch.id, "guest", 0)
        run = books.ledger.start(FLOW, source="a", target="b")
        assert not books.sharing.offered() and not books.sharing.returned(run)
        with pytest.raises(LeaseLost):
            guest.sharing.record(old, batch.id, "guest", whole_way(batch.transfers[0]))
        assert len(books.ledger.pending(FLOW)) == 2

    def test_nobody_takes_what_was_called_back(self, opened: Opened, guest: Books, gone: int) -> None:
        """Two that want to go on with a flow would else hinder each other with what nobody had taken."""
        dead, books = opened(pid=gone), opened()
        old = dead.ledger.start(FLOW, source="a", target="b")
        for name in ("one", "two"):
            dead.sharing.offer(old, [new(name)], "")
        taken = guest.sharing.take(old, "guest")
        assert taken and [run.id for run, _ in guest.sharing.offered()] == [old.id]
        with pytest.raises(Busy, match="guest still has files"):
            books.ledger.start(FLOW, source="a", target="b")
        assert not guest.sharing.offered() and guest.sharing.take(old, "guest") is None
        guest.sharing.hand_in(taken.id, "guest", 0)
        assert books.ledger.start(FLOW, source="a", target="b")
        assert len(books.ledger.pending(FLOW)) == 2

    def test_nobody_waits_for_a_dead_one(self, opened: Opened, books: Books, run: Run, gone: int) -> None:
        dead = opened(pid=gone)
        dead.agenda.beat("dead")
        books.sharing.offer(run, [new("f")], "")
        dead.sharing.take(run, "dead")
        books.ledger.finish(run, RunState.FAILED, Totals())
        assert books.ledger.start(FLOW, source="a", target="b")

    def test_of_a_run_that_is_over(self, books: Books, guest: Books, run: Run) -> None:
        batch = books.sharing.offer(run, [new("f")], "")
        guest.sharing.take(run, "guest")
        books.ledger.finish(run, RunState.CANCELLED, Totals())
        with pytest.raises(LeaseLost):
            guest.sharing.record(run, batch.id, "guest", whole_way(batch.transfers[0]))
        with pytest.raises(LeaseLost):
            books.sharing.offer(run, [new("g")], "")
        with pytest.raises(Cancelled):
            books.ledger.start(FLOW, source="a", target="b", run=run.id)

"""What every ledger must pass that forgets old history."""
from __future__ import annotations

import time

import pytest

from ..model.errors import NotFound
from ..model.history import Keep, Pruned
from ..model.query import RunQuery, TransferQuery
from ..model.run import Report, Run, RunState, Totals, Wanted
from ..model.transfer import Signal, State
from .agendas import begin
from .books import Books, BooksSuite
from .ledgers import draft_for, new, whole_way

ALL, NOTHING = Keep(0.0, 0.0), Keep(None, None)


def ran(books: Books, flow: str, *paths: str, skipped: int = 0) -> Run:
    """A run that delivered these."""
    run = begin(books, books.agenda.want(Wanted(flow)))
    if paths:
        for transfer in books.ledger.claim(run, [new(path) for path in paths]).transfers:
            books.ledger.record(run, whole_way(transfer))
    books.ledger.finish(run, RunState.DONE, Totals(len(paths), skipped=skipped))
    return run


def pruned(books: Books, keep: Keep, now: int | None = None) -> Pruned:
    """All that one pass forgets, which is what was foretold, and after which there is nothing more."""
    moment = time.time_ns() if now is None else now
    foretold = books.agenda.prunable(keep, moment)
    found = Pruned(*map(sum, zip(Pruned(), *books.agenda.prune(keep, moment), strict=True)))
    assert found.runs <= foretold.runs and found.files == foretold.files and found.events >= foretold.events
    assert not any(map(sum, books.agenda.prune(keep, moment)))
    return found


def kept(books: Books) -> list[int]:
    return [run.id for run in books.reader.runs(RunQuery()).items]


class PruningSuite(BooksSuite):
    """Override as BooksSuite wants it."""

    def test_old_runs_go_with_their_files_and_counts_stay(self, books: Books) -> None:
        first, second, third = (ran(books, "f", f"{number}", "again", skipped=7) for number in range(3))
        mark = time.time_ns()
        fourth = ran(books, "f", "3")
        before = books.reader.buckets(0, 1 << 62, 1 << 62), books.reader.flows()
        assert pruned(books, NOTHING) == pruned(books, ALL, now=first.created) == Pruned()
        assert pruned(books, Keep(0.0, None), now=mark)[:2] == (3, 6) and kept(books) == [fourth.id]
        assert (books.reader.buckets(0, 1 << 62, 1 << 62), books.reader.flows()) == before
        assert books.ledger.seen("f", ["0", "again"]).keys() == {"0", "again"}
        assert {event.run for event in books.reader.events(0, newest=True)} == {fourth.id}
        assert books.reader.transfers(TransferQuery()).total == 1
        for run in (first, second, third):
            with pytest.raises(NotFound):
                books.agenda.run(run.id)

    def test_the_last_run_and_the_last_that_ended_well_stay(self, books: Books) -> None:
        ran(books, "f", "a")
        well = ran(books, "f", "b")
        ill = begin(books, books.agenda.want(Wanted("f")))
        books.ledger.finish(ill, RunState.FAILED, Totals(), "no")
        last = begin(books, books.agenda.want(Wanted("f")))
        books.ledger.finish(last, RunState.CANCELLED, Totals())
        facts = books.reader.flows()
        assert pruned(books, ALL).runs == 2 and kept(books) == [last.id, well.id] and books.reader.flows() == facts

    def test_what_is_not_over_or_failed_for_good_stays(self, books: Books) -> None:
        run = begin(books, books.agenda.want(Wanted("f")))
        half, failed, mended, paused = books.ledger.claim(run, [new(name) for name in "abcd"]).transfers
        books.ledger.record(run, [
            Report(half.id, draft=draft_for("a")), Report(paused.id, Signal.PAUSE),
            *(Report(one.id, Signal.PERMANENT, "no", "Denied") for one in (failed, mended))])
        waiting = begin(books, books.agenda.want(Wanted("waits")))
        books.ledger.finish(waiting, RunState.WAITING, Totals(), wakes=1 << 60)
        books.ledger.finish(run, RunState.CANCELLED, Totals())
        ran(books, "f", "c")
        ran(books, "f", "e")
        pending = books.ledger.pending("f")
        assert pruned(books, ALL)[:2] == (1, 2) and books.ledger.pending("f") == pending
        assert {one.id for one in pending} == {half.id, failed.id, paused.id} and len(books.agenda.open()) == 1
        assert {"run.waiting"} <= {event.kind for event in books.reader.events(0, run=waiting.id)}
        assert books.agenda.retry(run.id) == 1
        assert books.reader.transfer(failed.id).state is State.QUEUED

    def test_events_go_before_their_runs(self, books: Books) -> None:
        first, mark = ran(books, "f", "a"), time.time_ns()
        second = ran(books, "f", "b")
        assert pruned(books, Keep(None, 0.0), now=mark).events and kept(books) == [second.id, first.id]
        assert books.reader.events(0, run=first.id) == [] and books.reader.events(0, run=second.id)
        one, = books.reader.transfers(TransferQuery(run=first.id)).items
        assert [event.kind for event in books.ledger.history(one.id)] == ["transfer.created", "transfer.done"]

    def test_no_number_is_given_twice(self, books: Books) -> None:
        """Whoever reads along goes by numbers, and so do the stories of files."""
        ran(books, "f", "a")
        for _ in range(2):
            ran(books, "f")
        before = books.reader.events(0)[-1].id, books.reader.transfers(TransferQuery()).items[0].id
        assert pruned(books, ALL).events
        after = ran(books, "f", "b")
        assert books.reader.transfers(TransferQuery(run=after.id)).items[0].id > before[1]
        assert min(event.id for event in books.reader.events(0, run=after.id)) > before[0]

    def test_each_step_is_small(self, books: Books) -> None:
        run = begin(books, books.agenda.want(Wanted("f")))
        many = books.ledger.claim(run, [new(f"{number}") for number in range(2500)]).transfers
        books.ledger.record(run, [report for one in many for report in whole_way(one)])
        books.ledger.finish(run, RunState.DONE, Totals(2500))
        ran(books, "f", "last")
        steps = list(books.agenda.prune(ALL, time.time_ns()))
        assert [step.files for step in steps if step.files] == [1000, 1000, 500] and len(steps) >= 4
        assert books.agenda.prunable(ALL, time.time_ns()) == Pruned()

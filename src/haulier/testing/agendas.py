"""The suite every agenda must pass, together with the ledger it belongs to."""
from __future__ import annotations

from collections.abc import Sequence

import pytest

from ..model.errors import Busy, Cancelled, Invalid, LeaseLost, NotFound
from ..model.files import Entry
from ..model.run import (
    OVER,
    Priority,
    Report,
    Run,
    RunState,
    Seen,
    Slot,
    Start,
    Totals,
    Transfer,
    Trigger,
    Wanted,
    Wish,
)
from ..model.transfer import Signal, State
from ..ports import Agenda
from .books import Books, at_once
from .crews import CrewSuite, Opened
from .ledgers import FLOW, MOMENT, draft_for, new, whole_way

WANTED = Wanted(FLOW)
R = RunState


def begin(books: Books, run: Run | None) -> Run:
    """The wanted run, under way."""
    assert run is not None
    return books.ledger.start(run.flow, source="a", target="b", run=run.id)


def wanted(books: Books, flow: str = FLOW) -> Run:
    run = books.agenda.want(Wanted(flow))
    assert run is not None
    return run


def lapse(opened: Opened, *runs: Run) -> None:
    """Who carries them, elsewhere, is not heard of again."""
    last = opened(elsewhere=True, lease=0.0)
    for run in runs:
        last.ledger.beat(run, run.totals)


def kinds(books: Books, transfer: Transfer) -> list[str]:
    return [event.kind for event in books.ledger.history(transfer.id)]


class AgendaSuite(CrewSuite):
    """Runs that are wanted, files that people ask of, schedules; and what CrewSuite asks."""

    # Wanted runs

    def test_a_run_is_wanted_begun_and_over(self, books: Books) -> None:
        asked = Wanted(FLOW, Trigger.SCHEDULE, "nightly/1", Priority.HIGH, MOMENT, "anna")
        run = books.agenda.want(asked)
        assert run and run.created > MOMENT
        assert run == Run(run.id, FLOW, "", "", R.QUEUED, 0, trigger=Trigger.SCHEDULE, created=run.created,
                          priority=Priority.HIGH, slot=MOMENT)
        assert books.agenda.open() == [run] and books.agenda.run(run.id) == run
        begun = begin(books, run)
        assert begun == run._replace(source="a", target="b", state=R.RUNNING, started=begun.started)
        assert begun.started >= run.created and books.agenda.open() == [begun] == books.ledger.runs()
        books.ledger.finish(begun, R.DONE, Totals(3))
        over = books.agenda.run(run.id)
        assert (over.state, over.totals, over.turn, over.wakes) == (R.DONE, Totals(3), 0, None)
        assert over.finished and books.agenda.open() == []
        with pytest.raises(NotFound):
            books.agenda.run(run.id + 1)

    def test_the_same_key_is_the_same_run(self, agenda: Agenda) -> None:
        assert agenda.want(WANTED._replace(key="k")) and not agenda.want(WANTED._replace(key="k"))
        assert not agenda.want(Wanted("other", key="k"))
        assert agenda.want(WANTED) and agenda.want(WANTED)
        found = at_once(*[lambda: agenda.want(WANTED._replace(key="raced"))] * 6)
        assert sum(run is not None for run in found) == 1
        assert len(agenda.open()) == 4

    def test_runs_of_the_command_line_are_not_on_it(self, books: Books) -> None:
        run = books.ledger.start(FLOW, source="a", target="b")
        assert books.agenda.open() == [] and books.agenda.run(run.id) == run
        assert (run.trigger, run.created) == (Trigger.HAND, run.started)

    def test_a_run_that_is_over_does_not_begin(self, books: Books) -> None:
        run = begin(books, wanted(books))
        for state in OVER - {R.CRASHED}:
            books.ledger.finish(run, state, Totals())
            with pytest.raises(Cancelled, match=f"{FLOW}: run {run.id} is {state}"):
                begin(books, run)
            run = begin(books, wanted(books))
        with pytest.raises(NotFound):
            books.ledger.start("other", source="a", target="b", run=run.id)
        with pytest.raises(NotFound):
            books.ledger.start(FLOW, source="a", target="b", run=run.id + 99)

    def test_one_of_a_flow_at_a_time(self, opened: Opened, books: Books) -> None:
        first, second, far = begin(books, wanted(books)), wanted(books), opened(elsewhere=True)
        for other, run in ((books, second), (opened(), second), (far, first), (far, second)):
            with pytest.raises(Busy):
                begin(other, run)
        assert [run.state for run in books.agenda.open()] == [R.RUNNING, R.QUEUED]
        books.ledger.finish(first, R.DONE, Totals())
        begin(books, second)

    def test_a_dead_run_is_begun_again_under_its_number(self, opened: Opened, gone: int) -> None:
        dead, alive = opened(pid=gone), opened()
        old = begin(dead, wanted(dead))
        dead.ledger.claim(old, [new("f")])
        dead.ledger.beat(old, Totals(7, bytes=5))       # of a file that is not there whole
        again = begin(alive, old)
        assert again == old._replace(totals=Totals(bytes=5), turn=1)
        assert [run.id for run in alive.ledger.runs()] == [old.id]
        left, = alive.ledger.pending(FLOW)
        alive.ledger.claim(again, [left])
        alive.ledger.finish(again, R.DONE, Totals(8))
        assert kinds(alive, left).count("run.started") == 2 and "run.crashed" not in kinds(alive, left)
        with pytest.raises(LeaseLost):
            dead.ledger.beat(old, Totals())

    def test_whoever_wakes_again_finds_its_turn_over(self, opened: Opened) -> None:
        asleep, other = opened(elsewhere=True, lease=0.0), opened()
        old = begin(asleep, wanted(asleep))
        first, second = asleep.ledger.claim(old, [new("f"), new("g")]).transfers
        asleep.ledger.record(old, whole_way(first))
        again = begin(other, old)
        assert again.totals == Totals(done=1, bytes=first.entry.size)       # told by nobody, counted
        left, = other.ledger.pending(FLOW)
        mine, = other.ledger.claim(again, [left]).transfers
        ledger = asleep.ledger
        for woken in (lambda: ledger.beat(old, Totals()), lambda: ledger.record(old, whole_way(second)),
                      lambda: ledger.claim(old, [new("h")]), lambda: ledger.finish(old, R.DONE, Totals())):
            with pytest.raises(LeaseLost):
                woken()
        other.ledger.record(again, whole_way(mine))
        other.ledger.finish(again, R.DONE, Totals(2))

    def test_a_process_begins_again_what_it_could_not_end(self, opened: Opened, books: Books) -> None:
        run = begin(books, wanted(books))
        again = begin(opened(), run)
        assert (again.id, again.turn) == (run.id, 1)
        with pytest.raises(LeaseLost):
            books.ledger.beat(run, Totals())

    def test_a_dead_run_that_another_follows_has_crashed(self, opened: Opened, gone: int) -> None:
        dead, alive = opened(pid=gone), opened()
        old = begin(dead, wanted(dead))
        alive.ledger.start(FLOW, source="a", target="b")
        assert alive.agenda.run(old.id).state is R.CRASHED and alive.agenda.open() == []
        with pytest.raises(Cancelled):
            begin(alive, old)

    def test_runs_that_nobody_goes_on_with_are_known(self, opened: Opened, gone: int) -> None:
        dead, far, alive = opened(pid=gone), opened(elsewhere=True), opened(lease=0.0)
        begin(dead, wanted(dead, "asked for"))
        lost = dead.ledger.start("lost", source="a", target="b")
        away = far.ledger.start("away", source="a", target="b")
        dead.ledger.start("task of it", source="a", target="b", how=Start(parent=lost.id))
        alive.ledger.start("alive", source="a", target="b")
        assert alive.agenda.lost() == {lost.id}
        lapse(opened, away)
        assert alive.agenda.lost() == {lost.id, away.id} and alive.agenda.run(lost.id).state is R.RUNNING
        again = alive.ledger.start("lost", source="a", target="b", run=lost.id)
        assert (again.id, alive.agenda.lost()) == (lost.id, {away.id})

    @pytest.mark.parametrize("state", [R.WAITING, R.PAUSED, R.QUEUED])
    def test_a_run_lets_go_and_goes_on(self, books: Books, state: RunState) -> None:
        run = begin(books, wanted(books))
        transfer, = books.ledger.claim(run, [new("f")]).transfers
        wakes = MOMENT if state is R.WAITING else None
        books.ledger.finish(run, state, Totals(1), wakes=wakes)
        kept, = books.agenda.open()
        assert kept == run._replace(state=state, totals=Totals(1), wakes=wakes, turn=1)
        assert f"run.{state}" in kinds(books, transfer)
        with pytest.raises(LeaseLost):
            books.ledger.beat(run, Totals())
        if state is R.PAUSED:
            with pytest.raises(Cancelled, match="paused"):
                begin(books, run)
            assert books.agenda.wish(run.id, Wish.NONE).state is R.QUEUED
            assert "run.resumed" in kinds(books, transfer)
        begun = begin(books, run)
        assert begun.turn >= kept.turn and begun._replace(turn=0) == kept._replace(state=R.RUNNING, turn=0)
        books.ledger.finish(begun, R.DONE, Totals(2))
        assert books.agenda.run(run.id).wakes is None

    def test_what_could_not_be_planned_is_planned_when_it_goes_on(self, books: Books) -> None:
        run = begin(books, wanted(books))
        books.ledger.finish(run, R.WAITING, Totals(), "no answer", wakes=MOMENT)
        kept = books.agenda.run(run.id)
        assert (kept.error, kept.wakes) == ("no answer", MOMENT)
        again = begin(books, run)
        assert (again.error, again.wakes) == ("", None)

    # Wishes

    def test_a_run_that_nobody_carries_obeys_at_once(self, books: Books) -> None:
        run, wish = wanted(books), books.agenda.wish
        for wished, state in ((Wish.NONE, R.QUEUED), (Wish.PAUSE, R.PAUSED), (Wish.PAUSE, R.PAUSED),
                              (Wish.NONE, R.QUEUED), (Wish.CANCEL, R.CANCELLED)):
            assert (wish(run.id, wished).state, wish(wanted(books).id, Wish.NONE).wish) == (state, Wish.NONE)
        for wished in Wish:
            with pytest.raises(Invalid, match="is over"):
                wish(run.id, wished)
        with pytest.raises(NotFound):
            wish(run.id + 99, Wish.PAUSE)

    def test_whoever_carries_a_run_is_told(self, opened: Opened, books: Books) -> None:
        run, other = begin(books, wanted(books)), opened()
        assert books.ledger.beat(run, Totals()) is Wish.NONE
        for wished in (Wish.PAUSE, Wish.CANCEL, Wish.NONE, Wish.CANCEL):
            assert other.agenda.wish(run.id, wished) == run._replace(wish=wished)
            assert books.ledger.beat(run, Totals()) is wished
        books.ledger.finish(run, R.CANCELLED, Totals())
        assert books.agenda.run(run.id)[4:5] == (R.CANCELLED,) and not books.agenda.run(run.id).wish

    @pytest.mark.parametrize(("wished", "state"), [(Wish.PAUSE, R.PAUSED), (Wish.CANCEL, R.CANCELLED)])
    def test_a_wish_is_not_lost_when_the_run_lets_go(self, books: Books, wished: Wish, state: RunState) -> None:
        run = begin(books, wanted(books))
        books.agenda.wish(run.id, wished)
        books.ledger.finish(run, R.WAITING, Totals(), wakes=MOMENT)
        kept = books.agenda.run(run.id)
        assert (kept.state, kept.wish) == (state, Wish.NONE)
        with pytest.raises(Cancelled):
            begin(books, run)

    @pytest.mark.parametrize(("wished", "state"), [(Wish.PAUSE, R.PAUSED), (Wish.CANCEL, R.CANCELLED)])
    def test_a_wish_for_a_dead_run(self, opened: Opened, wished: Wish, state: RunState) -> None:
        far, near = opened(elsewhere=True), opened()
        late, early = begin(far, wanted(far)), begin(far, wanted(far, "early"))
        assert near.agenda.wish(early.id, wished).wish is wished
        lapse(opened, late, early)
        assert near.agenda.wish(late.id, wished).state is state
        with pytest.raises(Cancelled):
            begin(near, early)
        for run in (late, early):
            assert near.agenda.run(run.id)[4] is state and not near.agenda.run(run.id).wish
            with pytest.raises(LeaseLost):
                far.ledger.beat(run, Totals())

    def test_a_cancelled_run_takes_its_files_with_it(self, books: Books) -> None:
        run = begin(books, wanted(books))
        done, waiting, failed, paused = books.ledger.claim(run, [new(name) for name in "abcd"]).transfers
        books.ledger.record(run, [*whole_way(done), Report(waiting.id, Signal.TRANSIENT, "gone", "Unavailable",
                                                           retry_at=MOMENT),
                                  Report(failed.id, Signal.PERMANENT, "no", "Denied"), Report(paused.id, Signal.PAUSE)])
        books.ledger.finish(run, R.WAITING, Totals(1), wakes=MOMENT)
        other = begin(books, wanted(books, "other"))
        books.ledger.claim(other, [new("x")])
        assert books.agenda.wish(run.id, Wish.CANCEL).state is R.CANCELLED
        assert [t.state for t in reversed(books.ledger.transfers(run=run.id))] == [
            State.DONE, State.CANCELLED, State.FAILED, State.CANCELLED]
        assert {"transfer.cancelled", "run.cancelled"} < set(kinds(books, waiting))
        assert [t.state for t in books.ledger.pending("other")] == [State.COPYING]
        assert all(t.retry_at is None for t in books.ledger.transfers())

    def test_when_to_try_again(self, books: Books) -> None:
        run = begin(books, wanted(books))
        transfer, other = books.ledger.claim(run, [new("f"), new("g")]).transfers
        books.ledger.record(run, [Report(t.id, Signal.TRANSIENT, "gone", "Unavailable", retry_at=at)
                                  for t, at in ((transfer, MOMENT), (other, None))])
        first, second = books.ledger.pending(FLOW)
        assert (first.retry_at, first.since, second.retry_at) == (MOMENT, transfer.created, None)
        claimed, = books.ledger.claim(run, [first]).transfers
        assert claimed == books.ledger.pending(FLOW)[0]
        assert (claimed.retry_at, claimed.since) == (None, transfer.created)
        books.ledger.record(run, [Report(transfer.id, Signal.PERMANENT, "no", "Denied")])
        failed = books.ledger.pending(FLOW)[0]
        again, = books.ledger.claim(run, [failed]).transfers
        assert again.since > failed.since and again.since == books.ledger.pending(FLOW)[0].since

    # Single files

    def test_a_file_in_no_lane_obeys_at_once(self, books: Books) -> None:
        run = begin(books, wanted(books))
        transfer, other = books.ledger.claim(run, [new("f"), new("g")]).transfers
        ask = books.agenda.ask
        books.ledger.record(run, [Report(t.id, Signal.TRANSIENT, "gone", "Unavailable", retry_at=MOMENT)
                                  for t in (transfer, other)])
        for signal, state in ((Signal.PAUSE, State.PAUSED), (Signal.RESUME, State.QUEUED),
                              (Signal.CANCEL, State.CANCELLED), (Signal.RETRY, State.QUEUED)):
            assert ask(transfer.id, signal).state is state
            assert f"transfer.{state}" in kinds(books, transfer)
        left = books.ledger.pending(FLOW)[0]
        assert (left.id, left.finished, left.retry_at) == (transfer.id, None, None)
        again, = books.ledger.claim(run, [left]).transfers
        assert again.since > transfer.created
        for number, signal in ((other.id, Signal.RETRY), (other.id, Signal.RESUME), (other.id, Signal.COPIED)):
            with pytest.raises(Invalid, match="g: it is waiting"):
                ask(number, signal)
        with pytest.raises(NotFound):
            ask(other.id + 99, Signal.CANCEL)

    def test_a_file_in_a_lane_is_asked_of(self, books: Books) -> None:
        run = begin(books, wanted(books))
        a, b, c, d = books.ledger.claim(run, [new(name) for name in "abcd"]).transfers
        for transfer, signal in ((a, Signal.PAUSE), (b, Signal.PAUSE), (b, Signal.CANCEL), (c, Signal.CANCEL),
                                 (d, Signal.PAUSE)):
            assert books.agenda.ask(transfer.id, signal).state is State.COPYING
        asked = {a.id: Signal.PAUSE, b.id: Signal.CANCEL, c.id: Signal.CANCEL, d.id: Signal.PAUSE}
        assert books.agenda.asked(run.id) == asked and books.agenda.asked(run.id + 1) == {}
        books.ledger.record(run, [Report(a.id, Signal.PAUSE), Report(b.id, Signal.CANCEL), *whole_way(c)])
        assert books.agenda.asked(run.id) == {d.id: Signal.PAUSE}
        books.ledger.record(run, [Report(d.id, Signal.LOST)])
        books.ledger.finish(run, R.QUEUED, Totals())
        assert books.agenda.asked(run.id) == {}
        assert [t.state for t in reversed(books.ledger.transfers(run=run.id))] == [
            State.PAUSED, State.CANCELLED, State.DONE, State.PAUSED]

    def test_a_file_of_a_dead_run(self, opened: Opened) -> None:
        far, near = opened(elsewhere=True), opened()
        run = begin(far, wanted(far))
        a, b = far.ledger.claim(run, [new("a"), new("b")]).transfers
        far.ledger.record(run, [Report(a.id, draft=draft_for("a"))])
        assert near.agenda.ask(b.id, Signal.CANCEL).state is State.COPYING
        lapse(opened, run)
        assert near.agenda.ask(a.id, Signal.PAUSE).state is State.PAUSED
        begin(near, run)
        left, = near.ledger.pending(FLOW)
        assert (left.state, left.draft) == (State.PAUSED, draft_for("a"))
        assert near.agenda.asked(run.id) == {}

    def test_only_the_latest_of_a_file_is_tried_again(self, books: Books) -> None:
        run = begin(books, wanted(books))
        old, = books.ledger.claim(run, [new("f")]).transfers
        books.ledger.record(run, [Report(old.id, Signal.PERMANENT, "no", "Denied")])
        books.ledger.claim(run, [new("f", 5)])
        with pytest.raises(Invalid, match="came after it"):
            books.agenda.ask(old.id, Signal.RETRY)

    def test_all_that_failed_in_a_run_is_tried_again_at_once(self, books: Books) -> None:
        run, other = begin(books, wanted(books)), begin(books, wanted(books, "other"))
        many = books.ledger.claim(run, [new(f"{number}") for number in range(1005)]).transfers
        books.ledger.record(run, [Report(t.id, Signal.PERMANENT, "no", "Denied") for t in many[1:]])
        books.ledger.record(run, whole_way(many[0]))
        later, = books.ledger.claim(run, [new("1", 5)]).transfers     # of a file that changed
        alien, = books.ledger.claim(other, [new("x")]).transfers
        books.ledger.record(other, [Report(alien.id, Signal.PERMANENT, "no", "Denied")])
        books.ledger.record(run, [Report(later.id, Signal.CANCEL)])
        books.ledger.finish(run, R.FAILED, Totals(1, 1004))
        assert books.agenda.retry(run.id) == 1003 and books.agenda.retry(run.id) == 0
        states = {t.id: t.state for t in books.ledger.transfers(run=run.id, limit=2000)}
        assert states.pop(many[0].id) is State.DONE and states.pop(later.id) is State.CANCELLED
        assert states.pop(many[1].id) is State.FAILED and set(states.values()) == {State.QUEUED}
        assert books.ledger.pending("other")[0].state is State.FAILED
        assert "transfer.queued" in kinds(books, many[2])
        with pytest.raises(NotFound):
            books.agenda.retry(other.id + 1)

    # Schedules

    def test_a_slot_is_fired_once(self, opened: Opened, agenda: Agenda) -> None:
        first, second = Slot(MOMENT, "0 2 * * *"), Slot(MOMENT + 1, "0 3 * * *")
        assert agenda.slots() == {} and agenda.fire(FLOW, None, first, []) == []
        assert agenda.fire(FLOW, None, second, [WANTED]) is None
        assert agenda.fire(FLOW, second, first, [WANTED]) is None
        assert agenda.fire(FLOW, first._replace(schedule="other"), second, [WANTED]) is None
        assert agenda.open() == [] and agenda.slots() == {FLOW: first}
        made = agenda.fire(FLOW, first, second, [WANTED._replace(key="1"), WANTED._replace(key="2")])
        assert made and [run.flow for run in made] == [FLOW, FLOW] and agenda.open() == made
        assert agenda.fire(FLOW, second, first, [WANTED._replace(key="2"), WANTED._replace(key="3")])
        assert len(agenda.open()) == 3 and agenda.slots() == {FLOW: first}

    def test_files_that_a_run_is_wanted_for_are_seen_with_it(self, opened: Opened, agenda: Agenda) -> None:
        ledger, first, second = opened().ledger, Slot(MOMENT, "a"), Slot(MOMENT, "b")
        files = [Seen(Entry("a", 1), b""), Seen(Entry("b", 1), b"")]
        assert agenda.fire("arrival", None, first, [WANTED], files[:1]) and [*ledger.seen(FLOW, ["a", "b"])] == ["a"]
        assert agenda.fire("arrival", second, first, [WANTED], files) is None
        assert [*ledger.seen(FLOW, ["a", "b"])] == ["a"] and len(agenda.open()) == 1

    def test_racing_to_fire(self, opened: Opened) -> None:
        many = [opened().agenda for _ in range(4)]
        before: Slot | None = None
        for turn in range(10):
            now = Slot(MOMENT + turn, "hourly")

            def fire(agenda: Agenda, before: Slot | None = before, now: Slot = now) -> Sequence[Run] | None:
                return agenda.fire(FLOW, before, now, [Wanted(FLOW, slot=now.at)])

            won = [runs for runs in at_once(*[lambda agenda=agenda: fire(agenda) for agenda in many]) if runs]
            assert len(won) == 1
            before = now
        assert [run.slot for run in many[0].open()] == [MOMENT + turn for turn in range(10)]

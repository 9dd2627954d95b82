"""The suite every task book must pass, together with the books that it belongs to."""
from __future__ import annotations

import pytest

from ..model.errors import Invalid, LeaseLost, NotFound
from ..model.run import Run, RunState, Start, Totals, Wanted, Wish
from ..model.task import Attempt, Key, Move, TaskRun, TaskState
from .books import Books, at_once
from .crews import Opened
from .ledgers import MOMENT
from .taskruns import YES, F, TaskRunSuite, ask, go, start, states, told, wanted

R, S = RunState, TaskState


class TaskBookSuite(TaskRunSuite):
    """Tasks, decisions, and runs that go on from others; and what TaskRunSuite asks."""

    # Moves

    def test_a_task_from_its_first_move_to_its_end(self, books: Books) -> None:
        run = start(books)
        key = Key("fetch")
        begun, = books.tasks.move(run, [Move(key, S.QUEUED, S.RUNNING)])
        assert begun == TaskRun(run.id, key, S.RUNNING, 1, begun.since, begun.since) and begun.since > MOMENT
        outputs = {"n": 1, "å\0": ["x", None]}
        done, = books.tasks.move(run, [Move(key, S.RUNNING, S.DONE, outputs=outputs, child=7, tail="one line\n")],
                                 durable=False)
        assert done == begun._replace(state=S.DONE, finished=done.finished, outputs=outputs, child=7)
        assert done.finished and done.finished >= begun.started
        assert books.tasks.tasks(run.id) == [done]
        assert books.tasks.attempts(run.id, key) == [
            Attempt(run.id, key, 1, begun.started, done.finished, S.DONE, tail="one line\n")]
        assert told(books, run) == [("task.running", "fetch"), ("task.done", "fetch")]
        assert books.tasks.tasks(run.id + 1) == [] == books.tasks.attempts(run.id, Key("other"))

    def test_many_moves_at_once_in_order(self, books: Books) -> None:
        run = start(books)
        found = books.tasks.move(run, [
            Move(Key("a"), S.QUEUED, S.RUNNING), Move(Key("b"), S.QUEUED, S.SKIPPED, "its condition is false"),
            Move(Key("a"), S.RUNNING, S.FAILED, "it ended with 1", "Failed"), Move(Key("c"), S.QUEUED, S.BLOCKED, "a"),
            Move(Key("d"), S.QUEUED, S.BLOCKED, "a"), Move(Key("e"), S.QUEUED, S.QUEUED)])
        assert [(str(row.key), row.state, row.error) for row in found] == [
            ("a", S.FAILED, "it ended with 1"), ("b", S.SKIPPED, "its condition is false"), ("c", S.BLOCKED, "a"),
            ("d", S.BLOCKED, "a"), ("e", S.QUEUED, "")]
        assert books.tasks.tasks(run.id) == found
        assert [one.state for one in books.tasks.attempts(run.id, Key("a"))] == [S.FAILED]
        assert told(books, run) == [("task.running", "a"), ("task.skipped", "b: its condition is false"),
                                    ("task.failed", "a: Failed it ended with 1"), ("task.blocked", "c, d: a")]
        assert books.tasks.move(run, []) == []

    def test_each_try_is_known(self, books: Books) -> None:
        run, key = start(books), Key("fetch")
        row = go(books, run, "fetch", S.RUNNING, S.WAITING, error="no answer", kind="Unavailable", due=MOMENT, tail="1")
        assert (row.due, row.tries, row.finished, row.error, row.kind) == (MOMENT, 1, None, "no answer", "Unavailable")
        again, = books.tasks.move(run, [Move(key, S.WAITING, S.RUNNING)])
        assert (again.due, again.tries, again.since, again.error, again.kind) == (None, 2, row.since, "", "")
        assert again.started >= row.started
        books.tasks.move(run, [Move(key, S.RUNNING, S.RUNNING)])    # whoever did it died
        books.tasks.move(run, [Move(key, S.RUNNING, S.QUEUED)])     # whoever did it stopped
        assert [(one.number, one.state, one.error, one.kind, one.tail, one.finished is not None)
                for one in books.tasks.attempts(run.id, key)] == [
            (1, S.FAILED, "no answer", "Unavailable", "1", True), (2, S.CANCELLED, "", "", "", True),
            (3, S.CANCELLED, "", "", "", True)]

    def test_a_try_that_asks_again_later_goes_on(self, books: Books) -> None:
        run, key = start(books), Key("wait")
        for due in (MOMENT, MOMENT + 1):
            before = S.WAITING if due > MOMENT else S.RUNNING
            if before is S.RUNNING:
                books.tasks.move(run, [Move(key, S.QUEUED, S.RUNNING)])
            books.tasks.move(run, [Move(key, before, S.WAITING, "nothing there", "Later", due)])
        waiting, = books.tasks.attempts(run.id, key)
        assert (waiting.state, waiting.finished) == (S.WAITING, None)
        done, = books.tasks.move(run, [Move(key, S.WAITING, S.DONE, tail="it came")])
        ended, = books.tasks.attempts(run.id, key)
        assert (ended.state, ended.finished, ended.tail, done.tries) == (S.DONE, done.finished, "it came", 1)

    def test_what_becomes_known_of_a_task_that_runs_is_no_try(self, books: Books) -> None:
        run, key = start(books), Key("each")
        go(books, run, "each", S.RUNNING)
        books.tasks.move(run, [Move(key, S.RUNNING, S.RUNNING, items=("a", {"path": "b"}, 3))])
        row, = books.tasks.move(run, [Move(key, S.RUNNING, S.RUNNING, child=5)])
        assert (row.items, row.child, row.tries) == (("a", {"path": "b"}, 3), 5, 1)
        assert len(books.tasks.attempts(run.id, key)) == len(told(books, run)) == 1

    def test_items_are_tasks_of_their_own(self, books: Books) -> None:
        run = start(books)
        go(books, run, "each", S.RUNNING, S.RUNNING, items=())
        for item in (2, 1):
            go(books, run, "each", S.RUNNING, item=item)
        go(books, run, "each", S.RUNNING, item=3)
        books.tasks.move(run, [Move(Key("each", 2), S.RUNNING, S.DONE, outputs={"n": 2})])
        rows = books.tasks.tasks(run.id)
        assert [str(row.key) for row in rows] == ["each", "each[2]", "each[1]", "each[3]"]
        assert rows[0].items == () and rows[1].outputs == {"n": 2} and rows[2].items is None
        assert [len(books.tasks.attempts(run.id, Key("each", item))) for item in (1, 2, 3, 4)] == [1, 1, 1, 0]

    def test_only_from_the_state_it_is_in_and_all_or_nothing(self, books: Books) -> None:
        run = start(books)
        go(books, run, "a", S.RUNNING, S.DONE)
        for move in (Move(Key("a"), S.RUNNING, S.FAILED), Move(Key("b"), S.RUNNING, S.DONE)):
            with pytest.raises(LeaseLost, match=rf"{F}: {move.key} is .*, not running"):
                books.tasks.move(run, [Move(Key("c"), S.QUEUED, S.RUNNING), move])
        assert states(books, run) == {"a": S.DONE} and len(told(books, run)) == 2

    def test_whoever_lost_the_run_moves_nothing(self, opened: Opened, gone: int) -> None:
        dead, books = opened(pid=gone), opened()
        old = start(dead, wanted(dead).id)
        go(dead, old, "a", S.RUNNING)
        again = start(books, old.id)
        assert again.turn == 1
        with pytest.raises(LeaseLost):
            dead.tasks.move(old, [Move(Key("a"), S.RUNNING, S.DONE)])
        assert [row.state for row in books.tasks.tasks(old.id)] == [S.RUNNING]
        books.tasks.move(again, [Move(Key("a"), S.RUNNING, S.RUNNING), Move(Key("a"), S.RUNNING, S.DONE)])
        books.ledger.finish(again, R.DONE, Totals(1))
        with pytest.raises(LeaseLost):
            books.tasks.move(again, [Move(Key("b"), S.QUEUED, S.RUNNING)])

    def test_what_is_too_long_is_cut_or_refused(self, books: Books) -> None:
        run = start(books)
        row = go(books, run, "a", S.RUNNING, S.FAILED, error="é\0" * 5000, kind="Failed", tail="x" * 9000 + "é\0end")
        assert len(row.error.encode()) <= 2048 and row.error.startswith("é\N{REPLACEMENT CHARACTER}é")
        one, = books.tasks.attempts(run.id, Key("a"))
        assert len(one.tail.encode()) <= 4096 and one.tail.endswith("xé\N{REPLACEMENT CHARACTER}end")
        assert go(books, run, "b", S.RUNNING, S.DONE, outputs={"a": "x" * 65_000}).outputs["a"] == "x" * 65_000
        go(books, run, "c", S.RUNNING)
        for outputs in ({"a": "é" * 33_000}, {"a": {1, 2}}, {"a": float("nan")}):
            with pytest.raises(Invalid, match="c: its outputs"):
                books.tasks.move(run, [Move(Key("c"), S.RUNNING, S.DONE, outputs=outputs)])
        assert states(books, run)["c"] is S.RUNNING

    def test_many_threads(self, opened: Opened, books: Books) -> None:
        run, other = start(books), start(books, flow="other")

        def chain(mine: Run, name: str) -> None:
            for number in range(20):
                go(books, mine, f"{name}{number}", S.RUNNING, S.DONE)

        def race() -> int:
            try:
                return len(books.tasks.move(run, [Move(Key("raced"), S.QUEUED, S.RUNNING)]))
            except LeaseLost:
                return 0

        at_once(*(lambda name=name, mine=mine: chain(mine, name)  
                  for name, mine in zip("abcd", (run, run, run, other), strict=True)))
        assert sum(at_once(*[race] * 4)) == 1
        assert set(states(books, run).values()) == {S.DONE, S.RUNNING} and len(states(books, run)) == 61
        assert len(states(books, other)) == 20

    def test_a_thousand_at_once(self, books: Books) -> None:
        run = start(books)
        keys = [Key("each", number) for number in range(1, 1001)]
        for before, state in ((S.QUEUED, S.RUNNING), (S.RUNNING, S.DONE)):
            found = books.tasks.move(run, [Move(key, before, state, outputs={}) if state is S.DONE
                                           else Move(key, before, state) for key in keys])
        assert [row.key for row in books.tasks.tasks(run.id)] == keys == [row.key for row in found]
        assert set(states(books, run).values()) == {S.DONE}

    # Decisions

    def test_a_person_decides(self, books: Books) -> None:
        run = start(books, wanted(books).id)
        asked = ask(books, run)
        assert (asked.state, asked.due) == (S.WAITING, None)
        books.ledger.finish(run, R.WAITING, Totals())
        before = books.agenda.run(run.id)
        assert (before.state, before.wakes, before.turn) == (R.WAITING, None, 1)
        row = books.tasks.decide(run.id, asked.key, YES)
        assert row == asked._replace(decision=YES, due=row.due) == books.tasks.tasks(run.id)[0] and row.due
        after = books.agenda.run(run.id)
        assert (after.state, after.turn) == (R.QUEUED, 2) and books.agenda.open() == [after]
        assert told(books, run)[-1] == ("task.approved", "approve: approved by anna: it is fine")
        with pytest.raises(Invalid, match="approved by anna already"):
            books.tasks.decide(run.id, asked.key, YES._replace(approved=False))
        again = start(books, run.id)
        done, = books.tasks.move(again, [Move(asked.key, S.WAITING, S.DONE)])
        assert done.decision == YES

    def test_what_nobody_asked_is_not_decided(self, books: Books) -> None:
        run = start(books)
        go(books, run, "a", S.RUNNING)
        go(books, run, "b", S.RUNNING, S.WAITING, due=MOMENT)
        for task, how in (("a", "running"), ("b", "waiting")):
            with pytest.raises(Invalid, match=f"{task} of run {run.id} does not wait for a person; it is {how}"):
                books.tasks.decide(run.id, Key(task), YES)
        with pytest.raises(NotFound, match="no task c"):
            books.tasks.decide(run.id, Key("c"), YES)
        with pytest.raises(NotFound):
            books.tasks.decide(run.id + 1, Key("a"), YES)

    def test_of_many_who_decide_one_does(self, books: Books) -> None:
        run = start(books)
        asked = ask(books, run)

        def decide() -> bool:
            try:
                return bool(books.tasks.decide(run.id, asked.key, YES))
            except Invalid:
                return False

        assert sum(at_once(*[decide] * 5)) == 1 and books.agenda.run(run.id) == run

    def test_a_decision_while_the_run_lets_go_is_not_overlooked(self, books: Books) -> None:
        run = start(books, wanted(books).id)
        asked = ask(books, run)
        row = books.tasks.decide(run.id, asked.key, YES)
        books.ledger.finish(run, R.WAITING, Totals())
        assert books.agenda.run(run.id).wakes == row.due

    def test_a_run_wakes_when_the_first_of_its_tasks_is_due_and_not_for_what_it_waited_for_before(
            self, books: Books) -> None:
        run = start(books, wanted(books).id)
        go(books, run, "a", S.RUNNING, S.WAITING, due=MOMENT)
        books.ledger.finish(run, R.WAITING, Totals(), wakes=MOMENT)
        again = start(books, run.id)
        books.tasks.move(again, [Move(Key("a"), S.WAITING, S.DONE)])
        ask(books, again)
        books.ledger.finish(again, R.WAITING, Totals())
        assert books.agenda.run(run.id).wakes is None

    def test_a_paused_run_stays_paused(self, books: Books) -> None:
        run = start(books, wanted(books).id)
        asked = ask(books, run)
        books.ledger.finish(run, R.PAUSED, Totals())
        assert books.tasks.decide(run.id, asked.key, YES).due
        assert books.agenda.run(run.id).state is R.PAUSED
        assert books.agenda.wish(run.id, Wish.NONE).state is R.QUEUED

    def test_who_waits_for_a_run_that_waits_for_a_person_goes_on_too(self, books: Books) -> None:
        run = start(books, wanted(books).id)
        child = start(books, flow="inner", how=Start(parent=run.id))
        asked = ask(books, child)
        books.ledger.finish(child, R.WAITING, Totals())
        go(books, run, "sub", S.RUNNING, S.WAITING, kind="Later", child=child.id)
        books.ledger.finish(run, R.WAITING, Totals())
        books.tasks.decide(child.id, asked.key, YES)
        assert [books.agenda.run(one.id).state for one in (run, child)] == [R.QUEUED, R.QUEUED]
        row, = books.tasks.tasks(run.id)
        assert row.due and row.decision is None

    # Going on from an earlier run

    def test_a_run_goes_on_from_an_earlier_one(self, books: Books) -> None:
        run = start(books, wanted(books, params='{"n": 1}', slot=MOMENT).id)
        go(books, run, "a", S.RUNNING, S.DONE, outputs={"x": 1}, child=4)
        go(books, run, "b", S.RUNNING, S.FAILED, error="no")
        go(books, run, "c", S.SKIPPED)
        go(books, run, "d", S.RUNNING, S.RUNNING, items=("p", "q"))
        go(books, run, "d", S.RUNNING, S.DONE, item=1, outputs={"y": 1})
        go(books, run, "d", S.RUNNING, S.FAILED, item=2)
        go(books, run, "e", S.RUNNING, S.DONE)
        books.tasks.move(run, [Move(Key("d"), S.RUNNING, S.FAILED)])
        with pytest.raises(Invalid, match=f"{F}: run {run.id} is running"):
            books.tasks.follow(run, Wanted(F), [])
        books.ledger.finish(run, R.FAILED, Totals(1, 2))
        before = {row.key: row for row in books.tasks.tasks(run.id)}
        new = books.tasks.follow(run, Wanted(F, key="k", by="anna"), ["e", "never heard of"])
        assert (new.state, new.params, new.slot, new.origin) == (R.QUEUED, '{"n": 1}', MOMENT, run.id)
        assert books.agenda.open() == [new] and books.agenda.run(run.id).origin == 0
        rows = books.tasks.tasks(new.id)
        done, one = (before[key]._replace(run=new.id, origin=run.id) for key in (Key("a"), Key("d", 1)))
        assert rows == [done, TaskRun(new.id, Key("d"), items=("p", "q")), one]
        with pytest.raises(Invalid, match="wanted under the key k before"):
            books.tasks.follow(run, Wanted(F, key="k"), [])
        begun = start(books, new.id)
        go(books, begun, "b", S.RUNNING, S.DONE)
        books.ledger.finish(begun, R.FAILED, Totals())
        third = books.tasks.follow(begun, Wanted(F), [])
        assert {str(row.key): row.origin for row in books.tasks.tasks(third.id)} == {
            "a": run.id, "d": 0, "d[1]": run.id, "b": new.id}

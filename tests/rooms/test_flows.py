"""Runs of flows: order, states, retries, lists, conditions, pausing, cancelling, dying."""
from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from haulier.engine.news import News
from haulier.model.alert import AlertKind
from haulier.model.errors import Failed, Invalid, Later
from haulier.model.graph import Keep, Phase
from haulier.model.retry import Retry
from haulier.model.run import RunState, Trigger, Wanted, Wish
from haulier.model.schedule import Overlap
from haulier.model.task import Decision, Key, TaskState
from haulier.ports import Doing
from haulier.testing.bench import until

from .graphs import Show, node

S, R = TaskState, RunState
SOON = Retry(base=0.01, cap=0.01, tries=3)


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Show]:
    made = Show(tmp_path)
    yield made
    made.close()


def failing(doing: Doing) -> None:
    raise Failed(f"{doing.task} ended with status 3")


def test_tasks_run_in_order_and_side_by_side(show: Show) -> None:
    meeting, order = threading.Barrier(3, timeout=30), list[str]()

    def fetch(doing: Doing) -> dict[str, str]:
        meeting.wait()      # all three are under way at once
        return {"code": doing.task[-3:]}

    def gather(doing: Doing) -> None:
        order.append(f"{doing.task} {doing.settings}")

    show.functions = {"get_lax": fetch, "get_sfo": fetch, "get_nyc": fetch, "gather": gather, "tell": gather}
    graph = show.flow(
        node("tell", "gather"), node("gather", "get_lax", "get_sfo", "get_nyc",
                                     settings={"first": "${tasks.get_lax.outputs.code}"}),
        *(node(f"get_{code}") for code in ("lax", "sfo", "nyc")))
    result = show.run(graph)
    assert (result.state, result.progress.done) == (R.DONE, 5)
    assert order == ["gather {'first': 'lax'}", "tell {}"]
    assert set(show.states(result.run).values()) == {S.DONE} and show.latest().totals.done == 5


def test_what_needs_a_failed_task_is_blocked_and_the_rest_goes_on(show: Show) -> None:
    show.functions = {"a": failing}
    result = show.run(show.flow(node("a"), node("b", "a"), node("c", "b"), node("d")))
    assert result.state is R.FAILED
    assert show.states(result.run) == {"a": S.FAILED, "b": S.BLOCKED, "c": S.BLOCKED, "d": S.DONE}
    assert show.latest().error == "a: a ended with status 3 (and 2 more)"
    assert show.tasks(result.run)["b"].error == "a failed"


def test_a_failure_may_be_allowed(show: Show) -> None:
    show.functions = {"a": failing}
    result = show.run(show.flow(node("a", allow_failure=True), node("b", "a")))
    assert (result.state, show.states(result.run)) == (R.DONE, {"a": S.FAILED, "b": S.DONE})


def test_tries_are_counted_and_told_apart(show: Show) -> None:
    seen = []

    def flaky(doing: Doing) -> None:
        seen.append(doing.number)
        doing.say(f"try {doing.number}")
        if doing.number < 3:
            failing(doing)

    show.functions = {"a": flaky}
    result = show.run(show.flow(node("a", retry=SOON)))
    assert (result.state, seen, show.tries(result.run, "a")) == (R.DONE, [1, 2, 3], [S.FAILED, S.FAILED, S.DONE])
    attempts = show.books.tasks.attempts(result.run, Key("a"))
    assert [one.tail.splitlines()[0] for one in attempts] == ["try 1", "try 2", "try 3"]
    assert attempts[0].error == "a ended with status 3"


def test_tries_end(show: Show) -> None:
    show.functions = {"a": failing}
    result = show.run(show.flow(node("a", retry=SOON)))
    assert result.state is R.FAILED and show.tries(result.run, "a") == [S.FAILED] * 3


def test_a_permanent_error_is_not_tried_again(show: Show) -> None:
    def wrong(doing: Doing) -> None:
        raise Invalid("no such script")

    show.functions = {"a": wrong}
    result = show.run(show.flow(node("a", retry=SOON)))
    assert show.tries(result.run, "a") == [S.FAILED]


def test_a_bug_in_a_task_is_a_failure_with_its_traceback_in_the_log(show: Show) -> None:
    def bug(doing: Doing) -> None:
        raise ZeroDivisionError("oh")

    show.functions = {"a": bug}
    result = show.run(show.flow(node("a")))
    assert result.state is R.FAILED and "ZeroDivisionError" in show.tasks(result.run)["a"].error
    assert "Traceback" in (show.folder / "runs" / str(result.run) / "a.1.log").read_text()


def test_conditions(show: Show) -> None:
    show.functions = {"a": lambda doing: {"rows": 3}, "bad": failing}
    result = show.run(show.flow(
        node("a"), node("many", "a", when="tasks.a.outputs.rows > 10"), node("after", "many"),
        node("few", "a", when="tasks.a.outputs.rows <= 10"), node("bad", allow_failure=True),
        node("sorry", "bad", when='tasks.bad.state == "failed"')))
    assert show.states(result.run) == {"a": S.DONE, "many": S.SKIPPED, "after": S.SKIPPED, "few": S.DONE,
                                       "bad": S.FAILED, "sorry": S.DONE}
    assert result.state is R.DONE


@pytest.mark.parametrize("fails", [True, False])
def test_tasks_for_the_end(show: Show, fails: bool) -> None:
    show.functions = {"a": failing if fails else (lambda doing: None)}
    result = show.run(show.flow(node("a"), node("tell", phase=Phase.ON_FAILURE), node("cheer", phase=Phase.ON_SUCCESS)))
    assert result.state is (R.FAILED if fails else R.DONE)
    told = {S.DONE if fails else S.SKIPPED, S.SKIPPED if fails else S.DONE}
    states = show.states(result.run)
    assert [states["tell"], states["cheer"]] == [S.DONE if fails else S.SKIPPED, S.SKIPPED if fails else S.DONE], told


def test_a_list_is_done_one_by_one(show: Show) -> None:
    show.functions = {"each": lambda doing: {"said": doing.settings["name"]}}
    result = show.run(show.flow(node("each", foreach="${params.codes}", settings={"name": "${item} ${index}"}),
                                node("after", "each", settings={"all": "${tasks.each.outputs.items}"})),
                      params={"codes": ["LAX", "SFO"]})
    tasks = show.tasks(result.run)
    assert tasks["each"].outputs == {"count": 2, "items": [{"said": "LAX 1"}, {"said": "SFO 2"}]}
    assert [tasks[name].state for name in ("each[1]", "each[2]", "each", "after")] == [S.DONE] * 4
    assert show.latest().totals.done == 2


def test_a_list_may_be_empty_or_files(show: Show) -> None:
    (show.folder / "in").mkdir()
    for name in ("b.csv", "a.csv", "c.txt"):
        (show.folder / "in" / name).write_text("x")
        os.utime(show.folder / "in" / name, (0, 1_700_000_000))
    show.functions = {"files": lambda doing: {"item": doing.settings["item"]}}
    place = {"type": "local", "path": str(show.folder / "in"), "include": "*.csv"}
    result = show.run(show.flow(node("none", foreach=[]), node("files", foreach=place,
                                                               settings={"item": "${item}"})))
    tasks = show.tasks(result.run)
    assert tasks["none"].outputs == {"count": 0, "items": []}
    assert tasks["files"].outputs["items"] == [
        {"item": {"path": name, "name": name, "size": 1, "modified": "2023-11-14T22:13:20Z"}}
        for name in ("a.csv", "b.csv")]


def test_one_of_a_list_fails(show: Show) -> None:
    def each(doing: Doing) -> None:
        if doing.task == "each[2]":
            failing(doing)

    show.functions = {"each": each}
    result = show.run(show.flow(node("each", foreach=[1, 2, 3]), node("after", "each")))
    tasks = show.tasks(result.run)
    assert (tasks["each"].state, tasks["after"].state) == (S.FAILED, S.BLOCKED)
    assert tasks["each"].error == "1 of 3 failed: each[2]: each[2] ended with status 3"
    assert tasks["each[3]"].state is S.DONE


def test_so_many_at_a_time(show: Show) -> None:
    lock, now, most = threading.Lock(), [0], [0]

    def count(doing: Doing) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        until(lambda: most[0] >= 3, 30)     # as many as may be
        time.sleep(0.02)
        with lock:
            now[0] -= 1

    show.functions = {f"t{at}": count for at in range(12)}
    assert show.run(show.flow(*map(node, show.functions), concurrency=3)).state is R.DONE
    assert most == [3]


def test_time_is_up_for_a_task(show: Show) -> None:
    def slow(doing: Doing) -> None:
        for _ in range(1000):
            time.sleep(0.01)
            doing.check()

    show.functions = {"a": slow}
    result = show.run(show.flow(node("a", timeout=0.1, retry=Retry(base=0, tries=2))))
    assert show.tries(result.run, "a") == [S.FAILED, S.FAILED]
    assert "not done in time" in show.tasks(result.run)["a"].error
    assert show.latest().error.startswith("a: not done in time"), "it said `a: a: …`"


def test_time_is_up_for_the_run(show: Show) -> None:
    def slow(doing: Doing) -> None:
        while True:
            time.sleep(0.01)
            doing.check()

    show.functions = {"a": slow}
    tell = node("tell", phase=Phase.ON_FAILURE)
    result = show.run(show.flow(node("a", retry=SOON), node("b", "a"), tell, timeout=0.2))
    assert result.state is R.FAILED
    assert show.states(result.run) == {"a": S.FAILED, "b": S.BLOCKED, "tell": S.DONE}


def test_parameters_are_checked_before_anything_begins(show: Show) -> None:
    from dataclasses import replace

    from haulier.model.graph import Param
    graph = replace(show.flow(node("a")), params=(Param("day", required=True),), takes_any=False)
    with pytest.raises(Invalid, match="day"):
        show.run(graph)
    assert show.latest().state is R.FAILED and show.states(show.latest().id) == {}


def test_programs_are_told_by_their_environment(show: Show) -> None:
    env = {}
    show.functions = {"a": lambda doing: env.update(doing.env)}
    result = show.run(show.flow(node("a")), params={"date": "2026-11-30", "n": 3, "PATH": "evil"})
    assert (env["date"], env["n"], env["PATH"]) == ("2026-11-30", "3", "/usr/bin:/bin")
    assert env["HAULIER_RUN"] == str(result.run) and env["TMP_DIR"].endswith(f"runs/{result.run}/tmp")


@pytest.mark.parametrize(("keep", "stays"), [(Keep.NEVER, False), (Keep.ON_FAILURE, True), (Keep.ALWAYS, True)])
def test_the_temporary_folder(show: Show, keep: Keep, stays: bool) -> None:
    def write(doing: Doing) -> None:
        (doing.folder / "a").write_text("x")

    show.functions = {"a": write, "b": failing}
    run = show.run(show.flow(node("a"), node("b", "a"), keep=keep)).run
    assert (show.folder / "runs" / str(run) / "tmp" / "a").exists() is stays


# A person wants something


def test_cancelled_in_the_middle(show: Show) -> None:
    begun = threading.Event()

    def slow(doing: Doing) -> None:
        begun.set()
        while True:
            time.sleep(0.01)
            doing.check()

    show.functions = {"a": slow}
    thread, found = show.in_thread(show.flow(node("a"), node("b", "a"), node("c", foreach=[1, 2], when="False")))
    begun.wait(30)
    show.books.agenda.wish(show.latest().id, Wish.CANCEL)
    thread.join(30)
    assert found[0].state is R.CANCELLED
    states = show.states(found[0].run)
    assert (states["a"], states["b"]) == (S.CANCELLED, S.CANCELLED)
    assert show.latest().totals.failed == 0, "they have not failed"


def test_paused_and_gone_on_with(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go, heard = threading.Event(), threading.Event(), list[Wish]()
    plain = show.books.ledger.beat
    monkeypatch.setattr(show.books.ledger, "beat", lambda *about: heard.append(plain(*about)) or heard[-1])

    def first(doing: Doing) -> None:
        begun.set()
        go.wait(30)

    show.functions = {"a": first}
    graph = show.flow(node("a"), node("b", "a"))
    thread, found = show.in_thread(graph)
    begun.wait(30)
    run = show.latest().id
    show.books.agenda.wish(run, Wish.PAUSE)
    until(lambda: heard.count(Wish.PAUSE) > 1, 30)      # a task that has begun may end what it does
    go.set()
    thread.join(30)
    assert found[0].state is R.PAUSED and show.states(run) == {"a": S.DONE}
    show.books.agenda.wish(run, Wish.NONE)
    assert show.run(graph, run=run).state is R.DONE and show.tries(run, "a") == [S.DONE]


def test_stopped_and_begun_again(show: Show) -> None:
    begun, stopping, tries = threading.Event(), threading.Event(), []

    def slow(doing: Doing) -> None:
        tries.append(doing.number)
        begun.set()
        while len(tries) == 1:
            time.sleep(0.01)
            doing.check()

    show.functions = {"b": slow}
    graph = show.flow(node("a"), node("b", "a"))
    thread, found = show.in_thread(graph, stopping=stopping)
    begun.wait(30)
    stopping.set()
    thread.join(30)
    assert found[0].state is R.QUEUED
    assert show.run(graph, run=found[0].run).state is R.DONE
    assert (tries, show.tries(found[0].run, "a")) == ([1, 2], [S.DONE])


def test_a_person_is_asked(show: Show) -> None:
    def approve(doing: Doing) -> dict[str, object]:
        if doing.decision is None:
            raise Later("waits for a person")
        return {"approved": doing.decision.approved, "by": doing.decision.by}

    show.functions = {"ask": approve}
    graph = show.flow(node("ask"), node("b", "ask"))
    parked = show.run(graph, park=1.0)
    assert (parked.state, parked.wakes) == (R.WAITING, None)
    assert show.tasks(parked.run)["ask"].state is S.WAITING
    show.books.tasks.decide(parked.run, Key("ask"), Decision(True, "maja", time.time_ns()))
    assert show.run(graph, run=parked.run, park=1.0).state is R.DONE
    assert show.tasks(parked.run)["ask"].outputs == {"approved": True, "by": "maja"}
    assert show.tries(parked.run, "ask") == [S.DONE]


def test_a_person_is_asked_while_the_run_goes_on(show: Show) -> None:
    def approve(doing: Doing) -> None:
        if doing.decision is None:
            raise Later("waits for a person")

    show.functions = {"ask": approve}
    thread, found = show.in_thread(show.flow(node("ask")))
    until(lambda: bool(show.books.ledger.runs()) and "ask" in show.states(show.latest().id)
          and show.tasks(show.latest().id)["ask"].state is S.WAITING, 30)
    show.books.tasks.decide(show.latest().id, Key("ask"), Decision(True, "maja", time.time_ns()))
    thread.join(30)
    assert found[0].state is R.DONE


def test_nobody_answers_in_time(show: Show) -> None:
    def approve(doing: Doing) -> None:
        raise Later("waits for a person")

    show.functions = {"ask": approve}
    result = show.run(show.flow(node("ask", timeout=0.2)))
    assert result.state is R.FAILED and "not done in time" in show.tasks(result.run)["ask"].error


def test_waiting_for_something_is_one_try(show: Show) -> None:
    looks = []

    def wait(doing: Doing) -> dict[str, int]:
        looks.append(1)
        if len(looks) < 4:
            raise Later("no file yet", retry_after=0.01)
        return {"files": 1}

    show.functions = {"wait": wait}
    result = show.run(show.flow(node("wait"), node("b", "wait")))
    assert (result.state, len(looks), show.tries(result.run, "wait")) == (R.DONE, 4, [S.DONE])


def test_what_waits_for_long_lets_go(show: Show) -> None:
    show.functions = {"a": failing}
    graph = show.flow(node("a", retry=Retry(base=3600, cap=3600, tries=2)))
    parked = show.run(graph, park=1.0)
    assert parked.state is R.WAITING and parked.wakes and parked.wakes > time.time_ns() + 3000 * 10**9


def test_what_waits_again_and_again_lets_go_until_it_is_due(show: Show) -> None:
    looks = []

    def wait(doing: Doing) -> None:
        looks.append(1)
        raise Later("no file yet", retry_after=0.05 if len(looks) < 3 else 3600)

    show.functions = {"wait": wait}
    graph = show.flow(node("wait"))
    parked = show.run(graph, park=1.0)
    run = show.books.agenda.run(parked.run)
    assert len(looks) == 3 and run.wakes and run.wakes > time.time_ns() + 3000 * 10**9
    assert show.tries(parked.run, "wait") == [S.WAITING]
    events = [one.text for one in show.books.reader.events(0, run=run.id) if one.kind == "task.waiting"]
    assert len(events) == 1


# Dying and going on


def test_what_was_done_is_not_done_again_after_a_crash(show: Show) -> None:
    calls = []

    class Died(BaseException):
        pass

    def once(doing: Doing) -> dict[str, int]:
        calls.append(doing.task)
        return {"n": len(calls)}

    def work(doing: Doing) -> None:
        calls.append(f"b{doing.number}")

    show.functions = {"a": once, "b": work, "each": once}
    graph = show.flow(node("a"), node("each", "a", foreach=[1, 2]), node("b", "each"))
    course = show.course(graph)
    moves = []
    real = show.books.tasks.move

    class Dying:
        """The book, until the process dies in the middle of b."""

        def __getattr__(self, name: str) -> object:
            return getattr(show.books.tasks, name)

        def move(self, run: object, changes: object, **more: object) -> object:
            moves.append(changes)
            if any(one.key == Key("b") and one.state is S.DONE for one in changes):  # type: ignore[attr-defined]
                raise Died
            return real(run, changes, **more)  # type: ignore[arg-type]

    from dataclasses import replace
    course._work = replace(course._work, site=replace(show.site, tasks=Dying()))  # type: ignore[arg-type]
    course._ledger = Frozen(show.books.ledger)  # type: ignore[assignment]
    with pytest.raises(Died):
        course.run()
    run = show.latest()
    assert (run.state, show.states(run.id)["b"]) == (R.RUNNING, S.RUNNING)
    result = show.run(graph, run=run.id)
    assert result.state is R.DONE and sorted(calls[:3]) == ["a", "each[1]", "each[2]"]     # these two side by side
    assert calls[3:] == ["b1", "b2"]


class Frozen:
    """A ledger that a dead process tells nothing more."""

    def __init__(self, ledger: object) -> None:
        self._ledger = ledger

    def __getattr__(self, name: str) -> object:
        return getattr(self._ledger, name)

    def finish(self, *_: object, **__: object) -> None:
        pass


def test_from_a_failed_task_on(show: Show) -> None:
    calls, broken = [], [True]

    def a(doing: Doing) -> dict[str, int]:
        calls.append("a")
        (doing.folder / "of-a").write_text("x")
        return {"n": 1}

    def b(doing: Doing) -> None:
        calls.append("b")
        assert (doing.folder / "of-a").exists()
        if broken[0]:
            failing(doing)

    show.functions = {"a": a, "b": b, "c": lambda doing: calls.append(f"c {doing.settings}")}
    graph = show.flow(node("a"), node("b", "a"), node("c", "b", settings={"n": "${tasks.a.outputs.n}"}),
                      keep=Keep.ON_FAILURE)
    first = show.run(graph, params={"day": "monday"})
    broken[0] = False
    again = show.books.tasks.follow(show.latest(), Wanted("flow", Trigger.RETRY), [])
    result = show.run(graph, run=again.id)
    assert (first.state, result.state, calls) == (R.FAILED, R.DONE, ["a", "b", "b", "c {'n': 1}"])
    assert show.tasks(again.id)["a"].origin == first.run and show.latest().params == '{"day": "monday"}'


# Runs of their own


def test_a_flow_in_a_flow(show: Show) -> None:
    show.functions = {"inner": lambda doing: {"got": doing.params["x"]},
                      "outer": lambda doing: doing.start("small", {"x": 7})}
    small = show.flow(node("inner"), flow="small")
    settings = {"n": "${tasks.outer.outputs.tasks.inner.got}"}
    result = show.run(show.flow(node("outer"), node("after", "outer", settings=settings)))
    outer = show.tasks(result.run)["outer"]
    assert result.state is R.DONE and outer.outputs == {"run": outer.child, "tasks": {"inner": {"got": 7}}}
    child = show.books.agenda.run(outer.child)
    assert (child.flow, child.parent, child.state) == (small.flow, result.run, R.DONE)


def test_a_flow_in_a_flow_fails(show: Show) -> None:
    show.functions = {"inner": failing, "outer": lambda doing: doing.start("small", {})}
    show.flow(node("inner"), flow="small")
    result = show.run(show.flow(node("outer")))
    assert result.state is R.FAILED and "run 2 has failed" in show.tasks(result.run)["outer"].error


def test_a_flow_in_a_flow_is_gone_on_with(show: Show) -> None:
    begun, stopping, calls = threading.Event(), threading.Event(), []

    def slow(doing: Doing) -> None:
        begun.set()
        while True:
            time.sleep(0.01)
            doing.check()

    show.functions = {"first": lambda doing: calls.append("first"), "slow": slow,
                      "outer": lambda doing: doing.start("small", {})}
    show.flow(node("first"), node("slow", "first"), flow="small")
    graph = show.flow(node("outer"))
    thread, found = show.in_thread(graph, stopping=stopping)
    begun.wait(30)
    stopping.set()
    thread.join(30)
    assert found[0].state is R.QUEUED
    show.functions["slow"] = lambda doing: calls.append("slow")
    assert show.run(graph, run=found[0].run).state is R.DONE
    assert calls == ["first", "slow"] and len(show.books.tasks.children(found[0].run)) == 1


def test_several_runs_beside_each_other(show: Show) -> None:
    meeting = threading.Barrier(2, timeout=30)
    show.functions = {"a": lambda doing: meeting.wait() and None}
    graph = show.flow(node("a"), overlap=Overlap.PARALLEL)
    threads = [show.in_thread(graph) for _ in range(2)]
    for thread, found in threads:
        thread.join(30)
        assert found[0].state is R.DONE


def test_paused_and_wanted_again_before_it_had_let_go(show: Show) -> None:
    begun, go, calls = threading.Event(), threading.Event(), []

    def slow(doing: Doing) -> None:
        begun.set()
        while not calls:        # the run of its own lets go when it is told to
            time.sleep(0.01)
            doing.check()

    def wait(doing: Doing) -> None:
        go.wait(30)

    show.functions = {"inner": slow, "outer": lambda doing: doing.start("small", {}), "other": wait}
    show.flow(node("inner"), flow="small")
    thread, found = show.in_thread(show.flow(node("outer"), node("other")))
    begun.wait(30)
    run = next(one.id for one in show.books.ledger.runs() if one.flow == "flow")
    show.books.agenda.wish(run, Wish.PAUSE)
    until(lambda: show.states(run)["outer"] is S.QUEUED, 30)
    show.books.agenda.wish(run, Wish.NONE)
    calls.append(1)
    go.set()
    thread.join(30)
    assert found[0].state is R.DONE and show.states(run) == {"outer": S.DONE, "other": S.DONE}


def test_time_is_up_for_a_run_of_its_own(show: Show) -> None:
    def slow(doing: Doing) -> None:
        while True:
            time.sleep(0.01)
            doing.check()

    show.functions = {"inner": slow, "outer": lambda doing: doing.start("small", {})}
    show.flow(node("inner"), flow="small")
    result = show.run(show.flow(node("outer", timeout=0.3)))
    assert result.state is R.FAILED and "not done in time" in show.tasks(result.run)["outer"].error


# People outside


def test_people_are_told_of_the_whole_and_of_questions(show: Show) -> None:
    def ask(doing: Doing) -> None:
        raise Later("waits for a person: go on?")

    show.functions = {"inner": failing, "outer": lambda doing: doing.start("small", {}), "ask": ask}
    show.flow(node("inner"), flow="small")
    show.run(show.flow(node("outer")))
    show.run(show.flow(node("ask"), flow="asking"), park=1.0)
    events = show.books.reader.events(0)
    heard = [(one.flow, one.kind, one.said.text) for one in News(show.books.agenda, show.books.reader).of(events)]
    assert heard == [
        ("flow", AlertKind.FAILED, "flow: run 1 failed: outer: small: run 2 has failed, with 1 failed"),
        ("asking", AlertKind.ASKED, "asking: run 3: ask: waits for a person: go on?")]

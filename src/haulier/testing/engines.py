"""The suite every engine must pass. Subclass it, say how one is opened, and that is the test file.

    class TestMine(EngineSuite):
        @classmethod
        def open(cls, place, bench):
            books = ...             # at `place`
            return Opened(Mine(books, bench.flows, bench.limits), books, close)

One engine serves all tests of a class: each has flows of its own.
"""
from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from ..model.errors import Denied, Unavailable
from ..model.files import Draft, Entry, Stream
from ..model.retry import Retry
from ..model.run import Priority, RunState, Trigger, Wanted, Wish
from ..model.transfer import Signal, State
from .bench import BIG, DRAG, LATER, NOW, PACE, SOON, Bench, Counting, Flow, Opened, Paced, filled, until
from .memory import Memory
from .stores import content

R = RunState


class EngineSuite:
    """Override `place` and `open`."""

    @pytest.fixture(scope="class")
    @classmethod
    def place(cls) -> object:
        """Where new books and a new engine can be made."""
        raise NotImplementedError

    @classmethod
    def open(cls, place: object, bench: Bench) -> Opened:
        """An engine that carries runs of `bench.flows` (Invalid for any other), within `bench.limits()`."""
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, place: object) -> Iterator[Bench]:
        bench = Bench()
        bench.opened = cls.open(place, bench)
        yield bench
        bench.opened.close()

    # Runs

    def test_a_run_is_carried(self, bench: Bench) -> None:
        target = Counting()
        bench.flows["plain"] = Flow(filled(Memory(), a=b"1", b=b"22", c=content(300_000)), target)
        number = bench.submit("plain")
        done = bench.ends(number)
        assert (done.state, done.totals.done, done.totals.bytes, done.error) == (R.DONE, 3, 300_003, "")
        assert sorted(target.published) == ["a", "b", "c"] and not target.left
        until(lambda: number not in bench.engine.progress(), SOON)

    def test_the_same_key_is_one_run(self, bench: Bench) -> None:
        bench.flows["key"] = Flow(filled(Memory(), a=b"1"), target := Counting())
        run = bench.engine.submit(Wanted("key", key="k"))
        assert run and bench.engine.submit(Wanted("key", key="k")) is None
        bench.ends(run.id)
        assert bench.engine.submit(Wanted("key", key="k")) is None and target.published == ["a"]

    def test_runs_of_one_flow_take_turns(self, bench: Bench) -> None:
        source = Paced()
        bench.flows["turns"] = Flow(filled(source, big=content(BIG // 2)), target := Counting())
        first, second = bench.submit("turns"), bench.submit("turns")
        bench.moves(first, "big")
        assert bench.run(second).state is R.QUEUED
        source.pace = 0
        one, two = bench.ends(first), bench.ends(second)
        assert (one.finished or 0) <= two.started and (two.totals.done, two.totals.skipped) == (0, 1)
        assert target.published == ["big"]

    def test_what_cannot_be_begun_has_failed(self, bench: Bench) -> None:
        failed = bench.ends(bench.submit("unheard of"))
        assert failed.state is R.FAILED and "unheard of" in failed.error

    def test_what_cannot_be_listed_waits_and_begins_anew(self, bench: Bench) -> None:
        class Shy(Memory):
            asked = 0

            def scan(self, prefix: str = "", *, deep: bool = False) -> Iterator[Entry]:
                self.asked += 1
                if self.asked == 1:
                    raise Unavailable("no route to host")
                return super().scan(prefix, deep=deep)

        bench.flows["shy"] = Flow(filled(Shy(), a=b"1"), target := Counting())
        number = bench.submit("shy")
        waiting = bench.becomes(number, R.WAITING)
        assert "no route" in waiting.error and waiting.wakes
        assert bench.ends(number).state is R.DONE and target.published == ["a"]

    # Limits and priorities

    def test_urgent_runs_go_first(self, bench: Bench) -> None:
        order: list[str] = []
        hog = Paced()
        bench.flows["hog"] = Flow(filled(hog, hog=content(BIG)), Counting(order))
        for name in ("low", "urgent"):
            bench.flows[name] = Flow(filled(Memory(), **{name: b"1"}), Counting(order))
        bench.most = (1, 1)
        numbers = [bench.submit("hog")]
        bench.moves(numbers[0], "hog")
        bench.asked.clear()
        numbers += [bench.submit("low", priority=Priority.LOW), bench.submit("urgent", priority=Priority.URGENT)]
        for number in numbers[1:]:
            bench.becomes(number, R.RUNNING)
        until(lambda: sum(times > 1 for times in bench.asked.values()) == 2, SOON)      # both are in the queue
        hog.pace = 0
        assert {bench.ends(number).state for number in numbers} == {R.DONE}
        bench.most = (4, 2)
        assert order == ["hog", "urgent", "low"]

    def test_runs_share_what_there_is(self, bench: Bench) -> None:
        order: list[str] = []
        data, slow = content(5 << 20), Paced()      # a batch each
        slow.drag = 1
        slow.pace = 0.6 / len(list(filled(Memory(), one=data).read("one")))
        bench.flows["many"] = Flow(filled(slow, **{f"many{n}": data for n in range(12)}), Counting(order))
        bench.flows["few"] = Flow(filled(Memory(), few0=data, few1=data), Counting(order))
        bench.most = (1, 1)
        many = bench.submit("many")
        until(lambda: bool(order), SOON)
        pace, slow.pace = slow.pace, PACE * DRAG        # until the other one is there
        few = bench.submit("few")
        bench.becomes(few, R.RUNNING)
        slow.pace = pace
        bench.ends(few)
        assert bench.run(many).state is R.RUNNING, "the run with more files went first"
        slow.pace = 0
        bench.ends(many)
        bench.most = (4, 2)
        assert len(order) == 14

    def test_limits_hold(self, bench: Bench) -> None:
        most: Counter[str] = Counter()
        now: Counter[str] = Counter()
        lock = threading.Lock()

        class Busy(Counting):
            def __init__(self, *names: str) -> None:
                super().__init__()
                self.names = ("all", *names)

            def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
                with lock:
                    now.update(self.names)
                    for name in self.names:
                        most[name] = max(most[name], now[name])
                until(lambda: most["all"] >= 3, SOON)   # nobody is done before as many are there as may be
                time.sleep(0.1)
                yield from super().write(draft, body)
                with lock:
                    now.subtract(self.names)

        bench.most = (3, 2)
        numbers = []
        for n in range(6):
            name = "even" if n % 2 else "odd"
            source = filled(Memory(), **{f"f{k}": content(5 << 20) for k in range(2)})
            bench.flows[f"limit{n}"] = Flow(source, Busy(name), connections=[name])
            numbers.append(bench.submit(f"limit{n}"))
        assert {bench.ends(number).state for number in numbers} == {R.DONE}
        bench.most = (4, 2)
        assert most["all"] == 3 and max(most["even"], most["odd"]) == 2

    # What people wish of runs

    def test_a_run_is_paused_and_gone_on_with(self, bench: Bench) -> None:
        source = Paced()
        bench.flows["pause"] = Flow(filled(source, a=b"1", big=content(BIG)), target := Counting())
        number = bench.submit("pause")
        bench.moves(number, "big")
        bench.engine.wish(number, Wish.PAUSE)
        paused = bench.becomes(number, R.PAUSED, within=5)
        assert paused.totals.done == 1 and bench.files(number)["big"].state is State.QUEUED and target.left
        time.sleep(1.5)
        assert bench.run(number).state is R.PAUSED and bench.engine.progress().get(number) is None
        source.pace = 0
        bench.engine.wish(number, Wish.NONE)
        done = bench.ends(number)
        assert (done.state, done.totals.done, done.totals.skipped) == (R.DONE, 2, 0)
        assert target.published == ["a", "big"] and target.received <= BIG + (1 << 16) + 1

    def test_a_run_is_cancelled(self, bench: Bench) -> None:
        bench.flows["cancel"] = Flow(filled(Paced(), a=b"1", big=content(BIG)), target := Counting())
        number = bench.submit("cancel")
        bench.moves(number, "big")
        bench.engine.wish(number, Wish.CANCEL)
        assert bench.becomes(number, R.CANCELLED, within=5).totals.done == 1
        assert bench.files(number)["big"].state is State.CANCELLED
        assert target.published == ["a"] and not target.left

    def test_a_run_that_waits(self, bench: Bench) -> None:
        class Down(Counting):
            is_down = True

            def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
                if self.is_down:
                    raise Unavailable("no route to host")
                return super().write(draft, body)

        bench.flows["waits"] = Flow(filled(Memory(), a=b"1"), target := Down(), LATER)
        number = bench.submit("waits")
        bench.becomes(number, R.WAITING)
        assert bench.engine.wish(number, Wish.PAUSE).state is R.PAUSED
        assert bench.engine.wish(number, Wish.NONE).state is R.QUEUED
        bench.becomes(number, R.WAITING)            # its file does not wait less for that
        assert bench.engine.wish(number, Wish.CANCEL).state is R.CANCELLED
        target.is_down = False
        assert bench.files(number)["a"].state is State.CANCELLED
        assert bench.ends(bench.submit("waits")).state is R.DONE and target.published == ["a"]

    def test_a_run_that_is_queued(self, bench: Bench) -> None:
        source = Paced()
        bench.flows["queued"] = Flow(filled(source, big=content(BIG)), target := Counting())
        first, paused, cancelled = (bench.submit("queued") for _ in range(3))
        bench.moves(first, "big")
        assert bench.engine.wish(paused, Wish.PAUSE).state is R.PAUSED
        assert bench.engine.wish(cancelled, Wish.CANCEL).state is R.CANCELLED
        source.pace = 0
        bench.ends(first)
        time.sleep(1.5)
        assert bench.run(paused).state is R.PAUSED
        bench.engine.wish(paused, Wish.NONE)
        assert bench.ends(paused).state is R.DONE and target.published == ["big"]
        assert not bench.run(cancelled).started

    # What people ask of files

    def test_one_file_is_paused_and_gone_on_with(self, bench: Bench) -> None:
        """The large one goes first, in a batch of its own; the small ones that follow know nothing of it."""
        source = Paced()
        files = {"big": content(BIG), "other": content(1 << 19, b"o"), "small": b"1"}
        bench.flows["one"] = Flow(filled(source, **files), target := Counting())
        number = bench.submit("one")
        big = bench.moves(number, "big")
        assert bench.engine.act(big.id, Signal.PAUSE).state is State.COPYING
        done = bench.ends(number)
        assert (done.state, done.totals.done) == (R.DONE, 2) and sorted(target.published) == ["other", "small"]
        assert bench.files(number)["big"].state is State.PAUSED and target.left
        source.pace = 0
        assert bench.ends(bench.submit("one")).totals.done == 0, "what a person has paused stays so"
        received = target.received
        assert bench.engine.act(big.id, Signal.RESUME).state is State.QUEUED
        until(lambda: "big" in target.published, SOON)
        run = bench.ends(bench.books.ledger.runs("one")[0].id)
        assert (run.trigger, run.state, run.totals.done) == (Trigger.RETRY, R.DONE, 1)
        assert target.received - received < BIG - (1 << 18) + (1 << 16) and target.files["big"][0] == files["big"]

    def test_one_file_is_cancelled(self, bench: Bench) -> None:
        source = Paced()
        bench.flows["but one"] = Flow(filled(source, big=content(BIG), other=content(1 << 19)), target := Counting())
        number = bench.submit("but one")
        big = bench.moves(number, "big")
        bench.engine.act(big.id, Signal.CANCEL)
        assert bench.ends(number).state is R.DONE and target.published == ["other"] and not target.left
        assert bench.files(number)["big"].state is State.CANCELLED

    def test_a_file_that_failed_is_tried_again_alone(self, bench: Bench) -> None:
        class Picky(Memory):
            refused = "bad"

            def read(self, path: str, *, start: int = 0, end: int | None = None) -> Stream:
                if path == self.refused:
                    raise Denied(f"{path}: no permission")
                return super().read(path, start=start, end=end)

        source = Picky()
        bench.flows["picky"] = Flow(filled(source, bad=b"1", good=b"2"), target := Counting())
        number = bench.submit("picky")
        assert bench.ends(number).state is R.FAILED and bench.files(number)["bad"].tries == 1
        source.refused = ""
        filled(source, new=b"3")
        bench.engine.act(bench.files(number)["bad"].id, Signal.RETRY)
        until(lambda: "bad" in target.published, SOON)
        again = bench.ends(bench.books.ledger.runs("picky")[0].id)
        assert (again.trigger, again.state, again.totals.done) == (Trigger.RETRY, R.DONE, 1)
        assert target.published == ["good", "bad"]

    def test_a_file_that_does_not_get_through_is_tried_again_later(self, bench: Bench) -> None:
        class Flaky(Counting):
            tries = 0

            def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
                self.tries += 1
                if self.tries < 3:
                    raise Unavailable("no route to host")
                return super().write(draft, body)

        # A pause that is longer than an engine waits for in place, also when it sees that late.
        rules = replace(NOW, retry=Retry(base=8.0, factor=0.01, jitter=0))
        bench.flows["flaky"] = Flow(filled(Memory(), a=b"1"), target := Flaky(), rules)
        number = bench.submit("flaky")
        bench.becomes(number, R.WAITING)
        until(lambda: bench.engine.progress().get(number) is None, SOON)
        done = bench.ends(number)
        assert (done.state, done.turn, done.totals.done) == (R.DONE, 1, 1)
        assert bench.files(number)["a"].tries == 3 and target.published == ["a"]

    # Starting and stopping

    def test_what_is_under_way_is_parked_and_gone_on_with(self, bench: Bench, place: object) -> None:
        source = Paced()
        bench.flows["parked"] = Flow(filled(source, big=content(BIG)), target := Counting())
        number = bench.submit("parked")
        waiting = bench.submit("parked")
        bench.moves(number, "big")
        assert bench.opened
        started = time.monotonic()
        bench.opened.close()
        assert time.monotonic() - started < 10
        received, source.pace = target.received, 0
        assert target.left and received < BIG
        bench.opened = self.open(place, bench)
        assert (bench.ends(number).state, bench.ends(waiting).state) == (R.DONE, R.DONE)
        assert target.published == ["big"] and target.received <= BIG + (1 << 16)

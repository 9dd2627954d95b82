"""What every agenda must pass that is about processes and the slots they hold; part of its suite."""
from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from ..model.run import Priority, RunState, Totals
from ..ports import Agenda
from .books import Books, BooksSuite, at_once
from .ledgers import MOMENT

Opened = Callable[..., Books]


class CrewSuite(BooksSuite):
    """Executors, slots, and who goes first where they are full."""

    @pytest.fixture
    def agenda(self, books: Books) -> Agenda:
        return books.agenda

    def test_executors(self, opened: Opened, gone: int) -> None:
        here, far, dead = opened(), opened(elsewhere=True), opened(pid=gone)
        for agenda, name in ((here.agenda, "here"), (far.agenda, "far"), (dead.agenda, "dead"), (here.agenda, "here")):
            agenda.beat(name)
        found = {one.name: one for one in here.agenda.executors()}
        assert {name: one.is_gone for name, one in found.items()} == {"here": False, "far": False, "dead": True}
        assert found["far"].host == "elsewhere" and found["dead"].pid == gone and found["here"].since > MOMENT
        opened(elsewhere=True, absence=0.0).agenda.beat("far")      # the last time
        assert [one.name for one in here.agenda.executors() if one.is_gone] == ["far", "dead"]
        far.agenda.beat("far")
        assert [one.name for one in here.agenda.executors() if one.is_gone] == ["dead"]
        here.agenda.forget("dead")
        assert [one.name for one in here.agenda.executors()] == ["here", "far"]

    def test_executors_and_how_many_runs_each_carries(self, opened: Opened) -> None:
        here, far = opened(), opened(elsewhere=True)
        for books, name, flows in ((here, "here", "ab"), (far, "far", "c")):
            books.agenda.beat(name)
            for flow in flows:
                books.ledger.start(flow, source="x", target="y")
        assert {one.name: one.runs for one in here.agenda.executors()} == {"here": 2, "far": 1}
        opened(elsewhere=True, lease=0.0).ledger.beat(far.ledger.runs("c")[0], Totals())    # the last time
        here.ledger.finish(here.ledger.runs("a")[0], RunState.DONE, Totals())
        assert {one.name: one.runs for one in here.agenda.executors()} == {"here": 1, "far": 0}

    def test_slots_of_all_names_or_of_none(self, agenda: Agenda) -> None:
        limits = {"all": 3, "sftp": 1}
        one, two, other = "x/1/1", "x/2/1", "y/1/1"
        assert agenda.take(one, limits) and agenda.take(one, limits)
        assert not agenda.take(two, limits) and agenda.take(two, {"all": 3}) and agenda.take(other, {"all": 3})
        assert not agenda.take("y/2/1", {"all": 3})
        assert not agenda.take(two, limits) and agenda.take(two, {"all": 1})    # what is held stays held
        agenda.release(one)
        assert agenda.take(two, limits) and not agenda.take(one, limits)
        agenda.release("nobody")
        assert agenda.take("z/1/1", {}) and not agenda.take("z/1/1", {"closed": 0})

    def test_slots_of_who_is_forgotten_are_free(self, agenda: Agenda) -> None:
        for holder in ("x/1/1", "x/1/2", "xy/1/1"):
            assert agenda.take(holder, {"all": 3})
        assert {one.name for one in agenda.executors()} == {"x", "xy"}
        assert not agenda.take("x/2/1", {"all": 3})
        agenda.forget("x")
        assert agenda.take("z/1/1", {"all": 3}) and agenda.take("z/1/2", {"all": 3})
        assert not agenda.take("z/1/3", {"all": 3})

    def test_who_waits_goes_first(self, agenda: Agenda) -> None:
        limits, low, urgent = {"all": 1}, Priority.LOW, Priority.URGENT
        assert agenda.take("x/1/1", limits)
        assert not agenda.take("x/2/1", limits, low) and not agenda.take("y/3/1", limits, urgent)
        agenda.release("x/1/1")
        assert not agenda.take("x/1/2", limits) and not agenda.take("x/2/1", limits, low)
        assert agenda.take("y/3/1", limits, urgent)
        agenda.release("y/3/1")
        assert not agenda.take("x/2/1", limits, low) and agenda.take("x/1/2", limits)
        agenda.release("x/1/2")
        agenda.forget("y")
        assert agenda.take("x/2/1", limits, low)

    def test_runs_share_slots(self, agenda: Agenda) -> None:
        limits = {"all": 4}
        assert all(agenda.take(f"x/1/{n}", limits) for n in range(4)) and not agenda.take("y/2/0", limits)
        for n in range(2):
            agenda.release(f"x/1/{n}")
            assert not agenda.take(f"x/1/{n}", limits), "it holds more than the one that waits"
            assert agenda.take(f"y/2/{n}", limits) and not agenda.take("y/2/9", limits)
        agenda.release("x/1/2")
        assert agenda.take("x/1/5", limits) and not agenda.take("y/2/9", limits)
        agenda.release("x/1")       # its run wants no more
        agenda.release("y/2/1")
        assert agenda.take("y/2/9", limits)

    def test_who_waits_for_something_else_hinders_nobody(self, agenda: Agenda) -> None:
        assert agenda.take("x/1/1", {"all": 3, "sftp": 1})
        assert not agenda.take("x/2/1", {"all": 3, "sftp": 1}, Priority.URGENT)
        assert agenda.take("x/3/1", {"all": 3, "s3": 1}, Priority.LOW)

    def test_limits_are_never_exceeded(self, opened: Opened) -> None:
        held: set[str] = set()
        most = 0

        def work(agenda: Agenda, lane: str) -> int:
            nonlocal most
            taken = 0
            for _ in range(15):
                if agenda.take(f"{lane}/1", {"all": 3, "sftp": 2}):
                    held.add(lane)
                    most = max(most, len(held))
                    taken += 1
                    time.sleep(0.002)
                    held.remove(lane)
                    agenda.release(f"{lane}/1")
                time.sleep(0.001)
            agenda.release(lane)
            return taken

        crew = [(opened().agenda, f"p{process}/{lane}") for process in range(3) for lane in range(2)]
        taken = at_once(*[lambda agenda=agenda, lane=lane: work(agenda, lane) for agenda, lane in crew])
        assert sum(taken) > 10 and 0 < most <= 2

"""Flows that are written as functions: what they may be, what they are given and give, and what is refused."""
from __future__ import annotations

import asyncio
import threading
import time
from collections import namedtuple
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from haulier import FlowFailed, flow, task
from haulier.model.errors import Invalid


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@task
def same(value: Any) -> Any:
    return value


def failure(of: Callable[[], object]) -> FlowFailed:
    with pytest.raises(FlowFailed) as raised:
        of()
    return raised.value


@pytest.mark.parametrize(("value", "expected"), [
    *((one, one) for one in (None, 0, "", [], {}, {"a": [1, {"b": None}]}, "å\n\0", True, 1e300)), ((1, 2), [1, 2]),
    ({1: 2}, {"1": 2}), ("\ud800", "?")])
def test_what_tasks_may_give(value: Any, expected: Any) -> None:
    """It is kept as JSON and as UTF-8, so some of it comes out as those have it."""
    @flow
    def f() -> Any:
        return same(same(value))

    found = f()
    assert found == expected and type(found) is type(expected)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"x", datetime.now(UTC), object(), {"a": {1}}])
def test_what_is_no_json_fails_that_task_and_no_other(value: Any) -> None:
    """A number that JSON does not have once ended the whole run as a mistake of ours."""
    @flow
    def f() -> Any:
        return [odd(value), same("well")]

    @task
    def odd(value: Any) -> Any:
        return value

    error = failure(f)
    assert error.execution.tasks == {"odd": "failed", "same": "done"}
    assert "no JSON" in str(error) and "internal error" not in str(error)


@pytest.mark.parametrize("error", [ValueError("broken"), SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_whatever_a_task_raises_is_its_failure(error: BaseException) -> None:
    @task
    def bad() -> None:
        raise error

    @flow
    def f() -> Any:
        return same(bad())

    assert failure(f).execution.tasks == {"bad": "failed", "same": "blocked"}


Point = namedtuple("Point", "x y")


def test_arguments_stay_what_they_are_also_with_promises_in_them() -> None:
    seen: list[Any] = []

    @task
    def look(*args: Any, **more: Any) -> None:
        seen.extend([*args, more])

    @flow
    def f() -> None:
        look(Point(1, 2), Point(same(3), [same(4)]), {"at": (same(5),)}, then=same(6), when=datetime(2026, 1, 1))

    f()
    assert seen == [Point(1, 2), Point(3, [4]), {"at": (5,)}, {"then": 6, "when": datetime(2026, 1, 1)}]
    assert [type(one) for one in seen[:2]] == [Point, Point]


LOOKS: dict[str, Callable[[Any], object]] = {
    "if": bool, "text": str, "f-string": lambda one: f"{one}", "equal": lambda one: one == 3,
    "less": lambda one: one < 3, "loop": lambda one: list(one), "item": lambda one: one["a"],
    "sum": lambda one: one + 1, "length": len, "set": lambda one: {one}}


@pytest.mark.parametrize("how", [*LOOKS])
def test_what_a_task_will_give_cannot_be_looked_at(how: str, here: Path) -> None:
    """An `if` about it was true, and a text with it in it said Promise(…), whatever the task gave later."""
    @flow
    def f() -> object:
        return LOOKS[how](same(3))

    with pytest.raises(TypeError if how == "set" else Invalid) as raised:
        f()
    assert how == "set" or "what same gives is not known" in str(raised.value)
    assert not (here / "haulier_output").exists(), "nothing was run"


def generated() -> Iterator[int]:
    yield 1


async def awaited() -> None:
    await asyncio.sleep(0)


WRONG: list[Callable[[], object]] = [
    lambda: task(awaited), lambda: flow(awaited), lambda: task(generated), lambda: flow(generated),
    lambda: task(lambda: 1), lambda: task(name="../escaped")(len), lambda: task(name="a/b")(len),
    lambda: task(name="..")(len), lambda: flow(name="a/b")(len), lambda: flow(name=" ")(len),
    lambda: task(tries=0)(len), lambda: task(tries="3")(len), lambda: task(pause=-1)(len),     # type: ignore[call-overload]
    lambda: task(timeout=0)(len), lambda: task(timeout="5")(len), lambda: flow(concurrency=0)(len),  # type: ignore[call-overload]
    lambda: flow(concurrency=-1)(len), lambda: flow(concurrency=True)(len), lambda: flow(timeout=-5)(len),
    lambda: flow(timeout=float("nan"))(len)]


@pytest.mark.parametrize("make", WRONG, ids=map(str, range(len(WRONG))))
def test_what_cannot_be_a_task_or_a_flow_is_refused_where_it_is_written(make: Callable[[], object]) -> None:
    """An async flow ran nothing and was done; a flow with -1 tasks at a time never ended."""
    with pytest.raises(Invalid, match=r"^@(task|flow) "):
        make()


def test_names_of_all_languages_and_of_people() -> None:
    @task(name="hämta-1.csv")
    def fetch() -> str:
        return "å"

    @flow(name="Every night, at two")
    def f() -> str:
        return fetch()

    assert f() == "å" and [node.id for node in f.traced().nodes] == ["hämta-1.csv"]


def test_a_flow_in_a_flow_is_refused_and_one_in_a_task_is_a_run_of_its_own() -> None:
    @flow
    def inner(n: int) -> int:
        return same(n)

    @flow
    def wrong() -> int:
        return inner(1)

    @task
    def calls(n: int) -> int:
        return inner(n) + 1

    @flow
    def right() -> int:
        return calls(1)

    with pytest.raises(Invalid, match="cannot be called in another one"):
        wrong()
    assert right() == 2 and inner(5) == 5


def test_calls_at_the_same_time_and_by_itself() -> None:
    """As of any function: the second was refused while the first went on."""
    meeting = threading.Barrier(3, timeout=30)

    @task
    def meet(n: int) -> int:
        meeting.wait()
        return n

    @flow
    def f(n: int) -> int:
        return meet(n)

    @task
    def less(n: int) -> int:
        return down(n - 1) + 1 if n else 0

    @flow
    def down(n: int) -> int:
        return less(n)

    with ThreadPoolExecutor(3) as threads:
        assert [*threads.map(f, range(3))] == [0, 1, 2]
    assert down(2) == 2


def test_times_and_tries() -> None:
    tried: list[int] = []

    @task(tries=3, pause=0.01)
    def third() -> int:
        tried.append(1)
        if len(tried) < 3:
            raise ValueError("not yet")
        return len(tried)

    @task(timeout=0.2, allow_failure=True)
    def slow() -> int:
        while True:
            time.sleep(0.01)

    @flow(concurrency=1, timeout=60)
    def f() -> Any:
        return {"third": third(), "slow": slow()}

    assert f() == {"third": 3, "slow": None}

"""Runs of flows with much in them: long lists, many outputs, large parameters."""
from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from haulier.engine.graph.board import Board
from haulier.model.graph import Keep
from haulier.model.run import RunState
from haulier.model.task import Key, TaskState
from haulier.ports import Doing

from .graphs import Show, node

S, R = TaskState, RunState
FILES = 1500
NAME = "a-name-that-is-about-as-long-as-those-of-reports-are-{:05}.csv"


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Show]:
    made = Show(tmp_path)
    yield made
    made.close()


def test_a_list_of_many_files(show: Show) -> None:
    """Lists were as limited as what tasks give to each other: five hundred files were too many."""
    (show.folder / "in").mkdir()
    for number in range(FILES):
        (show.folder / "in" / NAME.format(number)).touch()
    result = show.run(show.flow(node("each", foreach={"type": "local", "path": str(show.folder / "in")})))
    tasks = show.tasks(result.run)
    assert result.state is R.DONE and tasks["each"].outputs["count"] == FILES
    assert tasks["each"].items is not None and len(json.dumps(tasks["each"].items)) > 64 * 1024


def test_outputs_of_all_items_are_there_however_many_they_are(show: Show) -> None:
    """That ended the whole run as a mistake of ours."""
    seen: list[object] = []
    show.functions = {"each": lambda doing: {"said": "x" * 2000}, "after": lambda doing: seen.append(doing.settings)}
    result = show.run(show.flow(
        node("each", foreach=[*range(60)]),
        node("after", "each", settings={"last": "${tasks.each.outputs.items[-1].said}",
                                        "all": "${tasks.each.outputs.items}", "n": "${tasks.each.outputs.count}"})))
    assert (result.state, show.latest().error) == (R.DONE, "")
    assert show.tasks(result.run)["each"].outputs == {"count": 60}, "each of them has its own"
    assert seen == [{"last": "x" * 2000, "all": [{"said": "x" * 2000}] * 60, "n": 60}]


def test_a_flow_in_a_flow_that_gives_much(show: Show) -> None:
    show.functions = {"one": lambda doing: {"said": "x" * 40_000}, "other": lambda doing: {"said": "y" * 40_000},
                      "outer": lambda doing: doing.start("small", {})}
    show.flow(node("one"), node("other"), flow="small")
    result = show.run(show.flow(node("outer")))
    outer = show.tasks(result.run)["outer"]
    assert (outer.state, outer.outputs) == (S.DONE, {"run": outer.child})


def test_too_much_is_refused_with_what_to_do(show: Show) -> None:
    show.functions = {"a": lambda doing: {"said": "å" * 40_000}, "b": lambda doing: {"said": "å" * 30_000},
                      "c": lambda doing: {"n": float("nan")}, "d": lambda doing: {"n": 1}}
    result = show.run(show.flow(*map(node, "abcd")))
    tasks = show.tasks(result.run)
    assert show.states(result.run) == {"a": S.FAILED, "b": S.DONE, "c": S.FAILED, "d": S.DONE}
    assert "80,011 bytes" in tasks["a"].error and "TMP_DIR" in tasks["a"].error and "no JSON" in tasks["c"].error


def test_an_item_of_a_list_and_a_task_that_is_called_alike(show: Show) -> None:
    """They printed into one file, and took each other's outputs."""
    show.functions = {name: lambda doing: {"to": doing.env["HAULIER_OUTPUT"]} for name in ("a", "a.1")}
    result = show.run(show.flow(node("a", foreach=["x"]), node("a.1")))
    tasks = show.tasks(result.run)
    assert tasks["a[1]"].outputs["to"] != tasks["a.1"].outputs["to"]


@pytest.mark.parametrize("keep", [*Keep])
def test_what_a_run_that_ended_well_left_running_is_left_alone(show: Show, keep: Keep) -> None:
    """Also where its folder is kept, which is no sign that its process died."""
    ended: list[int] = []
    show.site = replace(show.site, leftovers=lambda run, task, folder: ended.append(run) or 0)
    show.functions = {}
    for _ in range(2):
        assert show.run(show.flow(node("a"), keep=keep)).state is R.DONE
    assert ended == []


def test_a_full_disk_is_no_mistake_of_ours(show: Show, caplog: pytest.LogCaptureFixture) -> None:
    def full(doing: Doing) -> None:
        with open("/dev/full", "w") as file:
            file.write("x")

    show.functions = {"a": full}
    result = show.run(show.flow(node("a")))
    row = show.tasks(result.run)["a"]
    assert (row.state, row.kind) == (S.FAILED, "NoSpace") and "is full" in row.error
    assert "report it" not in row.error and "Traceback" not in caplog.text


def test_parameters_that_no_variable_can_hold(show: Show) -> None:
    """Of a run that many files started no program could be begun."""
    files = [{"path": NAME.format(number), "size": 1} for number in range(FILES)]
    said: list[str] = []

    def program(doing: Doing) -> None:
        done = subprocess.run(["/bin/sh", "-c", 'echo "${files-none} $day $HAULIER_PARAMS"'], env=doing.env, text=True,
                              capture_output=True, check=True)
        said.append(done.stdout)

    show.functions = {"a": program}
    assert show.run(show.flow(node("a")), params={"files": files, "day": "monday"}).state is R.DONE
    assert said == ['none monday {"day": "monday"}\n']


def test_the_end_of_each_item_of_a_long_list_costs_the_same(show: Show) -> None:
    """All were looked at when one ended: of ten thousand that took minutes."""
    show.functions = {}
    show.run(show.flow(node("each", foreach=[*range(3)])))
    board = Board(show.books.tasks, show.latest())
    rows, looked = board.rows, list[Key]()

    class Counted(dict[Key, object]):
        def get(self, key: Key, default: object = None) -> object:      # type: ignore[override]
            looked.append(key)
            return rows.get(key, default)

    board.rows = Counted()      # type: ignore[assignment]
    assert [board.has_open("each") for _ in range(5)] == [False] * 5
    assert sum(key.item > 0 for key in looked) == 3, looked


def test_what_comes_at_the_end_may_take_its_time(show: Show) -> None:
    """It was ended at once, if the flow's time was up."""
    from haulier.model.graph import Phase

    def endless(doing: Doing) -> None:
        while True:
            time.sleep(0.01)
            doing.check()

    def slow(doing: Doing) -> None:
        for _ in range(80):
            time.sleep(0.01)
            doing.check()

    show.functions = {"a": endless, "undo": slow, "tell": slow}
    result = show.run(show.flow(node("a"), node("undo", phase=Phase.ON_FAILURE),
                                node("tell", "undo", phase=Phase.ON_FAILURE), timeout=0.2))
    assert result.state is R.FAILED
    assert show.states(result.run) == {"a": S.FAILED, "undo": S.DONE, "tell": S.DONE}

"""What the board knows, and how it puts it: without a terminal."""
from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import pytest

from haulier.ledger.books import Books
from haulier.model.graph import Graph, Node
from haulier.model.run import Run, RunState, Wanted
from haulier.model.task import Decision, Key, TaskRun, TaskState
from haulier.testing.bench import until
from haulier.tui.facts import RunRow, asks, complete
from haulier.tui.runs import lines, parsed
from haulier.tui.source import Source
from haulier.tui.tail import KEPT, Tail
from haulier.tui.words import Cell, columns, span

from .boards import PATIENCE, Place, state

R, S = RunState, TaskState
RUN = Run(7, "nightly", "", "", R.RUNNING, time.time_ns())


def test_one_look(place: Place, books: Books) -> None:
    place.flow("inner", {"id": "ask", "type": "approve", "message": "go on?"})
    place.flow("outer", {"id": "each", "script": "say.py", "foreach": ["a", "b"], "args": ["${item}"]},
               {"id": "sub", "type": "flow", "flow": "inner", "depends_on": ["each"]},
               {"id": "end", "script": "say.py", "depends_on": ["sub"]}, schedule="daily at 02:00")
    with closing(Source(place.ground)) as source:
        facts = source.look("outer")
        assert [flow.name for flow in facts.flows] == ["inner", "outer"] and facts.runs == ()
        assert facts.seats[0].what == "scheduler" and facts.coming()[0].when == "every day at 02:00, UTC"
        books.agenda.want(Wanted("outer"))
        until(lambda: any(asks(task) for row in source.look("outer").runs for task in row.tasks), PATIENCE)
        facts = source.look("outer")
        assert [(row.run.flow, row.run.parent) for row in facts.runs] == [("outer", 0), ("inner", 1)]
        assert [str(task.key) for task in facts.runs[0].tasks] == ["each", "each[1]", "each[2]", "sub", "end"]
        assert facts.runs[0].task(Key("end")) == TaskRun(1, Key("end")) and not any(map(asks, facts.runs[0].tasks))
        books.tasks.decide(2, Key("ask"), Decision(True, "me", time.time_ns()))
        until(lambda: state(books, "outer") is R.DONE, PATIENCE)
        until(lambda: source.look("outer").history[0].state is R.DONE, PATIENCE)
        facts = source.look("outer")
        last = facts.flow("outer")
        assert last and last.last and last.last.id == 1 and [row.run.id for row in facts.runs] == [1]


def test_tasks_are_in_the_order_of_the_graph() -> None:
    graph = Graph("nightly", (Node("a"), Node("b", needs=("a",)), Node("c")))
    heard = [TaskRun(7, Key("c"), S.RUNNING), TaskRun(7, Key("a", 2)), TaskRun(7, Key("a", 1)), TaskRun(7, Key("a")),
             TaskRun(7, Key("gone"), S.DONE)]
    assert [str(one.key) for one in complete(RUN, heard, graph)] == ["a", "a[1]", "a[2]", "b", "c", "gone"]
    assert len(complete(RUN._replace(state=R.DONE), heard, graph)) == 5 and complete(RUN, (), None) == ()


def test_of_many_tasks_those_are_listed_that_something_happens_to() -> None:
    states = {1: S.FAILED, 500: S.RUNNING, 900: S.WAITING}
    row = RunRow(RUN, tuple(TaskRun(7, Key(f"t{at}"), states.get(at, S.DONE)) for at in range(1000)))
    found = list(lines(row))
    assert [parsed(line.key)[1] for line in found[1:-1]] == [Key("t1"), Key("t500"), Key("t900")]
    assert found[-1].cells[0].text == "  … 997 done"
    ended = RunRow(RUN._replace(state=R.DONE, finished=1), row.tasks)
    assert len(list(lines(ended))) == 1


def test_the_tail_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    tail = Tail(path)
    assert tail.lines() == []
    path.write_bytes(b"one\r\n10 %\r20 %\rall\n\x1b[1;31mred\x1b[0m \x1b]0;title\x07bell\x07\n\xff\tunfin")
    assert tail.lines() == ["one", "all", "red bell�"] and tail.lines() == []
    with path.open("ab") as file:
        file.write(b"ished")
    assert tail.lines(to_the_end=True) == ["�       unfinished"]
    with path.open("ab") as file:
        file.write(b"\n" + b"x" * 100 + (b"y" * 99 + b"\n") * (KEPT // 50) + b"end\n")
    found = tail.lines()
    assert "what came before" in found[0] and found[-1] == "end" and len(found) < KEPT // 90
    path.write_bytes(b"new\n")
    assert tail.lines() == ["new"]


@pytest.mark.parametrize("text", ["plain", "日本語のファイル名です", "a\x1b[2Jb\n", "é" * 50])
def test_lines_are_as_wide_as_they_are_to_be(text: str) -> None:
    for width in (10, 33, 80):
        line = columns([Cell("✓ done", 8), Cell(text), Cell("1.2 s", 6, right=True)], width)
        assert line.cell_length == width and "\n" not in line.plain and "\x1b" not in line.plain


def test_spans() -> None:
    assert [span(int(seconds * 1e9)) for seconds in (-1, 0.04, 9.96, 59.6, 200, 7500, 400_000)] == [
        "0.0 s", "0.0 s", "10 s", "1:00", "3:20", "2:05:00", "4 d"]

"""The board, driven by its keys, on real flows that a real scheduler carries."""
from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widgets import Input

from haulier.ledger.books import Books
from haulier.model.run import RunState, Trigger
from haulier.model.task import Key, TaskState
from haulier.tui.flows import FlowList
from haulier.tui.output import Output

from .boards import Driver, Place, last, put, state

R = RunState


def test_run_watch_and_cancel(place: Place, books: Books, tmp_path: Path) -> None:
    said = tmp_path / "said"
    place.flow("talk", {"id": "speak", "script": "talk.py", "args": [str(said)]},
               {"id": "after", "script": "say.py", "depends_on": ["speak"]})

    async def steps(at: Driver) -> None:
        await at.sees("● scheduler ", "1 flow", "never ran", "nothing is running", "by hand")
        await at.press("r")
        await at.sees("run 1 of talk is queued")
        await at.sees("● talk 1", "● speak", "○ after", "Output · speak of talk 1", "listening")
        assert "\x1b" not in at.text and "[31m" not in at.text
        put(said, "one\ntwo\n")
        await at.sees("heard one", "heard two", "1 running")
        for count in (60, 90):      # it goes on with the end
            put(said, "".join(f"{at}\n" for at in range(count)))
            await at.sees(f"heard {count - 1}")
        await at.press("tab", "down", "o")
        await at.sees("Search", "heard 89")
        await at.press("g", "slash", *"SOME", "enter")
        await at.sees("it is not there")
        await at.press("slash", *["backspace"] * 4, *"D 88", "enter")
        await at.sees("1 of 1")
        await at.press("g")
        put(said, "".join(f"{at}\n" for at in range(95)))
        await at.until(lambda: "heard 94" in at.board.screen.query_one(Output).lines)
        assert "listening" in at.text and "heard 92" not in at.text     # but not for somebody who reads above
        await at.press("escape", "c")
        await at.sees("Cancel run 1 of talk")
        await at.press("escape", "c", "enter")
        await at.until(lambda: state(books, "talk") is R.CANCELLED)
        await at.sees("– cancelled", "0 running")

    place.show(steps)


def test_parameters_are_asked_for(place: Place, books: Books) -> None:
    place.flow("report", {"id": "make", "script": "say.py", "args": ["${day}", "${copies}", "${form}", "${mail}"]},
               params={"day": {"type": "date", "required": True, "description": "of the report"},
                       "copies": {"type": "integer", "default": 1}, "form": {"choices": ["pdf", "csv"]},
                       "mail": False})

    async def steps(at: Driver) -> None:
        await at.sees("report")
        await at.press("r")
        await at.sees("Run report", "day (date, required): of the report", "copies (whole number)", "form (text)")
        await at.press("enter")
        await at.sees("this is required")
        await at.press(*"soon", "enter")
        await at.sees("must be a date such as 2026-11-30")
        await at.press(*["backspace"] * 4, *"2026-11-30", "tab", "backspace", *"x", "enter")
        await at.sees("must be a whole number")
        await at.press("backspace", "3", "tab", "enter", "down", "down", "enter", "shift+tab", "enter")
        await at.until(lambda: state(books, "report") is R.DONE)
        await at.sees("I say 2026-11-30 3 csv false")

    place.show(steps)
    run = last(books, "report")
    assert run and json.loads(run.params) == {"day": "2026-11-30", "copies": 3, "form": "csv", "mail": False}


def test_tasks_that_ask_are_answered(place: Place, books: Books) -> None:
    place.flow("release", {"id": "put", "type": "approve", "message": "Put it there?"},
               {"id": "tell", "type": "approve", "message": "Tell them?"})

    async def steps(at: Driver) -> None:
        await at.sees("release")
        await at.press("r")
        await at.sees("? put", "? tell", "asks")
        await at.press("a")
        await at.sees("Run 1 of release: put", "Put it there?", "Approve", "Refuse")
        await at.press(*"seen", "tab", "enter")
        await at.sees("run 1, put: approved", "✓ put")
        await at.press("a")
        await at.sees("Run 1 of release: tell", "Tell them?")
        await at.press("tab", "tab", "enter")
        await at.sees("run 1, tell: refused")
        await at.until(lambda: state(books, "release") is R.FAILED)
        await at.sees("✗ tell", "✗ failed")
        await at.press("a")
        await at.sees("no task of run 1 asks anything")

    place.show(steps)
    assert [(one.decision.approved, one.decision.text) for one in books.tasks.tasks(1) if one.decision] == [
        (True, "seen"), (False, "")]


def test_pause_and_go_on(place: Place, books: Books, tmp_path: Path) -> None:
    said, awake = tmp_path / "said", tmp_path / "awake"
    place.flow("two", {"id": "one", "script": "talk.py", "args": [str(said)]},
               {"id": "next", "script": "nap.py", "args": [str(awake)], "depends_on": ["one"]},   # by then it is heard
               {"id": "last", "script": "say.py", "depends_on": ["next"]})

    async def steps(at: Driver) -> None:
        await at.sees("two")
        await at.press("r")
        await at.sees("listening")
        await at.press("g")
        await at.sees("only what is paused can be gone on with")
        await at.press("p")
        await at.sees("will be paused")
        put(said, "enough\n")
        await at.until(lambda: state(books, "two") is R.PAUSED)
        awake.touch()
        await at.sees("‖ two 1", "✓ one", "○ last", "1 waiting")
        await at.press("g")
        await at.until(lambda: state(books, "two") is R.DONE)
        await at.sees("✓ two 1", "✓ last")

    place.show(steps)


def test_again_what_failed_and_from_a_task_on(place: Place, books: Books, tmp_path: Path) -> None:
    key = tmp_path / "key"
    place.flow("nightly", {"id": "pull", "script": "say.py"},
               {"id": "push", "script": "maybe.py", "args": [str(key)], "depends_on": ["pull"],
                "retry": {"tries": 2, "base": 0.01}})

    async def steps(at: Driver) -> None:
        await at.sees("nightly")
        await at.press("r")
        await at.until(lambda: state(books, "nightly") is R.FAILED)
        await at.sees("✗ nightly 1", "✗ push")
        await at.press("enter")
        await at.sees("Run 1 of nightly", "push: maybe.py ended with status 3", "2×")
        await at.press("down")
        await at.sees("1  ✗ failed", "2  ✗ failed")
        key.touch()
        await at.press("t")
        await at.sees("Run 1 of nightly again", "From push on")
        await at.press("enter")
        await at.until(lambda: state(books, "nightly") is R.DONE)
        await at.press("escape", "t")
        await at.sees("so nothing of it failed")
        await at.press("enter")
        await at.sees("Run 2 of nightly", "goes on from run 1", "before")
        await at.press("t")
        await at.sees("From pull on")
        await at.press("enter")
        await at.until(lambda: (run := last(books, "nightly")) and run.id == 3 and run.state is R.DONE)

    place.show(steps)
    pull = next(task for task in books.tasks.tasks(2) if task.key == Key("pull"))
    assert pull.origin == 1 and [task.origin for task in books.tasks.tasks(3)] == [0, 0]
    assert [run.trigger for run in books.ledger.runs("nightly")] == [Trigger.RETRY, Trigger.RETRY, Trigger.HAND]
    assert {task.state for task in books.tasks.tasks(3)} == {TaskState.DONE}


def test_jobs_are_there_too(place: Place, books: Books) -> None:
    put(place.home / "configs" / "jobs.yaml",
        "jobs:\n  - job_id: orders\n    schedule: daily at 04:00\n    source: {type: local, path: inbox}\n"
        "    destination: {type: local, path: out}\n")
    (place.home / "out").mkdir()
    place.heed()

    async def steps(at: Driver) -> None:
        await at.sees("orders · job", "every day at 04:00, UTC", "0 flows, 1 job")
        await at.press("r")
        await at.until(lambda: state(books, "orders") is R.FAILED)
        await at.sees("✗ orders 1")
        (place.home / "inbox").mkdir()
        (place.home / "inbox" / "a.txt").write_text("order")
        await at.press("t", "enter")
        await at.until(lambda: state(books, "orders") is R.DONE)
        await at.sees("✓ orders 2", "✓ done")
        await at.press("enter")
        await at.sees("Run 2 of orders", "files: 1 done, 0 failed, 0 skipped; 5 B", "it has no tasks")
        await at.press("e")
        await at.sees("orders has its schedule in configs/jobs.yaml; change it there")

    place.show(steps)


def test_schedules_are_switched(place: Place) -> None:
    place.flow("listed", {"id": "a", "script": "say.py"})
    place.flow("own", {"id": "a", "script": "say.py"}, schedule="daily at 02:00")
    place.schedule("listed", "0 3 * * *")

    async def steps(at: Driver) -> None:
        await at.sees("every day at 03:00, UTC", "every day at 02:00, UTC")
        await at.press("e")
        await at.sees("listed: disabled", "off")
        assert not json.loads((place.home / "configs/schedules.json").read_text())["schedules"][0]["enabled"]
        await at.press("e")
        await at.sees("listed: enabled")
        await at.sees_no(" off ")
        await at.press("down", "e")
        await at.sees("own has its schedule in flows/own.json; change it there")

    place.show(steps)


def test_nobody_is_here(place: Place) -> None:
    place.flow("alone", {"id": "a", "script": "say.py"})

    async def steps(at: Driver) -> None:
        await at.sees("nobody runs here", "alone")
        assert not (place.home / "state" / "ledger.db").exists()
        await at.press("r")
        await at.sees("Nobody is here to run it: start one with haulier scheduler start", "Queue it")
        await at.press("escape")
        await at.sees("nothing is running")
        await at.press("r", "enter")
        await at.sees("run 1 of alone is queued", "○ alone 1", "1 waiting")

    place.show(steps)
    with place.scheduler() as books:        # and is carried by the next one
        place.show(lambda at: at.until(lambda: state(books, "alone") is R.DONE))


def test_no_flows_and_broken_ones(place: Place) -> None:
    async def nothing(at: Driver) -> None:
        await at.sees("no flows here yet", "nothing is running", "nothing starts by itself", "0 flows")
        for keys, said in (("r", "there is no flow to run"), ("ctpg", "there is no run under the cursor"),
                           ("eao", "there is no output")):
            await at.press(*keys)
            await at.sees(said)         # before it goes by itself
        await at.press("enter")
        place.flow("cut", {"id": "a", "script": "say.py", "depends_on": ["b"]})
        await at.sees("✗ broken", "cut", "flows/cut.json:1: tasks[0].depends_on[0]")
        await at.press("enter")
        await at.sees("cut cannot run", 'no task is called "b"')
        await at.press("escape", "r")
        await at.sees("cut cannot run")
        (place.home / "haulier.yaml").write_text("ledger: [no\n")
        await at.press("escape")
        await at.sees("haulier.yaml:")

    place.show(nothing)


def test_before_anything_is_known_nothing_is_said() -> None:
    class Alone(App[None]):
        def compose(self) -> ComposeResult:
            yield FlowList("Flows", id="flows")

    async def look() -> None:
        async with Alone().run_test() as pilot:
            await pilot.resize_terminal(100, 30)
            await pilot.pause()
            rows = pilot.app.query_one(FlowList)
            assert rows.option_count == 0
            rows.put(())
            assert rows.option_count == 1

    asyncio.run(look())


def test_narrow_short_large_and_other_colours(place: Place) -> None:
    place.flow("one", {"id": "a", "script": "say.py"}, schedule="daily at 02:00")

    async def steps(at: Driver) -> None:
        await at.sees("one")
        await at.pilot.resize_terminal(46, 14)
        await at.sees("Flows", "Runs", "Output", "never ran")
        assert "History" not in at.text and all(len(line) <= 46 for line in at.text.splitlines())
        await at.pilot.resize_terminal(160, 50)
        await at.sees("History", "Next", str(place.home), "every day at 02:00, UTC")
        await at.press("d", "d", "d")
        assert at.board.theme == "terminal"
        await at.press("question_mark")
        await at.sees("run it again", "Escape closes")
        await at.press("escape", "tab", "tab", "tab", "tab", "shift+tab")
        await at.pilot.click("#flows", offset=(10, 1))
        await at.until(lambda: at.board.focused is at.board.screen.query_one("#flows"))
        await at.press("q")
        await at.until(lambda: not at.board.is_running)

    place.show(steps, size=(80, 24))


def test_nothing_else_loads_it() -> None:
    code = "import sys, haulier.cli, haulier.cli.commands.scheduler; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_without_a_terminal_it_says_so(place: Place) -> None:
    haulier = Path(sys.executable).with_name("haulier")
    done = subprocess.run([haulier, "scheduler", "status", "-i", "--workspace", place.home], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "") and "the board needs a terminal" in done.stderr


def test_text_field_keeps_keys_to_itself(place: Place) -> None:
    place.flow("told", {"id": "a", "script": "say.py"}, params={"word": "x"})

    async def steps(at: Driver) -> None:
        await at.sees("told")
        await at.press("r", "end", "q", "c")
        await at.until(lambda: at.board.screen.query_one("#field0", Input).value == "xqc")

    place.show(steps)

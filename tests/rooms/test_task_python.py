"""Functions of Python as tasks, in a thread of ours and in a process of their own."""
from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from haulier.model.errors import Cancelled, Failed, Invalid, Later, NotFound, Throttled
from haulier.ports import Task
from haulier.tasks.python import PythonSpec
from haulier.testing.tasks import Doing, Stage, TaskSuite, waited


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.close()


def built(stage: Stage, text: str, call: str = "mine.py:act", **facts: Any) -> Task:
    stage.script("mine.py", text, 0o644)
    return PythonSpec.model_validate({"call": call, **facts}).build(stage.built())


def ran(stage: Stage, text: str, **facts: Any) -> Mapping[str, Any]:
    return built(stage, text, **facts).run(stage)


class TestFunction(TaskSuite):
    isolated = False

    def task(self, stage: Stage) -> Task:
        return built(stage, "def act(n): return {'n': n, 'list': (1, 2)}", args={"n": 3}, isolated=self.isolated)

    def endless(self, stage: Stage) -> Task:
        return built(stage, "import time\ndef act():\n    print('begun')\n    while True: time.sleep(0.01)",
                     isolated=self.isolated)

    def failing(self, stage: Stage) -> Task:
        return built(stage, "def act(): raise OSError('the disk is on fire')", isolated=self.isolated)


class TestIsolated(TestFunction):
    isolated = True


class TestStubborn(TestFunction):
    """One that takes what is thrown into it for an error of its own."""

    def endless(self, stage: Stage) -> Task:
        return built(stage, "import time\ndef act():\n    print('begun')\n    while True:\n        try:\n"
                            "            while True: time.sleep(0.01)\n        except Exception: pass")


class TestChecking(TestFunction):
    """One that asks whether it is to end."""

    def endless(self, stage: Stage) -> Task:
        return built(stage, "import time\ndef act(doing):\n    print('begun')\n    try:\n"
                            "        while True: doing.check(); time.sleep(0.01)\n    finally: print('put away')")

    def test_it_may_put_things_away(self, stage: Stage) -> None:
        doing = Doing(self.endless(stage), stage)
        waited(lambda: self.has_begun(stage))
        stage.stop()
        assert doing.ended() and stage.printed() == "begun\nput away\n"


BOTH = pytest.mark.parametrize("isolated", [False, True], ids=["thread", "process"])


@BOTH
@pytest.mark.parametrize(("returned", "outputs"), [
    ("None", {}), ("{'a': [1, None]}", {"a": [1, None]}), ("[1]", {"value": [1]}), ("'x'", {"value": "x"}),
    ("sys.exit(0)", {}),
])
def test_what_it_returns_are_its_outputs(stage: Stage, returned: str, outputs: Mapping[str, Any], *,
                                         isolated: bool) -> None:
    assert ran(stage, f"import sys\ndef act(): return {returned}", isolated=isolated) == outputs


WRONG: list[tuple[str, type[Exception], str]] = [
    ("def act(): return {1, 2}", Failed, "no JSON"),
    ("def act(): return float('nan')", Failed, "no JSON"),
    ("def act(): return 'x' * 2000000", Failed, "more than"),
    ("def act(): 1 / 0", Failed, r"mine\.py:act: ZeroDivisionError: division by zero"),
    ("import sys\ndef act(): sys.exit(4)", Failed, "status 4"),
    ("from haulier.model.errors import NotFound\ndef act(): raise NotFound('no such thing')", NotFound, "such thing"),
    ("from haulier.model.errors import Later\ndef act(): raise Later('soon', retry_after=3)", Later, "soon"),
    ("def other(): pass", Invalid, "no function act"),
    ("act = 3", Invalid, "no function act"),
    ("async def act(): pass", Invalid, "async"),
    ("def act(x): pass", Invalid, "missing a required argument: 'x'"),
    ("def act(:", Invalid, r"mine\.py, line 1"),
    ("import nosuchmodule\ndef act(): pass", Failed, "nosuchmodule"),
    ("1 / 0", Failed, "ZeroDivisionError"),
]


@pytest.mark.parametrize(("text", "kind", "said", "isolated"), [
    *((*case, False) for case in WRONG), *((*case, True) for case in WRONG[3:8])])
def test_what_may_be_wrong(stage: Stage, text: str, kind: type[Exception], said: str, isolated: bool) -> None:
    with pytest.raises(kind, match=said) as raised:
        ran(stage, text, isolated=isolated)
    assert raised.type is kind and "Traceback" not in str(raised.value)
    assert getattr(raised.value, "retry_after", None) == (3 if kind is Later else None)


def test_where_an_error_comes_from_is_in_the_log(stage: Stage) -> None:
    with pytest.raises(Failed):
        ran(stage, "def act():\n    deeper()\ndef deeper():\n    1 / 0")
    assert 'mine.py", line 4, in deeper' in stage.printed()


def test_retry_after_is_kept_over_processes(stage: Stage) -> None:
    with pytest.raises(Throttled) as raised:
        ran(stage, "from haulier.model.errors import Throttled\ndef act(): raise Throttled('not now', retry_after=9)",
            isolated=True)
    assert raised.value.retry_after == 9


def test_a_process_that_dies(stage: Stage) -> None:
    with pytest.raises(Failed, match="SIGKILL"):
        ran(stage, "import os\ndef act(): os.kill(os.getpid(), 9)", isolated=True)
    with pytest.raises(Failed, match="before it returned"):
        ran(stage, "import os\ndef act(): os._exit(0)", isolated=True)


@pytest.mark.parametrize("call", ["", "mine", "mine.py", ":act", "mine:", "mine:a b", "a.py:1x"])
def test_calls_are_checked(call: str) -> None:
    with pytest.raises(ValidationError):
        PythonSpec(call=call)


def test_files_are_checked_when_the_flow_is_read(stage: Stage) -> None:
    (stage.home / "out.py").write_text("def act(): pass")
    for call, said in [("gone.py:act", "not there"), ("../out.py:act", "outside")]:
        with pytest.raises(Invalid, match=said):
            PythonSpec(call=call).file(stage.tasks)
    assert PythonSpec(call="os.path:join").file(stage.tasks) is None
    with pytest.raises(Invalid, match="no module nosuch"):
        ran(stage, "", call="nosuch.thing:act")


@BOTH
def test_a_module_that_is_installed_and_one_of_the_folder(stage: Stage, *, isolated: bool) -> None:
    stage.script("beside.py", "NAME = 'beside'")
    text = "import beside\nclass Act:\n    @staticmethod\n    def name(): return beside.NAME"
    assert ran(stage, text, call="posixpath:basename", args={"p": "a/b"}, isolated=isolated) == {"value": "b"}
    assert ran(stage, text, call="mine:Act.name", isolated=isolated) == {"value": "beside"}


def test_what_was_edited_is_read_anew_and_nothing_stays(stage: Stage) -> None:
    paths, modules = [*sys.path], set(sys.modules)
    for number in (1, 2):
        stage.script("beside.py", f"N = {number}")
        assert ran(stage, f"import beside\ndef act(): return [beside.N, {number}]") == {"value": [number, number]}
        assert ran(stage, f"import beside\ndef act(): return {number}", call="mine:act") == {"value": number}
        for cached in (stage.tasks / "__pycache__").glob("*"):
            cached.unlink()     # files that are as old and as large as what was read are taken for the same
    assert sys.path == paths
    assert {name for name in set(sys.modules) - modules if "mine" in name or "beside" in name} == set()


def test_a_dataclass_in_a_file(stage: Stage) -> None:
    text = ("from __future__ import annotations\nfrom dataclasses import dataclass, asdict\n"
            "@dataclass\nclass Point:\n    x: int\ndef act(): return asdict(Point(3))")
    assert ran(stage, text) == {"x": 3}


def test_doing_is_given_to_who_asks(stage: Stage) -> None:
    text = "def act(doing, n): return [doing.run, doing.task, doing.transfer({'job': 'a'})['files'], n]"
    assert ran(stage, text, args={"n": 1}) == {"value": [7, "mine", 2, 1]}
    assert stage.asked == [("", {"job": "a"})]
    with pytest.raises(Invalid, match="isolated"):
        ran(stage, text, args={"n": 1}, isolated=True)


def test_what_it_prints_is_in_its_log_and_nowhere_else(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout, sys.stderr
    text = ("import sys, time\ndef act(go, n):\n    print('begun', n, 'å')\n"
            "    while not __import__('os').path.exists(go): time.sleep(0.01)\n    sys.stderr.write(f'over {n}\\n')\n"
            "    sys.stdout.buffer.write(b'bytes\\n')")
    others = [Stage(stage.home, task=f"task{n}") for n in range(3)]
    tasks = [built(one, text, args={"go": str(stage.home / "go"), "n": n}) for n, one in enumerate(others)]
    doings = [Doing(task, one) for task, one in zip(tasks, others, strict=True)]
    for one in others:
        waited(lambda one=one: "begun" in one.printed())    # type: ignore[misc]
    print("ours")
    (stage.home / "go").touch()
    assert all(doing.ended() and doing.error is None for doing in doings)
    for n, one in enumerate(others):
        assert sorted(one.printed().split("\n")) == sorted(["", f"begun {n} å", f"over {n}", "bytes"])
        one.close()
    assert capsys.readouterr() == ("ours\n", "")
    assert (sys.stdout, sys.stderr) == before


def test_one_that_is_held_up_is_left_behind_and_does_no_more(stage: Stage) -> None:
    text = ("import os\ndef act(pipe, mark):\n    print('begun')\n    os.read(pipe, 1)\n    open(mark, 'w')")
    reading, writing = os.pipe()
    mark = stage.home / "mark"
    doing = Doing(built(stage, text, args={"pipe": reading, "mark": str(mark)}), stage)
    waited(lambda: "begun" in stage.printed())
    stage.stop()
    assert doing.ended() and isinstance(doing.error, Cancelled)
    os.write(writing, b"x")
    waited(lambda: not any(thread.name == "task mine" for thread in threading.enumerate()))
    assert not mark.exists()
    os.close(reading)
    os.close(writing)


def test_nothing_is_thrown_into_the_engine(stage: Stage) -> None:
    def transfer(settings: Mapping[str, Any]) -> Mapping[str, Any]:
        stage.asked.append(("", settings))
        waited(lambda: stage.is_waiting)
        for _ in range(100):        # putting away takes longer than a function is given to end by itself
            time.sleep(0.01)
        raise Cancelled("put away")

    stage.transfer = transfer   # type: ignore[method-assign]
    text = ("def act(doing):\n    try: doing.transfer({'job': 'a'})\n"
            "    except BaseException as error: print(type(error).__name__, error)")
    doing = Doing(built(stage, text), stage)
    waited(lambda: bool(stage.asked))
    stage.stop()
    stage.is_waiting = True
    assert doing.ended() and isinstance(doing.error, Cancelled)
    assert stage.printed() == "Cancelled put away\n"


def test_many_cost_little(stage: Stage) -> None:
    task = built(stage, "def act(): return 1")
    started = time.monotonic()
    for _ in range(100):
        task.run(stage)
    assert time.monotonic() - started < 15     # with a look every 0.2 s it would be 20 s
    assert not any(thread.name == "task mine" for thread in threading.enumerate())

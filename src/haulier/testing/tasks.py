"""The suite every type of task must pass. Subclass it, give it tasks of that type, and that is the test file.

    class TestMine(TaskSuite):
        secret = "hunter2"

        def task(self, stage: Stage) -> Task:       # one that is soon done
            return MineSpec(...).build(stage.built())

        def endless(self, stage: Stage) -> Task:    # one that does not end by itself
            return MineSpec(...).build(stage.built())

        def failing(self, stage: Stage) -> Task:    # one that fails, and knows `secret`
            return MineSpec(...).build(stage.built())
"""
from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest

from ..model import errors
from ..model.errors import Cancelled, HaulierError, Invalid, Later, Stopped, TimeUp
from ..model.task import Decision
from ..ports import ImportBook, Store, Task
from ..settings.spec import Env

LONGEST = 5.0
"""Seconds that a stopped task may take on a busy machine; where there is time, it is less than two."""


class Stage:
    """One try of a task, for tests: real folders and a real log; it can be stopped at any time, by any thread."""

    def __init__(self, home: Path, *, run: int = 7, task: str = "mine", number: int = 1,
                 params: Mapping[str, Any] | None = None) -> None:
        self.flow, self.run, self.task, self.number = "nightly", run, task, number
        self.since = time.time_ns()
        self.home, self.folder, self.log = home, home / "state" / "tmp", home / "state" / f"{task}.{number}.log"
        self.tasks = home / "tasks"
        for folder in (self.folder, self.tasks):
            folder.mkdir(parents=True, exist_ok=True)
        self.log.touch()
        self.params: Mapping[str, Any] = params or {}
        self.env: Mapping[str, str] = {
            **os.environ, "TMP_DIR": str(self.folder), "HAULIER_RUN": str(run), "HAULIER_FLOW": self.flow,
            "HAULIER_TASK": task, "HAULIER_TRY": str(number), "HAULIER_PARAMS": json.dumps(self.params),
            "HAULIER_OUTPUT": str(home / "state" / f"{task}.{number}.output")}
        self.decision: Decision | None = None
        self.imports = cast(ImportBook, None)
        """What imports remember in: a test of them sets it."""
        self.opened: Callable[[Mapping[str, Any] | str], Store] = _nowhere
        """What store() gives."""
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        """The transfers ("") and flows (by name) that were wanted."""
        self.is_waiting = False
        """Whether a transfer or a flow does not end by itself."""
        self._why: HaulierError | None = None
        self._wake = os.eventfd(0)

    # What a task asks

    def say(self, text: str) -> None:
        with open(self.log, "a") as log:
            log.write(f"{text}\n")

    def check(self) -> None:
        if self._why is not None:
            raise self._why

    def wake(self) -> int:
        return self._wake

    def store(self, place: Mapping[str, Any] | str) -> AbstractContextManager[Store]:
        return self.opened(place)

    def transfer(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._carried("", settings)

    def start(self, flow: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._carried(flow, params)

    def _carried(self, flow: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append((flow, given))
        while self.is_waiting:
            self.check()
            time.sleep(0.01)
        return {"run": 8, "files": 2} if not flow else {"run": 8, "tasks": {}}

    # What a test does

    def built(self, **facts: Any) -> Env:
        """What specs build with."""
        return Env(self.home, self.flow, tasks=self.tasks, **facts)

    def script(self, name: str, text: str, mode: int = 0o755) -> str:
        """A file in the folder of tasks; its name."""
        path = self.tasks / name
        path.write_text(text)
        path.chmod(mode)
        return name

    def stop(self, why: HaulierError | None = None) -> None:
        """From now on check() raises that."""
        self._why = why or Cancelled("stopped")
        os.eventfd_write(self._wake, 1)

    def printed(self) -> str:
        """The log."""
        return self.log.read_text(errors="replace")

    def running(self) -> list[int]:
        """Processes that have this try in their environment, whoever has started them."""
        return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if self._is_ours(pid)]

    def _is_ours(self, pid: int) -> bool:
        try:
            said = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False
        return {f"{name}={self.env[name]}".encode() for name in ("TMP_DIR", "HAULIER_TASK")} <= set(said)

    def close(self) -> None:
        os.close(self._wake)


class Doing:
    """A task that runs in a thread, and what became of it."""

    def __init__(self, task: Task, stage: Stage) -> None:
        self.outputs: Mapping[str, Any] | None = None
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._act, args=(task, stage), name="test of a task", daemon=True)
        self._thread.start()

    def _act(self, task: Task, stage: Stage) -> None:
        try:
            self.outputs = task.run(stage)
        except BaseException as error:
            self.error = error

    def ended(self, seconds: float = 20.0) -> bool:
        """Whether it ends within that time."""
        self._thread.join(seconds)
        return not self._thread.is_alive()


class TaskSuite:
    """Override `task`, `endless` and `failing`; `has_begun` says that an endless one is in the midst of it."""

    secret: ClassVar[str] = ""
    """A secret that the settings of `failing` have; empty: there can be none."""

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[Stage]:
        stage = Stage(tmp_path)
        yield stage
        stage.close()

    def task(self, stage: Stage) -> Task:
        """One that is soon done."""
        raise NotImplementedError

    def endless(self, stage: Stage) -> Task:
        """One that does not end by itself."""
        raise NotImplementedError

    def failing(self, stage: Stage) -> Task:
        """One that fails."""
        raise NotImplementedError

    def has_begun(self, stage: Stage) -> bool:
        """Whether an endless one is in the midst of it."""
        return "begun" in stage.printed()

    def test_outputs_are_json(self, stage: Stage) -> None:
        outputs = self.task(stage).run(stage)
        assert json.loads(json.dumps(outputs, allow_nan=False)) == outputs

    def test_can_be_done_twice(self, stage: Stage) -> None:
        first, second = (set(self.task(stage).run(stage)) for _ in range(2))
        assert first == second

    @pytest.mark.parametrize("why", [Cancelled("by a person"), TimeUp("too long")], ids=["cancelled", "time up"])
    def test_ends_soon_when_it_is_stopped_and_leaves_nothing(self, stage: Stage, why: Stopped) -> None:
        threads = set(threading.enumerate())
        doing = Doing(self.endless(stage), stage)
        waited(lambda: doing.ended(0.01) or self.has_begun(stage))
        stage.stop(why)
        stopped = time.monotonic()
        assert doing.ended()
        assert time.monotonic() - stopped < LONGEST
        assert doing.error is why or isinstance(doing.error, Later)     # which holds nothing up
        assert stage.running() == []
        waited(lambda: set(threading.enumerate()) <= threads)

    def test_one_that_was_stopped_before_does_not_begin_in_earnest(self, stage: Stage) -> None:
        stage.stop()
        doing = Doing(self.endless(stage), stage)
        assert doing.ended()
        assert isinstance(doing.error, Cancelled | Later)
        assert stage.running() == []

    def test_errors_are_of_ours_and_say_something(self, stage: Stage) -> None:
        with pytest.raises(HaulierError) as raised:
            self.failing(stage).run(stage)
        assert getattr(errors, raised.type.__name__) is raised.type
        assert raised.type not in (HaulierError, errors.Transient, errors.Permanent)
        assert len(str(raised.value)) > 10 and "Traceback" not in str(raised.value)

    def test_secrets_are_said_nowhere(self, stage: Stage) -> None:
        if not self.secret:
            pytest.skip("has none")
        task = self.failing(stage)
        with pytest.raises(HaulierError) as raised:
            task.run(stage)
        for text in (str(raised.value), repr(raised.value), repr(task), stage.printed()):
            assert self.secret not in text


def waited(is_so: Callable[[], bool], seconds: float = 20.0) -> None:
    """Return when it is so; AssertionError if that takes too long."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it never was so"
        time.sleep(0.01)


def _nowhere(place: Mapping[str, Any] | str) -> Store:
    raise Invalid(f"{place}: there is no such place on this stage")

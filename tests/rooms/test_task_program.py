"""Programs of tasks: how much they print does not matter, and nothing of one that was stopped is left."""
from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from haulier.model.errors import Cancelled
from haulier.tasks import program
from haulier.tasks.ending import kill_leftovers
from haulier.tasks.program import Program
from haulier.testing.tasks import Doing, Stage, waited


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    kill_leftovers(stage.run, stage.task, stage.folder, grace=0.0)
    stage.close()


def shell(text: str, grace: float = 5.0) -> Program:
    return Program("it", ("/bin/sh", "-c", text), grace=grace)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def stopped(stage: Stage, text: str, grace: float = 5.0) -> Doing:
    """A program that is stopped once it has printed `begun`."""
    doing = Doing(shell(text, grace), stage)
    waited(lambda: "begun" in stage.printed())
    stage.stop()
    assert doing.ended()
    assert isinstance(doing.error, Cancelled)
    return doing


def test_half_a_gigabyte_costs_us_nothing(stage: Stage) -> None:
    stage.log.unlink()
    stage.log.symlink_to("/dev/null")   # what we hold counts, not what the disk does
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    shell("head -c 500000000 /dev/zero").run(stage)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 * 1024


def test_all_that_it_prints_is_in_the_log(stage: Stage) -> None:
    stage.say("first")
    shell("head -c 20000000 /dev/zero; head -c 200000 /dev/zero >&2").run(stage)
    assert stage.log.stat().st_size == len("first\n") + 20_200_000


def test_much_on_standard_error_holds_nothing_up(stage: Stage) -> None:
    shell("head -c 200000 /dev/zero | tr '\\0' x >&2; echo; echo over").run(stage)
    assert stage.printed() == "x" * 200_000 + "\nover\n"


def test_both_streams_are_in_the_order_of_printing(stage: Stage) -> None:
    shell("for i in 1 2 3; do echo o$i; echo e$i >&2; done").run(stage)
    assert stage.printed().split() == ["o1", "e1", "o2", "e2", "o3", "e3"]


def test_one_that_ignores_sigterm_is_killed(stage: Stage) -> None:
    stopped(stage, "trap '' TERM; echo begun; while :; do sleep 0.05; done", grace=0.2)
    assert stage.running() == []


def test_one_that_listens_may_put_things_away(stage: Stage) -> None:
    stopped(stage, "trap 'sleep 0.1; echo away; exit 0' TERM; echo begun; while :; do sleep 0.02; done", grace=15)
    assert stage.printed().endswith("away\n")


def test_one_that_was_halted_ends_too(stage: Stage) -> None:
    stopped(stage, "trap 'echo away; exit' TERM; echo begun; kill -STOP $$; sleep 100", grace=15)
    assert stage.printed() == "begun\naway\n" and stage.running() == []


def test_what_left_its_session_ends_too(stage: Stage) -> None:
    stopped(stage, "setsid sh -c 'setsid sleep 100 & echo begun; sleep 100' & sleep 100")
    assert stage.running() == []


def test_a_child_whose_parent_is_gone_ends_too(stage: Stage) -> None:
    stopped(stage, "(setsid sh -c 'trap \"\" TERM; echo begun; while :; do sleep 0.05; done' &); sleep 100", grace=0.2)
    assert stage.running() == []


def test_what_has_no_environment_but_is_of_the_session_ends_too(stage: Stage) -> None:
    # a group of its own, too
    stopped(stage, "set -m; env -i /bin/sh -c 'echo $$ >child; echo begun; exec sleep 100' & wait")
    child = int((stage.home / "child").read_text())
    assert not is_alive(child)


def test_what_others_run_is_left_alone(tmp_path: Path) -> None:
    stages = [Stage(tmp_path / name, task=task, number=number) for name, task, number in
              (("one", "mine", 1), ("two", "mine", 1), ("one", "yours", 1), ("one", "mine", 2))]
    doings = [Doing(shell("echo begun; exec sleep 100"), stage) for stage in stages]
    for stage in stages:
        waited(lambda stage=stage: "begun" in stage.printed())   # type: ignore[misc]
    stages[0].stop()
    assert doings[0].ended()
    assert [len(stage.running()) for stage in stages[1:3]] == [1, 1]
    assert not any(doing.ended(0.01) for doing in doings[1:])
    for stage, doing in zip(stages[1:], doings[1:], strict=True):
        stage.stop()
        assert doing.ended()
    for stage in stages:
        stage.close()


def test_what_it_leaves_running_after_a_good_end_is_left_alone(stage: Stage) -> None:
    shell("sleep 100 & echo over").run(stage)
    waited(lambda: len(stage.running()) == 1)       # while it becomes another program its environment is not seen


def test_an_end_is_noticed_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "TICK", 3600)      # nobody looks meanwhile
    shell("sleep 0.1").run(stage)


def test_leftovers_of_a_process_that_was_killed_are_killed(stage: Stage, tmp_path: Path) -> None:
    code = ("import sys; sys.path[:0] = []\nfrom pathlib import Path\nfrom haulier.testing.tasks import Stage\n"
            "from haulier.tasks.program import Program\n"
            "Program('it', ('/bin/sh', '-c', 'setsid sleep 100 & echo begun; sleep 100'))"
            ".run(Stage(Path(sys.argv[1])))\n")
    dying = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
    waited(lambda: "begun" in stage.printed() and len(stage.running()) >= 2)
    dying.send_signal(signal.SIGKILL)
    dying.wait()
    assert kill_leftovers(stage.run, "another", stage.folder) == 0
    assert kill_leftovers(stage.run + 1, stage.task, stage.folder) == 0
    assert kill_leftovers(stage.run, stage.task, stage.folder / "elsewhere") == 0
    assert len(stage.running()) >= 2
    assert kill_leftovers(stage.run, stage.task, stage.folder) >= 2
    assert stage.running() == []


def test_nothing_is_left_open(stage: Stage) -> None:
    before = set(os.listdir("/proc/self/fd"))
    for _ in range(3):
        shell(":").run(stage)
    doing = Doing(shell("echo begun; sleep 100"), stage)
    waited(lambda: "begun" in stage.printed())
    stage.stop()
    assert doing.ended()
    assert set(os.listdir("/proc/self/fd")) <= before

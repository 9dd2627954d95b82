"""kill -9 and SIGTERM at random points of a flow of 200 tasks: what is done is not done again, and all is done."""
from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from acceptance.conftest import Program, until
from acceptance.far import chance
from acceptance.flows import LATE, alive, counted, flow, notes, one, script, stopped
from haulier.ledger import books
from haulier.model.run import Run, RunState, Wish
from haulier.model.task import TaskRun, TaskState
from haulier.settings import scaffold

S = TaskState
TASKS = 200
KILLS = 2
STOPS = 10.0
CAREFUL = """\
#!/bin/sh
# Notes when it begins and when it ends, and whether an earlier try of it is still there.
exec 9> "$LOCKS/$HAULIER_TASK"
flock -n 9 || echo "$HAULIER_TASK twice" >> "$NOTES"
echo "$HAULIER_TASK begun" >> "$NOTES"
sleep 0.05
echo "$HAULIER_TASK done" >> "$NOTES"
"""


@dataclass
class Carrier:
    """What carries the flow: `words` start it, and it is asked by another command; or it is `haulier run` itself."""

    program: Program
    words: tuple[str, ...]
    ledger: Path
    begun: bool = False
    process: subprocess.Popen[str] = field(init=False)

    def start(self) -> None:
        """Anew, or to go on."""
        if self.words:
            self.process = self.program.start(*self.words, "--json")
            assert self.process.stdout and self.process.stdout.readline(), self.process.stderr
            if not self.begun:
                self.program("backfill", "f", "--from", "2026-11-20", "--to", "2026-11-20")
        else:
            self.process = self.program.start("run", "f", "--quiet", *(("--resume",) if self.begun else ()))
        self.begun = True

    def kill(self) -> Mapping[str, TaskRun]:
        """As a power cut would; how far the tasks were then."""
        self.process.kill()
        self.process.communicate()
        return self.tasks()

    def tasks(self) -> Mapping[str, TaskRun]:
        with closing(books(f"sqlite:///{self.ledger}")) as opened:
            return {str(row.key): row for row in opened.tasks.tasks(1)}

    @property
    def run(self) -> Run:
        with closing(books(f"sqlite:///{self.ledger}")) as opened:
            return opened.agenda.run(1)

    def ended(self) -> Mapping[str, TaskRun]:
        """All tasks, once the run is over; there was no other."""
        until(lambda: self.run.state in (RunState.DONE, RunState.FAILED), LATE)
        assert self.run.state is RunState.DONE, self.run
        with closing(books(f"sqlite:///{self.ledger}")) as opened:
            assert len(opened.ledger.runs("f")) == 1
        return self.tasks()

    def count(self, word: str) -> dict[str, int]:
        return counted(line.split()[0] for line in notes(self.program) if line.endswith(word))


@pytest.fixture(params=["run", "scheduler", "hub"])
def carrier(request: pytest.FixtureRequest, yard: Program) -> Iterator[Carrier]:
    return prepared(yard, request.param)


@pytest.fixture(params=["scheduler", "hub"])
def staying(request: pytest.FixtureRequest, yard: Program) -> Iterator[Carrier]:
    return prepared(yard, request.param)


def prepared(yard: Program, kind: str) -> Carrier:
    if kind == "hub":
        scaffold.init(yard.at / "ws")
        yard.at /= "ws"
    yard.environ |= {"NOTES": str(yard.at / "notes"), "LOCKS": str(yard.home / "locks")}
    (yard.home / "locks").mkdir()
    script(yard, "careful.sh", CAREFUL)
    first = TASKS - TASKS // 4
    flow(yard, "f", *(one(f"t{at}", *([f"t{at % first}"] if at >= first else []), script="careful.sh")
                      for at in range(TASKS)), schedule="daily at 02:00")
    words = {"run": (), "scheduler": ("scheduler", "start", "-f"), "hub": ("start", ".", "--port", "0")}[kind]
    return Carrier(yard, words, yard.at / ("state" if kind == "hub" else "haulier_output") / "ledger.db")


def check_whole(carrier: Carrier, before: list[Mapping[str, TaskRun]]) -> None:
    """Of what was done when it was interrupted, nothing was done again; what was under way began once more each time.
    No try began beside an earlier one of it."""
    end, begun, done = carrier.ended(), carrier.count(" begun"), carrier.count(" done")
    assert {row.state for row in end.values()} == {S.DONE} and len(end) == TASKS
    for id, row in end.items():
        stops = len({then[id].tries for then in before if id in then and then[id].state in (S.RUNNING, S.QUEUED)} - {0})
        assert row.tries == 1 + stops, (id, row, [then.get(id) for then in before])
        assert 1 <= done[id] <= begun[id] <= row.tries, (id, done[id], begun[id], row.tries)
        if any(then[id].state is S.DONE for then in before if id in then):
            assert begun[id] <= 1 + stops
    assert carrier.count(" twice") == {} and not alive(f"HOME={carrier.program.home}", carrier.process.pid)


def test_killed(carrier: Carrier) -> None:
    where, before = chance(), list[Mapping[str, TaskRun]]()
    carrier.start()
    for number in range(KILLS):
        some = where.randrange(number * 60 + 5, number * 60 + 90)
        until(lambda some=some: len(carrier.count(" done")) >= some, LATE)  # type: ignore[misc]
        before.append(carrier.kill())
        if not carrier.words:
            assert "interrupted" in carrier.program("history").out
        carrier.start()
    check_whole(carrier, before)
    assert any(row.state is S.RUNNING for row in before[0].values()), "it was in the middle"


def test_told_to_stop(staying: Carrier) -> None:
    """It is put down within seconds, nothing of it stays, and the next one goes on."""
    staying.start()
    until(lambda: len(staying.count(" done")) >= 30, LATE)
    code, took = stopped(staying.process, signal.SIGTERM)
    assert code == 0 and took < STOPS + 5, took
    assert staying.run.state is RunState.QUEUED and not alive(f"HOME={staying.program.home}")
    before, seen = staying.tasks(), notes(staying.program)
    assert not [row for row in before.values() if row.state is S.RUNNING]
    time.sleep(0.3)
    assert notes(staying.program) == seen, "nothing goes on by itself"
    staying.start()
    check_whole(staying, [before])


LINGERS = """\
#!/bin/sh
# As long as nobody says that it may go on.
echo "$HAULIER_RUN begun" >> "$NOTES"
echo x > "$TMP_DIR/kept"
[ -e "$HOME/go" ] || sleep 300
"""


@pytest.mark.parametrize(("keep", "is_cancelled"), [("never", False), ("on_failure", False), ("never", True)])
def test_begun_anew_after_kill(yard: Program, keep: str, *, is_cancelled: bool) -> None:
    """What the killed run has left running would be at work beside the new one, and its files would stay for ever;
    also if somebody has cancelled it since, when there was nobody who could end anything."""
    script(yard, "lingers.sh", LINGERS)
    flow(yard, "f", one("a", script="lingers.sh"), keep_tmp=keep)
    process = yard.start("run", "f", "--quiet")
    until(lambda: notes(yard) == ["1 begun"], LATE)
    process.kill()
    process.communicate()
    if is_cancelled:
        with closing(books(f"sqlite:///{yard.at / 'haulier_output' / 'ledger.db'}")) as opened:
            opened.agenda.wish(1, Wish.CANCEL)
    assert alive(f"HOME={yard.home}")
    (yard.home / "go").touch()
    yard("run", "f")
    assert notes(yard) == ["1 begun", "2 begun"] and not alive(f"HOME={yard.home}")
    folders = yard.at / "haulier_output" / "runs"
    assert [(folders / run / "tmp").exists() for run in "12"] == [keep == "on_failure", False]
    before = "cancelled" if is_cancelled else "crashed"
    assert [run["state"] for run in yard("history", "f", "--json").of("run")] == ["done", before]


DAEMON = """\
from haulier import scheduler
print("begins", flush=True)
scheduler.run_scheduler_daemon(check_interval=0.2)
print("has ended")
"""


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_scheduler_of_a_program_is_told_to_end(yard: Program, sent: signal.Signals) -> None:
    """The programs of its tasks went on without anybody."""
    script(yard, "lingers.sh", LINGERS)
    flow(yard, "f", one("a", script="lingers.sh"), schedule="* * * * * *")
    process = subprocess.Popen([sys.executable, "-c", DAEMON], cwd=yard.at, env=yard.env, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    yard.started.append(process)
    until(lambda: len(notes(yard)) > 0, LATE)
    process.send_signal(sent)
    out, err = process.communicate(timeout=LATE)
    assert (process.returncode, out.splitlines(), err) == (0, ["begins", "has ended"], "")
    assert not alive(f"HOME={yard.home}")

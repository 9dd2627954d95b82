"""Engines for tests, in this process and in others; the one without DBOS where the engine's database is empty."""
from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from haulier.engine.clock import SystemClock
from haulier.engine.course import carried
from haulier.engine.durable import durable
from haulier.engine.inline import inline
from haulier.engine.runner import every
from haulier.engine.shop import Load, Shop
from haulier.engine.work import Work
from haulier.ledger import books
from haulier.ledger.books import Books
from haulier.model.errors import Busy, Invalid
from haulier.model.files import is_temporary
from haulier.model.run import OVER, Run, RunState, Wanted
from haulier.testing.bench import Bench, Opened, until

SCRIPT = Path(__file__).with_name("engine_process.py")


def opened(ledger: str, engine: str, bench: Bench, only: Callable[[Run], bool] = every) -> Opened:
    """One in this process; DBOS allows no second beside it."""
    kept = books(ledger)

    @contextmanager
    def load(name: str) -> Iterator[Load]:
        flow = bench.flows.get(name)
        if flow is None:
            raise Invalid(f"there is no flow {name}")
        yield carried(Work(name, flow.source, flow.target, "here", "there", flow.rules), flow.connections)

    shop = Shop(kept.ledger, kept.agenda, SystemClock(), load, bench.limits)
    runner = durable(shop, engine) if engine else inline(shop, only=only)
    runner.start()

    def close() -> None:
        runner.stop()
        kept.close()

    return Opened(runner, kept, close)


@contextmanager
def room() -> Iterator[Path]:
    """A folder in memory where there is such a thing, for what is not about disks."""
    shm = Path("/dev/shm")
    with TemporaryDirectory(prefix="haulier-", dir=shm if shm.is_dir() else None) as folder:
        yield Path(folder)


class Note(NamedTuple):
    """What a process did with a file; `begins` and `ends` of many have no path."""

    at: float
    pid: int
    flow: str
    what: str
    path: str


class Process:
    """An engine in another process."""

    def __init__(self, order: dict[str, Any], said: Path) -> None:
        self.said = said
        with said.open("ab") as errors:
            self._child = subprocess.Popen([sys.executable, SCRIPT, json.dumps(order)], stdin=subprocess.PIPE,
                                           stdout=subprocess.PIPE, stderr=errors)
        self.pid = self._child.pid

    def ready(self) -> Process:
        """Wait until it carries."""
        assert self._child.stdout and self._child.stdout.readline() == b"ready\n", self.said.read_text()
        return self

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.send(signal.SIGKILL)
        self._gone()

    def stop(self) -> None:
        """End it as a person would."""
        assert self._child.stdin
        self._child.stdin.close()
        assert self._gone() == 0, self.said.read_text()

    def close(self) -> None:
        if self._child.poll() is None:
            self.send(signal.SIGCONT)
            self.kill()

    def _gone(self) -> int:
        code = self._child.wait(30)
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe:
                pipe.close()
        return code


@dataclass
class Hall:
    """A ledger and an engine's database, and processes that work with them."""

    folder: Path
    ledger: str
    engine: str
    stack: ExitStack
    flows: dict[str, dict[str, Any]] = field(default_factory=dict)
    limits: tuple[int, int] = (4, 2)
    lease: float = 30.0
    absence: float = 15.0
    books: Books = field(init=False)

    def __post_init__(self) -> None:
        self.books = books(self.ledger)
        self.stack.callback(self.books.close)
        self.log = self.folder / "log"
        self.said = self.folder / "said"
        self._notes: list[Note] = []
        self._read = 0
        self.log.touch()

    def begin(self, **more: Any) -> Process:
        """One more process; not waited for."""
        order = {"ledger": self.ledger, "engine": self.engine, "lease": self.lease, "absence": self.absence,
                 "limits": self.limits, "flows": self.flows, "log": str(self.log), **more}
        process = Process(order, self.said)
        self.stack.callback(process.close)
        return process

    def start(self, **more: Any) -> Process:
        return self.begin(**more).ready()

    def flow(self, name: str, files: dict[str, bytes], **more: Any) -> None:
        """A flow from one new folder to another."""
        source = self.folder / name / "from"
        for path, data in files.items():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_bytes(data)
        self.flows[name] = {"source": str(source), "target": str(self.folder / name / "to"), **more}

    def target(self, name: str) -> Path:
        return Path(self.flows[name]["target"])

    def want(self, flow: str, **how: Any) -> int:
        run = self.books.agenda.want(Wanted(flow, **how))
        assert run
        return run.id

    def run(self, number: int) -> Run:
        return self.books.agenda.run(number)

    def becomes(self, number: int, *states: RunState, within: float = 30.0) -> Run:
        until(lambda: self.run(number).state in states, within,
              lambda: f"not {states}: {self.run(number)}\n{self.said.read_text()}")
        return self.run(number)

    def ends(self, number: int, within: float = 30.0) -> Run:
        return self.becomes(number, *OVER, within=within)

    def carrier(self, flow: str) -> int:
        """The number of the process that has the flow's run."""
        try:
            self.books.ledger.start(flow, source="", target="")
        except Busy as error:
            found = re.search(r"under way in process (\d+)", str(error))
            assert found, error
            return int(found[1])
        raise AssertionError(f"nobody carries {flow}")

    def notes(self, *what: str, flow: str = "") -> list[Note]:
        """What was noted so far, in order; a line that is being written, or that a kill cut short, is none yet."""
        with self.log.open("rb") as log:
            log.seek(self._read)
            whole, newline, _ = log.read().rpartition(b"\n")
        self._read += len(whole + newline)
        for line in whole.decode().splitlines():
            if line.endswith("\t."):
                at, pid, name, did, path, _ = line.split("\t")
                self._notes.append(Note(float(at), int(pid), name, did, path))
        return [note for note in self._notes if note.what in what and flow in ("", note.flow)]

    def delivered_once(self, flow: str, files: dict[str, bytes], *, killed: int = 0, woken: bool = False) -> None:
        """Every file is there, was published once, and was not sent again after that."""
        target = self.target(flow)
        there = {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()}
        if woken:   # who slept may write a few drafts, which are hidden, before it finds that out
            there = {path for path in there if not is_temporary(path)}
        assert there == set(files)
        assert all((target / path).read_bytes() == data for path, data in files.items())
        published = Counter(note.path for note in self.notes("published", flow=flow))
        assert set(published.values()) <= {1}, [path for path, count in published.items() if count > 1][:9]
        assert len(files) - len(published) <= killed * 4, "a process that is killed leaves a note out, not many"
        done: set[str] = set()
        for note in self.notes("published", "written", flow=flow) if not woken else ():
            assert note.what == "published" or note.path not in done, f"{note.path} was sent again"
            if note.what == "published":
                done.add(note.path)


def many(count: int) -> dict[str, bytes]:
    return {f"d{n % 40}/f{n}": b"%d" % n for n in range(count)}

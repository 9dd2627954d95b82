"""Cells: a scheduler that waits, and all of it on a machine with little memory."""
from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from . import peers
from .files import fresh
from .graphs import Graph
from .launch import field
from .limited import Group, limited
from .measure import Contender, Figures, Running
from .programs import own
from .serving import STOPS, free_port, until
from .stage import Stage

ROOM = 512 << 20    # bytes
PATIENCE = 60.0     # seconds


def rests(stage: Stage, seconds: float) -> Sequence[Contender]:
    featherflow = ("from featherflow import scheduler;"
                   " scheduler.get_scheduler('flows', 'tasks', 'out', 'config'); scheduler.run_scheduler_daemon()")
    return [Rest("haulier", stage, seconds, lambda: [own("haulier"), "scheduler", "start", "--foreground"]),
            Rest("Featherflow", stage, seconds, lambda: [peers.program("featherflow", "python"), "-c", featherflow]),
            Rest("luigid", stage, seconds, lambda: [
                peers.program("luigi", "luigid"), "--address", "127.0.0.1", "--port", str(free_port())])]


@dataclass(frozen=True)
class Rest:
    """A program that waits for what is due, and nothing is."""

    name: str
    stage: Stage
    seconds: float
    words: Callable[[], Sequence[str]]

    def run(self, log: Path) -> Figures:
        folder = fresh(self.stage.place / "rests")
        Graph(1, schedule="daily at 04:00").write(folder)
        running = Running(["env", "-C", str(folder), *self.words()], self.stage.programs.environment, log)
        try:
            time.sleep(self.seconds)
            if running.has_ended:
                raise RuntimeError(f"it has ended: {running.said()}")
            idle, peak = (1024 * field(f"/proc/{running.pid}/status", name) / 1e6 for name in ("VmRSS:", "VmHWM:"))
            return {"wall": self.seconds, "idle": idle, "rss": peak}
        finally:
            stop(running)


def places(stage: Stage, count: int) -> Sequence[Contender]:
    graph = Graph(count, schedule="every 5s")
    return [Small("haulier", stage, graph, lambda: ["scheduler", "start", "--foreground"]),
            Small("with the hub", stage, graph, lambda: ["start", ".", "--port", str(free_port())], is_hub=True)]


@dataclass(frozen=True)
class Small:
    """A program runs a flow when it is due, and a person runs it beside that, in a group of so much memory."""

    name: str
    stage: Stage
    graph: Graph
    words: Callable[[], Sequence[str]]
    is_hub: bool = False

    def run(self, log: Path) -> Figures:
        folder = fresh(self.stage.place / "small")
        self.graph.write(folder)
        if self.is_hub:
            (folder / "haulier.yaml").touch()
        with limited(ROOM) as group:
            running = Running(within(group, folder, *self.words()), self.stage.programs.environment, log)
            try:
                until(lambda: running.has_ended or self._runs(folder), PATIENCE)
                self._by_hand(group, folder)
                assert not running.has_ended and not group.killed, running.said()
                figures = {"held": group.held, "peak": group.peak}
            finally:
                rss = stop(running)["rss"]
        return {**figures, "rss": rss}

    def _by_hand(self, group: Group, folder: Path) -> None:
        done = subprocess.run(within(group, folder, "run", "whole", "--quiet"), capture_output=True, text=True,
                              env=self.stage.programs.environment, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr

    def _runs(self, folder: Path) -> int:
        """How many are done."""
        ledger = folder / ("state" if self.is_hub else "haulier_output") / "ledger.db"
        if not ledger.exists():
            return 0
        with closing(sqlite3.connect(ledger)) as opened:
            try:
                done, = opened.execute("SELECT count(*) FROM runs WHERE state = 'done'").fetchone()
            except sqlite3.OperationalError:    # its tables are being made
                return 0
        return int(done)


def within(group: Group, folder: Path, *words: str) -> Sequence[str]:
    return group.words("env", "-C", str(folder), own("haulier"), *words)


def stop(running: Running) -> Figures:
    """Ask it to end, or make it; what it cost."""
    if not running.has_ended:
        os.kill(running.pid, signal.SIGTERM)
    try:
        until(lambda: running.has_ended, STOPS)
    except RuntimeError:
        running.kill()
    return running.end()[1]

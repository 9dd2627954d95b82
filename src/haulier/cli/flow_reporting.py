"""How the run of a flow is told: what its tasks print, and what becomes of each."""
from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..engine.graph.folders import RunFolder
from ..engine.work import Watcher
from ..model.progress import Progress
from ..model.run import RunState
from ..model.task import Key, TaskRun, TaskState
from ..model.words import count
from .session import Session
from .tailing import Tail
from .words import plain, size, span

if TYPE_CHECKING:
    from .stopping import Stopping

SAID = {TaskState.FAILED, TaskState.BLOCKED, TaskState.SKIPPED, TaskState.WAITING, TaskState.CANCELLED}


class FlowReporter(Watcher):
    """Lines for people, or objects for programs. `quiet`: only what went wrong."""

    def __init__(self, session: Session, stopping: Stopping, runs: Path, *, quiet: bool) -> None:
        self._session, self._stopping, self._runs, self._quiet = session, stopping, runs, quiet
        self._tails: dict[Key, Tail] = {}
        self._started = time.monotonic()
        self._why = ""
        self.progress = Progress()

    def progressed(self, progress: Progress) -> None:
        self.progress = progress
        for key, tail in self._tails.items():
            self._print(key, tail.lines())
        self._stopping.check()

    def waits(self, why: str) -> None:
        if why != self._why:
            self._session.note(f"waits: {plain(why)}")
        self._why = why

    def moved(self, tasks: Sequence[TaskRun]) -> None:
        for row in tasks:
            if tail := self._tails.pop(row.key, None):
                self._print(row.key, tail.lines(to_the_end=True))
            if row.items is not None and row.state is TaskState.RUNNING:
                continue    # what its list is has been found out
            self._tell(row)
            if row.state is TaskState.RUNNING:
                self._tails[row.key] = Tail(RunFolder(self._runs, row.run).log(row.key, row.tries))
        self._session.flush()

    def sum_up(self, run: int, flow: str, state: RunState, error: str = "") -> None:
        """The last line."""
        done, seconds = self.progress, time.monotonic() - self._started
        self._session.tell("summary", run=run, flow=flow, state=state, done=done.done, failed=done.failed,
                           skipped=done.skipped, error=error or None, seconds=round(seconds, 3))
        if not self._quiet or state is not RunState.DONE:
            said = [f"{count(done.done, 'task')} done"] + [f"{number} {word}" for number, word in (
                (done.failed, "failed"), (done.skipped, "skipped")) if number]
            why = f": {plain(error)}" if error else ""
            self._session.say(f"{plain(flow)}: {state}, {', '.join(said)} in {span(seconds)} (run {run}){why}")

    def _tell(self, row: TaskRun) -> None:
        self._session.tell("task", task=str(row.key), state=row.state, tries=row.tries, error=row.error or None,
                           outputs=dict(row.outputs) or None)
        if self._quiet and row.state is not TaskState.FAILED:
            return
        took = f" in {span((row.finished - row.started) / 1e9)}" if row.finished and row.started else ""
        error = row.error.removeprefix(f"{row.key}: ")
        why = f": {plain(error)}" if error not in ("", row.state) and row.state in SAID else ""
        if row.state is TaskState.WAITING and row.due is None:
            why += f" (answer with: haulier approve {row.run} {row.key})"
        if row.child and "files" in row.outputs:
            why = f": {count(row.outputs['files'], 'file')}, {size(row.outputs['bytes'])}"
        tries = f" (try {row.tries})" if row.tries > 1 else ""
        self._session.say(f"{row.key}: {row.state}{tries}{took}{why}")

    def _print(self, key: Key, lines: Sequence[str]) -> None:
        if self._quiet:
            return
        for line in lines:
            self._session.tell("output", task=str(key), text=line)
            self._session.say(f"{key} | {plain(line.expandtabs())}")
        if lines:
            self._session.flush()   # who reads it through a pipe sees it when it is printed, too

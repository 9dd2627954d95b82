"""How a run is told while it goes on and when it ends: to a log, to a program, to a terminal."""
from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from ..core.plan import Verdict
from ..engine.work import Watcher
from ..model.progress import Progress
from ..model.run import Report, RunState, Transfer
from ..model.transfer import Signal
from ..model.words import count
from .session import Session, complain
from .words import plain, size, span

if TYPE_CHECKING:
    from .stopping import Stopping

NOTE_EVERY = 10.0
"""Seconds between two lines about a long run, where there is no terminal."""
LOOKS = 500
"""After so many files that need no work, progress is shown although nothing moved."""


class Reporter(Watcher):
    """A line for each failed file, and one at the end. Files that need no work are only counted."""

    def __init__(self, session: Session, stopping: Stopping, *, quiet: bool) -> None:
        self.session, self.stopping, self.quiet = session, stopping, quiet
        self.progress = Progress()
        self.not_ready = 0
        self.waiting: dict[str, Transfer] = {}
        self.started = time.monotonic()
        self.pace = Pace(self.started)
        self._noted = self.started
        self._looked = 0

    @property
    def wants_done(self) -> bool:  # type: ignore[override]
        """Only to strike off what had to wait before."""
        return bool(self.waiting)

    def progressed(self, progress: Progress) -> None:
        self.progress = progress
        now = time.monotonic()
        self.pace.add(now, progress)
        self.show(now)
        self.stopping.check()

    def decided(self, path: str, verdict: str, reason: str) -> None:
        if verdict == Verdict.WAIT:
            self.not_ready += 1
        self._looked += 1
        if self._looked % LOOKS == 0:
            self.show(time.monotonic())
        self.stopping.check()

    def ended(self, transfer: Transfer, report: Report) -> None:
        if report.signal is Signal.TRANSIENT:
            self.waiting[transfer.path] = _final(transfer, report)
            return
        if self.waiting:
            self.waiting.pop(transfer.path, None)
        if report.signal is Signal.PERMANENT:
            self.fail(_final(transfer, report))
        elif report.signal is Signal.SETTLED:
            self.deliver(transfer, report)

    def show(self, now: float) -> None:
        """How far it is, if it is time to say so again."""
        if not self.quiet and now - self._noted >= NOTE_EVERY:
            self._noted = now
            complain(self.pace.line(self.progress))

    def fail(self, transfer: Transfer) -> None:
        """One file failed."""
        self.line(f"failed: {plain(transfer.error)}")

    def deliver(self, transfer: Transfer, report: Report) -> None:
        """One file arrived."""

    def line(self, text: str) -> None:
        """A line that stays."""
        complain(text)

    def close(self) -> None:
        """Nothing more moves: what is left to try another time is named."""
        for transfer in self.waiting.values():
            self.wait(transfer)

    def wait(self, transfer: Transfer) -> None:
        """One file waits for the next run."""
        self.line(f"to be tried again by the next run: {plain(transfer.error)}")

    def sum_up(self, run: int | None, flow: str, state: RunState) -> None:
        """The last line."""
        if not self.quiet:
            self.session.say(f"{plain(flow)}: {self.summary(state)}")

    def summary(self, state: RunState) -> str:
        """What was done, in words."""
        done, seconds = self.progress, time.monotonic() - self.started
        said = [f"{count(done.done, 'file')} done, {size(done.moved)} in {span(seconds)}"
                if done.done or done.moved else "nothing moved"]
        if done.done and seconds >= 1:
            files = f"{done.done / seconds:.0f} files/s, " if done.done >= 100 else ""
            said[0] += f" ({files}{size(done.moved / seconds)}/s)"
        for number, words in ((done.failed, "failed"), (len(self.waiting), "to be tried again"),
                              (done.skipped - self.not_ready, "skipped"), (self.not_ready, "not ready yet")):
            said += [f"{number} {words}"] if number else []
        if state is RunState.CANCELLED:
            said.append("interrupted; the same command goes on where it stopped")
        return "; ".join(said)


class JsonReporter(Reporter):
    """A line of JSON for each file that arrived or failed, and one at the end."""

    wants_done = True

    def show(self, now: float) -> None:
        if now - self._noted >= 0.2:
            self._noted = now
            sys.stdout.flush()

    def fail(self, transfer: Transfer) -> None:
        self._tell(transfer, "failed")

    def deliver(self, transfer: Transfer, report: Report) -> None:
        if not self.quiet:
            self._tell(_final(transfer, report), "done")

    def wait(self, transfer: Transfer) -> None:
        self._tell(transfer, "waiting")

    def sum_up(self, run: int | None, flow: str, state: RunState) -> None:
        done = self.progress
        self.session.tell(
            "summary", run=run, flow=flow, state=state, done=done.done, failed=done.failed,
            waiting=len(self.waiting), skipped=done.skipped - self.not_ready, not_ready=self.not_ready,
            bytes=done.moved, seconds=round(time.monotonic() - self.started, 3))

    def _tell(self, transfer: Transfer, state: str) -> None:
        self.session.tell("file", **facts_of(transfer, state))


def _final(transfer: Transfer, report: Report) -> Transfer:
    """The transfer with what the last report about it says."""
    return transfer._replace(
        error=report.error, kind=report.kind, sha256=report.sha256 or transfer.sha256,
        target=report.target or transfer.target, written=report.written or transfer.written)


def facts_of(transfer: Transfer, state: str = "") -> dict[str, Any]:
    """A transfer for programs."""
    return {"path": transfer.path, "target": transfer.target or None, "state": state or transfer.state,
            "bytes": transfer.entry.size, "written": transfer.written or None,
            "sha256": transfer.sha256.hex() or None, "tries": transfer.tries,
            "error": transfer.error or None, "kind": transfer.kind or None}


class Pace:
    """How fast it goes, over the last ten seconds, and how long it may yet take."""

    LONG, STEP = 10.0, 0.5

    def __init__(self, now: float) -> None:
        self._points: list[tuple[float, int, int]] = [(now, 0, 0)]
        self.bytes = self.files = 0.0

    def add(self, now: float, progress: Progress) -> None:
        """So far it came by now."""
        point = now, progress.moved, progress.done + progress.failed
        first = self._points[0]
        if now > first[0]:
            self.bytes = (point[1] - first[1]) / (now - first[0])
            self.files = (point[2] - first[2]) / (now - first[0])
        if now - self._points[-1][0] >= self.STEP:
            self._points.append(point)
            if now - self._points[1][0] >= self.LONG:
                del self._points[0]

    def left(self, progress: Progress) -> float | None:
        """Seconds that it may yet take; None if nobody can tell."""
        if not progress.is_planned:
            return None
        needs = [(rest, speed) for rest, speed in (
            (progress.bytes - progress.moved, self.bytes),
            (progress.files - progress.done - progress.failed, self.files)) if rest > 0]
        if not needs or not needs[0][1]:
            return None
        # One big file gives no files per second until its end, so bytes decide where both are known.
        return max(rest / speed for rest, speed in needs if speed)

    def line(self, progress: Progress) -> str:
        """`12/40 files, 3.4 MB/12 MB, 1.2 MB/s, 8 s left, 1 failed`"""
        more = "" if progress.is_planned else "+"
        noun = "file" if progress.files == 1 and not more else "files"
        said = [f"{progress.done + progress.failed}/{progress.files}{more} {noun}",
                f"{size(progress.moved)}/{size(progress.bytes)}{more}", f"{size(self.bytes)}/s"]
        left = self.left(progress)
        said += [f"{span(left)} left"] if left is not None else []
        said += [f"{progress.failed} failed"] if progress.failed else []
        said += [f"{progress.skipped} skipped"] if progress.skipped else []
        return ", ".join(said)

"""Runs contenders in turn, takes their time, processor time and peak memory, and judges them."""
from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .launch import io_of

LAUNCH = Path(__file__).with_name("launch.py")
Figures = dict[str, float]
"""wall, cpu (seconds), rss, written (megabytes, bytes), and whatever else a contender counts."""
Results = Mapping[str, Mapping[str, float]]
FORMS = {"wall": "{:.2f} s", "rss": "{:.0f} MB", "whole": "{:.2f} s uninterrupted", "again": "{:.1f} MB sent again",
         "rows": "{:.0f} rows", "idle": "{:.0f} MB at rest", "busy": "{:.0f} % busy", "p95": "{:.1f} ms",
         "rate": "{:,.0f} rows a second", "taken": "{:,.0f} rows taken", "task": "{:.2f} ms a task",
         "held": "{:.0f} MB held by processes",
         "grown": "{:.0f} MB more than at its start", "peak": "{:.0f} MB with pages of files",
         "itself": "{:.1f} MB itself"}
UNSHOWN = {"itself"}
"""Figures that are named where a goal is about them, and nowhere else."""


class Running:
    """A command that was started. RuntimeError if it cannot be."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        out, into = os.pipe()
        with open(log, "wb") as file:
            self._launcher = subprocess.Popen(
                [sys.executable, "-I", "-S", str(LAUNCH), str(into), *command], stdin=subprocess.DEVNULL,
                stdout=file, stderr=subprocess.STDOUT, env=dict(environment), pass_fds=(into,))
        os.close(into)
        self._report = os.fdopen(out)
        said = self._report.readline()
        if not said:
            raise RuntimeError(f"{command[0]} did not start: {self.said()}")
        self.pid = int(said)

    def said(self) -> str:
        """The end of its output."""
        return self._log.read_text(errors="replace")[-500:].strip()

    @property
    def has_ended(self) -> bool:
        return self._launcher.poll() is not None

    @property
    def written(self) -> int:
        """Bytes that it wrote so far."""
        return io_of(self.pid)

    def kill(self) -> None:
        if not self.has_ended:
            os.kill(self.pid, signal.SIGKILL)

    def end(self) -> tuple[int, Figures]:
        """Wait for it: its exit status and what it cost."""
        with self._report:
            figures = json.loads(self._report.read())
        self._launcher.wait()
        return figures.pop("code"), figures


class Contender(Protocol):
    """Does the work of a cell once, each time into a fresh place. RuntimeError or AssertionError if it fails.

    One that has `once` takes so long that it does it once only, however often the others do.
    """

    @property
    def name(self) -> str: ...

    def run(self, log: Path) -> Figures: ...


@dataclass(frozen=True)
class Command:
    """A contender that is one command.

    `before` is called, untimed, before each run and gives the command; `after` checks, counts and cleans.
    `once` as a Contender may have it.
    """

    name: str
    before: Callable[[], Sequence[str]]
    after: Callable[[], Figures | None] = lambda: None
    environment: Mapping[str, str] = field(default_factory=dict)
    once: bool = False

    def run(self, log: Path) -> Figures:
        running = Running(self.before(), self.environment, log)
        code, figures = running.end()
        if code:
            raise RuntimeError(f"ended with {code}: {running.said()}")
        return figures | (self.after() or {})


@dataclass(frozen=True)
class Verdict:
    """One goal, what was reached, and whether that is enough (None: not measured)."""

    goal: str
    reached: str
    met: bool | None


class Goal(Protocol):
    def judged(self, results: Results) -> Verdict: ...


@dataclass(frozen=True)
class Faster:
    """Ours takes at most `peer`'s time divided by `factor`. `peer` may be "slower of A and B"."""

    factor: float
    peer: str
    ours: str = "haulier"

    def judged(self, results: Results) -> Verdict:
        text = f"≥ {self.factor:g} × {self.peer}" + (f" ({self.ours})" if self.ours != "haulier" else "")
        names = self.peer.removeprefix("slower of ").split(" and ")
        if not {self.ours, *names} <= results.keys():
            return Verdict(text, "", None)
        ratio = max(results[name]["wall"] for name in names) / results[self.ours]["wall"]
        return Verdict(text, f"{ratio:.2f} ×", ratio >= self.factor)


@dataclass(frozen=True)
class Within:
    """Ours takes at most `factor` times `peer`'s time."""

    factor: float
    peer: str
    ours: str = "haulier"

    def judged(self, results: Results) -> Verdict:
        text = f"≤ {self.factor:g} × {self.peer}" + (f" ({self.ours})" if self.ours != "haulier" else "")
        if not {self.ours, self.peer} <= results.keys():
            return Verdict(text, "", None)
        ratio = results[self.ours]["wall"] / results[self.peer]["wall"]
        return Verdict(text, f"{ratio:.2f} ×", ratio <= self.factor)


@dataclass(frozen=True)
class Rate:
    """Ours has at least `factor` times the rows a second that `peer` has."""

    factor: float
    peer: str
    ours: str = "haulier"

    def judged(self, results: Results) -> Verdict:
        text = f"≥ {self.factor:g} × rows a second of {self.peer}"
        text += f" ({self.ours})" if self.ours != "haulier" else ""
        if not {self.ours, self.peer} <= results.keys():
            return Verdict(text, "", None)
        ratio = results[self.ours]["rate"] / results[self.peer]["rate"]
        return Verdict(text, f"{ratio:.2f} ×", ratio >= self.factor)


@dataclass(frozen=True)
class Later:
    """Ours takes at most so many seconds more than `peer`."""

    seconds: float
    peer: str
    ours: str = "haulier"

    def judged(self, results: Results) -> Verdict:
        text = f"≤ {self.seconds:g} s more than {self.peer}" + (f" ({self.ours})" if self.ours != "haulier" else "")
        if not {self.ours, self.peer} <= results.keys():
            return Verdict(text, "", None)
        more = results[self.ours]["wall"] - results[self.peer]["wall"]
        return Verdict(text, f"{more:.2f} s more", more <= self.seconds)


@dataclass(frozen=True)
class Slower:
    """Ours takes at most so many percent more time than `peer`."""

    percent: float
    peer: str

    def judged(self, results: Results) -> Verdict:
        text = f"≤ {self.percent:g} % slower than {self.peer}"
        if not {"haulier", self.peer} <= results.keys():
            return Verdict(text, "", None)
        more = 100 * (results["haulier"]["wall"] / results[self.peer]["wall"] - 1)
        return Verdict(text, f"{more:.1f} %", more <= self.percent)


@dataclass(frozen=True)
class Most:
    """Ours has at most so much of a figure."""

    most: float
    of: str
    ours: str = "haulier"
    note: str = ""

    def judged(self, results: Results) -> Verdict:
        text = "≤ " + (f"{self.most:g} s" if self.of == "wall" else FORMS[self.of].format(self.most)) + self.note
        text += f" ({self.ours})" if self.ours != "haulier" else ""
        if self.of not in results.get(self.ours, {}):
            return Verdict(text, "", None)
        figure = results[self.ours][self.of]
        return Verdict(text, FORMS[self.of].format(figure), figure <= self.most)


@dataclass(frozen=True)
class Flat:
    """Memory does not grow with the work: at most `factor` times what a smaller one took."""

    factor: float
    smaller: str

    def judged(self, results: Results) -> Verdict:
        text = f"memory ≤ {self.factor:g} × {self.smaller}"
        if not {"haulier", self.smaller} <= results.keys():
            return Verdict(text, "", None)
        ratio = results["haulier"]["rss"] / results[self.smaller]["rss"]
        return Verdict(text, f"{ratio:.2f} ×", ratio <= self.factor)


MEMORY = Most(150, "rss")
"""For every cell."""


def medians(samples: Sequence[Figures]) -> Figures:
    return {name: statistics.median(sample[name] for sample in samples) for name in samples[0]}


def measure(contenders: Sequence[Contender], repeats: int, log: Path,
            say: Callable[[str], None]) -> tuple[dict[str, Figures], dict[str, str]]:
    """All contenders, interleaved: the medians of each, and why some failed."""
    samples: dict[str, list[Figures]] = {contender.name: [] for contender in contenders}
    failed: dict[str, str] = {}
    for _ in range(repeats):
        for contender in contenders:
            if contender.name in failed or (samples[contender.name] and getattr(contender, "once", False)):
                continue
            try:
                sample = contender.run(log)
            except (RuntimeError, OSError, AssertionError) as error:
                failed[contender.name] = str(error)
                say(f"  {contender.name}: FAILED {error}")
                continue
            samples[contender.name].append(sample)
            say(f"  {contender.name}: {shown(sample)}")
    return {name: medians(taken) for name, taken in samples.items() if taken and name not in failed}, failed


def shown(figures: Mapping[str, float]) -> str:
    return ", ".join(form.format(figures[name]) for name, form in FORMS.items()
                     if name in figures and name not in UNSHOWN)

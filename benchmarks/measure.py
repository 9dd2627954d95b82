"""Runs contenders in turn and takes wall time, processor time and peak memory of each."""
from __future__ import annotations

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


class Sample(NamedTuple):
    """One run of one contender: seconds, processor seconds, MiB."""

    wall: float
    cpu: float
    rss: float


@dataclass(frozen=True)
class Contender:
    """A command (or several, one after another) that does the work once, into a fresh place.

    `before` is called, untimed, before each run and gives the command; `after` checks and cleans.
    """

    name: str
    before: Callable[[], Sequence[str]]
    after: Callable[[], None] = lambda: None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Goal:
    """Ours must take at most `peer`'s time divided by `factor`."""

    factor: float
    peer: str


@dataclass(frozen=True)
class Cell:
    """One row of the table."""

    name: str
    contenders: Sequence[Contender]
    goals: Sequence[Goal] = ()
    repeats: int = 3


def timed(contender: Contender, log: Path) -> Sample:
    """Run it once; RuntimeError with the end of its output if it fails."""
    command = contender.before()
    with open(log, "wb") as out:
        begin = time.perf_counter()
        process = subprocess.Popen(list(command), stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                   env={**os.environ, **contender.environment})
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{contender.name} ended with {process.returncode}: {log.read_text()[-500:]}")
    contender.after()
    return Sample(wall, usage.ru_utime + usage.ru_stime, _peak(usage))


def _peak(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / 1024


def medians(samples: Sequence[Sample]) -> Sample:
    return Sample(*(statistics.median(column) for column in zip(*samples, strict=True)))


def measure(cell: Cell, log: Path, say: Callable[[str], None]) -> dict[str, object]:
    """All contenders of a cell, interleaved; the result as it is written to JSON."""
    samples: dict[str, list[Sample]] = {contender.name: [] for contender in cell.contenders}
    failed: dict[str, str] = {}
    for _ in range(cell.repeats):
        for contender in cell.contenders:
            if contender.name in failed:
                continue
            try:
                sample = timed(contender, log)
            except (RuntimeError, OSError, AssertionError) as error:
                failed[contender.name] = str(error)
                say(f"  {contender.name}: FAILED {error}")
                continue
            samples[contender.name].append(sample)
            say(f"  {contender.name}: {sample.wall:.3f} s, cpu {sample.cpu:.2f} s, {sample.rss:.0f} MiB")
    result = {name: medians(taken)._asdict() for name, taken in samples.items() if taken}
    return {"cell": cell.name, "results": result, "failed": failed,
            "goals": [_judged(goal, result) for goal in cell.goals]}


def _judged(goal: Goal, result: Mapping[str, Mapping[str, float]]) -> dict[str, object]:
    """`peer` may be "slower of A and B"."""
    ours = result.get("haulier")
    names = goal.peer.removeprefix("slower of ").split(" and ")
    peers = [result[name] for name in names if name in result]
    peer = max(peers, key=lambda one: one["wall"]) if len(peers) == len(names) else None
    ratio = peer["wall"] / ours["wall"] if ours and peer else None
    return {"peer": goal.peer, "wanted": goal.factor, "ratio": ratio,
            "met": ratio is not None and ratio >= goal.factor}

"""Cells: flows of scripts and of functions, beside others who run graphs of tasks, and what they need of a machine."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import graphs, peers, small
from .graphs import Graph
from .measure import Command, Contender, Figures, Most, Within
from .programs import own
from .results import number
from .stage import Cell, Stage

BARE = "interpreter start-ups"
FILE, FUNCTION, AT_ONCE = "in a process that is there", "@flow in a process that is there", "@flow, whole process"
REST = 30.0         # seconds
NAP = "import time\ntime.sleep(0.1)\n"
HEAVY = (graphs.prefect, graphs.airflow)
LIGHT = Most(60, "itself")


def cells(*, quick: bool) -> Iterator[Cell]:
    few, many = (10, 50) if quick else (100, 1_000)
    yield Cell("`haulier list`, one flow", lambda stage: [listed(stage)], [LIGHT], repeats=5)
    yield Cell("a flow of one empty script", lambda stage: everybody(stage, Graph(1), heavy=True), [LIGHT],
               repeats=5)
    yield Cell(f"{few} empty scripts side by side", lambda stage: everybody(stage, Graph(few), heavy=True),
               [Within(1.3, BARE), Within(1.3, BARE, FILE), LIGHT], repeats=5)
    yield Cell(f"{few} empty scripts in a chain", lambda stage: everybody(stage, Graph(few, is_chain=True)),
               [Within(1.3, BARE), Within(1.3, BARE, FILE), LIGHT], repeats=5)
    yield Cell(f"{few} × 0.1 s, {graphs.PARALLEL} at a time", lambda stage: everybody(stage, Graph(few, text=NAP)),
               [Most(1.5, "wall"), Most(1.5, "wall", FILE), LIGHT])
    yield Cell(f"overhead of a task, {many:,} functions side by side, disk",
               lambda stage: overheads(stage, many, is_chain=False), [Most(5, "task")], on_disk=True)
    yield Cell(f"overhead of a task, {many:,} functions in a chain, disk",
               lambda stage: overheads(stage, many, is_chain=True), [Most(5, "task")], on_disk=True)
    yield Cell(f"a chain of {few} functions", lambda stage: chains(stage, Graph(few, is_chain=True, text=None)),
               [Most(0.5, "wall"), *(Most(0.5, "wall", name) for name in (FILE, FUNCTION, AT_ONCE))], repeats=5)
    yield Cell(f"a scheduler at rest for {REST:.0f} s", lambda stage: small.rests(stage, 2.0 if quick else REST),
               [Most(90, "idle"), Most(90, "rss")], repeats=1)
    yield Cell(f"512 MiB for all: a scheduler that runs {few} scripts, and a run beside it, disk",
               lambda stage: small.places(stage, few), [Most(150, "held")], repeats=1, on_disk=True)


def versions(known: Mapping[str, str]) -> dict[str, str]:
    """Of those who take part, as far as they are there."""
    asked = {"GNU make": ["make", "--version"], "bash": ["bash", "--version"]}
    ours = {name: known[name] for name in ("Haulier", "Python")}
    others = peers.versions("luigi", "prefect", "airflow", "featherflow")
    return (ours | {name: text for name, words in asked.items() if (text := number(words))}
            | {name.capitalize(): text for name, text in others.items()})


# Runs

def listed(stage: Stage) -> Command:
    return graphs.command(stage, "haulier", Graph(1), lambda _: [own("haulier"), "list"])


def everybody(stage: Stage, graph: Graph, *, heavy: bool = False) -> Sequence[Contender]:
    """`heavy`: those too who take so long that they are not in every cell."""
    start_ups = [] if graph.text else [graphs.bare(stage, graph), graphs.bash(stage, graph)]
    others = [graphs.make, graphs.featherflow, graphs.luigi, *(HEAVY if heavy else ())]
    return [graphs.haulier(stage, graph), graphs.library(stage, graph, "file", FILE), *start_ups,
            *(peer(stage, graph) for peer in others)]


def chains(stage: Stage, graph: Graph) -> Sequence[Contender]:
    return [graphs.haulier(stage, graph), graphs.library(stage, graph, "file", FILE),
            graphs.library(stage, graph, "function", FUNCTION),
            graphs.library(stage, graph, "whole", AT_ONCE),
            graphs.luigi(stage, graph)]


# What a task costs

def overheads(stage: Stage, many: int, *, is_chain: bool) -> Sequence[Contender]:
    """The others are slow: they get a tenth of the tasks. Prefect's start differs by more than that takes."""
    def each(who: Callable[[Stage, Graph], Command], count: int) -> PerTask:
        one, all_ = (who(stage, Graph(size, is_chain, text=None)) for size in (1, count))
        return PerTask(one, all_, count)
    return [each(graphs.haulier, many),
            *(each(peer, many // 10) for peer in (graphs.luigi, *(() if is_chain else (graphs.airflow,))))]


@dataclass(frozen=True)
class PerTask:
    """What a task adds to the time of a run: that of many, less that of one."""

    one: Command
    many: Command
    count: int

    @property
    def name(self) -> str:
        return self.many.name

    @property
    def once(self) -> bool:
        return self.many.once

    def run(self, log: Path) -> Figures:
        one, many = self.one.run(log), self.many.run(log)
        return many | {"task": 1000 * (many["wall"] - one["wall"]) / (self.count - 1)}

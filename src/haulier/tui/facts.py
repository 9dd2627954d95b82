"""What the board shows, as plain values."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ..model.graph import Graph, Node
from ..model.run import OVER, Run, RunState
from ..model.task import Key, TaskRun, TaskState

LATER = "Later"
"""The kind of a task that waits for something that has not come."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A process that carries runs here; `host` and `address` if they are known."""

    what: str
    pid: int
    since: int
    host: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A flow or a job. `graph`: None for a job, and for a flow that cannot run."""

    name: str
    graph: Graph | None = None
    last: Run | None = None
    when: str = ""                  # its schedule, in words
    enabled: bool = True            # whether that starts it
    next: datetime | None = None
    problem: str = ""               # why it cannot run: one mistake for each line
    is_job: bool = False


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run, and its tasks in the order of the graph, those too that nobody has heard of yet."""

    run: Run
    tasks: tuple[TaskRun, ...] = ()
    graph: Graph | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.run.state in OVER

    def task(self, key: Key) -> TaskRun | None:
        """That one; None if it has none of that name."""
        return next((task for task in self.tasks if task.key == key), None)

    def node(self, key: Key) -> Node | None:
        """How its flow describes the task; None if it does not know it any more."""
        nodes = self.graph.nodes if self.graph else ()
        return next((node for node in nodes if node.id == key.task), None)

    def speaking(self) -> TaskRun | None:
        """Whose output is the one to look at: of those that run or wait, else of all, the one that began last."""
        begun = [task for task in self.tasks if task.tries and not task.origin]
        going = [task for task in begun if task.state in (TaskState.RUNNING, TaskState.WAITING)]
        return max(going or begun, key=lambda task: task.started, default=None)


@dataclass(frozen=True, slots=True)
class Facts:
    """One look. `runs`: those that are not over, oldest first, then the last that are, newest first."""

    seats: tuple[Seat, ...] = ()
    flows: tuple[FlowRow, ...] = ()
    runs: tuple[RunRow, ...] = ()
    history: tuple[Run, ...] = ()   # of the flow that was asked for
    trouble: str = ""
    is_blind: bool = False          # whether the ledger could not be asked: what was seen of it last is shown

    def flow(self, name: str) -> FlowRow | None:
        """That one; None if there is none."""
        return next((flow for flow in self.flows if flow.name == name), None)

    def run(self, number: int) -> RunRow | None:
        """That one, with its tasks if they are known."""
        found = next((row for row in self.runs if row.run.id == number), None)
        return found or next((RunRow(run) for run in self.history if run.id == number), None)

    def coming(self) -> list[FlowRow]:
        """Those that start by themselves, the next one first; then those that are off."""
        listed = [flow for flow in self.flows if flow.when]
        return sorted(listed, key=lambda flow: (flow.next is None, flow.next.timestamp() if flow.next else 0.0,
                                                flow.name))

    def count(self, *states: RunState) -> int:
        """Runs in these states."""
        return sum(row.run.state in states for row in self.runs)


class Subject(NamedTuple):
    """What is under the cursor: a flow, one of its runs, and a task of that."""

    flow: str = ""
    run: RunRow | None = None
    task: Key | None = None

    def about(self) -> TaskRun | None:
        """The task; of a run as a whole, the one whose output is the one to look at."""
        if self.run is None:
            return None
        return self.run.task(self.task) if self.task else self.run.speaking()


def asks(task: TaskRun) -> bool:
    """Whether it waits for a person."""
    return (task.state is TaskState.WAITING and task.kind == LATER and task.due is None and not task.child
            and task.decision is None)


def complete(run: Run, heard: Sequence[TaskRun], graph: Graph | None) -> tuple[TaskRun, ...]:
    """In the order of the graph; while a run goes on, with the tasks that are not heard of yet."""
    order = {node.id: at for at, node in enumerate(graph.nodes if graph else ())}
    return tuple(sorted([*heard, *_silent(run, heard, order)],
                        key=lambda task: (order.get(task.key.task, len(order)), task.key)))


def _silent(run: Run, heard: Sequence[TaskRun], order: dict[str, int]) -> Iterator[TaskRun]:
    known = {task.key.task for task in heard}
    if run.state not in OVER:
        yield from (TaskRun(run.id, Key(id)) for id in order if id not in known)

"""Flows, as they are in the workspace's files."""
from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field, StrictBool

from ...model.graph import Phase
from ...model.run import RunState, Trigger
from ...model.task import TaskState
from ..problem import Mistake
from .given import Given, Text
from .moment import Moment
from .run import Priority, Run


class Flow(BaseModel):
    """A flow; with `problems` it cannot run. `waiting_for_approval`: tasks of its runs that ask a person now.

    `is_job`: it is written as a job, which takes files in. `arrival`: files start it, looked for so many seconds apart.
    """

    name: str
    is_job: bool = False
    title: str
    description: str
    version: str
    tags: list[str]
    enabled: bool
    schedule: str | None
    sentence: str | None
    next: Moment | None
    arrival: float | None = None
    tasks: int
    types: list[str]
    last_run: Run | None
    running: Run | None
    waiting_for_approval: int
    problems: list[Mistake]
    file: str
    line: int


class Flows(BaseModel):
    """All flows, and the mistakes of all files of flows and of their schedules."""

    items: list[Flow]
    problems: list[Mistake]


class Node(BaseModel):
    """A task as it is written; `timeout` is of one try, in seconds."""

    id: str
    type: str
    description: str
    needs: list[str]
    when: str
    foreach: bool
    phase: Phase
    allow_failure: bool
    tries: int
    timeout: float | None


class Box(BaseModel):
    """Where a task is in the picture: its upper left corner and its size."""

    id: str
    x: int
    y: int
    w: int
    h: int
    layer: int


class Edge(BaseModel):
    """A line from a task to one that needs it; `path` is the `d` of an SVG path."""

    start: str = Field(serialization_alias="from")
    end: str = Field(serialization_alias="to")
    path: str


class Layout(BaseModel):
    """The picture of a flow, in pixels."""

    width: int
    height: int
    boxes: list[Box]
    edges: list[Edge]


class FlowShown(BaseModel):
    """One flow with all that is in it.

    `params` is the JSON Schema of what a run can be told; its `x-order` is the order of the file. `text` is the file,
    secrets as dots; empty if it cannot be read.
    """

    flow: Flow
    nodes: list[Node]
    layout: Layout
    params: dict[str, Any]
    text: str
    language: Literal["json", "yaml"]


class FlowOrder(Given):
    """How a run is wanted; parameters that are left out are as the flow says."""

    params: dict[str, Any] = {}
    priority: Priority = Priority.NORMAL


class BackfillOrder(Given):
    """For which moments of its schedule a flow is to run: dates (whole days, in its zone) or times."""

    start: Text = Field(alias="from", examples=["2026-11-01"])
    end: Text = Field(alias="to", examples=["2026-11-30"])
    params: dict[str, Any] = {}
    dry_run: StrictBool = False


class Backfill(BaseModel):
    """The moments, and a run for each; none with `dry_run`."""

    slots: list[Moment]
    runs: list[Run]


class GridRun(BaseModel):
    """A run of a grid; `slot` is the moment of the schedule that it is for."""

    id: int
    state: RunState
    created: Moment
    started: Moment | None
    finished: Moment | None
    seconds: float | None
    trigger: Trigger
    slot: Moment | None


class GridCell(BaseModel):
    """One task of one run."""

    state: TaskState
    tries: int
    seconds: float | None


class Grid(BaseModel):
    """Runs, oldest first; and by task and number of the run what became of it, as far as it was heard of."""

    runs: list[GridRun]
    tasks: list[str]
    cells: dict[str, dict[str, GridCell]]

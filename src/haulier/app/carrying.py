"""A flow is run by a command: to its end, in this process."""
from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ..core.graph import again
from ..core.spelling import nearest
from ..engine.clock import SystemClock
from ..engine.graph.course import GraphCourse
from ..engine.graph.site import GraphWork, Site
from ..engine.terms import Terms
from ..engine.work import Result, Watcher
from ..ledger.books import Books
from ..model.errors import Busy, Invalid, NotFound
from ..model.graph import Graph, Keep
from ..model.run import OVER, Run, RunState, Start, Trigger, Wanted
from ..model.schedule import Overlap
from ..settings.flows.loaded import Flow
from .flows import Flows
from .ground import Ground
from .tracing import traced

BEAT = 1.0
"""Seconds between two looks at what a person wants of the run."""
TURN = 0.5
"""Seconds between two looks at whether another run has ended."""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants of a flow. `resume`: go on with its last run, which was not done; `again`: from these
    tasks on, whether they are done or not."""

    flow: str
    params: Mapping[str, Any] = field(default_factory=dict)
    resume: bool = False
    again: Sequence[str] = ()
    keep: bool = False
    concurrency: int | None = None
    run: int = 0
    """One that is wanted already."""


class Ended(NamedTuple):
    """How it ended."""

    run: int
    state: RunState
    error: str


def carry(ground: Ground, order: Order, watcher: Watcher | None = None) -> Ended:
    """To its end. NotFound if there is no such flow, Problems if it cannot run, Invalid if its parameters are wrong."""
    flow = ground.workspace.flows.flow(order.flow)
    if not order.resume and not order.again:
        flow.given(order.params)
    with ground.opened() as (books, flows):
        run = _run(books, flow, order)
        terms = Terms(run=run.id if run else order.run, how=Start(_params(order)), beat=BEAT)
        work, watcher = _work(flows, flow, order), watcher or Watcher()
        course = GraphCourse(traced(books.ledger), work, SystemClock(), watcher, terms)
        result = _in_turn(course, work.graph, watcher)
        return Ended(result.run, result.state, books.agenda.run(result.run).error)


def carry_work(ground: Ground, graph: Graph, work: Callable[[Site], GraphWork], *, resume: bool = False) -> Ended:
    """A flow that is in no file: `work` makes it at the site that it is given."""
    with ground.opened() as (books, flows):
        run = _followed(books, graph, Order(graph.flow, resume=True)) if resume else None
        terms = Terms(run=run.id if run else 0, beat=BEAT)
        result = GraphCourse(traced(books.ledger), work(flows.site), SystemClock(), None, terms).run()
        return Ended(result.run, result.state, books.agenda.run(result.run).error)


def _params(order: Order) -> str:
    return json.dumps(dict(order.params)) if order.params else ""


def _work(flows: Flows, flow: Flow, order: Order) -> GraphWork:
    work = flows.work(flow)
    graph = work.graph
    if order.keep:
        graph = replace(graph, keep=Keep.ALWAYS)
    if order.concurrency:
        graph = replace(graph, concurrency=order.concurrency)
    return replace(work, graph=graph)


def _run(books: Books, flow: Flow, order: Order) -> Run | None:
    """The run that is to be carried, if it is there already."""
    if order.resume or order.again:
        return _followed(books, flow.graph, order)
    return None


def _in_turn(course: GraphCourse, graph: Graph, watcher: Watcher) -> Result:
    """A run that another one of the flow keeps out waits for its end, or is refused: Busy."""
    while True:
        try:
            return course.run()
        except Busy as error:
            if graph.overlap is Overlap.SKIP:
                raise
            watcher.waits(str(error))
            watcher.progressed(course.progress)
            time.sleep(TURN)


def _followed(books: Books, graph: Graph, order: Order) -> Run:
    """The last run itself, if its process died; else a new one that has done already what was done there."""
    if order.params:
        raise Invalid(f"{graph.flow}: a run that goes on has the parameters of the one before it; leave them out")
    unknown = [id for id in order.again if id not in {node.id for node in graph.nodes}]
    if unknown:
        hint = nearest(unknown[0], [node.id for node in graph.nodes])
        raise NotFound(f'{graph.flow} has no task "{unknown[0]}"; {hint}')
    last = next(iter(books.ledger.runs(graph.flow, limit=1)), None)
    if last is None:
        raise NotFound(f"{graph.flow}: it has never run, so there is nothing to go on with")
    if last.state not in OVER:
        if order.again:
            raise Busy(f"{graph.flow}: run {last.id} is {last.state}; go on with it by --resume, or cancel it")
        return last
    if last.state is RunState.DONE and not order.again:
        raise Invalid(f"{graph.flow}: run {last.id} is done; run it anew without --resume, or name a task with --from")
    return books.tasks.follow(last, Wanted(graph.flow, Trigger.RETRY), again(graph.nodes, order.again))

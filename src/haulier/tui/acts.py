"""What people do from the board: wanted and wished in the books, so that whoever runs here carries it."""
from __future__ import annotations

import getpass
import json
import time
from collections.abc import Mapping
from typing import Any

from ..core.graph import again
from ..model.errors import Busy, Invalid, NotFound
from ..model.run import OVER, Run, RunState, Trigger, Wanted, Wish
from ..model.schedule import Overlap
from ..model.task import Decision, TaskRun
from .facts import Facts, FlowRow
from .source import Source

NOBODY = "Nobody is here to run it: start one with haulier scheduler start"
QUEUED = f"{NOBODY}\n\nIt can be queued: it runs once one is here."


class Acts:
    """Each says in a sentence what it did; an error of the house says why it could not be done."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def start(self, flow: FlowRow, params: Mapping[str, Any], facts: Facts) -> str:
        """Want a run of it. Busy if its overlap is skip and it runs; Invalid if the parameters are wrong."""
        self._check(flow.name, params, facts)
        text = json.dumps(dict(params)) if params else ""
        run = self._source.books().agenda.want(Wanted(flow.name, by=_me(), params=text))
        return f"run {run.id if run else '?'} of {flow.name} is queued"

    def wish(self, run: Run, wish: Wish) -> str:
        """Pause it, go on with it, or cancel it: at once if nobody carries it."""
        after = self._source.books().agenda.wish(run.id, wish)
        done = {Wish.PAUSE: RunState.PAUSED, Wish.CANCEL: RunState.CANCELLED}.get(wish)
        if after.state is done or (wish is Wish.NONE and after.state is not RunState.PAUSED):
            return f"run {run.id} of {run.flow}: {'goes on' if wish is Wish.NONE else after.state}"
        return f"run {run.id} of {run.flow} will be {'paused' if wish is Wish.PAUSE else 'cancelled'}"

    def retry(self, run: Run, task: str = "") -> str:
        """A new run that does what was not done in this one; with `task`, from that one on."""
        refuse_retry(run, task)
        is_flow = run.flow in self._source.live.workspace.flows.names()
        made = self._follow(run, task) if is_flow else self._files(run)
        what = f"from {task} on" if task else "for what was not done"
        return f"run {made.id} of {run.flow} is queued, {what}"

    def decide(self, task: TaskRun, approved: bool, text: str) -> str:
        """Answer a task that asks."""
        row = self._source.books().tasks.decide(task.run, task.key, Decision(approved, _me(), time.time_ns(), text))
        return f"run {task.run}, {row.key}: {'approved' if approved else 'refused'}"

    def switch(self, flow: FlowRow) -> str:
        """Let its schedule start it, or not any more. Invalid if that is written elsewhere."""
        if flow.is_job:
            job = self._source.live.workspace.loaded.job(flow.name)
            raise Invalid(f"{flow.name} has its schedule in {job.file}; change it there")
        around = self._source.live.workspace
        found = around.flows.flow(flow.name)
        if found.form.schedule:
            raise Invalid(f"{flow.name} has its schedule in {found.file}; change it there")
        entry = around.entries.entry(flow.name)
        around.schedules.enable(flow.name, not entry.enabled)
        self._source.live.refresh()
        return f"{flow.name}: {'disabled' if entry.enabled else 'enabled'}"

    def _check(self, name: str, params: Mapping[str, Any], facts: Facts) -> None:
        around = self._source.live.workspace
        if name not in around.flows.names():
            around.loaded.job(name)     # its mistakes, or that there is none
            return
        flow = around.flows.flow(name)
        flow.given(params)
        busy = next((row.run for row in facts.runs if row.run.flow == name and row.run.state not in OVER), None)
        if busy and flow.graph.overlap is Overlap.SKIP:
            raise Busy(f"{name}: run {busy.id} goes on, and its overlap is skip")

    def _follow(self, run: Run, task: str) -> Run:
        nodes = self._source.live.workspace.flows.flow(run.flow).graph.nodes
        if task and task not in {node.id for node in nodes}:
            raise NotFound(f'{run.flow} has no task "{task}" any more')
        wanted = Wanted(run.flow, Trigger.RETRY, by=_me())
        return self._source.books().tasks.follow(run, wanted, again(nodes, [task] if task else []))

    def _files(self, run: Run) -> Run:
        """Of a job: a run for the files that failed, or for all of them if it is the run itself that failed."""
        self._source.live.workspace.loaded.job(run.flow)
        agenda = self._source.books().agenda
        files = agenda.retry(run.id)
        if not files and run.totals.failed:
            raise Invalid(f"what failed in run {run.id} has been tried again since")
        made = agenda.want(Wanted(run.flow, Trigger.RETRY if files else Trigger.HAND, by=_me()))
        assert made is not None     # without a key, each is its own
        return made


def refuse_retry(run: Run, task: str = "") -> None:
    """Invalid if there is nothing that could be done again."""
    if run.parent:
        raise Invalid(f"run {run.id} is a task of run {run.parent}; do that one again")
    if run.state not in OVER:
        raise Invalid(f"run {run.id} is {run.state}; wait until it is over, or cancel it")
    if run.state is RunState.DONE and not task:
        raise Invalid(f"run {run.id} is done, so nothing of it failed; choose a task to run it again from there")


def _me() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"

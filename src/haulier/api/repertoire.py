"""The flows of the workspace as they are told, with what they did last."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..model.query import FlowFacts, RunQuery
from ..model.run import Run, RunState
from ..model.task import TaskRun
from ..settings.flows import import_jobs
from ..settings.flows.reading import Flow
from ..settings.problems import Problem
from .desk import Desk
from .kinds import flow_names
from .problem import mistakes
from .shapes.flow import Flow as Shown
from .shapes.job import schedule_text
from .shapes.run import Kind
from .shapes.run import shown as run_shown
from .shapes.task import asks
from .starts import following, schedules_of_flows, sentence

_BEGUN = (RunState.RUNNING, RunState.WAITING, RunState.PAUSED)


class Question(NamedTuple):
    """A task that asks a person, and its run."""

    run: Run
    task: TaskRun


class Repertoire:
    """One look at all flows."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        workspace, reader = desk.hub.live.workspace, desk.hub.reader
        self._loaded, self._files = workspace.flows, {Path(file).stem: file for file in workspace.flow_files()}
        self._jobs = import_jobs.names(workspace.flows, workspace.job_files())
        self._entries = {entry.flow: entry for entry in workspace.entries.entries}
        self._schedules = schedules_of_flows(desk)
        names = flow_names(desk)
        facts: Sequence[FlowFacts] = [one for one in reader.flows() if one.flow in names]
        self._last = desk.latest.runs(facts)
        self._running = {run.flow: run for run in reversed(
            reader.runs(RunQuery(states=(RunState.RUNNING,), limit=1000, parent=None)).items)}
        self._asking = Counter(one.run.flow for one in desk.kept("questions", lambda: [*questions(desk)]))

    def all(self) -> list[Shown]:
        """By name; those that cannot run too."""
        found = [self._of(flow) for flow in self._loaded.flows]
        found += [self._broken(name, problems) for name, problems in self._loaded.broken.items()]
        return sorted(found, key=lambda one: one.name)

    def one(self, name: str) -> Shown:
        """One flow; NotFound if there is none."""
        if name in self._loaded.broken:
            return self._broken(name, self._loaded.broken[name])
        return self._of(self._loaded.flow(name))

    def file(self, name: str) -> str:
        """Where it is written."""
        return self._files.get(name, "")

    def _of(self, flow: Flow) -> Shown:
        graph, schedule, entry = flow.graph, self._schedules.get(flow.name), self._entries.get(flow.name)
        form = flow.form.schedule or (entry.form if entry else None)
        return Shown(
            name=flow.name, is_job=flow.name in self._jobs, title=graph.title, description=graph.description,
            version=graph.version, tags=[*graph.tags], enabled=schedule.enabled if schedule else flow.enabled,
            schedule=schedule_text(form), sentence=sentence(schedule) if schedule else None,
            next=following(self._desk, schedule),
            arrival=flow.form.arrival.every if flow.form.arrival else None, tasks=len(graph.nodes),
            types=[*dict.fromkeys(node.type for node in graph.nodes)], problems=[],
            file=flow.file, line=flow.line, **self._past(flow.name))

    def _broken(self, name: str, problems: Sequence[Problem]) -> Shown:
        first = problems[0] if problems else Problem("", 0, "", "")
        return Shown(
            name=name, is_job=name in self._jobs, title=name, description="", version="", tags=[], enabled=True,
            schedule=None, sentence=None, next=None, tasks=0, types=[], problems=mistakes(problems),
            file=self.file(name) or first.file, line=first.line, **self._past(name))

    def _past(self, name: str) -> dict[str, Any]:
        return {"last_run": self._run(self._last, name), "running": self._run(self._running, name),
                "waiting_for_approval": self._asking[name]}

    def _run(self, runs: Mapping[str, Run], name: str) -> Any:
        if (run := runs.get(name)) is None:
            return None
        return run_shown(run, self._desk.meter.look().runs, Kind.FLOW, lost=run.id in self._desk.lost())


def questions(desk: Desk) -> Iterator[Question]:
    """What persons are asked now, the oldest run first; also by runs that a command carries."""
    names = flow_names(desk)
    going = desk.hub.reader.runs(RunQuery(states=_BEGUN, limit=1000, parent=None)).items
    runs = {run.id: run for run in (*going, *desk.hub.agenda.open()) if run.started and run.flow in names}
    for _, run in sorted(runs.items()):
        yield from (Question(run, row) for row in desk.hub.tasks.tasks(run.id) if asks(row))

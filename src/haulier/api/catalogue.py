"""The jobs of the workspace as they are told, with what they did last."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from ..model.errors import HaulierError
from ..model.query import FlowFacts, RunQuery
from ..model.run import Run, RunState
from ..settings.editing import jobs as files
from ..settings.flows import import_jobs
from ..settings.flows.loaded import Flow
from ..settings.jobs import Job
from ..settings.places import shown as without_password
from ..settings.problems import Problem
from ..settings.spec import StoreSpec
from . import expected
from .desk import Desk
from .problem import mistakes
from .shapes import run as run_shapes
from .shapes.job import End, JobKind, schedule_text, words
from .shapes.job import Job as Shown
from .shapes.moment import told_or_none
from .starts import following, schedule_of, schedules_of_flows, sentence

_TOLD = ("table", "place", "call", "file", "url")
"""Settings of a sink by which people know it; the URL of a database is a secret, and has its table beside it."""


class Catalogue:
    """One look at all jobs."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._workspace = desk.hub.live.workspace
        self._loaded, self._flows = self._workspace.loaded, self._workspace.flows
        self._import_names = import_jobs.names(self._flows, self._workspace.job_files())
        reader = desk.hub.reader
        self._facts: Mapping[str, FlowFacts] = {one.flow: one for one in reader.flows()}
        self._last = desk.latest.runs(self._facts.values())
        self._running = {run.flow: run for run in
                         reversed(reader.runs(RunQuery(states=(RunState.RUNNING,), limit=1000, parent=None)).items)}

    def all(self) -> list[Shown]:
        """By name; those that cannot run too."""
        found = [self._of(job) for job in self._loaded.jobs]
        found += [self._named(id, problems) for id, problems in (self._loaded.broken or {}).items()]
        found += [self._of_import(flow) for flow in self._imports()]
        found += [self._named(id, problems, "import") for id, problems in self._broken_imports()]
        return sorted(found, key=lambda one: one.id)

    def one(self, id: str) -> Shown:
        """One job; NotFound if there is none."""
        for job in self._loaded.jobs:
            if job.id == id:
                return self._of(job)
        for flow in self._imports():
            if flow.name == id:
                return self._of_import(flow)
        return self._broken(id)

    def _imports(self) -> list[Flow]:
        """Jobs that take files in are flows with one task."""
        return [flow for flow in self._flows.flows if flow.name in self._import_names]

    def _broken_imports(self) -> list[tuple[str, Sequence[Problem]]]:
        known = {*(job.id for job in self._loaded.jobs), *(self._loaded.broken or {})}
        return [(name, problems) for name, problems in self._flows.broken.items()
                if name in self._import_names and name not in known]

    def _of(self, job: Job) -> Shown:
        form, schedule = job.form, schedule_of(self._desk, job)
        return Shown(
            id=job.id, description=form.description or "", tags=[*form.tags], enabled=form.enabled,
            schedule=schedule_text(form.schedule), sentence=sentence(schedule) if schedule else None,
            next=following(self._desk, schedule), arrival=form.arrival.every if form.arrival else None,
            expect=expected.of_job(self._desk, job),
            source=_end(job.source), destination=_end(job.target),
            steps=[str(getattr(step, "type", "")) for step in job.steps], problems=[], file=job.file, line=job.line,
            **self._past(job.id))

    def _of_import(self, flow: Flow) -> Shown:
        node, schedule = flow.graph.nodes[0], schedules_of_flows(self._desk).get(flow.name)
        settings = node.settings
        return Shown(
            id=flow.name, kind="import", description=flow.graph.description, tags=[*flow.graph.tags],
            enabled=flow.enabled, schedule=schedule_text(flow.form.schedule),
            sentence=sentence(schedule) if schedule else None, next=following(self._desk, schedule),
            arrival=flow.form.arrival.every if flow.form.arrival else None, source=self._place(settings.get("source")),
            destination=_outlet(settings), steps=[_type(settings.get("parser"))], problems=[], file=flow.file,
            line=flow.line, **self._past(flow.name))

    def _place(self, written: Any) -> End:
        if isinstance(written, Mapping):
            with suppress(HaulierError):
                return _end(self._workspace.connections.described(
                    {key: one for key, one in written.items() if key != "file_pattern"}))
        return _written(written)

    def _named(self, id: str, problems: Sequence[Problem], kind: JobKind = "transfer") -> Shown:
        """One with mistakes, in a list: what it says would have to be read again."""
        nowhere, first = End(type="", location=""), problems[0] if problems else Problem("", 0, "", "")
        return Shown(
            id=id, kind=kind, description="", tags=[], enabled=True, schedule=None, sentence=None, next=None,
            source=nowhere, destination=nowhere, steps=[], problems=mistakes(problems), file=first.file,
            line=first.line, **self._past(id))

    def _broken(self, id: str) -> Shown:
        """As much of it as can be told."""
        found = files.shown(self._desk.hub.live.workspace, id)
        form, is_import = found.form, import_jobs.is_import(found.form)
        broken = self._flows.broken if is_import else self._loaded.broken or {}
        return Shown(
            id=id, kind="import" if is_import else "transfer",
            description=str(form.get("description") or ""), tags=words(form.get("tags")),
            enabled=form.get("enabled") is not False, schedule=_text(form.get("schedule")), sentence=None, next=None,
            source=_written(form.get("source")), destination=_written(form.get("destination")), steps=[],
            problems=mistakes(broken.get(id, ())), file=found.file, line=found.line,
            **self._past(id))

    def _past(self, id: str) -> dict[str, Any]:
        facts = self._facts.get(id)
        return {"last_run": self._run(self._last.get(id)), "running": self._run(self._running.get(id)),
                "last_success": told_or_none(facts.last_success if facts else None)}

    def _run(self, run: Run | None) -> run_shapes.Run | None:
        if run is None:
            return None
        return run_shapes.shown(run, self._desk.meter.look().runs, lost=run.id in self._desk.lost())


def _end(spec: StoreSpec) -> End:
    try:
        place = spec.location()
    except HaulierError:
        place = ""
    return End(type=str(getattr(spec, "type", "")), location=place)


def _written(place: Any) -> End:
    if not isinstance(place, dict):
        return End(type="", location="")
    connection = place.get("connection")
    named = f"{connection}:" if isinstance(connection, str) else ""
    return End(type=_text(place.get("type")) or "", location=named + (_text(place.get("path")) or ""))


def _type(written: Any) -> str:
    """Of settings that may be a name alone."""
    return (_text(written.get("type")) if isinstance(written, Mapping) else _text(written)) or ""


def _outlet(settings: Mapping[str, Any]) -> End:
    """Where rows go; of payments, where it is known what they are for: `payments` is its type."""
    form = settings.get("reconcile")
    written = form.get("items") if isinstance(form, Mapping) else settings.get("sink")
    told = [_text(written.get(key)) for key in _TOLD] if isinstance(written, Mapping) else []
    place = without_password(next(filter(None, told), ""))
    return End(type="payments" if isinstance(form, Mapping) else _type(written), location=place)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None

"""The jobs of the workspace as they are told, with what they did last."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.errors import HaulierError
from ..model.query import FlowFacts, RunQuery
from ..model.run import Run, RunState
from ..settings.editing import jobs as files
from ..settings.jobs import Job
from ..settings.problems import Problem
from ..settings.spec import StoreSpec
from . import expected
from .desk import Desk
from .problem import mistakes
from .shapes import run as run_shapes
from .shapes.job import End, schedule_text, words
from .shapes.job import Job as Shown
from .shapes.moment import told_or_none
from .starts import following, schedule_of, sentence


class Catalogue:
    """One look at all jobs."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._loaded = desk.hub.live.workspace.loaded
        reader = desk.hub.reader
        self._facts: Mapping[str, FlowFacts] = {one.flow: one for one in reader.flows()}
        self._last = desk.latest.runs(self._facts.values())
        self._running = {run.flow: run for run in
                         reversed(reader.runs(RunQuery(states=(RunState.RUNNING,), limit=1000, parent=None)).items)}

    def all(self) -> list[Shown]:
        """By name; those that cannot run too."""
        found = [self._of(job) for job in self._loaded.jobs]
        found += [self._named(id) for id in self._loaded.broken or {}]
        return sorted(found, key=lambda one: one.id)

    def one(self, id: str) -> Shown:
        """One job; NotFound if there is none."""
        for job in self._loaded.jobs:
            if job.id == id:
                return self._of(job)
        return self._broken(id)

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

    def _named(self, id: str) -> Shown:
        """One with mistakes, in a list: what it says would have to be read again."""
        problems = (self._loaded.broken or {}).get(id, ())
        nowhere, first = End(type="", location=""), problems[0] if problems else Problem("", 0, "", "")
        return Shown(
            id=id, description="", tags=[], enabled=True, schedule=None, sentence=None, next=None, source=nowhere,
            destination=nowhere, steps=[], problems=mistakes(problems), file=first.file, line=first.line,
            **self._past(id))

    def _broken(self, id: str) -> Shown:
        """As much of it as can be told."""
        found = files.shown(self._desk.hub.live.workspace, id)
        form = found.form
        return Shown(
            id=id, description=str(form.get("description") or ""), tags=words(form.get("tags")),
            enabled=form.get("enabled") is not False, schedule=_text(form.get("schedule")), sentence=None, next=None,
            source=_written(form.get("source")), destination=_written(form.get("destination")), steps=[],
            problems=mistakes((self._loaded.broken or {}).get(id, ())), file=found.file, line=found.line,
            **self._past(id))

    def _past(self, id: str) -> dict[str, Any]:
        facts, progress = self._facts.get(id), self._desk.meter.look().runs
        return {"last_run": _run(self._last.get(id), progress), "running": _run(self._running.get(id), progress),
                "last_success": told_or_none(facts.last_success if facts else None)}


def _run(run: Run | None, progress: Mapping[int, run_shapes.Progress]) -> run_shapes.Run | None:
    return run_shapes.shown(run, progress) if run else None


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


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None

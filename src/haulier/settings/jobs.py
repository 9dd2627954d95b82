"""Jobs as they are in the files: each one ready to run, or its mistakes."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from ..core.select import matcher
from ..model.errors import Invalid, NotFound
from ..model.flow import Rules
from . import registry
from .connections import Connections, is_inside, is_near
from .filling import filled, masked
from .forms import JobForm, PlaceForm, SourceForm
from .problems import Problem, Problems, Where, nearest, translated
from .rules import Form
from .secrets import Secrets
from .spec import StepSpec, StoreSpec
from .yamlfile import Document

F = TypeVar("F", bound=Form)


@dataclass(frozen=True, slots=True)
class Job:
    """A job that can run: its places, its steps and its rules."""

    form: JobForm
    source: StoreSpec
    target: StoreSpec
    steps: tuple[StepSpec, ...]
    home: Path
    """The workspace."""
    file: str
    line: int

    @property
    def id(self) -> str:
        """Its name, once in the workspace."""
        return self.form.job_id

    def rules(self) -> Rules:
        """What core goes by."""
        return self.form.rules(near=is_near(self.source), home=self.home)

    def shown(self) -> dict[str, Any]:
        """The job as it was written, with every secret masked."""
        places = {"source": (self.form.source, self.source),
                  "destination": (self.form.destination, self.target)}
        told = self.form.model_dump(mode="json", exclude_unset=True, exclude={
            **{key: {"connection"} for key in places}, "processing": {"steps"}})
        for key, (form, spec) in places.items():
            if form.connection:
                told[key]["connection"] = (form.connection if isinstance(form.connection, str)
                                           else masked(type(spec), form.connection))
        if self.form.processing:
            told["processing"]["steps"] = [_shown_step(one) for one in self.form.processing.steps]
        return told


@dataclass(frozen=True, slots=True)
class Loaded:
    """The jobs that can run, and every mistake that was found."""

    jobs: tuple[Job, ...] = ()
    problems: tuple[Problem, ...] = ()
    broken: Mapping[str, tuple[Problem, ...]] | None = None
    """The mistakes of the jobs that cannot run, by id."""

    def job(self, id: str) -> Job:
        """That job; its Problems if it has any; NotFound if there is none of that name."""
        for job in self.jobs:
            if job.id == id:
                return job
        broken = self.broken or {}
        if id in broken:
            raise Problems(broken[id])
        known = [job.id for job in self.jobs] + list(broken)
        raise NotFound(f'no job is called "{id}"; {nearest(id, known) or "there are none"}')


def load(documents: Iterable[Document], connections: Connections, secrets: Secrets) -> Loaded:
    """Every job of every document; mistakes in one hide no other."""
    reader = _Reader(connections, secrets)
    for document in documents:
        reader.read(document)
    return Loaded(tuple(reader.jobs.values()), tuple(reader.problems), reader.broken)


def described(name: str, written: Mapping[str, Any], connections: Connections, secrets: Secrets,
              at: tuple[Document, Where] | None = None) -> Job:
    """A job that is written somewhere else, without an id of its own; Problems with every mistake in it."""
    settings = {**written, "job_id": name.replace("/", "-")}
    document, where = at or (Document(name, settings, settings), ())
    problems: list[Problem] = []
    job = _Reader(connections, secrets)._job(document, where, settings, problems)
    if job is None or problems:
        raise Problems(problems)
    return job


class _Reader:
    def __init__(self, connections: Connections, secrets: Secrets) -> None:
        self._connections, self._secrets = connections, secrets
        self._places: dict[str, str] = {}
        self.jobs: dict[str, Job] = {}
        self.problems: list[Problem] = []
        self.broken: dict[str, tuple[Problem, ...]] = {}

    def read(self, document: Document) -> None:
        for at, written in self._listed(document):
            if "import" in written:      # a flow: see flows/import_jobs.py
                if not isinstance(written.get("job_id"), str):
                    self.problems.append(document.problem(("jobs", at, "job_id"), "required, but not there"))
                continue
            problems: list[Problem] = []
            job = self._job(document, ("jobs", at), written, problems)
            self.problems += problems
            name = written.get("job_id")
            if job and not problems:
                self.jobs[job.id] = job
            elif isinstance(name, str) and name not in self.jobs:
                self.broken[name] = (*self.broken.get(name, ()), *problems)

    def _listed(self, document: Document) -> Iterator[tuple[int, dict[str, Any]]]:
        """The mappings under `jobs`; top-level keys that begin with `x-` are for anchors."""
        data = {} if document.data is None else document.data
        if not isinstance(data, dict):
            self.problems.append(document.problem((), 'must be a mapping with the key "jobs"'))
            return
        for key in data:
            if key != "jobs" and not str(key).startswith("x-"):
                self.problems.append(document.problem((key,), "unknown key",
                                                      'did you mean "jobs"? (x-… is free for anchors)'))
        jobs = data.get("jobs") or []
        if not isinstance(jobs, list):
            self.problems.append(document.problem(("jobs",), "must be a list of jobs"))
            return
        for at, written in enumerate(jobs):
            if isinstance(written, dict):
                yield at, written
            else:
                self.problems.append(document.problem(("jobs", at), "must be a mapping of keys to values"))

    def _job(self, document: Document, where: Where, written: dict[str, Any],
             problems: list[Problem]) -> Job | None:
        """The job, if it has no mistakes; they go to `problems`, all of them."""
        form = _form(JobForm, written, document, where, problems)
        self._unique(document, where, written, problems)
        ends = [self._place(kind, document, (*where, key), written.get(key), problems)
                for key, kind in (("source", SourceForm), ("destination", PlaceForm))]
        steps = self._steps(document, (*where, "processing", "steps"), written, problems)
        if form is None or ends[0] is None or ends[1] is None:
            return None
        if into := self._into_itself(form, ends[0], ends[1]):
            problems.append(document.problem((*where, "destination", "path"), "is inside the source, and the job is "
                                             "recursive: it would send its own files again", f'exclude "{into}/*" in '
                                             "filters, or name another folder"))
            return None
        running = form.processing is not None and form.processing.enabled
        return Job(form, ends[0], ends[1], tuple(steps) if running else (),
                   self._connections.home, document.file, document.line(where))

    def _into_itself(self, form: JobForm, source: StoreSpec, target: StoreSpec) -> str:
        """The path of the destination in the source, if a run would find there what the last one sent."""
        home = self._connections.home
        inside = is_inside(target, source, home) if form.recursive else ""
        filters = form.rules(near=is_near(source), home=home).filters
        return "" if inside and matcher(filters.exclude)(f"{inside}/any") else inside

    def _unique(self, document: Document, where: Where, written: dict[str, Any],
                problems: list[Problem]) -> None:
        name = written.get("job_id")
        if not isinstance(name, str):
            return
        here = (*where, "job_id")
        if name in self._places:
            problems.append(document.problem(here, f'"{name}" is already the job at '
                                             f"{self._places[name]}", "every job needs its own name"))
        self._places.setdefault(name, f"{document.file}:{document.line(here)}")

    def _place(self, kind: type[PlaceForm], document: Document, where: Where, written: Any,
               problems: list[Problem]) -> StoreSpec | None:
        form = _form(kind, written, document, where, [])    # its mistakes are in the job's
        if form is None:
            return None
        try:
            return self._connections.place(form, document, where)
        except Problems as error:
            problems += error.problems
            return None

    def _steps(self, document: Document, where: Where, written: dict[str, Any],
               problems: list[Problem]) -> list[StepSpec]:
        processing = written.get("processing")
        listed = processing.get("steps") if isinstance(processing, dict) else None
        steps = []
        for at, one in enumerate(listed if isinstance(listed, list) else
                                 [listed] if isinstance(listed, str) else []):
            try:
                steps.append(self._step(document, (*where, at), one))
            except Problems as error:
                problems += error.problems
        return steps

    def _step(self, document: Document, where: Where, written: Any) -> StepSpec:
        try:
            name, settings, inside = step_of(written)
            spec = registry.step(name)
            if isinstance(settings, str):
                settings = spec.from_word(settings)
        except Invalid as error:
            raise Problems([document.problem(where, str(error))]) from None
        settings = {key: value for key, value in settings.items() if key != "type"}
        return filled(spec, settings, self._secrets, lambda found, text, hint:
                      document.problem((*where, *inside, *found), text, hint))


def _form(kind: type[F], written: Any, document: Document, where: Where,
          problems: list[Problem]) -> F | None:
    try:
        return kind.model_validate(written)
    except ValidationError as error:
        problems += translated(error, written, kind, lambda found, text, hint:
                               document.problem((*where, *found), text, hint))
        return None


def _shown_step(written: Any) -> Any:
    name, settings, inside = step_of(written)
    if isinstance(written, str) or isinstance(settings, str):
        return written
    safe = masked(registry.step(name), settings)
    return {name: safe} if inside else safe


def step_of(written: Any) -> tuple[str, Mapping[str, Any] | str, Where]:
    """A step's name, its settings (or the argument of a word), and where in it those are."""
    if isinstance(written, str):
        name, colon, argument = written.partition(":")
        return name.strip(), argument if colon else {}, ()
    if isinstance(written, dict) and isinstance(written.get("type"), str):
        return written["type"], written, ()
    if isinstance(written, dict) and len(written) == 1:
        (name, settings), = written.items()
        if settings is None or isinstance(settings, dict | str):
            return str(name), settings or {}, (str(name),)
    raise Invalid("not a step: write a name, name:argument, or a mapping with its type")

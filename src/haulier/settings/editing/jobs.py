"""Jobs as people edit them: as a form or as text, one at a time, in the file that holds them."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...model.errors import NotFound
from ..documents import JOBS
from ..flows import import_jobs
from ..jobs import load
from ..problems import Problem, Problems, Where, nearest
from ..workspace import Workspace
from ..yamlfile import Document
from . import hidden
from .apart import Apart
from .changes import GONE, is_same
from .draft import Checked, Desk, Draft, Given, refuse
from .files import Conflict, File, locked, opened
from .sheet import sheet

_MAIN = (JOBS, "configs/jobs.yml", "configs/jobs.json")
_NAME = "the job"


@dataclass(frozen=True, slots=True)
class EditedJob:
    """A job as it stands in its file; every secret in it is dots."""

    id: str
    form: Mapping[str, Any] = field(repr=False)
    yaml: str = field(repr=False)
    file: str
    line: int
    version: str
    """Names the content of the file; for `replace` and `remove`."""


@dataclass(frozen=True)
class _Found:
    """Where a job is."""

    file: File
    at: int

    @property
    def where(self) -> Where:
        return "jobs", self.at

    @property
    def value(self) -> Any:
        return self.file.sheet.data["jobs"][self.at]

    def desk(self, workspace: Workspace) -> Desk:
        sheet = self.file.sheet
        return Desk(Apart(_NAME, "jobs", True, sheet.known(self.where)), hidden.of_job, workspace.secrets,
                    sheet.part(self.where)[0], self.value)

    def shown(self, workspace: Workspace) -> EditedJob:
        checked = self.desk(workspace).as_it_is()
        return EditedJob(str(self.value.get("job_id", "")), checked.form, checked.yaml, self.file.name,
                         self.file.sheet.document.line(self.where), self.file.version)


def shown(workspace: Workspace, id: str) -> EditedJob:
    """That job; NotFound if there is none, or the Problems of the files that cannot be read."""
    workspace = workspace.again()
    return _find(workspace, id).shown(workspace)


def check(workspace: Workspace, *, form: Any = None, yaml: str | None = None, id: str | None = None) -> Checked:
    """What a job would be as a form and as text, and its mistakes; nothing is saved.

    With both, the form counts, and the text has its layout and comments. `id`: the job that it is to replace.
    """
    workspace = workspace.again()
    found = _find(workspace, id) if id is not None else None
    desk = found.desk(workspace) if found else _new_desk(workspace)
    draft = desk.draft(Given(form, yaml))
    return desk.shown(draft, tuple(_problems(workspace, desk, draft, found)))


def add(workspace: Workspace, *, form: Any = None, yaml: str | None = None) -> EditedJob:
    """One more job, after all others; Problems if it would have mistakes."""
    with locked(workspace):
        workspace = workspace.again()
        file, desk = _file_for_new(workspace), _new_desk(workspace)
        refuse([*_shape(workspace, file)])
        draft = _sound(workspace, desk, Given(form, yaml), None)
        held = (file.sheet.data or {}).get("jobs") or []
        file = file.save(file.sheet.add(("jobs", len(held)), draft.text, draft.value))
        return _Found(file, len(held)).shown(workspace)


def replace(workspace: Workspace, id: str, *, version: str, form: Any = None, yaml: str | None = None) -> EditedJob:
    """That job as it is wanted now, under a new name too; Conflict if its file is no more of `version`."""
    with locked(workspace):
        workspace = workspace.again()
        found = _current(workspace, id, version)
        draft = _sound(workspace, found.desk(workspace), Given(form, yaml), found)
        return _put(workspace, found, draft)


def remove(workspace: Workspace, id: str, version: str) -> None:
    """Take a job out, with the comments right above it; Conflict as with `replace`."""
    with locked(workspace):
        found = _current(workspace.again(), id, version)
        _saved(workspace, found, found.file.sheet.remove(found.where))


def replace_all(workspace: Workspace, forms: Sequence[Mapping[str, Any]]) -> None:
    """These jobs and no others, each in the file that holds it, new ones after all others.

    Dots mean the secrets that were there. Problems with every mistake, and nothing is saved then.
    """
    with locked(workspace):
        workspace = workspace.again()
        unreadable: list[Problem] = []
        there = {_id(one.value): one for one in _all(workspace, unreadable)}
        refuse(unreadable)
        drafts = _drafts(workspace, there, forms)
        main = _file_for_new(workspace)
        new = [draft for id, draft in drafts.items() if id not in there]
        refuse(_shape(workspace, main) if new else ())
        files = {main.name: main, **{one.file.name: one.file for one in there.values()}}
        kept = {_id(form) for form in forms}
        texts = {name: _with(file, kept, drafts, new if name == main.name else ()) for name, file in files.items()}
        for name, text in texts.items():
            files[name].save(text)


def set_enabled(workspace: Workspace, id: str, enabled: bool) -> EditedJob:
    """Whether its schedule starts it. A job with mistakes can be put off, but not on."""
    with locked(workspace):
        workspace = workspace.again()
        found = _find(workspace, id)
        if is_same(found.value.get("enabled", True), enabled):
            return found.shown(workspace)
        desk = found.desk(workspace)
        draft = desk.changed({"enabled": enabled})
        refuse(_problems(workspace, desk, draft, found) if enabled else draft.problems)
        return _put(workspace, found, draft)


def _drafts(workspace: Workspace, there: Mapping[str, _Found], forms: Iterable[Mapping[str, Any]]) -> dict[str, Draft]:
    """Those of jobs that are new or to be different; Problems if one has mistakes."""
    drafts: dict[str, Draft] = {}
    problems: list[Problem] = []
    for form in forms:
        id = _id(form)
        found = there.get(id)
        desk = found.desk(workspace) if found else _new_desk(workspace)
        draft = desk.draft(Given(form))
        if found is None or not is_same(draft.value, found.value):
            drafts[id] = draft
            problems += [one._replace(file=f"job {id}") for one in _problems(workspace, desk, draft, found)]
    refuse(problems)
    return drafts


def _with(file: File, kept: Set[str], drafts: Mapping[str, Draft], new: Sequence[Draft]) -> str:
    """The file without the jobs that are not kept, and with the others as they are to be."""
    now = file.sheet
    held = [_id(one) for one in (now.data or {}).get("jobs") or ()]
    for at in reversed(range(len(held))):
        if held[at] not in kept:
            now = sheet(now.remove(("jobs", at)), file.name)
        elif draft := drafts.get(held[at]):
            now = sheet(now.put(("jobs", at), draft.text, draft.value), file.name)
    for at, draft in enumerate(new, start=sum(id in kept for id in held)):
        now = sheet(now.add(("jobs", at), draft.text, draft.value), file.name)
    return now.text


def _id(job: Any) -> str:
    return str(job.get("job_id")) if isinstance(job, dict) else ""


def _put(workspace: Workspace, found: _Found, draft: Draft) -> EditedJob:
    text = found.file.sheet.put(found.where, draft.text, draft.value)
    return _Found(_saved(workspace, found, text), found.at).shown(workspace)


def _saved(workspace: Workspace, found: _Found, text: str) -> File:
    try:
        return found.file.save(text)
    except Conflict as error:
        raise Conflict(str(error), shown(workspace, str(found.value["job_id"]))) from None


def _current(workspace: Workspace, id: str, version: str) -> _Found:
    found = _find(workspace, id)
    if found.file.version != version:
        raise Conflict(f"{found.file.name} has changed since this job was looked at", found.shown(workspace))
    return found


def _find(workspace: Workspace, id: str) -> _Found:
    problems: list[Problem] = []
    known = []
    for found in _all(workspace, problems):
        known.append(str(found.value.get("job_id")))
        if known[-1] == id:
            return found
    refuse(problems)       # it may be in one of those
    raise NotFound(f'no job is called "{id}"; {nearest(id, known) or "there are none"}')


def _all(workspace: Workspace, problems: list[Problem]) -> Iterator[_Found]:
    """Every job of every file; `problems` are those of the files that cannot be read."""
    for name in workspace.job_files():
        file = opened(workspace, name)
        try:
            data = file.sheet.data
        except Problems as error:
            problems += error.problems
            continue
        jobs = data.get("jobs") if isinstance(data, dict) else None
        for at, one in enumerate(jobs if isinstance(jobs, list) else ()):
            if isinstance(one, dict):
                yield _Found(file, at)


def _file_for_new(workspace: Workspace) -> File:
    there = workspace.job_files()
    return opened(workspace, next((name for name in _MAIN if name in there), JOBS))


def _new_desk(workspace: Workspace) -> Desk:
    try:
        known = _file_for_new(workspace).sheet.known(None)
    except Problems:        # said when it is to be saved
        known = {}
    return Desk(Apart(_NAME, "jobs", True, known), hidden.of_job, workspace.secrets)


def _shape(workspace: Workspace, file: File) -> Iterator[Problem]:
    """What stands in the way of one more job in a file."""
    document = file.sheet.document
    yield from (one for one in load([document], workspace.connections, workspace.secrets).problems
                if one.key in ("", "jobs"))


def _sound(workspace: Workspace, desk: Desk, given: Given, found: _Found | None) -> Draft:
    draft = desk.draft(given)
    refuse(_problems(workspace, desk, draft, found))
    return draft


def _problems(workspace: Workspace, desk: Desk, draft: Draft, found: _Found | None) -> list[Problem]:
    """Those of the draft itself, those that loading it gives, and a name that another job has."""
    if draft.value is GONE:
        return [*draft.problems]
    told = {one.key for one in draft.problems}
    return [*draft.problems, *(one for one in desk.apart.relative(_wrong(workspace, desk.apart.document(draft.text)))
                               if one.key not in told), *_taken(workspace, desk, draft, found)]


def _wrong(workspace: Workspace, document: Document) -> list[Problem]:
    """What is wrong in a document with one job, whatever it is: one that takes files in is a flow."""
    loaded = load([document], workspace.connections, workspace.secrets)
    tasks = workspace.path / workspace.folders.tasks
    return [*loaded.problems, *import_jobs.problems(document, tasks, workspace.secrets, workspace.wrong_in_transfer)]


def _taken(workspace: Workspace, desk: Desk, draft: Draft, found: _Found | None) -> Iterator[Problem]:
    name = draft.value.get("job_id")
    if file := next((one for one in workspace.flow_files() if Path(one).stem == name), ""):
        yield desk.apart.problem(draft.text, ("job_id",), f'"{name}" is already the flow in {file}',
                                 "jobs and flows need different names")
    for other in _all(workspace, []):
        is_itself = found and (found.file.name, found.at) == (other.file.name, other.at)
        if name is not None and other.value.get("job_id") == name and not is_itself:
            line = other.file.sheet.document.line((*other.where, "job_id"))
            yield desk.apart.problem(draft.text, ("job_id",), f'"{name}" is already the job at '
                                     f"{other.file.name}:{line}", "every job needs its own name")
            return

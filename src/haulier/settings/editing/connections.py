"""Named connections as people edit them: as a form or as text, one at a time, in the file that holds them."""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...model.errors import Invalid, NotFound
from ..connections import Connections
from ..definitions import Definition
from ..documents import CONNECTIONS, SETTINGS
from ..problems import Problem, Problems, Where, nearest
from ..workspace import Workspace
from ..yamlfile import parsed
from . import hidden
from .apart import Apart
from .changes import GONE
from .draft import Checked, Desk, Draft, Given, refuse
from .files import Conflict, File, locked, opened
from .sheet import sheet
from .uses import uses

_TOP = "connections"
_NAME = "the connection"
_GOOD = re.compile(r"(?![.~\s])[^/\\:\x00-\x1f\x7f]{1,200}(?<!\s)")


@dataclass(frozen=True, slots=True)
class EditedConnection:
    """A connection as it stands in its file; every secret in it is dots."""

    name: str
    form: Mapping[str, Any] = field(repr=False)
    yaml: str = field(repr=False)
    file: str
    line: int
    version: str
    """Names the content of the file; for `replace` and `remove`."""
    used_by: tuple[str, ...] = ()
    """The jobs and flows that name it."""


@dataclass(frozen=True)
class _Found:
    """Where a connection is."""

    file: File
    key: Any

    @property
    def where(self) -> Where:
        return _TOP, self.key

    def desk(self, workspace: Workspace) -> Desk:
        sheet = self.file.sheet
        return Desk(_apart(sheet.known(self.where)), hidden.of_connection, workspace.secrets,
                    sheet.part(self.where)[0], sheet.data[_TOP][self.key])

    def shown(self, workspace: Workspace) -> EditedConnection:
        checked = self.desk(workspace).as_it_is()
        return EditedConnection(str(self.key), checked.form, checked.yaml, self.file.name,
                                self.file.sheet.document.line(self.where), self.file.version,
                                used_by(workspace, str(self.key)))


def shown(workspace: Workspace, name: str) -> EditedConnection:
    """That connection; NotFound if there is none, or the Problems of the files that cannot be read."""
    workspace = workspace.again()
    return _find(workspace, name).shown(workspace)


def used_by(workspace: Workspace, name: str) -> tuple[str, ...]:
    """The jobs and flows that name a connection, those with mistakes too."""
    return tuple(dict.fromkeys(use.user for use in uses(workspace).get(name, ())))


def check(workspace: Workspace, *, form: Any = None, yaml: str | None = None, name: str | None = None) -> Checked:
    """What a connection would be as a form and as text, and its mistakes; nothing is saved.

    With both, the form counts, and the text has its layout and comments. `name`: the one that it is to replace.
    """
    workspace = workspace.again()
    desk = _find(workspace, name).desk(workspace) if name is not None else _new_desk(workspace)
    draft = desk.draft(Given(form, yaml))
    return desk.shown(draft, tuple(_problems(workspace, desk, draft)))


def add(workspace: Workspace, name: str, *, form: Any = None, yaml: str | None = None) -> EditedConnection:
    """One more connection, in haulier.yaml; Problems if it would have mistakes."""
    with locked(workspace):
        workspace = workspace.again()
        desk, file = _new_desk(workspace), opened(workspace, SETTINGS)
        refuse(_of_name(workspace, name))
        draft = _sound(workspace, desk, Given(form, yaml))
        refuse(_of_shape(file))
        file = file.save(file.sheet.add((_TOP, name), draft.text, draft.value))
        return _Found(file, name).shown(workspace)


def replace(workspace: Workspace, name: str, *, version: str, form: Any = None, yaml: str | None = None,
            to: str | None = None) -> EditedConnection:
    """That connection as it is wanted now, under the name `to` if that is given; Conflict if it is not of `version`.

    Problems if it would have mistakes, or if a job or a flow that could run could not any more.
    """
    with locked(workspace):
        workspace = workspace.again()
        found = _current(workspace, name, version)
        key = _renamed(workspace, found, to)
        draft = _sound(workspace, found.desk(workspace), Given(form, yaml))
        text = found.file.sheet.put(found.where, draft.text, draft.value)
        if key != found.key:
            text = sheet(text, found.file.name).renamed(found.where, key)
        refuse(_broken(workspace, found.file, text))
        return _Found(_saved(workspace, found, text), key).shown(workspace)


def remove(workspace: Workspace, name: str, version: str) -> None:
    """Take a connection out, with the comments right above it; refused while something uses it."""
    with locked(workspace):
        workspace = workspace.again()
        found = _current(workspace, name, version)
        _unused(workspace, name, "removed")
        _saved(workspace, found, found.file.sheet.remove(found.where))


def _renamed(workspace: Workspace, found: _Found, to: str | None) -> Any:
    """The key that it gets, if it can."""
    if to is None or to == str(found.key):
        return found.key
    _unused(workspace, str(found.key), "renamed")
    refuse(_of_name(workspace, to))
    return to


def _saved(workspace: Workspace, found: _Found, text: str) -> File:
    try:
        return found.file.save(text)
    except Conflict as error:
        raise Conflict(str(error), shown(workspace, str(found.key))) from None


def _unused(workspace: Workspace, name: str, done: str) -> None:
    if users := used_by(workspace, name):
        raise Invalid(f'connection "{name}" cannot be {done}: it is used by {", ".join(users)}')


def _current(workspace: Workspace, name: str, version: str) -> _Found:
    found = _find(workspace, name)
    if found.file.version != version:
        raise Conflict(f"{found.file.name} has changed since this connection was looked at", found.shown(workspace))
    return found


def _find(workspace: Workspace, name: str) -> _Found:
    problems: list[Problem] = []
    all_ = list(_all(workspace, problems))
    for found in all_:
        if str(found.key) == name:
            return found
    refuse(problems)       # it may be in one of those
    hint = nearest(name, (str(found.key) for found in all_)) or "this workspace has none"
    raise NotFound(f'no connection is called "{name}"; {hint}')


def _all(workspace: Workspace, problems: list[Problem]) -> Iterator[_Found]:
    """Every connection; `problems` are those of the files that cannot be read."""
    for name in (SETTINGS, CONNECTIONS):
        file = opened(workspace, name)
        try:
            data = file.sheet.data
        except Problems as error:
            problems += error.problems
            continue
        held = data.get(_TOP) if isinstance(data, dict) else None
        for key, one in held.items() if isinstance(held, dict) else ():
            if isinstance(one, dict):
                yield _Found(file, key)


def _apart(known: Mapping[str, Any]) -> Apart:
    return Apart(_NAME, "connection", False, known)


def _new_desk(workspace: Workspace) -> Desk:
    try:
        known = opened(workspace, SETTINGS).sheet.known(None)
    except Problems:        # said when it is to be saved
        known = {}
    return Desk(_apart(known), hidden.of_connection, workspace.secrets)


def _sound(workspace: Workspace, desk: Desk, given: Given) -> Draft:
    draft = desk.draft(given)
    refuse(_problems(workspace, desk, draft))
    return draft


def _problems(workspace: Workspace, desk: Desk, draft: Draft) -> list[Problem]:
    """Those of the draft itself, and those that making a store of it gives."""
    if draft.value is GONE:
        return [*draft.problems]
    definition = Definition(desk.apart.document(draft.text), desk.apart.where, draft.value)
    found = Connections(workspace.path, workspace.secrets, {"": definition}).problems()
    told = {one.key for one in draft.problems}
    return [*draft.problems, *(one for one in desk.apart.relative(found) if one.key not in told)]


def _of_name(workspace: Workspace, name: str) -> Iterator[Problem]:
    if not _GOOD.fullmatch(name):
        yield Problem(_NAME, 0, "name", "not usable as a name: no slashes, no colons, no control characters, no space "
                      "at the ends, and no dot at the beginning")
    for found in _all(workspace, []):
        if str(found.key) == name:
            line = found.file.sheet.document.line(found.where)
            yield Problem(_NAME, 0, "name", f'"{name}" is already the connection at {found.file.name}:{line}',
                          "every connection needs its own name")


def _of_shape(file: File) -> Iterator[Problem]:
    """What stands in the way of one more connection in a file."""
    data, document = file.sheet.data, file.sheet.document
    if not isinstance(data, dict | None):
        yield document.problem((), "must be a mapping of keys to values")
    elif data and not isinstance(data.get(_TOP), dict | None):
        yield document.problem((_TOP,), "must be a mapping of keys to values")


def _broken(workspace: Workspace, file: File, text: str) -> Iterator[Problem]:
    """The mistakes of jobs and flows that have none as the files are now."""
    after = workspace.instead(parsed(text, file.name))
    broken = {**(after.loaded.broken or {}), **after.flows.broken}
    for id in sorted(_sound_ones(workspace) - _sound_ones(after)):
        yield from broken.get(id, ())


def _sound_ones(workspace: Workspace) -> set[str]:
    return {*(job.id for job in workspace.loaded.jobs), *(flow.name for flow in workspace.flows.flows)}

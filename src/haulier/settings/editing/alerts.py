"""Channels of alerts as people edit them: one at a time, in haulier.yaml."""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...model.errors import Invalid, NotFound
from ..alerts import made, spec_of
from ..documents import SETTINGS
from ..problems import Problem, Problems, nearest
from ..workspace import Workspace
from . import hidden
from .apart import Apart
from .changes import GONE
from .draft import Checked, Desk, Draft, Given, refuse
from .files import Conflict, File, locked, opened

_TOP = "alerts"
_GOOD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class EditedAlert:
    """A channel as it stands in haulier.yaml; every secret in it is dots."""

    name: str
    form: Mapping[str, Any] = field(repr=False)
    yaml: str = field(repr=False)
    version: str
    """Names the content of the file; for `replace` and `remove`."""


def listed(workspace: Workspace) -> list[EditedAlert]:
    """In the order of the file, those with mistakes too; Problems if it cannot be read."""
    file = opened(workspace, SETTINGS)
    return [_shown(workspace, file, name) for name in _held(file) if isinstance(name, str)]


def check(workspace: Workspace, *, form: Any = None, yaml: str | None = None, name: str | None = None) -> Checked:
    """What a channel would be as a form and as text, and its mistakes; `name`: the one that it is to replace."""
    workspace = workspace.again()
    file = opened(workspace, SETTINGS)
    desk = _desk(workspace, file, name) if name is not None else _new_desk(workspace, file)
    draft = desk.draft(Given(form, yaml))
    return desk.shown(draft, tuple(_problems(workspace, desk, draft)))


def add(workspace: Workspace, name: str, *, form: Any = None, yaml: str | None = None) -> EditedAlert:
    """One more channel; Problems if it would have mistakes."""
    with locked(workspace):
        workspace = workspace.again()
        file = opened(workspace, SETTINGS)
        if not _GOOD.fullmatch(name):
            refuse([_of_name("not usable as a name: letters, digits, dots and dashes, 64 at most")])
        if name in _held(file):
            refuse([_of_name(f"there is a channel {name} already")])
        draft = _sound(workspace, _new_desk(workspace, file), Given(form, yaml))
        return _shown(workspace, file.save(file.sheet.add((_TOP, name), draft.text, draft.value)), name)


def replace(workspace: Workspace, name: str, *, version: str, form: Any = None,
            yaml: str | None = None) -> EditedAlert:
    """That channel as it is wanted now; Conflict if the file is not of `version`, Problems if it has mistakes."""
    with locked(workspace):
        workspace = workspace.again()
        file = _current(workspace, name, version)
        draft = _sound(workspace, _desk(workspace, file, name), Given(form, yaml))
        return _shown(workspace, file.save(file.sheet.put((_TOP, name), draft.text, draft.value)), name)


def remove(workspace: Workspace, name: str, version: str) -> None:
    """Take a channel out, with the comments right above it."""
    with locked(workspace):
        workspace = workspace.again()
        file = _current(workspace, name, version)
        file.save(file.sheet.remove((_TOP, name)))


def of_alert(data: Any) -> hidden.Models:
    """The spec that a channel is made into, if its type is known."""
    try:
        return {(): spec_of(str(data.get("type")))} if isinstance(data, dict) else {}
    except Invalid:
        return {}       # said where it is checked


def _held(file: File) -> Mapping[str, Any]:
    held = file.sheet.data.get(_TOP) if isinstance(file.sheet.data, dict) else None
    if not isinstance(held, dict | None):
        refuse([file.sheet.document.problem((_TOP,), "must be a mapping of names to channels")])
    return held or {}


def _shown(workspace: Workspace, file: File, name: str) -> EditedAlert:
    checked = _desk(workspace, file, name).as_it_is()
    return EditedAlert(name, checked.form, checked.yaml, file.version)


def _current(workspace: Workspace, name: str, version: str) -> File:
    file = opened(workspace, SETTINGS)
    shown = _shown(workspace, file, name)
    if file.version != version:
        raise Conflict(f"{SETTINGS} has changed since this channel was looked at", shown)
    return file


def _desk(workspace: Workspace, file: File, name: str) -> Desk:
    held, where = _held(file), (_TOP, name)
    if name not in held:
        raise NotFound(f'no channel is called "{name}"; {nearest(name, held) or "this workspace has none"}')
    return Desk(_apart(file.sheet.known(where)), of_alert, workspace.secrets, file.sheet.part(where)[0], held[name])


def _new_desk(workspace: Workspace, file: File) -> Desk:
    return Desk(_apart(file.sheet.known(None)), of_alert, workspace.secrets)


def _apart(known: Mapping[str, Any]) -> Apart:
    return Apart("the alert", "alert", False, known)


def _sound(workspace: Workspace, desk: Desk, given: Given) -> Draft:
    draft = desk.draft(given)
    refuse(_problems(workspace, desk, draft))
    return draft


def _problems(workspace: Workspace, desk: Desk, draft: Draft) -> list[Problem]:
    """Those of the draft itself, and those that making a channel of it gives; that looks at secrets too."""
    if draft.value is GONE or draft.problems:
        return [*draft.problems]
    try:
        made(desk.apart.document(draft.text), desk.apart.where, draft.value, workspace.secrets).build(workspace.env())
    except Problems as error:
        return desk.apart.relative(error.problems)
    except Invalid as error:
        key = str(error).partition(":")[0]
        return [desk.apart.problem(draft.text, (key,) if key in draft.value else (), str(error))]
    return []


def _of_name(text: str) -> Problem:
    return Problem("the alert", 0, "name", text)

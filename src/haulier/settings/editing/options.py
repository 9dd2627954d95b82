"""The settings of a workspace as people edit them: limits, time zone, log level and address, in haulier.yaml."""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...model.errors import Invalid
from ..documents import SETTINGS
from ..options import GlobalLimitsForm, WorkspaceForm
from ..problems import Problem, Problems
from ..workspace import Workspace
from ..yamlfile import parsed
from .changes import GONE, is_same
from .draft import plain
from .files import Conflict, File, locked, opened
from .hidden import arranged
from .revising import revised

_KEYS = ("limits", "timezone", "log_level", "public_url")
_USUAL: Mapping[str, Any] = {
    "timezone": "UTC", "log_level": None, "public_url": "",
    "limits": {"lanes": 4, "per_connection": 2, "tasks": 32, "bandwidth": None, "timetable": []}}


@dataclass(frozen=True, slots=True)
class EditedSettings:
    """What holds, as it is written in the file, or as it is where the file says nothing."""

    form: Mapping[str, Any]
    version: str
    """Names the content of the file; for `replace`."""
    problems: tuple[Problem, ...] = ()
    """The mistakes in them; what is usual is shown in place of those."""


def shown(workspace: Workspace) -> EditedSettings:
    """The settings; Problems if the file cannot be read."""
    return _shown(workspace, opened(workspace, SETTINGS))


def check(workspace: Workspace, form: Mapping[str, Any]) -> tuple[Problem, ...]:
    """The mistakes that the settings would have; nothing is saved."""
    workspace = workspace.again()
    return tuple(_problems(workspace, _changed(opened(workspace, SETTINGS), form)))


def replace(workspace: Workspace, form: Mapping[str, Any], version: str) -> EditedSettings:
    """Set those that `form` has; Conflict if the file is no more of `version`, Problems if it has mistakes."""
    with locked(workspace):
        workspace = workspace.again()
        file = opened(workspace, SETTINGS)
        if file.version != version:
            raise Conflict(f"{SETTINGS} has changed since the settings were looked at", _shown(workspace, file))
        text = _changed(file, form)
        if found := _problems(workspace, text):
            raise Problems(found)
        return _shown(workspace, file.save(text))


def _shown(workspace: Workspace, file: File) -> EditedSettings:
    form, problems = _effective(_data(file)), _problems(workspace, file.sheet.text)
    for key in (re.split(r"[.\[]", one.key) for one in problems):
        if key[0] == "limits" and key[1:]:
            form["limits"] = {name: _USUAL["limits"].get(name) if name == key[1] else value
                              for name, value in form["limits"].items() if name in _USUAL["limits"]}
        else:
            form[key[0]] = _USUAL[key[0]]
    return EditedSettings(plain(form), file.version, tuple(problems))


def _data(file: File) -> dict[str, Any]:
    data = file.sheet.data
    if not isinstance(data, dict | None):
        raise Problems([file.sheet.document.problem((), "must be a mapping of keys to values")])
    return data or {}


def _effective(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the file says over what is usual."""
    found = {key: usual if data.get(key) is None else data[key] for key, usual in _USUAL.items()}
    if isinstance(found["limits"], dict):
        found["limits"] = {**_USUAL["limits"], **found["limits"]}
    return found


def _changed(file: File, form: Mapping[str, Any]) -> str:
    """The text of the file with what `form` has; what is usual and was not written is not written."""
    data = _data(file)
    if unknown := [key for key in form if key not in _KEYS]:
        raise Problems([Problem(SETTINGS, 0, str(key), "unknown key") for key in unknown])
    wanted = dict(data)
    for key, value in form.items():
        old, usual = wanted.get(key), _USUAL[key]
        if isinstance(usual, dict) and isinstance(value, dict):
            value = _less(old if isinstance(old, dict) else {}, value, usual) or GONE
        elif is_same(value, usual) and (key not in wanted or not is_same(old, value)):
            value = GONE
        wanted = {**{one: it for one, it in wanted.items() if one != key}, **({} if value is GONE else {key: value})}
    wanted = arranged(wanted, {(): WorkspaceForm, ("limits",): GlobalLimitsForm})
    if is_same(wanted, data):
        return file.sheet.text
    return _written(file, wanted)


def _less(old: Mapping[str, Any], form: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """`old` with what `form` has, without what is usual and was not written."""
    kept = {key: value for key, value in old.items() if key not in form}
    return kept | {key: value for key, value in form.items()
                   if not is_same(value, usual.get(key, GONE)) or is_same(value, old.get(key, GONE))}


def _written(file: File, wanted: Mapping[str, Any]) -> str:
    def read(text: str) -> Any:
        return parsed(text, SETTINGS).data or {}

    try:
        return revised(file.sheet.text, wanted, read, whole=False)
    except Invalid as error:
        raise Invalid(f"{SETTINGS}: {error}") from None


def _problems(workspace: Workspace, text: str) -> list[Problem]:
    """Those of the settings that can be changed here; others do not stand in the way of these."""
    try:
        workspace.instead(parsed(text, SETTINGS)).settings      # noqa: B018
    except Problems as error:
        return [one for one in error.problems if re.split(r"[.\[]", one.key)[0] in _KEYS]
    return []

"""The file of a flow as it is written, to be looked at: secrets as dots."""
from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel

from ...model.errors import Invalid
from .. import registry
from ..problems import Problems, Where
from ..workspace import Workspace
from ..yamlfile import parsed, read_text
from .hidden import Models, Secret, of_job, secrets
from .masking import MASK, masked_text
from .nodes import tree

_LISTS = ("tasks", "on_success", "on_failure")
_TELLING = re.compile(r"pass|secret|token|credential|private|key|auth|^pw|cookie|session|dsn|url", re.IGNORECASE)
"""Names of variables of programs whose values may be secrets."""
_FILLED = re.compile(r"\$\{[^{}]*\}")
_LONG = 6


def text(workspace: Workspace, file: str) -> str:
    """What the file says; nothing if it cannot be read, as nobody knows then what in it is a secret."""
    try:
        written = read_text(workspace.path / file, file)
        data = parsed(written, file).data
    except Problems:
        return ""
    hidden = [one for one in secrets(data, _models(data)) if not _is_harmless(one)]
    if not hidden and "#" not in written:
        return written
    readable = written if tree(written) else written.replace("\t", " ")     # JSON may have tabs, YAML not
    shown = masked_text(readable, hidden) if tree(readable) else ""
    for one in hidden:      # what an alias stands for, elsewhere
        shown = shown.replace(str(one.value), MASK) if len(str(one.value)) >= _LONG else shown
    return shown


def _models(data: Any) -> Models:
    found: dict[Where, type[BaseModel]] = {}
    for key in _LISTS if isinstance(data, dict) else ():
        listed = data.get(key)
        for at, one in enumerate(listed if isinstance(listed, list) else ()):
            name = one.get("type", "script") if isinstance(one, dict) else None
            if name == "transfer":      # written as a job is
                found |= {(key, at, *where): model for where, model in of_job(one).items()}
            elif isinstance(name, str):
                found |= _spec((key, at), name)
    return found


def _spec(where: Where, name: str) -> dict[Where, type[BaseModel]]:
    try:
        return {where: registry.find("tasks", name)}
    except Invalid:
        return {}       # said where the flow is checked


def _is_harmless(one: Secret) -> bool:
    """What is filled in later, how to sign in; or a plain value for a program, as of LANG: most are no secrets."""
    if _FILLED.fullmatch(str(one.value)) or one.where[-1] == "type":
        return True
    is_variable = len(one.where) == 4 and one.where[0] in _LISTS and one.where[2] == "env"
    return is_variable and not _TELLING.search(str(one.where[3])) and not str(one.value).startswith("sealed:")

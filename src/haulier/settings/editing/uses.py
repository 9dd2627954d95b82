"""What names a connection: jobs, also those that take files in, and flows."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ...model.errors import HaulierError
from ..flows.nodes import PHASES
from ..workspace import Workspace
from .files import opened

_PLACES = frozenset({"source", "destination", "place", "foreach"})
"""Where a text may be `connection:folder`."""


class Use(NamedTuple):
    """A job or a flow that names a connection."""

    user: str
    runs: str
    """What the runs are called that move its files: those of a task are `flow/task`."""


def uses(workspace: Workspace) -> Mapping[str, tuple[Use, ...]]:
    """Jobs and flows by what they name as a connection, those with mistakes too."""
    found: dict[str, list[Use]] = {}
    for use, written in _written(workspace):
        for name in dict.fromkeys(_named(written)):
            found.setdefault(name, []).append(use)
    return {name: tuple(users) for name, users in found.items()}


def _written(workspace: Workspace) -> Iterator[tuple[Use, Any]]:
    for file in workspace.job_files():
        for at, job in _entries(_data(workspace, file), "jobs"):
            name = str(job.get("job_id", f"{file}: jobs[{at}]"))
            yield Use(name, name), job
    for file in workspace.flow_files():
        flow, data = Path(file).stem, _data(workspace, file)
        for phase in PHASES:
            for at, task in _entries(data, phase):
                yield Use(flow, f"{flow}/{task.get('id', at)}"), task
        if isinstance(data, dict):
            yield Use(flow, flow), {key: one for key, one in data.items() if key not in PHASES}


def _entries(data: Any, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    listed = data.get(key) if isinstance(data, dict) else None
    for at, one in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(one, dict):
            yield at, one


def _data(workspace: Workspace, file: str) -> Any:
    try:
        return opened(workspace, file).sheet.data
    except HaulierError:    # what cannot be read runs nothing
        return None


def _named(written: Any, at: str = "") -> Iterator[str]:
    """Every name that stands where that of a connection may."""
    if isinstance(written, dict):
        for key, one in written.items():
            if key == "connection" and isinstance(one, str):
                yield one
            yield from _named(one, str(key))
    elif isinstance(written, list):
        for one in written:
            yield from _named(one, at)
    elif isinstance(written, str) and at in _PLACES and ":" in written:
        yield written.partition(":")[0]

"""What names a connection: jobs, also those that take files in, and flows."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...model.errors import HaulierError
from ..workspace import Workspace
from .files import opened

_PLACES = frozenset({"source", "destination", "place", "foreach"})
"""Where a text may be `connection:folder`."""


def uses(workspace: Workspace) -> Mapping[str, tuple[str, ...]]:
    """Jobs and flows by what they name as a connection, those with mistakes too."""
    found: dict[str, list[str]] = {}
    for user, written in _written(workspace):
        for name in dict.fromkeys(_named(written)):
            found.setdefault(name, []).append(user)
    return {name: tuple(users) for name, users in found.items()}


def _written(workspace: Workspace) -> Iterator[tuple[str, Any]]:
    for file in workspace.job_files():
        data = _data(workspace, file)
        jobs = data.get("jobs") if isinstance(data, dict) else None
        for at, job in enumerate(jobs if isinstance(jobs, list) else ()):
            if isinstance(job, dict):
                yield str(job.get("job_id", f"{file}: jobs[{at}]")), job
    for file in workspace.flow_files():
        yield Path(file).stem, _data(workspace, file)


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

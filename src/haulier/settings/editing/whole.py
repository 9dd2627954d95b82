"""All jobs as they are written, to be looked at: secrets as dots."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..problems import Problems
from ..workspace import Workspace
from . import rendering
from .draft import plain
from .files import opened
from .hidden import of_job, secrets
from .masking import masked


def jobs(workspace: Workspace) -> list[dict[str, Any]]:
    """Every job of every file that can be read, those with mistakes too."""
    return [plain(masked(one, secrets(one, of_job(one)))) for one in _written(workspace)]


def text(jobs: list[dict[str, Any]]) -> str:
    """They as one YAML file; without comments, which may have anything in them."""
    return "\n".join(rendering.block({"jobs": jobs})) + "\n"


def _written(workspace: Workspace) -> Iterator[dict[str, Any]]:
    for name in workspace.job_files():
        try:
            data = opened(workspace, name).sheet.data
        except Problems:
            continue
        listed = data.get("jobs") if isinstance(data, dict) else None
        yield from (one for one in (listed if isinstance(listed, list) else ()) if isinstance(one, dict))

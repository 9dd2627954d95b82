"""All jobs as they are written, as one text: secrets as dots."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..problems import Problem, Problems
from ..workspace import Workspace
from ..yamlfile import Document, parse
from . import jobs as files
from . import rendering
from .draft import TOO_MUCH, is_readable, plain, refuse
from .files import opened
from .hidden import of_job, secrets
from .masking import masked

_NAME = "the jobs"


def jobs(workspace: Workspace) -> list[dict[str, Any]]:
    """Every job of every file that can be read, those with mistakes too."""
    return [plain(masked(one, secrets(one, of_job(one)))) for one in _written(workspace)]


def text(jobs: list[dict[str, Any]]) -> str:
    """They as one YAML file; without comments, which may have anything in them."""
    return "\n".join(rendering.block({"jobs": jobs})) + "\n"


def replace(workspace: Workspace, text: str) -> list[str]:
    """The jobs of that text and no others; their names. Problems with all its mistakes, and nothing is saved then."""
    given = _given(text)
    files.replace_all(workspace, given)
    return [str(one["job_id"]) for one in given]


def _given(text: str) -> list[dict[str, Any]]:
    if not is_readable(text):
        raise Problems([Problem(_NAME, 1, "", TOO_MUCH)])
    document = parse(text, _NAME)
    listed = document.data.get("jobs") if isinstance(document.data, dict) else None
    if not isinstance(listed, list) or not listed:
        raise Problems([document.problem((), "there is no list of jobs in it", "write jobs: and the jobs below it")])
    refuse(_nameless(document, listed))
    return listed


def _nameless(document: Document, listed: list[Any]) -> Iterator[Problem]:
    names: set[str] = set()
    for at, one in enumerate(listed):
        name = one.get("job_id") if isinstance(one, dict) else None
        if not isinstance(name, str):
            yield document.problem(("jobs", at), "a job is a mapping with a job_id")
        elif name in names:
            yield document.problem(("jobs", at, "job_id"), f'"{name}" is there twice', "every job needs its own name")
        else:
            names.add(name)


def _written(workspace: Workspace) -> Iterator[dict[str, Any]]:
    for name in workspace.job_files():
        try:
            data = opened(workspace, name).sheet.data
        except Problems:
            continue
        listed = data.get("jobs") if isinstance(data, dict) else None
        yield from (one for one in (listed if isinstance(listed, list) else ()) if isinstance(one, dict))

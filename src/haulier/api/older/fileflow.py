"""FileFlow's routes and shapes at the root, answered as everything else is, and never with a secret."""
from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from ...model.words import count
from ...settings.editing import whole
from ..caller import Admin, At, Viewer, address_of, refuse_other_pages
from ..desk import Desk
from ..editor import changing
from ..past.journal import LogLine
from ..resources.session import entered
from ..shapes.account import SignIn
from ..shapes.given import Given, Text
from ..wanting import end_all
from . import rows
from .rows import Asked, Row

router = APIRouter(tags=["fileflow"])
LARGEST = 256 * 1024
"""Bytes of a script that are shown."""
LONGEST = 1000
"""Characters of names that the audit log keeps."""


class LoggedIn(BaseModel):
    """A session; its token goes into `Authorization: Bearer …`."""

    token: str
    username: str
    role: str


class Me(BaseModel):
    """Who is asking."""

    username: str
    role: str


class Jobs(BaseModel):
    """All jobs, secrets as dots."""

    jobs: list[dict[str, Any]]


class Config(BaseModel):
    """All jobs as one YAML file."""

    content: str


class ConfigGiven(Given):
    """All jobs as they are to be, as one YAML file; dots mean the secrets that were there."""

    content: str


class Saved(BaseModel):
    """It holds from now on."""

    status: Literal["success"] = "success"
    message: str


class Transfers(BaseModel):
    """A page of transfers, newest first."""

    transfers: list[Row]
    total: int
    page: int
    page_size: int
    pages: int


class Summary(BaseModel):
    """Counts of files; `total_jobs` is the number of all transfers, as it always was."""

    total_jobs: int
    successful_transfers: int
    failed_transfers: int
    duplicate_skips: int


class Logs(BaseModel):
    """The last lines of the log, oldest first."""

    logs: list[str]


class Script(BaseModel):
    """A job's script; empty if there is none."""

    content: str
    path: str


@router.post("/api/auth/login", summary="Sign in")
async def login(body: SignIn, request: Request, desk: At) -> LoggedIn:
    """A session without a cookie."""
    refuse_other_pages(request, None, writes=True)
    secret, user = await entered(desk, body, address_of(request))
    return LoggedIn(token=secret, username=user.name, role=user.role)


@router.get("/api/auth/me", summary="Who is signed in")
def me(caller: Viewer) -> Me:
    """Name and role."""
    return Me(username=caller.name, role=caller.role)


@router.get("/jobs", summary="All jobs")
def jobs(_: Viewer, desk: At) -> Jobs:
    """As they were written, secrets as dots."""
    return Jobs(jobs=_jobs(desk))


@router.get("/api/config", summary="All jobs as YAML")
def config(_: Viewer, desk: At) -> Config:
    """Secrets as dots, and no comments."""
    return Config(content=whole.text(_jobs(desk)))


@router.post("/api/config", summary="Replace all jobs")
def save_config(caller: Admin, desk: At, body: ConfigGiven) -> Saved:
    """Those that are not in it are removed, so begin with what is there now. 422 with all mistakes, and nothing is
    changed then.
    """
    before = {str(job.get("job_id")) for job in _jobs(desk)}
    with changing(desk, lambda one: one):
        names = whole.replace(desk.hub.live.workspace, body.content)
    caller.did("jobs.replaced", count(len(names), "job"), ", ".join(names)[:LONGEST])
    for gone in sorted(before.difference(names)):
        end_all(desk, gone)
    return Saved(message=f"{count(len(names), 'job')} applied")


@router.get("/transfers", summary="List transfers")
def transfers(_: Viewer, desk: At, asked: Annotated[Asked, Query()]) -> Transfers:
    """Filtered by job, file, status, day and kind of place."""
    found, total = rows.found(desk, asked)
    return Transfers(transfers=found, total=total, page=asked.page, page_size=asked.page_size,
                     pages=-(-total // asked.page_size))


@router.get("/stats/summary", summary="Counts of all files")
def summary(_: Viewer, desk: At) -> Summary:
    """Up to a few seconds ago."""
    ended = desk.counters.look()
    return Summary(total_jobs=rows.count(desk), successful_transfers=ended.files, failed_transfers=ended.failed,
                   duplicate_skips=ended.skipped)


@router.get("/logs/recent", summary="The end of the log")
def logs(_: Viewer, desk: At, lines: Annotated[int, Query(ge=1, le=5000)] = 100) -> Logs:
    """As text."""
    return Logs(logs=[_line(one) for one in desk.journal.last(lines).lines])


@router.get("/api/scripts/{job_id}", summary="A job's script")
def script(_: Admin, desk: At, job_id: Text) -> Script:
    """Of `configs/scripts`. For admins only, as a script may have anything in it."""
    workspace = desk.hub.live.workspace
    workspace.loaded.job(job_id)
    path = workspace.path / "configs" / "scripts" / f"{job_id}.sh"
    try:
        with path.open("rb") as file:
            return Script(content=file.read(LARGEST).decode(errors="replace"), path=str(path))
    except OSError:
        return Script(content="", path="")


def _jobs(desk: Desk) -> list[dict[str, Any]]:
    return desk.as_now("jobs", lambda: whole.jobs(desk.hub.live.workspace))


def _line(one: LogLine) -> str:
    return f"{one.at} {one.level} {one.logger}: {one.text}" if one.at else one.text

"""Jobs, as they are in the workspace's files."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, Field, StrictBool

from ...core.plan import Verdict
from ...model.words import duration_text
from ...settings.schedules import FlowScheduleForm
from ..problem import Mistake
from .arrival import Expected
from .given import Given, Text
from .moment import Moment
from .run import Run

JobKind: TypeAlias = Literal["transfer", "import"]


class End(BaseModel):
    """Where files come from or go to; empty where that cannot be said."""

    type: str
    location: str


class Job(BaseModel):
    """A job; with `problems` it cannot run. `arrival`: files start it, looked for so many seconds apart.

    Of one that takes files in, `destination` is where rows go, or open items come from; `steps` is its parser.
    """

    id: str
    kind: JobKind = "transfer"
    description: str
    tags: list[str]
    enabled: bool
    schedule: str | None
    sentence: str | None
    next: Moment | None
    arrival: float | None = None
    expect: list[Expected] = []
    source: End
    destination: End
    steps: list[str]
    last_run: Run | None
    running: Run | None
    last_success: Moment | None
    problems: list[Mistake]
    file: str
    line: int


class Jobs(BaseModel):
    """All jobs, and the mistakes of all files of the workspace."""

    items: list[Job]
    problems: list[Mistake]


class Edited(BaseModel):
    """As it is written, secrets as dots. `version` names the content of the file, for a change."""

    form: dict[str, Any]
    yaml: str
    version: str


class EditedJob(Edited):
    """One job, and as it is written."""

    job: Job


class Draft(Given):
    """What is wanted: a form, or YAML, or a form with the layout and the comments of that YAML."""

    form: dict[str, Any] | None = None
    yaml: str | None = Field(None, max_length=1 << 20)


class Change(Draft):
    """A draft that replaces what is there, if its file is still of this version."""

    version: Text


class JobCheck(Draft):
    """A draft to be looked at; `id`: the job that it is to replace, whose secrets its dots stand for."""

    id: Text | None = None


class Checked(BaseModel):
    """A draft in both forms, and its mistakes; keys are from its top. `form` is null where the text says nothing."""

    form: dict[str, Any] | None
    yaml: str
    problems: list[Mistake]


class Switch(Given):
    """Whether a job's schedule starts it."""

    enabled: StrictBool


class Decision(BaseModel):
    """What a run would do with one file."""

    path: str
    size: int
    modified: Moment | None
    verdict: Verdict
    reason: str
    target: str | None


class Plan(BaseModel):
    """What a run would do now; `counts` and `bytes` (to move) are of all files that were looked at."""

    items: list[Decision]
    counts: dict[Verdict, int]
    bytes: int
    is_whole: bool


def schedule_text(form: FlowScheduleForm | None) -> str | None:
    """As it can be written in one line."""
    if form is None or form.cron:
        return form.cron if form else None
    every = f"every {duration_text(form.every)}" if isinstance(form.every, int) else str(form.every)
    on = f" on {','.join(form.on)}" if form.on else ""
    return every + on + (f" at {form.at}" if form.at else "")


def words(value: Any) -> list[str]:
    """Texts from what somebody wrote where a list of them should be."""
    listed: Sequence[Any] = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return [str(one) for one in listed]

"""How the state of a task looks in a picture: a sign, a word and a colour."""
from __future__ import annotations

from typing import NamedTuple

from ...model.task import TaskState


class Mark(NamedTuple):
    """`tone` is one of ok, bad, warn, running, idle: the names of the colours on our pages."""

    sign: str
    word: str
    tone: str


MARKS = {
    TaskState.QUEUED: Mark("○", "Queued", "idle"),
    TaskState.RUNNING: Mark("●", "Running", "running"),
    TaskState.WAITING: Mark("◌", "Waiting", "warn"),
    TaskState.DONE: Mark("✓", "Done", "ok"),
    TaskState.FAILED: Mark("✗", "Failed", "bad"),
    TaskState.SKIPPED: Mark("-", "Skipped", "idle"),
    TaskState.BLOCKED: Mark("⊘", "Blocked", "warn"),
    TaskState.CANCELLED: Mark("⊗", "Cancelled", "idle"),
}
COLOURS = {"ok": "green", "bad": "red", "warn": "yellow", "running": "blue", "idle": "bright_black"}
"""Of a terminal."""

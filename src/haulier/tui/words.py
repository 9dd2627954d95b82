"""How the board puts things: states with a mark and a colour, times, and lines in columns."""
from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from textual.content import Content

from ..model.task import TaskRun, TaskState
from ..model.words import plain
from .facts import asks

MARKS = {
    "queued": ("○", "dim"), "running": ("●", "$primary"), "waiting": ("◐", "$warning"), "paused": ("‖", "$warning"),
    "done": ("✓", "$success"), "failed": ("✗", "$error"), "cancelled": ("–", "dim"), "crashed": ("✗", "$error"),
    "skipped": ("–", "dim"), "blocked": ("–", "$error"), "asks": ("?", "$warning bold"),
}
"""By state: always a mark, a word and a colour, so that none of them is needed."""
SPACE = 2


class Cell(NamedTuple):
    """A piece of a line. Without a width it takes what is left; `right`: it is a number."""

    text: str
    width: int = 0
    style: str = ""
    right: bool = False


def columns(cells: Sequence[Cell], width: int) -> Content:
    """One line, exactly as wide; what does not fit ends in an ellipsis."""
    gaps = SPACE * (len(cells) - 1)
    left = max(0, width - gaps - sum(cell.width for cell in cells))
    free = sum(not cell.width for cell in cells) or 1
    pieces = []
    for cell in cells:
        wide = cell.width or left // free
        text = Content.styled(plain(cell.text), cell.style)
        padded = text.pad_left(max(0, wide - text.cell_length)) if cell.right else text
        pieces.append(padded.truncate(wide, ellipsis=True, pad=True))
    return Content(" " * SPACE).join(pieces).truncate(width, pad=True)


def state_cell(state: str, width: int = 11) -> Cell:
    """`✓ done`."""
    mark, style = MARKS[state]
    return Cell(f"{mark} {state}", width, style)


def state_of(task: TaskRun) -> str:
    """The word for a task: one that waits for a person asks."""
    return "asks" if asks(task) else task.state.value


def span(nanoseconds: int) -> str:
    """`0.4 s`, `12 s`, `3:20`, `2:05:00`."""
    seconds = max(0.0, nanoseconds / 1e9)
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    if hours > 99:
        return f"{hours // 24} d"
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def took(started: int, finished: int | None, *, goes_on: bool = False) -> str:
    """How long, until now if it goes on; nothing if it has not begun."""
    if not started or (finished is None and not goes_on):
        return ""
    return span((time.time_ns() if finished is None else finished) - started)


def task_took(task: TaskRun) -> str:
    """How long a task took, with all its tries."""
    goes_on = task.state in (TaskState.RUNNING, TaskState.WAITING)
    return "before" if task.origin else took(task.since or task.started, task.finished, goes_on=goes_on)




def moment(nanoseconds: int | None) -> str:
    """When, in local time: as short as it is clear."""
    return when(datetime.fromtimestamp(nanoseconds // 10**9)) if nanoseconds else ""


def when(at: datetime | None) -> str:
    """`02:00`, `Fri 02:00`, `3 Dec 02:00`, `2027-01-03`: today, this week, soon, some time."""
    if at is None:
        return ""
    local = at.astimezone()
    now = datetime.now().astimezone()
    days = abs((local.date() - now.date()).days)
    if days == 0:
        return f"{local:%H:%M}"
    if days < 7:
        return f"{local:%a %H:%M}"
    return f"{local.day} {local:%b %H:%M}" if days < 180 else f"{local:%Y-%m-%d}"

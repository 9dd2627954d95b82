"""What a task prints, as it prints it."""
from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from rich.highlighter import Highlighter
from rich.text import Text
from textual.widgets import Log

from ..engine.graph.folders import RunFolder
from ..model.task import OVER, TaskRun, TaskState
from ..model.words import plain
from .tail import Tail
from .words import state_of

KEPT = 5000
"""Lines."""


class Found(Highlighter):
    """Marks what is searched for."""

    def __init__(self) -> None:
        self.wanted = ""

    def highlight(self, text: Text) -> None:
        """Wherever it is, in any case of letters."""
        if self.wanted:
            text.highlight_regex(re.compile(re.escape(self.wanted), re.IGNORECASE), "reverse")


class Output(Log):
    """Follows the end, unless somebody has scrolled up."""

    def __init__(self, runs: Path, *, id: str = "output") -> None:
        super().__init__(highlight=True, max_lines=KEPT, id=id)
        self._runs = runs
        self._tail: Tail | None = None
        self._shown: tuple[object, ...] = ()
        self._called = self._place = ""
        self._follows, self._end = True, 0
        self.found = Found()
        self.highlighter = self.found

    def show(self, name: str, task: TaskRun | None, remembered: Callable[[TaskRun], str]) -> None:
        """Show this task's last try. `remembered`: the end of what it printed, where the file is not at hand."""
        note = _note(task)
        self._called = " · ".join(filter(None, ("Output", name, plain(note))))
        self.tell_place()
        path = self._path(task) if task and task.tries else None
        is_there = path is not None and _has_text(path)
        shown = (path, "" if is_there else note)
        if shown != self._shown:
            self._shown, self._tail = shown, Tail(path) if path else None
            self._follows, self._end = True, 0
            self.clear()
            if not is_there:
                kept = remembered(task) if task and path else ""
                self.write_lines([*note.splitlines(), *Tail.split(kept)])
        self.follow(is_over=task is not None and task.state in OVER)

    def follow(self, *, is_over: bool = False) -> None:
        """What was printed since."""
        if self._tail is None:
            return
        y = self.scroll_offset.y
        self._follows = y >= self.max_scroll_y or (self._follows and y >= self._end)
        lines = self._tail.lines(to_the_end=is_over)
        if lines:
            self.write_lines(lines, scroll_end=False)
        if self._follows and (lines or y < self.max_scroll_y):
            self.call_after_refresh(self._go_to_end)

    def _go_to_end(self) -> None:
        """As far as it is known where that is: how wide lines are is found out in a thread."""
        self.scroll_end(animate=False, immediate=True, x_axis=False)
        self._end = self.scroll_offset.y

    def tell_place(self, text: str | None = None) -> None:
        """Where one is among what was found; None: as before."""
        self._place = self._place if text is None else text
        self.border_title = " · ".join(filter(None, (self._place, self._called)))

    def look_for(self, text: str) -> None:
        """Mark it wherever it is; nothing, if it is empty."""
        self.found.wanted = text
        self.tell_place("")
        self._render_line_cache.clear()
        self.refresh()

    def places(self) -> list[int]:
        """The numbers of the lines with what is looked for."""
        wanted = self.found.wanted.casefold()
        return [at for at, line in enumerate(self.lines) if wanted and wanted in line.casefold()]

    def _path(self, task: TaskRun) -> Path:
        return RunFolder(self._runs, task.origin or task.run).log(task.key, task.tries)


def _has_text(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _note(task: TaskRun | None) -> str:
    """What is to be said of it beside what it printed."""
    if task is None:
        return ""
    if task.child:
        return f"it is run {task.child}"
    if task.error and task.state is not TaskState.DONE:
        return f"{state_of(task)}: {task.error}"
    return "" if task.tries else f"{state_of(task)}: it has not begun"

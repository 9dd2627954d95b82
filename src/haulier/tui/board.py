"""The board as a whole: what is looked at, and its screens."""
from __future__ import annotations

import sys
from contextlib import closing

from ..app.ground import Ground
from ..model.errors import Invalid
from ..model.task import Key
from .details import Details
from .facts import RunRow, Subject
from .overview import Overview
from .program import Program
from .reading import Reading
from .source import Source


class Board(Program):
    """One ground, until somebody quits."""

    def on_mount(self) -> None:
        """The first screen."""
        self.push_screen(Overview())

    def open_run(self, number: int, task: Key | None = None) -> None:
        """Everything about it."""
        row = self.run_row(number)
        if row is not None:
            self.push_screen(Details(row, task))

    def read_output(self, subject: Subject) -> None:
        """The output of a task on the whole screen."""
        task = subject.about()
        assert task is not None and subject.run is not None
        name, number = f"{task.key} of {subject.flow} {task.run}", subject.run.run.id
        self.push_screen(Reading(name, lambda: (self.run_row(number) or RunRow(subject.run.run)).task(task.key)
                                 if subject.run else None))


def show(ground: Ground) -> None:
    """Until somebody quits. Invalid without a terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Invalid("the board needs a terminal; without --interactive, haulier scheduler status needs none")
    with closing(Source(ground)) as source:
        Board(source).run()

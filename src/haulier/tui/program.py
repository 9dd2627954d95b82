"""The program below the screens: it looks once a second, hands them what it saw, and does what they ask."""
from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

from textual.app import App
from textual.binding import Binding
from textual.screen import Screen
from textual.worker import get_current_worker

from ..model.errors import HaulierError
from ..model.task import Attempt, Key, TaskRun
from ..model.words import plain
from .acts import NOBODY, Acts
from .facts import Facts, RunRow, Subject
from .source import Source
from .themes import DARK, LIGHT, OWN, chosen


class Seeing(Screen[None]):
    """A screen that is told what was seen."""

    @property
    def board(self) -> Program:
        """The program."""
        return cast(Program, self.app)

    def show_facts(self, facts: Facts) -> None:
        """Show these, once they are new."""


class Program(App[None]):
    """One ground, until somebody quits."""

    every = 1.0
    """Seconds between two looks."""
    CSS_PATH = "board.tcss"
    TITLE = "haulier"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-normal")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-normal-height")]
    BINDINGS = [Binding("q,ctrl+c", "quit", "Quit", key_display="q"), Binding("d", "colours", show=False)]

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source, self.acts = source, Acts(source)
        self.facts = Facts()
        self.flow = ""
        """Whose history is shown."""
        self._past: dict[int, RunRow] = {}
        self._is_looking = False
        for theme in (OWN, DARK, LIGHT):
            self.register_theme(theme)
        self.theme = chosen(os.environ)

    def on_mount(self) -> None:
        """The first look, and one each second."""
        self.set_interval(self.every, self.look)
        self.call_after_refresh(self.look)

    def look(self) -> None:
        """Look at everything, but not while we do already."""
        if not self._is_looking:
            self._is_looking = True
            self.run_worker(partial(self._looked, self.flow), thread=True, group="look", exit_on_error=False)

    def act(self, do: Callable[[], str], *, needs_somebody: bool = False) -> None:
        """Do it beside, say what came of it, and look. `needs_somebody`: nothing happens while nobody runs here."""
        but = NOBODY if needs_somebody and not self.facts.seats else ""
        self.run_worker(partial(self._acted, do, but), thread=True, group="act", exit_on_error=False)

    def complain(self, text: str) -> None:
        """Something cannot be done."""
        self.notify(text, severity="warning", markup=False)

    def watch_flow(self, name: str) -> None:
        """Show the history of this one."""
        if name != self.flow:
            self.flow = name
            self.look()

    def run_of(self, number: int) -> RunRow | None:
        """One run, looked at now."""
        if self.facts.is_blind:
            return None
        try:
            return self.source.run(number)
        except HaulierError as error:
            self.complain(str(error))
            return None

    def run_row(self, number: int) -> RunRow | None:
        """One run, as it was seen last; looked at now if it was not."""
        row = self.facts.run(number)
        if row is None or not row.tasks:
            known = self._past.get(number)
            if known is None or not known.is_over:
                known = self.run_of(number)
            if known is not None:
                self._past[number] = known
            return known or row
        return row

    def open_run(self, number: int, task: Key | None = None) -> None:
        """Everything about it."""
        raise NotImplementedError

    def read_output(self, subject: Subject) -> None:
        """The output of a task on the whole screen."""
        raise NotImplementedError

    def attempts(self, task: TaskRun) -> Sequence[Attempt]:
        """The tries of a task."""
        if self.facts.is_blind:
            return ()
        try:
            return self.source.attempts(task.run, task.key)
        except HaulierError as error:
            self.complain(str(error))
            return ()

    def tail_of(self, task: TaskRun) -> str:
        """The end of what its last try printed, as the ledger has it."""
        tries = self.attempts(task)
        return tries[-1].tail if tries else ""

    def action_colours(self) -> None:
        """The terminal's own colours, dark, light, and around again."""
        names = [OWN.name, DARK.name, LIGHT.name]
        self.theme = names[(names.index(self.theme) + 1) % len(names)]

    def _looked(self, flow: str) -> None:
        worker = get_current_worker()
        try:
            facts = self.source.look(flow)
        except HaulierError as error:
            facts = Facts(trouble=str(error))
        except Exception as error:
            facts = Facts(trouble=f"a bug of ours: {type(error).__name__}: {error}")
        if not worker.is_cancelled:
            self.call_from_thread(self._saw, facts, flow)

    def _saw(self, facts: Facts, flow: str) -> None:
        self._is_looking = False
        self.facts = facts
        for screen in self.screen_stack:
            if isinstance(screen, Seeing):
                screen.show_facts(facts)
        if flow != self.flow:
            self.look()

    def _acted(self, do: Callable[[], str], but: str) -> None:
        said, is_done = carried(do)
        said = f"{said}\n{but}" if is_done and but else said
        if not get_current_worker().is_cancelled:
            self.call_from_thread(self._told, said, is_done)

    def _told(self, said: str, is_done: bool) -> None:
        self.notify("\n".join(map(plain, said.splitlines())), severity="information" if is_done else "error",
                    timeout=4 if is_done else 8, markup=False)
        self.look()


def carried(do: Callable[[], str]) -> tuple[str, bool]:
    """What was done, or why it could not be, and whether it was."""
    try:
        return do(), True
    except HaulierError as error:
        return str(error), False
    except Exception as error:
        return f"a bug of ours: {type(error).__name__}: {error}", False

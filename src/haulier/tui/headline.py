"""The first line: who runs here, how much is going on, and what time it is; below it, what is wrong."""
from __future__ import annotations

from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from ..model.run import RunState
from ..model.words import count, plain
from .facts import Facts
from .words import MARKS, moment

R = RunState
WAITS = (R.QUEUED, R.WAITING, R.PAUSED)


class Headline(Vertical):
    """One line, and more if something is wrong."""

    def __init__(self, home: str) -> None:
        super().__init__(id="headline")
        self._home = home
        self._facts = Facts()
        self._told: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield Static(id="line")
        yield Static(id="trouble", markup=False)

    def put(self, facts: Facts) -> None:
        """Show these."""
        self._facts = facts
        self.tick()
        trouble = self.query_one("#trouble", Static)
        trouble.display = bool(facts.trouble)
        trouble.update(facts.trouble)

    def tick(self) -> None:
        """As it is now."""
        now, width = datetime.now().astimezone(), self.size.width - 2
        tries = ((f"{now:%H:%M:%S %Z}", True), (f"{now:%H:%M:%S %Z}", False), (f"{now:%H:%M:%S}", False))
        for clock, is_long in tries:
            left = Content.assemble(*self._pieces(is_long))
            gap = width - left.cell_length - len(clock)
            if gap > 1:
                break
        left = left.truncate(max(0, width - len(clock) - 1), ellipsis=True)
        line = Content.assemble(left, " " * max(1, gap), Content.styled(clock, "dim"))
        if (told := (line, width)) != self._told:
            self.query_one("#line", Static).update(line)
            self._told = told

    def _pieces(self, is_long: bool) -> list[tuple[str, str]]:
        facts = self._facts
        home = [("haulier ", "bold"), (f"{plain(self._home)}   ", "dim")] if is_long else []
        running, waiting = facts.count(R.RUNNING), facts.count(*WAITS)
        flows = sum(not flow.is_job for flow in facts.flows)
        jobs = len(facts.flows) - flows
        counts = ", ".join([count(flows, "flow"), *([count(jobs, "job")] if jobs else [])])
        return [*home, *self._seat(is_long), (f"   {counts}   ", ""),
                (f"{running} running", MARKS["running"][1] if running else "dim"), ("  ", ""),
                (f"{waiting} waiting", MARKS["waiting"][1] if waiting else "dim")]

    def _seat(self, is_long: bool) -> list[tuple[str, str]]:
        seats = self._facts.seats
        if not seats:
            return [("○ the ledger is out of reach" if self._facts.is_blind else "○ nobody runs here", "$warning")]
        first = seats[0]
        since = f" since {moment(first.since)}"
        where = f" on {first.host}" if first.host else f" at {first.address}" if is_long and first.address else ""
        more = f" and {len(seats) - 1} more" if len(seats) > 1 else ""
        return [("● ", "$success"), (plain(f"{first.what} {first.pid}{where}{since}{more}"), "")]

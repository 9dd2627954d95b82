"""The first screen: flows, runs, output, history, and what is next."""
from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Footer, OptionList

from ..model.task import TaskRun
from .asking import Tell
from .coming import Coming
from .facts import Facts, RunRow, Subject
from .flows import FlowList
from .headline import Headline
from .history import History
from .keys import Acting
from .output import Output
from .rows import Rows
from .runs import RunList


class Overview(Acting):
    """Keys act on what is under the cursor of the list that has it, or had it last."""

    def __init__(self) -> None:
        super().__init__()
        self._at = "flows"
        self._history_of = ""

    def compose(self) -> ComposeResult:
        yield Headline(str(self.board.source.ground.home))
        yield FlowList("Flows", id="flows")
        with Horizontal(id="middle"):
            yield RunList("Runs", id="runs")
            yield Output(self.board.source.ground.runs)
        with Horizontal(id="bottom"):
            yield History("History", id="history")
            yield Coming("Next", id="coming")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """It begins to look."""
        self.set_interval(self.board.every / 2, self._follow)
        self.query_one("#flows").focus()

    def show_facts(self, facts: Facts) -> None:
        """Only what changed is drawn."""
        self.query_one(Headline).put(facts)
        self.query_one(FlowList).show(facts)
        self.query_one(RunList).show(facts)
        self.query_one(Coming).show(facts)
        if self.query_one(FlowList).chosen == self.board.flow:
            self.query_one(History).show(self.board.flow, facts.history)
        self._show_output()

    def subject(self) -> Subject:
        """By the list that has the cursor."""
        facts = self.board.facts
        if self._at == "runs":
            number, task = self.query_one(RunList).run_and_task()
            row = facts.run(number)
            return Subject(row.run.flow if row else "", row, task)
        if self._at == "coming":
            return Subject(self.query_one(Coming).chosen)
        flow = self.query_one(FlowList).chosen
        if self._at == "history" and (chosen := self.query_one(History).chosen):
            return Subject(flow, self.board.run_row(int(chosen)))
        return Subject(flow, self._run_of(flow))

    def _run_of(self, flow: str) -> RunRow | None:
        """The run of a flow that goes on, or its last."""
        found = next((row for row in self.board.facts.runs if row.run.flow == flow), None)
        known = self.board.facts.flow(flow)
        return found or (self.board.run_row(known.last.id) if known and known.last else None)

    def on_descendant_focus(self) -> None:
        """The list that has the cursor."""
        if isinstance(self.focused, Rows):
            self._at = self.focused.id or "flows"
            self._show_output()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """What is under the cursor decides what is shown beside it."""
        if event.option_list.id == "flows":
            self.board.watch_flow(self.query_one(FlowList).chosen)
        self._show_output()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click: everything about it."""
        subject = self.subject()
        flow = self.board.facts.flow(subject.flow)
        if self._at in ("flows", "coming") and flow and flow.problem:
            self.app.push_screen(Tell(f"{flow.name} cannot run", flow.problem))
        elif subject.run is not None:
            self.board.open_run(subject.run.run.id, subject.task)
        elif flow and flow.last:
            self.board.open_run(flow.last.id)

    def _show_output(self) -> None:
        subject = self.subject()
        task = subject.about()
        name = f"{task.key} of {subject.flow} {task.run}" if task else ""
        self.query_one(Output).show(name, task, self._remembered)

    def _remembered(self, task: TaskRun) -> str:
        return self.board.tail_of(task)

    def _follow(self) -> None:
        self.query_one(Headline).tick()
        self.query_one(Output).follow()

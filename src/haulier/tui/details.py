"""One run: its tasks in the order of the graph, with their states, tries and times; and the tries of one of them."""
from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Footer, OptionList, Static

from ..model.graph import Node, Phase
from ..model.task import Attempt, Key, TaskRun
from ..model.words import plain, size
from .facts import Facts, RunRow, Subject
from .keys import Acting
from .rows import Line, Rows
from .runs import key_of, parsed
from .words import MARKS, Cell, moment, state_of, task_took, took

WIDE, LONGEST = 100, 30


class TaskList(Rows):
    """The tasks of one run."""

    nothing = "it has no tasks, or has not come to one"

    def show(self, row: RunRow) -> None:
        """Show these."""
        wide = self.size.width >= WIDE
        room = min(LONGEST, max((len(_name(task)) for task in row.tasks), default=0))
        self.put([Line(key_of(row.run.id, task.key), _cells(task, row.node(task.key), room, wide))
                  for task in row.tasks])


class Details(Acting):
    """Keys act on this run, and on the task under the cursor."""

    BINDINGS = [Binding("escape,backspace", "back", "Back", key_display="esc"),
                Binding("e", "switch", show=False)]

    def __init__(self, row: RunRow, task: Key | None) -> None:
        super().__init__()
        self._row, self._first = row, task
        self._tries: tuple[TaskRun | None, Sequence[Attempt]] = (None, ())

    def compose(self) -> ComposeResult:
        yield Static(id="about")
        yield TaskList("Tasks", id="tasks")
        tries = Static(id="tries")
        tries.border_title = "Tries"
        yield tries
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """As it is known already."""
        tasks = self.query_one(TaskList)
        tasks.focus()
        self.show_row(self._row)
        if self._first:
            tasks.choose(key_of(self._row.run.id, self._first))

    def show_facts(self, facts: Facts) -> None:
        """The run is looked at with everything else."""
        row = facts.run(self._row.run.id)
        if row and (row.tasks or not self._row.tasks):
            self.show_row(row)
        elif not self._row.is_over:
            self.show_row(self.board.run_of(self._row.run.id) or self._row)

    def show_row(self, row: RunRow) -> None:
        """Only what changed is drawn."""
        self._row = row
        self.query_one("#about", Static).update(_about(row))
        self.query_one(TaskList).show(row)
        self._show_tries()

    def subject(self) -> Subject:
        """This run."""
        _, task = parsed(self.query_one(TaskList).chosen)
        return Subject(self._row.run.flow, self._row, task)

    def on_option_list_option_highlighted(self) -> None:
        """The tries of the task under the cursor."""
        self._show_tries()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Into the run that the task is, or to what it printed."""
        task = self.subject().about()
        if task and task.child:
            self.board.open_run(task.child)
        elif task and task.tries:
            self.action_output()

    def action_back(self) -> None:
        """To where we came from."""
        self.dismiss()

    def _show_tries(self) -> None:
        key = self.subject().task
        task = self._row.task(key) if key else None
        if task != self._tries[0]:
            self._tries = task, self.board.attempts(task) if task else ()
        lines = list(_tries(task, self._tries[1])) if task else []
        self.query_one("#tries", Static).update(Content("\n").join(lines))


def _name(task: TaskRun) -> str:
    mark, _ = MARKS[state_of(task)]
    return f"{'  ' if task.key.item else ''}{mark} {task.key}"


def _cells(task: TaskRun, node: Node | None, room: int, wide: bool) -> tuple[Cell, ...]:
    state = state_of(task)
    _, style = MARKS[state]
    after = f"after {', '.join(node.needs)}" if node and node.needs else ""
    if node and node.phase is not Phase.MAIN and not after:
        after = node.phase.value.replace("_", " ")
    kind = (Cell(node.type if node else "", 9, "dim"),) if wide else ()
    tries = Cell(f"{task.tries}×" if task.tries > 1 else "", 4, right=True)
    return (Cell(_name(task), room), *kind, Cell(state, 10, style), tries,
            Cell(task_took(task), 8, right=True),
            Cell(task.error or after, style="$error" if task.error and state in ("failed", "blocked") else "dim"))


def _about(row: RunRow) -> Content:
    run = row.run
    mark, style = MARKS[run.state.value]
    began = f", from {moment(run.started)}" if run.started else "not begun"
    time = took(run.started, run.finished, goes_on=not row.is_over)
    origin = f", goes on from run {run.origin}" if run.origin else ""
    parent = f", a task of run {run.parent}" if run.parent else ""
    lines = [[(f"Run {run.id} of {plain(run.flow)}", "bold"), ("   ", ""), (f"{mark} {run.state}", style),
              (f"   {time}{began}, by {run.trigger}{origin}{parent}", "")]]
    if any(run.totals) and not row.tasks:
        of = run.totals
        lines.append([(f"files: {of.done} done, {of.failed} failed, {of.skipped} skipped; {size(of.bytes)}", "")])
    if run.params:
        lines.append([(plain(f"with {_params(run.params)}"), "dim")])
    if run.error:
        lines.append([(plain(run.error), "$error")])
    return Content("\n").join(Content.assemble(*line) for line in lines)


def _params(text: str) -> str:
    try:
        return ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in json.loads(text).items())
    except (ValueError, AttributeError):
        return text


def _tries(task: TaskRun, tries: Sequence[Attempt]) -> Iterator[Content]:
    for one in tries:
        mark, style = MARKS[one.state.value]
        goes_on = one.finished is None
        yield Content.assemble(f"{one.number}  ", (f"{mark} {one.state}", style),
                               f"  {moment(one.started)}  {took(one.started, one.finished, goes_on=goes_on)}  ",
                               (plain(one.error), "dim"))
    if task.origin:
        yield Content.styled(f"done in run {task.origin}", "dim")
    elif not tries:
        yield Content.styled(task.error or "it has not begun", "dim")
    if task.outputs:
        yield Content.styled(plain(f"outputs: {json.dumps(dict(task.outputs), ensure_ascii=False)}"), "dim")
    if task.decision:
        word = "approved" if task.decision.approved else "refused"
        yield Content(plain(f"{word} by {task.decision.by}: {task.decision.text}".rstrip(": ")))

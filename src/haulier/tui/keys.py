"""What the keys do, on every screen that has a run or a flow to do it to."""
from __future__ import annotations

from functools import partial
from typing import Any

from textual.binding import Binding

from ..model.errors import Invalid
from ..model.run import OVER, RunState, Wish
from ..model.task import TaskRun
from .acts import QUEUED, refuse_retry
from .asking import Answer, Ask, Tell
from .facts import FlowRow, RunRow, Subject, asks
from .form import Form
from .helping import HELP
from .program import Seeing


class Acting(Seeing):
    """A screen on which people act."""

    BINDINGS = [
        Binding("r", "start", "Run"), Binding("c", "cancel", "Cancel"), Binding("t", "retry", "Again"),
        Binding("p", "pause", "Pause"), Binding("g", "go_on", "Go on"), Binding("e", "switch", "On/off"),
        Binding("a", "answer", "Answer"), Binding("o", "output", "Output"), Binding("question_mark", "help", "Help"),
    ]

    def subject(self) -> Subject:
        """What is under the cursor."""
        raise NotImplementedError

    def action_start(self) -> None:
        """Run the flow: after its parameters, if it has any."""
        flow = self.board.facts.flow(self.subject().flow)
        if flow is None:
            self.board.complain("there is no flow to run")
        elif flow.problem:
            self.app.push_screen(Tell(f"{flow.name} cannot run", flow.problem))
        elif flow.graph and flow.graph.params:
            self.app.push_screen(Form(flow.name, flow.graph.params), partial(self._start, flow))
        else:
            self._start(flow, {})

    def _start(self, flow: FlowRow, params: dict[str, Any] | None) -> None:
        if params is None:
            return
        facts, acts = self.board.facts, self.board.acts
        start = partial(self.board.act, lambda: acts.start(flow, params, facts))
        if facts.seats:
            start()
            return
        ask = Ask(f"Run {flow.name}", QUEUED, [("queue", "Queue it")])
        self.app.push_screen(ask, lambda answer: start() if answer else None)

    def action_cancel(self) -> None:
        """Cancel the run, once that is confirmed."""
        self._ask_wish(Wish.CANCEL, "Cancel", "What runs of it is stopped, and the rest is not begun.")

    def action_pause(self) -> None:
        """Pause the run."""
        self._wish(Wish.PAUSE)

    def action_go_on(self) -> None:
        """Go on with a run that is paused."""
        row = self._run()
        if row and row.run.state is not RunState.PAUSED and not row.run.wish:
            self.board.complain(f"run {row.run.id} is {row.run.state}; only what is paused can be gone on with")
        else:
            self._wish(Wish.NONE)

    def action_retry(self) -> None:
        """Do a run again: what was not done, or from a task on."""
        row, task = self._run(), self.subject().task
        if row is None:
            return
        run, answers = row.run, []
        try:
            refuse_retry(run, task.task if task else "")
        except Invalid as error:
            self.board.complain(str(error))
            return
        if run.state is not RunState.DONE:
            answers.append(("retry", "What was not done"))
        if task:
            answers.append(("from", f"From {task.task} on"))
        text = "A new run keeps what was done, with the same parameters."
        if not self.board.facts.seats:
            text = f"{text}\n\n{QUEUED}"
        ask = Ask(f"Run {run.id} of {run.flow} again", text, answers)
        self.app.push_screen(ask, partial(self._retry, row, task.task if task else ""))

    def _retry(self, row: RunRow, task: str, answer: Answer | None) -> None:
        if answer:
            self.board.act(lambda: self.board.acts.retry(row.run, task if answer.what == "from" else ""))

    def action_switch(self) -> None:
        """Let the schedule start the flow, or not."""
        flow = self.board.facts.flow(self.subject().flow)
        if flow is None:
            self.board.complain("there is no flow to switch")
        else:
            self.board.act(lambda: self.board.acts.switch(flow))

    def action_answer(self) -> None:
        """Answer a task that asks: the one under the cursor, or the first that does."""
        row, key = self._run(), self.subject().task
        if row is None:
            return
        asking = next((task for task in row.tasks if asks(task) and key in (None, task.key)), None)
        asking = asking or next((task for task in row.tasks if asks(task)), None)
        if asking is None:
            self.board.complain(f"no task of run {row.run.id} asks anything")
            return
        ask = Ask(f"Run {row.run.id} of {row.run.flow}: {asking.key}", asking.error,
                  [("approve", "Approve"), ("refuse", "Refuse")], field="why; it is kept with the run")
        self.app.push_screen(ask, partial(self._answered, asking))

    def _answered(self, task: TaskRun, answer: Answer | None) -> None:
        if answer:
            self.board.act(lambda: self.board.acts.decide(task, answer.what == "approve", answer.text),
                           needs_somebody=True)

    def action_output(self) -> None:
        """The output on the whole screen."""
        subject = self.subject()
        if subject.run is None or subject.about() is None:
            self.board.complain("there is no output: no task of it has begun")
        else:
            self.board.read_output(subject)

    def action_help(self) -> None:
        """All keys."""
        self.app.push_screen(Tell("Keys", HELP))

    def _run(self) -> RunRow | None:
        """The run under the cursor, or a complaint that there is none."""
        row = self.subject().run
        if row is None:
            self.board.complain("there is no run under the cursor")
        return row

    def _wish(self, wish: Wish) -> None:
        row = self._run()
        if row:
            self.board.act(lambda: self.board.acts.wish(row.run, wish), needs_somebody=wish is Wish.NONE)

    def _ask_wish(self, wish: Wish, word: str, text: str) -> None:
        row = self._run()
        if row is None:
            return
        if row.run.state in OVER:
            self.board.complain(f"run {row.run.id} is {row.run.state}: it is over")
            return
        ask = Ask(f"{word} run {row.run.id} of {row.run.flow}", text, [(wish.value, f"{word} it")])
        self.app.push_screen(ask, lambda answer: self.board.act(
            lambda: self.board.acts.wish(row.run, wish)) if answer else None)

"""What a task prints, on the whole screen, with a search."""
from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Footer, Input

from ..model.task import TaskRun
from .output import Output
from .program import Seeing


class Reading(Seeing):
    """It goes on as the task does."""

    BINDINGS = [
        Binding("escape,q,o,backspace", "back", "Back"), Binding("slash,s", "search", "Search", key_display="/"),
        Binding("n", "next(1)", "Next"), Binding("N", "next(-1)", "Previous"),
        Binding("g,home", "top", "Top"), Binding("G,end,f", "end", "End"),
    ]

    def __init__(self, name: str, task: Callable[[], TaskRun | None]) -> None:
        super().__init__()
        self._title, self._look_at = name, task
        self._at = -1

    def compose(self) -> ComposeResult:
        yield Output(self.board.source.ground.runs, id="whole")
        field = Input(placeholder="search, then Enter; n and N go to the next and the one before", id="search",
                      compact=True)
        field.display = False
        yield field
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Now, and twice a second."""
        self.set_interval(self.board.every / 2, self._look)
        self.output.focus()
        self._look()

    @property
    def output(self) -> Output:
        """What is read."""
        return self.query_one(Output)

    def action_back(self) -> None:
        """Out of the search, or of the screen."""
        field = self.query_one("#search", Input)
        if field.has_focus:
            field.display = False
            self.output.focus()
        else:
            self.dismiss()

    def action_search(self) -> None:
        """Ask what for."""
        field = self.query_one("#search", Input)
        field.display = True
        field.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Find it, the last place first."""
        self.output.look_for(event.value)
        event.input.display = False
        self.output.focus()
        self._at = self.output.line_count
        self.action_next(-1)

    def action_next(self, way: int) -> None:
        """The next line with it, or the one before; around the end."""
        places = self.output.places()
        if not places:
            self.board.complain("it is not there" if self.output.found.wanted else "search for something first: /")
            return
        further = [at for at in places if (at > self._at if way > 0 else at < self._at)]
        self._at = (further or places)[0 if way > 0 else -1]
        self.output.scroll_to(y=max(0, self._at - self.output.size.height // 2), animate=False)
        self.output.tell_place(f"{places.index(self._at) + 1} of {len(places)}")

    def action_top(self) -> None:
        """The beginning of what is shown."""
        self.output.scroll_home(animate=False)

    def action_end(self) -> None:
        """The end, and on with it."""
        self.output.scroll_end(animate=False)

    def _look(self) -> None:
        self.output.show(self._title, self._look_at(), self.board.tail_of)

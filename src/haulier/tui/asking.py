"""A question in the middle of the screen, with its answers as buttons."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static


class Answer(NamedTuple):
    """Which button, and what was typed."""

    what: str
    text: str = ""


class Ask(ModalScreen[Answer | None]):
    """`answers`: what each is called here, and on its button. `field`: what is to be typed, if anything is.

    None if it is left without an answer: by Escape.
    """

    BINDINGS = [("escape,q", "leave", "Leave"), ("left,up", "app.focus_previous", "Before"),
                ("right,down", "app.focus_next", "After")]

    def __init__(self, title: str, text: str, answers: Sequence[tuple[str, str]], field: str = "") -> None:
        super().__init__(classes="asking")
        self._title, self._text, self._answers, self._field = title, text, answers, field

    def compose(self) -> ComposeResult:
        box = Vertical(classes="box")
        box.border_title = self._title
        with box:
            with VerticalScroll(can_focus=False):
                yield Static(self._text, markup=False)
            if self._field:
                yield Input(placeholder=self._field, id="text")
            with Horizontal(classes="answers"):
                for what, label in self._answers:
                    yield Button(label, id=what, compact=True)
                yield Button("Leave it", id="leave", compact=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """That is the answer."""
        text = self.query_one("#text", Input).value.strip() if self._field else ""
        self.dismiss(None if event.button.id == "leave" else Answer(event.button.id or "", text))

    def on_input_submitted(self) -> None:
        """From what was typed to the buttons."""
        self.focus_next()

    def action_leave(self) -> None:
        """No answer."""
        self.dismiss(None)


class Tell(ModalScreen[None]):
    """Something to be read; any of the usual keys puts it away."""

    BINDINGS = [("escape,enter,q,space,question_mark", "leave", "Close")]

    def __init__(self, title: str, text: str) -> None:
        super().__init__(classes="asking")
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        box = VerticalScroll(Static(self._text, markup=False), classes="box")
        box.border_title = self._title
        box.border_subtitle = "Escape closes"
        yield box

    def on_click(self) -> None:
        """As a key would."""
        self.dismiss(None)

    def action_leave(self) -> None:
        """It was read."""
        self.dismiss(None)

"""The parameters of a run, asked for before it starts: a field for each, of its type."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select, Static

from ..core.params import as_text, checked
from ..model.errors import Invalid
from ..model.graph import Kind, Param

_SHOWN = {Kind.LIST: "list: a, b, c", Kind.MAPPING: 'mapping: {"name": "value"}', Kind.DATE: "date: 2026-11-30",
          Kind.INTEGER: "whole number"}


class Form(ModalScreen[dict[str, Any] | None]):
    """What was filled in, checked; None if it is left by Escape. What is left empty is not given."""

    BINDINGS = [("escape,q", "leave", "Leave")]

    def __init__(self, flow: str, params: Sequence[Param]) -> None:
        super().__init__(classes="asking")
        self._flow, self._params = flow, params

    def compose(self) -> ComposeResult:
        box = Vertical(classes="box")
        box.border_title = f"Run {self._flow}"
        with box:
            with VerticalScroll(can_focus=False):
                for at, param in enumerate(self._params):
                    yield Label(_label(param), markup=False, classes="label")
                    yield _field(at, param)
                    yield Static("", id=f"wrong{at}", classes="wrong", markup=False)
            with Horizontal(classes="answers"):
                yield Button("Run", id="run", compact=True)
                yield Button("Leave it", id="leave", compact=True)

    def on_input_submitted(self) -> None:
        """Enter in a field is the button."""
        self._done()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Run it, or not."""
        if event.button.id == "leave":
            self.dismiss(None)
        else:
            self._done()

    def action_leave(self) -> None:
        """Nothing is run."""
        self.dismiss(None)

    def _done(self) -> None:
        found: dict[str, Any] = {}
        wrong = [at for at, param in enumerate(self._params) if not self._is_right(at, param, found)]
        if wrong:
            self.query_one(f"#field{wrong[0]}").focus()
        else:
            self.dismiss(found)

    def _is_right(self, at: int, param: Param, found: dict[str, Any]) -> bool:
        said = ""
        try:
            value = self._value(at)
            if value is not None:
                found[param.name] = checked(param, value)
            elif param.required and param.default is None:
                said = "this is required"
        except Invalid as error:
            said = str(error)
        note = self.query_one(f"#wrong{at}", Static)
        note.update(said)
        note.display = bool(said)
        return not said

    def _value(self, at: int) -> Any:
        """None if nothing was filled in, or what it is anyway."""
        field = self.query_one(f"#field{at}")
        if isinstance(field, Select):
            return None if field.is_blank() else field.value
        assert isinstance(field, Input)
        return field.value if field.value.strip() else None


def _field(at: int, param: Param) -> Input | Select[Any]:
    choices = (True, False) if param.kind is Kind.BOOLEAN else param.choices
    if choices and param.kind is not Kind.LIST:
        chosen = Select.NULL if param.default is None else param.default
        return Select([(as_text(one), one) for one in choices], value=chosen, prompt="not given", id=f"field{at}",
                      compact=True)
    value = "" if param.default is None else as_text(param.default)
    return Input(value, placeholder=_SHOWN.get(param.kind, param.kind.value), id=f"field{at}", compact=True)


def _label(param: Param) -> str:
    kind = _SHOWN.get(param.kind, param.kind.value).partition(":")[0]
    among = f" of {', '.join(map(as_text, param.choices))}" if param.choices and param.kind is Kind.LIST else ""
    about = f": {param.description}" if param.description else ""
    return f"{param.name} ({kind}{among}{', required' if param.required else ''}){about}"

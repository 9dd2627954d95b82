"""A list of lines that is brought up to date: only what changed is drawn, and the cursor stays where it was."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from .words import Cell, columns


class Line(NamedTuple):
    """One line; `key` tells it from all others."""

    key: str
    cells: tuple[Cell, ...]


class Rows(OptionList):
    """Lines in columns, one of them under the cursor. `nothing` is said when there is none."""

    nothing = "nothing"

    def __init__(self, title: str, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self.border_title = title
        self._lines_shown: tuple[Line, ...] = ()
        self._wide = 0

    @property
    def chosen(self) -> str:
        """The key of the line under the cursor; empty if there is none."""
        option = self.highlighted_option
        return option.id or "" if option else ""

    def choose(self, key: str) -> None:
        """Put the cursor there, if it is there."""
        if any(line.key == key for line in self._lines_shown):
            self.highlighted = self.get_option_index(key)

    def put(self, lines: Sequence[Line]) -> None:
        """Show these."""
        wide = self.scrollable_content_region.width - 1     # a gap before what is beside it
        before, self._lines_shown = self._lines_shown, tuple(lines)
        keys = [line.key for line in lines]
        if [line.key for line in before] != keys or not self.option_count or not (lines or wide == self._wide):
            self._rebuild(wide)
        elif wide != self._wide:
            self._redraw(range(len(lines)), wide)
        else:
            self._redraw([at for at, line in enumerate(lines) if line != before[at]], wide)
        self._wide = wide

    def on_resize(self, event: events.Resize) -> None:
        """As wide as there is room; before anything is known, nothing is said."""
        if self._wide:
            self.put(self._lines_shown)

    def render_line(self, y: int) -> Strip:
        """The line under the cursor stands out in the terminal's own colours too."""
        strip = super().render_line(y)
        if self.highlighted is None or not self.app.native_ansi_color or self.scroll_offset.y + y != self.highlighted:
            return strip
        if not self.has_focus:
            return strip.apply_style(Style(bold=True))
        return Strip([Segment(text, Style(reverse=True, meta=style.meta if style else None))
                      for text, style, _ in strip], strip.cell_length)

    def _redraw(self, places: Sequence[int], wide: int) -> None:
        for at in places:
            self.replace_option_prompt_at_index(at, columns(self._lines_shown[at].cells, wide))

    def _rebuild(self, wide: int) -> None:
        key, at, top = self.chosen, self.highlighted or 0, self.scroll_y
        self.clear_options()
        lines = self._lines_shown
        self.add_options(Option(columns(line.cells, wide), id=line.key) for line in lines)
        if not lines:
            self.add_option(Option(columns((Cell(self.nothing, style="dim"),), wide), disabled=True))
            return
        keys = [line.key for line in lines]
        self.highlighted = keys.index(key) if key in keys else min(at, len(keys) - 1)
        self.scroll_to(y=top, animate=False)

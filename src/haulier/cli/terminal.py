"""The line on a terminal that shows how far a run is."""
from __future__ import annotations

from typing import TYPE_CHECKING

from .reporting import Reporter
from .session import complain

if TYPE_CHECKING:
    from rich.live import Live

FIRST, EVERY = 0.3, 0.1
"""Seconds before the line appears (what is over sooner needs none), and between two looks of it."""


class TerminalReporter(Reporter):
    """One line that changes in place; failed files above it."""

    _live: Live | None = None
    _next = 0.0

    def show(self, now: float) -> None:
        if now - self.started < FIRST or now < self._next:
            return
        self._next = now + EVERY
        from rich.text import Text
        text = Text(self.pace.line(self.progress), no_wrap=True, overflow="ellipsis")
        if self._live is None:
            self._live = _live()
            self._live.start()
        self._live.update(text, refresh=True)

    def line(self, text: str) -> None:
        if self._live is None:
            complain(text)
            return
        from rich.text import Text
        self._live.console.print(Text(text), soft_wrap=True)

    def close(self) -> None:
        if self._live:
            self._live.stop()
            self._live = None
        super().close()


def _live() -> Live:
    from rich.console import Console
    from rich.live import Live

    # No refreshing thread: lanes are forked, and a fork in the middle of its output could deadlock.
    return Live(console=Console(stderr=True, markup=False, highlight=False, emoji=False),
                auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False)

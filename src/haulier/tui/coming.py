"""What starts next by itself."""
from __future__ import annotations

from .facts import Facts
from .rows import Line, Rows
from .words import Cell, when

WIDE = 56


class Coming(Rows):
    """The next first; those that are off last."""

    nothing = "nothing starts by itself"

    def show(self, facts: Facts) -> None:
        """Show these."""
        wide = self.size.width >= WIDE
        self.put([Line(flow.name, (Cell(when(flow.next) or "off", 12, "" if flow.next else "dim"), Cell(flow.name),
                                   *((Cell(flow.when, style="dim"),) if wide else ()))) for flow in facts.coming()])

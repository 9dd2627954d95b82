"""The last runs of one flow."""
from __future__ import annotations

from collections.abc import Sequence

from ..model.run import Run, RunState
from .rows import Line, Rows
from .words import Cell, moment, state_cell, took

WIDE = 56


class History(Rows):
    """Newest first."""

    nothing = "it has never run"

    def show(self, flow: str, runs: Sequence[Run]) -> None:
        """Show these, which are of that flow."""
        self.border_title = f"History · {flow}" if flow else "History"
        wide = self.size.width >= WIDE
        self.put([Line(str(run.id), _cells(run, wide)) for run in runs])


def _cells(run: Run, wide: bool) -> tuple[Cell, ...]:
    more = (Cell(run.error or run.trigger.value, style="dim"),) if wide else ()
    return (state_cell(run.state.value), Cell(str(run.id), 5, right=True),
            Cell(moment(run.started or run.created), 12 if wide else 0, "dim"),
            Cell(took(run.started, run.finished, goes_on=run.state is RunState.RUNNING), 7, right=True), *more)

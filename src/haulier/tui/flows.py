"""The list of flows and jobs: how the last run went, and when the next one is."""
from __future__ import annotations

from .facts import Facts, FlowRow
from .rows import Line, Rows
from .words import Cell, moment, state_cell, when

WIDE, LONGEST = 100, 30


class FlowList(Rows):
    """Flows first, then jobs."""

    nothing = "no flows here yet: put one into the folder flows"

    def show(self, facts: Facts) -> None:
        """Show these."""
        wide = self.size.width >= WIDE
        room = min(LONGEST, max((len(_name(flow)) for flow in facts.flows), default=0))
        self.put([Line(flow.name, _cells(flow, room, wide)) for flow in facts.flows])


def _name(flow: FlowRow) -> str:
    return f"{flow.name} · job" if flow.is_job else flow.name


def _cells(flow: FlowRow, room: int, wide: bool) -> tuple[Cell, ...]:
    name = Cell(_name(flow), room)
    if flow.problem:
        return Cell("✗ broken", 11, "$error"), name, Cell(flow.problem.partition("\n")[0], style="$error")
    state = state_cell(flow.last.state.value) if flow.last else Cell("  never ran", 11, "dim")
    last = (Cell(moment(flow.last.finished or flow.last.started) if flow.last else "", 12, "dim"),) if wide else ()
    following = Cell(f"→ {when(flow.next)}" if flow.next else "off" if flow.when else "", 14,
                     "" if flow.next else "dim")
    return state, name, *last, following, Cell(flow.when or "by hand", style="dim")

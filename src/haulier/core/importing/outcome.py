"""What came of one round of an import, together with what earlier tries of its run had come to."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...model.intake import ENDED, NOUGHT, Counts, Intake, IntakeState
from ...ports import ImportBook

SHOWN = 20
"""Intakes that outputs tell one by one."""
PAGE = 500


@dataclass
class Round:
    """What came of it."""

    counts: Counts = NOUGHT
    replayed: int = 0
    intakes: list[Intake] = field(default_factory=list)     # the last of them
    states: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    left: int = 0               # files that another run is at

    def add(self, intake: Intake) -> None:
        self.states[intake.state.value] = self.states.get(intake.state.value, 0) + 1
        self.intakes = [*self.intakes[1 - SHOWN:], intake]
        if intake.state is IntakeState.REFUSED:
            self.refused.append(f"{intake.file.name}: {reason(intake)}")
        elif intake.state is IntakeState.DONE:
            self.counts = self.counts.plus(intake.counts)

    def behind(self, earlier: Iterable[Intake]) -> Round:
        """All of it, after these."""
        whole = Round(replayed=self.replayed, left=self.left)
        for one in earlier:
            whole.add(one)
        whole.counts = whole.counts.plus(self.counts)
        whole.intakes = [*whole.intakes, *self.intakes][-SHOWN:]
        whole.refused += self.refused
        for state, number in self.states.items():
            whole.states[state] = whole.states.get(state, 0) + number
        return whole

    def outputs(self) -> dict[str, Any]:
        """As JSON, for the tasks behind it."""
        states = {**self.states, **({"left": self.left} if self.left else {})}
        return {"files": sum(self.states.values()), **{f"files_{state}": n for state, n in states.items()},
                "replayed": self.replayed, **self.counts._asdict(), "intakes": [one.id for one in self.intakes]}


def earlier(book: ImportBook, flow: str, run: int) -> dict[int, Intake]:
    """What earlier tries of this run have ended, by number: the files may be gone from their place, so that no later
    try sees them."""
    found: dict[int, Intake] = {}
    last = 0
    while run and (page := book.intakes(flow, run=run, before=last, limit=PAGE)):
        last = page[-1].id
        found |= {one.id: one for one in page if one.state in ENDED}
    return {number: one for number, one in sorted(found.items()) if not is_again(one, found)}


def is_again(intake: Intake, before: Mapping[int, Intake]) -> bool:
    """Whether it is a file that an earlier try has taken, and that only had to be settled still."""
    first = before.get(intake.origin)
    return first is not None and first.file.name == intake.file.name


def reason(intake: Intake) -> str:
    """Why it is no good, without its name."""
    return intake.error.removeprefix(f"{intake.file.name}: ")

"""Whose turn it is: one worker at a time takes the files of a binding, as a run of the ledger."""
from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ...model.errors import HaulierError, Stopped, Transient
from ...model.intake import IntakeState
from ...model.run import Run, RunState, Totals
from ...ports import Ledger
from .calls import Line
from .result import PipelineResult

BEAT = 5.0
"""Seconds between two signs of life to workers on other machines."""


_left: dict[tuple[str, str], int] = {}
"""Runs of this process, by ledger and flow, whose end could not be stored: the next turn goes on with them."""


class Turn:
    """The run, and what came of it so far."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.results: list[PipelineResult] = []

    def ended(self, raised: BaseException | None) -> tuple[RunState, str]:
        """How the run is over, and why."""
        if raised is not None:
            return RunState.CANCELLED if isinstance(raised, Stopped) else RunState.FAILED, str(raised)
        bad = self.bad()
        return (RunState.FAILED, "; ".join(bad[0].errors[-1:])) if bad else (RunState.DONE, "")

    def bad(self) -> list[PipelineResult]:
        """Files that were not taken."""
        return [one for one in self.results if one.state in (IntakeState.FAILED, IntakeState.REFUSED)]


@contextmanager
def turn(ledger: Ledger, what: tuple[str, str], source: str, line: Line) -> Iterator[Turn]:
    """Ours as long as this lasts, and in the history. Busy if another worker has it. `what`: the name of the ledger,
    and the flow."""
    own = Turn(_started(ledger, what, source))
    over = threading.Event()
    thread = threading.Thread(target=_beat, args=(ledger, own.run, line, over), name="haulier beat", daemon=True)
    thread.start()
    raised: BaseException | None = None
    try:
        yield own
    except BaseException as error:
        raised = error
        raise
    finally:
        over.set()
        thread.join()
        state, error_text = own.ended(raised)
        failed = len(own.bad())
        try:
            ledger.finish(own.run, state, Totals(len(own.results) - failed, failed), error_text)
        except HaulierError:
            _left[what] = own.run.id


def _started(ledger: Ledger, what: tuple[str, str], source: str) -> Run:
    before = _left.pop(what, 0)
    try:
        return ledger.start(what[1], source=source, target="", run=before)
    except Transient:
        if before:
            _left[what] = before
        raise


def _beat(ledger: Ledger, run: Run, line: Line, over: threading.Event) -> None:
    while not over.wait(BEAT):
        try:
            ledger.beat(run, Totals())
        except Stopped:
            line.stop()
            return
        except HaulierError:
            continue

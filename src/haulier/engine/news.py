"""What of the events people outside want to hear of, in runs rather than files."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..model.alert import FIRST, AlertKind, Said
from ..model.errors import NotFound
from ..model.event import Event
from ..model.query import RunQuery, TransferQuery
from ..model.run import Run, RunState
from ..model.transfer import State
from ..model.words import count
from ..ports import Agenda, Reader

K = AlertKind
WHILE_IT_GOES_ON = 600.0
"""Seconds: so long a failed file waits for the end of its run, which then tells of all that failed."""
_ARRIVALS = {"arrival.warned": K.WARNED, "arrival.late": K.LATE, "arrival.recovered": K.RECOVERED}
_ENDS = {"run.failed": K.FAILED, "run.crashed": K.CRASHED, "run.done": K.DONE}
_FILE, _ASKS = "transfer.failed", "task.asks"
_ENDED = (RunState.DONE, RunState.FAILED, RunState.CRASHED)


class Heard(NamedTuple):
    """Something that happened to a flow. `delay`: seconds in which the rest of it may come."""

    flow: str
    kind: AlertKind
    said: Said
    delay: float = 0.0


class News:
    """Made of events, and of what the ledger knows of their runs."""

    def __init__(self, agenda: Agenda, reader: Reader) -> None:
        self._agenda, self._reader = agenda, reader

    def of(self, events: Sequence[Event]) -> Iterator[Heard]:
        """In the order of the events; of the files that failed in a run the first stands for all."""
        told: set[int] = set()
        for event in events:
            if kind := _ARRIVALS.get(event.kind):
                yield Heard(event.flow, kind, Said(event.at, event.text))
            elif event.kind in _ENDS or event.kind == _ASKS or (event.kind == _FILE and event.run not in told):
                told.add(event.run)
                try:
                    run = self._agenda.run(event.run)
                except NotFound:
                    continue        # forgotten since
                if event.kind == _ASKS:
                    yield Heard(run.flow, K.ASKED, Said(event.at, f"{run.flow}: run {run.id}: {event.text}", run.id))
                elif not run.parent:        # else the run that it is a task of tells
                    yield from self._of_run(event, run)

    def _of_run(self, event: Event, run: Run) -> Iterator[Heard]:
        kind = _ENDS.get(event.kind, K.FAILED)
        if kind is not K.DONE:
            yield Heard(run.flow, kind, self._of_failure(event, run, kind),
                        WHILE_IT_GOES_ON if event.kind == _FILE else 0.0)
        elif run.totals.done:
            yield Heard(run.flow, kind, Said(
                event.at, f"{run.flow}: run {run.id} {_did(run)}", run.id))
        if kind is K.DONE and self._was_bad(run):
            yield Heard(run.flow, K.RECOVERED, Said(event.at, f"{run.flow}: run {run.id} went well again", run.id))

    def _of_failure(self, event: Event, run: Run, kind: AlertKind) -> Said:
        failed = self._reader.transfers(TransferQuery(run=run.id, states=(State.FAILED,), limit=FIRST))
        files = tuple((one.path, f"{one.kind} {one.error}".strip()) for one in failed.items)
        number = max(run.totals.failed, failed.total)     # one is told when it beats, the other may count no further
        if kind is K.CRASHED:
            text = f"run {run.id} crashed: {event.text}"
        elif event.kind == _FILE:
            text = f"{count(number, 'file')} failed in run {run.id}, which goes on"
        else:
            text = f"run {run.id} failed" + (f": {run.error}" if run.error else f", {count(number, 'file')} failed")
        return Said(event.at, f"{run.flow}: {text}", run.id, number, files)

    def _was_bad(self, run: Run) -> bool:
        """Whether the run of the flow before this one ended badly; who cancelled one knows of it."""
        before = self._reader.runs(RunQuery(flow=run.flow, states=_ENDED, limit=10)).items
        last = next((one for one in before if one.id < run.id), None)
        return last is not None and last.state is not RunState.DONE


def _did(run: Run) -> str:
    """A run of a flow has no source: it did tasks."""
    done = run.totals.done
    return f"delivered {count(done, 'file')}" if run.source else f"did {count(done, 'task')}"

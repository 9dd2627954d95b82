"""Tasks that are runs of their own: a transfer, or another flow."""
from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...core import kept
from ...model.errors import Cancelled, Failed, Later
from ...model.progress import Progress
from ...model.run import OVER, Run, RunState, Start
from ...model.task import TaskState
from ...ports import Clock, Ledger
from ..shop import Load
from ..terms import Terms, alone
from ..work import Result
from .outcome import Parked
from .site import Site
from .stint import Stint

HEARD = frozenset({RunState.DONE, RunState.FAILED})
"""How a run of a task ends by itself."""
AGAIN = 5.0
"""Seconds between two looks at a run of a task that a person has paused."""


class Children:
    """Those of one run. Each is carried by the thread of its task, on the terms of its parent."""

    def __init__(self, run: Run, site: Site, ledger: Ledger, clock: Clock, terms: Terms) -> None:
        self._run, self._site, self._ledger, self._clock, self._terms = run, site, ledger, clock, terms

    def carry(self, stint: Stint, name: str, settings: Mapping[str, Any] | None, params: Mapping[str, Any]
              ) -> Mapping[str, Any]:
        """To its end. One that was interrupted is gone on with, and one that has ended is not begun again because its
        process died before that was noted."""
        told = json.dumps(dict(params)) if params else ""
        runs = [run for run in self._site.tasks.children(self._run.id) if (run.flow, run.params) == (name, told)]
        if unheard := self._unheard(stint, runs):
            stint.child = unheard.id
            return self._outputs(stint, name, Result(unheard.id, unheard.state, _counted(unheard)))
        interrupted = runs[-1].id if runs and runs[-1].state not in OVER else 0
        with self._site.load(name, settings) as load, self._terms.gates(self._run, load.connections) as gate:
            terms = replace(self._terms, run=interrupted, gate=gate, park=None, stopping=stint.parking,
                            lender=alone, only_pending=False,
                            how=Start(told, self._run.id))
            result = self._carried(stint, load, terms)
        stint.child = result.run
        return self._outputs(stint, name, result)

    def _carried(self, stint: Stint, load: Load, terms: Terms) -> Result:
        course = load.begin(self._ledger, self._clock, None, terms)
        alarm = threading.Timer(stint.left, stint.parking.set) if stint.left is not None else None
        try:
            if alarm:
                alarm.start()
            return course.run()
        except Cancelled as error:      # the run that was to be gone on with is paused, or over by now
            stint.check()
            raise Later(str(error), retry_after=AGAIN) from error
        finally:
            if alarm:
                alarm.cancel()

    def _unheard(self, stint: Stint, runs: Sequence[Run]) -> Run | None:
        """The run that the last try of the task came to its end with, if that try itself came to none."""
        if stint.number == 1:
            return None
        rows = self._site.tasks.tasks(self._run.id)
        key, = (row.key for row in rows if str(row.key) == stint.task)
        cut = [one for one in self._site.tasks.attempts(self._run.id, key)
               if one.number == stint.number - 1 and one.state is TaskState.CANCELLED]
        heard = {row.child for row in rows}
        found = [run for run in runs if cut and run.created >= cut[0].started and run.id not in heard]
        return found[0] if len(found) == 1 and found[0].state in HEARD else None

    def _outputs(self, stint: Stint, name: str, result: Result) -> Mapping[str, Any]:
        stint.check()
        if result.state is RunState.QUEUED:
            raise Parked(f"{name}: run {result.run} let go")
        if result.state is RunState.PAUSED:
            raise Later(f"{name}: run {result.run} is paused", retry_after=AGAIN)
        done = result.progress
        if result.state is not RunState.DONE:
            raise Failed(f"{name}: run {result.run} has {result.state}, with {done.failed} failed")
        tasks = {row.key.task: dict(row.outputs) for row in self._site.tasks.tasks(result.run)
                 if row.state is TaskState.DONE and not row.key.item}
        if tasks:
            outputs = {"run": result.run, "tasks": tasks}
            return outputs if kept.fits(outputs) else {"run": result.run}
        return {"run": result.run, "files": done.done, "bytes": done.moved, "skipped": done.skipped}


def _counted(run: Run) -> Progress:
    done, failed, skipped, moved, *_ = run.totals
    return Progress(done=done, failed=failed, skipped=skipped, moved=moved)

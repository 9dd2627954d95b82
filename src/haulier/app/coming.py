"""Files that come, as the jobs say now: what is looked out for, what must have arrived, and why it has not."""
from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TypeVar

from ..core.item import item_of
from ..core.select import matcher
from ..engine.diagnosis import diagnosis
from ..engine.lookout import Watch
from ..engine.work import Work
from ..model.arrival import Expectation
from ..model.errors import HaulierError
from ..model.files import Entry
from ..ports import Clock, Ledger
from ..settings.arrivals import ArrivalForm
from ..settings.connections import is_near
from ..settings.flows.loaded import Flow
from ..settings.jobs import Job, described
from ..settings.live import Live
from .works import job_work

T = TypeVar("T")


class Coming:
    """What the engine asks again and again, worked out when the files of the workspace have changed."""

    def __init__(self, live: Live, ledger: Ledger, clock: Clock, zone: Callable[[], str]) -> None:
        self._live, self._ledger, self._clock, self._zone = live, ledger, clock, zone
        self._made: dict[str, tuple[int, object]] = {}

    def watches(self) -> Mapping[str, Watch]:
        """Of all jobs and flows that files start."""
        return self._as_now("watches", lambda: dict(self._watches()))

    def expected(self) -> Mapping[str, Sequence[Expectation]]:
        """Of all jobs that can run, also of those that expect nothing."""
        zone = self._zone()
        return self._as_now(zone, lambda: {job.id: [one.expectation(timezone=job.form.timezone or zone)
                                                    for one in job.form.expect] for job in self._jobs()})

    @contextmanager
    def work(self, flow: str) -> Iterator[Work]:
        """For a look: the places are reached when they are needed, and the target may not be."""
        workspace = self._live.workspace
        found = next((one for one in workspace.flows.flows if one.name == flow and one.form.arrival), None)
        job = self._arriving(found) if found else workspace.loaded.job(flow)
        with job_work(workspace, job, retry=None, ahead=False) as work:
            yield replace(work, flow=flow)

    def diagnose(self, flow: str, one: Expectation) -> str:
        """Why files are missing. May hang as long as the source does."""
        try:
            job = self._live.workspace.loaded.job(flow)
            with self.work(flow) as work:
                found = diagnosis(work, self._ledger, self._clock, one.files, matcher((one.files,)))
        except HaulierError as error:
            return f"The job cannot run: {error}."
        return found if job.form.enabled else f"The job is off, so nothing starts it. {found}"

    def _jobs(self) -> Sequence[Job]:
        return self._live.workspace.loaded.jobs

    def _arriving(self, flow: Flow) -> Job:
        """Never run: its source is looked through by its rules."""
        workspace = self._live.workspace
        return described(flow.name, flow.arriving(), workspace.connections, workspace.secrets)

    def _watches(self) -> Iterator[tuple[str, Watch]]:
        for job in self._jobs():
            if job.form.arrival and job.form.enabled:
                yield job.id, _watch(job, job.form.arrival)
        for flow in self._live.workspace.flows.flows:
            if flow.form.arrival and flow.enabled:
                yield flow.name, replace(_watch(self._arriving(flow), flow.form.arrival), told=partial(_told, flow))

    def _as_now(self, name: str, make: Callable[[], T]) -> T:
        version = self._live.version
        found = self._made.get(name)
        if found is None or found[0] != version:
            found = self._made[name] = version, make()
        made: T = found[1]  # type: ignore[assignment]
        return made


def _watch(job: Job, form: ArrivalForm) -> Watch:
    place = job.source.location()
    folder = os.path.realpath(job.home / os.path.expanduser(place)) if is_near(job.source) else ""
    return Watch(form.every, folder or place, folder if form.events else "", job.form.recursive)


def _told(flow: Flow, entries: Sequence[Entry]) -> str:
    """What a run is wanted with that these files start."""
    params = flow.told([item_of(entry) for entry in entries])
    return json.dumps(params) if params else ""

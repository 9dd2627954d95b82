"""Files that come, as the jobs say now: what is looked out for, what must have arrived, and why it has not."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from ..core.select import matcher
from ..engine.diagnosis import diagnosis
from ..engine.lookout import Watch
from ..engine.work import Work
from ..model.arrival import Expectation
from ..model.errors import HaulierError
from ..ports import Clock, Ledger
from ..settings.connections import is_near
from ..settings.jobs import Job
from ..settings.live import Live
from .works import job_work

T = TypeVar("T")


class Coming:
    """What the engine asks again and again, worked out when the files of the workspace have changed."""

    def __init__(self, live: Live, ledger: Ledger, clock: Clock, zone: Callable[[], str]) -> None:
        self._live, self._ledger, self._clock, self._zone = live, ledger, clock, zone
        self._made: dict[str, tuple[int, object]] = {}

    def watches(self) -> Mapping[str, Watch]:
        """Of all jobs that files start."""
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
        with job_work(workspace, workspace.loaded.job(flow), retry=None, ahead=False) as work:
            yield work

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

    def _watches(self) -> Iterator[tuple[str, Watch]]:
        for job in self._jobs():
            form = job.form
            if form.arrival and form.enabled:
                place = job.source.location()
                folder = os.path.realpath(job.home / os.path.expanduser(place)) if is_near(job.source) else ""
                yield job.id, Watch(form.arrival.every, folder or place, folder if form.arrival.events else "",
                                    form.recursive)

    def _as_now(self, name: str, make: Callable[[], T]) -> T:
        version = self._live.version
        found = self._made.get(name)
        if found is None or found[0] != version:
            found = self._made[name] = version, make()
        made: T = found[1]  # type: ignore[assignment]
        return made

"""Flows of a workspace become work."""
from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ..engine.graph.course import performed
from ..engine.graph.site import GraphWork, Room, Site
from ..engine.shop import Load
from ..engine.work import Work
from ..model.graph import Node
from ..model.retry import Retry
from ..model.schedule import Overlap
from ..ports import ImportBook, Store, Task, TaskBook
from ..settings.flows.loaded import Flow
from ..settings.flows.tasks import at_start, spec_of
from ..settings.jobs import Job, described
from ..settings.workspace import Workspace
from ..tasks.ending import kill_leftovers
from .loads import connections, version
from .places import store_at
from .works import job_work

RUNS = "state/flows"
"""In a workspace: the folders of runs."""


@dataclass(frozen=True)
class Flows:
    """What the engine asks of a workspace as its files are now. `retry`: of transfers, instead of their own."""

    around: Callable[[], Workspace]
    book: TaskBook
    imports: Callable[[], ImportBook]
    """Asked for by tasks that import: it takes a while to load."""
    runs: Path
    retry: Retry | None = None
    most: Callable[[], int] | None = None
    """Tasks at a time, of all runs together; None: as the settings say when this begins."""

    @cached_property
    def site(self) -> Site:
        """The workspace, as the engine sees it."""
        workspace = self.around()
        said = workspace.settings.limits.tasks
        return Site(self.book, self.imports, workspace.path, self.runs, dict(os.environ), self._task, self._store,
                    self._load, kill_leftovers, workspace.settings.timezone, room=Room(self.most or (lambda: said)))

    def work(self, flow: Flow) -> GraphWork:
        """The work of a flow."""
        zone = flow.form.timezone or self.around().settings.timezone
        overlap = Overlap.PARALLEL if self.go_beside(flow.name) else flow.graph.overlap
        return GraphWork(replace(flow.graph, overlap=overlap), replace(self.site, zone=zone))

    def go_beside(self, name: str) -> bool:
        """Whether runs of a flow may go on beside each other: if it says so, or its schedule does."""
        workspace = self.around()
        if not (flow := next((flow for flow in workspace.flows.flows if flow.name == name), None)):
            return False
        forms = [flow.form.schedule, *(entry.form for entry in workspace.entries.entries if entry.flow == name)]
        return Overlap.PARALLEL in (flow.graph.overlap, *(form.overlap for form in forms if form))

    @contextmanager
    def load(self, name: str) -> Iterator[Load]:
        """The load of a job or a flow, as its file has it now; NotFound if there is neither."""
        workspace = self.around()
        if name in workspace.flows.names():
            yield performed(self.work(workspace.flows.flow(name)))
            return
        job = workspace.loaded.job(name)
        with job_work(workspace, job, retry=self.retry) as work:
            yield _carried(work, job)

    @contextmanager
    def _load(self, name: str, settings: Mapping[str, Any] | None) -> Iterator[Load]:
        """With settings: of the job that they are, which is called so in the ledger."""
        if settings is None:
            with self.load(name) as load:
                yield load
            return
        workspace = self.around()
        job = described(name, settings, workspace.connections, workspace.secrets)
        with job_work(workspace, job, retry=self.retry) as work:
            yield _carried(replace(work, flow=name), job)

    def _task(self, node: Node, scope: Mapping[str, Any], names: Collection[str]) -> Task:
        workspace = self.around()
        settings = at_start(node, scope, names, workspace.secrets)
        env = replace(workspace.env(node.id), store=self._store)
        return spec_of(node, settings).build(env)

    @contextmanager
    def _store(self, place: Mapping[str, Any] | str) -> Iterator[Store]:
        with store_at(self.around(), place) as store:
            yield store


def _carried(work: Work, job: Job) -> Load:
    from ..engine.course import carried  # much, and not needed for flows without transfers
    return carried(work, connections(job), version(job))

"""Jobs and copies become work."""
from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..core.archive import Archive
from ..engine.work import Work
from ..model.errors import Invalid
from ..model.flow import Action, Completion, Dedup, Filters, Rules
from ..model.retry import Retry
from ..ports import Store
from ..settings.connections import is_inside, is_near
from ..settings.jobs import Job
from ..settings.places import place
from ..settings.spec import Env, StepSpec, StoreSpec
from ..settings.workspace import Workspace
from ..steps.scratch import scratch
from .places import Opened, opening

ONE_SHOT = Retry(base=0.5, cap=5.0, tries=4)
"""A command that somebody waits for does not try for days; the next run goes on."""

COPY_RULES = Rules(dedup=Dedup.TARGET, filters=Filters(hidden=True, temp_suffixes=()),
                   complete=Completion(settle_seconds=0), recursive=True, retry=ONE_SHOT)
"""`haulier copy` takes what it is told to take: everything, now."""


@contextmanager
def job_work(workspace: Workspace, job: Job, *, retry: Retry | None = ONE_SHOT, ahead: bool = True) -> Iterator[Work]:
    """A job's work, its stores open; `retry` instead of the job's own; `ahead`: both ends log in at once."""
    rules = job.rules()
    with ExitStack() as stack:
        env = workspace.env(job.id, stack.enter_context(scratch()))
        source, target = (opening(spec, env, stack, ahead=ahead) for spec in (job.source, job.target))
        yield Work(
            job.id, source, target, job.source.location(), job.target.location(),
            rules if retry is None else replace(rules, retry=retry),
            tuple(step.build(env) for step in job.steps),
            _archive(rules, job.source, source, env, stack))


@dataclass(frozen=True, slots=True)
class CopyOrder:
    """What `haulier copy` was asked to do."""

    source: str
    target: str
    rules: Rules = COPY_RULES
    steps: Sequence[StepSpec] = field(default_factory=tuple)
    folder: Path = field(default_factory=Path.cwd)
    """What relative paths hang from."""


@contextmanager
def copy_work(workspace: Workspace | None, order: CopyOrder) -> Iterator[Work]:
    """The work of one copy, its stores open; NotFound if there is nothing at the source."""
    around = workspace or Workspace(order.folder)
    from_place = place(order.source, around.connections, around.secrets, order.folder)
    to_place = place(order.target, around.connections, around.secrets, order.folder)
    flow = "copy-" + hashlib.sha256(f"{from_place}\0{to_place}".encode()).hexdigest()[:12]
    with ExitStack() as stack:
        env = around.env(flow, stack.enter_context(scratch()))
        opened = Opened(env, stack)
        source, entry = opened.source(from_place)
        if entry is None and order.rules.recursive and is_inside(to_place.spec, from_place.spec, order.folder):
            raise Invalid(f"{to_place} is inside {from_place}, which would be copied into itself;"
                          " name another place, or copy without the folders in it: --no-recursive")
        target, name_of = opened.target(to_place, entry)
        rules = order.rules
        if order.steps:  # the target's names and sizes are not the source's: nothing to compare
            rules = replace(rules, dedup=Dedup.OFF)
        yield Work(flow, source, target, str(from_place), str(to_place), rules,
                   tuple(step.build(env) for step in order.steps),
                   only=None if entry is None else [entry], name_of=name_of)


def _archive(rules: Rules, spec: StoreSpec, source: Store, env: Env, stack: ExitStack) -> Archive | None:
    rule = rules.settle
    if rule.action is not Action.ARCHIVE:
        return None
    if rule.folder:
        return Archive(source, rule.folder, rule.folder, prefix="")
    from ..stores.local import Local
    if not is_near(spec):
        return Archive(stack.enter_context(Local(rule.location)), "", rule.location)
    root, location = os.path.realpath(env.home / spec.path), os.path.realpath(rule.location)
    above = os.path.commonpath([root, os.path.dirname(location)])
    prefix = "" if root == above else os.path.relpath(root, above)
    store = stack.enter_context(Local(above))
    return Archive(store, os.path.relpath(location, above), rule.location, prefix)

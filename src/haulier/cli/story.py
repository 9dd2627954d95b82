"""The story of one file in sentences: from what the ledger holds, and from what a plan says now."""
from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.plan import Decision, Verdict
from ..model.errors import HaulierError, NotFound
from ..model.run import Run, Transfer
from .words import plain

if TYPE_CHECKING:
    from ..ports import Ledger
    from ..settings.jobs import Job

VERDICTS = {
    Verdict.MOVE: "would send it", Verdict.SKIP: "would not send it",
    Verdict.WAIT: "would not send it yet", Verdict.FAIL: "would fail",
}


def found(ledger: Ledger, text: str, folder: Path, limit: int) -> tuple[list[Transfer], dict[int, Run]]:
    """The transfers of the file that somebody named, newest first, and the runs that there were."""
    runs = {run.id: run for run in ledger.runs(limit=100_000)}
    short = text.removeprefix("./")
    if not text.startswith(("/", "..")) and "://" not in text:
        direct = ledger.transfers(path=short, limit=limit)
        if direct:
            return list(direct), runs
    whole = text if "://" in text else os.path.normpath(folder / text)
    for suffix in _suffixes(whole):
        here = [transfer for transfer in ledger.transfers(path=suffix, limit=1000)
                if whole in _places(transfer, runs.get(transfer.run))]
        if here:
            return here[:limit], runs
    return [], runs


def _suffixes(path: str) -> Iterator[str]:
    pieces = [piece for piece in path.split("/") if piece]
    for start in range(len(pieces)):
        yield "/".join(pieces[start:])


def _places(transfer: Transfer, run: Run | None) -> Iterable[str]:
    if run:
        source, target = _straight(run.source), _straight(run.target)
        yield f"{source.rstrip('/')}/{transfer.path}"
        yield f"{target.rstrip('/')}/{transfer.target}"
        yield from (source, target)     # a single file may be a place of its own
    if transfer.settled:
        yield transfer.settled


def _straight(place: str) -> str:
    """A path of this machine without `..` in it; other places as they are."""
    return os.path.normpath(place) if place.startswith("/") else place


def inside(job: Job, text: str, folder: Path) -> str | None:
    """The path in the job's source that `text` may mean; None if it cannot be in it."""
    from ..settings.connections import is_near
    near = is_near(job.source)
    ways = [text, os.path.normpath(folder / text)] if near else [text]
    roots = [job.source.location(), _straight(str(job.home / job.source.path)) if near else job.source.path]
    for root in (root.rstrip("/") + "/" for root in roots if root):
        for way in ways:
            if way.startswith(root) and way != root:
                return way.removeprefix(root)
    short = text.removeprefix("./")
    outside = short.startswith(("/", "~")) or "://" in short or ".." in short.split("/")
    return None if outside or not short else short


def now(work_of: Job, decision: Decision | None, path: str) -> str:
    """What a run would do with it, as a sentence."""
    off = "" if work_of.form.enabled else " (its schedule is off: enabled: false)"
    if decision is None:
        return plain(f"Job {work_of.id}{off}: there is no {path} in {work_of.source.location()} now.")
    why = f": {decision.reason}" if decision.reason else ""
    return plain(f"Job {work_of.id}{off} {VERDICTS[decision.verdict]} now{why}.")


def decided(job: Job, path: str, ledger: Ledger | None, home: Path) -> Decision | None:
    """What a run of the job would do with this one file; None if its source does not have it."""
    from .. import app
    from ..settings.workspace import Workspace
    try:
        with app.job_work(Workspace(home), job) as work:
            entry = work.source.stat(path)
            if "/" in path and not work.rules.recursive:
                return Decision(entry, Verdict.SKIP, "it is in a folder below, and the job is not recursive")
            return next(iter(app.plan(replace(work, only=[entry]), ledger)), None)
    except NotFound:
        return None


def decisions(jobs: Iterable[Job], text: str, ledger: Ledger | None, folder: Path
              ) -> Iterator[tuple[Job, str, Decision | None, HaulierError | None]]:
    """For each job that the file may belong to: its path there, and what a run would do or why not."""
    for job in jobs:
        path = inside(job, text, folder)
        if path is None:
            continue
        try:
            yield job, path, decided(job, path, ledger, job.home), None
        except HaulierError as error:
            yield job, path, None, error

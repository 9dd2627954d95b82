"""Counts over time."""
from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from ...model.errors import Invalid
from ...model.query import Bucket, RunQuery
from ..caller import At, Viewer
from ..desk import Desk
from ..kinds import flow_names
from ..shapes.moment import Moment, MomentGiven, moment, told, told_or_none

router = APIRouter(prefix="/stats", tags=["stats"])
SECOND = 10**9
DAY = 86_400 * SECOND
MANY = 2000
RUNS = 10_000
"""Runs that a sum over jobs looks at."""


class Count(BaseModel):
    """What ended in a stretch of time that begins at `at`."""

    at: Moment
    files: int
    bytes: int
    failed: int
    skipped: int


class Totals(BaseModel):
    """All of it."""

    files: int
    bytes: int
    failed: int
    skipped: int


class Stats(BaseModel):
    """Every stretch of the time that was asked for, empty ones too."""

    buckets: list[Count]
    totals: Totals


class JobCount(BaseModel):
    """What the runs of one job did."""

    flow: str
    runs: int
    done: int
    failed: int
    bytes: int
    last_success: Moment | None


@router.get("", summary="Counts in stretches of time")
def stats(_: Viewer, desk: At, since: MomentGiven | None = None, until: MomentGiven | None = None,
          step: Annotated[int, Query(ge=1, le=366 * 86_400)] = 3600) -> Stats:
    """By default of the last day, in hours; `step` is in seconds, and there may be 2,000 stretches."""
    end = moment(until) if until else desk.hub.clock.now()
    start = moment(since) if since else end - DAY
    if not 0 < end - start <= MANY * step * SECOND:
        raise Invalid(f"since must be before until, and no more than {MANY} steps before it")
    found = counted(desk, start - start % (step * SECOND), end, step * SECOND)
    return Stats(buckets=[Count(at=told(one.at), **_sums(one)) for one in found], totals=total(found))


@router.get("/jobs", summary="Counts by job")
def by_job(_: Viewer, desk: At, since: MomentGiven | None = None) -> list[JobCount]:
    """Over the runs since then, by default of 30 days; at most over the last 10,000 of them. Those that flows started
    count; flows themselves do not."""
    start, flows = moment(since) if since else desk.hub.clock.now() - 30 * DAY, flow_names(desk)
    counts = {one.flow: JobCount(flow=one.flow, runs=0, done=0, failed=0, bytes=0,
                                 last_success=told_or_none(one.last_success))
              for one in desk.hub.reader.flows() if one.flow not in flows}
    for offset in range(0, RUNS, 1000):
        found = desk.hub.reader.runs(RunQuery(since=start, limit=1000, offset=offset, parent=None)).items
        for run in found:
            if count := counts.get(run.flow):
                count.runs += 1
                count.done += run.totals.done
                count.failed += run.totals.failed
                count.bytes += run.totals.bytes
        if len(found) < 1000:
            break
    return sorted(counts.values(), key=lambda one: one.flow)


def counted(desk: Desk, start: int, end: int, step: int) -> list[Bucket]:
    """Every stretch from `start` on, which is a multiple of `step`, also those in which nothing ended."""
    found = {(one.at - start) // step: one for one in desk.hub.reader.buckets(start, end, step)}
    return [found[at]._replace(at=start + at * step) if at in found else Bucket(start + at * step, 0, 0, 0, 0)
            for at in range(-(-(end - start) // step))]


def total(found: list[Bucket]) -> Totals:
    """The sums."""
    return Totals(**{key: sum(getattr(one, key) for one in found) for key in Totals.model_fields})


def _sums(one: Bucket) -> dict[str, int]:
    return {"files": one.files, "bytes": one.bytes, "failed": one.failed, "skipped": one.skipped}

"""For monitoring: whether it lives, and its numbers as Prometheus reads them."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import PlainTextResponse

from ...model.arrival import ArrivalState
from ...model.run import RunState
from ..caller import At, Viewer
from ..desk import Desk
from ..expected import pressing
from ..kinds import flow_names
from ..past.latencies import BOUNDS, Histogram

router = APIRouter(tags=["operation"])
KIND = "text/plain; version=0.0.4; charset=utf-8"
Sample = tuple[Mapping[str, str], float]
_OPEN = (RunState.QUEUED, RunState.RUNNING, RunState.WAITING, RunState.PAUSED)


class Health(BaseModel):
    """It answers."""

    status: Literal["healthy"] = "healthy"


@router.get("/health", summary="Whether the hub answers")
async def health() -> Health:
    """Open to everybody, and says nothing else."""
    return Health()


@router.get("/api/v1/openapi.json", summary="This description")
def description(_: Viewer, request: Request) -> dict[str, Any]:
    """OpenAPI 3.1; `x-role` is the least role that an operation needs."""
    whole: dict[str, Any] = request.app.openapi()
    return whole


@router.get("/metrics", summary="Numbers for Prometheus", response_class=PlainTextResponse,
            responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})
def metrics(_: Viewer, desk: At) -> PlainTextResponse:
    """Give the scraper a token with the role viewer."""
    return PlainTextResponse(desk.kept("metrics", lambda: "".join(_lines(desk))), media_type=KIND)


def _lines(desk: Desk) -> Iterator[str]:
    known, names, ended = desk.hub.reader.flows(), flow_names(desk), desk.counters.look()
    facts = [one for one in known if one.flow not in names]
    runs = Counter(run.state for run in desk.hub.agenda.open())
    yield from _metric("build_info", "gauge", "The version.", [({"version": desk.hub.version}, 1)])
    yield from _metric("start_time_seconds", "gauge", "When the hub started.", [({}, desk.started / 1e9)])
    yield from _metric("job_last_success_timestamp_seconds", "gauge", "When a run of the job last ended well.",
                       [({"job": one.flow}, one.last_success / 1e9) for one in facts if one.last_success])
    yield from _metric("flow_last_success_timestamp_seconds", "gauge", "When a run of the flow last ended well.",
                       [({"flow": one.flow}, one.last_success / 1e9) for one in known
                        if one.last_success and one.flow in names])
    yield from _metric("job_failed_files", "gauge", "Files that failed, and that nothing followed.",
                       [({"job": one.flow}, one.failed) for one in facts])
    yield from _metric("job_waiting_files", "gauge", "Files that are to be tried again.",
                       [({"job": one.flow}, one.waiting) for one in facts])
    yield from _metric("files_total", "counter", "Files that ended.", [
        ({"outcome": "done"}, ended.files), ({"outcome": "failed"}, ended.failed),
        ({"outcome": "skipped"}, ended.skipped)])
    yield from _metric("bytes_total", "counter", "Bytes of the files that were done.", [({}, ended.bytes)])
    yield from _metric("runs", "gauge", "Runs that are not over.",
                       [({"state": state}, runs[state]) for state in _OPEN])
    yield from _metric("alerts_total", "counter", "Alerts that were sent, and that were given up.", [
        ({"channel": name, "outcome": outcome}, number) for name, box in sorted(desk.hub.alerts.outboxes().items())
        for outcome, number in (("sent", box.sent), ("given_up", box.given_up))])
    for kind, histogram in desk.latencies.look().items():
        yield from _histogram(f"run_{kind}_seconds", f"{kind.capitalize()} of runs that are over.", histogram)
    late = Counter(one.flow for one in pressing(desk) if one.state is ArrivalState.LATE)
    yield from _metric("arrivals_late", "gauge", "Deadlines that have passed, with files still missing.",
                       [({"job": flow}, number) for flow, number in sorted(late.items())])


def _metric(name: str, kind: str, text: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP haulier_{name} {text}\n# TYPE haulier_{name} {kind}\n"
    for labels, value in samples:
        inside = ",".join(f'{key}="{_escaped(one)}"' for key, one in labels.items())
        yield f"haulier_{name}{f'{{{inside}}}' if inside else ''} {value:.15g}\n"


def _histogram(name: str, text: str, found: Histogram) -> Iterator[str]:
    yield f"# HELP haulier_{name} {text}\n# TYPE haulier_{name} histogram\n"
    counts = found.cumulated()
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), counts, strict=True):
        yield f'haulier_{name}_bucket{{le="{bound}"}} {count}\n'
    yield f"haulier_{name}_sum {found.sum:.15g}\nhaulier_{name}_count {counts[-1]}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

"""Everything at a glance."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from fastapi import APIRouter

from ...core.schedule import zone
from ...model.arrival import Arrival, ArrivalState
from ...model.query import Bucket, FlowFacts, RunQuery, TransferQuery
from ...model.run import Run, RunState
from ...model.transfer import ACTIVE, State
from ...model.words import count
from ..caller import At, Viewer
from ..desk import Desk
from ..expected import pressing
from ..kinds import flow_names
from ..repertoire import questions
from ..shapes import arrival
from ..shapes.moment import told, told_or_none
from ..shapes.overview import Asking, Attention, HubFacts, Kind, Next, Overview, Point, Today, Worker
from ..shapes.task import message
from ..shapes.transfer import Transfer
from ..starts import following, schedule_of, schedules_of_flows, sentence, zone_of
from . import transfers
from .stats import SECOND, counted

router = APIRouter(prefix="/overview", tags=["overview"])
QUARTER = 900 * SECOND
ACTIVE_SHOWN, NEXT_SHOWN = 20, 8


@router.get("", summary="Everything at a glance")
def overview(_: Viewer, desk: At) -> Overview:
    """Looked up at most once a second, however many ask."""
    return desk.kept("overview", lambda: _overview(desk))


def _overview(desk: Desk) -> Overview:
    now = desk.hub.clock.now()
    midnight = _midnight(now, zone_of(desk))
    start = now - now % QUARTER - 95 * QUARTER
    first = min(start, midnight - midnight % QUARTER)
    found = counted(desk, first, now + 1, QUARTER)
    last_day = [one for one in found if one.at >= start]
    active, active_count = _active(desk)
    late = pressing(desk)
    return Overview(
        today=_today(desk, midnight, [one for one in found if one.at >= midnight]), success_rate=_rate(last_day),
        throughput=[Point(at=told(one.at), bytes=one.bytes, files=one.files, failed=one.failed) for one in last_day],
        active=active, active_count=active_count, attention=[*_asking(desk), *_late(late), *_attention(desk)],
        next=_next(desk), late=[arrival.shown(one) for one in late], hub=_hub(desk))


def _midnight(now: int, name: str) -> int:
    here = datetime.fromtimestamp(now // SECOND, UTC).astimezone(zone(name))
    return int(here.replace(hour=0, minute=0, second=0, fold=0).astimezone(UTC).timestamp()) * SECOND


def _today(desk: Desk, since: int, found: list[Bucket]) -> Today:
    runs = desk.hub.reader.runs(RunQuery(since=since, limit=1)).total
    return Today(files=sum(one.files for one in found), bytes=sum(one.bytes for one in found),
                 failed=sum(one.failed for one in found), skipped=sum(one.skipped for one in found), runs=runs,
                 since=told(since))


def _rate(found: Iterable[Bucket]) -> float | None:
    done, failed = (sum(counts) for counts in zip(*((one.files, one.failed) for one in found), strict=True))
    return done / (done + failed) if done + failed else None


def _active(desk: Desk) -> tuple[list[Transfer], int]:
    """Large files that move now come first."""
    found = desk.hub.reader.transfers(TransferQuery(states=tuple(ACTIVE), limit=ACTIVE_SHOWN))
    moving = [desk.hub.reader.transfer(id) for id in sorted(desk.meter.look().files)[:ACTIVE_SHOWN]]
    shown = {one.id: one for one in (*moving, *found.items) if one.state in ACTIVE}
    return [transfers.shown(desk, one) for one in [*shown.values()][:ACTIVE_SHOWN]], max(found.total, len(shown))


def _late(found: Iterable[Arrival]) -> Iterator[Attention]:
    for one in found:
        if one.state is ArrivalState.LATE:
            missing = f'{one.found} of {count(one.least, "file")} like {one.files}'
            yield Attention(kind=Kind.LATE, flow=one.flow, run=None, files=one.least - one.found, at=told(one.due),
                            reason=f"{missing}. {one.diagnosis}", will_retry=False, retry_at=None)


def _attention(desk: Desk) -> Iterator[Attention]:
    loaded, flows = desk.hub.live.workspace.loaded, desk.hub.live.workspace.flows
    broken = {**(loaded.broken or {}), **flows.broken}
    told = {problem for problems in broken.values() for problem in problems}
    if of_files := [one for one in (*loaded.problems, *flows.problems) if one not in told]:
        more = f" (and {count(len(of_files) - 1, 'mistake')} more)" if of_files[1:] else ""
        yield Attention(kind=Kind.BROKEN, flow="", run=None, files=0, at=None, reason=f"{of_files[0]}{more}",
                        will_retry=False, retry_at=None)
    for flow, problems in sorted(broken.items()):
        yield Attention(kind=Kind.BROKEN, flow=flow, run=None, files=0, at=None, reason=str(problems[0]),
                        will_retry=False, retry_at=None)
    jobs, names = {job.id for job in loaded.jobs}, flow_names(desk)
    facts = [one for one in desk.hub.reader.flows() if one.flow in jobs or one.flow in names]
    last = desk.latest.runs(facts)
    for one in facts:
        yield from _of_job(desk, one, last) if one.flow in jobs else _of_flow(last.get(one.flow))


def _of_flow(run: Run | None) -> Iterator[Attention]:
    """One that another flow started is told with that."""
    if run and run.state is RunState.FAILED and not run.parent:
        yield _failed(run)


def _failed(run: Run) -> Attention:
    return Attention(kind=Kind.FAILED, flow=run.flow, run=run.id, files=0, at=told_or_none(run.finished),
                     reason=run.error, will_retry=False, retry_at=None)


def _asking(desk: Desk) -> Iterator[Asking]:
    for run, task in questions(desk):
        yield Asking(kind=Kind.APPROVAL, flow=run.flow, run=run.id, files=0, at=told_or_none(task.started),
                     reason=message(task), will_retry=False, retry_at=None, task=str(task.key))


def _of_job(desk: Desk, one: FlowFacts, last: Mapping[str, Run]) -> Iterator[Attention]:
    run = last.get(one.flow)
    if one.failed:
        yield _files(desk, one.flow, State.FAILED, one.failed)
    elif run and run.state is RunState.FAILED:
        yield _failed(run)
    if one.waiting:
        yield _files(desk, one.flow, State.WAITING, one.waiting)
    elif run and run.state is RunState.WAITING:     # for a place, before it could take any file
        yield Attention(kind=Kind.WAITING, flow=one.flow, run=run.id, files=0, at=told_or_none(run.started),
                        reason=run.error, will_retry=True, retry_at=told_or_none(run.wakes))


def _files(desk: Desk, flow: str, state: State, count: int) -> Attention:
    """The last one of them speaks for all."""
    sort = "-finished" if state is State.FAILED else "-created"
    found = desk.hub.reader.transfers(TransferQuery(flow, states=(state,), sort=sort, limit=1)).items
    last = found[0] if found else None
    return Attention(
        kind=Kind(state), flow=flow, run=last.run if last else None, files=count,
        at=told_or_none(last.finished or last.created) if last else None, reason=last.error if last else "",
        will_retry=state is State.WAITING, retry_at=told_or_none(last.retry_at) if last else None)


def _next(desk: Desk) -> list[Next]:
    jobs = {job.id: schedule_of(desk, job) for job in desk.hub.live.workspace.loaded.jobs}
    found = [Next(flow=name, at=at, sentence=sentence(schedule))
             for name, schedule in {**jobs, **schedules_of_flows(desk)}.items()
             if schedule and (at := following(desk, schedule))]
    return sorted(found, key=lambda one: (one.at, one.flow))[:NEXT_SHOWN]


def _hub(desk: Desk) -> HubFacts:
    mine = desk.this_process()
    workers = [Worker(id=one.name, host=one.host, pid=one.pid, since=told(one.since), runs=one.runs)
               for one in desk.hub.agenda.executors() if not one.is_gone]
    return HubFacts(version=desk.hub.version, started=told(desk.started), address=desk.hub.address,
                    engine="running" if any((one.host, one.pid) == mine for one in workers) else "elsewhere",
                    database=desk.database, workers=workers)

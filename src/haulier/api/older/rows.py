"""Transfers as rows of FileFlow's table."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, TypeAlias

from fastapi import Query
from pydantic import AfterValidator, BaseModel, StringConstraints

from ...model.query import TransferQuery
from ...model.run import Run, Transfer
from ...model.transfer import State
from ..desk import Desk
from ..shapes.given import Text
from ..shapes.moment import moment, told


def _checked(text: str) -> str:
    if text:
        date.fromisoformat(text)
    return text


Day: TypeAlias = Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$"), AfterValidator(_checked)]
S = State
STATES: Mapping[str, tuple[State, ...]] = {
    "pending": (S.QUEUED, S.COPYING, S.WAITING, S.PAUSED), "uploaded": (S.SETTLING,), "unverified": (S.VERIFYING,),
    "success": (S.DONE,), "skipped": (S.SKIPPED,), "failed": (S.FAILED, S.CANCELLED)}
_STATUS = {state: name for name, states in STATES.items() for state in states}


class Asked(BaseModel):
    """A page of them; what is empty does not filter."""

    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1
    page_size: Annotated[int, Query(ge=1, le=500)] = 20
    job_id: Text = ""
    file_name: Text = ""
    status: Literal["", "pending", "uploaded", "unverified", "success", "skipped", "failed"] = ""
    date_from: Day = ""
    date_to: Day = ""
    source_type: Text = ""
    dest_type: Text = ""

    def query(self) -> TransferQuery:
        """For the ledger."""
        return TransferQuery("", 0, STATES.get(self.status, ()), self.file_name, _day(self.date_from, 0),
                             _day(self.date_to, 1))


class Row(BaseModel):
    """One file, in the columns of old."""

    id: int
    job_id: str
    source_type: str
    source_path: str
    destination_type: str
    destination_path: str
    file_name: str
    file_size: int
    checksum: str | None
    execution_time: str
    transfer_status: str
    verification_status: str
    failure_reason: str | None


def found(desk: Desk, asked: Asked) -> tuple[list[Row], int]:
    """The rows of the page, and how many there are in all."""
    query = replace(asked.query(), flows=_flows(desk, asked), limit=asked.page_size,
                    offset=(asked.page - 1) * asked.page_size)
    page = desk.hub.reader.transfers(query)
    return [_row(desk, each) for each in page.items], page.total


def count(desk: Desk) -> int:
    """Of all transfers."""
    return desk.hub.reader.transfers(TransferQuery(limit=1)).total


def _flows(desk: Desk, asked: Asked) -> tuple[str, ...] | None:
    """The flows that are asked about; None: all of them."""
    if not (asked.job_id or asked.source_type or asked.dest_type):
        return None
    flows = desk.hub.reader.flows()
    last = desk.latest.runs(flows)
    named = [one.flow for one in flows if asked.job_id in one.flow]
    return tuple(flow for flow in named if _is_between(last.get(flow), asked))


def _is_between(run: Run | None, asked: Asked) -> bool:
    source, target = (kind_of(run.source), kind_of(run.target)) if run else ("", "")
    return asked.source_type in ("", source) and asked.dest_type in ("", target)


def kind_of(place: str) -> str:
    """`sftp` for `sftp://…`, `local` for a path."""
    scheme, mark, _ = place.partition("://")
    return scheme if mark else "local"


def _row(desk: Desk, one: Transfer) -> Row:
    run = desk.origins.of(one.run)
    source, target = (run.source, run.target) if run else ("", "")
    return Row(
        id=one.id, job_id=run.flow if run else "", source_type=kind_of(source),
        source_path=f"{source.rstrip('/')}/{one.path}", destination_type=kind_of(target),
        destination_path=f"{target.rstrip('/')}/{one.target}", file_name=one.path.rpartition("/")[2],
        file_size=one.entry.size, checksum=one.sha256.hex() or None, execution_time=told(one.created)[:19],
        transfer_status=_STATUS[one.state], verification_status=_verified(one), failure_reason=one.error or None)


def _verified(one: Transfer) -> str:
    if one.state is State.DONE or one.delivered:
        return "success"
    return "failed" if one.kind == "Corrupt" else "pending"


def _day(day: str, more: int) -> int | None:
    """The beginning of a day in UTC, or of the one after it."""
    if not day:
        return None
    try:
        return moment(str(date.fromisoformat(day) + timedelta(days=more)))
    except OverflowError:
        return moment(str(datetime.max))

"""The transfer manager's events and commands: its names and fields, told from ours."""
from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from ...model.errors import NotFound
from ...model.event import Event
from ...model.query import TransferQuery
from ...model.run import Transfer
from ...model.transfer import State
from ...ports import Reader
from ..past.origins import Origins
from ..shapes.moment import told, told_or_none
from .fan import Fan, Queue
from .meter import Meter, Moving

PAUSE, EVERY = 0.25, 4
"""Seconds between two looks; progress is told at each fourth."""
MANY = 1000
RELOAD = b'{"type":"reload","data":{}}'
_STATUS: Mapping[State, tuple[int, str]] = {
    State.QUEUED: (10, "Pending"), State.WAITING: (10, "Pending"), State.COPYING: (20, "Download Started"),
    State.VERIFYING: (30, "Processing Started"), State.SETTLING: (30, "Processing Started"),
    State.DONE: (40, "Processing Completed"), State.SKIPPED: (40, "Processing Completed"),
    State.FAILED: (60, "Failed"), State.CANCELLED: (70, "Cancelled"), State.PAUSED: (80, "Paused")}
_NAMES: Mapping[str, tuple[str, ...]] = {
    "claimed": ("download.started",), "copied": ("download.completed", "processing.started"),
    "done": ("processing.completed",), "skipped": ("processing.completed",), "waiting": ("retry_scheduled",),
    "cancelled": ("cancelled",), "paused": ("paused",), "queued": ("queued",), "lost": ("queued",)}


class Observations:
    """What happened to files, as messages; looked up once for all who listen."""

    def __init__(self, reader: Reader, origins: Origins, meter: Meter) -> None:
        self._reader, self._origins, self._meter = reader, origins, meter
        self._position, self._looks = -1, 0
        self._fan = Fan(self._look, pause=PAUSE, rest=self._rest, reload=lambda: RELOAD)

    def listening(self) -> AbstractContextManager[Queue]:
        """A queue of messages, from now on."""
        return self._fan.listening()

    def has_room(self) -> None:
        """Throttled if there are too many who listen."""
        self._fan.has_room()

    def hang_up(self) -> None:
        """End every listener's stream."""
        self._fan.hang_up()

    def _rest(self) -> None:
        self._position = -1

    def _look(self) -> list[bytes]:
        if self._position < 0:
            last = self._reader.events(0, limit=1, newest=True)
            self._position = last[0].id if last else 0
        events = self._reader.events(self._position, limit=MANY)
        self._position = events[-1].id if events else self._position
        moving, self._looks = self._meter.look(), self._looks + 1
        return [*(each for one in events for each in self._of(one, moving)), *self._progress(moving)]

    def _of(self, event: Event, moving: Moving) -> Iterator[bytes]:
        about, _, what = event.kind.partition(".")
        if about in ("transfer", "batch"):
            for one in self._meant(event, what):
                for name in _names(what, one):
                    yield self._message(name, one, moving)

    def _meant(self, event: Event, what: str) -> list[Transfer]:
        """The file that it is about, or those of a batch, which were written at the same moment."""
        if event.transfer:
            return self._one(event.transfer)
        sort = "-finished" if what in ("done", "skipped", "failed") else "-created"
        found = self._reader.transfers(TransferQuery(run=event.run, sort=sort, limit=MANY)).items
        return [one for one in found if event.at in (one.created, one.finished)]

    def _progress(self, moving: Moving) -> Iterator[bytes]:
        for id in moving.files if self._looks % EVERY == 0 else ():
            for one in self._one(id):
                yield self._message("download.progress", one, moving)

    def _one(self, id: int) -> list[Transfer]:
        try:
            return [self._reader.transfer(id)]
        except NotFound:
            return []

    def _message(self, name: str, one: Transfer, moving: Moving) -> bytes:
        data = facts(one, self._origins.flow(one.run), moving)
        if name == "retry_scheduled":
            data |= {"stage": _stage(one), "retry_at": told_or_none(one.retry_at)}
        return json.dumps({"type": f"observation.transfer.{name}", "data": data}, separators=(",", ":")).encode()


def facts(one: Transfer, flow: str, moving: Moving) -> dict[str, Any]:
    """A file in the fields of old; times that nobody keeps are null."""
    is_copied = bool(one.sha256) or one.delivered or one.state in (State.DONE, State.SKIPPED)
    moved, speed = moving.files.get(one.id, (one.entry.size if is_copied else 0, None))
    percent = 100.0 * moved / one.entry.size if one.entry.size else 100.0 * is_copied
    status, shown = _STATUS[one.state]
    return {
        "id": one.id, "status": status, "status_display": shown, "source_path": one.path,
        "source_size": one.entry.size, "download_bytes_transferred": moved, "download_percent": round(percent, 1),
        "download_speed": speed or 0.0, "processing_percent": 100 if status == 40 else 0, "processing_step": "",
        "error_message": one.error, "failed_at_stage": _stage(one) if one.error else "",
        "device_connection_id": flow, "queued_at": told(one.created), "download_started_at": None,
        "download_completed_at": None, "processing_started_at": None,
        "processing_completed_at": told_or_none(one.finished) if status == 40 else None}


def _names(what: str, one: Transfer) -> tuple[str, ...]:
    return (f"{_stage(one)}.failed",) if what == "failed" else _NAMES.get(what, ())


def _stage(one: Transfer) -> str:
    return "processing" if one.sha256 else "download"

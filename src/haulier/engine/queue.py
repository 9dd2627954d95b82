"""DBOS, and nothing else of it is used: a durable queue of runs with delays, and what dead processes left of it."""
from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

from ..model.errors import Invalid, Unavailable
from ..model.run import Run
from .turns import AT_A_TIME, Carry, Turn

NAME = "runs"
POLL, POLL_FAR = 0.2, 0.25
"""Seconds between two looks at the queue, in SQLite and in PostgreSQL."""
ONE_A_LOOK: Any = {"limit": 1, "period": 0.01}
"""A process that looks takes one run, and leaves the others to the processes that look after it."""
VERSION = "1"
"""What DBOS compares before it lets a process carry a workflow: constant, so that an upgrade goes on with old ones."""
ALIVE = ["ENQUEUED", "DELAYED", "PENDING"]
ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
AT_ONCE = 500
"""Turns that are forgotten at a time."""
KEPT = 86_400.0
"""Seconds that a turn which has ended is kept."""


class Queue:
    """Calls `carry` with each turn of a run that was put, in some process, at least once, in order of priority."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._dbos: Any = None
        self._workflow: Any = None

    def start(self, executor: str, carry: Carry | None) -> None:
        """Open the database, making it if it is not there, and begin to carry."""
        from dbos import DBOS
        if self._database.startswith("sqlite"):
            _make(self._database.removeprefix("sqlite:///"))
        with _translated():
            self._dbos = DBOS(config=self._config(executor))
            _quieten()
            self._workflow = self._registered(carry)
            DBOS.listen_queues([NAME] if carry else [])
            DBOS.launch()
            if self._database.startswith("sqlite"):
                DBOS.register_queue(NAME, worker_concurrency=AT_A_TIME, on_conflict="always_update",
                                    polling_interval_sec=POLL)
            else:
                DBOS.register_queue(NAME, worker_concurrency=AT_A_TIME, on_conflict="always_update",
                                    polling_interval_sec=POLL_FAR, limiter=ONE_A_LOOK)

    def turns(self) -> Sequence[Turn]:
        """All that are queued, waiting for their time, or being carried."""
        from dbos import DBOS
        with _translated():
            found = DBOS.list_workflows(queue_name=NAME, status=ALIVE, load_input=False, load_output=False)
        return [Turn(*_numbers(one.workflow_id), one.executor_id or "" if one.status == "PENDING" else "")
                for one in found]

    def put(self, run: Run, delay: float) -> None:
        """The run's turn, after `delay` seconds; nothing if it is there already."""
        from dbos import DBOS, SetEnqueueOptions, SetWorkflowID
        with _translated():
            for name in _names(run):
                before = DBOS.get_workflow_status(name)
                if before is None:
                    with (SetWorkflowID(name),
                          SetEnqueueOptions(priority=int(run.priority), delay_seconds=delay or None)):
                        DBOS.enqueue_workflow(NAME, self._workflow, run.id, run.turn)
                if before is None or before.status in ALIVE:
                    return

    def recover(self, executor: str) -> None:
        """What that process, which is dead, was carrying is in the queue again."""
        with _translated():     # the public way is not guarded by the executor's name
            self._dbos._recover_pending_workflows([executor])

    def prune(self, older: float = KEPT) -> bool:
        """Forget turns that ended so many seconds ago, and that the ledger knows of; whether there may be more."""
        from dbos import DBOS
        before = datetime.fromtimestamp(time.time() - older, UTC).isoformat()
        with _translated():
            found = DBOS.list_workflows(queue_name=NAME, status=ENDED, completed_before=before, limit=AT_ONCE,
                                        load_input=False, load_output=False)
            if found:
                DBOS.delete_workflows([one.workflow_id for one in found])
        return len(found) == AT_ONCE

    def stop(self, seconds: float) -> None:
        """Wait so long for what is being carried, then close."""
        from dbos import DBOS
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=max(1, int(seconds)))

    @staticmethod
    def _registered(carry: Carry | None) -> Any:
        from dbos import DBOS

        @DBOS.workflow(name="haulier.run")
        def workflow(number: int, turn: int) -> None:
            assert carry, "this process only puts"
            carry(number, turn)

        return workflow

    def _config(self, executor: str) -> Any:
        from dbos import DBOSPortableJSONSerializer
        return {"name": "haulier", "system_database_url": self._database, "executor_id": executor,
                "application_version": VERSION, "serializer": DBOSPortableJSONSerializer(), "log_level": "WARNING",
                "max_executor_threads": AT_A_TIME * 2, "scheduler_polling_interval_sec": 3600.0}


def _names(run: Run) -> Iterator[str]:
    """A turn that ended without the run knowing of it, as when a hub is stopped, is put under another name."""
    name = f"run/{run.id}/{run.turn}"
    yield name
    for again in count(1):
        yield f"{name}/{again}"


def _numbers(name: str) -> tuple[int, int]:
    _, run, turn, *_ = name.split("/")
    return int(run), int(turn)


def _make(path: str) -> None:
    """The file, readable by us alone, with a journal that readers do not wait for."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        database = sqlite3.connect(path)
        database.execute("PRAGMA journal_mode = WAL")
        database.close()
    except (OSError, sqlite3.Error) as error:
        raise Invalid(f"{path}: the engine's database cannot be opened ({error})") from error


@contextmanager
def _translated() -> Iterator[None]:
    """Whatever DBOS raises is about its database: nothing is asked of it that it could refuse."""
    try:
        yield
    except Exception as error:
        said = str(error).strip().splitlines()
        raise Unavailable(f"the engine's database: {said[0] if said else type(error).__name__}") from error


class _Sparing(logging.Filter):
    """While the database is away every look at it fails: each place says so once a minute, in a line."""

    EVERY = 60.0

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None
        said = record.getMessage().partition("Traceback")[0].splitlines()
        record.msg, record.args = said[0] if said else "", ()
        if record.msg.startswith("Contention"):
            return False    # two processes looked at one moment; both look again
        place, now = (record.pathname, record.lineno), time.monotonic()
        if now - self._said.get(place, -self.EVERY) < self.EVERY:
            return False
        self._said[place] = now
        return True


def _quieten() -> None:
    """What DBOS logs goes where our own lines go, sparingly."""
    logger = logging.getLogger("dbos")
    logger.handlers, logger.propagate = [], True
    if not any(isinstance(one, _Sparing) for one in logger.filters):
        logger.addFilter(_Sparing())

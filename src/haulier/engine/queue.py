"""DBOS, and nothing else of it is used: a durable queue of runs with delays, and what dead processes left of it."""
from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable
from typing import Any

from ..model.errors import Invalid
from ..model.run import Run

NAME = "runs"
AT_A_TIME = 64
"""Runs that one process carries; most of them wait for a slot, or for the far side."""
POLL, POLL_FAR = 0.1, 0.25
"""Seconds between two looks at the queue, in SQLite and in PostgreSQL."""
VERSION = "1"
"""What DBOS compares before it lets a process carry a workflow: constant, so that an upgrade goes on with old ones."""


class Queue:
    """Calls `carry` with the number of each run that was put, in some process, at least once, in order of priority."""

    def __init__(self, database: str, executor: str, carry: Callable[[int], None], *, carries: bool) -> None:
        self._database, self._executor, self._carries = database, executor, carries
        self._carry = carry
        self._dbos: Any = None
        self._workflow: Any = None

    def start(self) -> None:
        """Open the database, making it if it is not there, and begin to carry."""
        from dbos import DBOS
        _quieten()
        if self._database.startswith("sqlite"):
            _make(self._database.removeprefix("sqlite:///"))
        self._dbos = DBOS(config=self._config())
        self._workflow = self._registered()
        DBOS.listen_queues([NAME] if self._carries else [])
        DBOS.launch()
        DBOS.register_queue(NAME, worker_concurrency=AT_A_TIME, on_conflict="always_update",
                            polling_interval_sec=POLL if self._database.startswith("sqlite") else POLL_FAR)

    def put(self, run: Run, delay: float) -> None:
        """The run's next turn, after `delay` seconds; nothing if that turn was put before."""
        from dbos import DBOS, SetEnqueueOptions, SetWorkflowID
        with (SetWorkflowID(f"run/{run.id}/{run.turn}"),
              SetEnqueueOptions(priority=int(run.priority), delay_seconds=delay or None)):
            DBOS.enqueue_workflow(NAME, self._workflow, run.id)

    def recover(self, executor: str) -> None:
        """What that process, which is dead, was carrying is in the queue again."""
        self._dbos._recover_pending_workflows([executor])   # the public way is not guarded by the executor's name

    def stop(self, seconds: int) -> None:
        """Wait so long for what is being carried, then close."""
        from dbos import DBOS
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=seconds)

    def _registered(self) -> Any:
        from dbos import DBOS

        @DBOS.workflow(name="haulier.run")
        def workflow(number: int) -> None:
            self._carry(number)

        return workflow

    def _config(self) -> Any:
        from dbos import DBOSPortableJSONSerializer
        return {"name": "haulier", "system_database_url": self._database, "executor_id": self._executor,
                "application_version": VERSION, "serializer": DBOSPortableJSONSerializer(), "log_level": "WARNING",
                "max_executor_threads": AT_A_TIME * 2, "scheduler_polling_interval_sec": 3600.0}


def _make(path: str) -> None:
    """The file, readable by us alone, with a journal that readers do not wait for."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        database = sqlite3.connect(path)
        database.execute("PRAGMA journal_mode = WAL")
        database.close()
    except (OSError, sqlite3.Error) as error:
        raise Invalid(f"{path}: the engine's database cannot be opened ({error})") from error


class _Outages(logging.Filter):
    """While the database is away every look at it fails; one line for each is enough, without the traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = None
        record.exc_text = None
        return True


def _quieten() -> None:
    logger = logging.getLogger("dbos")
    if not any(isinstance(one, _Outages) for one in logger.filters):
        logger.addFilter(_Outages())

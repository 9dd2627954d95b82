"""Cancelling while a database does not answer: soon, and nothing is left behind that holds others up."""
from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from haulier.model.errors import Stopped
from haulier.ports import Sink
from haulier.settings.spec import Env
from haulier.sinks.sql import SqlSpec
from haulier.testing.servers.postgres import Postgres
from haulier.testing.sinks import file, stopping

WITHIN = 40.0


def built(url: str) -> Sink:
    return SqlSpec.model_validate({"url": url, "table": "payments"}).build(Env())


def until(holds: Callable[[], bool]) -> bool:
    ends = time.monotonic() + WITHIN
    while not holds() and time.monotonic() < ends:
        time.sleep(0.01)
    return holds()


def is_alone() -> bool:
    return not [one for one in threading.enumerate() if one.name.startswith("rows to")]


@contextlib.contextmanager
def soon() -> Iterator[None]:
    began = time.monotonic()
    with pytest.raises(Stopped):
        yield
    assert time.monotonic() - began < WITHIN / 2


def test_a_server_that_takes_connections_and_says_nothing() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(5)
        url = f"postgresql://me:pw@127.0.0.1:{listening.getsockname()[1]}/rows?connect_timeout=2"
        with built(url) as sink, soon():
            sink.begin(file(), stopping(2))
        assert until(is_alone)


def test_a_file_that_somebody_else_writes_to(tmp_path: Path) -> None:
    """Who waited for it does not take it once it is free."""
    with contextlib.closing(sqlite3.connect(tmp_path / "rows.db", isolation_level=None)) as other:
        other.execute("create table payments (id integer primary key)")
        other.execute("begin immediate")
        with built(f"sqlite:///{tmp_path}/rows.db") as sink, soon():
            sink.begin(file(), stopping(2))
        other.execute("commit")
        assert until(is_alone)
        other.execute("begin immediate")
        other.execute("insert into payments values (1)")
        other.execute("commit")


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


def test_a_server_that_stands_still(postgres: Postgres) -> None:
    """Even what would end the statement is not heard."""
    url = postgres.database()
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("create table payments (id bigint primary key)")
        ours = ("select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
                " and backend_type = 'client backend'")
        with contextlib.ExitStack() as stack:
            with built(url) as sink:
                sink.begin(file(), stopping(2))
                (pid,), = other.execute(ours).fetchall()
                stack.callback(os.kill, pid, signal.SIGCONT)
                os.kill(pid, signal.SIGSTOP)
                with soon():
                    sink.put([{"id": 1}], ["a"])
            assert until(is_alone)
        assert until(lambda: not other.execute(ours).fetchall())
        assert other.execute("select count(*) from payments").fetchall() == [(0,)]

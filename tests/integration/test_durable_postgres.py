"""The durable engine on PostgreSQL, with more processes than one."""
from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from haulier.model.errors import Unavailable
from haulier.model.run import RunState
from haulier.testing.bench import Bench, Opened, until
from haulier.testing.engines import EngineSuite
from haulier.testing.servers.postgres import Postgres
from haulier.testing.stores import content
from rooms.durable_cases import DurableCases
from rooms.durables import Hall, many, opened

R = RunState


class TestPostgres(EngineSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def place(cls, server: Postgres) -> str:
        return server.database()

    @classmethod
    def open(cls, place: object, bench: Bench) -> Opened:
        return opened(str(place), str(place), bench)


class TestProcesses(DurableCases):
    others = 1

    @pytest.fixture
    def urls(self, server: Postgres) -> tuple[str, str]:
        url = server.database()
        return url, url

    def forget(self, hall: Hall) -> None:
        import psycopg
        with psycopg.connect(hall.engine) as connection:
            connection.execute("DROP SCHEMA dbos CASCADE")


def test_a_server_that_is_away_for_a_while(tmp_path: Path) -> None:
    with Postgres(fsync=True) as server, ExitStack() as stack:
        url = server.database()
        hall = Hall(tmp_path, url, url, stack)
        hall.flow("slow", files := {**many(3000), "big": content(4 << 20)}, pace=0.001)
        hall.flow("next", {"a": b"1"})
        for process in [hall.begin(), hall.begin()]:
            process.ready()
        number = hall.want("slow")
        until(lambda: len(hall.notes("written")) > 200, 30)
        said = len(hall.said.read_text().splitlines())
        server.halt()
        time.sleep(8)
        server.start()
        started = time.monotonic()
        with suppress(Unavailable):     # our own line to it is dead too
            hall.run(number)
        run = hall.ends(number, 60)
        assert (run.state, run.totals.done) == (R.DONE, 3001), run
        hall.delivered_once("slow", files)
        assert hall.ends(hall.want("next")).state is R.DONE
        lines = hall.said.read_text().splitlines()[said:]
        print(f"{len(lines)} lines, {time.monotonic() - started:.1f} s after the server was back", *lines, sep="\n")
        assert len(lines) < 60 and not any("Traceback" in line for line in lines), "\n".join(lines)

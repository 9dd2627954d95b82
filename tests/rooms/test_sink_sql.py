"""Rows to tables: SQLite and a real PostgreSQL server."""
from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import pytest
from pydantic import SecretStr, ValidationError

from haulier.model.errors import Busy, Denied, HaulierError, Invalid, Unavailable, Unsupported
from haulier.model.record import Row
from haulier.ports import Sink
from haulier.settings.filling import secret_fields
from haulier.settings.spec import Env
from haulier.sinks.sql import SqlSpec
from haulier.testing.servers import bound
from haulier.testing.servers.postgres import Postgres
from haulier.testing.sinks import Made, SinkSuite, file, keys

SECRET = "hunter2-of-the-database"
TABLE = """create table payments (id bigint primary key, name varchar(40) not null, amount numeric check (amount > 0),
                                  day date)"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture(scope="module")
def only_database(postgres: Postgres) -> str:
    return postgres.database()


@pytest.fixture
def database(only_database: str) -> str:
    """Without tables."""
    asked(only_database, "drop table if exists payments, haulier_files")
    return only_database


def built(url: str, **facts: Any) -> Sink:
    given = {"url": url, "table": "payments", **facts}
    return SqlSpec.model_validate(given).build(Env(secret=lambda one: one.get_secret_value().replace("${P}", SECRET)))


def asked(url: str, statement: str) -> list[Any]:
    """What a database says, past all that is ours."""
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as conn:
            return conn.execute(statement).fetchall()
    with psycopg.connect(url, autocommit=True) as other:
        found = other.execute(statement)
        return found.fetchall() if found.description else []


class SqlSuite(SinkSuite):
    """What holds for every database and every mode."""

    facts: ClassVar[dict[str, Any]] = {"mode": "upsert", "keys": "id"}
    url: str

    @pytest.fixture
    def made(self) -> Made:
        return lambda: built(self.url, **self.facts)

    def there(self) -> Sequence[int]:
        return [number for number, in asked(self.url, "select id from payments")]

    def bad(self, number: int) -> Row | None:
        if number == 1:
            return {**self.row(number), "name": None}
        return {**self.row(number), **({"amount": Decimal(-1)} if number == 4 else {"nothing": "there is for it"})}


    def test_rows_that_persons_decided_come_again_with_others(self, made: Made) -> None:
        first, again = (file("decisions", digest * 64)._replace(gathered=True) for digest in "ab")
        bad = self.bad(4)
        assert bad
        with made() as sink:
            for name, rows in ((first, [self.row(1), self.row(2), bad]),
                               (again, [self.row(1), self.row(2), bad, self.row(5)])):
                assert not sink.begin(name)
                assert [one.at for one in sink.put(rows, keys(rows))] == [2]
                assert not sink.put(rows[:1], keys(rows[:1]))
                sink.commit()
            assert not sink.begin(again)
            assert [one.at for one in sink.put([bad, self.row(1)], keys([bad, self.row(1)]))] == [0]
            sink.commit()
        assert sorted(self.there()) == [1, 2, 5]

    def test_what_was_taken_of_a_payment_that_was_refused_in_part_comes_again(self, made: Made) -> None:
        bad, rows = self.bad(4), [self.row(1), self.row(2)]
        assert bad
        with made() as sink:
            for name in (file()._replace(parted=True), file("decisions", "b" * 64)._replace(gathered=True)):
                assert not sink.begin(name)
                assert [one.at for one in sink.put([*rows, bad], keys([*rows, bad]))] == [2]
                sink.commit()
        assert sorted(self.there()) == [1, 2]


class TestPostgresUpsert(SqlSuite):
    secret = "for-tests-only"

    @pytest.fixture(autouse=True)
    def at_server(self, database: str, postgres: Postgres) -> None:
        self.url, self.postgres = database, postgres
        asked(database, TABLE)

    def failing(self) -> Sink | None:
        return built(self.url.replace("for-tests-only", "for-tests-only-not"))

    @contextlib.contextmanager
    def hanging(self) -> Iterator[None]:  # type: ignore[override]
        """Somebody else has the table, for as long as he wants."""
        with psycopg.connect(self.url) as other:
            other.execute("lock table payments in access exclusive mode")
            yield


class TestPostgresInsert(TestPostgresUpsert):
    facts = {"mode": "insert"}


class TestSqliteUpsert(SqlSuite):
    @pytest.fixture(autouse=True)
    def at_file(self, tmp_path: Path) -> None:
        self.url = f"sqlite:///{tmp_path}/rows.db"
        asked(self.url, TABLE)


class TestSqliteInsert(TestSqliteUpsert):
    facts = {"mode": "insert"}


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/rows.db"
    return str(request.getfixturevalue("database"))


def taken(url: str, rows: Sequence[Row], digest: str = "a", **facts: Any) -> list[tuple[int, str]]:
    """A file with these rows: the places and codes of those that were refused."""
    with built(url, **facts) as sink:
        assert sink.begin(file(digest=digest * 64)) is False
        refused = sink.put(rows, [f"{digest}{at}" for at in range(len(rows))])
        sink.commit()
    return [(one.at, one.fault.code) for one in refused]


def test_upsert_writes_over_and_ignore_does_not(url: str) -> None:
    asked(url, TABLE)
    asked(url, "insert into payments values (1, 'old', 5, null), (2, 'old', 5, null)")
    assert not taken(url, [{"id": 1, "name": "new"}, {"id": 3, "name": "one"}, {"id": 3, "name": "two"}],
                     mode="upsert", keys="id")
    assert not taken(url, [{"id": 2, "name": "new"}, {"id": 4, "name": "new"}], "b", mode="ignore", keys="id")
    found = asked(url, "select id, name, amount from payments order by id")
    assert [(number, name) for number, name, _ in found] == [(1, "new"), (2, "old"), (3, "two"), (4, "new")]
    assert found[0][2] == 5     # what rows do not speak of stays


def test_insert_refuses_what_is_there(url: str) -> None:
    asked(url, TABLE)
    asked(url, "insert into payments values (1, 'old', 5, null)")
    assert taken(url, [{"id": 2, "name": "a"}, {"id": 1, "name": "b"}, {"id": 2, "name": "c"}]) == [
        (1, "database_rule"), (2, "database_rule")]
    assert asked(url, "select id, name from payments order by id") == [(1, "old"), (2, "a")]


def test_columns_that_are_named(url: str) -> None:
    asked(url, TABLE)
    assert not taken(url, [{"no": 1, "payer": "Ek", "rest": "of it"}], columns={"no": "id", "payer": "name"})
    assert asked(url, "select id, name from payments") == [(1, "Ek")]


def test_rows_with_more_or_less(url: str) -> None:
    asked(url, TABLE)
    rows = [{"id": 1, "name": "a", "day": date(2026, 1, 2)}, {"id": 2, "name": "b"}, {"id": 3, "name": "c", "odd": 1},
            {"name": "d"}, {"id": None, "name": "e"}]
    assert taken(url, rows, mode="upsert", keys="id") == [(2, "unknown_column"), (3, "no_key"), (4, "no_key")]
    assert [str(day) for day, in asked(url, "select day from payments order by id")] == ["2026-01-02", "None"]


def test_a_table_is_made(url: str) -> None:
    rows = [{"id": 1, "amount": Decimal("12345678901234567.12"), "day": date(2026, 1, 2), "ok": True, "of": {"a": [1]},
             "part": 0.5, "text": "it's", "none": None}]
    assert not taken(url, rows, create=True, mode="upsert", keys="id")
    assert not taken(url, [{**rows[0], "amount": Decimal("0.10")}], "b", create=True, mode="upsert", keys="id")
    assert not taken(url, [{**rows[0], "id": 2}], "c", create=True, mode="upsert", keys="id")
    found = asked(url, "select id, amount, part, text from payments order by id")
    assert [(number, str(amount), part, text) for number, amount, part, text in found] == [
        (1, "0.10", 0.5, "it's"), (2, "12345678901234567.12", 0.5, "it's")]


def test_a_table_that_is_made_is_gone_after_abort(url: str) -> None:
    with built(url, create=True) as sink:
        sink.begin(file())
        sink.put([{"id": 1}], ["a"])
        sink.abort()
    with pytest.raises((psycopg.Error, sqlite3.Error)):
        asked(url, "select * from payments")


@pytest.mark.parametrize(("facts", "said"), [
    ({"table": "nowhere"}, "no table nowhere"), ({"table": "far.away"}, "far"),
    ({"keys": "name", "mode": "upsert"}, "no primary key or unique index of just name"),
    ({"keys": "nought", "mode": "ignore"}, "no column nought"),
    ({"columns": {"id": "x"}}, "no column x"), ({}, "no column extra")])
def test_settings_that_do_not_fit_the_table(tmp_path: Path, facts: dict[str, Any], said: str) -> None:
    asked(url := f"sqlite:///{tmp_path}/rows.db", TABLE)
    with built(url, **facts) as sink:
        sink.begin(file())
        with pytest.raises(HaulierError, match=said) as raised:
            sink.put([{"id": 1, "name": "a", "extra": 1}], ["a"])
        assert isinstance(raised.value, Invalid) or facts == {"table": "far.away"}


def test_the_note_of_the_file(url: str) -> None:
    asked(url, TABLE)
    taken(url, [{"id": 1, "name": "a"}, {"id": 2}])
    assert asked(url, "select flow, digest, name, rows from haulier_files") == [
        ("nightly/bank", "a" * 64, "in/payments.csv", 1)]
    with built(url) as sink:
        assert sink.begin(file(digest="a" * 64)) is True
        assert sink.begin(file(digest="b" * 64)) is False


def test_values_that_no_database_takes(url: str) -> None:
    asked(url, TABLE)
    rows = [{"id": 1, "name": "a"}, {"id": 2**80, "name": "b"}, {"id": 3, "name": "\ud800"},
            {"id": 4, "name": object()}, {"id": 5, "name": "e"}]
    assert [at for at, _ in taken(url, rows)] == [1, 2, 3]
    assert len(asked(url, "select id from payments")) == 2


def test_types_that_are_wrong_are_found_among_many(database: str) -> None:
    asked(database, TABLE)
    rows: list[Row] = [{"id": number, "name": "x"} for number in range(3000)]
    rows[77]["id"], rows[1500]["name"], rows[2999]["name"] = "abc", "y" * 41, "a\0b"
    assert taken(database, rows, mode="upsert", keys="id") == [
        (77, "database_type"), (1500, "database_type"), (2999, "database_type")]
    assert asked(database, "select count(*) from payments") == [(2997,)]


def test_a_server_that_goes_while_rows_are_put_and_at_commit(postgres: Postgres, database: str) -> None:
    asked(database, TABLE)
    rows: list[Row] = [{"id": 1, "name": "a"}]
    for gone_at in ("put", "commit"):
        with built(database) as sink:
            sink.begin(file())
            sink.put(rows, ["a"])
            postgres.halt()
            with pytest.raises(Unavailable):
                _ = sink.put(rows, ["b"]) if gone_at == "put" else sink.commit()
            with pytest.raises(Unavailable):
                sink.begin(file())
            postgres.start()
            assert not asked(database, "select * from payments")
            assert sink.begin(file()) is False
    assert not taken(database, rows) and len(asked(database, "select * from payments")) == 1


def test_a_connection_that_is_ended(postgres: Postgres, database: str) -> None:
    asked(database, TABLE)
    with built(database) as sink:
        sink.begin(file())
        sink.put([{"id": 1, "name": "a"}], ["a"])
        asked(postgres.url(), "select pg_terminate_backend(pid) from pg_stat_activity where datname = "
                              f"'{database.rpartition('/')[2]}'")
        with pytest.raises(Unavailable):
            sink.commit()


def test_two_at_once_with_the_same_file_have_one_effect(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/rows.db"
    asked(url, TABLE)
    with built(url) as sink:
        sink.begin(file())
        sink.put([{"id": 1, "name": "a"}], ["a"])
        with contextlib.closing(sqlite3.connect(f"{tmp_path}/rows.db", timeout=0)) as other, \
                pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("begin immediate")
        sink.commit()


def test_many_at_once_in_a_new_database(database: str) -> None:
    """The tables are made by whoever is first; the others take them, or try again."""
    meet, failed = threading.Barrier(4), []

    def work(number: int) -> None:
        with built(database, create=True) as sink:
            meet.wait(20)
            for _ in range(5):
                try:
                    assert sink.begin(file(digest=f"{number}" * 64)) is False
                    sink.put([{"id": number}], ["a"])
                    sink.commit()
                    return
                except Busy:
                    continue
                except Exception as error:
                    failed.append(error)
                    return

    for _ in range(3):
        asked(database, "drop table if exists payments, haulier_files")
        workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for one in workers:
            one.start()
        for one in workers:
            one.join(30)
        assert not failed
        assert sorted(asked(database, "select id from payments")) == [(0,), (1,), (2,), (3,)]


def test_a_user_who_may_not(database: str) -> None:
    asked(database, TABLE)
    asked(database, f"drop role if exists guest; create role guest login password '{SECRET}'; "
                    "grant all on schema public to guest")
    url = database.replace("haulier:for-tests-only", "guest:${P}")
    with built(url) as sink:
        sink.begin(file())
        with pytest.raises(Denied, match="this user may not do that"):
            sink.put([{"id": 1, "name": "a"}], ["a"])
    with built(url.replace("${P}", "wrong")) as sink, pytest.raises(Denied, match="user and password"):
        sink.begin(file())


def test_other_databases(tmp_path: Path) -> None:
    from sqlalchemy import BigInteger, Column, MetaData, String, Table
    from sqlalchemy.dialects import mysql

    from haulier.sinks.sql_table import Wanted
    from haulier.sinks.sql_writers import Plain, writer
    table = Table("payments", MetaData(), Column("id", BigInteger, primary_key=True), Column("name", String(9)))
    for mode, then in (("upsert", "name = "), ("ignore", "id = ")):
        plain = writer("mysql", table, Wanted("payments", None, {}, ("id",), mode, create=False))
        assert isinstance(plain, Plain)
        said = str(plain.statement(["id", "name"]).compile(dialect=mysql.dialect())).replace("`", "")
        assert f"ON DUPLICATE KEY UPDATE {then}" in said
    with pytest.raises(Unsupported, match="upsert is not there for oracle"):
        writer("oracle", table, Wanted("payments", None, {}, ("id",), "upsert", create=False))


@pytest.mark.parametrize("url", ["nonsense", "sqlite://", "oracle://x/y", "nodb+driver://x"])
def test_addresses_that_cannot_be(url: str) -> None:
    with pytest.raises(HaulierError), built(url) as sink:
        sink.begin(file())


def test_what_is_kept_secret() -> None:
    spec = SqlSpec(url=SecretStr(f"postgresql://me:{SECRET}@h/d"), table="t")
    assert SECRET not in repr(spec) + spec.model_dump_json() and "url" in secret_fields(SqlSpec)
    with pytest.raises(ValidationError):
        SqlSpec.model_validate({"url": "x", "table": "t", "mode": "upsert"})


_WORKER = """
import sys
from haulier.settings.spec import Env
from haulier.sinks.sql import SqlSpec
from haulier.testing.sinks import file, keys
spec = SqlSpec.model_validate({"url": sys.argv[1], "table": "payments", "mode": "insert", "create": True})
with spec.build(Env()) as sink:
    for number in range(12):
        print(number, flush=True)
        if not sink.begin(file(digest=f"{number:064}")):
            for first in range(0, 300, 100):
                rows = [{"id": number * 1000 + at} for at in range(first, first + 100)]
                assert not sink.put(rows, keys(rows))
            sink.commit()
"""


def test_killed_at_any_moment_each_row_is_there_once(database: str) -> None:
    for lines in (4, 6, 99):
        worker = subprocess.Popen(bound([sys.executable, "-c", _WORKER, database]), stdout=subprocess.PIPE)
        assert worker.stdout
        for _ in range(lines):
            if not worker.stdout.readline():
                break
        else:
            os.kill(worker.pid, signal.SIGKILL)
        worker.stdout.close()
        code = worker.wait(60)
    assert code == 0
    assert asked(database, "select count(*), count(distinct id) from payments") == [(3600, 3600)]
    assert asked(database, "select count(*), sum(rows) from haulier_files") == [(12, 3600)]

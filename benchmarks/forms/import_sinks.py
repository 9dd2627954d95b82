"""Rows to an API and into a database: by Haulier's sinks, and as one writes it by hand."""
from __future__ import annotations

import csv
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from import_rows import Rows, cast, url

from haulier.ports import FileKey, Sink
from haulier.settings.spec import Env
from haulier.sinks.http import HttpSpec
from haulier.sinks.sql import SqlSpec

Work = Callable[[], int]
Timed = Callable[[], tuple[int, float]]
TABLE = ("CREATE TABLE IF NOT EXISTS {} (id bigint PRIMARY KEY, day date, amount numeric(18, 2), currency text, "
         "name text, street text, city text, reference text, text text, paid boolean)")
UPSERT = ("INSERT INTO {0} SELECT * FROM {1} ON CONFLICT (id) DO UPDATE SET day = excluded.day, "
          "amount = excluded.amount, currency = excluded.currency, name = excluded.name, street = excluded.street, "
          "city = excluded.city, reference = excluded.reference, text = excluded.text, paid = excluded.paid")


def put(sink: Sink, rows: Rows) -> tuple[int, float]:
    """All of them, as those of one file that never came before."""
    mark, number = secrets.token_hex(8), 0
    with sink:
        for part in rows:
            if not number:
                assert not sink.begin(FileKey("bench/take", mark * 4, "rows.csv"))
            assert not sink.put(part, [f"{mark}-{number + at}" for at in range(len(part))])
            number += len(part)
        sink.commit()
    return rows.took()


# HTTP

def http(folder: Path, count: int, batch: int, concurrency: int) -> Timed:
    rows, spec = Rows(folder, count), {"url": url(folder, "books"), "batch": batch, "concurrency": concurrency,
                                       "key_field": "key" if batch > 1 else ""}
    return lambda: put(HttpSpec.model_validate(spec).build(Env()), rows)


def http_client_for_each(folder: Path, count: int) -> Timed:
    """As the seed's example has it: each row with a client of its own."""
    import httpx
    rows, where = Rows(folder, count), url(folder, "books")

    def work() -> tuple[int, float]:
        for part in rows:
            for row in part:
                with httpx.Client() as client:
                    assert client.post(where, json=plain(row)).status_code < 300
        return rows.took()
    return work


def http_one_client(folder: Path, count: int) -> Timed:
    """One client, row after row."""
    import httpx
    rows, where = Rows(folder, count), url(folder, "books")

    def work() -> tuple[int, float]:
        with httpx.Client() as client:
            for part in rows:
                for row in part:
                    assert client.post(where, json=plain(row)).status_code < 300
        return rows.took()
    return work


def plain(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "day": str(row["day"]), "amount": str(row["amount"])}


# PostgreSQL

def sql(folder: Path, count: int) -> Timed:
    settings = {"url": url(folder, "postgres"), "table": table("ours", folder), "keys": "id", "mode": "upsert"}
    rows, sink = Rows(folder, count), SqlSpec.model_validate(settings).build(Env())
    return lambda: put(sink, rows)


def sql_copy(folder: Path, count: int) -> Timed:
    """By hand: COPY into a temporary table, and one statement from there."""
    import psycopg
    rows, where, name = Rows(folder, count), url(folder, "postgres"), table("copied", folder)

    def work() -> tuple[int, float]:
        with psycopg.connect(where) as line, line.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE new (LIKE {name}) ON COMMIT DROP".encode())
            with cursor.copy("COPY new FROM STDIN") as into:
                for part in rows:
                    for row in part:
                        into.write_row(list(row.values()))
            cursor.execute(UPSERT.format(name, "new").encode())
        return rows.took()
    return work


def sql_many(folder: Path, count: int) -> Timed:
    """By hand: executemany, five thousand in a transaction."""
    import psycopg
    rows, where, name = Rows(folder, count, 5_000), url(folder, "postgres"), table("many", folder)
    statement = UPSERT.replace("SELECT * FROM {1}", f"VALUES ({', '.join(['%s'] * 10)})").format(name)

    def work() -> tuple[int, float]:
        with psycopg.connect(where) as line, line.cursor() as cursor:
            for part in rows:
                cursor.executemany(statement.encode(), [list(row.values()) for row in part])
                line.commit()
        return rows.took()
    return work


def table(name: str, folder: Path) -> str:
    """A table that is there, and empty."""
    import psycopg
    with psycopg.connect(url(folder, "postgres"), autocommit=True) as line:
        line.execute(TABLE.format(name).encode())
        line.execute(f"TRUNCATE {name}".encode())
    return name


# SQLite

def sqlite_by_hand(folder: Path) -> Work:
    """DictReader, types by hand, executemany in one transaction: no ledger, no rejects."""
    def work() -> int:
        with closing(sqlite3.connect(folder / "byhand.db")) as line, line:
            line.execute("DROP TABLE IF EXISTS goods")
            line.execute(TABLE.format("goods"))
            line.executemany(f"INSERT OR REPLACE INTO goods VALUES ({', '.join('?' * 10)})", _texts(folder))
            return int(line.execute("SELECT count(*) FROM goods").fetchone()[0])
    return work


def _texts(folder: Path) -> Iterator[tuple[Any, ...]]:
    with open(folder / "rows.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            made = cast(row)
            yield (made["id"], str(made["day"]), str(made["amount"]), *list(made.values())[3:])


def sqlite_pandas(folder: Path) -> Work:
    import pandas

    def work() -> int:
        with closing(sqlite3.connect(folder / "pandas.db")) as line:
            frame = pandas.read_csv(folder / "rows.csv", parse_dates=["day"], dtype={"reference": str})
            return int(frame.to_sql("goods", line, if_exists="replace", index=False) or 0)
    return work

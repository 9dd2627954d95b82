"""Cells: rows of files read, checked and given to others, and payments with what they are for."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from haulier.testing.servers.postgres import Postgres

from . import carried, peers, rowfiles
from .formed import Form, books, contenders, there
from .measure import Contender, Most, Rate, Within
from .stage import Cell, Stage

READER = "csv.DictReader"
"""The yardstick of a machine: goals are rows a second of one where it reads 599,000, through its own."""
EACH = "a client for each row (httpx)"
COPY = "COPY by hand (psycopg)"
BATCHES = "haulier, lists of 500"
LONG = 200_000
"""With more rows, what has no goal and takes long is done once."""


def cells(*, quick: bool, full: bool = False) -> Iterator[Cell]:
    count = 2_000 if quick else 1_000_000 if full else 200_000
    rows = f"{count:,} rows"
    yield Cell(f"CSV, {rows}, typed", lambda stage: csv(stage, count), [Rate(0.67, READER), Most(30, "grown")])
    yield Cell(f"CSV, {rows}: what checking adds", lambda stage: checked(stage, count),
               [Within(1.5, "without a schema")])
    yield Cell(f"JSON lines, {rows}", lambda stage: jsonl(stage, count), [Rate(1.34, READER), Most(30, "grown")])
    yield Cell(f"fixed width, {rows}", lambda stage: fixed(stage, count), [Rate(1.17, READER)])
    yield Cell(f"BgMax, {count:,} payments", lambda stage: bgmax(stage, count), [Rate(0.67, READER)])
    yield Cell(f"camt.053, {count:,} entries", lambda stage: camt(stage, count),
               [Rate(0.067, READER), Most(40, "grown")])
    yield Cell(f"MT940, {count:,} entries", lambda stage: mt940(stage, count))
    yield Cell(f"{rows} to an API", lambda stage: http(stage, count), [Rate(100, EACH), Rate(100, EACH, BATCHES)])
    yield Cell(f"PostgreSQL, upsert of {rows}", lambda stage: sql(stage, count), [Rate(0.17, READER)])
    yield Cell(f"{count:,} payments × {count:,} open items", lambda stage: reconciled(stage, count),
               [Within(6, READER)], memory=Most(800, "rss"))
    yield Cell(f"an import: CSV → SQLite, {rows}, disk", lambda stage: carried.table(stage, count), on_disk=True)
    yield Cell(f"an import: BgMax → matched → told, {count:,} payments, disk",
               lambda stage: carried.payments(stage, count), on_disk=True, repeats=1, memory=Most(800, "rss"))


def versions(known: Mapping[str, str]) -> dict[str, str]:
    """Of those who take part, as far as they are there."""
    return {name: known[name] for name in ("Haulier", "Python")} | there() | peers.versions("dlt")


# Formats

def reader(stage: Stage, count: int) -> Form:
    """As many rows of CSV, as texts."""
    rowfiles.csv_file(stage.place / "rows.csv", count)
    return Form(READER, "import_tables.csv_dictreader")


def csv(stage: Stage, count: int) -> Sequence[Contender]:
    return contenders(
        stage, count, Form("haulier", "import_tables.csv_typed"), reader(stage, count),
        Form(f"{READER}, types by hand", "import_tables.csv_casts"),
        Form("pandas", "import_tables.csv_pandas", needs="pandas"),
        Form("polars", "import_tables.csv_polars", needs="polars"),
        Form("dlt, no table", "import_dlt.read", once=True, peer="dlt"))


def checked(stage: Stage, count: int) -> Sequence[Contender]:
    rowfiles.csv_file(stage.place / "rows.csv", count)
    return contenders(
        stage, count, Form("haulier", "import_tables.csv_typed"), Form("without a schema", "import_tables.csv_texts"),
        Form("haulier, a msgspec Struct", "import_tables.csv_struct"),
        Form("haulier, a pydantic model", "import_tables.csv_model"))


def jsonl(stage: Stage, count: int) -> Sequence[Contender]:
    rowfiles.jsonl_file(stage.place / "rows.jsonl", count)
    return contenders(
        stage, count, Form("haulier", "import_tables.jsonl"), Form("json.loads", "import_tables.jsonl_json"),
        Form("orjson", "import_tables.jsonl_orjson", needs="orjson"),
        Form("polars", "import_tables.jsonl_polars", needs="polars"), reader(stage, count))


def fixed(stage: Stage, count: int) -> Sequence[Contender]:
    rowfiles.fixed_file(stage.place / "rows.txt", count)
    return contenders(
        stage, count, Form("haulier", "import_tables.fixed_texts"), Form("haulier, typed", "import_tables.fixed"),
        Form("slices by hand", "import_tables.fixed_slices"), reader(stage, count))


def bgmax(stage: Stage, count: int) -> Sequence[Contender]:
    rowfiles.bgmax_file(stage.place / "payments.bgm", count)
    return contenders(
        stage, count, Form("haulier", "import_banks.bgmax"),
        Form("haulier, totals not proved first", "import_banks.bgmax_lenient"),
        Form("slices by hand", "import_banks.bgmax_slices"), reader(stage, count))


def camt(stage: Stage, count: int) -> Sequence[Contender]:
    """One that holds all of a statement gets a tenth of the entries."""
    few = count // 10
    rowfiles.camt_file(stage.place / "statement.xml", count)
    rowfiles.camt_file(stage.place / "few.xml", few)
    return contenders(
        stage, count, Form("haulier", "import_banks.camt"), Form("xml.etree iterparse", "import_banks.camt_etree"),
        Form("bankstatementparser", "import_banks.camt_bankstatementparser", (), "bankstatementparser", few, once=True),
        reader(stage, count))


def mt940(stage: Stage, count: int) -> Sequence[Contender]:
    """As for camt."""
    few = count // 10
    rowfiles.mt940_file(stage.place / "statement.sta", count)
    rowfiles.mt940_file(stage.place / "few.sta", few)
    return contenders(stage, count, Form("haulier", "import_banks.mt940"),
                      Form("mt-940", "import_banks.mt940_package", (), "mt940", few, once=True))


# Where rows go

def http(stage: Stage, count: int) -> Sequence[Contender]:
    """Those that take a request for each row get fewer rows, as it is said; the server keeps all of them."""
    rowfiles.csv_file(stage.place / "rows.csv", count)
    books(stage)
    few, some = max(20, min(200, count // 1_000)), max(200, count // 40)
    return contenders(
        stage, count, Form("haulier", "import_sinks.http", (some, 1, 8), rows=some),
        Form(BATCHES, "import_sinks.http", (count, 500, 4)),
        Form("one client (httpx)", "import_sinks.http_one_client", (few * 5,), "httpx", few * 5),
        Form(EACH, "import_sinks.http_client_for_each", (few,), "httpx", few))


def sql(stage: Stage, count: int) -> Sequence[Contender]:
    rowfiles.csv_file(stage.place / "rows.csv", count)
    server = Postgres()
    stage.callback(server.stop)
    (stage.place / "postgres").write_text(server.database())
    return contenders(
        stage, count, Form("haulier", "import_sinks.sql", (count,)),
        Form(COPY, "import_sinks.sql_copy", (count,), "psycopg"),
        Form("executemany by hand (psycopg)", "import_sinks.sql_many", (count,), "psycopg"), reader(stage, count),
        Form("dlt", "import_dlt.postgres", (count,), once=True, peer="dlt"))


def reconciled(stage: Stage, count: int) -> Sequence[Contender]:
    rowfiles.bgmax_file(stage.place / "payments.bgm", count)
    rowfiles.items_file(stage.place / "open.csv", count)
    long = count > LONG
    return contenders(
        stage, count, Form("haulier", "import_banks.reconciled"),
        Form("haulier, with the reading of both files", "import_banks.reconciled_files", once=long),
        Form("a mapping by hand", "import_banks.join", once=long),
        reader(stage, count))

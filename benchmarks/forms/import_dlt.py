"""dlt with the same rows, as its users write it: it finds types and makes tables. An environment of its own."""
from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from import_rows import Rows, url

Work = Callable[[], int]
Timed = Callable[[], tuple[int, float]]
TABLE = "goods"
COUNT = f"SELECT count(*) FROM {TABLE}"
UPSERT = {"disposition": "merge", "strategy": "upsert"}


def read(folder: Path) -> Work:
    """No table: the rows that it would load."""
    rows = source(folder)
    return lambda: sum(1 for _ in rows)


def sqlite_replace(folder: Path) -> Work:
    return sqlite(folder, "replace")


def sqlite_merge(folder: Path) -> Work:
    """By key. For SQLite it has one way: rows that are there are deleted, and all are inserted."""
    return sqlite(folder, "merge")


def sqlite(folder: Path, disposition: str) -> Work:
    import dlt
    place = fresh(folder)
    file, rows = place / f"{TABLE}.db", source(folder)
    line = pipeline(place, dlt.destinations.sqlalchemy(f"sqlite:///{file}"), "main")

    def work() -> int:
        line.run(rows, table_name=TABLE, write_disposition=disposition, primary_key="id")
        with closing(sqlite3.connect(file)) as made:
            return int(made.execute(COUNT).fetchone()[0])
    return work


def postgres(folder: Path, count: int) -> Timed:
    """Rows that are made in Python; the faster one of its ways to merge by key."""
    import dlt
    place, rows = fresh(folder), Rows(folder, count)
    line = pipeline(place, dlt.destinations.postgres(url(folder, "postgres")), place.name)

    def work() -> tuple[int, float]:
        line.run(iter(rows), table_name=TABLE, write_disposition=UPSERT, primary_key="id")
        _, seconds = rows.took()
        with line.sql_client() as client:
            return client.execute_sql(COUNT)[0][0], seconds
    return work


def source(folder: Path) -> Any:
    """Its reader of CSV, which is pandas, some thousand rows at a time; told of two columns as pandas is elsewhere."""
    import pandas  # noqa: F401 - it would be imported within the time
    from dlt.sources.filesystem import filesystem, read_csv
    return filesystem(bucket_url=folder.as_uri(), file_glob="rows.csv") | read_csv(
        dtype={"reference": str}, parse_dates=["day"])


def pipeline(place: Path, destination: Any, dataset: str) -> Any:
    """One that never ran before."""
    import dlt
    return dlt.pipeline(TABLE, pipelines_dir=str(place), destination=destination, dataset_name=dataset)


def fresh(folder: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix="dlt_", dir=folder))

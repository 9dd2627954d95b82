"""A past for a ledger: some of it written as runs write it, and that copied in the database."""
from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg

from haulier.ledger import open as open_ledger
from haulier.ledger import tables
from haulier.model.files import Entry
from haulier.model.run import Batch, Report, RunState, Totals, Transfer
from haulier.model.transfer import Signal
from haulier.ports import Ledger

FLOWS, PER_BATCH, PARTS = 20, 1000, 10
FAILED = 0.005
WORDS = ("invoice", "payroll", "camera", "report", "order", "stock", "scan", "backup")
MODIFIED = 1_760_000_000_000_000_000


def fill(url: str, files: int) -> int:
    """Runs of twenty jobs, all of one length; one file of two hundred failed. How many runs there are."""
    with closing(open_ledger(url)) as ledger:
        for number in range(FLOWS):
            run(ledger, number, files // FLOWS // PARTS)
    with closing(connected(url)) as line:
        copy(line, PARTS)
        line.commit()
        if isinstance(line, psycopg.Connection):    # the server does it by itself within a minute
            line.autocommit = True
            line.execute("VACUUM ANALYZE")
    return FLOWS * PARTS


def run(ledger: Ledger, number: int, files: int) -> None:
    chance = random.Random(number)
    begun = ledger.start(f"job-{number:02d}", source=f"sftp://partner-{number:02d}/out", target="s3://store/in")
    failed = 0
    for first in range(0, files, PER_BATCH):
        batch = ledger.claim(begun, [wanted(number, one, chance)
                                     for one in range(first, min(first + PER_BATCH, files))])
        reports = list(ended(batch, chance))
        failed += sum(one.signal is Signal.PERMANENT for one in reports)
        ledger.record(begun, reports)
    ledger.finish(begun, RunState.FAILED if failed else RunState.DONE, Totals(done=files - failed, failed=failed))


def wanted(run: int, number: int, chance: random.Random) -> Transfer:
    path = f"{chance.choice(WORDS)}/2026/{run:02d}/{chance.choice(WORDS)}-{chance.randrange(10**7):07d}-{number}.csv"
    return Transfer(0, path, path, Entry(path, int(chance.lognormvariate(11, 3)), MODIFIED + number))


def ended(batch: Batch, chance: random.Random) -> Iterator[Report]:
    for one in batch.transfers:
        if chance.random() < FAILED:
            yield Report(one.id, Signal.PERMANENT, f"{one.path}: permission denied", "Denied")
        else:
            yield Report(one.id, Signal.COPIED, sha256=chance.randbytes(32), written=one.entry.size)
            yield Report(one.id, Signal.SETTLED, target=one.path)


def connected(url: str) -> Any:
    if url.startswith("sqlite"):
        return sqlite3.connect(url.removeprefix("sqlite:///"))
    return psycopg.connect(url, options="-c search_path=haulier,public")


def copy(line: Any, parts: int) -> None:
    """Everything again until there is so much of it: later each time, and under other names."""
    most = {table: line.execute(f"SELECT max(id) FROM {table}").fetchone()[0]
            for table in ("runs", "batches", "transfers")}
    begin, end = line.execute("SELECT min(created), max(created) FROM transfers").fetchone()
    for part in range(1, parts):
        later = part * (end - begin + 1_000_000_000)
        run, batch, file = (f" + {part * number}" for number in most.values())
        changes = {
            "runs": {"id": f"id{run}", "key": "NULL"},
            "batches": {"id": f"id{batch}", "run": f"run{run}", "low": f"low{file}", "high": f"high{file}"},
            "transfers": {"id": f"id{file}", "batch": f"batch{batch}", "name": f"replace(name, '.csv', '-{part}.csv')",
                          "path": f"replace(replace(path, '2026', '{2026 - part}'), '.csv', '-{part}.csv')"}}
        for table, changed in changes.items():
            changed |= {name: f"{name} + {later}" for name in ("created", "started", "finished", "since")}
            columns = tables.metadata.tables[table].columns.keys()
            values = ", ".join(changed.get(name, name) for name in columns)
            line.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table}"
                         f" WHERE id <= {most[table]}")

"""Whole imports, by `haulier run`: a table into a database, and a bank's file to an API."""
from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from haulier.settings import scaffold

from . import graphs, rowfiles
from .files import fresh
from .formed import Form, Rated, books, contenders
from .measure import Contender
from .programs import own
from .stage import Stage

TABLE = """\
tasks:
  - id: take
    type: import
    source: inbox
    complete: { settle_seconds: 0 }
    parser: csv
    schema:
      id: integer required
      day: date
      amount: decimal
      currency:
      name:
      street:
      city:
      reference:
      text:
      paid: bool
    sink: { type: sql, url: "sqlite:///goods.db", table: goods, keys: id, mode: upsert, create: true }
    settle: archive
"""
PAYMENTS = """\
tasks:
  - id: take
    type: import
    source: inbox
    complete: {{ settle_seconds: 0 }}
    parser: bgmax
    reconcile:
      items: {{ type: csv, file: open.csv }}
      matched: {{ sink: {{ type: http, url: "{url}", batch: 500, key_field: key }} }}
      unmatched: {{ sink: {{ type: http, url: "{url}", batch: 500, key_field: key }} }}
    settle: archive
"""
WORDS = (own("haulier"), "run", "whole", "--quiet")


def table(stage: Stage, count: int) -> Sequence[Contender]:
    """Beside those who read and write, and remember nothing."""
    file = rowfiles.csv_file(stage.place / "rows.csv", count)
    by_hand = contenders(
        stage, count, Form("csv.DictReader and sqlite3 by hand", "import_sinks.sqlite_by_hand"),
        Form("pandas", "import_sinks.sqlite_pandas", needs="pandas"),
        Form("dlt, the whole table anew", "import_dlt.sqlite_replace", once=True, peer="dlt"),
        Form("dlt, merged by key", "import_dlt.sqlite_merge", once=True, peer="dlt"))

    def check(folder: Path) -> None:
        with closing(sqlite3.connect(folder / "goods.db")) as line:
            found, = line.execute("SELECT count(*) FROM goods").fetchone()
        assert found == count, f"{found} rows are there instead of {count}"
    return [taken(stage, count, TABLE, {"inbox/rows.csv": file}, check), *by_hand]


def payments(stage: Stage, count: int) -> Sequence[Contender]:
    """Nobody is beside it."""
    files = {"inbox/payments.bgm": rowfiles.bgmax_file(stage.place / "payments.bgm", count),
             "open.csv": rowfiles.items_file(stage.place / "open.csv", count)}
    text = PAYMENTS.format(url=books(stage))

    def check(folder: Path) -> None:
        with closing(sqlite3.connect(folder / "state" / "ledger.db")) as line:
            told, = line.execute("SELECT count(*) FROM bookings WHERE posted").fetchone()
        assert told == count, f"{told} payments were told instead of {count}"
    return [taken(stage, count, text, files, check)]


def taken(stage: Stage, count: int, flow: str, files: Mapping[str, Path],
          check: Callable[[Path], None]) -> Rated:
    """A run in a workspace that has its ledger, the whole process."""
    first, places = workspace(stage, flow), list[Path]()

    def before() -> Sequence[str]:
        folder = fresh(stage.place / "workspaces")
        places.append(folder)
        shutil.copytree(first, folder)
        for name, file in files.items():
            (folder / name).hardlink_to(file)
        return ["env", "-C", str(folder), *WORDS]

    return Rated(stage.programs.command("haulier", before, lambda: check(places[-1])), count)


def workspace(stage: Stage, flow: str) -> Path:
    """One whose flow was run once, when there was nothing to take."""
    folder = fresh(stage.place / "workspaces")
    scaffold.init(folder)
    (folder / "inbox").mkdir()
    (folder / "open.csv").write_text("id,references,due,currency,date\n")
    (folder / "flows" / "whole.yaml").write_text(flow)
    graphs.told(stage, "env", "-C", str(folder), *WORDS)
    (folder / "open.csv").unlink()
    return folder

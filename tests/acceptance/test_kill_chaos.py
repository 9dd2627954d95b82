"""Many kinds of work at once, and hub and worker killed at random moments: nothing is lost, nothing is there twice."""
from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from acceptance.far import SshFar, chance
from acceptance.flows import LATE
from acceptance.hubs import Hub, Hubs, Running, job, until
from acceptance.imports import Database, invoices, reference
from haulier.ledger import books as ledger_at
from haulier.model.intake import IntakeState
from haulier.model.run import RunState
from haulier.testing.banks import Paid, bgmax
from haulier.testing.servers.books import Answer, Books

TROUBLE = [Answer(500), Answer(503), Answer(429, headers={"Retry-After": "1"}), Answer(cuts=True)]
KILLS = 3
STEPS = "  - {{id: a, script: note.sh}}\n  - {{id: b, script: note.sh, depends_on: a}}\n"
TAKE = """  - id: take
    type: import
    source: '{place}'
    complete: {{settle_seconds: 0}}
    retry: {{tries: 100, base: 1s, factor: 1}}
"""
BANK = """    parser: bgmax
    reconcile: {{items: {{type: csv, file: open.csv}},
      matched: {{sink: {{type: http, url: "{url}/matched", budget: 20s}}}},
      unmatched: {{sink: {{type: http, url: "{url}/unmatched", budget: 20s}}}}}}
    settle: archive
"""
ROWS = """    parser: csv
    schema: {{id: integer, text: text}}
    sink: {{type: http, url: "{url}/list", batch: 50, wrap: rows, key_field: key, budget: 20s}}
    settle: delete
"""


@dataclass
class Work:
    """What is to be done in a workspace, more and more of it."""

    hubs: Hubs
    ssh: SshFar
    books: Books
    top: Path
    files: dict[str, bytes] = field(default_factory=dict)
    luck: Random = field(default_factory=chance)
    number = paid = odd = rows = 0

    def plan(self, schedule: str) -> None:
        """All jobs and flows, with a schedule for each; '': none."""
        more = [f"schedule: {schedule}"] if schedule else []
        self.hubs.jobs(job("near", self.top / "near", self.top / "there", "settle: delete", *more),
                       job("far", self.top / "far", f"connection: sftp, path: {self.ssh.remote}", *more))
        url = self.books.url.removesuffix("/rows")
        for name, tasks in {"steps": STEPS, "bank": TAKE + BANK, "rows": TAKE + ROWS}.items():
            path = self.hubs.workspace / "flows" / f"{name}.yaml"
            path.with_suffix(".new").write_text("".join(f"{line}\n" for line in [*more, "tasks:"])
                                                + tasks.format(place=self.top / name, url=url))
            os.replace(path.with_suffix(".new"), path)

    def feed(self, seconds: float) -> None:
        """Things that come, and an API that is not well."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.number += 1
            self.luck.choice((self.file, self.payments, self.table, self.trouble))()
            time.sleep(0.05)

    def put(self, name: str, data: bytes) -> None:
        (self.top / "new").write_bytes(data)
        (self.top / "new").rename(self.top / name)

    def file(self) -> None:
        self.files[f"f{self.number}"] = data = self.luck.randbytes(self.luck.choice((10, 1000, 2_000_000)))
        for place in ("near", "far"):
            self.put(f"{place}/f{self.number}", data)

    def payments(self) -> None:
        new = range(self.paid + 1, self.paid + 1 + self.luck.randrange(1, 30))
        self.paid, self.odd = new[-1], self.odd + 1
        self.put(f"bank/b{self.number}", bgmax([*(Paid(Decimal(n), reference(n), serial=n) for n in new), Paid(
            Decimal("7.77"), f"nothing {self.number}", serial=900_000 + self.number)]))

    def table(self) -> None:
        rows, self.rows = self.rows, self.rows + self.luck.choice((1, 70, 2000))
        self.put(f"rows/r{self.number}", b"id,text\n" + b"".join(b"%d,x\n" % n for n in range(rows, self.rows)))

    def trouble(self) -> None:
        self.books.answers.append(self.luck.choice(TROUBLE))
        self.books.losing += 1

    def is_done(self) -> bool:
        """Each file is at both places, hidden ones too; each payment and each row has had its effect once."""
        kept, places = self.books.kept, (self.top / "there", self.ssh.local)
        return (all({path.name for path in place.iterdir()} == self.files.keys() for place in places)
                and sum("reason" in row for row in kept) == self.odd
                and sorted(row["id"] for row in kept if "id" in row) == [*range(self.rows)]
                and sorted(int(row["invoice_id"][3:]) for row in kept if "invoice_id" in row) == [
                    *range(1, self.paid + 1)]
                and all((place / name).read_bytes() == self.files[name] for place in places for name in self.files))


@pytest.fixture(params=["sqlite", "postgres"])
def ledger(request: pytest.FixtureRequest, hubs: Hubs) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{hubs.workspace}/state/ledger.db"
    database: Database = request.getfixturevalue("database")
    return database.url


@pytest.mark.timeout(300)
def test_all_kinds_of_work_at_once(hubs: Hubs, ssh: SshFar, ledger: str, tmp_path: Path) -> None:
    hubs.settings(f"connections:\n{ssh.connections}ledger: {ledger}\n")
    (hubs.workspace / "open.csv").write_text(invoices(20_000))
    (hubs.workspace / "tasks" / "note.sh").write_text(f"echo $HAULIER_RUN $HAULIER_TASK >> {tmp_path}/notes\n")
    for name in ("near", "far", "there", "bank", "rows", "steps"):
        (tmp_path / name).mkdir()
    with Books() as books:
        work = Work(hubs, ssh, books, tmp_path)
        work.plan("every 1s")
        shutil.copytree(hubs.workspace, tmp_path / "copy")
        begin: list[Callable[[], Running]] = [hubs.start_hub, lambda: Running(hubs, "worker", tmp_path / "copy")]
        begin = begin[:1 + ledger.startswith("postgres")]
        running = [one() for one in begin]
        for kill in range(KILLS):
            work.feed(work.luck.uniform(0.5, 3))
            which = kill % len(begin)
            running[which].kill()
            running[which] = begin[which]()
        until(work.is_done, LATE)
        work.plan("")
        hub = running[0]
        assert isinstance(hub, Hub)
        until(lambda: not hub.get("/schedules"))    # from now on nothing begins by itself
        with closing(ledger_at(ledger)) as opened:
            until(lambda: not opened.agenda.open(), LATE)
            runs, intakes = opened.ledger.runs(limit=5000), opened.imports.intakes(limit=5000)
        for one in running:
            one.stop()
        assert work.is_done() and not books.twice
    assert {run.state for run in runs} == {RunState.DONE}
    assert {one.state for one in intakes} <= {IntakeState.DONE, IntakeState.DUPLICATE}
    money = [one.money["SEK"] for one in intakes if one.money]
    assert sum(one.matched for one in money) == work.paid * (work.paid + 1) // 2 and all(one.balances for one in money)
    notes = Counter((tmp_path / "notes").read_text().splitlines())
    assert all(notes[f"{run.id} {task}"] for run in runs if run.flow == "steps" for task in "ab")
    assert "Traceback" not in hubs.log()

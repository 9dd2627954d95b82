"""A hub and a worker with one ledger in PostgreSQL: either may die, and the other goes on with its work."""
from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from acceptance.far import MIB, big_file, many_files
from acceptance.hubs import Hubs, Running, job, until
from acceptance.imports import Database
from haulier.ledger import books

BIG = 128 * MIB
RECOVERY = 30.0


def events(hubs: Hubs, path: str) -> dict[str, list[str]]:
    """What the ledger tells of a file, and of the run that it is of, without any hub: by kind."""
    _, out = hubs.run("why", path, "--workspace", hubs.workspace, "--json")
    found: dict[str, list[str]] = {}
    for told in map(json.loads, out.splitlines()):
        found.setdefault(told.get("kind", ""), []).append(told.get("text", ""))
    return found


def is_carried_by(program: Running, database: Database, run: int) -> bool:
    """Asked of the ledger itself: there is no time for a start of the program at each look."""
    with closing(books(database.url)) as opened:
        begun = [one.text for one in opened.reader.events(0, run=run) if one.kind == "run.started"]
    return bool(begun) and f", process {program.process.pid} on " in begun[-1]


@pytest.mark.timeout(300)
def test_hub_and_worker_go_on_for_each_other(hubs: Hubs, database: Database, tmp_path: Path) -> None:
    hubs.settings("ledger: ${LEDGER}\n")
    (hubs.workspace / ".env").write_text(f"LEDGER={database.url}\n")
    big, files = big_file(tmp_path / "one" / "big", BIG), many_files(tmp_path / "many", 300)
    hubs.jobs(job("slow", big.parent, tmp_path / "there", "limits: {bandwidth: 1MB/s}"),  # longer than all starts
              job("many", tmp_path / "many", tmp_path / "all"))
    shutil.copytree(hubs.workspace, tmp_path / "copy")
    hub = hubs.start_hub()
    worker = Running(hubs, "worker", tmp_path / "copy")
    runs = [hub.begin("slow"), hub.begin("many")]
    hub.kill()
    until(lambda: is_carried_by(worker, database, runs[0]), RECOVERY)

    hub = hubs.start_hub()
    assert hub.get("/overview")["hub"]["database"] == "postgresql"
    assert worker.process.pid in {one["pid"] for one in hub.get("/overview")["hub"]["workers"]}
    until(lambda: hub.get(f"/runs/{runs[1]}")["state"] == "done", RECOVERY)
    assert hub.get(f"/runs/{runs[0]}")["state"] == "running" and is_carried_by(worker, database, runs[0])
    worker.kill()
    hubs.jobs(job("slow", big.parent, tmp_path / "there"), job("many", tmp_path / "many", tmp_path / "all"))
    until(lambda: is_carried_by(hub, database, runs[0]), RECOVERY)
    assert [hub.run(run, "done", "failed")["state"] for run in runs] == ["done", "done"]
    assert hub.get("/runs")["total"] == 2
    assert (tmp_path / "there" / "big").read_bytes() == big.read_bytes()
    assert {str(path.relative_to(tmp_path / "all")): path.read_bytes()
            for path in (tmp_path / "all").rglob("*") if path.is_file()} == files
    told = events(hubs, "big")
    assert not told["transfer.claimed"][-1].endswith("from byte 0"), "it went on where it was"
    assert f", process {hub.process.pid} on " in told["run.started"][-1]
    assert worker.stderr.count("Traceback") == 0 and hubs.log().count("Traceback") == 0

    worker = Running(hubs, "worker", tmp_path / "copy")
    worker.stop()


def test_a_worker_needs_a_ledger_that_others_can_use(hubs: Hubs) -> None:
    code, out = hubs.run("worker", hubs.workspace)
    assert code == 2 and out.count("\n") == 1
    assert "set `ledger: postgresql://…` in haulier.yaml; with SQLite the hub does all the work itself" in out

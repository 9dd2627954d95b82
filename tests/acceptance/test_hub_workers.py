"""A hub and a worker with one ledger in PostgreSQL: either may die, and the other goes on with its work."""
from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.far import MIB, big_file, many_files
from acceptance.hubs import Hubs, Running, job, until
from haulier.testing.servers.postgres import Postgres

BIG = 128 * MIB
RECOVERY = 30.0


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with Postgres() as running:
        yield running


def events(hubs: Hubs, path: str, kind: str) -> list[str]:
    """What the ledger tells of a file, and of the run that it is of, without any hub."""
    _, out = hubs.run("why", path, "--workspace", hubs.workspace, "--json")
    told = map(json.loads, out.splitlines())
    return [one["text"] for one in told if one.get("kind") == kind]


def is_carried_by(program: Running, hubs: Hubs, path: str) -> bool:
    last = events(hubs, path, "run.started")[-1:]
    return bool(last) and f", process {program.process.pid} on " in last[0]


def test_hub_and_worker_go_on_for_each_other(hubs: Hubs, postgres: Postgres, tmp_path: Path) -> None:
    hubs.settings("ledger: ${LEDGER}\n")
    (hubs.workspace / ".env").write_text(f"LEDGER={postgres.database()}\n")
    big, files = big_file(tmp_path / "one" / "big", BIG), many_files(tmp_path / "many", 300)
    hubs.jobs(job("slow", big.parent, tmp_path / "there", "limits: {bandwidth: 1MB/s}"),  # longer than all starts
              job("many", tmp_path / "many", tmp_path / "all"))
    shutil.copytree(hubs.workspace, tmp_path / "copy")
    hub = hubs.start_hub()
    worker = Running(hubs, "worker", tmp_path / "copy")
    runs = [hub.begin("slow"), hub.begin("many")]
    hub.kill()
    until(lambda: is_carried_by(worker, hubs, "big"), RECOVERY)

    hub = hubs.start_hub()
    assert hub.get("/overview")["hub"]["database"] == "postgresql"
    assert worker.process.pid in {one["pid"] for one in hub.get("/overview")["hub"]["workers"]}
    until(lambda: hub.get(f"/runs/{runs[1]}")["state"] == "done", RECOVERY)
    assert hub.get(f"/runs/{runs[0]}")["state"] == "running" and is_carried_by(worker, hubs, "big")
    worker.kill()
    hubs.jobs(job("slow", big.parent, tmp_path / "there"), job("many", tmp_path / "many", tmp_path / "all"))
    until(lambda: is_carried_by(hub, hubs, "big"), RECOVERY)
    assert [hub.run(run, "done", "failed")["state"] for run in runs] == ["done", "done"]
    assert hub.get("/runs")["total"] == 2
    assert (tmp_path / "there" / "big").read_bytes() == big.read_bytes()
    assert {str(path.relative_to(tmp_path / "all")): path.read_bytes()
            for path in (tmp_path / "all").rglob("*") if path.is_file()} == files
    assert not events(hubs, "big", "transfer.claimed")[-1].endswith("from byte 0"), "it went on where it was"
    assert worker.stderr.count("Traceback") == 0 and hubs.log().count("Traceback") == 0

    worker = Running(hubs, "worker", tmp_path / "copy")
    worker.stop()


def test_a_worker_needs_a_ledger_that_others_can_use(hubs: Hubs) -> None:
    code, out = hubs.run("worker", hubs.workspace)
    assert code == 2 and out.count("\n") == 1
    assert "set `ledger: postgresql://…` in haulier.yaml; with SQLite the hub does all the work itself" in out

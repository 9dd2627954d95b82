"""Jobs that start by themselves, and hand edits of them while the hub runs."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from acceptance.far import MIB, big_file
from acceptance.hubs import Hub, Hubs, job, until

SOON = 30.0
"""Seconds within which an edit is taken up, on a busy machine: mostly it is one."""


def runs(hub: Hub, name: str) -> Sequence[Any]:
    found: Sequence[Any] = hub.get("/runs", flow=name, limit=1000)["items"]
    return found


def jobs_by_name(hub: Hub) -> dict[str, Any]:
    return {one["id"]: one for one in hub.get("/jobs")["items"]}


def some(folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(name)
    return folder


def test_jobs_start_by_themselves_and_follow_the_files(hubs: Hubs, tmp_path: Path) -> None:
    def written(name: str, *more: str) -> str:
        return job(name, some(tmp_path / name, "one"), tmp_path / f"{name}-there", *more)

    hubs.jobs(written("first", "schedule: every 1s"))
    hub = hubs.start_hub()
    until(lambda: len(runs(hub, "first")) >= 2)
    assert {run["trigger"] for run in runs(hub, "first")} == {"schedule"}
    some(tmp_path / "first", "two")
    until(lambda: (tmp_path / "first-there" / "two").exists(), SOON)

    hubs.jobs(written("first", "schedule: every 100d"), written("second", "schedule: every 1s"))
    until(lambda: "second" in jobs_by_name(hub), SOON)      # a new job, and another schedule
    assert jobs_by_name(hub)["first"]["sentence"] == "every 100 days, UTC"
    before = len(runs(hub, "first"))
    until(lambda: len(runs(hub, "second")) >= 3)
    assert len(runs(hub, "first")) == before

    hubs.jobs(written("first"), written("second", "schedule: every 1s", "enabled: false"))
    until(lambda: not jobs_by_name(hub)["second"]["enabled"], SOON)
    until(lambda: not hub.get("/overview")["active_count"])
    before = len(runs(hub, "second"))
    hub.done("first")
    hub.done("first")
    assert len(runs(hub, "second")) == before


def test_a_mistake_stops_nothing_else(hubs: Hubs, tmp_path: Path) -> None:
    good = job("good", some(tmp_path / "good", "one"), tmp_path / "good-there", "schedule: every 1s")
    fine = job("other", some(tmp_path / "other", "one"), tmp_path / "other-there", "schedule: every 1h")
    hubs.jobs(good, fine)
    hub = hubs.start_hub()

    def goes_on() -> None:
        before = len(runs(hub, "good"))
        until(lambda: len(runs(hub, "good")) >= before + 2)

    hubs.jobs(good, fine.replace("every 1h", "evry 1h"))
    problem, = until(lambda: hub.get("/jobs")["problems"], SOON)
    assert (problem["file"], problem["key"]) == ("configs/jobs.yaml", "jobs[1].schedule")
    lines = (hubs.workspace / "configs" / "jobs.yaml").read_text().splitlines()
    assert "evry" in lines[problem["line"] - 1]
    assert jobs_by_name(hub)["other"]["problems"] and not jobs_by_name(hub)["good"]["problems"]
    assert hub.api.post("/jobs/other/run").status_code == 422
    goes_on()

    hubs.settings("timezon: Europe/Stockholm\n")
    problem = until(lambda: [one for one in hub.get("/jobs")["problems"] if one["file"] == "haulier.yaml"], SOON)[0]
    assert problem["line"] == 1 and "timezone" in problem["hint"]
    goes_on()

    hubs.jobs(good, "[")
    until(lambda: "good" not in jobs_by_name(hub), SOON)    # nobody can tell what it says
    assert hub.get("/jobs")["problems"]
    hubs.settings("")
    hubs.jobs(good, fine)
    until(lambda: not hub.get("/jobs")["problems"], SOON)
    goes_on()
    assert hubs.log().count("Traceback") == 0


def test_the_same_job_by_hand_and_in_the_hub(hubs: Hubs, tmp_path: Path) -> None:
    """Whichever began first is the one that sends."""
    def at_most(rate: str) -> str:
        return job("slow", tmp_path / "out", tmp_path / "in", f"limits: {{bandwidth: {rate}}}")

    big_file(tmp_path / "out" / "big", 24 * MIB)
    hubs.jobs(at_most("500kB/s"))
    by_hand = ("run", "slow", "--workspace", hubs.workspace)
    hub = hubs.start_hub()
    first = hub.begin("slow")
    until(lambda: hub.get("/transfers", flow="slow")["items"])
    code, out = hubs.run(*by_hand)
    assert code == 2 and f"slow: run {first} is under way" in out
    hub.post(f"/runs/{first}/pause")
    hub.run(first, "paused")
    hubs.jobs(at_most("8MB/s"))
    hub.post(f"/runs/{first}/resume")       # it need not be slow any longer
    assert hub.run(first, "done", "failed")["state"] == "done"

    big_file(tmp_path / "out" / "bigger", 25 * MIB)
    process = hubs.start(*by_hand)
    until(lambda: any(run["state"] == "running" for run in runs(hub, "slow")))
    second = hub.begin("slow")
    out = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 0, out
    assert hub.run(second, "done", "failed")["done"] == 0
    rows = hub.get("/transfers", flow="slow")["items"]
    assert sorted((row["path"], row["tries"], row["state"]) for row in rows) == [
        ("big", 2, "done"), ("bigger", 1, "done")], "one was put down once"

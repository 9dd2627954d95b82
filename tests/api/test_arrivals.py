"""Files that come, and files that do not: a whole hub, real folders, a real SFTP server."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from api.hubs import Place, running, until, workspace
from api.test_connections import sftp, sshd  # noqa: F401 - a fixture
from haulier.model.account import Role
from haulier.testing.servers.sshd import Sshd

V1 = "/api/v1"
HOUR = 3_600_000_000_000


@cache
def begun() -> datetime:
    """When the first of these tests began: they may have been collected long before."""
    return datetime.now(UTC)


def clock_of(hours: int) -> str:
    return f"{begun() + timedelta(hours=hours):%H:%M}"


def job(name: str, source: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"job_id": name, "source": source or {"type": "local", "path": f"{name}-in"},
            "destination": {"type": "local", "path": f"{name}-out"}, "complete": {"settle_seconds": 0.2}, **more}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, sshd: Sshd) -> Iterator[Place]:  # noqa: F811
    far = {key: value for key, value in sftp(sshd).items() if key != "type"}
    home = workspace(tmp_path_factory.mktemp("hub") / "work")
    (sshd.keyed.local / "coming").mkdir()
    write(home, [
        job("near", arrival={"every": "1h"}),
        job("far", {"type": "sftp", "path": f"{far.pop('path')}/coming", "connection": far}, arrival={"every": "1s"}),
        job("later"),
        job("payroll", expect={"files": "payroll-*.csv", "by": clock_of(1), "since": clock_of(-3), "warn": "10m"})])
    for name in ("near", "later", "payroll"):
        (home / f"{name}-in").mkdir()
    with running(home) as place:
        yield place


def write(home: Path, jobs: list[dict[str, Any]]) -> None:
    with (home / "configs" / "jobs.yaml").open("w") as file:
        YAML(typ="safe").dump({"jobs": jobs}, file)


def runs(hub: Place, flow: str) -> list[dict[str, Any]]:
    return [*hub.client().get(f"{V1}/runs", params={"flow": flow}).json()["items"]]


def arrives(hub: Place, flow: str, name: str, put: Path) -> None:
    (put.parent / name).write_text("new")
    (put.parent / name).rename(put / name)      # whole: else it may settle while it is empty
    until(lambda: (hub.home / f"{flow}-out" / name).exists())
    run = until(lambda: (found := runs(hub, flow)[0])["state"] == "done" and found)
    assert (run["trigger"], run["done"]) == ("arrival", 1)


def test_a_file_in_a_folder_starts_its_job(hub: Place) -> None:
    """Told of by the system: the next look would be in an hour."""
    for number in range(2):
        arrives(hub, "near", f"{number}.csv", hub.home / "near-in")
    assert len(runs(hub, "near")) == 2
    told = hub.client(Role.VIEWER).get(f"{V1}/jobs/near").json()["job"]
    assert (told["arrival"], told["expect"], told["next"]) == (3600, [], None)


def test_a_file_on_a_server_starts_its_job(hub: Place, sshd: Sshd) -> None:  # noqa: F811
    arrives(hub, "far", "a.csv", sshd.keyed.local / "coming")
    assert len(runs(hub, "far")) == 1


def test_an_edit_is_taken_up_and_a_job_that_is_off_starts_nothing(hub: Place) -> None:
    (hub.home / "later-in" / "a.csv").write_text("1")
    admin = hub.client()
    told = admin.get(f"{V1}/jobs/later").json()
    body = {"form": {**told["form"], "arrival": True}, "version": told["version"]}
    assert admin.put(f"{V1}/jobs/later", json=body).status_code == 200
    until(lambda: (hub.home / "later-out" / "a.csv").exists())
    assert admin.post(f"{V1}/jobs/later/enabled", json={"enabled": False}).status_code == 200
    (hub.home / "later-in" / "b.csv").write_text("1")
    arrives(hub, "near", "later.csv", hub.home / "near-in")     # meanwhile others are looked after
    assert len(runs(hub, "later")) == 1


def test_what_does_not_come_is_told_and_so_is_that_it_came(hub: Place) -> None:
    viewer = hub.client(Role.VIEWER)

    def arrival(state: str) -> dict[str, Any]:
        found: dict[str, Any] = until(lambda: next(iter(viewer.get(
            f"{V1}/arrivals", params={"flow": "payroll", "state": state}).json()), None))
        return found

    opened = arrival("open")
    assert (opened["flow"], opened["files"], opened["count"], opened["found"]) == ("payroll", "payroll-*.csv", 1, 0)
    told, = viewer.get(f"{V1}/jobs/payroll").json()["job"]["expect"]
    assert told == {"files": "payroll-*.csv", "count": 1, "due": opened["due"],
                    "sentence": f"1 file like payroll-*.csv, every day by {clock_of(1)}, UTC"}
    (hub.home / "payroll-in" / "other.csv").write_text("1")
    hub.clock.ahead = 55 * HOUR // 60
    warned = arrival("warned")
    assert 'of 1 file in it, none is like "payroll-*.csv"' in warned["diagnosis"]
    overview = until(lambda: (found := viewer.get(f"{V1}/overview").json())["late"] and found)
    assert overview["late"] == [warned] and overview["attention"] == []
    hub.clock.ahead = 2 * HOUR
    late = arrival("late")
    overview = until(lambda: (found := viewer.get(f"{V1}/overview").json())["attention"] and found)
    assert overview["late"] == [late]
    reason = f"0 of 1 file like payroll-*.csv. {late['diagnosis']}"
    assert overview["attention"] == [{"kind": "late", "flow": "payroll", "run": None, "files": 1, "at": late["due"],
                                      "reason": reason, "will_retry": False, "retry_at": None}]
    assert 'haulier_arrivals_late{job="payroll"} 1\n' in viewer.get("/metrics").text
    (hub.home / "payroll-in" / "payroll-7.csv").write_text("1")
    assert hub.client().post(f"{V1}/jobs/payroll/run").status_code == 202
    assert arrival("recovered")["found"] == 1
    until(lambda: viewer.get(f"{V1}/overview").json()["late"] == [])
    until(lambda: "haulier_arrivals_late{" not in viewer.get("/metrics").text)     # an answer is kept for a second
    events = viewer.get(f"{V1}/events/list", params={"kind": "arrival."}).json()["items"]
    assert [(one["kind"], one["flow"], one["run"]) for one in reversed(events)] == [
        (f"arrival.{kind}", "payroll", None) for kind in ("warned", "late", "recovered")]
    assert events[1]["text"].endswith(late["diagnosis"])

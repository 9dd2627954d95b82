"""What pages ask for: the overview, counts, logs, events, kinds of places; and the settings."""
from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.hubs import Place, until
from api.test_runs import files, over, start  # noqa: F401 - a fixture
from haulier.model.account import Role
from haulier.model.query import TransferQuery
from haulier.model.transfer import State

V1 = "/api/v1"


@pytest.fixture
def log(hub: Place) -> Iterator[Any]:
    path = hub.home / "logs" / "haulier.log"
    before = path.read_text() if path.exists() else None
    yield path
    path.write_text(before) if before is not None else path.unlink(missing_ok=True)


def stamp(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def test_the_overview(hub: Place, files: list[str]) -> None:  # noqa: F811
    before = hub.client().get(f"{V1}/overview").json()
    run = over(hub, start(hub)["id"])
    viewer, files_before = hub.client(Role.VIEWER), before["today"]["files"]
    told = until(lambda: (found := viewer.get(f"{V1}/overview").json())["today"]["files"] == files_before + 4
                 and not found["hub"]["workers"][0]["runs"] and found)
    assert told["today"]["bytes"] == before["today"]["bytes"] + run["bytes"]
    assert told["today"]["runs"] == before["today"]["runs"] + 1 and told["success_rate"] == 1.0
    points = told["throughput"]
    assert len(points) == 96 and points == sorted(points, key=lambda one: str(one["at"]))
    assert sum(one["files"] for one in points) >= 4
    assert {(one["kind"], one["flow"]) for one in told["attention"]} == {("broken", "broken")}
    assert "configs/jobs.yaml" in told["attention"][0]["reason"]
    assert [one["flow"] for one in told["next"]] == ["nightly", "reports"] and told["next"][0]["sentence"]
    about = told["hub"]
    assert (about["version"], about["engine"], about["database"]) == ("1.2.3", "running", "sqlite")
    assert [worker["runs"] for worker in about["workers"]] == [0]


def test_a_job_whose_source_is_missing_needs_attention(hub: Place) -> None:
    run = over(hub, start(hub, "nowhere")["id"])
    assert run["state"] == "failed"
    found = until(lambda: [one for one in hub.client().get(f"{V1}/overview").json()["attention"]
                           if one["flow"] == "nowhere"])
    assert (found[0]["kind"], found[0]["run"], found[0]["files"]) == ("failed", run["id"], 0)
    assert "not-there" in found[0]["reason"]


def test_counts_over_time(hub: Place, files: list[str]) -> None:  # noqa: F811
    run = over(hub, start(hub)["id"])
    client, now = hub.client(), datetime.now(UTC)
    told = client.get(f"{V1}/stats", params={"since": stamp(now - timedelta(hours=1)), "step": 60,
                                             "until": stamp(now + timedelta(minutes=2))}).json()
    assert len(told["buckets"]) in (62, 63) and told["totals"]["files"] >= 4
    assert sum(one["bytes"] for one in told["buckets"]) == told["totals"]["bytes"] >= run["bytes"]
    assert len(client.get(f"{V1}/stats").json()["buckets"]) in (24, 25)
    for params in ({"since": "2026-01-02", "until": "2026-01-01"}, {"since": "2000-01-01", "step": "1"}, {"step": "0"}):
        assert client.get(f"{V1}/stats", params=params).status_code == 422
    for far in ({"until": "0001-01-01"}, {"until": "9999-12-31"}):
        assert client.get(f"{V1}/stats", params=far).json()["totals"]["files"] == 0
    jobs = {one["flow"]: one for one in client.get(f"{V1}/stats/jobs").json()}
    assert jobs["reports"]["done"] >= 4 and jobs["reports"]["bytes"] >= run["bytes"] and jobs["reports"]["last_success"]


def test_what_can_be_set(hub: Place) -> None:
    told = hub.client(Role.VIEWER).get(f"{V1}/specs").json()
    assert set(told["stores"]) >= {"local", "sftp", "s3", "scp"} and "compress" in told["steps"]
    assert {"bgmax", "csv"} <= set(told["parsers"]) and "http" in told["sinks"] and "sql" in told["items"]
    password = told["stores"]["sftp"]["schema"]["properties"]["password"]
    assert password["writeOnly"] and password["format"] == "password"
    presets = {one["name"]: one for one in told["stores"]["s3"]["presets"]}
    assert presets["minio"]["endpoint_url"] and told["job"]["$defs"]["Job"]
    assert told["stores"]["sftp"]["schemes"] == ["sftp"] and told["settings"]["properties"]["limits"]


def test_events_from_both_ends(hub: Place, files: list[str]) -> None:  # noqa: F811
    run = over(hub, start(hub)["id"])["id"]
    client = hub.client(Role.VIEWER)

    def listed(**params: Any) -> dict[str, Any]:
        answer = client.get(f"{V1}/events/list", params=params)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    newest = listed(limit=3)
    ids = [one["id"] for one in newest["items"]]
    assert newest["more"] and ids == sorted(ids, reverse=True) and newest["items"][0]["kind"] == "run.done"
    assert (newest["items"][0]["flow"], newest["items"][0]["run"]) == ("reports", run)
    earlier = listed(before=ids[-1], limit=1000)["items"]
    every = listed(after=0, limit=1000)["items"]
    assert [one["id"] for one in earlier] == [one["id"] for one in reversed(every)][3:]
    assert [one["id"] for one in listed(after=ids[-1])["items"]] == ids[1::-1]
    assert {one["kind"] for one in listed(kind="run.", limit=100)["items"]} <= {
        "run.queued", "run.started", "run.done", "run.failed"}
    of_run = listed(run=run)["items"]
    assert of_run and {one["run"] for one in of_run} == {run} and listed(run=run, kind="nothing")["items"] == []
    assert listed(after=10**15)["items"] == [] and listed(before=1)["items"] == []


def test_the_log_is_read_and_searched(hub: Place, log: Any) -> None:
    lines = [{"at": "2026-11-25T20:15:00.000Z", "level": level, "logger": "haulier.hub", "text": text} for level, text
             in (("DEBUG", "one"), ("INFO", "two <script>"), ("ERROR", "three"), ("INFO", "four"))]
    log.parent.mkdir(exist_ok=True)
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    client = hub.client(Role.VIEWER)
    told = client.get(f"{V1}/logs", params={"lines": 2}).json()
    assert [line["text"] for line in told["lines"]] == ["three", "four"] and told["file"] == "logs/haulier.log"
    rest = client.get(f"{V1}/logs", params={"lines": 9, "before": told["before"]}).json()
    assert [line["text"] for line in rest["lines"]] == ["one", "two <script>"] and rest["before"] is None
    found = client.get(f"{V1}/logs", params={"level": "ERROR", "search": "THR"}).json()["lines"]
    assert [line["text"] for line in found] == ["three"]
    for params in ({"lines": "0"}, {"level": "LOUD"}, {"before": "../../etc"}):
        assert client.get(f"{V1}/logs", params=params).status_code == 422
    assert client.get("/logs/recent", params={"lines": 1}).json() == {
        "logs": ["2026-11-25T20:15:00.000Z INFO haulier.hub: four"]}


def test_settings_are_changed_in_their_file(hub: Place) -> None:
    path = hub.home / "haulier.yaml"
    before = path.read_text()
    try:
        told = hub.client(Role.VIEWER).get(f"{V1}/settings").json()
        assert told["limits"] == {"lanes": 4, "per_connection": 2, "tasks": 32, "bandwidth": None, "timetable": []}
        limits = {"lanes": 6, "bandwidth": "50MB/s",
                  "timetable": [{"days": "mon-fri", "from": "08:00", "to": "17:00", "bandwidth": "5MB/s"}]}
        body = {"limits": limits, "timezone": "Europe/Stockholm", "version": told["version"]}
        answer = hub.client().put(f"{V1}/settings", json=body)
        assert answer.status_code == 200, answer.text
        new = answer.json()
        assert new["limits"]["lanes"] == 6 and new["limits"]["timetable"] and new["timezone"] == "Europe/Stockholm"
        assert hub.made.live.workspace.settings.limits.lanes == 6 and "# Settings of this workspace" in path.read_text()
        stale = hub.client().put(f"{V1}/settings", json=body)
        assert stale.status_code == 409 and stale.json()["current"]["version"] == new["version"]
        for wrong in ({"timezone": "Mars"}, {"limits": {"lanes": 0}}, {"limits": {"lane": 1}}, {"ledger": "x"}):
            answer = hub.client().put(f"{V1}/settings", json={**wrong, "version": new["version"]})
            assert answer.status_code == 422 and answer.json()["problems"], wrong
        assert hub.accounts.deeds(limit=1).items[0].what == "settings.changed"
    finally:
        path.write_text(before)
        hub.made.live.refresh()


def test_a_mistake_in_the_settings_does_not_move_the_clock(hub: Place) -> None:
    """The dashboard says what the engine goes by: what held before."""
    path = hub.home / "haulier.yaml"
    before = path.read_text()
    given = {"schedule": "0 12 1 1 *"}
    try:
        for text in ("timezone: Asia/Tokyo\n", "timezone: Asia/Tokyo\nlimits: {lanes: none}\n"):
            path.write_text(text)
            hub.made.live.refresh()
            told = hub.client(Role.VIEWER).post(f"{V1}/schedules/check", json=given).json()
            assert told["next"][0].endswith("-01-01T03:00:00.000000Z"), text
        assert hub.made.live.workspace.loaded.problems
    finally:
        path.write_text(before)
        hub.made.live.refresh()


def test_how_long_runs_took_is_a_histogram(hub: Place, files: list[str],  # noqa: F811
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haulier.api.past.latencies.LAG", 0)

    def numbers() -> dict[str, float]:
        time.sleep(1.1)
        lines = [line for line in hub.client().get("/metrics").text.splitlines() if "_seconds_" in line]
        return {name: float(number) for name, _, number in (line.rpartition(" ") for line in lines if line[0] != "#")}

    before, name = numbers(), "haulier_run_duration_seconds"
    run = over(hub, start(hub)["id"])
    after = numbers()
    assert run["state"] == "done" and after[f"{name}_count"] == before[f"{name}_count"] + 1
    assert after[f"{name}_sum"] > before[f"{name}_sum"]
    found = [number for line, number in after.items() if line.startswith(f"{name}_bucket")]
    assert found == sorted(found) and found[-1] == after[f"{name}_count"] and len(found) == 11
    assert after["haulier_run_wait_seconds_count"] == after[f"{name}_count"]


def test_health_and_metrics(hub: Place, files: list[str]) -> None:  # noqa: F811
    assert hub.client(None).get("/health").json() == {"status": "healthy"}
    over(hub, start(hub)["id"])
    answer = hub.client(Role.VIEWER).get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert float(samples['haulier_job_last_success_timestamp_seconds{job="reports"}']) > 1.7e9
    assert samples['haulier_build_info{version="1.2.3"}'] == "1" and 'haulier_runs{state="running"}' in samples
    for line in answer.text.splitlines():
        assert line.startswith("#") or float(line.rsplit(" ", 1)[1]) >= 0
    name = 'haulier_files_total{outcome="done"} '

    def counted() -> float:
        lines = hub.client().get("/metrics").text.splitlines()
        return next(float(line.removeprefix(name)) for line in lines if line.startswith(name))

    before = len(hub.made.books.reader.transfers(TransferQuery(states=(State.DONE,), limit=1000)).items)
    assert before >= 4 and until(lambda: counted() == before)   # an answer is kept for a second
    for minutes in (0, 1, 2):       # whatever was summed up before, each file counts once
        hub.clock.ahead = minutes * 60 * 10**9
        time.sleep(1.1)
        assert counted() == before
    hub.clock.ahead = 0


def test_the_dashboard_is_at_every_other_address(hub: Place) -> None:
    client = hub.client(None)
    for path in ("/", "/ui/overview", "/ui/jobs/some%20job", "/nothing"):
        answer = client.get(path)
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
        assert "sha256-" in answer.headers["content-security-policy"]
    for path in ("/api/v1/nothing", "/api/nothing", "/static/nothing.js", "/static/%2e%2e/pages.py",
                 "/static/%2e%2e%2fpages.py"):
        assert client.get(path, headers={"Accept": "text/html"}).status_code in (401, 404)
    for path in ("/openapi.json", "/docs", "/redoc"):
        assert "openapi" not in client.get(path).text


def test_the_description_is_for_those_who_signed_in(hub: Place) -> None:
    assert hub.client(None).get(f"{V1}/openapi.json").status_code == 401
    assert hub.client(Role.VIEWER).get(f"{V1}/openapi.json").json()["info"]["title"] == "Haulier"


def test_a_bug_is_answered_without_the_inside_of_it(hub: Place, caplog: pytest.LogCaptureFixture,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the inside of it")

    monkeypatch.setattr(type(hub.made.books.reader), "flows", broken)
    with caplog.at_level(logging.ERROR, "haulier.api"):
        answer = hub.client().get(f"{V1}/jobs")
    assert answer.status_code == 500 and "inside" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json" and "the inside of it" in caplog.text

"""The WebSocket: an older program's events and commands."""
from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from api.hubs import TOKENS, Place, until
from api.test_runs import files, over, start  # noqa: F401 - a fixture
from haulier.model.account import Role

FIELDS = {"id", "status", "status_display", "source_path", "source_size", "download_bytes_transferred",
          "download_percent", "download_speed", "processing_percent", "processing_step", "error_message",
          "failed_at_stage", "device_connection_id", "queued_at", "download_started_at", "download_completed_at",
          "processing_started_at", "processing_completed_at"}


@contextmanager
def line(hub: Place, role: Role = Role.OPERATOR, **headers: str) -> Iterator[ClientConnection]:
    sent = {"Authorization": f"Bearer {TOKENS[role]}", **headers}
    url = hub.url.replace("http", "ws", 1) + "/api/v1/ws"
    queues = hub.app.state.desk.observations._fan._queues
    before = {*queues}
    with connect(url, additional_headers=sent, proxy=None, close_timeout=2) as opened:
        until(lambda: {*queues} - before)   # others may just be leaving
        until(lambda: hub.app.state.desk.observations._position >= 0)
        yield opened


def heard(opened: ClientConnection, enough: Any) -> list[dict[str, Any]]:
    """Messages until there are enough of them."""
    found: list[dict[str, Any]] = []
    while not enough(found):
        found.append(json.loads(opened.recv(timeout=60)))
    return found


def ask(opened: ClientConnection, command: Any) -> dict[str, Any]:
    opened.send(command if isinstance(command, str) else json.dumps(command))
    return heard(opened, lambda found: found and found[-1]["type"].startswith("command."))[-1]


def test_files_are_told_by_the_older_names(hub: Place, files: list[str]) -> None:  # noqa: F811
    with line(hub, Role.VIEWER) as opened:
        start(hub)
        found = heard(opened, lambda found: sum(one["type"].endswith("processing.completed") for one in found) == 4)
    kinds = {one["type"].removeprefix("observation.transfer.") for one in found}
    assert kinds >= {"download.started", "processing.completed"}
    assert all(set(one["data"]) == FIELDS for one in found)
    done = [one["data"] for one in found if one["type"].endswith("processing.completed")]
    assert {one["source_path"] for one in done} == set(files) and {one["status"] for one in done} == {40}
    assert {one["device_connection_id"] for one in done} == {"reports"}
    assert all(one["download_percent"] == one["processing_percent"] == 100 for one in done)


def test_failures_are_told_with_their_stage(hub: Place, files: list[str]) -> None:  # noqa: F811
    (hub.home / "out" / "a.csv").mkdir()
    with line(hub) as opened:
        over(hub, start(hub)["id"])
        failed = heard(opened, lambda found: found and found[-1]["type"].endswith(".failed"))[-1]["data"]
        assert failed["status"] == 60 and failed["error_message"] and failed["failed_at_stage"] == "processing"
        (hub.home / "out" / "a.csv").rmdir()
        answer = ask(opened, {"type": "command.transfer.retry", "transfer_id": failed["id"]})
        assert answer == {"type": "command.done", "data": {"command": "command.transfer.retry", "state": "queued",
                                                           "transfer_id": failed["id"]}}
        heard(opened, lambda found: found and found[-1]["type"].endswith("processing.completed"))
        again = ask(opened, {"type": "command.transfer.cancel", "data": {"transfer_id": failed["id"]}})
        assert again["type"] == "command.refused" and "done" in again["data"]["reason"]
    assert hub.accounts.deeds(limit=1).items[0].what == "transfer.retried"


def test_a_batch_is_a_run_of_a_job(hub: Place, files: list[str]) -> None:  # noqa: F811
    with line(hub) as opened:
        answer = ask(opened, {"type": "command.transfer.queue_batch", "data": {"device_connection_id": "reports"}})
        assert answer["type"] == "command.done" and over(hub, answer["data"]["run"])["done"] == 4


def batch(*named: Any) -> dict[str, Any]:
    return {"type": "command.transfer.queue_batch", "data": {
        "device_connection_id": "reports", "flight_session_id": 1, "files": list(named)}}


def test_a_batch_may_name_its_files(hub: Place, files: list[str]) -> None:  # noqa: F811
    (hub.home / "in" / "notes.txt").write_text("not the job's")
    with line(hub) as opened:
        answer = ask(opened, batch({"path": "a.csv", "size": 1, "metadata": {}}, "åäö 日本.csv", "a.csv"))["data"]
        assert answer["files"] == 2 and (run := over(hub, answer["run"]))["done"] == 2
        assert (run["state"], run["trigger"]) == ("done", "api")
        assert sorted(path.name for path in (hub.home / "out").iterdir()) == ["a.csv", "åäö 日本.csv"]
        answer = ask(opened, batch("sub title.csv", "gone.csv", "notes.txt", ".hidden.csv", "in/a.csv"))["data"]
        run = over(hub, answer["run"])
        assert (run["state"], run["done"], run["failed"]) == ("failed", 1, 4)
    told = hub.client().get(f"/api/v1/runs/{run['id']}/transfers").json()["items"]
    said = {one["path"]: one["error"] for one in told}
    assert said == {"sub title.csv": "", "gone.csv": "gone.csv: was asked for, and is not there",
                    "in/a.csv": "in/a.csv: was asked for, and is not there",
                    ".hidden.csv": ".hidden.csv: was asked for, and is not there",
                    "notes.txt": "notes.txt: was asked for, and the job does not take it: no pattern includes it"}
    assert "for 5 files" in hub.accounts.deeds(limit=1).items[0].text


@pytest.mark.parametrize(("named", "said"), [
    ([], "must be a list"), ("a.csv", "must be a list"), ({"path": "a.csv"}, "must be a list"),
    (["a.csv", 1], "files[1] must be a path"), ([{"size": 1}], "files[0] must be a path"),
    (["../secret"], "not a usable file name: '../secret'"), (["/etc/passwd"], "not a usable file name"),
    (["a/../b"], "not a usable"), (["a\0"], "not a usable"), ([""], "not a usable"), (["\ud800"], "not a usable")])
def test_names_that_leave_the_source_are_refused(hub: Place, named: Any, said: str) -> None:
    before = hub.made.books.ledger.runs()[:1]
    with line(hub) as opened:
        answer = ask(opened, {**batch(), "device_connection_id": "reports", "files": named, "data": None})
    assert answer["type"] == "command.refused" and said in answer["data"]["reason"]
    assert hub.made.books.ledger.runs()[:1] == before


@pytest.mark.parametrize("command", ["", "[", "[]", "{}", '{"type": 1}', '{"type": "command.x"}', "[" * 10_000,
    '{"type": "command.transfer.cancel"}', '{"type": "command.transfer.cancel", "transfer_id": "1"}',
    '{"type": "command.transfer.cancel", "transfer_id": true}', '{"type": "command.transfer.retry", "transfer_id": -1}',
    '{"type": "command.transfer.cancel", "transfer_id": 99999999999999999999999}',
    '{"type": "command.transfer.cancel", "transfer_id": 987654}', '{"type": "command.transfer.queue_batch"}',
    '{"type": "command.transfer.queue_batch", "device_connection_id": "none"}', "x" * 70_000])
def test_what_is_no_command_is_refused_and_ends_nothing(hub: Place, command: str) -> None:
    with line(hub) as opened:
        for _ in range(2):
            answer = ask(opened, command)
            assert answer["type"] == "command.refused" and answer["data"]["reason"] != "internal error"


def test_a_viewer_commands_nothing(hub: Place) -> None:
    with line(hub, Role.VIEWER) as opened:
        for kind in ("cancel", "retry", "queue_batch"):
            answer = ask(opened, {"type": f"command.transfer.{kind}", "transfer_id": 1})
            assert answer["type"] == "command.refused" and "operator" in answer["data"]["reason"]


@pytest.mark.parametrize(("headers", "status"), [
    ({"Authorization": "Bearer wrong"}, 401), ({"Origin": "http://evil.example"}, 403)])
def test_not_everybody_comes_in(hub: Place, headers: dict[str, str], status: int) -> None:
    with pytest.raises(InvalidStatus) as refused, line(hub, **headers):
        pass
    assert refused.value.response.status_code == status
    assert json.loads(refused.value.response.body or b"")["status"] == status


def test_a_browser_comes_in_by_cookie_and_goes_with_its_session(hub: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haulier.api.stream.fan.HEARTBEAT", 0.2)
    browser = hub.browser("viewer")
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    with line(hub, Authorization="", Cookie=cookie, Origin=hub.url) as opened:
        browser.delete("/api/v1/session")
        with pytest.raises(ConnectionClosed):
            heard(opened, lambda found: False)

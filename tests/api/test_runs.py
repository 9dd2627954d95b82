"""Runs and files: started, watched, paused, cancelled and tried again over the API, by the real engine."""
from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from api.hubs import Place, until
from haulier.model.account import Role

V1 = "/api/v1"
NAMES = ["a.csv", "sub title.csv", "<img src=x onerror=alert(1)>.csv", "åäö 日本.csv"]


_times = count(1)


def content(name: str) -> str:
    """Another one each time: what was delivered before is not sent again."""
    return f"{next(_times):9}" + name * 10


def size(name: str) -> int:
    return 9 + len(name.encode()) * 10


KILLED = """
import os, sys
from haulier.ledger import books
print(books(sys.argv[1]).ledger.start("reports", source="in", target="out").id, flush=True)
os._exit(9)
"""


@pytest.fixture
def files(hub: Place) -> Iterator[list[str]]:
    for name in NAMES:
        (hub.home / "in" / name).write_text(content(name))
    yield NAMES
    for folder in ("in", "out"):
        os.chmod(hub.home / folder, 0o755)
        for path in (hub.home / folder).iterdir():
            path.unlink()


def over(hub: Place, run: int) -> dict[str, Any]:
    """The run, once it is over or waits."""
    def look() -> Any:
        told = hub.client().get(f"{V1}/runs/{run}").json()
        return told["state"] in ("done", "failed", "cancelled", "waiting") and told
    found: dict[str, Any] = until(look)
    return found


def start(hub: Place, job: str = "reports", role: Role = Role.OPERATOR, **body: Any) -> dict[str, Any]:
    answer = hub.client(role).post(f"{V1}/jobs/{job}/run", json=body or None)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_run_by_hand_from_its_wish_to_its_end(hub: Place, files: list[str]) -> None:
    wanted = start(hub, priority="high")
    assert (wanted["flow"], wanted["trigger"], wanted["priority"]) == ("reports", "api", "high")
    assert wanted["state"] in ("queued", "running") and wanted["created"].endswith("Z")
    done = over(hub, wanted["id"])
    assert done["state"] == "done" and (done["done"], done["failed"]) == (4, 0) and done["progress"] is None
    assert done["source"] == str(hub.home / "in") and done["bytes"] == sum(map(size, NAMES))
    assert sorted(path.name for path in (hub.home / "out").iterdir()) == sorted(NAMES)
    job = hub.client().get(f"{V1}/jobs/reports").json()["job"]
    assert job["last_run"]["id"] == wanted["id"] and job["last_success"] and job["running"] is None
    assert hub.accounts.deeds(limit=1).items[0].what == "job.started"


def test_whoever_signed_in_runs_by_hand(hub: Place, files: list[str]) -> None:
    answer = hub.browser("operator").post(f"{V1}/jobs/reports/run", json={})
    assert answer.json()["trigger"] == "hand"
    over(hub, answer.json()["id"])


def test_what_cannot_run_is_not_started(hub: Place) -> None:
    client = hub.client()
    assert client.post(f"{V1}/jobs/broken/run").status_code == 422
    assert client.post(f"{V1}/jobs/none/run").status_code == 404
    assert client.post(f"{V1}/jobs/reports/run", json={"priority": "highest"}).status_code == 422


def test_runs_are_listed_by_what_they_are(hub: Place, files: list[str]) -> None:
    good, bad = start(hub)["id"], start(hub, "nowhere")["id"]
    over(hub, good), over(hub, bad)
    client = hub.client(Role.VIEWER)
    told = client.get(f"{V1}/runs", params={"limit": 2}).json()
    assert [run["id"] for run in told["items"]] == [bad, good] and told["total"] >= 2
    assert not told["total_is_capped"] and (told["limit"], told["offset"]) == (2, 0)
    assert [run["id"] for run in client.get(f"{V1}/runs", params={"offset": 1, "limit": 1}).json()["items"]] == [good]
    for params, expected in (({"flow": "nowhere"}, bad), ({"state": "failed"}, bad), ({"state": "done"}, good),
                             ({"state": "failed,done", "trigger": "api,hand"}, bad)):
        assert client.get(f"{V1}/runs", params=params).json()["items"][0]["id"] == expected
    assert client.get(f"{V1}/runs", params={"since": "2999-01-01T00:00:00Z"}).json()["items"] == []
    assert client.get(f"{V1}/runs", params={"until": "2000-01-01"}).json()["total"] == 0
    grid = client.get(f"{V1}/runs/grid", params={"flow": "reports", "count": 5}).json()
    assert grid[0]["id"] == good and grid[0]["seconds"] >= 0 and grid[0]["done"] == 4
    assert client.get(f"{V1}/runs/{bad}").json()["error"]


@pytest.mark.parametrize("params", [
    {"state": "dun"}, {"since": "yesterday"}, {"limit": "0"}, {"limit": "1001"}, {"offset": "-1"},
    {"offset": "99999999999999999999"}, {"flow": "\0"}, {"sort": "size"}])
def test_questions_that_make_no_sense_are_refused(hub: Place, params: dict[str, str]) -> None:
    assert hub.client().get(f"{V1}/runs", params=params).status_code == 422


@pytest.mark.parametrize("path", ["runs/987654", "runs/987654/transfers", "transfers/987654", "nothing"])
def test_what_is_not_there(hub: Place, path: str) -> None:
    answer = hub.client().get(f"{V1}/{path}")
    assert answer.status_code == 404 and answer.headers["content-type"] == "application/problem+json"


def test_files_are_found_sorted_and_told(hub: Place, files: list[str]) -> None:
    run = over(hub, start(hub)["id"])["id"]
    client = hub.client(Role.VIEWER)

    def paths(**params: Any) -> list[str]:
        found = client.get(f"{V1}/transfers", params={"run": run, **params})
        assert found.status_code == 200, found.text
        return [one["path"] for one in found.json()["items"]]

    assert sorted(paths()) == sorted(NAMES) and paths(sort="name") == sorted(paths(sort="-name"))
    assert paths(search="TITLE") == ["sub title.csv"] and paths(search="日本") == ["åäö 日本.csv"]
    assert paths(search="<img") == [NAMES[2]] and paths(search="%") == []
    assert paths(state="failed,waiting") == [] and len(paths(state="done")) == 4
    sizes = [size(name) for name in paths(sort="size")]
    assert sizes == sorted(sizes) and paths(min_size=sizes[-1]) == paths(sort="-size", limit=1)
    listed = client.get(f"{V1}/runs/{run}/transfers", params={"limit": 3}).json()
    assert listed["total"] == 4 and len(listed["items"]) == 3
    for one in listed["items"]:
        assert (one["flow"], one["run"], one["state"], one["delivered"]) == ("reports", run, "done", True)
        assert one["destination"] == str(hub.home / "out") and len(one["sha256"]) == 64 and one["moved"] is None


def test_one_files_story(hub: Place, files: list[str]) -> None:
    run = over(hub, start(hub)["id"])["id"]
    id = hub.client().get(f"{V1}/runs/{run}/transfers", params={"search": "<img"}).json()["items"][0]["id"]
    told = hub.client(Role.VIEWER).get(f"{V1}/transfers/{id}").json()
    assert told["transfer"]["name"] == NAMES[2] and told["actions"] == []
    assert [one["kind"] for one in told["events"]][-2:] == ["transfer.done", "run.done"]
    assert {one["flow"] for one in told["events"]} == {"reports"}
    assert any("It arrived as" in line for line in told["why"]) and not any(line[0] == " " for line in told["why"])


def test_what_failed_is_tried_again_as_a_run_and_as_a_file(hub: Place, files: list[str]) -> None:
    (hub.home / "out" / "a.csv").mkdir()
    client = hub.client(Role.OPERATOR)
    try:
        run = over(hub, start(hub)["id"])
        assert run["state"] == "failed" and (run["done"], run["failed"]) == (3, 1), run
        failed, = client.get(f"{V1}/transfers", params={"run": run["id"], "state": "failed"}).json()["items"]
        assert failed["error"] and failed["kind"] and not failed["will_retry"]
        assert client.get(f"{V1}/transfers/{failed['id']}").json()["actions"] == ["retry"]
        again = client.post(f"{V1}/runs/{run['id']}/retry")
        assert again.status_code == 202 and again.json()["trigger"] == "retry"
        assert over(hub, again.json()["id"])["failed"] == 1
        attention = until(lambda: [one for one in client.get(f"{V1}/overview").json()["attention"]
                                   if one["flow"] == "reports"])
        assert (attention[0]["kind"], attention[0]["files"]) == ("failed", 1) and "a.csv" in attention[0]["reason"]
    finally:
        (hub.home / "out" / "a.csv").rmdir()
    id = client.get(f"{V1}/transfers", params={"state": "failed", "search": "a.csv"}).json()["items"][0]["id"]
    assert client.post(f"{V1}/transfers/{id}/retry").status_code == 200
    until(lambda: client.get(f"{V1}/transfers/{id}").json()["transfer"]["state"] == "done")
    assert (hub.home / "out" / "a.csv").read_text() == (hub.home / "in" / "a.csv").read_text()


def test_what_is_over_is_left_alone(hub: Place, files: list[str]) -> None:
    run = over(hub, start(hub)["id"])["id"]
    client = hub.client(Role.OPERATOR)
    for verb in ("cancel", "pause", "retry"):
        answer = client.post(f"{V1}/runs/{run}/{verb}")
        assert answer.status_code == 409, (verb, answer.text)
    ids = [one["id"] for one in client.get(f"{V1}/runs/{run}/transfers").json()["items"]]
    for verb in ("cancel", "pause", "resume", "retry"):
        assert client.post(f"{V1}/transfers/{ids[0]}/{verb}").status_code == 409
    told = client.post(f"{V1}/transfers/actions", json={"action": "cancel", "ids": [*ids, 987654]}).json()
    assert told["done"] == [] and {one["id"] for one in told["refused"]} == {*ids, 987654}
    assert all(one["reason"] for one in told["refused"])
    assert client.post(f"{V1}/transfers/actions", json={"action": "cancel", "ids": [-1]}).status_code == 422


def test_a_run_is_paused_gone_on_with_and_cancelled(hub: Place, files: list[str]) -> None:
    """A large file over a slow line: the job's own bandwidth."""
    path = hub.home / "configs" / "jobs.yaml"
    before = path.read_text()
    path.write_text(before + "  - job_id: slow\n    source: { type: local, path: in, file_pattern: \"*.big\" }\n"
                    "    destination: { type: local, path: out }\n    complete: { settle_seconds: 0 }\n"
                    "    limits: { bandwidth: 1MB/s }\n    processing: { enabled: true, steps: [compress] }\n")
    (hub.home / "in" / "one.big").write_bytes(os.urandom(1 << 20) * 24)
    hub.made.live.refresh()
    client = hub.client(Role.OPERATOR)

    def state(run: int) -> str:
        return str(client.get(f"{V1}/runs/{run}").json()["state"])

    try:
        run = start(hub, "slow")["id"]
        moving = until(lambda: (told := client.get(f"{V1}/runs/{run}").json()["progress"]) and told["moved"] and told)
        assert moving["files"] == 1 and moving["bytes"] == 24 << 20
        overview = until(lambda: (told := client.get(f"{V1}/overview").json())["active_count"] and told)
        assert overview["active"][0]["path"] == "one.big" and overview["hub"]["workers"][0]["runs"] == 1
        assert client.post(f"{V1}/runs/{run}/pause").status_code == 200
        until(lambda: state(run) == "paused")
        assert client.post(f"{V1}/runs/{run}/resume").json()["state"] in ("queued", "running")
        until(lambda: state(run) == "running")
        assert run in client.post(f"{V1}/runs/pause-all").json()["done"]
        until(lambda: state(run) == "paused")
        assert client.post(f"{V1}/runs/pause-all").json() == {"done": [], "refused": []}
        assert run in client.post(f"{V1}/runs/resume-all").json()["done"]
        until(lambda: state(run) == "running")
        assert client.post(f"{V1}/runs/resume-all").json() == {"done": [], "refused": []}
        assert client.post(f"{V1}/runs/{run}/cancel").status_code == 200
        until(lambda: state(run) == "cancelled")
        until(lambda: not [path for path in (hub.home / "out").iterdir() if path.name.startswith("one.big")])
        done = [deed.what for deed in hub.accounts.deeds(limit=6).items if deed.about == f"run {run}"]
        assert done == ["run.cancelled", "run.resumed", "run.paused", "run.resumed", "run.paused"]
    finally:
        path.write_text(before)
        hub.made.live.refresh()


def test_what_was_moved_before_a_pause_is_not_to_be_moved_again(hub: Place) -> None:
    """Else a run that was gone on with would never seem to come to its end."""
    (hub.home / "large").mkdir()
    (hub.home / "large" / "film.bin").write_bytes(b"\1" * 40_000_000)
    admin = hub.client()
    form = {"job_id": "large", "source": {"type": "local", "path": "large"}, "limits": {"bandwidth": "5MB/s"},
            "destination": {"type": "local", "path": "large-out"}, "complete": {"settle_seconds": 0}}
    admin.post(f"{V1}/jobs", json={"form": form}).raise_for_status()
    run = start(hub, "large")["id"]

    def moved() -> Any:
        return (admin.get(f"{V1}/runs/{run}").json()["progress"] or {}).get("moved", 0) > 18_000_000
    until(moved)
    admin.post(f"{V1}/runs/{run}/pause").raise_for_status()
    until(lambda: admin.get(f"{V1}/runs/{run}").json()["state"] == "paused")
    admin.post(f"{V1}/runs/{run}/resume").raise_for_status()
    told = until(lambda: (one := admin.get(f"{V1}/runs/{run}").json()["progress"]) and one["is_planned"] and one)
    assert 39_000_000 < told["bytes"] < 50_000_000, told
    assert over(hub, run)["state"] == "done"


def test_a_run_whose_process_was_killed_says_so(hub: Place, files: list[str]) -> None:
    command = [sys.executable, "-c", KILLED, hub.made.live.workspace.ledger_url()]
    killed = int(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    viewer = hub.client(Role.VIEWER)
    told = until(lambda: (one := viewer.get(f"{V1}/runs/{killed}").json())["error"] and one)
    assert told["state"] == "running" and "until it is run again" in told["error"]
    listed = viewer.get(f"{V1}/runs", params={"flow": "reports"}).json()["items"]
    assert [one["error"] for one in listed if one["id"] == killed] == [told["error"]]
    assert over(hub, start(hub)["id"])["state"] == "done"
    assert viewer.get(f"{V1}/runs/{killed}").json()["state"] == "crashed"

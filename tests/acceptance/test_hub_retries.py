"""What does not get through waits, and gets through by itself; what persons want of runs and files happens."""
from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from acceptance.far import MIB, big_file, many_files
from acceptance.hubs import Hubs, job, until
from haulier.testing.servers import sshd

SOON = 60.0
"""Seconds; a file of 24 MiB has gone through at 1 MB/s before, and its run is done: what is to happen did not wait for
its end."""


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sshd.Sshd]:
    """One that nobody minds being down."""
    with sshd.Sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


def connection(server: sshd.Sshd) -> str:
    account = server.keyed
    return (f"connections:\n  office: {{type: sftp, host: 127.0.0.1, port: {server.port}, username: {account.name}, "
            f"key_file: {account.key_file}, known_hosts: {server.known_hosts}}}\n")


def test_a_server_that_is_down_is_waited_for(hubs: Hubs, own_server: sshd.Sshd, tmp_path: Path) -> None:
    server, account = own_server, own_server.keyed
    files = many_files(tmp_path / "out", 30)
    hubs.settings(connection(server))
    hubs.jobs(job("send", tmp_path / "out", f"connection: office, path: {account.folder.rstrip('/')}/in",
                  "retry: {base: 6s, cap: 20s, tries: 1000}"))
    server.signal(signal.SIGKILL)
    hub = hubs.start_hub()
    run = hub.run(hub.begin("send"), "waiting")
    wakes = datetime.fromisoformat(run["wakes"])
    assert 0 < (wakes - datetime.now(UTC)).total_seconds() < 10 and "refused" in run["error"].lower()

    def is_told() -> bool:
        """As it is now: after a while it wakes, and waits anew."""
        wakes = datetime.fromisoformat(hub.run(run["id"], "waiting")["wakes"])
        code, out = hubs.run("status", hubs.workspace)
        return code == 0 and f"run {run['id']} of send: waiting, goes on at {wakes:%Y-%m-%d %H:%M:%S}" in out

    until(is_told, SOON)
    attention, = until(lambda: hub.get("/overview")["attention"])
    assert (attention["kind"], attention["run"], attention["will_retry"]) == ("waiting", run["id"], True)
    assert "refused" in attention["reason"].lower()
    server.restart()
    ended = hub.run(run["id"], "done", "failed")
    assert ended["state"] == "done" and ended["done"] == 30
    there = account.local / "in"
    assert {str(path.relative_to(there)): path.read_bytes() for path in there.rglob("*") if path.is_file()} == files
    shutil.rmtree(there)


def test_what_persons_want_of_runs(hubs: Hubs, tmp_path: Path) -> None:
    out, there = tmp_path / "out", tmp_path / "in"
    big = big_file(out / "big", 24 * MIB)
    slowly = job("slow", out, there, "limits: {bandwidth: 1MB/s}")
    hubs.jobs(slowly)
    hub = hubs.start_hub()

    def under_way(name: str) -> int:
        """The run of a file, once some of it is there."""
        run = hub.begin("slow")
        until(lambda: any(path.stat().st_size > MIB for path in there.glob(f".{name}.*")))
        return run

    run = under_way("big")
    assert until(lambda: hub.get(f"/runs/{run}")["progress"])["bytes"] == 24 * MIB
    assert hub.post(f"/runs/{run}/pause")["id"] == run
    hub.run(run, "paused", seconds=SOON)
    draft, = there.iterdir()
    size = draft.stat().st_blocks
    assert f"run {run} of slow: paused" in hubs.run("status", hubs.workspace)[1]
    assert draft.stat().st_blocks == size and draft.name.startswith(".big.")
    hubs.jobs(job("slow", out, there))
    hub.post(f"/runs/{run}/resume")
    ended = hub.run(run, "done", "failed")
    assert ended["state"] == "done" and (there / "big").read_bytes() == big.read_bytes()
    moved, = hub.get(f"/runs/{run}/transfers")["items"]
    told = hub.get(f"/transfers/{moved['id']}")["events"]
    claims = [one["text"] for one in told if one["kind"] == "transfer.claimed"]
    assert [one.startswith("big: try 2") for one in claims] == [True], "it was put down, and taken up again"

    hubs.jobs(slowly)       # which holds for a run that begins in the same moment
    big_file(out / "other", 25 * MIB)
    run = under_way("other")
    hub.post(f"/runs/{run}/cancel")
    hub.run(run, "cancelled", seconds=SOON)
    until(lambda: [path.name for path in there.iterdir()] == ["big"], SOON)
    cancelled, = hub.get("/transfers", state="cancelled")["items"]
    assert cancelled["path"] == "other" and hub.api.post(f"/runs/{run}/pause").status_code == 409


def test_a_failed_file_is_tried_again_alone(hubs: Hubs, tmp_path: Path) -> None:
    out, there = tmp_path / "out", tmp_path / "in"
    (there / "d0" / "f1").mkdir(parents=True)     # where a file should be
    files = many_files(out, 5)
    hubs.jobs(job("send", out, there))
    hub = hubs.start_hub()
    run = hub.run(hub.begin("send"), "done", "failed")
    assert (run["state"], run["done"], run["failed"]) == ("failed", 4, 1)
    failed, = hub.get("/transfers", state="failed")["items"]
    assert "there is a folder with this name" in failed["error"] and not failed["will_retry"]
    (there / "d0" / "f1").rmdir()
    hub.post(f"/transfers/{failed['id']}/retry")
    until(lambda: hub.get(f"/transfers/{failed['id']}")["transfer"]["state"] == "done")
    again = hub.run(hub.get("/runs", trigger="retry")["items"][0]["id"], "done")
    assert (again["done"], again["failed"], again["skipped"]) == (1, 0, 0)
    assert {str(path.relative_to(there)): path.read_bytes() for path in there.rglob("*") if path.is_file()} == files
    assert hub.api.post(f"/transfers/{failed['id']}/retry").status_code == 409, "it is done"

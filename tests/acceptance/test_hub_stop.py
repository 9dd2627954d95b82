"""A hub that is told to stop, in the middle of whatever it does: it ends soon, well, and the next one goes on."""
from __future__ import annotations

import signal
import socket
import threading
from pathlib import Path

import httpx
import pytest

from acceptance.far import MIB, SshFar, big_file
from acceptance.hubs import Hub, Hubs, job, until

SIZE = 192 * MIB


def listen(hub: Hub, heard: list[bytes]) -> threading.Thread:
    """Somebody who follows what happens for as long as the hub lets them."""
    def follow() -> None:
        with hub.api.stream("GET", "/events") as lines:
            heard.extend(lines.iter_raw())
    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_large_file_is_put_down_and_gone_on_with(
        hubs: Hubs, ssh: SshFar, tmp_path: Path, number: signal.Signals) -> None:
    hubs.settings("connections:\n" + ssh.connections)
    source = big_file(tmp_path / "out" / "big", SIZE)
    hubs.jobs(job("send", source.parent, f"connection: sftp, path: {ssh.remote}", "limits: {bandwidth: 24MB/s}"))
    hub, heard = hubs.start_hub(), list[bytes]()
    listener = listen(hub, heard)
    run = hub.begin("send")
    until(lambda: ssh.toll.up > SIZE // 6)
    until(lambda: heard)
    hub.stop(number)
    listener.join(30)
    assert not listener.is_alive()
    sent = ssh.toll.up
    assert sent < SIZE * 0.9 and ssh.names() == [] and ssh.hidden(), "it was in the middle"
    status = hubs.run("status", hubs.workspace)
    assert status[0] == 1 and f"run {run} of send: queued" in status[1]
    if number is signal.SIGINT:     # what the engine remembers can be lost: the ledger has everything
        for path in (hubs.workspace / "state").glob("engine.db*"):
            path.unlink()
    hubs.jobs(job("send", source.parent, f"connection: sftp, path: {ssh.remote}"))
    hub = hubs.start_hub()
    again = hub.run(run, "done")
    assert again["done"] == 1 and hub.get("/runs")["total"] == 1, "it is the same run"
    assert ssh.get("big") == source.read_bytes() and ssh.names() == ["big"] and ssh.hidden() == []
    assert SIZE <= ssh.toll.up <= ssh.most(SIZE), "it went on where it was"
    transfer, = hub.get(f"/runs/{run}/transfers")["items"]
    assert transfer["tries"] == 2 and transfer["state"] == "done"


def test_what_hangs_is_not_waited_for(hubs: Hubs, tmp_path: Path) -> None:
    """A server that takes connections and says nothing, with a run and a person waiting for it."""
    big_file(tmp_path / "out" / "big", MIB)
    with socket.create_server(("127.0.0.1", 0), backlog=8) as silent:
        port = silent.getsockname()[1]
        hubs.settings("connections:\n  silent: {type: sftp, host: 127.0.0.1, "
                      f"port: {port}, username: u, password: p, unknown_hosts: accept-new}}\n")
        hubs.jobs(job("send", tmp_path / "out", "connection: silent, path: x"),
                  job("fetch", "connection: silent, path: x", tmp_path / "in"))
        hub, told = hubs.start_hub(), list[httpx.Response]()
        run = hub.begin("send")
        person = threading.Thread(target=lambda: told.append(hub.api.get("/jobs/fetch/plan")))
        person.start()
        hub.run(run, "running")
        silent.settimeout(20)
        lines = [silent.accept()[0] for _ in range(2)]      # both are there now
        hub.stop()
        person.join(30)
        for line in lines:
            line.close()
    assert [(one.status_code, one.headers["Retry-After"]) for one in told] == [(503, "6")]
    assert "was stopped" in told[0].json()["detail"]

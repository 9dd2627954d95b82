"""kill -9 of the hub at random points, and started again: everything goes on, and nothing is there twice."""
from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from acceptance.far import MIB, SshFar, big_file, many_files
from acceptance.hubs import Hub, Hubs, job, until
from acceptance.receiver import Receiver
from haulier.app import workspace_at
from haulier.ledger import books

FILES = 2400
BIG = 64 * MIB
KILLS = 2
RECOVERY = 30.0


def sent(far: SshFar, receiver: Receiver) -> tuple[int, int]:
    return len(receiver.times), far.toll.up


def kill_somewhere(hub: Hub, chance: random.Random, far: SshFar, receiver: Receiver) -> None:
    """When so many more files or bytes have arrived, or when there are none left to wait for."""
    files, up = sent(far, receiver)
    looks: list[Callable[[], bool]] = []
    if files < FILES - 1:
        some = chance.randrange(files + 1, FILES)
        looks.append(lambda: len(receiver.times) >= some)
    if up < BIG * 0.8:
        much = chance.uniform(up + MIB, BIG)
        looks.append(lambda: far.toll.up >= much)
    if looks:
        until(chance.choice(looks), RECOVERY)
    hub.kill()
    time.sleep(0.2)     # what is on its way still arrives
    until(far.toll.is_quiet)


def are_over(hubs: Hubs) -> bool:
    """Whether the ledger knows of no run that is to be gone on with."""
    with closing(books(workspace_at(str(hubs.workspace)).ledger_url())) as opened:
        return not opened.agenda.open()


def check_told(hubs: Hubs, hub: Hub, runs: list[int], *, is_gone_on_with: bool) -> None:
    """The history says which processes carried the runs, and that the large file was gone on with."""
    assert sorted((run["id"], run["state"]) for run in hubs.told("history")) == [(run, "done") for run in sorted(runs)]
    begun = hub.get("/events/list", kind="run.started")["items"]
    assert len({one["text"].rpartition(", process ")[2] for one in begun}) > is_gone_on_with
    told = hubs.told("why", "big")
    file, = (one for one in told if one["type"] == "file")
    kinds = [one.get("kind") for one in told]
    assert file["state"] == "done" and kinds.count("transfer.lost") == file["tries"] - 1
    if file["tries"] > 1:
        assert any(str(one.get("text")).startswith(f"big: run {runs[0]} ended while ") for one in told), told
    rows = hub.get("/transfers", limit=1)["total"]
    assert rows == FILES + 1, "one row for each file, whatever happened"


@pytest.mark.parametrize("seed", [20, 26])
def test_a_killed_hub_goes_on(hubs: Hubs, ssh: SshFar, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    hubs.settings("connections:\n" + ssh.connections)
    files, big = many_files(tmp_path / "many", FILES), big_file(tmp_path / "one" / "big", BIG)
    (tmp_path / "there").mkdir()
    hubs.jobs(job("many", tmp_path / "many", tmp_path / "there"),
              job("one", big.parent, f"connection: sftp, path: {ssh.remote}", "limits: {bandwidth: 40MB/s}"))
    with Receiver(tmp_path / "there") as receiver:
        hub = hubs.start_hub()
        runs = [hub.begin("one"), hub.begin("many")]
        is_gone_on_with = False
        for _ in range(KILLS):
            kill_somewhere(hub, chance, ssh, receiver)
            is_gone_on_with |= not are_over(hubs)       # the last bytes may have come in the moment before
            before = sent(ssh, receiver)
            hub = hubs.start_hub()
            until(lambda before=before, hub=hub: sent(ssh, receiver) > before   # type: ignore[misc]
                  or all(hub.get(f"/runs/{run}")["state"] == "done" for run in runs), RECOVERY)
        ended = [hub.run(run, "done", "failed", seconds=RECOVERY) for run in runs]
    assert [run["state"] for run in ended] == ["done", "done"] and hub.get("/runs")["total"] == 2
    assert receiver.twice == [] and receiver.content == files
    assert ssh.get("big") == big.read_bytes() and ssh.names() == ["big"] and ssh.hidden() == []
    assert BIG <= ssh.toll.up <= BIG * 1.02 + KILLS * (ssh.most(0))
    assert [run["done"] for run in ended] == [1, FILES]
    check_told(hubs, hub, runs, is_gone_on_with=is_gone_on_with)

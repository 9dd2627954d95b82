"""The nightly flow: files are pulled from a server, made into others by a script, and pushed to a bucket."""
from __future__ import annotations

import os
import random
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from acceptance.far import S3Far, SshFar, many_files, s3_place, ssh_place
from acceptance.hubs import Hub, Hubs, Running, until
from acceptance.toll import Toll
from haulier.ledger import books
from haulier.model.run import RunState
from haulier.model.task import TaskState
from haulier.testing.servers.postgres import Postgres
from haulier.testing.servers.sshd import Sshd

FILES, SIZE = 300, 20_000
LATE = 90.0
MAKE = """\
import pathlib, sys
source, target = map(pathlib.Path, sys.argv[1:3])
for path in sorted(source.rglob("*")):
    if path.is_file():
        there = target / path.relative_to(source)
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes(path.read_bytes()[::-1])
with open(sys.argv[3], "a") as notes:
    notes.write("made\\n")
"""


class Night:
    """The workspace, and both far places."""

    def __init__(self, folder: Path, ssh: SshFar, s3: S3Far) -> None:
        self.ssh, self.s3, self.folder = ssh, s3, folder
        self.hubs = Hubs(folder / "home", ssh.connections + s3.connections)
        self.url = f"sqlite:///{self.hubs.workspace / 'state' / 'ledger.db'}"
        self.notes = folder / "notes"
        self.files = many_files(ssh.local, FILES, SIZE)
        for path in (ssh.local, *ssh.local.rglob("*")):
            path.chmod(0o755)
        s3.client.put_bucket_versioning(Bucket=s3.bucket, VersioningConfiguration={"Status": "Enabled"})
        for name in ("flows", "tasks"):
            (self.hubs.workspace / name).mkdir(exist_ok=True)
        (self.hubs.workspace / "tasks" / "make.py").write_text(MAKE)
        (self.hubs.workspace / "flows" / "nightly.yaml").write_text(f"""\
description: What came during the day
tasks:
  - id: pull
    type: transfer
    source: {{connection: sftp, path: {ssh.remote}}}
    destination: {{type: local, path: {folder / 'in'}}}
    recursive: true
    complete: {{settle_seconds: 0}}
  - {{id: make, depends_on: pull, script: make.py, args: [{folder / 'in'}, {folder / 'out'}, {self.notes}]}}
  - id: push
    type: transfer
    depends_on: make
    source: {{type: local, path: {folder / 'out'}}}
    destination: {{connection: s3, path: ''}}
    recursive: true
    complete: {{settle_seconds: 0}}
""")

    def kill_when(self, toll: Toll, hub: Running) -> None:
        """Once a good part of all bytes has passed, and as a power cut would."""
        some = int(FILES * SIZE * random.SystemRandom().uniform(0.1, 0.7))
        toll.when(some, lambda: os.kill(hub.process.pid, signal.SIGKILL))
        until(lambda: hub.process.poll() is not None, LATE)

    def begin(self, hub: Hub) -> None:
        assert hub.post("/flows/nightly/run", {})["id"] == 1

    def ends(self) -> None:
        """Everything is there once, whatever happened to those who carried it."""
        with closing(books(self.url)) as opened:
            until(lambda: opened.agenda.run(1).state in (RunState.DONE, RunState.FAILED), LATE)
            assert opened.agenda.run(1).state is RunState.DONE, opened.agenda.run(1)
            rows = {str(row.key): row for row in opened.tasks.tasks(1)}
            assert rows.keys() == {"pull", "make", "push"} and {row.state for row in rows.values()} == {TaskState.DONE}
            for id in ("pull", "push"):
                files = opened.ledger.transfers(run=rows[id].child, limit=FILES * 2)
                assert Counter(one.path for one in files) == Counter(self.files.keys())
                assert {one.state.value for one in files} == {"done"}
            assert len(opened.tasks.children(1)) == 2, "a run for each transfer, gone on with"
            assert rows["push"].outputs["files"] == FILES
        for name, data in self.files.items():
            assert (self.folder / "in" / name).read_bytes() == data
        assert not [path for path in (self.folder / "in").rglob(".*")]

    def stored(self) -> None:
        """A PUT whose answer was not yet stored is sent again, as all of its batch: what is there twice is the same
        twice, and nothing is there that should not be."""
        pages = self.s3.client.get_paginator("list_object_versions").paginate(Bucket=self.s3.bucket)
        versions = [one for page in pages for one in page["Versions"]]
        assert {one["Key"] for one in versions} == {*self.files} and self.s3.hidden() == []
        assert len({(one["Key"], one["ETag"]) for one in versions}) == FILES and len(versions) < 2 * FILES
        for name in random.SystemRandom().sample(sorted(self.files), 20):
            assert self.s3.get(name) == self.files[name][::-1]


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with Sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture
def night(sshd: Sshd, tmp_path: Path) -> Iterator[Night]:
    with ssh_place(sshd, tmp_path / "known_hosts") as ssh, s3_place() as s3:
        made = Night(tmp_path, ssh, s3)
        yield made
        made.hubs.end()


def test_in_a_hub_that_is_killed_in_both_transfers(night: Night) -> None:
    hub = night.hubs.start_hub()
    night.begin(hub)
    night.kill_when(night.ssh.toll, hub)
    hub = night.hubs.start_hub()
    night.kill_when(night.s3.toll, hub)
    night.hubs.start_hub()
    night.ends()
    night.stored()
    assert night.notes.read_text() == "made\n"


def test_by_a_command_that_is_killed_in_both_transfers(night: Night) -> None:
    words = ("run", "nightly", "--workspace", night.hubs.workspace)
    some = FILES * SIZE // 3
    assert night.hubs.killed(night.ssh.toll, some, *words)
    assert night.hubs.killed(night.s3.toll, some, *words, "--resume")
    code, out = night.hubs.run(*words, "--resume")
    assert code == 0 and "nightly: done, 3 tasks done" in out, out
    night.ends()
    night.stored()
    assert night.notes.read_text() == "made\n"


def test_by_two_processes_with_one_ledger(night: Night, server: Postgres) -> None:
    """The one that carries it is killed, and the other goes on."""
    night.url = server.database()
    workspace = night.hubs.workspace
    night.hubs.settings(f"ledger: ${{LEDGER}}\nconnections:\n{night.ssh.connections}{night.s3.connections}")
    (workspace / ".env").write_text(f"LEDGER={night.url}\n")
    shutil.copytree(workspace, night.folder / "copy")
    hub = night.hubs.start_hub()
    night.begin(hub)
    until(lambda: night.ssh.toll.down > 0, LATE)
    worker = Running(night.hubs, "worker", night.folder / "copy")
    if hub.process.poll() is None and not night.notes.exists():
        hub.kill()
    night.ends()
    night.stored()
    assert night.notes.read_text() == "made\n" and "Traceback" not in worker.stderr

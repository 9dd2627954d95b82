"""Receivers that take a file away the moment it can be seen: it has arrived, and is not sent again."""
from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.far import MIB, S3Far, SshFar, big_file, many_files
from acceptance.receiver import Receiver
from acceptance.toll import Haulier
from haulier.model.files import Draft
from haulier.settings.spec import Env
from haulier.stores.sftp import SftpSpec
from haulier.testing.servers import sshd


@pytest.mark.parametrize(("kind", "count"), [("sftp", 2000), ("scp", 500)])
def test_small_files_at_a_server(ssh: SshFar, kind: str, count: int, tmp_path: Path) -> None:
    haulier = Haulier(tmp_path / "home", ssh.connections)
    files = many_files(tmp_path / "many", count)
    words = haulier.job("many", f"type: local, path: {tmp_path / 'many'}", f"connection: {kind}, path: {ssh.remote}")
    with Receiver(ssh.local, pause=0) as receiver:
        code, out = haulier.run(*words)
        assert code == 0, out
        code, out = haulier.run(*words, "--fail-empty")
        assert code == 3, out
    assert receiver.content == files and receiver.twice == []


def test_an_object_that_goes_while_it_is_made(s3: S3Far, tmp_path: Path) -> None:
    made = []

    def take(way: str, data: bytes) -> None:
        if way == "down" and b"CompleteMultipartUploadResult" in data:
            made.append(s3.get("big"))
            s3.client.delete_object(Bucket=s3.bucket, Key="big")

    haulier = Haulier(tmp_path / "home", s3.connections)
    big = big_file(tmp_path / "out" / "big", 24 * MIB)
    words = haulier.job("one", f"type: local, path: {tmp_path / 'out'}", "connection: s3, path: ''")
    s3.toll.look = take
    code, out = haulier.run(*words)
    assert code == 0, out
    code, out = haulier.run(*words, "--fail-empty")
    assert code == 3, out
    assert made == [big.read_bytes()]


def test_a_file_that_is_gone_when_the_server_is_asked_about_it(server: sshd.Sshd, ssh: SshFar) -> None:
    account = server.keyed
    spec = SftpSpec.model_validate({
        "path": ssh.remote, "host": server.host, "port": server.port, "username": account.name,
        "known_hosts": server.known_hosts, "key_file": account.key_file})
    draft = Draft("name", ".name.h0.part", size=7)
    with spec.build(Env()) as store:
        for publish in (store.publish, lambda draft: next(iter(store.publish_many([draft]))).entry):
            (ssh.local / draft.temp).symlink_to("nowhere")      # can be renamed, and then is not there
            entry = publish(draft)
            assert entry is not None and (entry.path, entry.size) == ("name", 7)
            (ssh.local / "name").unlink()

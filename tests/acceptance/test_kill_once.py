"""Thousands of small files and kill -9 again and again: each is delivered, and each just once."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.far import S3Far, SshFar, chance, many_files, s3_place
from acceptance.receiver import Receiver
from acceptance.toll import Haulier

FILES = 2400
SIZE = 4000
KILLS = 4
BATCH = 512
"""Files that travel together to a far place."""


@pytest.fixture
def s3() -> Iterator[S3Far]:
    """As many at a time as there are in use: here whole batches are lost, not parts."""
    with s3_place(connections=16) as far:
        yield far


def anywhere(most: int) -> int:
    return chance().randrange(most // 20, most)


def check_told(haulier: Haulier, files: dict[str, bytes], kills: int) -> None:
    """What history and why say of it is true."""
    runs = haulier.told("history", "many", "--limit", "100")
    states = Counter(run["state"] for run in runs)
    assert runs[0]["state"] == "done" and set(states) <= {"done", "crashed"}
    assert states["crashed"] + states["done"] > kills   # one that is done may have its program killed before it ends
    told = haulier.told_each(*(("history", "--run", str(run["id"]), "--limit", "10000") for run in runs))
    rows = [row for rows in told for row in rows]
    assert sorted(row["path"] for row in rows) == sorted(files), "one row for each file, in whichever run it ended"
    assert {row["state"] for row in rows} == {"done"} and {row["bytes"] for row in rows} == {SIZE}
    tried, = (row for row in haulier.told("why", max(rows, key=lambda row: row["tries"])["path"])
              if row["type"] == "file")
    assert tried["state"] == "done" and tried["tries"] == max(row["tries"] for row in rows)


def check_done(haulier: Haulier, *words: str | Path) -> None:
    """The job comes to its end, and then has nothing more to do."""
    code, out = haulier.run(*words)
    assert code == 0, out
    code, out = haulier.run(*words, "--fail-empty")
    assert code == 3 and f"{FILES} skipped" in out, out


def test_a_receiver_at_a_server_gets_each_file_once(ssh: SshFar, tmp_path: Path) -> None:
    haulier = Haulier(tmp_path / "home", ssh.connections)
    files = many_files(tmp_path / "many", FILES, SIZE)
    words = haulier.job("many", f"type: local, path: {tmp_path / 'many'}", f"connection: sftp, path: {ssh.remote}")
    with Receiver(ssh.local) as receiver:
        kills = sum(haulier.killed(ssh.toll, anywhere(FILES * SIZE * 2 // 3), *words) for _ in range(KILLS))
        check_done(haulier, *words)
    assert kills
    assert receiver.twice == []
    assert receiver.content == files
    assert ssh.hidden() == []
    check_told(haulier, files, kills)


def test_a_receiver_on_this_machine_gets_each_file_once(tmp_path: Path) -> None:
    haulier = Haulier(tmp_path / "home")
    files = many_files(tmp_path / "many", FILES, SIZE)
    words = haulier.job("many", f"type: local, path: {tmp_path / 'many'}", f"type: local, path: {tmp_path / 'there'}")
    (tmp_path / "there").mkdir()
    with Receiver(tmp_path / "there") as receiver:
        kills = 0
        for _ in range(KILLS):
            some = len(receiver.times) + anywhere(FILES // 2)
            kills += haulier.killed_when(lambda some=some: len(receiver.times) >= some, *words)  # type: ignore[misc]
        check_done(haulier, *words)
    assert kills
    assert receiver.twice == []
    assert receiver.content == files
    assert not [path for path in (tmp_path / "there").rglob("*") if path.is_file()]
    check_told(haulier, files, kills)


def test_a_bucket_gets_each_file_once_but_for_the_batches_under_way(s3: S3Far, tmp_path: Path) -> None:
    """A small file is visible in S3 when its PUT is answered; a process killed before that is stored PUTs it again."""
    s3.client.put_bucket_versioning(Bucket=s3.bucket, VersioningConfiguration={"Status": "Enabled"})
    haulier = Haulier(tmp_path / "home", s3.connections)
    files = many_files(tmp_path / "many", FILES, SIZE)
    words = haulier.job("many", f"type: local, path: {tmp_path / 'many'}", "connection: s3, path: ''",
                        "limits: {lanes: 1}")
    kills = sum(haulier.killed(s3.toll, anywhere(FILES * SIZE * 2 // 3), *words) for _ in range(2))
    check_done(haulier, *words)
    assert kills
    pages = s3.client.get_paginator("list_object_versions").paginate(Bucket=s3.bucket)
    versions = [one for page in pages for one in page["Versions"]]
    assert {one["Key"] for one in versions} == set(files)
    assert len(versions) <= FILES + kills * BATCH
    tags = {(one["Key"], one["ETag"]) for one in versions}
    assert len(tags) == FILES, "what is there twice is the same twice"
    for name in chance().sample(sorted(files), 50):
        assert s3.get(name) == files[name]
    assert s3.hidden() == []
    check_told(haulier, files, kills)

"""kill -9 while sources are deleted or archived: no file is lost at any moment, and none is there twice."""
from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from acceptance.far import SshFar, chance, many_files
from acceptance.toll import Haulier
from haulier.testing.servers import sshd

FILES = 500
SIZE = 2000
KILLS = 3
OTHER_DISK = Path("/dev/shm")

Words = tuple[str | Path, ...]


@dataclass
class Move:
    """Files on their way from one folder to another; this test sees both, wherever they are."""

    haulier: Haulier
    source: Path
    target: Path
    typed: Words                # the two places as one types them
    places: tuple[str, str]     # as a job has them
    far: SshFar | None
    files: dict[str, bytes]

    def run_and_kill(self, *words: str | Path) -> int:
        """Run it several times, killed at random points; how often it really was."""
        kills = 0
        for _ in range(KILLS):
            kills += self._killed(words)
            self._check_nothing_lost()
        return kills

    def _killed(self, words: Words) -> bool:
        some = chance().randrange(1, FILES)
        if self.far:
            return self.haulier.killed(self.far.toll, some * SIZE, *words)
        watched: Callable[[], int] = chance().choice((     # as files arrive, or as they are settled
            lambda: count(self.target), lambda: FILES - count(self.source)))
        return self.haulier.killed_when(lambda: watched() > some, *words)

    def _check_nothing_lost(self) -> None:
        source, target = seen(self.source), seen(self.target)
        assert set(source) | set(target) == set(self.files)
        for found in (source, target):
            assert all(self.files[name] == data for name, data in found.items()), "whole, wherever it can be seen"

    def finish(self, *words: str | Path) -> None:
        code, out = self.haulier.run(*words)
        assert code == 0, out
        assert seen(self.target, hidden=True) == self.files, "each once, and no draft is left"

    def archived(self) -> dict[str, bytes]:
        return seen(self.haulier.workspace / "backups" / "many", hidden=True)


def seen(folder: Path, *, hidden: bool = False) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*")
            if path.is_file() and (hidden or not path.name.startswith("."))}


def count(folder: Path) -> int:
    return sum(not name.startswith(".") for _, _, names in os.walk(folder) for name in names)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system than the workspace's."""
    if OTHER_DISK.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip(f"{tmp_path} is on the same file system as {OTHER_DISK}")
    with tempfile.TemporaryDirectory(dir=OTHER_DISK) as folder:
        yield Path(folder)


@pytest.fixture
def move(request: pytest.FixtureRequest, road: str, server: sshd.Sshd, tmp_path: Path) -> Move:
    """For tests with a parameter `road`: what is not in a folder beside the workspace."""
    far: SshFar | None = request.getfixturevalue("ssh") if "sftp" in road else None
    source, target = tmp_path / "source", tmp_path / "target"
    if road == "from another disk":
        source = request.getfixturevalue("elsewhere") / "source"
    typed, places = [str(source), str(target)], [f"type: local, path: {source}", f"type: local, path: {target}"]
    if far:
        side = int(road == "to sftp")
        typed[side], places[side] = far.named("sftp", ""), f"connection: sftp, path: {far.remote}"
        source, target = (source, far.local) if side else (far.local, target)
    files = many_files(source, FILES, SIZE)
    if far and source == far.local:
        for path in source.rglob("*"):
            shutil.chown(path, server.keyed.name)
    haulier = Haulier(tmp_path / "home", far.connections if far else "")
    return Move(haulier, source, target, tuple(typed), (places[0], places[1]), far, files)


@pytest.mark.parametrize("road", ["local", "from sftp", "to sftp"])
def test_copy_with_delete_source(move: Move) -> None:
    words = ("copy", "--workspace", move.haulier.workspace, "--delete-source", *move.typed)
    assert move.run_and_kill(*words)
    if seen(move.source):
        move.finish(*words)
    assert seen(move.target, hidden=True) == move.files
    assert not seen(move.source, hidden=True)


@pytest.mark.parametrize("road", ["local", "from sftp"])
def test_a_job_that_deletes(move: Move) -> None:
    words = move.haulier.job("many", *move.places, "settle: delete")
    assert move.run_and_kill(*words)
    move.finish(*words)
    assert not seen(move.source, hidden=True)


@pytest.mark.parametrize("road", ["local", "to sftp", "from another disk"])
def test_a_job_that_archives(move: Move) -> None:
    words = move.haulier.job("many", *move.places, "settle: archive")
    assert move.run_and_kill(*words)
    move.finish(*words)
    assert move.archived() == move.files, "each once, under its own name"
    assert not seen(move.source, hidden=True)


@pytest.mark.parametrize("road", ["from sftp"])
def test_a_job_that_archives_a_copy(move: Move) -> None:
    words = move.haulier.job("many", *move.places, "settle: archive")
    assert move.run_and_kill(*words)
    move.finish(*words)
    assert move.archived() == move.files, "each once, under its own name"
    assert seen(move.source, hidden=True) == move.files

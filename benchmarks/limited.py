"""A limit of memory for some processes together, as a small server has it: a memory cgroup, of either version."""
from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
FIRST, SECOND = ROOT / "memory", ROOT


class Group:
    """Processes that are started by `words`. Pages of files count too; the system drops those when it must."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._is_first = folder, folder.parent == FIRST

    def limit(self, most: int) -> None:
        self._write("memory.limit_in_bytes" if self._is_first else "memory.max", most)
        if not self._is_first:
            self._write("memory.swap.max", 0)
        elif (self._folder / "memory.memsw.limit_in_bytes").exists():
            self._write("memory.memsw.limit_in_bytes", most)

    def words(self, *command: str) -> Sequence[str]:
        """The command, in the group from its beginning."""
        return ["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(self._folder / "cgroup.procs"), *command]

    @property
    def peak(self) -> float:
        """Megabytes, with pages of files."""
        return self._read("memory.max_usage_in_bytes" if self._is_first else "memory.peak") / 1e6

    @property
    def held(self) -> float:
        """Megabytes of processes now, without pages of files."""
        return self._field("memory.stat", "rss" if self._is_first else "anon") / 1e6

    @property
    def killed(self) -> int:
        """Processes that were ended because memory ran out."""
        return self._field("memory.oom_control" if self._is_first else "memory.events", "oom_kill")

    def _write(self, name: str, value: int) -> None:
        (self._folder / name).write_text(str(value))

    def _read(self, name: str) -> int:
        return int((self._folder / name).read_text())

    def _field(self, file: str, name: str) -> int:
        lines = (line.split() for line in (self._folder / file).read_text().splitlines())
        return next((int(value) for key, value in lines if key == name), 0)


@contextmanager
def limited(most: int) -> Iterator[Group]:
    """RuntimeError if this machine, or this user, may not have such a group."""
    folder = (FIRST if FIRST.is_dir() else SECOND) / f"haulier-bench-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError as error:
        raise RuntimeError(f"no memory cgroup can be made ({error.strerror})") from error
    try:
        group = Group(folder)
        group.limit(most)
        yield group
    finally:
        folder.rmdir()

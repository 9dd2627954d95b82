"""Cells: what a job does that FileFlow did, and a second pass with nothing to do."""
from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from .files import arrived, found, fresh, tree
from .measure import Contender, Faster, Figures, Most, Running
from .programs import own
from .stage import Cell, Stage

FILEFLOW = {"FileFlow 0.5.2, measured earlier": 62.95}


def cells(*, quick: bool) -> Iterator[Cell]:
    yield Cell("the seed's case: a job, 2,000 × 4 KiB local → local, checksum_match, disk", seed_case,
               [Most(1, "wall")], repeats=5, on_disk=True, known=FILEFLOW)
    count = 2_000 if quick else 100_000
    yield Cell(f"second pass over {count:,} unchanged local files", lambda stage: second_pass(stage, count),
               [Faster(2, "rclone"), Most(0, "rows"), Faster(2, "rclone", "haulier, as a job"),
                Most(0, "rows", "haulier, as a job")], repeats=5)


def workspace(home: Path, source: Path, target: Path, **more: object) -> Path:
    """A workspace with one job, `move`, written with the keys of FileFlow."""
    (home / "configs").mkdir(parents=True)
    (home / "haulier.yaml").touch()
    job = {"job_id": "move", "enabled": True, "schedule": "* * * * *", "source": {"type": "local", "path": str(source)},
           "destination": {"type": "local", "path": str(target)}, "verification": {"method": "checksum_match"}, **more}
    (home / "configs" / "jobs.yaml").write_text(json.dumps({"jobs": [job]}))
    return home


def run(home: Path) -> Sequence[str]:
    return [own("haulier"), "run", "move", "--quiet", "--workspace", str(home)]


def seed_case(stage: Stage) -> Sequence[Contender]:
    """Each run has a ledger that knows nothing, as on the first day."""
    programs, count = stage.programs, 2_000
    source = tree(stage.place / "source", count, 4096, per_folder=count) / "d000" / "e0"
    at = [stage.place]

    def before() -> Sequence[str]:
        at[0] = fresh(stage.place / "runs")
        return run(workspace(at[0], source, at[0] / "target"))

    return [
        programs.command("haulier", before, lambda: arrived(at[0] / "target", (count, count * 4096))),
        programs.command("rclone", lambda: programs.rclone("copy", source, fresh(stage.place / "rclone"))),
        programs.command("cp -a", lambda: ["cp", "-a", str(source), str(fresh(stage.place / "cp"))]),
    ]


def second_pass(stage: Stage, count: int) -> Sequence[Contender]:
    """The first pass is Haulier's own. A copy compares with the target, a job with its ledger."""
    programs, source = stage.programs, tree(stage.place / "source", count, 4096)
    target, delivered = stage.place / "target", stage.place / "delivered"
    job = workspace(stage.place / "job", source, delivered, recursive=True)
    for words in (programs.copy(source, target), run(job)):
        running = Running(words, programs.environment, stage.log)
        assert running.end()[0] == 0, running.said()
    copied, carried = Unchanged(programs.workspace, target, count), Unchanged(job, delivered, count)
    return [
        programs.command("haulier", lambda: copied.before(programs.copy(source, target)), copied.after),
        programs.command("haulier, as a job", lambda: carried.before(run(job)), carried.after),
        programs.command("rclone", lambda: programs.rclone("copy", source, target), copied.same),
        programs.command("rsync -a", lambda: ["rsync", "-a", f"{source}/", str(target)], copied.same),
    ]


class Unchanged:
    """That a pass left a target alone, and which rows it wrote."""

    def __init__(self, workspace: Path, target: Path, count: int) -> None:
        self._ledger, self._target = workspace / "state" / "ledger.db", target
        self._kept = self._ledger.with_name("kept.db")
        self._files = self._identities()
        assert len(self._files) == count == found(target)[0], "the first pass is not complete"

    def _identities(self) -> set[tuple[int, int]]:
        """A file that is written again is another one, or has another time."""
        stats = [os.stat(f"{folder}/{name}") for folder, _, names in os.walk(self._target) for name in names]
        return {(stat.st_ino, stat.st_ctime_ns) for stat in stats}

    def before(self, words: Sequence[str]) -> Sequence[str]:
        self._kept.unlink(missing_ok=True)
        with sqlite3.connect(self._ledger) as ledger:
            ledger.execute("VACUUM INTO ?", [str(self._kept)])
        ledger.close()
        return words

    def same(self) -> None:
        assert self._identities() == self._files, "files were written again"

    def after(self) -> Figures:
        self.same()
        return {"rows": self._rows()}

    def _rows(self) -> int:
        """Rows that are new or changed, but for those about the run as a whole."""
        with sqlite3.connect(self._ledger) as ledger:
            ledger.execute("ATTACH ? AS kept", [str(self._kept)])
            tables = [name for name, in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            changed = sum(ledger.execute(
                f"SELECT count(*) FROM (SELECT * FROM main.{table} {_ABOUT_FILES.get(table, '')} "
                f"EXCEPT SELECT * FROM kept.{table})").fetchone()[0] for table in tables if table not in _ABOUT_RUNS)
        ledger.close()
        return int(changed)


_ABOUT_RUNS = {"runs", "leases", "sqlite_sequence"}
_ABOUT_FILES = {"events": "WHERE batch > 0 OR transfer > 0"}

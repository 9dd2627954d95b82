"""Two runs of one import at once, as two processes, whatever the database is."""
from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from haulier.ledger import books
from haulier.model.intake import IntakeState

SCRIPT = Path(__file__).with_name("importing_process.py")
FILES, ROWS = 12, 40
WITHIN = 60


class TwoRuns:
    """Override `url`."""

    @pytest.fixture
    def url(self) -> str:
        """A new ledger's."""
        raise NotImplementedError

    @pytest.fixture
    def place(self, url: str, tmp_path: Path) -> Iterator[Path]:
        """With files that are there for whoever comes."""
        self.url, self.folder, self.started = url, tmp_path, []
        place = tmp_path / "in"
        place.mkdir()
        for number in range(FILES):
            rows = "".join(f"{number * ROWS + row}\n" for row in range(ROWS))
            (place / f"{number:02}.csv").write_text("id\n" + rows)
        books(url).close()
        yield place
        for one in self.started:
            one.kill()
            one.communicate()

    def begin(self, place: Path, name: str, waits: str = "") -> subprocess.Popen[str]:
        found = subprocess.Popen([sys.executable, str(SCRIPT), self.url, str(place), str(self.folder / name), waits],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.started.append(found)
        return found

    def told(self, one: subprocess.Popen[str]) -> Any:
        """What it says at its end, which is a good one."""
        out, _ = one.communicate("\n", timeout=WITHIN)
        assert one.returncode == 0, out
        return json.loads(out.splitlines()[-1])

    def rows(self) -> list[str]:
        """All that had an effect, by whomever."""
        return sorted(line for file in self.folder.glob("*.rows") for line in file.read_text().splitlines())

    def proved(self, place: Path) -> None:
        """Each row had one effect, each file is done, and was taken away."""
        rows = self.rows()
        assert len(rows) == len(set(rows)) == FILES * ROWS
        assert {int(row.split()[1]) for row in rows} == set(range(FILES * ROWS))
        with closing(books(self.url)) as kept:
            states = [one.state for one in kept.imports.intakes(limit=1000)]
            done = [one for one in kept.imports.intakes(state=IntakeState.DONE, limit=1000)]
            assert set(states) <= {IntakeState.DONE, IntakeState.DUPLICATE} and len(done) == FILES
            assert all(one.counts.accepted == ROWS and one.counts.balances for one in done)
        assert [one for one in place.iterdir() if one.is_file()] == []

    def test_what_one_is_at_is_left_by_the_other(self, place: Path) -> None:
        first = self.begin(place, "first.rows", "waits")
        assert first.stdout and first.stdout.readline() == "put\n"
        second = self.told(self.begin(place, "second.rows"))
        assert (second["files"], second["files_left"], second["files_done"]) == (FILES - 1, 1, FILES - 1)
        assert any(line.startswith("00.csv: left to another run: 00.csv: run") for line in second["said"])
        one = self.told(first)
        assert (one["files"], one["files_done"]) == (1, 1)
        assert sum("it is gone; somebody else has taken it" in line for line in one["said"]) == FILES - 1
        self.proved(place)

    def test_what_one_has_died_with_is_taken_by_the_next(self, place: Path) -> None:
        first = self.begin(place, "first.rows", "waits")
        assert first.stdout and first.stdout.readline() == "put\n"
        first.kill()
        first.communicate()
        assert self.told(self.begin(place, "second.rows"))["files_done"] == FILES
        self.proved(place)

    def test_both_at_once(self, place: Path) -> None:
        both = [self.begin(place, f"{name}.rows") for name in ("first", "second")]
        outcomes = [self.told(one) for one in both]
        assert sum(one["files_done"] for one in outcomes if "files_done" in one) == FILES
        self.proved(place)

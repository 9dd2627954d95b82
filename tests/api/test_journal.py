"""The log is read from its end, through the files that it was before, and followed as it grows."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from haulier.api.past.journal import FILE, Journal, Tail


def line(number: int, level: str = "INFO", text: str = "", **more: object) -> str:
    return json.dumps({"at": f"2026-11-25T20:15:{number % 60:02d}.000Z", "level": level, "logger": "haulier.hub",
                       "text": text or f"line {number}", **more}) + "\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / FILE
    path.parent.mkdir()
    return path


def texts(journal: Journal, count: int, **more: str) -> list[str]:
    return [one.text for one in journal.last(count, **more).lines]


def test_the_last_lines_oldest_first(log: Path) -> None:
    log.write_text("".join(map(line, range(1000))))
    assert texts(Journal(log.parents[1]), 3) == ["line 997", "line 998", "line 999"]
    assert len(texts(Journal(log.parents[1]), 5000)) == 1000


def test_no_log_is_an_empty_one(tmp_path: Path) -> None:
    assert Journal(tmp_path).last(10) == ([], None)


def test_a_line_that_is_still_being_written_is_not_shown(log: Path) -> None:
    log.write_text(line(1) + line(2) + '{"at": "20')
    assert texts(Journal(log.parents[1]), 10) == ["line 1", "line 2"]
    log.write_text('{"at": "20')
    assert texts(Journal(log.parents[1]), 10) == []


def test_lines_that_are_not_ours_are_text(log: Path) -> None:
    log.write_text("Traceback\n[]\n{}\n" + line(1) + "\udcff\n".encode(errors="surrogateescape").decode("latin1"))
    found = Journal(log.parents[1]).last(10).lines
    assert [one.at is None for one in found] == [True, True, True, False, True]
    assert found[0].text == "Traceback"


def test_level_and_search(log: Path) -> None:
    log.write_text(line(1, "DEBUG") + line(2, "WARNING", "Ärger mit SFTP") + line(3, "ERROR", "disk", flow="nightly")
                   + line(4))
    journal = Journal(log.parents[1])
    assert texts(journal, 10, level="WARNING") == ["Ärger mit SFTP", "disk"]
    assert texts(journal, 10, search="äRGER") == ["Ärger mit SFTP"]
    assert texts(journal, 10, search="NIGHT") == ["disk"]


def test_one_page_after_the_other_through_older_files(log: Path) -> None:
    for number, numbers in (("", range(30, 45)), (".1", range(15, 30)), (".2", range(15))):
        Path(f"{log}{number}").write_text("".join(map(line, numbers)))
    journal, before, pages = Journal(log.parents[1]), "", []
    for _ in range(20):
        found = journal.last(7, before=before)
        pages.append([one.text for one in found.lines])
        if found.before is None:
            break
        before = found.before
    assert [text for page in reversed(pages) for text in page] == [f"line {number}" for number in range(45)]
    assert journal.last(7, before="1-5") == ([], None)


def test_the_end_of_a_big_log_costs_little(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log.write_text("".join(map(line, range(100_000))))
    read = 0
    opened = Path.open

    def counting(path: Path, *how: object) -> object:
        file = opened(path, *how)  # type: ignore[call-overload]
        plain = file.read

        class Counting:
            def __getattr__(self, name: str) -> object:
                return getattr(file, name)

            def __enter__(self) -> object:
                return self

            def __exit__(self, *_: object) -> None:
                file.close()

            def read(self, size: int) -> bytes:
                nonlocal read
                read += size
                return plain(size)

        return Counting()

    monkeypatch.setattr(Path, "open", counting)
    assert texts(Journal(log.parents[1]), 100)[-1] == "line 99999"
    assert 0 < read <= 1 << 16 < log.stat().st_size / 100


def test_what_is_added_is_told_once_also_when_the_log_is_turned_over(log: Path) -> None:
    log.write_text(line(1))
    tail = Tail(log)
    assert tail.more() == []
    with log.open("a") as file:
        file.write(line(2) + line(3)[:20])
    assert [one.text for one in tail.more()] == ["line 2"]
    with log.open("a") as file:
        file.write(line(3)[20:] + line(4))
    log.rename(f"{log}.1")
    log.write_text(line(5))
    assert [one.text for one in tail.more()] == ["line 3", "line 4", "line 5"]
    log.unlink()
    assert tail.more() == []

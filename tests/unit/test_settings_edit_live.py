"""The workspace as its files are now."""
from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haulier.settings.live import Live
from haulier.settings.workspace import Workspace

JOB = "jobs:\n  - {job_id: NAME, source: {type: local, path: in}, destination: {type: local, path: out}}\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/jobs.yaml").write_text(JOB.replace("NAME", "a"))
    return tmp_path


def ids(live: Live) -> list[str]:
    return [job.id for job in live.workspace.loaded.jobs]


def put(path: Path, text: str) -> None:
    """As an editor saves: all at once."""
    fresh = path.with_name("." + path.name)
    fresh.write_text(text)
    fresh.replace(path)


def test_nothing_changed(home: Path) -> None:
    live = Live(home, {})
    first, version = live.workspace, live.version
    live.refresh()
    assert live.workspace is first and live.version == version


@pytest.mark.parametrize("name", ["haulier.yaml", ".env", "configs/connections.yaml", "configs/jobs.yml",
                                  "configs/jobs/more.yaml", "configs/jobs/more.json"])
def test_every_file_counts_when_it_comes_changes_and_goes(home: Path, name: str) -> None:
    (home / "configs/jobs").mkdir()
    live = Live(home, {})
    versions = [live.version]
    for text in ("# one\n", "# two\n"):
        (home / name).write_text(text if not name.endswith("json") else "{}")
        versions.append(live.refresh())
    (home / name).unlink()
    versions.append(live.refresh())
    assert versions == ([1, 2, 2, 3] if name.endswith("json") else [1, 2, 3, 4])


def test_other_files_do_not_count(home: Path) -> None:
    live = Live(home, {})
    for name in ("notes.txt", "configs/jobs.yaml.bak", "configs/.jobs.yaml.12.tmp"):
        (home / name).write_text("x")
    assert live.refresh() == 1


def test_a_touched_file_says_nothing_new(home: Path) -> None:
    live = Live(home, {})
    os.utime(home / "configs/jobs.yaml")
    assert live.refresh() == 1


def test_changes_in_quick_succession_are_all_seen(home: Path) -> None:
    """Same length, same inode, within one tick of the file system's clock."""
    live, path = Live(home, {}), home / "configs/jobs.yaml"
    for number in range(200):
        path.write_text(JOB.replace("NAME", "ab"[number % 2]))
        os.utime(path, ns=(10**18, time.time_ns() // 10**9 * 10**9))
        live.refresh()
        assert ids(live) == ["ab"[number % 2]]


def test_a_hand_edit_is_seen_without_anybody_telling(home: Path) -> None:
    live = Live(home, {})
    put(home / "configs/jobs.yaml", JOB.replace("NAME", "b"))
    until = time.monotonic() + 20
    while ids(live) != ["b"] and time.monotonic() < until:
        time.sleep(0.01)
    assert ids(live) == ["b"] and live.version == 2


def test_files_are_looked_at_once_in_a_while_only(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live, looks = Live(home, {}), []
    seen = Workspace.job_files
    monkeypatch.setattr(Workspace, "job_files", lambda self: looks.append(1) or seen(self))
    began = time.monotonic()
    for _ in range(10_000):
        live.workspace  # noqa: B018
    assert len(looks) <= (time.monotonic() - began) / 0.2 + 1


def test_a_broken_file_gives_its_problems_and_then_recovers(home: Path) -> None:
    live, path = Live(home, {}), home / "configs/jobs.yaml"
    put(path, "jobs:\n  - job_id: [\n")
    live.refresh()
    assert [problem.file for problem in live.workspace.loaded.problems] == ["configs/jobs.yaml"]
    put(path, JOB.replace("NAME", "a"))
    live.refresh()
    assert ids(live) == ["a"] and not live.workspace.loaded.problems


@settings(max_examples=150, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.sampled_from(["haulier.yaml", ".env", "configs/jobs.yaml", "configs/connections.yaml"]),
       st.text(alphabet=st.sampled_from("ab:-#&*!|>'\"%{}[],? \n\tjobs0")) | st.binary(max_size=20).map(repr))
def test_no_hand_edit_makes_it_raise(home: Path, name: str, text: str) -> None:
    live = Live(home, {})
    (home / name).write_text(text)
    live.refresh()
    live.workspace.loaded.problems  # noqa: B018
    (home / name).unlink()


def test_what_it_gives_is_of_one_moment(home: Path) -> None:
    live = Live(home, {})
    before = live.workspace
    put(home / "configs/jobs.yaml", JOB.replace("NAME", "b"))
    assert [job.id for job in before.loaded.jobs] == ["a"]


def test_a_secret_that_is_put_there_later(home: Path) -> None:
    (home / "haulier.yaml").write_text("connections: {c: {type: sftp, host: h, password: 'file:pw'}}\n")
    live = Live(home, {})
    assert "file:pw cannot be read" in live.workspace.loaded.problems[0].text
    (home / "pw").write_text("x")
    assert live.refresh() == 2 and not live.workspace.loaded.problems
    assert live.refresh() == 2


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    live = Live(tmp_path / "none", {})
    assert live.refresh() == 1 and live.workspace.loaded.problems == ()


def test_waiting_ends_when_something_changed(home: Path) -> None:
    live, found = Live(home, {}), []
    waiting = threading.Thread(target=lambda: found.append(live.wait(1, 60)))
    waiting.start()
    time.sleep(0.1)
    put(home / "configs/jobs.yaml", JOB.replace("NAME", "b"))
    waiting.join(30)
    assert found == [2] and ids(live) == ["b"]


def test_waiting_ends_at_its_time(home: Path) -> None:
    live = Live(home, {})
    began = time.monotonic()
    assert live.wait(1, 0.3) == 1
    assert 0.3 <= time.monotonic() - began < 30
    assert live.wait(0, 20) == 1


def test_many_threads_ask_while_files_change(home: Path) -> None:
    live, wrong, stop = Live(home, {}), [], threading.Event()

    def ask() -> None:
        last = 0
        while not stop.is_set():
            version, found = live.version, ids(live)
            if version < last or len(found) != 1:
                wrong.append((last, version, found))
            last = version

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(20):
        put(home / "configs/jobs.yaml", JOB.replace("NAME", f"j{number}"))
        assert live.refresh() == number + 2
    stop.set()
    for thread in threads:
        thread.join(5)
    assert not wrong and ids(live) == ["j19"]

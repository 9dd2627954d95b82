"""Several at once, and killed in the middle: no edit is lost, and no file is torn."""
from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from haulier.model.errors import Busy
from haulier.settings import locking
from haulier.settings.editing import connections, files, jobs, options
from haulier.settings.editing.files import Conflict
from haulier.settings.editing.sheet import Sheet
from haulier.settings.problems import Problems
from haulier.settings.workspace import Workspace

PROGRAM = """
import sys
from haulier.settings.editing import connections, jobs, options
from haulier.settings.editing.files import Conflict
from haulier.settings.editing.sheet import Sheet
from haulier.settings.workspace import Workspace

name, count = sys.argv[2], int(sys.argv[3])
workspace = Workspace(sys.argv[1], {})
local = {"type": "local", "path": "x"}

def again(change):
    while True:
        try:
            return change()
        except Conflict:
            continue

def describe(id, text):
    now = jobs.shown(workspace, id)
    jobs.replace(workspace, id, form={**now.form, "description": text}, version=now.version)

def widen():
    now = options.shown(workspace)
    options.replace(workspace, {"limits": {"lanes": now.form["limits"]["lanes"] + 1}}, now.version)

print("ready", flush=True)
for at in range(count):
    id = f"{name}{at}"
    jobs.add(workspace, form={"job_id": id, "source": local, "destination": local})
    again(lambda: describe(id, f"by {name}"))
    jobs.set_enabled(workspace, "shared", at % 2 == 0)
    connections.add(workspace, id, form=local)
    again(widen)
    print(id, flush=True)
    if at % 3 == 0:
        again(lambda: jobs.remove(workspace, id, jobs.shown(workspace, id).version))
"""
FILE = """\
# ours
jobs:
  # everybody's
  - job_id: shared   # by two
    source: {type: local, path: in}
    destination: {type: local, path: out}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/jobs.yaml").write_text(FILE)
    (tmp_path / "haulier.yaml").write_text("# ours\nlimits:\n  lanes: 10   # some\n")
    return Workspace(tmp_path, {})


def started(workspace: Workspace, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, str(workspace.path), name, str(count)],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_edits_of_two_processes_are_all_there(workspace: Workspace) -> None:
    processes = [started(workspace, name, 12) for name in "pq"]
    for process in processes:
        out, errors = process.communicate(timeout=100)
        assert process.returncode == 0 and len(out.splitlines()) == 13, errors
    loaded = workspace.again().loaded
    assert not loaded.problems
    wanted = {f"{name}{at}": f"by {name}" for name in "pq" for at in range(12) if at % 3}
    assert {job.id: job.form.description for job in loaded.jobs} == {"shared": None, **wanted}
    assert {*workspace.again().connections.names()} == {f"{name}{at}" for name in "pq" for at in range(12)}
    assert workspace.again().settings.limits.lanes == 10 + 2 * 12
    assert (workspace.path / "configs/jobs.yaml").read_text().startswith(FILE.split("    source")[0])
    assert "   # some\n" in (workspace.path / "haulier.yaml").read_text()


def test_edits_of_many_threads_are_all_there(workspace: Workspace) -> None:
    wrong: list[BaseException] = []

    def add(name: str) -> None:
        try:
            for at in range(5):
                local = {"type": "local", "path": "x"}
                jobs.add(workspace, form={"job_id": f"{name}{at}", "source": local, "destination": local})
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=add, args=(name,)) for name in "pqrs"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong and len(workspace.again().loaded.jobs) == 21


@pytest.mark.parametrize("seed", range(4))
def test_a_process_that_is_killed_leaves_whole_files_and_no_lock(workspace: Workspace, seed: int) -> None:
    process = started(workspace, "p", 1000)
    assert process.stdout and process.stdout.readline() == "ready\n"
    time.sleep(0.05 + random.Random(seed).random() * 0.5)
    process.kill()
    said = process.communicate(timeout=30)[0].split()
    loaded = workspace.again().loaded
    assert not loaded.problems
    ids = {job.id for job in loaded.jobs}
    assert {id for id in said[:-1] if int(id[1:]) % 3} <= ids
    jobs.set_enabled(workspace, "shared", not next(job for job in loaded.jobs if job.id == "shared").form.enabled)


def test_one_that_waits_too_long_says_so(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "_PATIENCE", 0.05)
    with files.locked(workspace), pytest.raises(Busy, match="another process is changing this workspace"):
        jobs.set_enabled(workspace, "shared", False)
    assert jobs.set_enabled(workspace, "shared", False).form["enabled"] is False


def test_a_hand_edit_in_the_very_moment_is_not_overwritten(workspace: Workspace) -> None:
    """Editors know nothing of our lock: the file is looked at once more before it is replaced."""
    with files.locked(workspace):
        file = files.opened(workspace, "configs/jobs.yaml")
        (workspace.path / "configs/jobs.yaml").write_text(FILE + "# by hand\n")
        with pytest.raises(Conflict, match="has just been changed by somebody else"):
            file.save(file.sheet.text + "# by us\n")
    assert (workspace.path / "configs/jobs.yaml").read_text() == FILE + "# by hand\n"
    assert os.listdir(workspace.path / "configs") == ["jobs.yaml"]


def test_a_hand_edit_while_a_job_is_worked_on_is_a_conflict(workspace: Workspace,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    def put(self: Sheet, *given: Any) -> str:
        (workspace.path / "configs/jobs.yaml").write_text(FILE.replace("path: in", "path: by_hand"))
        return usual(self, *given)

    usual, now = Sheet.put, jobs.shown(workspace, "shared")
    monkeypatch.setattr(Sheet, "put", put)
    with pytest.raises(Conflict) as caught:
        jobs.replace(workspace, "shared", form={**now.form, "check": "exists"}, version=now.version)
    assert caught.value.current.form["source"]["path"] == "by_hand"
    assert jobs.shown(workspace, "shared") == caught.value.current


def test_a_version_is_of_one_content(workspace: Workspace) -> None:
    versions = set()
    for change in (lambda: None, lambda: jobs.set_enabled(workspace, "shared", False),
                   lambda: jobs.set_enabled(workspace, "shared", True)):
        change()
        versions.add(jobs.shown(workspace, "shared").version)
        assert jobs.shown(workspace, "shared").version in versions
    assert len(versions) == 3


def test_what_is_given_may_be_old(workspace: Workspace) -> None:
    """The workspace in hand can be of before an edit: what counts is what the files say now."""
    loaded: Callable[[], int] = lambda: len(workspace.loaded.jobs)  # noqa: E731
    assert loaded() == 1
    local = {"type": "local", "path": "x"}
    jobs.add(workspace, form={"job_id": "new", "source": local, "destination": local})
    assert loaded() == 1 and jobs.shown(workspace, "new").id == "new"
    with pytest.raises(Problems, match="is already the job at"):
        jobs.add(workspace, form={"job_id": "new", "source": local, "destination": local})
    connections.add(workspace, "disk", form=local)
    assert jobs.check(workspace, form={"job_id": "far", "source": {"connection": "disk"},
                                       "destination": local}).problems == ()
    assert options.shown(workspace).form["limits"]["lanes"] == 10

"""Backups: what is in them, what is refused, and what a ledger knows that was restored from one."""
from __future__ import annotations

import gzip
import io
import json
import os
import stat
import tarfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from haulier.app import backup
from haulier.app.lock import Holder, held
from haulier.ledger import books
from haulier.model.account import Role
from haulier.model.errors import AlreadyExists, Busy, Corrupt, HaulierError, Invalid
from haulier.model.run import RESTORED, Report, RunState, Totals
from haulier.model.transfer import Signal
from haulier.settings.scaffold import init
from haulier.settings.workspace import Workspace
from haulier.testing.ledgers import FLOW, draft_for, new, whole_way

SECRET = "correct-horse"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """One with a ledger, a script, and secrets in two places."""
    home = tmp_path / "work"
    init(home)
    (home / "haulier.yaml").write_text("timezone: Europe/Stockholm\nconnections:\n  far: {type: sftp, host: a.example,"
                                       " username: u, password: 'file:configs/far.txt'}\n")
    (home / "configs" / "far.txt").write_text(SECRET)
    (home / "tasks" / "clean.sh").write_text("#!/bin/sh\n")
    (home / "tasks" / "clean.sh").chmod(0o755)
    (home / "logs" / "haulier.log").write_text("a line\n")
    with closing(books(Workspace(home).ledger_url())) as opened:
        run = opened.ledger.start(FLOW, source="a", target="b")
        opened.ledger.finish(run, RunState.DONE, Totals(1))
    return Workspace(home)


def names(file: Path) -> dict[str, int]:
    with tarfile.open(file) as tar:
        return {one.name: one.mode for one in tar}


def test_what_somebody_wrote_and_the_ledger_are_in_it_and_secrets_only_if_asked(workspace: Workspace,
                                                                                tmp_path: Path) -> None:
    home, file = workspace.path, tmp_path / "far" / "one.tar.gz"
    made = backup.make(workspace, file, secrets=False)
    assert backup.check(file) == made and stat.S_IMODE(file.stat().st_mode) == 0o600
    known = {"manifest.json", "ledger", "workspace/haulier.yaml", "workspace/configs/jobs.yaml",
             "workspace/flows/README.md", "workspace/tasks/clean.sh"}
    assert names(file).keys() == known and names(file)["workspace/tasks/clean.sh"] == 0o755
    assert SECRET.encode() not in gzip.decompress(file.read_bytes())
    assert [path.name for path in file.parent.iterdir()] == ["one.tar.gz"]
    with pytest.raises(AlreadyExists):
        backup.make(workspace, file, secrets=False)
    whole = tmp_path / "two.tar.gz"
    (home / ".env").chmod(0o644)
    assert backup.make(workspace, whole, secrets=True).has_secrets
    assert names(whole).keys() - known == {"workspace/.env", "workspace/configs/far.txt"}
    backup.restore(whole, tmp_path / "again", replace=False)
    for name in (".env", "configs/far.txt", "haulier.yaml", "tasks/clean.sh"):
        assert (tmp_path / "again" / name).read_bytes() == (home / name).read_bytes()
    modes = {name: stat.S_IMODE((tmp_path / "again" / name).stat().st_mode)
             for name in (".env", "configs/far.txt", "tasks/clean.sh", "state/ledger.db")}
    assert modes == {".env": 0o600, "configs/far.txt": 0o600, "tasks/clean.sh": 0o755, "state/ledger.db": 0o600}


def test_what_is_there_is_replaced_only_if_asked_and_then_kept(workspace: Workspace, tmp_path: Path) -> None:
    home, file = workspace.path, workspace.path / "backups" / "one.tar.gz"
    backup.make(workspace, file, secrets=False)
    with closing(books(workspace.ledger_url())) as opened:
        opened.ledger.start("since then", source="a", target="b")
    (home / "state" / "engine.db").write_text("of the engine")
    (home / "configs" / "jobs.yaml").write_text("jobs: [] # changed\n")
    dotenv = (home / ".env").read_bytes()
    with pytest.raises(AlreadyExists, match="--replace"):
        backup.restore(file, home, replace=False)
    aside = home / backup.restore(file, home, replace=True).aside
    assert (aside / "configs" / "jobs.yaml").read_text() == "jobs: [] # changed\n" and (aside / "haulier.yaml").exists()
    assert "changed" not in (home / "configs" / "jobs.yaml").read_text() and (home / ".env").read_bytes() == dotenv
    assert not (home / "state" / "engine.db").exists() and (home / "state" / f"engine.db.{aside.name}").exists()
    with closing(books(Workspace(home).ledger_url())) as now:
        assert [run.flow for run in now.ledger.runs()] == [FLOW]
        assert now.accounts.deeds().items[0].what == "state.restored" and now.accounts.is_unbroken()
    with closing(books(f"sqlite:///{home}/state/ledger.db.{aside.name}")) as before:
        assert [run.flow for run in before.ledger.runs()] == ["since then", FLOW]
    assert not list(home.glob(".restoring-*")) and (home / "logs" / "haulier.log").exists()


def test_where_a_hub_is_at_work_nothing_is_restored(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "one.tar.gz"
    backup.make(workspace, file, secrets=False)
    with held(workspace.path) as tell:
        tell(Holder(4711, "http://127.0.0.1:7345", 0))
        with pytest.raises(Busy, match="4711"):
            backup.restore(file, workspace.path, replace=True)
    with closing(books(workspace.ledger_url())) as opened:
        opened.agenda.beat("somebody")
    with pytest.raises(Busy, match=f"process {os.getpid()}"):
        backup.restore(file, workspace.path, replace=True)
    assert sorted(path.name for path in workspace.path.iterdir()) == [
        ".env", "backups", "configs", "flows", "haulier.yaml", "logs", "state", "tasks"]


def rewritten(file: Path, change: Callable[[dict[str, Any], dict[str, bytes]], None]) -> None:
    """The same backup with another manifest or other members."""
    with tarfile.open(file) as tar:
        members = {one.name: (tar.extractfile(one) or io.BytesIO()).read() for one in tar}
    said = json.loads(members.pop("manifest.json"))
    change(said, members)
    with tarfile.open(file, "w:gz") as tar:
        for name, text in {"manifest.json": json.dumps(said).encode(), **members}.items():
            one = tarfile.TarInfo(name)
            one.size = len(text)
            tar.addfile(one, io.BytesIO(text))


def renamed(said: dict[str, Any], members: dict[str, bytes], name: str) -> None:
    said["members"][name] = said["members"].pop("workspace/tasks/clean.sh")
    members[name] = members.pop("workspace/tasks/clean.sh")


CHANGES: Mapping[str, tuple[type[HaulierError], str, Callable[[dict[str, Any], dict[str, bytes]], None]]] = {
    "newer format": (Invalid, "newer version", lambda said, _: said.update(format=2)),
    "newer tables": (Invalid, "newer version", lambda said, _: said.update(tables="9999")),
    "another text": (Corrupt, "not what was put", lambda _, members: members.update(ledger=members["ledger"][::-1])),
    "one less": (Corrupt, "missing", lambda _, members: members.pop("ledger") and None),
    "one more": (Corrupt, "does not belong", lambda _, members: members.update({"workspace/x": b""})),
    "above": (Invalid, "file name", lambda said, members: renamed(said, members, "workspace/../../x")),
    "absolute": (Invalid, "file name", lambda said, members: renamed(said, members, "/tmp/x")),
    "elsewhere": (Corrupt, "does not belong", lambda said, members: renamed(said, members, "state/x")),
    "no words": (Corrupt, "cannot be read", lambda said, _: said.pop("members") and None)}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_not_as_it_was_made_is_refused_before_anything_is_touched(workspace: Workspace, tmp_path: Path,
                                                                          change: str) -> None:
    file, goal = tmp_path / "one.tar.gz", tmp_path / "goal"
    backup.make(workspace, file, secrets=False)
    kind, said, how = CHANGES[change]
    rewritten(file, how)
    for act in (lambda: backup.check(file), lambda: backup.restore(file, goal, replace=False)):
        with pytest.raises(kind, match=said):
            act()
    assert not goal.exists() and sorted(path.name for path in tmp_path.iterdir()) == ["one.tar.gz", "work"]


def test_a_damaged_file_is_never_taken_for_whole(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "one.tar.gz"
    backup.make(workspace, file, secrets=True)
    whole = file.read_bytes()
    for at in range(10, len(whole) - 8, len(whole) // 40):
        for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1:]):
            file.write_bytes(damaged)
            try:
                backup.check(file)
            except (Corrupt, Invalid):
                continue
            assert gzip.decompress(damaged) == gzip.decompress(whole)   # a reference to other bytes that are the same
    for text in (b"", b"no archive at all", gzip.compress(b"x" * 2000)):
        file.write_bytes(text)
        with pytest.raises((Corrupt, Invalid)):
            backup.check(file)


def test_what_was_on_its_way_does_not_count_as_copied_and_nobody_is_there_any_more(workspace: Workspace,
                                                                                   tmp_path: Path) -> None:
    file = tmp_path / "one.tar.gz"
    with closing(books(workspace.ledger_url())) as opened:
        ledger = opened.ledger
        run = ledger.start(FLOW, source="a", target="b")
        half, whole, published, done = ledger.claim(run, [new(name) for name in "abcd"]).transfers
        ledger.record(run, [
            Report(half.id, draft=draft_for("a")),
            Report(whole.id, Signal.COPIED, sha256=b"x" * 32, written=3, draft=draft_for("b")),
            Report(published.id, Signal.COPIED, sha256=b"x" * 32, written=3),
            Report(published.id, Signal.VERIFIED), *whole_way(done)])
        opened.accounts.put_user("eva", role=Role.ADMIN, password="digest")
        opened.accounts.open_session("digest of a cookie", "eva", 1 << 62)
        backup.make(workspace, file, secrets=False)     # while somebody is at work
    backup.restore(file, tmp_path / "again", replace=False)
    with closing(books(Workspace(tmp_path / "again").ledger_url())) as opened:
        first, second, third = opened.ledger.pending(FLOW)
        assert (first.draft, second.draft) == (draft_for("a"), draft_for("b"))      # to go on from, if they are there
        assert (second.sha256, second.written, second.kind) == (b"", 0, RESTORED) and "restored at" in first.error
        assert third.delivered and third.sha256 and not third.kind
        assert opened.ledger.seen(FLOW, ["d"]) and opened.accounts.session("digest of a cookie") is None
        assert [user.name for user in opened.accounts.users()] == ["eva"]
        assert opened.ledger.start(FLOW, source="a", target="b").id == run.id + 1   # nobody holds the flow

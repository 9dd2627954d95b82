"""Backups of a ledger in PostgreSQL, by its own programs, on a real server."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from haulier.app import backup
from haulier.ledger import books
from haulier.model.errors import AlreadyExists, Busy, HaulierError, Invalid, Unavailable
from haulier.model.run import RESTORED, Report
from haulier.model.transfer import Signal
from haulier.settings.scaffold import init
from haulier.settings.workspace import Workspace
from haulier.testing.ledgers import FLOW, draft_for, new, whole_way
from haulier.testing.servers.postgres import PASSWORD, Postgres, programs


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    try:
        programs()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    with Postgres() as server:
        yield server


@pytest.fixture
def workspace(server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("LEDGER_PASSWORD", PASSWORD)
    init(tmp_path / "work")
    url = server.database().replace(PASSWORD, "${LEDGER_PASSWORD}")
    (tmp_path / "work" / "haulier.yaml").write_text(f"ledger: {url}\n")
    return Workspace(tmp_path / "work")


def flows(url: str) -> list[str]:
    with closing(books(url)) as opened:
        return [run.flow for run in opened.ledger.runs()]


def test_a_ledger_comes_back_as_it_was_and_the_other_is_kept(workspace: Workspace, tmp_path: Path) -> None:
    url, file, home = workspace.ledger_url(), tmp_path / "one.tar.gz", workspace.path
    with closing(books(url)) as opened:
        ledger = opened.ledger
        run = ledger.start(FLOW, source="a", target="b")
        half, done = ledger.claim(run, [new("half"), new("done")]).transfers
        ledger.record(run, [Report(half.id, Signal.COPIED, sha256=b"x" * 32, written=3, draft=draft_for("half")),
                            *whole_way(done)])
        made = backup.make(workspace, file, secrets=False)      # while somebody is at work
        ledger.start("since then", source="a", target="b")
        opened.agenda.beat("a worker")
        assert made.database == "postgresql" and backup.check(file) == made
        with psycopg.connect(url) as other:
            other.execute("CREATE SCHEMA dbos CREATE TABLE remembered (run int)")
        with pytest.raises(AlreadyExists, match="has a ledger already"):
            backup.restore(file, tmp_path / "elsewhere", replace=False)
        with pytest.raises(Busy, match="works with this ledger"):
            backup.restore(file, home, replace=True)
        opened.agenda.forget("a worker")
    aside = backup.restore(file, home, replace=True).aside
    assert flows(url) == [FLOW]
    with closing(books(url)) as opened:
        left, = opened.ledger.pending(FLOW)
        assert (left.sha256, left.kind, left.draft) == (b"", RESTORED, draft_for("half"))
        again = opened.ledger.start(FLOW, source="a", target="b")
        fresh, = opened.ledger.claim(again, [new("fresh")]).transfers
        assert again.id == run.id + 1 and fresh.id > done.id    # it goes on numbering where it was
    with psycopg.connect(url) as other:
        found = {row[0] for row in other.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ 'haulier|dbos'")}
        assert found == {"haulier", f"haulier.{aside}", f"dbos.{aside}"}
        assert other.execute(f'SELECT count(*) FROM "haulier.{aside}".runs').fetchone() == (2,)


@pytest.mark.parametrize(("setting", "kind", "said"), [
    ("programs", Invalid, "pg_dump is not installed"), ("password", HaulierError, "password")])
def test_what_hinders_is_said_without_the_password(workspace: Workspace, tmp_path: Path, setting: str,
                                                   kind: type[HaulierError], said: str,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    books(workspace.ledger_url()).close()
    if setting == "programs":
        monkeypatch.setenv("PATH", str(tmp_path))
    else:
        monkeypatch.setenv("LEDGER_PASSWORD", "wrong-one")
        workspace = workspace.again()
    with pytest.raises(kind, match=said) as error:
        backup.make(workspace, tmp_path / "one.tar.gz", secrets=False)
    assert PASSWORD not in str(error.value) and "wrong-one" not in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["work"] and not isinstance(error.value, Unavailable)

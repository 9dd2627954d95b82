import os
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from haulier.ledger import open as open_ledger
from haulier.ledger import opening
from haulier.ledger.process import Process, this_process
from haulier.model.errors import Busy, Corrupt, Denied, HaulierError, Invalid, NoSpace
from haulier.model.run import Transfer
from haulier.ports import Ledger
from haulier.testing.ledgers import FLOW, LedgerSuite, new, whole_way
from haulier.testing.tasks import waited


class TestSqlite(LedgerSuite):
    command = "from haulier.ledger import open\nledger = open(sys.argv[1])\n"

    @pytest.fixture
    def place(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/state/ledger.db"

    def open(self, place: str, *, pid: int = 0, elsewhere: bool = False,
             lease: float = 30.0) -> Ledger:
        return opening.open_ledger(place, process=seen_as(pid, elsewhere), lease=lease)


def seen_as(pid: int, elsewhere: bool) -> Process:
    me = this_process()
    if elsewhere:
        return me._replace(host="elsewhere", machine="another")
    return me._replace(pid=pid, born=1) if pid else me


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "state" / "ledger.db"
    with closing(open_ledger(f"sqlite:///{file}")) as ledger:
        ledger.start(FLOW, source="a", target="b")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    assert modes["ledger.db"] == modes["ledger.db-wal"] == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_importing_the_room_costs_nothing() -> None:
    code = "import sys, haulier.ledger; print([m for m in sys.modules if m in ('sqlalchemy', 'alembic')])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


def test_a_current_ledger_needs_no_alembic_and_few_tables(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    open_ledger(url).close()
    code = ("import sys; from haulier.ledger import open; open(sys.argv[1]).close();"
            "print([m for m in sys.modules if m in ('alembic', 'sqlalchemy.orm', 'haulier.ledger.importtables',"
            " 'haulier.ledger.accounttables')])")
    said = subprocess.check_output([sys.executable, "-c", code, url], text=True)
    assert said == "[]\n"


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:",
                                 "sqlite:///f?mode=ro", "sqlite:////"])
def test_urls_that_are_no_ledger(url: str) -> None:
    with pytest.raises(Invalid, match="ledger"):
        open_ledger(url)


def test_files_that_are_no_ledger(tmp_path: Path) -> None:
    text, other, broken = (tmp_path / name for name in ("text", "other.db", "broken.db"))
    text.write_text("not a database, but long enough to be looked at " * 99)
    with pytest.raises(Invalid, match="not a database"):
        open_ledger(f"sqlite:///{text}")
    with closing(sqlite3.connect(other)) as conn:
        conn.execute("create table flows (id)")
    before = other.read_bytes()
    with pytest.raises(Invalid, match="other tables"):
        open_ledger(f"sqlite:///{other}")
    assert other.read_bytes() == before
    open_ledger(f"sqlite:///{broken}").close()
    data = broken.read_bytes()
    broken.write_bytes(data[:4096] + os.urandom(len(data) - 4096))
    with pytest.raises((Corrupt, Invalid)):
        open_ledger(f"sqlite:///{broken}")


def test_a_newer_ledger_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    open_ledger(f"sqlite:///{file}").close()
    with closing(sqlite3.connect(file)) as conn:
        conn.execute("update alembic_version set version_num = '0999'")
        conn.commit()
    with pytest.raises(Invalid, match=r"newer version .* 0999"):
        open_ledger(f"sqlite:///{file}")


NOBODY = """
import os, sys
from haulier.ledger import open
from haulier.model.errors import HaulierError
open(sys.argv[1]).close()  # imports, while they can be read
if os.geteuid() == 0:
    os.setgid(65534); os.setuid(65534)
for url in sys.argv[1:]:
    try:
        ledger = open(url)
        ledger.start("x", source="a", target="b")
    except HaulierError as error:
        print(type(error).__name__)
"""


def test_a_disk_that_may_not_be_written(tmp_path: Path) -> None:
    closed, seen = tmp_path / "closed.db", tmp_path / "seen" / "ledger.db"
    for file in (closed, seen):
        open_ledger(f"sqlite:///{file}").close()
        file.chmod(0o400 if file is closed else 0o444)
    for folder in (seen.parent, tmp_path):
        folder.chmod(0o555)
    while (folder := folder.parent) != Path(folder.anchor):
        if folder.owner() == tmp_path.owner() and not folder.stat().st_mode & 1:
            folder.chmod(folder.stat().st_mode | 0o011)
    urls = [f"sqlite:///{path}" for path in (closed, seen, tmp_path / "new" / "ledger.db")]
    said = subprocess.check_output([sys.executable, "-c", NOBODY, *urls], text=True)
    tmp_path.chmod(0o700)
    assert said.split() == ["Denied"] * 3


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    with closing(opening.open_ledger(f"sqlite:///{tmp_path}/ledger.db")) as ledger:
        run = ledger.start(FLOW, source="a", target="b")
        batch = ledger.claim(run, [new("f")]).transfers
        ledger._database._engine.dispose()
        from sqlalchemy import event

        def limit(connection: sqlite3.Connection, _: object) -> None:
            pages = connection.execute("pragma page_count").fetchone()[0]
            connection.execute(f"pragma max_page_count = {pages}")

        event.listen(ledger._database._engine, "connect", limit)
        before = ledger.transfers()
        with pytest.raises(NoSpace, match="disk is full"):
            ledger.claim(run, [new(f"a long name of file number {n}") for n in range(1000)])
        assert ledger.transfers() == before
        ledger.record(run, whole_way(batch[0]))


def test_a_ledger_that_stays_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from haulier.ledger.dialects import sqlite
    monkeypatch.setattr(sqlite, "PATIENCE", 0.1)
    file = tmp_path / "ledger.db"
    with closing(open_ledger(f"sqlite:///{file}")) as ledger, closing(sqlite3.connect(file)) as other:
        other.execute("begin immediate")
        with pytest.raises(Busy, match="another process has it locked"):
            ledger.start(FLOW, source="a", target="b")
        other.rollback()
        ledger.start(FLOW, source="a", target="b")


def test_a_name_that_no_database_takes(tmp_path: Path) -> None:
    with closing(open_ledger(f"sqlite:///{tmp_path}/ledger.db")) as ledger:
        run = ledger.start(FLOW, source="a", target="b")
        with pytest.raises(Invalid, match="not valid text"):
            ledger.claim(run, [new("bad\udc80")])


def test_a_child_of_a_fork_is_kept_out(tmp_path: Path) -> None:
    with closing(open_ledger(f"sqlite:///{tmp_path}/ledger.db")) as ledger:
        child = os.fork()
        if child == 0:
            try:
                ledger.runs()
            except RuntimeError:
                os._exit(7)
            os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        ledger.start(FLOW, source="a", target="b")


def test_processes_that_are_gone() -> None:
    me = this_process()
    assert me.pid == os.getpid() and me.born and not me.is_gone(me)
    assert me._replace(born=me.born - 1).is_gone(me)
    assert not me._replace(born=1, machine="another").is_gone(me)
    child = subprocess.Popen([sys.executable, "-c", ""])
    zombie = me._replace(pid=child.pid, born=0)
    waited(lambda: zombie.is_gone(me))
    child.wait()
    assert zombie.is_gone(me)
    assert not me._replace(pid=1, born=0).is_gone(me)


def test_bulk_work_is_quick(tmp_path: Path) -> None:
    """Not a benchmark: a query that reads the whole table would be ten times over this limit."""
    with closing(open_ledger(f"sqlite:///{tmp_path}/ledger.db")) as ledger:
        run = ledger.start(FLOW, source="a", target="b")
        start = time.process_time()
        for batch in range(20):
            files: list[Transfer] = [new(f"{batch}/{n}") for n in range(1000)]
            claimed = ledger.claim(run, files).transfers
            ledger.record(run, [report for t in claimed for report in whole_way(t)])
            ledger.seen(FLOW, [t.path for t in files])
        assert (time.process_time() - start) / 20_000 < 500e-6
    assert issubclass(Denied, HaulierError)


def test_closed_while_it_is_read(tmp_path: Path) -> None:
    database = opening.prepared(f"sqlite:///{tmp_path}/ledger.db")
    with database.read() as conn:
        used = conn.connection.dbapi_connection
        assert used is not None
        database.close()
        assert conn.exec_driver_sql("SELECT 1").scalar() == 1
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        used.cursor()

import threading
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from haulier.ledger import open as open_ledger
from haulier.ledger import opening, story
from haulier.ledger.process import Process, this_process
from haulier.model.errors import Busy, Denied, Invalid, Unavailable
from haulier.ports import Ledger
from haulier.testing.accounts import AccountsSuite
from haulier.testing.agendas import AgendaSuite
from haulier.testing.arrivals import ArrivalsSuite
from haulier.testing.books import Books, BooksSuite
from haulier.testing.importbooks import ImportBookSuite
from haulier.testing.ledgers import FLOW, LedgerSuite, new, whole_way
from haulier.testing.messages import AlertsSuite
from haulier.testing.paymentbooks import asking, of_file, yes
from haulier.testing.prunings import PruningSuite
from haulier.testing.readers import ReaderSuite
from haulier.testing.servers.postgres import Postgres
from haulier.testing.sharings import SharingSuite
from haulier.testing.taskbooks import TaskBookSuite


@pytest.fixture(scope="module")
def tables(server: Postgres) -> str:
    """A ledger in which nothing is."""
    url = server.database()
    open_ledger(url).close()
    return url


@pytest.fixture
def fresh(tables: str) -> Iterator[str]:
    """The same for each test, emptied after it: databases for hundreds take minutes to make and to remove."""
    yield tables
    with psycopg.connect(tables, options="-c search_path=haulier", autocommit=True) as conn:
        conn.execute(EMPTY)


EMPTY = """
DO $$
DECLARE one record; has boolean;
BEGIN
  PERFORM pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid();
  SET LOCAL session_replication_role = replica;  -- so that no trigger says no
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'haulier' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', one.tablename) INTO has;
    IF has THEN EXECUTE format('TRUNCATE %I CASCADE', one.tablename); END IF;
  END LOOP;
  PERFORM setval(format('%I', sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE schemaname = 'haulier' AND last_value IS NOT NULL;
END $$
"""


class TestPostgres(LedgerSuite):
    examples = 8
    command = "from haulier.ledger import open\nledger = open(sys.argv[1])\n"

    @pytest.fixture
    def place(self, fresh: str) -> str:
        return fresh

    def open(self, place: str, *, pid: int = 0, elsewhere: bool = False,
             lease: float = 30.0) -> Ledger:
        return opening.open_ledger(place, process=seen_as(pid, elsewhere), lease=lease)


class OnPostgres(BooksSuite):
    @pytest.fixture
    def place(self, fresh: str) -> str:
        self.url = fresh
        return fresh

    def open(self, place: str, *, pid: int = 0, elsewhere: bool = False, lease: float = 30.0,
             absence: float = 15.0) -> Books:
        return opening.open_books(place, process=seen_as(pid, elsewhere), lease=lease, absence=absence)


class TestPostgresAgenda(OnPostgres, AgendaSuite):
    pass


class TestPostgresAlerts(OnPostgres, AlertsSuite):
    pass


class TestPostgresSharing(OnPostgres, SharingSuite):
    pass


class TestPostgresTaskBook(OnPostgres, TaskBookSuite):
    pass


class TestPostgresImportBook(OnPostgres, ImportBookSuite):
    def test_the_trail_is_only_added_to(self, books: Books) -> None:
        booking, = books.imports.bookings(of_file(books, asking("1")).id)
        books.imports.decide(booking.id, 1, yes(booking), "anna", "parked")
        for statement in ("UPDATE trail SET who = 'bo'", "DELETE FROM trail", "TRUNCATE trail"):
            with psycopg.connect(self.url, options="-c search_path=haulier") as conn, \
                    pytest.raises(psycopg.errors.RaiseException, match="the trail is only added to"):
                conn.execute(statement)
        assert books.imports.trail(booking.id)[-1].by == "anna"


class TestPostgresReader(OnPostgres, ReaderSuite):
    examples = 4

    def test_events_that_are_stored_late_are_not_missed(self, books: Books) -> None:
        run = books.ledger.start(FLOW, source="a", target="b")
        before = books.reader.events(0)
        with psycopg.connect(self.url, options="-c search_path=haulier") as late:
            late.execute("INSERT INTO events (at, kind, run, batch, transfer, text) VALUES (%s, 'x', %s, 0, 0, '')",
                         (run.started, run.id))
            books.ledger.claim(run, [new("f")])
            assert books.reader.events(0) == before and books.reader.events(before[-1].id) == []
        found = books.reader.events(before[-1].id)
        assert [event.kind for event in found] == ["x", "batch.claimed"]

    def test_numbers_that_were_given_back_are_waited_for_no_longer(self, books: Books,
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(story, "GAP", 60_000_000_000)
        run = books.ledger.start(FLOW, source="a", target="b")
        with psycopg.connect(self.url, options="-c search_path=haulier") as other:
            other.execute("SELECT nextval('events_id_seq')")
        books.ledger.claim(run, [new("f")])
        assert len(books.reader.events(0)) == 1
        monkeypatch.setattr(story, "GAP", 1)
        assert len(books.reader.events(0)) == 2


class TestPostgresArrivals(OnPostgres, ArrivalsSuite):
    pass


class TestPostgresPruning(OnPostgres, PruningSuite):
    pass


class TestPostgresAccounts(OnPostgres, AccountsSuite):
    def tamper(self, books: Books, statement: str) -> None:
        with psycopg.connect(self.url, options="-c search_path=haulier") as conn:
            conn.execute(statement)


def seen_as(pid: int, elsewhere: bool) -> Process:
    me = this_process()
    if elsewhere:
        return me._replace(host="elsewhere", machine="another")
    return me._replace(pid=pid, born=1) if pid else me


def test_refused(server: Postgres) -> None:
    with pytest.raises(Denied, match="user and password") as denied:
        open_ledger(server.url(password="open-sesame"))
    assert "open-sesame" not in str(denied.value)
    with pytest.raises(Invalid, match="no such database"):
        open_ledger(server.url("nothing"))
    with pytest.raises(Unavailable, match="no answer"):
        open_ledger("postgresql://haulier:secret@127.0.0.1:1/postgres")


def test_a_server_that_stops_and_comes_back() -> None:
    with Postgres(fsync=True) as server, closing(open_ledger(server.database())) as ledger:
        run = ledger.start(FLOW, source="a", target="b")
        transfer, = ledger.claim(run, [new("f")]).transfers
        server.halt()
        for _ in range(2):
            with pytest.raises(Unavailable):
                ledger.record(run, whole_way(transfer))
        server.start()
        assert ledger.pending(FLOW) == [transfer]
        ledger.record(run, whole_way(transfer))
        assert set(ledger.seen(FLOW, ["f"])) == {"f"}


def test_a_user_without_rights(server: Postgres) -> None:
    url = server.database()
    open_ledger(url).close()
    from sqlalchemy import create_engine
    engine = create_engine(url.replace("postgresql", "postgresql+psycopg", 1))
    with engine.begin() as conn:
        conn.exec_driver_sql("CREATE ROLE guest LOGIN PASSWORD 'guest'")
    engine.dispose()
    with pytest.raises(Denied, match="this user"):
        open_ledger(f"postgresql://guest:guest@127.0.0.1:{server.port}/{url.rpartition('/')[2]}")


def test_one_of_many_starts_wins(server: Postgres) -> None:
    url = server.database()
    open_ledger(url).close()
    won: list[int] = []
    busy: list[str] = []

    def start() -> None:
        with closing(open_ledger(url)) as ledger:
            try:
                won.append(ledger.start(FLOW, source="a", target="b").id)
            except Busy as error:
                busy.append(str(error))

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and len(busy) == 5

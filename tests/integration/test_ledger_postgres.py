import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from haulier.ledger import open as open_ledger
from haulier.ledger import opening
from haulier.ledger.process import Process, this_process
from haulier.model.errors import Busy, Denied, Invalid, Unavailable
from haulier.ports import Ledger
from haulier.testing.agendas import AgendaSuite
from haulier.testing.books import Books
from haulier.testing.ledgers import FLOW, LedgerSuite, new, whole_way
from haulier.testing.servers.postgres import Postgres, programs


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    try:
        programs()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    with Postgres() as server:
        yield server


class TestPostgres(LedgerSuite):
    examples = 8
    command = "from haulier.ledger import open\nledger = open(sys.argv[1])\n"

    @pytest.fixture
    def place(self, server: Postgres) -> str:
        return server.database()

    def open(self, place: str, *, pid: int = 0, elsewhere: bool = False,
             lease: float = 30.0) -> Ledger:
        return opening.open_ledger(place, process=seen_as(pid, elsewhere), lease=lease)


class TestPostgresAgenda(AgendaSuite):
    @pytest.fixture
    def place(self, server: Postgres) -> str:
        return server.database()

    def open(self, place: str, *, pid: int = 0, elsewhere: bool = False, lease: float = 30.0,
             absence: float = 15.0) -> Books:
        return opening.open_books(place, process=seen_as(pid, elsewhere), lease=lease, absence=absence)


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

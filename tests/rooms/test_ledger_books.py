import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from haulier.ledger import naming, opening
from haulier.ledger.process import Process, this_process
from haulier.model.intake import IntakeState
from haulier.testing.accounts import AccountsSuite
from haulier.testing.agendas import AgendaSuite
from haulier.testing.arrivals import ArrivalsSuite
from haulier.testing.books import Books, BooksSuite
from haulier.testing.importbooks import ImportBookSuite
from haulier.testing.messages import AlertsSuite
from haulier.testing.paymentbooks import asking, of_file, yes
from haulier.testing.prunings import PruningSuite
from haulier.testing.readers import ReaderSuite
from haulier.testing.sharings import SharingSuite
from haulier.testing.taskbooks import TaskBookSuite


class OnSqlite(BooksSuite):
    @pytest.fixture
    def place(self, tmp_path: Path) -> str:
        self.file = tmp_path / "state" / "ledger.db"
        return f"sqlite:///{self.file}"

    def open(self, place: str, *, pid: int = 0, elsewhere: bool = False, lease: float = 30.0,
             absence: float = 15.0) -> Books:
        return opening.open_books(place, process=seen_as(pid, elsewhere), lease=lease, absence=absence)


class TestAgenda(OnSqlite, AgendaSuite):
    pass


class TestSharing(OnSqlite, SharingSuite):
    pass


class TestTaskBook(OnSqlite, TaskBookSuite):
    pass


class TestImportBook(OnSqlite, ImportBookSuite):
    def test_the_trail_is_only_added_to(self, books: Books) -> None:
        booking, = books.imports.bookings(of_file(books, asking("1")).id)
        books.imports.decide(booking.id, 1, yes(booking), "anna", "parked")
        with closing(sqlite3.connect(self.file)) as conn:
            for statement in ("UPDATE trail SET who = 'bo'", "DELETE FROM trail"):
                with pytest.raises(sqlite3.IntegrityError, match="the trail is only added to"):
                    conn.execute(statement)
        assert books.imports.trail(booking.id)[-1].by == "anna"

    def test_names_of_many_payments_are_sorted_a_part_at_a_time(self, books: Books, monkeypatch: pytest.MonkeyPatch
                                                                ) -> None:
        monkeypatch.setattr(naming, "AT_ONCE", 7)
        intake = of_file(books, *(asking(f"{number}") for number in range(100)))
        identities = [f"id {number}" for number in range(100)]
        assert [one.number for one in books.imports.earlier(intake.file.flow, identities, [])] == list(range(1, 101))

    def test_others_write_between_the_parts(self, books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever waits is not passed over again and again: some tens of parts would be seconds."""
        parts, waited, sort = list[float](), list[int](), naming.sort

        def slow(*part: Any) -> None:
            parts.append(time.monotonic())
            time.sleep(0.05)
            sort(*part)

        def writes() -> None:
            while len(parts) < 15:
                before = len(parts)
                books.agenda.beat("somebody")
                waited.append(len(parts) - before)
                time.sleep(0.02)

        monkeypatch.setattr(naming, "AT_ONCE", 3)
        monkeypatch.setattr(naming, "sort", slow)
        other = threading.Thread(target=writes)
        other.start()
        of_file(books, *(asking(f"{number}") for number in range(60)))
        other.join()
        assert len(parts) == 20 and max(waited) < 5, waited

    def test_of_a_file_that_is_refused_nothing_is_left(self, books: Books) -> None:
        of_file(books, *(asking(f"{number}") for number in range(150)), state=IntakeState.REFUSED)
        with closing(sqlite3.connect(self.file)) as conn:
            for table in ("bookings", "sheets", "named", "mentions", "allocations", "rowkeys"):
                assert conn.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


class TestReader(OnSqlite, ReaderSuite):
    pass


class TestArrivals(OnSqlite, ArrivalsSuite):
    pass


class TestAlerts(OnSqlite, AlertsSuite):
    pass


class TestPruning(OnSqlite, PruningSuite):
    pass


class TestAccounts(OnSqlite, AccountsSuite):
    def tamper(self, books: Books, statement: str) -> None:
        with closing(sqlite3.connect(self.file)) as conn:
            conn.execute(statement)
            conn.commit()


def seen_as(pid: int, elsewhere: bool) -> Process:
    me = this_process()
    if elsewhere:
        return me._replace(host="elsewhere", machine="another")
    return me._replace(pid=pid, born=1) if pid else me

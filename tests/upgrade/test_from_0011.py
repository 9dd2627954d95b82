"""Payments that were kept before many of them were kept on a sheet."""
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from haulier.ledger import schema
from haulier.ledger.database import dialect_of
from haulier.ledger.matchtext import match_text
from haulier.ledger.naming import number
from haulier.ledger.opening import open_books
from haulier.model.match import MatchState
from haulier.testing.paymentbooks import FULL_MATCH, asking, matched, yes
from haulier.testing.servers.postgres import Postgres, programs

PAST = (replace(matched("1", "A"), payment=replace(FULL_MATCH.payment, amount=Decimal("100.00"))), asking("2"))
WORDS = (None, "Payer 2\nref 2\n100.00")


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/ledger.db"
        return
    try:
        programs()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    with Postgres() as server:
        yield server.database()


@pytest.fixture
def old(place: str) -> str:
    """One file is done; of its payments those were told who are to know."""
    dialect = dialect_of(place)
    engine = dialect.connect()
    with engine.connect() as conn, conn.begin():
        dialect.begin(conn, durable=True)
        dialect.lock_schema(conn)
        schema.upgrade(conn, schema=dialect.schema, to="0011")
        dialect.run(conn, "INSERT INTO flows (id, name) VALUES (1, 'nightly/bank')")
        dialect.run(conn, """INSERT INTO intakes (id, flow, run, name, place, size, digest, parser, version, state,
            rows, accepted, tries, started, finished, matched) VALUES (1, 1, 0, 'a.xml', 'file:///in', 1, 'ab', 'camt',
            '1', 'done', 2, 2, 1, 1, 2, true)""")
        for at, (match, words) in enumerate(zip(PAST, WORDS, strict=True), 1):
            dialect.run(conn, """INSERT INTO bookings (id, intake, flow, number, key, state, review, posted, at, words,
                body) VALUES (?, 1, 1, ?, ?, ?, ?, ?, ?, ?, ?)""", at, at, f"key {at}", match.state.value,
                        match.state is MatchState.SUGGESTED or None, time.time_ns(), 1, words, match_text(match))
        dialect.run(conn, "INSERT INTO mentions (flow, mention, booking) VALUES (1, ?, 2)", number("iid 2"))
        for table in ("flows", "intakes", "bookings") if dialect.schema else ():
            conn.exec_driver_sql(f"SELECT setval('{table}_id_seq', 100)")
    engine.dispose()
    return place


def test_its_payments_are_as_they_were(old: str) -> None:
    with closing(open_books(old)) as books:
        assert tuple(one.match for one in books.imports.bookings(1)) == PAST
        assert [one.id for one in books.imports.review(states=[MatchState.MATCHED], text="rf18")] == [1]
        assert [one.id for one in books.imports.review(text="payer 2")] == [2]
        second, = books.imports.earlier("nightly/bank", ["id 2"], [])
        decided = books.imports.decide(second.id, 1, yes(second, ("B", "100.00")), "anna", "confirmed")
        assert books.imports.unposted("nightly/bank") == [decided] and decided.match.invoice_id == "B"

"""Open items in a database: the suite on SQLite and on a real PostgreSQL, and what goes wrong."""
from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from haulier.core.reconcile.references import keys
from haulier.items.sql import SqlItemsSpec
from haulier.model.errors import Denied, Invalid, Malformed, Unavailable
from haulier.ports import Items, Sought
from haulier.settings.registry import items as items_named
from haulier.settings.spec import Env
from haulier.testing.items import ITEMS, ItemsSuite, ids
from haulier.testing.servers.postgres import Postgres

COLUMNS: dict[str, Any] = {"references": ["invoice", "ocr"], "names": "customer", "accounts": "iban",
                           "date": "due date"}
TABLE = ('CREATE TABLE bills (id integer PRIMARY KEY, invoice text, ocr text, due numeric(12, 2), open numeric(12, 2), '
         'currency char(3), "due date" date, party text, customer text, iban text, priority integer, note text)')


def row(item: Any) -> tuple[Any, ...]:
    references = [*item.references, None][:2]
    return (int(item.id), *references, str(item.due), str(item.open), item.currency,
            item.date and item.date.isoformat(), item.party, "".join(item.names), "".join(item.accounts),
            item.priority, "a note")


def filled(execute: Any, mark: str) -> None:
    execute(TABLE)
    for item in ITEMS:
        execute(f"INSERT INTO bills VALUES ({', '.join([mark] * 12)})", row(item))


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    server = Postgres()
    try:
        url = server.database()
        with psycopg.connect(url, autocommit=True) as conn:
            filled(conn.execute, "%s")
        yield url
    finally:
        server.stop()


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "erp.db") as conn:
        filled(conn.execute, "?")
    conn.close()
    return f"sqlite:///{tmp_path}/erp.db"


def built(url: str, **settings: Any) -> Items:
    return SqlItemsSpec(url=url, **{"table": "bills", "columns": COLUMNS, **settings}).build(Env())


class TestSqlite(ItemsSuite):
    @pytest.fixture
    def items(self, sqlite: str) -> Iterator[Items]:
        items = built(sqlite)
        yield items
        items.close()


class TestPostgres(ItemsSuite):
    @pytest.fixture
    def items(self, postgres: str) -> Iterator[Items]:
        items = built(postgres)
        yield items
        items.close()


class TestQuery(ItemsSuite):
    @pytest.fixture
    def items(self, postgres: str) -> Iterator[Items]:
        query = ("SELECT *, 'x:y %'::text AS \"with marks\" FROM bills ORDER BY id;")
        items = built(postgres, table="", query=query)
        yield items
        items.close()


class TestLoaded(ItemsSuite):
    @pytest.fixture
    def items(self, postgres: str) -> Items:
        return built(postgres, load=True)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.mark.parametrize("load", [True, False])
def test_other_columns_come_along(url: str, load: bool) -> None:
    item = next(iter(built(url, load=load).by_id(["1"])))
    assert item.more == {"note": "a note"}


def test_it_is_live_unless_that_is_said(sqlite: str) -> None:
    assert built(sqlite).is_live
    assert built(sqlite, load=True).is_live
    assert not built(sqlite, live=False).is_live
    assert not built(sqlite, live=False, load=True).is_live


def test_normalised_columns_are_compared_as_they_are(url: str) -> None:
    items = built(url, normalised=True, columns={**COLUMNS, "references": "invoice"})
    assert ids(items.lookup(["INV-2024-0018", "20240018"])) == ["2"]
    assert ids(items.lookup(keys("INV-2024-0018"))) == []
    numbered = built(url, normalised=True, columns={**COLUMNS, "references": "id"})
    assert ids(numbered.lookup(["3", "INV", "77"])) == ["3"]
    assert ids(numbered.candidates([Sought("SEK", Decimal(1), Decimal(900), ("1",))])) == []


def test_what_is_paid_meanwhile_is_seen(tmp_path: Path, sqlite: str) -> None:
    items = built(sqlite)
    assert next(iter(items.by_id(["2"]))).open == Decimal("50.5")
    with sqlite3.connect(tmp_path / "erp.db") as conn:
        conn.execute("UPDATE bills SET open = 0 WHERE id = 2")
    conn.close()
    assert next(iter(items.by_id(["2"]))).open == 0
    items.close()
    assert next(iter(items.by_id(["2"]))).open == 0     # asked again, it connects again


@pytest.mark.parametrize(("settings", "told"), [
    ({"table": "nowhere"}, "nowhere"),
    ({"columns": {"open": "balance"}}, "no column balance; there are id, invoice"),
    ({"columns": {**COLUMNS, "currency": "note"}, "table": "", "query": "SELECT id, 'SEK' AS currency FROM bills"},
     "no column")])
def test_what_is_not_there_is_said(url: str, settings: dict[str, Any], told: str) -> None:
    with pytest.raises(Invalid, match=told):
        built(url, **settings).lookup(["1"])


@pytest.mark.parametrize("query", [
    "SELECT id, invoice AS \"references\", 'SEK' AS currency FROM bills",
    "SELECT id, invoice AS \"references\", open FROM bills",
    "SELECT id, invoice AS \"references\", 'much' AS open, 'SEK' AS currency FROM bills"])
def test_an_item_that_is_none_is_said(url: str, query: str) -> None:
    with pytest.raises(Malformed, match=r"amount|currency"):
        [*built(url, table="", query=query, columns={}).lookup(keys("INV-2024-0018"))]


def test_places_that_are_none(postgres: str, tmp_path: Path) -> None:
    for wrong, kind in ((postgres.replace("for-tests-only", "wrong"), Denied),
                        (postgres.replace("/test1", "/nowhere"), Invalid),
                        ("postgresql://a:b@127.0.0.1:1/x", Unavailable)):
        with pytest.raises(kind) as error:
            built(wrong).lookup(["1"])
        assert "wrong" not in str(error.value)
    for nothing in ("sqlite://", f"sqlite:///{tmp_path}/none.db", "no url", "strange://x"):
        with pytest.raises(Invalid, match="url"):
            built(nothing)
    assert not (tmp_path / "none.db").exists()


def test_settings_that_do_not_fit() -> None:
    for settings in ({}, {"table": "a", "query": "SELECT 1"}, {"query": "SELECT 1; DROP TABLE x"},
                     {"table": "a", "columns": {"amount": "x"}}, {"table": "a", "columns": {"open": ["x", "y"]}}):
        with pytest.raises(ValueError, match=r"table|SELECT|amount|open"):
            SqlItemsSpec(url="sqlite:///x.db", **settings)
    with pytest.raises(Invalid, match="normalised"):
        built("mysql+mysqldb://a:b@127.0.0.1:1/x")
    assert items_named("sql") is SqlItemsSpec
    assert "pass" not in repr(SqlItemsSpec(url="postgresql://u:pass@h/d", table="x"))

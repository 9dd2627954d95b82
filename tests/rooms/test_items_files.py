"""Open items in a CSV file and from a function: the suites, and what goes wrong."""
from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from haulier.items.csv import CsvItemsSpec
from haulier.items.python import PythonItemsSpec
from haulier.model.errors import Invalid, Malformed, NotFound, Transient
from haulier.model.files import Draft
from haulier.ports import Items, Store
from haulier.settings.registry import items as items_named
from haulier.settings.spec import Env
from haulier.testing.items import ITEMS, ItemsSuite, ids
from haulier.testing.memory import Memory


def lines(between: str = ";", dot: str = ".") -> str:
    """ITEMS as CSV."""
    found = ["id,references,due,open,currency,date,party,names,accounts,priority,note"]
    for item in ITEMS:
        cells = [item.id, between.join(item.references), str(item.due).replace(".", dot),
                 str(item.open).replace(".", dot), item.currency, item.date.isoformat() if item.date else "",
                 item.party, between.join(item.names), between.join(item.accounts), str(item.priority), "x"]
        found.append(",".join(f'"{cell}"' for cell in cells))
    return "\n".join(found) + "\n"


class TestCsv(ItemsSuite):
    @pytest.fixture
    def items(self, tmp_path: Path) -> Items:
        (tmp_path / "open.csv").write_text(lines())
        return CsvItemsSpec(file="open.csv").build(Env(home=tmp_path))


class TestCsvAtAPlace(ItemsSuite):
    @pytest.fixture
    def items(self) -> Items:
        store = Memory()
        [*store.write(Draft("in/open.csv", "in/open.csv"), [lines("|", ",").encode("latin-1")])]

        def at(place: Mapping[str, Any] | str) -> AbstractContextManager[Store]:
            assert place == "erp:x"
            return nullcontext(store)
        return CsvItemsSpec(place="erp:x", file="in/open.csv", encoding="latin-1", decimal=",",
                            between="|").build(Env(store=at))


SCRIPT = """
from datetime import date
from decimal import Decimal
from haulier.testing.items import ITEMS
from haulier.core.reconcile.index import Index

def listed():
    for item in ITEMS:
        yield {"id": int(item.id), "references": list(item.references), "due": item.due, "open": float(item.open),
               "currency": item.currency, "date": item.date, "party": item.party, "names": list(item.names),
               "accounts": "".join(item.accounts), "priority": item.priority}

def own():
    return list(ITEMS)

class Asked:
    is_live = True
    closed = 0
    def __init__(self): self._index = Index(ITEMS)
    def lookup(self, references): return self._index.lookup(references)
    def by_id(self, ids): return self._index.by_id(ids)
    def candidates(self, sought): return self._index.candidates(sought)
    def search(self, text, limit=20): return list(self._index.search(text, limit))
    def close(self): self.closed += 1

class Small:
    def lookup(self, references): return [{"id": "7", "open": "1", "currency": "SEK"}]

def limited(most, currency="SEK"):
    return [{"id": "1", "open": most, "currency": currency}]

def broken(): return [][1]
async def later(): return []
def nothing(): return None
class Failing:
    def lookup(self, references): raise OSError("the ERP is away")
NUMBER = 5
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "erp.py").write_text(SCRIPT)
    return tmp_path


def called(home: Path, name: str, **settings: Any) -> Items:
    return PythonItemsSpec(call=f"erp.py:{name}", **settings).build(Env(home=home))


class TestListed(ItemsSuite):
    @pytest.fixture
    def items(self, home: Path) -> Items:
        return called(home, "listed")


class TestOwn(ItemsSuite):
    @pytest.fixture
    def items(self, home: Path) -> Items:
        return called(home, "own")


class TestAsked(ItemsSuite):
    @pytest.fixture
    def items(self, home: Path) -> Iterator[Items]:
        before = {*sys.modules}
        items = called(home, "Asked")
        yield items
        items.close()
        assert not {name for name in {*sys.modules} - before if "erp__" in name}


def test_live_as_it_is_said(home: Path) -> None:
    assert called(home, "Asked").is_live
    assert not called(home, "Asked", live=False).is_live
    assert not called(home, "own").is_live
    assert called(home, "own", live=True).is_live


def test_an_object_may_know_lookup_only(home: Path) -> None:
    items = called(home, "Small")
    assert ids(items.lookup(["x"])) == ["7"]
    assert [*items.by_id(["7"]), *items.candidates([]), *items.search("7")] == []


def test_functions_are_given_their_args(home: Path) -> None:
    assert next(iter(called(home, "limited", args={"most": "12.50"}).by_id(["1"]))).open == Decimal("12.50")
    with pytest.raises(Invalid, match="args"):
        called(home, "limited", args={"other": 1})


def test_a_file_is_read_anew(home: Path) -> None:
    assert called(home, "limited", args={"most": 1})
    (home / "tasks" / "erp.py").write_text("def limited(most): return [{'id': '9', 'open': most, 'currency': 'EUR'}]")
    assert ids(called(home, "limited", args={"most": 1}).by_id(["9"])) == ["9"]


@pytest.mark.parametrize(("name", "kind", "told"), [
    ("broken", Transient, "IndexError"), ("later", Invalid, "async"), ("nothing", Invalid, "NoneType"),
    ("none_such", Invalid, "no function"), ("NUMBER", Invalid, "no function")])
def test_functions_that_are_none(home: Path, name: str, kind: type[Exception], told: str) -> None:
    before = {*sys.modules}
    with pytest.raises(kind, match=told):
        called(home, name)
    assert not {name for name in {*sys.modules} - before if "erp__" in name}


def test_what_goes_wrong_while_it_is_asked_may_pass(home: Path) -> None:
    with pytest.raises(Transient, match="the ERP is away"):
        called(home, "Failing").lookup(["1"])


def test_files_that_are_none(home: Path) -> None:
    (home / "tasks" / "bad.py").write_text("def x(:")
    (home / "tasks" / "fails.py").write_text("import nowhere_at_all")
    (home / "outside.py").write_text("def x(): return []")
    for call, told in (("no.py:x", "not there"), ("bad.py:x", "line 1"), ("fails.py:x", "nowhere_at_all"),
                       ("../outside.py:x", "outside")):
        with pytest.raises(Invalid, match=told):
            PythonItemsSpec(call=call).build(Env(home=home))
    with pytest.raises(ValueError, match="call"):
        PythonItemsSpec(call="erp.open")


@pytest.mark.parametrize(("text", "told"), [
    ("", "no names of columns"), ("id,open\n1,2,3\n", "line 2: 3 columns"), ("id,open,currency\n1,x,SEK\n", "line 2"),
    ("id,open,currency\n1,1.50,\n", "no currency"), ("id,open,currency\n,1,SEK\n", "neither an id"),
    ("id,currency\n1,SEK\n", "no amount"), ('id,open,currency\n1,"5,SEK\n', "line 2"),
    ("id,open,currency,date\n1,5,SEK,1 May\n", "no date"), ("id,open,currency,priority\n1,5,SEK,x\n", "whole number"),
    ("id,open,currency\n1,NaN,SEK\n", "no amount"), ("id,open,currency\n\xff,1,SEK\n", "not utf-8")])
def test_csv_files_that_are_none(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "open.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(Malformed, match=told):
        CsvItemsSpec(file="open.csv").build(Env(home=tmp_path))


def test_csv_files_as_they_are_written_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "open.csv").write_bytes(b"\xef\xbb\xbfNr;Rest;Datum\r\nRE 1;1.234,50;31.12.2024\r\n\r\nRE 2;-5,00;\r\n")
    items = CsvItemsSpec(file="open.csv", delimiter=";", decimal=",", thousands=".", dates="%d.%m.%Y", between="",
                         currency="EUR", columns={"references": "Nr", "open": "Rest", "date": "Datum"},
                         ).build(Env(home=tmp_path))
    first, second = items.by_id(["RE 1", "RE 2"])
    assert (first.open, first.due, str(first.date)) == (Decimal("1234.50"), Decimal("1234.50"), "2024-12-31")
    assert (second.open, second.date, second.currency) == (Decimal("-5.00"), None, "EUR")
    assert ids(items.lookup(["RE1"])) == ["RE 1"]


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "open.csv").write_text("id,open\n1,1\n")
    with pytest.raises(NotFound, match=r"none\.csv"):
        CsvItemsSpec(file="none.csv").build(Env(home=tmp_path))
    with pytest.raises(Malformed, match="no column Rest"):
        CsvItemsSpec(file="open.csv", columns={"open": "Rest"}).build(Env(home=tmp_path))
    with pytest.raises(Invalid, match="encoding"):
        CsvItemsSpec(file="open.csv", encoding="nothing").build(Env(home=tmp_path))
    assert items_named("csv") is CsvItemsSpec
    assert items_named("python") is PythonItemsSpec

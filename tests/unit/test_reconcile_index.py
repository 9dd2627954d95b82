"""Open items in memory."""
from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given as having
from hypothesis import strategies as st

from haulier.core.reconcile.index import MOST, Index
from haulier.core.reconcile.references import keys
from haulier.core.reconcile.rules.names import alike, similarity
from haulier.model.match import OpenItem
from haulier.ports.items import Sought

from .reconciling import item

ITEMS = [
    item("A", "100.50", "0146 048", "INV-1", names=("Kalles Plåt",), accounts=("SE35 5000",), party="7",
         date=date(2026, 5, 1), lower=Decimal(90), upper=Decimal(110), priority=2, more={"seller": "x"}),
    item("B", "100.50", "146048", currency="EUR"), item("C", "0", "9", due="4"), item("D", "-20", "K-77123"),
    OpenItem("E", (), Decimal(5), Decimal(5), "SEK"),
]


def ids(found: list[OpenItem]) -> list[str]:
    return [item.id for item in found]


def test_items_come_out_as_they_went_in() -> None:
    index = Index(iter(ITEMS))
    assert len(index) == 5
    assert index.by_id(["A", "E", "X", "D"]) == [ITEMS[0], ITEMS[4], ITEMS[3]]
    assert index.by_id(["A"])[0].more == ITEMS[0].more and index.by_id(["B"])[0].more == {}


def test_by_reference_in_every_form_paid_ones_too() -> None:
    index = Index(ITEMS)
    assert ids(index.lookup(keys("146-048"))) == ["A", "B"]
    assert ids(index.lookup(["146048", "INV1", "9"])) == ["A", "B", "C"]
    assert ids(index.lookup(["77123"])) == ["D"]
    assert index.lookup(["0146048", "", "x"]) == []


def test_by_amount_currency_account_and_date() -> None:
    index = Index(ITEMS)
    exact = Sought("SEK", Decimal("100.5"), Decimal("100.5"))
    assert ids(index.candidates([exact])) == ["A"]
    assert ids(index.candidates([exact, exact._replace(currency="EUR")])) == ["A", "B"]
    assert ids(index.candidates([Sought("SEK", Decimal(-30), Decimal(5))])) == ["D", "E"]   # not C: it is paid
    assert ids(index.candidates([exact._replace(accounts=("SE355000",))])) == ["A"]
    assert index.candidates([exact._replace(accounts=("1",))]) == []
    assert index.candidates([exact._replace(since=date(2026, 5, 2))]) == []
    assert ids(index.candidates([exact._replace(until=date(2026, 5, 1))])) == ["A"]
    assert index.candidates([Sought("USD", Decimal(0), Decimal(9))]) == []


def test_no_more_than_a_hundred_of_one_amount() -> None:
    index = Index(item(f"{at}", "7") for at in range(MOST + 50))
    assert len(index.candidates([Sought("SEK", Decimal(7), Decimal(7))])) == MOST


def test_what_a_person_looks_for() -> None:
    index = Index(ITEMS)
    assert ids(list(index.search("plåt"))) == ["A"]
    assert ids(list(index.search("146 048"))) == ["A", "B"]
    assert ids(list(index.search("146048", limit=1))) == ["A"]
    assert list(index.search("  ")) == []


@having(st.lists(st.decimals(-1000, 1000, places=5), max_size=20), st.decimals(-1000, 1000, places=5),
        st.decimals(0, 100, places=5))
def test_amounts_are_exact(amounts: list[Decimal], lower: Decimal, width: Decimal) -> None:
    index = Index(item(str(at), str(amount)) for at, amount in enumerate(amounts))
    found = index.candidates([Sought("SEK", lower, lower + width)])
    assert sorted(ids(found)) == sorted(str(at) for at, amount in enumerate(amounts)
                                        if amount and lower <= amount <= lower + width)


def test_names_that_are_alike() -> None:
    for measure in (similarity, lambda one, other: alike(one.upper(), other.upper())):
        assert measure("Kalle Svensson", "Svensson Kalle") == 1
        assert measure("Svensson", "Kalle Svensson") == 1
        assert measure("Kalle Svensson", "Olle Nilsson") < 0.75
        assert measure("Kalle Svensson", "Kale Svenson") > 0.75
    assert similarity("Kalles Plåt AB", "KALLES PLAT") == 1
    assert similarity("", "x") == similarity("-", "-") == 0
    assert similarity("AB", "AB") == 1


@having(st.lists(st.lists(st.text("0012a-", max_size=3), max_size=2), max_size=12), st.integers(1, 4))
def test_every_form_of_every_reference_finds_all_that_bear_it(references: list[list[str]], at_once: int) -> None:
    found = [item(f"{at}", "7", *some) for at, some in enumerate(references)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("haulier.core.reconcile.index._AT_ONCE", at_once)
        index = Index(found)
    for form in {form for some in references for one in some for form in keys(one)}:
        assert index.lookup([form]) == [one for one in found if any(form in keys(text) for text in one.references)]


def test_what_is_paid_in_part_and_what_few_have_stay_as_they_were() -> None:
    few = [item(f"{at}", "7", f"{at}", due="9" if at % 3 else "7", priority=at % 2) for at in range(7)]
    assert Index(few).by_id([one.id for one in few]) == few

"""The suite every source of open items must pass. Subclass it and give it a source that has ITEMS.

    class TestMine(ItemsSuite):
        @pytest.fixture
        def items(self) -> Iterator[Items]:
            ...
"""
from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ..core.reconcile.references import keys
from ..model.match import OpenItem
from ..ports import Items, Sought

ITEMS = (
    OpenItem("1", ("INV-2024-0017", "0017 42"), Decimal("100.00"), Decimal("100.00"), "SEK", date(2024, 1, 31),
             party="K7", names=("Åkeri & Co",), accounts=("SE45 5000 0000 0583 9825 7466",)),
    OpenItem("2", ("INV-2024-0018",), Decimal("250.50"), Decimal("50.50"), "SEK", date(2024, 2, 29)),
    OpenItem("3", ("RF18 5390 0754 7034",), Decimal("100.00"), Decimal("100.00"), "EUR", date(2024, 3, 31),
             names=("100% Übung_GmbH",), accounts=("DE89370400440532013000",)),
    OpenItem("4", ("INV-2023-0001",), Decimal("75"), Decimal("0"), "SEK", date(2023, 1, 1)),
    OpenItem("5", ("INV-2024-0017",), Decimal("-20"), Decimal("-20"), "SEK", date(2024, 1, 31)),
    OpenItem("6", ("000000881234",), Decimal("1200000.01"), Decimal("1200000.01"), "SEK", None, priority=3),
)
"""4 is paid, 5 is a credit note with the reference of 1, 6 has no date."""


def ids(items: object) -> list[str]:
    return sorted(item.id for item in items)  # type: ignore[attr-defined]


class ItemsSuite:
    """Override `items`; `seeks` and `searches` for sources that cannot do so."""

    seeks = True
    searches = True

    @pytest.fixture
    def items(self) -> Items:
        raise NotImplementedError

    def test_items_are_found_by_every_form_of_a_reference(self, items: Items) -> None:
        for item in ITEMS:
            for reference in item.references:
                for key in keys(reference):
                    assert item.id in ids(items.lookup([key])), key

    def test_many_are_asked_for_at_a_time(self, items: Items) -> None:
        many = [f"9{number}" for number in range(2500)]
        asked = [*many, keys("INV-2024-0018")[0], *many, keys("881234")[0]]
        assert ids(items.lookup(asked)) == ["2", "6"]
        assert ids(items.lookup([])) == []
        assert ids(items.lookup(many)) == []

    def test_an_item_is_given_once(self, items: Items) -> None:
        assert ids(items.lookup([*keys("INV-2024-0017"), *keys("001742")])) == ["1", "5"]

    def test_paid_ones_are_looked_up_too(self, items: Items) -> None:
        found = [*items.lookup(keys("INV-2023-0001"))]
        assert (found[0].id, found[0].open, found[0].due) == ("4", Decimal(0), Decimal("75"))

    def test_items_come_whole(self, items: Items) -> None:
        found = {item.id: item for item in items.by_id([item.id for item in ITEMS])}
        assert sorted(found) == [item.id for item in ITEMS]
        for item in ITEMS:
            one = found[item.id]
            assert (one.references, one.due, one.open, one.currency, one.date) == (
                item.references, item.due, item.open, item.currency, item.date)
            assert (one.party, one.names, one.accounts, one.priority) == (
                item.party, item.names, item.accounts, item.priority)
            assert isinstance(one.open, Decimal)

    def test_ids_that_there_are_not_are_left_out(self, items: Items) -> None:
        assert ids(items.by_id(["2", "nowhere", "99", "' OR 1=1 --"])) == ["2"]
        assert ids(items.by_id([])) == []

    def test_open_ones_are_found_by_their_amount(self, items: Items) -> None:
        if not self.seeks:
            pytest.skip("has none")
        hundred = Decimal("100")
        assert ids(items.candidates([Sought("SEK", hundred, hundred)])) == ["1"]
        assert ids(items.candidates([Sought("SEK", hundred, hundred), Sought("EUR", hundred, hundred)])) == ["1", "3"]
        assert ids(items.candidates([Sought("SEK", Decimal("50.50"), Decimal("1200000.01"))])) == ["1", "2", "6"]
        assert ids(items.candidates([Sought("SEK", Decimal("-20"), Decimal("0"))])) == ["5"]
        assert ids(items.candidates([Sought("NOK", hundred, hundred)])) == []
        assert ids(items.candidates([])) == []

    def test_open_ones_are_found_by_account_and_time(self, items: Items) -> None:
        if not self.seeks:
            pytest.skip("has none")
        low, high = Decimal("1"), Decimal("9999999")
        mine = ("DE89 3704 0044 0532 0130 00", "5050-1055")
        assert ids(items.candidates([Sought("EUR", low, high, mine)])) == ["3"]
        assert ids(items.candidates([Sought("SEK", low, high, mine)])) == []
        assert ids(items.candidates([Sought("SEK", low, high, since=date(2024, 2, 1))])) == ["2", "6"]
        assert ids(items.candidates([Sought("SEK", low, high, until=date(2024, 2, 1))])) == ["1", "6"]

    def test_persons_find_them_by_a_part(self, items: Items) -> None:
        if not self.searches:
            pytest.skip("has none")
        assert ids(items.search("2024-0018")) == ["2"]
        assert ids(items.search("100% übung_gmbh")) == ["3"]
        assert len([*items.search("INV", 2)]) == 2
        assert ids(items.search("no such thing")) == []
        assert ids(items.search("   ")) == []

    def test_it_may_be_closed_twice(self, items: Items) -> None:
        items.lookup(["1"])
        items.close()
        items.close()

"""Keys of rows: the same for the same row in every file, another for any other row."""
from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from haulier.core.importing.keys import SIZE, FileKeys, RowKeys


def keys(*rows: dict[str, Any], flow: str = "f", columns: tuple[str, ...] = ()) -> list[str]:
    names, marks = RowKeys(flow, columns).of(rows, range(1, len(rows) + 1))
    assert names == [mark.hex() for mark in marks] and all(len(mark) == SIZE for mark in marks)
    return names


def test_they_stay_as_they_are() -> None:
    row = {"id": 7, "day": date(2026, 3, 2), "amount": Decimal("12.50"), "name": "Åsa", "paid": True, "line": 3}
    assert keys(row) == ["98b4388a1fd30ca80c5530c1768f4962"]
    assert FileKeys("f", "d").of([row], [5])[0] == ["d7f6f5dbd99842572bbd7f5cd8a385c4-5"]


def test_neither_order_nor_line_matters() -> None:
    assert keys({"a": 1, "b": {"d": 1, "c": 2}, "line": 3}) == keys({"line": 9, "b": {"c": 2, "d": 1}, "a": 1})


@pytest.mark.parametrize("value", [
    2, "1", 1.5, None, "", True, Decimal("1.0"), date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), float("nan"),
    2**70, "\udc80", b"\xff", [1], {"b": 1}, {1: 2}, 1 + 2j])
def test_any_other_value_is_another_row(value: Any) -> None:
    one, other, again = keys({"a": 1}), keys({"a": value}), keys({"a": value})
    assert one != other == again


def test_equal_rows_of_a_file_are_several_whatever_batches_they_come_in() -> None:
    rows = [{"a": 1}, {"a": 2}, {"a": 1}, {"a": 1}]
    together = keys(*rows)
    assert len(set(together)) == 4
    one_by_one = RowKeys("f")
    assert [one_by_one.of([row], [1])[0][0] for row in rows] == together


def test_what_a_row_is_may_be_said() -> None:
    assert keys({"a": 1, "b": 1}, columns=("a",)) == keys({"a": 1, "b": 2}, columns=("a",))
    assert keys({"a": 1}, columns=("a", "b")) != keys({"a": 1}, columns=("b", "a"))
    assert keys({"identity": "x", "b": 1}) == keys({"identity": "x", "b": 2}) != keys({"identity": "", "b": 1})
    assert keys({"a": 1}, flow="other") != keys({"a": 1})

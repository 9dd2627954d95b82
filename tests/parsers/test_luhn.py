"""Check digits of Swedish numbers."""
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from haulier.parsers.luhn import is_right, wrong
from haulier.testing.banks import check_digit


def test_numbers_that_are_published() -> None:
    assert all(map(is_right, ["9912346", "5560360793", "655969", "658260"]))
    assert not any(map(is_right, ["9912345", "65596", "", "65 5969", "١٢٣"]))


@given(st.lists(st.text("0123456789", max_size=27)))
def test_all_at_once_is_as_one_by_one(numbers: list[str]) -> None:
    assert wrong(numbers) == [at for at, number in enumerate(numbers) if number and not is_right(number)]


@given(st.lists(st.text("0123456789 x٣", max_size=40), min_size=1))
def test_what_are_no_numbers_is_wrong(numbers: list[str]) -> None:
    assert wrong(numbers) == [at for at, number in enumerate(numbers) if number and not is_right(number)]


@given(st.text("0123456789", min_size=1, max_size=20), st.integers(1, 9), st.data())
def test_any_one_digit_that_is_wrong_is_found(digits: str, other: int, data: st.DataObject) -> None:
    number = check_digit(digits)
    at = data.draw(st.integers(0, len(number) - 1))
    changed = number[:at] + str((int(number[at]) + other) % 10) + number[at + 1:]
    assert is_right(number) and not is_right(changed)

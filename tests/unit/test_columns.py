"""Values get the types of their columns, and rows that are no good say everything that is wrong with them."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haulier.core.columns import Compiled, texts
from haulier.core.seen import Seen
from haulier.model.column import Column, Type
from haulier.model.errors import Invalid, Malformed
from haulier.model.record import Batch, Mark, Row, Stage

COMMA = {"decimal": ",", "thousands": " "}


def row_of(column: Column, value: Any) -> Any:
    """The value, or the code of its fault, from the quick way with the careful one behind it, by mapping and list."""
    compiled = Compiled([column])
    batch = compiled.check(Batch([{column.name: value}], [1], [1], Mark()))
    found = batch.rows[0][column.name] if batch.rows else batch.rejects[0].faults[0].code
    if isinstance(value, str):
        reading = compiled.reading([column.name])
        lost: list[Any] = []
        rows = reading.take([[value]], lambda at, record: lost.append(reading.row(record)) or _only_rows(lost[-1]))
        other = rows[0][column.name] if rows else lost[0][0].code
        assert repr(other) == repr(found)
    return found


def _only_rows(found: Any) -> Row | None:
    return found if isinstance(found, dict) else None


@pytest.mark.parametrize(("kind", "text", "value"), [
    ("text", "  Åsa ", "Åsa"), ("text", "   ", None), ("text", "007", "007"), ("text", "a\u00a0b", "a\u00a0b"),
    ("integer", "12", 12), ("integer", " -7 ", -7), ("integer", "+5", 5), ("integer", "007", 7), ("integer", "", None),
    ("integer", "1_000", "not_integer"), ("integer", "1.0", "not_integer"), ("integer", "x", "not_integer"),
    ("integer", "١٢", "not_integer"), ("integer", "9" * 40, int("9" * 40)), ("integer", "9" * 41, "too_many_digits"),
    ("integer", "9" * 5000, "too_many_digits"),
    ("decimal", "12.50", Decimal("12.50")), ("decimal", "-0.05", Decimal("-0.05")), ("decimal", ".5", Decimal("0.5")),
    ("decimal", "5.", Decimal(5)), ("decimal", "1e3", Decimal("1e3")), ("decimal", "+1", Decimal(1)),
    ("integer", "7-", -7), ("integer", "7 -", -7), ("integer", "7--", "not_integer"), ("integer", "-7-", "not_integer"),
    ("decimal", "1.50-", Decimal("-1.50")), ("decimal", "1.50\u2212", Decimal("-1.50")), ("float", "1.5-", -1.5),
    ("decimal", "1-2", "not_decimal"), ("decimal", "-", "not_decimal"), ("decimal", ".", "not_decimal"),
    ("decimal", "NaN", "not_decimal"), ("decimal", "-Infinity", "not_decimal"), ("decimal", "sNaN", "not_decimal"),
    ("decimal", "1e999999", "not_decimal"), ("decimal", "1e9999", "too_many_digits"),
    ("decimal", "1e-9999", "too_many_digits"), ("decimal", "1,5", "not_decimal"), ("decimal", "1_0", "not_decimal"),
    ("decimal", "²", "not_decimal"), ("decimal", "1.2.3", "not_decimal"), ("decimal", "0" * 60, Decimal(0)),
    ("float", "1.5", 1.5), ("float", "nan", "not_number"), ("float", "1e400", "too_many_digits"),
    ("float", "x", "not_number"),
    ("bool", "TRUE", True), ("bool", "nej", False), ("bool", "0", False), ("bool", "2", "not_bool"),
    ("date", "2024-02-29", date(2024, 2, 29)), ("date", "2023-02-29", "not_date"),
    ("date", "20240229", date(2024, 2, 29)),
    ("date", "2024-02-29T10:00", "not_date"), ("date", " 2024-02-29 ", date(2024, 2, 29)),
    ("date", "0000-00-00", "not_date"),
    ("datetime", "2024-02-29T10:00:00Z", datetime(2024, 2, 29, 10, tzinfo=UTC)), ("datetime", "x", "not_datetime"),
    ("time", "23:59", time(23, 59)), ("time", "24:01", "not_time"),
])
def test_texts(kind: str, text: str, value: Any) -> None:
    found = row_of(Column("c", Type(kind)), text)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(("kind", "given", "value"), [
    ("text", 123, "123"), ("text", 123.0, "123"), ("text", Decimal("1.50"), "1.50"), ("text", True, "true"),
    ("text", date(2024, 1, 2), "2024-01-02"), ("text", [1], "not_text"), ("text", {}, "not_text"), ("text", None, None),
    ("integer", 5, 5), ("integer", 5.0, 5), ("integer", Decimal("5.00"), 5), ("integer", 5.5, "not_integer"),
    ("integer", True, "not_integer"), ("integer", float("nan"), "not_integer"),
    ("integer", 10 ** 50, "too_many_digits"),
    ("integer", Decimal("1e999999"), "not_integer"), ("decimal", 0.1, Decimal("0.1")),
    ("decimal", 10 ** 50, "too_many_digits"),
    ("decimal", Decimal("NaN"), "not_decimal"), ("decimal", float("inf"), "not_decimal"), ("decimal", 3, Decimal(3)),
    ("decimal", Decimal("1e999999"), "not_decimal"), ("decimal", False, "not_decimal"), ("decimal", [], "not_decimal"),
    ("float", 1, 1.0), ("float", Decimal("1.5"), 1.5), ("float", float("nan"), "not_number"),
    ("bool", 1, True), ("bool", False, False), ("bool", 2, "not_bool"),
    ("date", date(2024, 1, 2), date(2024, 1, 2)), ("date", datetime(2024, 1, 2), date(2024, 1, 2)),
    ("date", datetime(2024, 1, 2, 3), "not_date"), ("date", 20240102, "not_date"),
    ("datetime", date(2024, 1, 2), datetime(2024, 1, 2)), ("time", time(1), time(1)), ("time", 1, "not_time"),
])
def test_values_that_have_a_type(kind: str, given: Any, value: Any) -> None:
    found = row_of(Column("c", Type(kind)), given)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(("details", "text", "value"), [
    (COMMA, "1 234,50", Decimal("1234.50")), (COMMA, "1\u00a0234\u00a0567", Decimal(1234567)),
    (COMMA, "1 23", "not_decimal"),
    (COMMA, "12,5", Decimal("12.5")), (COMMA, "1.5", "not_decimal"), (COMMA, "1,5,6", "not_decimal"),
    ({"thousands": ","}, "1,234.5", Decimal("1234.5")), ({"thousands": ","}, "1,5", "not_decimal"),
    ({"thousands": ","}, "12,34,567", Decimal(1234567)),
    ({"decimal": ",", "thousands": "."}, "1.234,5", Decimal("1234.5")),
    ({"places": 2}, "1.230", Decimal("1.230")), ({"places": 2}, "1.234", "too_many_places"),
    ({"minimum": "0.01"}, "0", "too_small"), ({"maximum": 10, **COMMA}, "10,1", "too_large"),
    ({"minimum": 0, "maximum": 10}, "10", Decimal(10)), ({"choices": ("1", 2)}, "2.0", Decimal("2.0")),
    ({"choices": ("1", 2)}, "3", "not_a_choice"), ({"known": frozenset({"1"})}, "1", Decimal(1)),
    ({"known": frozenset()}, "1", "not_known"), ({"required": True}, " ", "required"),
    ({"required": True, "default": "5"}, "", Decimal(5)), ({"default": 7, "minimum": 10}, "", Decimal(7)),
    ({"nulls": ("", "0", "-")}, "0", None), ({"nulls": ("NULL",)}, " NULL ", None), ({"nulls": ()}, "", "not_decimal"),
])
def test_what_numbers_must_be(details: dict[str, Any], text: str, value: Any) -> None:
    found = row_of(Column("c", Type.DECIMAL, **details), text)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(("details", "text", "value"), [
    ({"shortest": 2}, "a", "too_short"), ({"longest": 2}, "abc", "too_long"), ({"longest": 2}, "  ab ", "ab"),
    ({"pattern": "[A-Z]{3}"}, "SEK", "SEK"), ({"pattern": "[A-Z]{3}"}, "SEKX", "pattern"),
    ({"trim": False}, " a ", " a "), ({"trim": False}, "", None), ({"nulls": ()}, "", ""),
    ({"choices": ("a", "b")}, "c", "not_a_choice"), ({"nulls": (" ",)}, "", None), ({"default": "x"}, "", "x"),
])
def test_what_texts_must_be(details: dict[str, Any], text: str, value: Any) -> None:
    assert row_of(Column("c", **details), text) == value


@pytest.mark.parametrize(("formats", "text", "value"), [
    (("%d.%m.%Y",), "31.12.2024", date(2024, 12, 31)), (("%d.%m.%Y",), "2024-12-31", "not_date"),
    (("%Y%m%d", "%d/%m/%Y"), "31/12/2024", date(2024, 12, 31)), (("%d%m%y",), "1124", "not_date"),
    (("%d%m%y",), "010124", date(2024, 1, 1)), (("%Y-%m-%d",), "2024-12-31", date(2024, 12, 31)),
])
def test_how_dates_are_written(formats: tuple[str, ...], text: str, value: Any) -> None:
    assert row_of(Column("c", Type.DATE, formats=formats), text) == value


def test_a_row_says_everything_that_is_wrong_with_it() -> None:
    compiled = Compiled([Column("id", Type.INTEGER, required=True), Column("day", Type.DATE, source="datum"),
                         Column("code", longest=2, pattern="[a-z]+"), Column("good")])
    row = {"id": "", "datum": "soon", "code": "ABC", "good": "x", "more": "y"}
    batch = compiled.check(Batch([{"id": 1}, row, {"id": "3"}], [4, 6, 9], [5, 7, 11], Mark(9),
                                 raw=lambda at: f"raw {at}"))
    reject, = batch.rejects
    assert [(fault.code, fault.column, fault.value) for fault in reject.faults] == [
        ("required", "id", ""), ("not_date", "datum", "soon"), ("too_long", "code", "ABC"), ("pattern", "code", "ABC")]
    assert (reject.number, reject.line, reject.raw, reject.row, reject.stage) == (6, 7, "raw 1", row, Stage.VALIDATE)
    assert batch.rows == [{"id": 1, "day": None, "code": None, "good": None},
                          {"id": 3, "day": None, "code": None, "good": None}]
    assert list(batch.numbers) == [4, 9] and list(batch.lines) == [5, 11] and batch.raw(1) == "raw 2"


def test_what_else_a_file_has_is_left_out_or_comes_too() -> None:
    columns = [Column("a", source="x"), Column("b")]
    rows = [{"x": "1", "a": "other", "z": 5}]
    assert Compiled(columns).check(Batch(rows, [1], [1], Mark())).rows == [{"a": "1", "b": None}]
    assert Compiled(columns, others=True).check(Batch(rows, [1], [1], Mark())).rows == [{"a": "1", "b": None, "z": 5}]
    reading = Compiled(columns, others=True).reading(["z", "x"])
    assert reading.take([[" 5", "1"]], lambda at, record: None) == [{"a": "1", "b": None, "z": " 5"}]


def test_values_of_lines_are_without_the_blanks_around_them_unless_a_column_keeps_them() -> None:
    columns = [Column("a"), Column("b", source="a", trim=False), Column("n", Type.INTEGER), Column("d", Type.DATE)]
    places = [slice(0, 3), slice(3, 6), slice(6, 17), slice(17, 20)]
    reading = Compiled(columns, others=True).reading(["a", "n", "d", "z"], places)
    line = " x  7 2024-02-29  y "
    wanted = {"a": "x", "b": " x ", "n": 7, "d": date(2024, 2, 29), "z": "y"}
    assert reading.take([line, None], lambda at, record: None) == [wanted]
    assert reading.row([line[place] for place in places]) == wanted


def test_one_source_may_be_two_columns() -> None:
    reading = Compiled([Column("a", source="x"), Column("b", Type.INTEGER, source="x")]).reading(["x"])
    assert reading.take([["01"]], lambda at, record: None) == [{"a": "01", "b": 1}]


def test_a_value_is_unique_among_rows_that_are_taken() -> None:
    compiled = Compiled([Column("id", Type.INTEGER, unique=True), Column("n", Type.INTEGER)])
    rows = [{"id": 1, "n": "x"}, {"id": "1", "n": 2}, {"id": 1.0, "n": 3}, {"id": None}, {"id": None}]
    batch = compiled.check(Batch(rows, [1, 2, 3, 4, 5], [0] * 5, Mark()))
    assert list(batch.numbers) == [2, 4, 5]
    assert [reject.faults[0].code for reject in batch.rejects] == ["not_integer", "duplicate"]
    assert compiled.check(Batch([{"id": 1}], [6], [0], Mark())).rejects and compiled.remembers
    reading = compiled.reading(["id", "n"])     # another file
    assert len(reading.take([["1", ""], ["1", ""]], lambda at, record: None)) == 1


def test_many_unique_values_are_kept_in_a_file() -> None:
    seen = Seen(limit=50)
    for number in range(500):
        assert not seen.has(Decimal(number))
        seen.add(Decimal(number))
    assert all(seen.has(Decimal(f"{number}.00")) for number in range(500))
    assert not seen.has(Decimal(500)) and not seen.has("1x")


def test_a_missing_column_is_named() -> None:
    compiled = Compiled([Column("amount", required=True, source="Belopp"), Column("id"),
                         Column("n", required=True, default="1")])
    with pytest.raises(Malformed, match=r"missing in the file: Belopp; did you mean \"belopp\""):
        compiled.reading(["belopp", "id"])
    assert compiled.absent(["Belopp"]) == ("id", "n")


@pytest.mark.parametrize("column", [
    Column("c", Type.INTEGER, minimum="x"), Column("c", pattern="("), Column("c", Type.DATE, longest=3),
    Column("c", minimum="a"), Column("c", places=2), Column("c", Type.DECIMAL, decimal=",", thousands=","),
    Column("c", Type.DECIMAL, default="x"), Column("c", Type.DATE, choices=("x",)), Column(""),
])
def test_columns_that_make_no_sense_are_refused(column: Column) -> None:
    with pytest.raises(Invalid, match=r"column"):
        Compiled([column])
    with pytest.raises(Invalid, match="twice"):
        Compiled([replace(column, name="twice", minimum=None, pattern="", longest=None)] * 2)


def test_a_name_is_never_a_program() -> None:
    name = "a'\"); raise SystemExit #{v}\n"
    assert texts([name]).take([["1"]], lambda at, record: None) == [{name: "1"}]
    assert Compiled([Column(name)], others=True).check(Batch([{name: "1"}], [1], [1], Mark())).rows == [{name: "1"}]


SOME = (st.text("0123456789+-.,eE _ \tNaInfx'tTrue/:²١\u00a0", max_size=14) | st.dates().map(str)
        | st.decimals().map(str))
DETAILS = st.sampled_from([{}, {"nulls": ("", "0", "NULL")}, {"required": True}, {"trim": False}, {"default": None}])
ALIKE = st.sampled_from(["0123456789", "01-", "01.-", "01,-", "01 ", "01,. "]).flatmap(
    lambda letters: st.lists(st.text(letters, max_size=6), min_size=1, max_size=8))
NUMBERS = st.sampled_from([{}, COMMA, {"decimal": ","},  {"thousands": ","}, {"minimum": 1, "maximum": 100}])


@settings(max_examples=300, deadline=None, database=None)
@given(st.sampled_from(Type), DETAILS, NUMBERS, st.lists(SOME, min_size=1, max_size=8) | ALIKE, st.booleans())
def test_the_quick_way_says_what_the_careful_way_says(kind: Type, details: dict[str, Any], numbers: dict[str, Any],
                                                      values: Sequence[str], in_lines: bool) -> None:
    is_number = kind in {Type.INTEGER, Type.DECIMAL, Type.FLOAT}
    compiled = Compiled([Column("c", kind, **details, **(numbers if is_number else {}))])
    reading = compiled.reading(["c"], [slice(1, 4000)] if in_lines else ())
    lost: set[int] = set()
    rows = reading.take([f"|{value}" if in_lines else [value] for value in values], lambda at, record: lost.add(at))
    careful = [reading.row([value]) for at, value in enumerate(values) if at not in lost]
    assert repr(rows) == repr(careful)


def test_numbers_that_are_like_most_and_others_are_in_their_order() -> None:
    reading = Compiled([Column("n", Type.INTEGER, unique=True), Column("m", Type.DECIMAL)]).reading(["n", "m"])
    records = [[str(number), "x" if number == 700 else f"{number}.5"] for number in range(2000)]
    records[300], records[301], records[1999] = ["299", "1"], ["+301", " 2"], ["5"]
    lost: dict[int, Any] = {}
    rows = reading.take(records, lambda at, record: _mended(reading, lost, at, record))
    assert sorted(lost) == [300, 700, 1999]
    assert [row["n"] for row in rows] == [number for number in range(2000) if number not in lost]
    assert (rows[300], rows[-1]) == ({"n": 301, "m": Decimal(2)}, {"n": 1998, "m": Decimal("1998.5")})


def _mended(reading: Any, lost: dict[int, Any], at: int, record: Sequence[str]) -> Row | None:
    found = reading.row(record) if len(record) == 2 else ()
    if isinstance(found, dict):
        return found
    lost[at] = found
    return None

"""Columns as people write them, and what is said of mistakes."""
from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from haulier.core.columns import Compiled
from haulier.model.column import Column, Type
from haulier.model.errors import Invalid
from haulier.model.record import Batch, Mark
from haulier.settings.columns import ColumnForm, SchemaSetting, columns

SCHEMA: TypeAdapter[tuple[ColumnForm, ...]] = TypeAdapter(SchemaSetting)


def read(written: Any, home: Path = Path()) -> tuple[Column, ...]:
    return columns(SCHEMA.validate_python(written), home)


def test_a_mapping_of_names_and_types_or_a_list() -> None:
    short = read({"id": "integer required unique", "amount": "money", "note": None, "day": {"type": "date"}})
    long = read([{"name": "id", "type": "integer", "required": True, "unique": True},
                 {"name": "amount", "type": "decimal"}, "note", {"name": "day", "type": "date"}])
    assert short == long
    assert [column.type for column in short] == [Type.INTEGER, Type.DECIMAL, Type.TEXT, Type.DATE]


def test_every_detail_is_the_columns() -> None:
    column, = read({"amount": {"type": "decimal", "source": "Belopp", "min": 0, "max": "99.5", "default": 1,
                               "decimal": ",", "thousands": ".", "places": 2, "nulls": "-", "choices": [1, 2]}})
    assert column == Column("amount", Type.DECIMAL, "Belopp", default=1, minimum=0, maximum="99.5", decimal=",",
                            thousands=".", places=2, nulls=("", "-"), choices=(1, 2))
    compiled = Compiled([column])
    rows = [{"Belopp": "1,00"}, {"Belopp": "-"}]
    assert compiled.check(Batch(rows, [1, 2], [1, 2], Mark())).rows == [{"amount": Decimal("1.00")},
                                                                        {"amount": Decimal(1)}]


@pytest.mark.parametrize(("written", "meant"), [
    ("YYYY-MM-DD", "%Y-%m-%d"), ("DD.MM.YY", "%d.%m.%y"), ("yyyymmdd", "%Y%m%d"), ("%d/%m/%Y", "%d/%m/%Y"),
    ("YYYY-MM-DD HH:mm:SS", "%Y-%m-%d %H:%M:%S"), ("HH:mm", "%H:%M"),
])
def test_formats_of_dates(written: str, meant: str) -> None:
    column, = read({"c": {"type": "datetime", "format": written}})
    assert column.formats == (meant,)


def test_known_values_may_be_a_file_of_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "codes.txt").write_text("\ufeff10\n20\n\n", "utf-8")
    column, = read({"code": {"type": "integer", "known_file": "codes.txt", "known": [30]}}, tmp_path)
    batch = Compiled([column]).check(Batch([{"code": text} for text in ("10", "30", "40")], [1, 2, 3], [0] * 3, Mark()))
    assert batch.rows == [{"code": 10}, {"code": 30}] and batch.rejects[0].faults[0].code == "not_known"
    with pytest.raises(Invalid, match=r"none.txt cannot be read"):
        read({"code": {"known_file": "none.txt"}}, tmp_path)


@pytest.mark.parametrize(("written", "said"), [
    ({"a": "decimel"}, r"0\.type\n  Input should be 'text', 'integer'"),
    ({"a": "text uniq"}, "column a: uniq is neither required nor unique"),
    ({"a": 5}, "column a: must be a type"),
    ({"a": {"type": "decimal", "pattern": "x"}}, "column a: pattern cannot be asked of a column of type decimal"),
    ({"a": {"type": "integer", "min": "x"}}, "column a: minimum: 'x' is no whole number"),
    ({"a": {"type": "date", "format": "soon"}}, "no format of dates: 'soon'"),
    ({"a": {"type": "date", "format": "%Q"}}, "no format of dates"),
    ({"a": {"pattern": "("}}, "column a: pattern: no regular expression"),
    (["a", "a"], "two columns of one name: a"),
    ([{"name": "a", "kind": "text"}], "Extra inputs"),
    ([{"type": "text"}], "Field required"),
])
def test_mistakes_are_named(written: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        read(written)


def test_a_date_of_yaml_is_a_limit() -> None:
    column, = read({"day": {"type": "date", "min": date(2024, 1, 1)}})
    assert not Compiled([column]).check(Batch([{"day": "2023-12-31"}], [1], [1], Mark())).rows


def test_each_field_of_the_form_has_its_help() -> None:
    form = ColumnForm.model_json_schema()
    assert not [name for name, field in form["properties"].items() if not field.get("description")]
    assert form["required"] == ["name"] and {"min", "max", "format", "min_length"} <= form["properties"].keys()

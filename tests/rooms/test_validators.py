"""Schemas of msgspec and pydantic as validators."""
from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

import msgspec
import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    TypeAdapter,
    computed_field,
    field_serializer,
    model_validator,
)
from typing_extensions import TypedDict

from haulier.model.column import Column, Type
from haulier.model.errors import Invalid
from haulier.model.record import START, Batch, Reject, Row, Stage
from haulier.validators.found import validator


class Town(msgspec.Struct):
    city: str


class Bill(msgspec.Struct, rename={"number": "no"}):
    number: int
    due: dt.date
    amount: Decimal
    paid: bool = False
    discount: Decimal | None = None
    seen: dt.datetime | None = None
    town: Town | None = None

    def __post_init__(self) -> None:
        if self.discount is not None and self.discount > self.amount:
            raise ValueError("the discount is more than the amount")


class TownModel(BaseModel):
    city: str


class BillModel(BaseModel):
    number: int = Field(alias="no")
    due: dt.date
    amount: Decimal
    paid: bool = False
    discount: Decimal | None
    seen: dt.datetime | None = None
    town: TownModel | None = None

    @model_validator(mode="after")
    def fits(self) -> BillModel:
        if self.discount is not None and self.discount > self.amount:
            raise ValueError("the discount is more than the amount")
        return self


class BillDict(TypedDict):
    no: int
    town: TownModel


SCHEMAS = [Bill, BillModel, TypeAdapter(BillModel)]
TEXTS = {"no": "7", "due": "2026-02-03", "amount": "10.10", "paid": "true", "discount": "1", "town": {"city": "Åre"}}
TYPED = {"no": 7, "due": dt.date(2026, 2, 3), "amount": Decimal("10.10"), "paid": True, "discount": Decimal(1),
         "town": {"city": "Åre"}}
OUT = {"number": 7, "due": dt.date(2026, 2, 3), "amount": Decimal("10.10"), "paid": True, "discount": Decimal(1),
       "seen": None, "town": {"city": "Åre"}}


def batch(*rows: Row) -> Batch:
    return Batch(list(rows), [2 * at + 1 for at in range(len(rows))], [at + 10 for at in range(len(rows))], START,
                 [Reject(2, 5, ())], raw=lambda at: f"raw {at}")


def refused(found: Batch) -> list[Reject]:
    return [reject for reject in found.rejects if reject.stage is Stage.VALIDATE]


def same(found: Row, wanted: Row) -> bool:
    return found == wanted and [type(one) for one in found.values()] == [type(one) for one in wanted.values()]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_texts_and_typed_rows_get_the_types_of_the_schema(schema: Any) -> None:
    found = validator(schema).check(batch(TEXTS, TYPED))
    assert same(found.rows[0], OUT) and same(found.rows[1], OUT) and found.numbers == [1, 3]
    assert found.raw(1) == "raw 1" and len(found.rejects) == 1


@pytest.mark.parametrize("schema", SCHEMAS)
def test_bad_rows_are_rejects_with_all_their_faults(schema: Any) -> None:
    bad = TEXTS | {"no": "x", "amount": "1x", "town": {}}
    found = validator(schema).check(batch(TEXTS, bad, TEXTS))
    assert found.rows == [OUT, OUT] and found.numbers == [1, 5] and found.lines == [10, 12]
    assert found.raw(1) == "raw 2"
    assert [reject.number for reject in found.rejects] == [2, 3]
    [reject] = refused(found)
    assert (reject.line, reject.raw, reject.row, reject.stage) == (11, "raw 1", bad, Stage.VALIDATE)
    faults = {fault.column.partition(".")[0]: fault for fault in reject.faults}
    assert set(faults) == {"no", "amount", "town"}
    assert faults["no"].value == "x" and "city" in faults["town"].reason and faults["amount"].value == "1x"


@pytest.mark.parametrize("schema", SCHEMAS)
def test_an_empty_text_is_none_or_the_default_where_it_cannot_be_the_value(schema: Any) -> None:
    found = validator(schema).check(batch(TEXTS | {"paid": "", "discount": ""}))
    assert found.rows == [OUT | {"paid": False, "discount": None}]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_what_is_not_there_is_a_fault(schema: Any) -> None:
    rows = [TEXTS | {"due": "", "discount": "", "amount": "x"}, {"no": "1", "due": "2026-01-01", "discount": "1"}]
    found = validator(schema).check(batch(*rows))
    assert not found.rows
    one, other = refused(found)
    assert {fault.column: fault.code == "required" for fault in one.faults} == {"due": True, "amount": False}
    assert [(fault.column, fault.code) for fault in other.faults] == [("amount", "required")]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_day_is_its_midnight_where_a_time_is_wanted(schema: Any) -> None:
    found = validator(schema).check(batch(TYPED | {"seen": dt.date(2026, 1, 1)}))
    assert found.rows == [OUT | {"seen": dt.datetime(2026, 1, 1)}]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_what_is_wrong_with_the_row_as_a_whole_is_a_fault(schema: Any) -> None:
    found = validator(schema).check(batch(TEXTS | {"discount": "11"}))
    assert not found.rows and "more than the amount" in refused(found)[0].faults[0].reason


class Broken(msgspec.Struct):
    a: int

    def __post_init__(self) -> None:
        self.a = 1 // self.a
        raise KeyError(self.a)


class BrokenModel(BaseModel):
    a: int

    @model_validator(mode="after")
    def broken(self) -> BrokenModel:
        raise KeyError(1 // self.a)


@pytest.mark.parametrize("schema", [Broken, BrokenModel])
def test_a_schema_that_fails_itself_is_said(schema: Any) -> None:
    found = validator(schema).check(batch({"a": 0}, {"a": "1"}))
    assert [reject.faults[0].code for reject in refused(found)] == ["check_failed"] * 2
    assert "ZeroDivisionError" in refused(found)[0].faults[0].reason


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)
    a: int
    on: dt.date


class Sums(BaseModel):
    a: int
    town: TownModel = TownModel(city="x")

    @computed_field                     # type: ignore[prop-decorator]
    @property
    def double(self) -> int:
        return 2 * self.a


class Shown(BaseModel):
    a: int

    @field_serializer("a")
    def shown(self, value: int) -> str:
        return f"<{value}>"


class More(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int


class Tree(BaseModel):
    a: int
    under: list[Tree] = []


@pytest.mark.parametrize("schema, row, wanted", [
    (Strict, {"a": "1", "on": "2026-01-01"}, {"a": 1, "on": dt.date(2026, 1, 1)}),
    (Sums, {"a": "2"}, {"a": 2, "town": {"city": "x"}, "double": 4}),
    (Shown, {"a": "2"}, {"a": "<2>"}),
    (More, {"a": "2", "b": 1}, {"a": 2, "b": 1}),
    (Tree, {"a": 1, "under": [{"a": 2}]}, {"a": 1, "under": [{"a": 2, "under": []}]}),
    (RootModel[dict[str, int]], {"a": "1"}, {"a": 1}),
    (TypeAdapter(BillDict), {"no": "1", "town": {"city": "x"}}, {"no": 1, "town": {"city": "x"}}),
])
def test_models_of_every_kind_make_rows(schema: Any, row: Row, wanted: Row) -> None:
    found = validator(schema).check(batch(row, row))
    assert found.rows == [wanted, wanted] and len(found.rejects) == 1


def test_columns_and_own_validators_are_schemas() -> None:
    found = validator([Column("a", Type.INTEGER)]).check(batch({"a": "1"}, {"a": "x"}))
    assert found.rows == [{"a": 1}] and found.rejects[1].number == 3
    own = validator(BillModel)
    assert validator(own) is own


class Impossible(msgspec.Struct):
    amount: Annotated[Decimal, msgspec.Meta(ge=0)]


def test_a_struct_that_msgspec_cannot_check_is_said() -> None:
    with pytest.raises(Invalid, match="Can only set"):
        validator(Impossible)


@pytest.mark.parametrize("schema", [int, "columns", 3, [1], None, Reject])
def test_what_is_no_schema_is_said(schema: Any) -> None:
    with pytest.raises(Invalid, match="is no schema"):
        validator(schema)


def test_a_type_that_makes_no_rows_is_said() -> None:
    with pytest.raises(Invalid, match="TypedDict"):
        validator(TypeAdapter(list[int] | Any)).check(batch({"a": [1]}) and Batch([[1]], [1], [1], START))  # type: ignore[list-item]

"""Parameters of a run: types, defaults, choices, and every mistake at once."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from haulier.core.params import as_json_schema, as_text, given
from haulier.model.errors import Invalid
from haulier.model.graph import Kind, Param


@pytest.mark.parametrize(("kind", "value", "found"), [
    (Kind.TEXT, "x", "x"), (Kind.TEXT, "", ""), (Kind.TEXT, "$(id) 'é\n", "$(id) 'é\n"),
    (Kind.INTEGER, "12", 12), (Kind.INTEGER, 12.0, 12), (Kind.INTEGER, -3, -3), (Kind.NUMBER, "1.5", 1.5),
    (Kind.NUMBER, 2, 2), (Kind.NUMBER, "1e3", 1000.0), (Kind.BOOLEAN, "yes", True), (Kind.BOOLEAN, "FALSE", False),
    (Kind.BOOLEAN, True, True), (Kind.DATE, "2026-11-30", "2026-11-30"), (Kind.DATE, date(2026, 1, 2), "2026-01-02"),
    (Kind.LIST, "a, b", ["a", "b"]), (Kind.LIST, '["a", 1]', ["a", 1]), (Kind.LIST, "", []), (Kind.LIST, ("a",), ["a"]),
    (Kind.MAPPING, '{"a": [1]}', {"a": [1]}), (Kind.MAPPING, {"d": date(2026, 1, 2)}, {"d": "2026-01-02"}),
])
def test_a_value_becomes_what_its_parameter_is(kind: Kind, value: Any, found: Any) -> None:
    assert given([Param("p", kind)], {"p": value}) == {"p": found}


@pytest.mark.parametrize(("kind", "value", "said"), [
    (Kind.TEXT, 5, "must be text, not a number; put it in quotes"), (Kind.INTEGER, "1.5", "must be a whole number"),
    (Kind.INTEGER, "x", "must be a whole number"), (Kind.INTEGER, True, "must be a whole number, not true"),
    (Kind.NUMBER, "nan", "must be a number"), (Kind.NUMBER, [1], "must be a number, not a list"),
    (Kind.INTEGER, float("inf"), "must be a whole number"), (Kind.BOOLEAN, "maybe", "must be true or false"),
    (Kind.BOOLEAN, 1, "must be true or false"), (Kind.DATE, "2026-02-30", "must be a date such as 2026-11-30"),
    (Kind.DATE, "20261130", "must be a date"), (Kind.LIST, 5, "must be a list, not a number"),
    (Kind.LIST, "[1,", "must be a list in JSON"), (Kind.MAPPING, "x", "must be a mapping in JSON"),
    (Kind.MAPPING, "[1]", "must be a mapping"), (Kind.MAPPING, {"a": object()}, "cannot be written as JSON"),
])
def test_a_value_of_another_type_is_refused(kind: Kind, value: Any, said: str) -> None:
    with pytest.raises(Invalid, match=f'parameter "p": .*{said}'):
        given([Param("p", kind)], {"p": value})


PARAMS = [Param("date", Kind.DATE, required=True, description="the day to fetch"), Param("tries", Kind.INTEGER, 3),
          Param("region", choices=("eu", "us"), required=True), Param("note"),
          Param("parts", Kind.LIST, choices=("a", "b"))]


def test_defaults_and_what_is_left_out() -> None:
    found = given(PARAMS, {"region": "eu", "date": "2026-11-30", "note": None})
    assert found == {"date": "2026-11-30", "tries": 3, "region": "eu"} and list(found) == ["date", "tries", "region"]


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(Invalid) as error:
        given(PARAMS, {"dat": "2026-11-30", "tries": "x", "parts": "a,c"})
    assert str(error.value).splitlines() == [
        'no parameter is called "dat"; did you mean "date"?',
        'parameter "date" is required: the day to fetch',
        'parameter "tries": must be a whole number',
        'parameter "region" is required: one of eu, us',
        'parameter "parts": must be one of a, b']


def test_a_choice_that_is_none() -> None:
    with pytest.raises(Invalid, match=r'"region": must be one of eu, us$'):
        given([PARAMS[2]], {"region": "asia"})
    with pytest.raises(Invalid, match='did you mean "eu"'):
        given([PARAMS[2]], {"region": "euu"})
    with pytest.raises(Invalid, match="must be one of 1"):
        given([Param("p", Kind.BOOLEAN, choices=(1,))], {"p": True})


def test_a_flow_that_names_none_takes_any_or_none() -> None:
    assert given([], {"a": 1, "b": [date(2026, 1, 2)]}, takes_any=True) == {"a": 1, "b": ["2026-01-02"]}
    with pytest.raises(Invalid, match="the flow takes none"):
        given([], {"a": 1})
    with pytest.raises(Invalid, match=r'parameter "a": .*JSON'):
        given([], {"a": {1, 2}}, takes_any=True)


def test_text_for_programs() -> None:
    assert [as_text(value) for value in ("x y", 1, True, ["é", None])] == ["x y", "1", "true", '["é", null]']


def test_a_schema_for_forms() -> None:
    schema = as_json_schema(PARAMS)
    json.dumps(schema)
    assert schema["required"] == ["date", "region"] and schema["additionalProperties"] is False
    assert schema["properties"]["date"] == {"type": "string", "format": "date", "description": "the day to fetch"}
    assert schema["properties"]["tries"] == {"type": "integer", "default": 3}
    assert schema["properties"]["region"]["enum"] == ["eu", "us"]
    assert schema["properties"]["parts"] == {"type": "array", "items": {"enum": ["a", "b"]}}

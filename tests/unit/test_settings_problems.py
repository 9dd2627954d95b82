"""What pydantic finds, in plain words and in its place."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from haulier.settings.problems import Problem, Problems, Where, nearest, translated


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: int = 0
    kind: Literal["big", "small"] = "big"


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    inner: Inner | None = None
    many: list[Inner] = []
    either: int | bool | list[int] = 0
    name: Annotated[str, Field(min_length=1, max_length=3, pattern="^[a-z]*$")] = "a"
    ratio: Annotated[float, Field(gt=0, lt=2)] = 1
    needed: str


def told(data: dict[str, object]) -> list[str]:
    def problem(where: Where, text: str, hint: str) -> Problem:
        return Problem("", 0, "/".join(map(str, where)), text, hint)

    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(data)
    return [str(one) for one in translated(caught.value, data, Outer, problem)]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"inner": {"sise": 1}}, 'inner/sise: unknown key; did you mean "size"?'),
        ({"many": [{}, {"zzzzzz": 1}]}, "many/1/zzzzzz: unknown key; known: kind, size"),
        ({"many": [{"kind": "smal"}]}, 'many/0/kind: must be one of big, small; did you mean "small"?'),
        ({"many": [{"size": 1.5}]}, "many/0/size: must be a whole number"),
        ({"either": "x"}, "either: must be a whole number"),
        ({"either": [1, "x"]}, "either: must be a whole number"),
        ({"name": ""}, "name: must not be empty"),
        ({"name": "abcd"}, "name: must be at most 3 characters long"),
        ({"name": "A"}, "name: must match ^[a-z]*$"),
        ({"name": 5}, "name: must be text; put it in quotes"),
        ({"ratio": 0}, "ratio: must be more than 0"),
        ({"ratio": 2}, "ratio: must be less than 2"),
        ({"inner": 5}, "inner: must be a mapping of keys to values"),
        ({"Needed": "x"}, 'Needed: unknown key; did you mean "needed"?'),
    ],
)
def test_mistakes_in_plain_words(data: dict[str, object], said: str) -> None:
    lines = told(data)
    assert said in lines and "needed: required, but not there" in lines


def test_one_mistake_in_a_union_is_told_once() -> None:
    assert [line for line in told({"either": "x"}) if line.startswith("either")] == [
        "either: must be a whole number"
    ]


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        ("tpye", ["type", "path"], 'did you mean "type"?'),
        ("TYPE", ["type", "path"], 'did you mean "type"?'),
        ("zzz", ["type", "path"], "known: path, type"),
        ("x", [], ""),
    ],
)
def test_the_nearest_known_name(word: str, known: list[str], said: str) -> None:
    assert nearest(word, known) == said


def test_problems_are_one_line_each_in_order() -> None:
    error = Problems(
        [Problem("b", 1, "k", "bad"), Problem("a", 9, "", "worse", "mend it", 4), Problem("a", 2, "x", "y")]
    )
    assert str(error) == "a:2: x: y\na:9:4: worse; mend it\nb:1: k: bad"

"""JSON documents."""
from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest

from haulier.core.content import BytesContent
from haulier.model.errors import Malformed
from haulier.parsers.json import Json, JsonSpec
from haulier.ports import Parser
from haulier.settings.spec import Env
from haulier.testing.parsers import ParserSuite, taken

ROWS = [{"id": 1, "amount": 10.5, "to": {"city": "Åre", "tags": ["a", {}]}}, {"id": 2, "none": None}, {}]
GOOD = json.dumps({"meta": {"items": [1, 2]}, "data": {"n": 2, "items": ROWS, "more": [[]]}}, indent=1).encode()


class TestJson(ParserSuite):
    good = (json.dumps(ROWS).encode(), 3)

    @pytest.fixture
    def parser(self) -> Parser:
        return JsonSpec().build(Env())

    def long(self) -> Iterator[bytes]:
        row = json.dumps({"id": 1, "amount": 12.5, "text": "x" * 3000}).encode() + b",\n"
        yield b"["
        yield from (row * 70 for _ in range(100))
        yield b"{}]"


class TestJsonAtAPath(ParserSuite):
    good = (b"\xef\xbb\xbf" + GOOD, 3)

    @pytest.fixture
    def parser(self) -> Parser:
        return JsonSpec(path="data.items", flatten=True).build(Env())


def test_rows_are_exact_and_have_their_lines() -> None:
    found = taken(JsonSpec(path="data.items").build(Env()), GOOD)
    assert found.rows == [{**ROWS[0], "amount": Decimal("10.5")}, *ROWS[1:]]
    text = GOOD.decode().split("\n")
    for batch in Json(["data", "items"]).parse(_content(GOOD)):
        assert [text[line - 1].strip() for line in batch.lines] == ["{", "{", "{}"]
        assert json.loads(batch.raw(0)) == ROWS[0]


def test_nested_objects_become_columns() -> None:
    found = taken(Json([], flatten=True), json.dumps([*ROWS, {"a": {"b": 1}, "a.b": 2}]).encode())
    assert found.rows[0] == {"id": 1, "amount": Decimal("10.5"), "to.city": "Åre", "to.tags": ["a", {}]}
    assert found.rejects[0].number == 4 and found.rejects[0].faults[0].code == "name_twice"


def test_one_object_is_one_row() -> None:
    assert taken(Json([]), b'{"a": [1]}').rows == [{"a": [1]}]
    assert taken(Json(["x", "y"]), b'{"x": {"y": {"a": 0.10}}}').rows == [{"a": Decimal("0.10")}]


@pytest.mark.parametrize("element, code, raw", [
    (b"1", "not_an_object", "1"), (b"null", "not_an_object", "null"),
    (b'[{"a": 0.10}]', "not_an_object", '[{"a":0.10}]'),
    (b'{"a": 1, "a": 2}', "name_twice", '{"a":2}'), (b'{"a": {"b": 1, "\\u0062": 2}}', "name_twice", '{"a":{"b":2}}'),
    (b'{"a": 1e99999}', "bad_number", '{"a":1E+99999}'),
])
def test_an_element_that_is_no_good_is_a_reject(element: bytes, code: str, raw: str) -> None:
    found = taken(Json([]), b'[{"a": 0},\n' + element + b', {"a": 2}]')
    assert [row["a"] for row in found.rows] == [0, 2] and found.numbers == [1, 3] and not found.error
    [reject] = found.rejects
    assert (reject.number, reject.line, reject.faults[0].code, reject.raw) == (2, 2, code, raw)


@pytest.mark.parametrize("rest, said", [
    (b"", "ends in the middle"), (b'{"a": 1', "ends in the middle"), (b'{"a" 1}]', "object key and value"),
    (b'{"a": NaN}]', "invalid"), (b'{"a": "\xff"}]', "UTF8"), (b'{"a": ' + b"9" * 5000 + b"}]", "digits"),
    (b'{"a": 1e99999999999999999999}]', "digits"), (b"{}] x", "trailing garbage"),
    (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]", "64 deep"), (b"[" * 100_000, "64 deep"),
    (b'{"a":' * 100_000, "64 deep"), (b'{"a": "' + b"x" * 300_000 + b'"}]', "max_row"),
    (b'{"a": [' + b"1,\n" * 100_000 + b"1]}]", "max_row"), (b" " * 300_000 + b"]", "max_row"),
])
@pytest.mark.parametrize("chunk", [1 << 13, 1 << 18])
def test_what_is_before_a_break_is_taken(rest: bytes, said: str, chunk: int) -> None:
    parser = JsonSpec(max_row=100_000).build(Env())
    found = taken(parser, b'[{"a": 0},\n{"a": 1},\n' + rest, chunk=chunk)
    assert [row["a"] for row in found.rows if row] == [0, 1] and said in found.error
    with pytest.raises(Malformed) as error:
        list(parser.parse(_content(b'[{"a": 0},\n{"a": 1},\n' + rest)))
    assert error.value.line == 3 or b"\n" in rest


@pytest.mark.parametrize("path, data, said", [
    ("a.b", b'{"a": {"c": []}}', "no a.b in it"), ("a", b'{"a": 3}', "a is a number"), ("", b"true", "true or false"),
    ("a", b'{"a": [], "a": []}', "a stands twice"), ("a", b"[]", "no a in it"), ("", b"", "is empty"),
    ("x", b'{"a":' * 100_000, "64 deep"), ("", '[{"a": 1}]'.encode("utf-16"), "UTF-16"),
    ("", '[{"a": 1}]'.encode("utf-32-be"), "UTF-16 or UTF-32"), ("", '[{"a": "å"}]'.encode("latin-1"), "UTF8"),
    ("", b'[{"a" 1, "\xff"}]', "by a colon (':')"),
])
def test_what_has_no_rows_is_said(path: str, data: bytes, said: str) -> None:
    found = taken(JsonSpec(path=path).build(Env()), data)
    assert not found.rows and said in found.error


def test_a_corrected_row_is_read_again() -> None:
    assert Json([], flatten=True).reread('{"a": {"b": 1.0}}', {}) == {"a.b": Decimal("1.0")}
    with pytest.raises(Malformed, match="array"):
        Json([]).reread("[]", {})


def test_it_is_guessed() -> None:
    assert JsonSpec.guess("x.json", GOOD[:-9]).settings == {"path": "data.items"}   # type: ignore[union-attr]
    assert JsonSpec.guess("x", b"\n" + json.dumps(ROWS).encode()[:50]).settings == {}   # type: ignore[union-attr]
    assert JsonSpec.guess("x.json", b'{"a": 1}').score < 0.9      # type: ignore[union-attr]
    for other in (b"", b"a;b", b"[1, 2]", b'{"a": 1}\n{"a": 2}\n', b"{1:F01"):
        assert JsonSpec.guess("x", other) is None


def _content(data: bytes) -> BytesContent:
    return BytesContent(data)


@pytest.mark.parametrize("blank", [b"\f", b"\v"])
def test_what_json_does_not_count_as_blank_is_refused(blank: bytes) -> None:
    assert "form feed" in taken(JsonSpec().build(Env()), b'[{"a": 1}' + blank + b"]").error

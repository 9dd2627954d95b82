"""JSON lines."""
from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haulier.model.errors import Malformed
from haulier.model.record import Fault, Stage
from haulier.parsers.json_text import read_object
from haulier.parsers.jsonl import JsonLines, JsonLinesSpec
from haulier.ports import Parser
from haulier.settings.spec import Env
from haulier.testing.parsers import ParserSuite, taken

GOOD = b'{"id": 1, "amount": 10.10}\n{"id": 2, "amount": 1e2, "to": {"city": "\xc3\x85re"}}\n{"id": 3, "tags": ["a"]}\n'


class TestJsonLines(ParserSuite):
    good = (GOOD, 3)

    @pytest.fixture
    def parser(self) -> Parser:
        return JsonLinesSpec().build(Env())

    def long(self) -> Iterator[bytes]:
        line = json.dumps({"id": 1, "amount": 12.5, "text": "x" * 3000}).encode() + b"\n"
        yield from (line * 70 for _ in range(100))


class TestJsonLinesFlat(ParserSuite):
    good = (b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n") + b"\n", 3)
    fuzzes = 50

    @pytest.fixture
    def parser(self) -> Parser:
        return JsonLinesSpec(flatten=True, max_line=1024).build(Env())


def test_numbers_are_exact() -> None:
    rows = taken(JsonLines(), b'{"a": 0.10, "b": 12345678901234567890123456789, "c": 3, "d": -0.1e-7}').rows
    assert rows == [{"a": Decimal("0.10"), "b": 12345678901234567890123456789, "c": 3, "d": Decimal("-0.1E-7")}]
    assert str(rows[0]["a"]) == "0.10" and type(rows[0]["c"]) is int


@pytest.mark.parametrize("line, code, said", [
    (b'{"a": 1,}', "bad_json", "column 9"),
    (b'{"a": NaN}', "bad_json", "column 7"),
    (b'{"a": 1', "bad_json", "column 8"),
    (b'{"a": 1} {"a": 2}', "bad_json", "column 10"),
    (b'[1, 2]', "not_an_object", "an array"),
    (b'"text"', "not_an_object", "a str"),
    (b'{"a": "\xff"}', "bad_encoding", "UTF-8"),
    (b'{"a": 1e999999999}', "bad_number", "digits"),
    (b'{"a": ' + b"9" * 5000 + b"}", "bad_number", "too long"),
    (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too_deep", "nested"),
    (b'{"a": 1, "b": {"x": 1, "x": 2}}', "name_twice", "x stands twice"),
    (b'{"a": 1, "a" : 2}', "name_twice", "a stands twice"),
    (b'{"a": 1, "\\u0061": 2}', "name_twice", "a stands twice"),
])
def test_a_bad_line_is_a_reject_and_the_others_come(line: bytes, code: str, said: str) -> None:
    found = taken(JsonLines(), b'{"a": 0}\n\n' + line + b'\n{"a": 2}\n')
    assert [row["a"] for row in found.rows] == [0, 2] and found.numbers == [1, 3] and not found.error
    [reject] = found.rejects
    assert (reject.number, reject.line, reject.offset) == (2, 3, 10)
    assert reject.faults[0].code == code and said in reject.faults[0].reason
    assert reject.raw == line.decode(errors="replace")[:4096]
    assert reject.stage is (Stage.DECODE if code == "bad_encoding" else Stage.PARSE)


@pytest.mark.parametrize("line", [b'{"a": ":"}', b'{"a": "\\":"}', b'{"a" : 1}', b'{"a": {"b": [{"c": 1}, {"c": 2}]}}'])
def test_what_only_looks_as_if_a_name_stood_twice_is_no_fault(line: bytes) -> None:
    assert taken(JsonLines(), line + b"\n" + line).rows == [json.loads(line)] * 2


@pytest.mark.parametrize("text", [b'{"a":1}{"b":2}\n{"c":1,\n"d":2}\n', b'{"a":1}{"b":2}\n{"c":\n{"d":2}}\n'])
def test_objects_that_are_not_one_to_a_line_are_rejects(text: bytes) -> None:
    found = taken(JsonLines(), text)
    assert not found.rows or found.rows == [{"d": 2}]
    assert len(found.rejects) + len(found.rows) == 3


@pytest.mark.parametrize("chunk", [1000, 70_000, 1 << 20])
def test_a_line_that_is_too_long_is_a_reject(chunk: int) -> None:
    long = b'{"a": "' + b"x" * 300_000 + b'"}\n'
    found = taken(JsonLines(max_line=100_000), b'{"a": 1}\n' + long + b'{"a": 2}\n' + long.rstrip(), chunk=chunk)
    assert [row["a"] for row in found.rows] == [1, 2] and found.numbers == [1, 3]
    assert [(one.line, one.faults[0].code, len(one.raw)) for one in found.rejects] == [
        (2, "too_long", 4096), (4, "too_long", 4096)]
    assert (found.marks[-1].number, found.marks[-1].offset) == (4, 18 + 2 * len(long) - 1)


def test_raw_and_reread_are_of_the_row() -> None:
    parser = JsonLines(flatten=True)
    assert parser.reread('{"a": {"b": 1.50}}', {}) == {"a.b": Decimal("1.50")}
    with pytest.raises(Malformed, match="column 7"):
        parser.reread('{"a": x}', {})
    assert taken(parser, b'{"a": {"b": 1}, "a.b": 2}').rejects[0].faults[0].code == "name_twice"


def test_a_flat_row_is_the_same_in_the_quick_way() -> None:
    lines = [b'{"a": {"b": 1, "c": {}}}', b'{"a.b": 2}', b'{"a": [{"b": 1}]}']
    assert taken(JsonLines(flatten=True), b"\n".join(lines)).rows == [
        {"a.b": 1, "a.c": {}}, {"a.b": 2}, {"a": [{"b": 1}]}]
    found = taken(JsonLines(flatten=True), b"\n".join([*lines, b'{"a": {"b": 1}, "a.b": 2}', lines[0]]))
    assert found.numbers == [1, 2, 3, 5] and [one.line for one in found.rejects] == [4]


def test_many_short_lines_come_in_some_batches() -> None:
    found = taken(JsonLines(), b"{}\n" * 20_000)
    assert len(found.rows) == 20_000 and len(found.marks) > 3
    assert taken(JsonLines(), b"{}\n" * 20_000, after=found.marks[1]).numbers[0] == found.marks[1].number + 1


@settings(database=None, deadline=None)
@given(st.lists(st.sampled_from([
    b'{"a": 1}', b'{"a": "b\\":"}', b'{"a": {"b": [{"c": 1.5}]}}', b'{"a":1,"a":2}', b'{"a":1}{"b":2}', b"", b" ", b"{",
        b"}", b'{"a":', b"[]", b'{"a":1}\r', b'{"a":1} ', b'"d":2}', b"1", b'{"a" :1}', b'{"a":"\xff"}']), max_size=6))
def test_the_quick_way_takes_what_the_slow_way_takes(lines: list[bytes]) -> None:
    found = taken(JsonLines(), b"\n".join(lines))
    slow = [read_object(line.strip()) for line in lines if line.strip()]
    assert found.rows == [one for one in slow if not isinstance(one, Fault)]
    assert [one.faults[0] for one in found.rejects] == [one for one in slow if isinstance(one, Fault)]


def test_another_encoding_is_said() -> None:
    assert "UTF-16" in taken(JsonLines(), '{"a": 1}\n'.encode("utf-16")).error
    assert "UTF-16" in taken(JsonLines(), '{"a": 1}\n'.encode("utf-16-le")).error


def test_it_is_guessed() -> None:
    assert JsonLinesSpec.guess("x.jsonl", GOOD).score >= 0.9      # type: ignore[union-attr]
    assert JsonLinesSpec.guess("x", GOOD + b'{"a": ').score >= 0.9     # type: ignore[union-attr]
    assert JsonLinesSpec.guess("x.json", b'{"a": 1}').score < 0.9      # type: ignore[union-attr]
    broken = JsonLinesSpec.guess("x.ndjson", b'{"a": 1}\n{"a": \n{"a": 3}\n')
    assert broken and 0.5 < broken.score < 0.9 and "2 of 3" in broken.why
    assert JsonLinesSpec.guess("x", b'{"a": 1}\nb\nc\n') is None
    assert JsonLinesSpec.guess("x", b'[{"a": 1}]') is None and JsonLinesSpec.guess("x", b"") is None

"""CSV files of every dialect; what is wrong with one is the fault of a row, or of the file with its line."""
from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haulier.core.columns import Compiled
from haulier.core.content import BytesContent, FileContent
from haulier.model.column import Column, Type
from haulier.model.errors import Malformed
from haulier.model.record import Reject, Row, Stage
from haulier.parsers.csv import CsvSpec
from haulier.ports import Columns, Parser
from haulier.settings.spec import Env
from haulier.testing.parsers import ParserSuite, taken


def parser_of(**settings: Any) -> Parser:
    return CsvSpec.model_validate(settings).build(Env())


def rows(data: bytes, columns: Columns | None = None, **settings: Any) -> list[Row]:
    return [row for batch in parser_of(**settings).parse(BytesContent(data), columns=columns) for row in batch.rows]


def rejects(data: bytes, columns: Columns | None = None, **settings: Any) -> list[Reject]:
    return [one for batch in parser_of(**settings).parse(BytesContent(data), columns=columns)
            for one in batch.rejects]


class TestCsv(ParserSuite):
    good = ('\ufeffid;namn\r\n1;"Åsa; ""A"""\r\n2;"två\r\nrader"\n\n3;x\r4;y\r\n'.encode(), 4)

    @pytest.fixture
    def parser(self) -> Parser:
        return parser_of(delimiter=";")

    def test_memory_does_not_grow_with_the_file(self, parser: Parser, tmp_path: Path) -> None:
        path = tmp_path / "long.csv"
        with path.open("wb") as file:
            file.write(b"id;name;note\n")
            for number in range(12):
                file.write(b"".join(b'%d;Name of it;"some; note"\n' % at for at in range(number, number + 10_000)))
        tracemalloc.start()
        try:
            count = sum(len(batch.rows) for batch in parser.parse(FileContent(path, "long.csv")))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert count == 120_000 and peak < 8 << 20


@pytest.mark.parametrize(("settings", "data", "row"), [
    ({}, b"a,b\n1,2", {"a": "1", "b": "2"}),
    ({}, b"\xef\xbb\xbfa,b\r1,2\r", {"a": "1", "b": "2"}),
    ({"delimiter": "tab"}, b"a\tb\n1\t2\n", {"a": "1", "b": "2"}),
    ({"delimiter": "|", "quote": "'"}, b"a|b\n'1|2'|'it''s'\n", {"a": "1|2", "b": "it's"}),
    ({"quote": None}, b'a,b\n"1,2"\n', {"a": '"1', "b": '2"'}),
    ({"escape": "\\", "doublequote": False}, b'a,b\n"\\"x\\"",y\\,z\n', {"a": '"x"', "b": "y,z"}),
    ({"skip_space": True}, b'a, b\n1, "2,3"\n', {"a": "1", "b": "2,3"}),
    ({"strict": False}, b'a,b\n"1"x,2\n', {"a": "1x", "b": "2"}),
    ({"header": False}, b"1,2\n", {"column_1": "1", "column_2": "2"}),
    ({"header": False, "names": ["x", "y"]}, b"1,2\n", {"x": "1", "y": "2"}),
    ({"names": ["x", "y"]}, b"a,b\n1,2\n", {"x": "1", "y": "2"}),
    ({"skip": 2}, b'a title with "one quote\n\na,b\n1,2\n', {"a": "1", "b": "2"}),
    ({"find_header": ["b"]}, b"A title,\n\n,,,\na,b\n1,2\n", {"a": "1", "b": "2"}),
    ({"comment": "#"}, b'# it is "so\na,b\n#1,2\n1,2\n# end\n', {"a": "1", "b": "2"}),
    ({"rename_duplicates": True}, b"a,,a,a_2\n1,2,3,4\n", {"a": "1", "column_2": "2", "a_3": "3", "a_2": "4"}),
    ({"ragged": "pad"}, b"a,b\n1\n", {"a": "1", "b": ""}),
    ({"ragged": "pad"}, b"a,b\n1,2,,\n", {"a": "1", "b": "2"}),
    ({"ragged": "truncate"}, b"a,b\n1,2,3\n", {"a": "1", "b": "2"}),
    ({}, "a\x0bb,c\u2028d\n1\x0c2,\x85\n".encode(), {"a\x0bb": "1\x0c2", "c\u2028d": "\x85"}),
    ({"encoding": "cp1252"}, "a,b\nå,€\n".encode("cp1252"), {"a": "å", "b": "€"}),
    ({"fallback": "cp1252"}, "a,b\nå,€\n".encode("cp1252"), {"a": "å", "b": "€"}),
    ({"fallback": "cp1252"}, "a,b\nå,€\n".encode(), {"a": "å", "b": "€"}),
    ({}, "a,b\nå,€\n".encode("utf-16"), {"a": "å", "b": "€"}),
    ({}, "\ufeffa,b\nå,€\n".encode("utf-16-be"), {"a": "å", "b": "€"}),
    ({}, "a,b\nå,€\n".encode("utf-32"), {"a": "å", "b": "€"}),
    ({"encoding": "utf-16"}, "a,b\nå,€\n".encode("utf-16-le"), {"a": "å", "b": "€"}),
    ({"encoding": "cp932"}, "a,b\nソ,表\n".encode("cp932"), {"a": "ソ", "b": "表"}),
])
def test_how_values_may_stand_in_a_file(settings: dict[str, Any], data: bytes, row: Row) -> None:
    assert rows(data, **settings) == [row]


@pytest.mark.parametrize(("settings", "data", "said", "line"), [
    ({}, b"", "no header", 1),
    ({}, b"a,b\n1,2\n3,\"x\n4,5\n6,7\n", "the quote that opens on line 3 is never closed", 3),
    ({}, b"a,b\n1,2\n3,\"x\n4\",\"5\n6,7\n", "the quote that opens on line 4 is never closed", 4),
    ({}, b"a,a\n1,2\n", "the header has a more than once", 1),
    ({}, b"a,,\n1,2,\n", "column 2, 3 has no name", 1),
    ({"find_header": ["id", "x"]}, b"a\nid,b\n1,2\n", "no header with id, x .* lacks x", 1),
    ({}, "a,b\nx,y\n1,ö\n".encode("cp1252"), r"no UTF-8 at byte 10, line 3 \(0xF6\); set `encoding`", 3),
    ({}, b"a,b\n1,2\n\xc3", "no UTF-8 at byte 8, line 3", 3),
    ({}, "aaaa,bbb\n".encode("utf-16-le"), "looks like utf-16-le", 1),
    ({}, b"a\0b,c\n1,2\n", "the header has bytes that are no text", 1),
    ({}, b"a,b\n1," + b"x" * (2 << 20), "line 2 is longer than", 2),
    ({}, b"a,b\n1,2\n1,\"" + b"x\n" * (2 << 19), "begins on line 3 is longer than", 3),
])
def test_files_that_are_no_good(settings: dict[str, Any], data: bytes, said: str, line: int) -> None:
    with pytest.raises(Malformed, match=said) as caught:
        rows(data, **settings)
    assert caught.value.line == line


@pytest.mark.parametrize(("settings", "line", "code", "stage"), [
    ({}, b"1", "too_few_values", Stage.PARSE), ({}, b"1,2,3", "too_many_values", Stage.PARSE),
    ({"ragged": "pad"}, b"1,2,3", "too_many_values", Stage.PARSE),
    ({}, b'"1"x,2', "bad_quoting", Stage.PARSE), ({}, b"1,a\0b", "nul_byte", Stage.PARSE),
    ({"encoding": "utf-8"}, b"1,a\xffb", "not_decodable", Stage.DECODE),
    ({"encoding": "cp1252"}, b"1,a\x81b", "not_decodable", Stage.DECODE),
    ({"encoding": "shift_jis"}, b"1,a\xffb", "not_decodable", Stage.DECODE),
    ({"fallback": "cp1252"}, b"1,\xe5\x81b", "not_decodable", Stage.DECODE),
])
def test_rows_that_are_no_good(settings: dict[str, Any], line: bytes, code: str, stage: Stage) -> None:
    data = b"a,b\nx,\"y\nz\"\n\n" + line + b"\nu,v\n"
    reject, = rejects(data, **settings)
    assert (reject.number, reject.line, reject.stage, reject.offset) == (2, 5, stage, 13)
    assert [fault.code for fault in reject.faults] == [code]
    assert data[13:].decode("ascii", "replace")[0] == reject.raw[0]
    reject.raw.encode()     # it can be kept
    assert rows(data, **settings) == [{"a": "x", "b": "y\nz"}, {"a": "u", "b": "v"}]


def test_columns_are_applied_and_every_fault_is_said() -> None:
    columns = Compiled([Column("id", Type.INTEGER, unique=True),
                        Column("sum", Type.DECIMAL, source="Belopp", decimal=",")])
    data = b"Belopp;id;more\n1,50;1;x\n;;\nx;y;z\n2;1;x\n"
    assert rows(data, columns, delimiter=";") == [{"id": 1, "sum": Decimal("1.50")}, {"id": None, "sum": None}]
    one, other = rejects(data, columns, delimiter=";")
    assert [fault.code for fault in one.faults] == ["not_integer", "not_decimal"] and one.raw == "x;y;z"
    assert one.row == {"Belopp": "x", "id": "y", "more": "z"} and one.stage is Stage.VALIDATE
    assert [fault.code for fault in other.faults] == ["duplicate"] and other.number == 4


def test_a_required_column_that_is_missing_is_the_files_fault_and_another_a_notice() -> None:
    with pytest.raises(Malformed, match=r"columns missing in the file: amount; did you mean \"amout\"") as caught:
        rows(b"\nid,amout\n1,2\n", Compiled([Column("id"), Column("amount", required=True)]))
    assert caught.value.line == 2
    batch = next(parser_of().parse(BytesContent(b"id\n1\n"), columns=Compiled([Column("id"), Column("amount")])))
    assert batch.rows == [{"id": "1", "amount": None}]
    assert [notice.code for notice in batch.notices] == ["missing_columns"]


def test_without_a_header_the_columns_are_in_their_order() -> None:
    columns = Compiled([Column("id", Type.INTEGER, source="x"), Column("name")])
    assert rows(b"1,a\n2,b\n", columns, header=False) == [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]


def test_it_goes_on_at_every_mark_also_with_unique_columns() -> None:
    data = b"id,note\n" + b"".join(b'%d,"a\nb"\n' % (at % 6000) for at in range(9000)) + b"x,y,z\n" + b"7,c\n" * 3000
    parser = parser_of()
    for columns in (None, Compiled([Column("id", unique=True), Column("note")])):
        whole = [*parser.parse(BytesContent(data), columns=columns)]
        for mark in (one.after for one in whole[:-1:3]):
            rest = [*parser.parse(BytesContent(data), after=mark, columns=columns)]
            assert [row for one in rest for row in one.rows] == [
                row for one in whole for row, number in zip(one.rows, one.numbers, strict=True) if number > mark.number]
            assert [reject for one in rest for reject in one.rejects] == [
                reject for one in whole for reject in one.rejects if reject.number > mark.number]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16-le", "utf-16"])
def test_marks_are_bytes_of_the_file(encoding: str) -> None:
    text = "id,name\n" + "".join(f"{at},Åsa\r\n" for at in range(5000))
    data = text.encode(encoding)
    settings = {} if encoding == "utf-16" else {"encoding": encoding}
    marks = taken(parser_of(**settings), data).marks
    assert marks[-1].offset == len(data) and marks[-1].line == 5002
    assert data[marks[0].offset:].decode(encoding.replace("utf-16", "utf-16-le").replace("le-le", "le")).startswith(
        f"{marks[0].number},")


def test_raw_is_the_text_of_the_row() -> None:
    data = b'a,b\n1,"x\ny"\nbad\n2,z\n'
    batch, = parser_of().parse(BytesContent(data))
    assert [batch.raw(at) for at in range(2)] == ['1,"x\ny"', "2,z"] and batch.rejects[0].raw == "bad"


def test_a_quote_inside_an_unquoted_value_that_seems_to_close_at_the_end_of_its_line() -> None:
    # As many quotes as close, and still one is open: what the quick way takes for two rows is one.
    data = b'a,b\n5" pipe,"x\ny"\nz,1\n'
    assert rows(data) == [{"a": '5" pipe', "b": "x\ny"}, {"a": "z", "b": "1"}]


def test_a_corrected_row_is_read_as_it_was() -> None:
    parser = parser_of(delimiter=";")
    state = taken(parser, b"a;b\n1;2\n").marks[-1].state
    assert parser.reread('3;"x\ny"', state) == {"a": "3", "b": "x\ny"}
    for bad in ("3", "3;4;5", '3;"x', "1;2\n3;4", "", "1;\0"):
        with pytest.raises(Malformed):
            parser.reread(bad, state)


class _Quotes:
    name = "quotes.csv"

    def __init__(self, first: bytes, again: bytes, times: int) -> None:
        self.first, self.again, self.times = first, again, times

    def read(self, start: int = 0) -> Iterator[bytes]:
        yield (self.first + self.again)[start:]
        for _ in range(self.times):
            yield self.again


@pytest.mark.parametrize("again", [b'"' * (1 << 20), b'x"' * (1 << 19), b"\n" * (1 << 20)])
def test_a_gigabyte_of_one_quote_is_refused_early(again: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Malformed) as caught:
            assert not [*parser_of(encoding="utf-8").parse(_Quotes(b'a,b\n1,"', again, 1024))]
        assert tracemalloc.get_traced_memory()[1] < 96 << 20
    finally:
        tracemalloc.stop()
    assert caught.value.line == 2


@pytest.mark.parametrize(("settings", "said"), [
    ({"delimiter": ""}, "delimiter"), ({"delimiter": ",,"}, "delimiter"),
    ({"delimiter": "\n"}, "must be one character"),
    ({"delimiter": ";", "quote": ";"}, "different characters"), ({"encoding": "utf8x"}, "no encoding of text"),
    ({"encoding": "utf-7"}, "cannot be read"), ({"encoding": "rot13"}, "no encoding"),
    ({"encoding": "base64"}, "no enc"),
    ({"header": False, "find_header": ["a"]}, "there is none"), ({"ragged": "drop"}, "ragged"),
])
def test_settings_that_make_no_sense(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        CsvSpec.model_validate(settings)


VALUE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
TABLE = st.lists(st.tuples(VALUE, VALUE), max_size=20)


@settings(max_examples=120, deadline=None, database=None)
@given(TABLE, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.data())
def test_what_is_written_is_read(table: list[tuple[str, str]], end: str, encoding: str, data: st.DataObject) -> None:
    def quoted(value: str) -> str:
        needs = not value or any(char in value for char in ',"\r\n') or data.draw(st.booleans())
        return '"' + value.replace('"', '""') + '"' if needs else value

    text = "".join(f"{quoted(one)},{quoted(other)}{end}" for one, other in [("a", "b"), *table])
    found = taken(parser_of(), text.encode(encoding), chunk=data.draw(st.integers(1, 40)))
    assert not found.error and not found.rejects
    assert found.rows == [{"a": one, "b": other} for one, other in table]
    assert found.marks[-1].offset == len(text.encode(encoding))


@settings(max_examples=200, deadline=None, database=None)
@given(st.lists(st.sampled_from(["1,2", "x,-1.5", "a", "", " ", '"a","1"', '"a', 'b"', 'a"b,1', '"a"b,1', "1,2,3",
                                 "é,0"]), max_size=9),
       st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.booleans())
def test_the_quick_way_takes_what_the_careful_way_takes(lines: list[str], end: str, typed: bool, strict: bool) -> None:
    data = ("a,b\n" + end.join(lines)).encode()

    def found(**settings: Any) -> Any:
        columns = Compiled([Column("b", Type.DECIMAL), Column("a")]) if typed else None
        try:
            return rows(data, columns, strict=strict, **settings), rejects(data, columns, strict=strict, **settings)
        except Malformed as error:
            return str(error), error.line
    assert found() == found(comment="#")    # with comments, lines are made records first

"""Files of fixed width: each value is where the layout says, or its line is not trusted."""
from __future__ import annotations

import json
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
from haulier.model.errors import Invalid, Malformed
from haulier.model.record import Reject, Row, Stage
from haulier.parsers.fixed import FixedSpec
from haulier.ports import Columns, Parser
from haulier.settings.problems import Problems
from haulier.settings.spec import Env
from haulier.testing.parsers import ParserSuite, taken

PLAIN = {"columns": {"id": 3, "name": 6, "sum": 6}}
KINDS = {"key_start": 2, "records": [
    {"name": "head", "key": "01", "columns": [{"name": "day", "start": 4, "end": 11}]},
    {"name": "detail", "key": "20", "columns": {"mark": 3, "id": 4}}, {"name": "end", "key": "99", "width": 8}]}


def parser_of(**settings: Any) -> Parser:
    return FixedSpec.model_validate({**PLAIN, **settings} if "records" not in settings and "layout" not in settings
                                    and "columns" not in settings else settings).build(Env())


def read(data: bytes, applied: Columns | None = None, **settings: Any) -> tuple[list[Row], list[Reject]]:
    batches = [*parser_of(**settings).parse(BytesContent(data), columns=applied)]
    return [row for one in batches for row in one.rows], [one for batch in batches for one in batch.rejects]


class TestFixed(ParserSuite):
    good = ("001Åsa    12.50\r\n\r\n002Bo     -1.00\n003           \u20ac\r004Cec     7.00\n".encode(), 4)

    @pytest.fixture
    def parser(self) -> Parser:
        return parser_of()

    def test_memory_does_not_grow_with_the_file(self, parser: Parser, tmp_path: Path) -> None:
        path = tmp_path / "long.txt"
        with path.open("wb") as file:
            for _ in range(12):
                file.write(b"".join(b"%03dName  %6d\n" % (at % 1000, at) for at in range(10_000)))
        tracemalloc.start()
        try:
            count = sum(len(batch.rows) for batch in parser.parse(FileContent(path, "long.txt")))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert count == 120_000 and peak < 8 << 20


class TestKindsOfLines(ParserSuite):
    good = (b"H0120240131\nD200001\nD200002\n\nE99     \n", 3)

    @pytest.fixture
    def parser(self) -> Parser:
        return parser_of(**KINDS)


def test_rows_have_the_kind_of_their_line() -> None:
    rows, rejects = read(b"H0120240131\nD200001\nX98\nD200002\nE99     \n", **KINDS)
    assert rows == [{"day": "20240131", "record": "head"}, {"mark": "D20", "id": "0001", "record": "detail"},
                    {"mark": "D20", "id": "0002", "record": "detail"}]
    reject, = rejects
    assert (reject.faults[0].code, reject.number, reject.line) == ("unknown_record", 3, 3)
    assert len(read(b"H0120240131\nD200001\nE99     \n", **KINDS, take="detail")[0]) == 1
    assert not parser_of(**KINDS).casts and parser_of().casts


@pytest.mark.parametrize(("settings", "line", "code"), [
    ({}, b"002Bo\t   1.00 ", "tab"), ({}, b"002Bo", "too_short_line"), ({}, b"002Bo      1.00x", "too_long_line"),
    ({}, b"002B\0      1.00", "nul_byte"), ({"encoding": "ascii"}, b"002\xc5sa     1.00", "not_decodable"),
    ({"width": 20}, b"002Bo      1.00", "too_short_line"),
])
def test_lines_that_are_not_trusted(settings: dict[str, Any], line: bytes, code: str) -> None:
    data = b"001Anna   12.50     \n" + line + b"\r\n003Cec     7.00     \n"
    rows, rejects = read(data, **settings)
    assert [row["id"] for row in rows] == ["001", "003"]
    reject, = rejects
    assert ([fault.code for fault in reject.faults], reject.number, reject.line, reject.offset) == ([code], 2, 2, 21)
    assert reject.raw.startswith("002") and reject.raw.encode()
    assert reject.stage is (Stage.DECODE if code == "not_decodable" else Stage.PARSE)


@pytest.mark.parametrize(("settings", "data", "row"), [
    ({"short": "pad"}, b"001Anna", {"id": "001", "name": "Anna", "sum": ""}),
    ({"long": "ignore"}, b"001Anna   12.50 and more", {"id": "001", "name": "Anna", "sum": "12.50"}),
    ({"skip": 1}, b"a head\n001Anna   12.50", {"id": "001", "name": "Anna", "sum": "12.50"}),
    ({"comment": "*"}, b"*ommentommentom\n001Anna   12.50\n", {"id": "001", "name": "Anna", "sum": "12.50"}),
    ({"columns": [{"name": "b", "start": 3, "length": 2}, {"name": "a", "start": 1, "end": 2}]}, b"1 34\n",
     {"b": "34", "a": "1"}),
    ({"columns": [{"name": "all", "width": 3}]}, b"a c\n", {"all": "a c"}),
    ({"encoding": "cp037"}, "001Åsa    12.50\n".encode("cp037"), {"id": "001", "name": "Åsa", "sum": "12.50"}),
    ({"fallback": "cp1252"}, "001Åsa    12.50\n".encode("cp1252"), {"id": "001", "name": "Åsa", "sum": "12.50"}),
    ({}, "001Åsa    12.50\n".encode("utf-16"), {"id": "001", "name": "Åsa", "sum": "12.50"}),
])
def test_how_lines_may_be(settings: dict[str, Any], data: bytes, row: Row) -> None:
    assert read(data, **settings) == ([row], [])


def test_columns_are_applied_and_every_fault_is_said() -> None:
    columns = Compiled([Column("id", Type.INTEGER, unique=True), Column("sum", Type.DECIMAL, minimum=0)])
    data = b"001Anna   12.50\n0x1Bo     -1,00\n001Cec     7.00\n               \n002Dora        \n"
    rows, rejects = read(data, columns)
    assert rows == [{"id": 1, "sum": Decimal("12.50")}, {"id": 2, "sum": None}]
    assert [[fault.code for fault in one.faults] for one in rejects] == [["not_integer", "not_decimal"], ["duplicate"]]
    assert rejects[0].row == {"id": "0x1", "name": "Bo", "sum": "-1,00"} and rejects[1].number == 3
    with pytest.raises(Malformed, match="columns missing"):
        read(data, Compiled([Column("amount", required=True)]))


def test_it_goes_on_at_every_mark_also_with_unique_columns() -> None:
    data = b"a head\n" + b"".join(b"%03dName  %6d\n" % (at % 1000, at) for at in range(9000)) + b"short\n"
    parser = parser_of(skip=1)
    for columns in (None, Compiled([Column("sum", unique=True)])):
        whole = [*parser.parse(BytesContent(data), columns=columns)]
        assert len(whole) > 2 and whole[-1].after.number == 9001
        for mark in (one.after for one in whole):
            rest = [*parser.parse(BytesContent(data), after=mark, columns=columns)]
            assert sum(len(one.rows) for one in rest) == 9000 - min(mark.number, 9000)
            assert rest[-1].after == whole[-1].after


def test_a_corrected_line_is_read_as_it_was() -> None:
    parser = parser_of()
    assert parser.reread("001Anna   12.50\n", {}) == {"id": "001", "name": "Anna", "sum": "12.50"}
    for bad in ("001", "", "001\tAnna  12.50", "001Anna   12.50 x"):
        with pytest.raises(Malformed):
            parser.reread(bad, {})


@pytest.mark.parametrize("written", [
    "columns:\n  id: 3\n  name: {length: 6}\n  sum: 6\n",
    "- {name: id, width: 3}\n- {name: name, end: 9}\n- {name: sum, width: 6}\n",
    json.dumps({"columns": [{"name": "id", "start": 1, "length": 3}, {"name": "name", "length": 6},
                            {"name": "sum", "length": 6}]}),
])
def test_the_layout_may_be_a_file(written: str, tmp_path: Path) -> None:
    name = "layout.json" if written.startswith("{") else "layout.yaml"
    (tmp_path / name).write_text(written)
    parser = FixedSpec(layout=name).build(Env(home=tmp_path))
    assert taken(parser, b"001Anna   12.50\n").rows == [{"id": "001", "name": "Anna", "sum": "12.50"}]


@pytest.mark.parametrize(("written", "said"), [
    ("columns:\n  id: none\n", r"layout.yaml: columns\[0\].length: must be a whole number"),
    ("{}", "neither columns nor records"),
    ("columns: [", "layout.yaml"),
    ("records: [{name: a, key: x}, {name: b, key: yy}]", "of one length"), ("kolumns: []", "unknown key"),
])
def test_a_layout_file_with_mistakes(written: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "layout.yaml").write_text(written)
    with pytest.raises(Invalid, match=said):
        FixedSpec(layout="layout.yaml").build(Env(home=tmp_path))
    with pytest.raises(Problems, match=r"none.yaml: cannot be read"):
        FixedSpec(layout="none.yaml").build(Env(home=tmp_path))


@pytest.mark.parametrize(("settings", "said"), [
    ({}, "give columns, or records, or a layout file"), ({"layout": "x", **PLAIN}, "give columns, or records"),
    ({**PLAIN, **KINDS}, "either columns, or records"), ({**KINDS, "take": "x"}, "there is no record x"),
    ({"columns": [{"name": "a"}]}, "column a: give either length or end"),
    ({"columns": [{"name": "a", "start": 5, "end": 3}]}, "column a: ends at 3"),
    ({"columns": [{"name": "a", "length": 1}, {"name": "a", "length": 1}]}, "two columns of one name: a"),
    ({**PLAIN, "width": 4}, "a line has 4 characters, and a column ends at 15"),
    ({"records": [{"name": "a", "key": "1"}, {"name": "b", "key": "1"}]}, "two records of one key"),
])
def test_settings_that_make_no_sense(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        FixedSpec.model_validate(settings)


def test_a_column_is_not_called_as_the_kind_of_line() -> None:
    with pytest.raises(Invalid, match="set `record_column`"):
        parser_of(records=[{"name": "a", "key": "1", "columns": {"record": 3}}])


def test_a_line_without_end_is_refused_early() -> None:
    class Endless:
        name = "endless"

        def read(self, start: int = 0) -> Iterator[bytes]:
            for _ in range(8):
                yield b"x" * (1 << 20)
            raise AssertionError("read on")

    with pytest.raises(Malformed, match="line 1 is longer than 1048576"):
        [*parser_of(encoding="ascii").parse(Endless())]


@settings(max_examples=80, deadline=None, database=None)
@given(st.lists(st.tuples(*[st.text("ab1å. ", max_size=4)] * 2), max_size=20), st.sampled_from(["\n", "\r\n", "\r"]),
       st.sampled_from(["utf-8", "cp1252", "utf-16"]))
def test_what_is_written_is_read(table: list[tuple[str, str]], end: str, encoding: str) -> None:
    data = "".join(f"{one:4}{other:4}{end}" for one, other in table).encode(encoding)
    rows, rejects = read(data, columns={"a": 4, "b": 4}, **({} if encoding != "cp1252" else {"encoding": encoding}))
    meant = [{"a": one.strip(), "b": other.strip()} for one, other in table]
    assert rows == [row for row in meant if row["a"] or row["b"]] and not rejects


def test_places_are_guessed_where_lines_are_of_one_length() -> None:
    data = b"001 Anna    2024-01-31   12.50\n002 Bo      2024-02-01   -1.00\n003 Cecilia 2024-02-02  107.00\n"
    guess = FixedSpec.guess("x.txt", data)
    assert guess and guess.score < 0.9
    found = dict(guess.settings)
    assert [column["type"] for column in found.pop("schema")] == ["text", "text", "date", "decimal"]
    parser = FixedSpec.model_validate(found).build(Env())
    assert list(taken(parser, data).rows[2].values()) == ["003", "Cecilia", "2024-02-02", "107.00"]
    for other in (b"", b"a,b\n1,2\n3,4\n", b"a b\nlonger line\nx y\n", b"\0\0\0", data + b"short\n"):
        assert FixedSpec.guess("x.txt", other) is None


@settings(max_examples=150, deadline=None, database=None)
@given(st.lists(st.sampled_from(["1   2.5 ", "x   -1  ", "å   0   ", "        ", "1   2.5", "1   2.5  ", "1\t  2.5 ",
                                 ""]), max_size=6), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.booleans())
def test_the_quick_way_takes_what_the_careful_way_takes(lines: list[str], end: str, ended: bool, typed: bool) -> None:
    data = (end.join(lines) + end * ended).encode()

    def found(**settings: Any) -> Any:
        columns = Compiled([Column("b", Type.DECIMAL), Column("a")]) if typed else None
        return read(data, columns, columns={"a": 4, "b": 4}, **settings)
    assert found() == found(comment="#")    # with comments, each line is looked at by itself

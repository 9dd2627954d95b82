"""What `import suggest` says of a CSV file: only a guess, but one that reads the file."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from haulier.core.columns import Compiled
from haulier.core.content import BytesContent
from haulier.parsers.column_guess import of_values
from haulier.parsers.csv import CsvSpec
from haulier.settings.columns import SchemaSetting, columns
from haulier.settings.spec import Env

SCHEMA: TypeAdapter[Any] = TypeAdapter(SchemaSetting)


@pytest.mark.parametrize(("values", "details"), [
    (["1", "-2", "300"], {"type": "integer"}), (["01", "2"], {"type": "text"}), (["1.50", "2"], {"type": "decimal"}),
    (["1,50", "-2"], {"type": "decimal", "decimal": ","}), (["007.5"], {"type": "text"}),
    (["1.234,50", "2"], {"type": "decimal", "decimal": ",", "thousands": "."}),
    (["1,234.50", "2"], {"type": "decimal", "decimal": ".", "thousands": ","}),
    (["1 234,50", "2,5"], {"type": "decimal", "decimal": ",", "thousands": " "}),
    (["2024-01-31"], {"type": "date"}), (["20240131"], {"type": "date", "format": "%Y%m%d"}),
    (["31.01.2024", "01.02.2024"], {"type": "date", "format": "%d.%m.%Y"}),
    (["01/31/2024"], {"type": "date", "format": "%m/%d/%Y"}), (["99999999"], {"type": "integer"}),
    (["2024-01-31T10:00:00Z"], {"type": "datetime"}), (["10:30", "23:59:59"], {"type": "time"}),
    (["true", "False"], {"type": "bool"}), (["1", "0"], {"type": "integer"}), (["", " "], {"type": "text"}),
    (["1", "NULL"], {"type": "integer", "nulls": ["NULL"]}), (["12345678901234567890"], {"type": "text"}),
    (["5 pieces"], {"type": "text"}),
])
def test_types(values: list[str], details: dict[str, Any]) -> None:
    assert of_values(values) == details
    SCHEMA.validate_python({"c": details})


@pytest.mark.parametrize(("name", "data", "told"), [
    ("x.csv", "id;belopp\n1;1,50\n2;3,10\n", {"delimiter": ";"}),
    ("x.txt", "id\tname, first\n1\tA, B\n2\tC, D\n", {"delimiter": "tab"}),
    ("x.csv", "id|when|note\n1|10:30|a:b\n2|11:30|c:d\n", {"delimiter": "|"}),
    ("x.csv", "'a','b'\n'1,2','x'\n", {"quote": "'"}),
    ("x.csv", "Report of May\n\nid,name\n1,A\n2,B\n3,C\n", {"skip": 1}),
    ("x.csv", "1,A\n2,B\n", {"header": False, "names": ["column_1", "column_2"]}),
])
def test_dialects(name: str, data: str, told: dict[str, Any]) -> None:
    guess = CsvSpec.guess(name, data.encode())
    assert guess and {key: value for key, value in guess.settings.items() if key != "schema"} == told
    assert guess.score > 0.5


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04\0\0\0", b'{"a": 1}', b"<a><b/></a>", b"just a text\nof two lines\n",
                                  b"\0" * 100])
def test_what_is_no_table_is_none(data: bytes) -> None:
    guess = CsvSpec.guess("x", data)
    assert guess is None or guess.score < 0.6


@settings(max_examples=150, deadline=None, database=None)
@given(st.binary(max_size=200) | st.text("ab1,;\t\"'\n\r. ", max_size=80).map(str.encode),
       st.sampled_from(["x", "x.csv"]))
def test_any_bytes_have_a_guess_that_can_be_tried(data: bytes, name: str) -> None:
    guess = CsvSpec.guess(name, data)
    if guess:
        CsvSpec.model_validate({key: value for key, value in guess.settings.items() if key != "schema"})


def test_a_guess_reads_every_row() -> None:
    data = b"id;belopp;datum;kod\n1;1 234,50;31.12.2024;007\n2;-3,10;01.01.2025;010\n3;;NULL;\n"
    guess = CsvSpec.guess("x.csv", data)
    assert guess and guess.score >= 0.9
    found = dict(guess.settings)
    compiled = Compiled(columns(SCHEMA.validate_python(found.pop("schema")), Path()))
    batch, = CsvSpec.model_validate(found).build(Env()).parse(BytesContent(data), columns=compiled)
    assert not batch.rejects
    assert [str(value) for value in batch.rows[0].values()] == ["1", "1234.50", "2024-12-31", "007"]
    assert batch.rows[2] == {"id": 3, "belopp": None, "datum": None, "kod": None}

"""What `import suggest` says of a CSV file: only a guess, but one that reads the file."""
from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from haulier.app.importing import suggested
from haulier.core.columns import Compiled
from haulier.core.content import BytesContent
from haulier.core.importing.fetching import Fetched
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
    (["5 pieces"], {"type": "text"}), (["\u22125,50", "+2"], {"type": "decimal", "decimal": ","}),
    (["1.350,50-", "21,00"], {"type": "decimal", "decimal": ",", "thousands": "."}), (["7-"], {"type": "integer"}),
    (["1'234.50", "2"], {"type": "decimal", "decimal": ".", "thousands": "'"}),
    (["1 234.50"], {"type": "decimal", "decimal": ".", "thousands": " "}),
    (["1/31/2024", "12/1/2024"], {"type": "date", "format": "%m/%d/%Y"}),
    (["31/1/24", "01/12/24"], {"type": "date", "format": "%d/%m/%y"}),
    (["27 Feb 2018"], {"type": "date", "format": "%d %b %Y"}), (["1124", "1224"], {"type": "integer"}),
    (["31.01.2024 23:59"], {"type": "datetime", "format": "%d.%m.%Y %H:%M"}),
    (["2024.01.31."], {"type": "date", "format": "%Y.%m.%d."}),
    (["31.1.2024."], {"type": "date", "format": "%d.%m.%Y."}),
    (["2024. 01. 31."], {"type": "date", "format": "%Y. %m. %d."}),
    (["1. 12. 2024", "31. 1. 2024"], {"type": "date", "format": "%d. %m. %Y"}),
    (["31-01-2024 23.59.01"], {"type": "datetime", "format": "%d-%m-%Y %H.%M.%S"}),
    (["1/31/2024 11:59 PM"], {"type": "datetime", "format": "%m/%d/%Y %I:%M %p"}),
    (["1.5", "--"], {"type": "decimal", "nulls": ["--"]}),
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
    ("x.csv", "2024-01-31,A,1,5\n2024-02-01,B,2\n2024-02-02,C,3\n",
     {"header": False, "names": ["column_1", "column_2", "column_3"]}),
    ("x.csv", "day,text,sum\n2024-01-31,A,1.5\n2024-02-01,B,2\nday,text,sum\n", {}),
    # spreadsheets fill up what stands before the table, and behind it
    ("x.csv", "Account,SE12,,\n,,,\nday,text,sum,saldo\n2024-01-31,a,1.5,2\n2024-02-01,b,,3\nTotal,,9,\n", {"skip": 2}),
    # all of these banks do: a mark too many in the header, or in the rows; rows that leave out what is empty
    ("x.csv", "day,sum,\n2024-01-31,1.5,\n2024-02-01,2.5,\n", {"rename_duplicates": True}),
    ("x.csv", "day,sum\n2024-01-31,1.5,\n2024-02-01,2.5,\n", {"ragged": "pad"}),
    ("x.csv", "day,sum\n2024-01-31,1.5,x\n2024-02-01,2.5,y\n", {"names": ["day", "sum", "column_3"]}),
    ("x.csv", "day,sum,a,b\n2024-01-31,1,x\n2024-02-01,2,x\n2024-02-02,3,x,y\n", {"ragged": "pad"}),
    ("x.csv", "sep=;\nid;text\n1;a\n2;b\n", {"delimiter": ";", "skip": 1}),
    ("x.csv", '"id", "text"\n"1", "a, b"\n"2", "c"\n', {"skip_space": True}),
    ("x.csv", 'id,text\n1,"a \\"b\\", c"\n2,"d"\n', {"escape": "\\"}),
    ("x.tsv", 'id\ttext\n1\t"A" is a letter\n2\tb\n3\tc "d" e\n', {"delimiter": "tab", "quote": "none"}),
    ("x.csv", "# of May\nid,text\n1,a\n# and of June\n2,b\n", {"skip": 1, "comment": "#"}),
    ("x.csv", "#,text\n1,a\n2,b\n", {}),
    ("x.csv", "time\n10:30\n11:30\n", {}),
    ("x.csv", "who,what,sum,\nPending,a,1\n2024-01-31,b,2\n2024-01-31,c,3\n",
     {"ragged": "pad", "rename_duplicates": True}),
])
def test_dialects(name: str, data: str, told: dict[str, Any]) -> None:
    guess = CsvSpec.guess(name, data.encode())
    assert guess and {key: value for key, value in guess.settings.items() if key != "schema"} == told
    assert guess.score >= 0.5


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
        SCHEMA.validate_python(guess.settings["schema"])


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


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "cp1252", "cp850"])
def test_encodings_that_are_not_utf_8_are_named(encoding: str) -> None:
    text = "namn;ort\nÅsa;Malmö\nJörgen;Örebro län\n"
    data = text.encode(encoding)
    guess = CsvSpec.guess("x.csv", data)
    assert guess and guess.settings["encoding"] == encoding
    settings = {key: value for key, value in guess.settings.items() if key != "schema"}
    batch, = CsvSpec.model_validate(settings).build(Env()).parse(BytesContent(data))
    assert [row["ort"] for row in batch.rows] == ["Malmö", "Örebro län"]


LETTERS = [
    ("cp1250", "Datum zaúčtování;Částka\n31.1.2024;Žluťoučký kůň\n"), ("cp1250", "Opłata;Kwota\n1;Przelew źdźbło\n"),
    ("iso-8859-2", "Opłata;Kwota\n1;Przelew śćieżka ąę\n"), ("cp1250", "Összeg;Közlemény\n1;Fűtés díja, Kőbánya\n"),
    ("cp1250", "Sumă;Detalii\n1;Plată în Timişoara\n"), ("cp1257", "Gavėjas;Paskirtis\n1;Mokėjimas už sąskaitą\n"),
    ("cp1257", "Saņēmējs;Mērķis\n1;Maksājums\n"), ("cp1257", "Kuupäev;Selgitus\n1;Jõe OÜ, šokolaad\n"),
    ("cp1254", "Tutar;Açıklama\n1;İstanbul Şubesi ödemesi\n"), ("cp1253", "Ημερομηνία;Ποσό\n1;Ενοίκιο Αθήνα\n"),
    ("cp1251", "Дата;Сума\n1;Наем София\n"), ("cp1252", "Ort;Text\n1;Zürich Höhe Genève français già città\n"),
    ("cp1252", "Libellé;Débit\n1 000 €;Prélèvement à l’hôtel ça\n"), ("cp1252", "Ort;Text\n1;Malmö Ålesund Ærø 5 m²\n"),
    ("cp1252", "Data;Descrição\n1;São João Açores, señor ¿qué?\n"), ("cp850", "Ort;Text\n1;Malmö län Västerås\n"),
    ("cp1252", "id;name\n1;english ©\n2;one µ\n")]
"""What the languages of Europe look like, in the encoding that spreadsheets give each."""


@pytest.mark.parametrize(("encoding", "text"), LETTERS)
def test_letters_tell_the_encoding(encoding: str, text: str) -> None:
    guess = CsvSpec.guess("x.csv", text.encode(encoding))
    assert guess and guess.settings["encoding"] == encoding
    assert [one["name"] for one in guess.settings["schema"]] == text.split("\n", maxsplit=1)[0].split(";")


@pytest.mark.parametrize(("encoding", "text"), [("cp1252", "Åsa;Malmö\n"), ("cp1250", "Łódź;Przelew źdźbło\n")])
def test_letters_that_come_late_tell_it_too(encoding: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_bytes(b"name;place\n" + b"Anna;Berlin\n" * 9000 + text.encode(encoding))
    best = suggested(Fetched(path, path.name, path.stat().st_size, ""))[0]
    assert best.guess.settings["encoding"] == encoding


def test_foreign_names_do_not_change_the_encoding() -> None:
    text = "namn;ort\n" + "Åsa Öberg;Malmö\nLars Ängström;Växjö\n" * 20 + "François;Zürich\nJosé;Łódź\n"
    guess = CsvSpec.guess("x.csv", text.encode("cp1252", "replace"))
    assert guess and guess.settings["encoding"] == "cp1252"


def test_a_minus_behind_a_number_is_one() -> None:
    data = b"Belegdatum;Betrag;Menge\n01.02.2024;1.350,50-;2-\n12.12.2024;21.290,00;3\n13.12.2024;290,00;4\n"
    found = dict(CsvSpec.guess("x.csv", data).settings)     # type: ignore[union-attr]
    compiled = Compiled(columns(SCHEMA.validate_python(found.pop("schema")), Path()))
    batch, = CsvSpec.model_validate(found).build(Env()).parse(BytesContent(data), columns=compiled)
    assert [(row["Betrag"], row["Menge"]) for row in batch.rows] == [
        (Decimal("-1350.50"), -2), (Decimal("21290.00"), 3), (Decimal("290.00"), 4)]


def test_a_nul_hides_no_table() -> None:
    guess = CsvSpec.guess("x.csv", b"id,text\n1,a\0b\n2,c\n")
    assert guess and [one["name"] for one in guess.settings["schema"]] == ["id", "text"]


@pytest.mark.parametrize(("data", "told"), [
    # 1,234 is a thousand in a file with commas between values, and where other columns have points
    ('state,all\nA,"1,234"\nB,"12,345"\nC,9\n', {"type": "decimal", "decimal": ".", "thousands": ","}),
    ("price\tall\n1.50\t1,234\n2.25\t2,345\n", {"type": "decimal", "decimal": ".", "thousands": ","}),
    ("price;all\n1,50;1.234\n2,25;2.345\n", {"type": "decimal", "decimal": ",", "thousands": "."}),
    ("rate;all\nx;1,234\ny;2,345\n", {"type": "decimal", "decimal": ","}),
    ("rate;all\nx;1.234\ny;2.345\n", {"type": "decimal"}),
    # days before months, unless the file says otherwise
    ("a,day\n03/31/2024,02/01/2024\n04/01/2024,02/02/2024\n", {"type": "date", "format": "%m/%d/%Y"}),
    ("a,day\nx,02/01/2024\ny,02/02/2024\n", {"type": "date", "format": "%d/%m/%Y"}),
])
def test_columns_say_how_others_are_written(data: str, told: dict[str, Any]) -> None:
    guess = CsvSpec.guess("x.csv", data.encode())
    assert guess
    assert {key: value for key, value in guess.settings["schema"][1].items() if key != "name"} == told


@pytest.mark.parametrize("data", [b"<?xml version='1.0'?><a b='1,2'>\n<c d='1,2'/>\n<c d='3,4'/></a>\n",
                                  b'{"a": 1,\n"b": [1,\n2]}\n', b"[1,\n2,\n3]\n"])
def test_markup_is_no_table(data: bytes) -> None:
    assert CsvSpec.guess("x", data) is None


def test_a_long_first_line_is_no_header() -> None:
    guess = CsvSpec.guess("x.csv", b"a" * 300 + b",b\nc,d\ne,f\n")
    assert guess and guess.settings["header"] is False
    SCHEMA.validate_python(guess.settings["schema"])


def test_a_letter_is_no_table() -> None:
    text = "Dear Sir,\n\nwe have your letter of May, thank you.\nIt is new.\nYours truly\nA and B\nEnclosed: 3\n"
    assert CsvSpec.guess("letter.txt", text.encode()) is None


def test_the_minus_of_typesetters_is_one() -> None:
    data = "dag;belopp;antal\n2024-01-31;\u22121 234,50;\u22122\n2024-02-01;10,00;3\n".encode()
    guess = CsvSpec.guess("x.csv", data)
    assert guess
    found = dict(guess.settings)
    compiled = Compiled(columns(SCHEMA.validate_python(found.pop("schema")), Path()))
    batch, = CsvSpec.model_validate(found).build(Env()).parse(BytesContent(data), columns=compiled)
    assert [(str(row["belopp"]), row["antal"]) for row in batch.rows] == [("-1234.50", -2), ("10.00", 3)]

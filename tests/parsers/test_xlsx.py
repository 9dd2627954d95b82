"""Workbooks, made here."""
from __future__ import annotations

import datetime as dt
import io
import re
import struct
import tracemalloc
import zipfile
import zlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from haulier.core.content import BytesContent, FileContent
from haulier.parsers.xlsx import Xlsx, XlsxSpec
from haulier.ports import Parser
from haulier.settings.spec import Env
from haulier.testing.parsers import ParserSuite, Taken, taken

HEAD = ["id", "amount", "on", "at", "clock", "paid", "text", "long"]
ROW = [1, 0.1 + 0.2, dt.date(2026, 1, 2), dt.datetime(2026, 1, 2, 3, 4, 5), dt.time(1, 2), True, "Åre",
       dt.timedelta(hours=30)]
OUT = {"id": 1, "amount": Decimal("0.3"), "on": dt.date(2026, 1, 2), "at": dt.datetime(2026, 1, 2, 3, 4, 5),
       "clock": dt.time(1, 2), "paid": True, "text": "Åre", "long": "30:00:00"}
XML = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'


def workbook(**sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def repacked(data: bytes, **members: str | bytes) -> bytes:
    """The workbook with other contents of some members; `sheet`: of its first sheet."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, members.get(Path(name).stem.removesuffix("1"), old.read(name)))
    return file.getvalue()


def with_texts(data: bytes, texts: str) -> bytes:
    """The workbook, and texts that cells may refer to."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        types = packed.read("[Content_Types].xml").replace(
            b"</Types>", b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % kind.encode())
        links = packed.read("xl/_rels/workbook.xml.rels").replace(
            b"</Relationships>", b'<Relationship Id="rId99" Target="/xl/sharedStrings.xml" Type="http://schemas.'
            b'openxmlformats.org/officeDocument/2006/relationships/sharedStrings"/></Relationships>')
    file = io.BytesIO(repacked(data, **{"[Content_Types]": types, "workbook.xml": links}))
    with zipfile.ZipFile(file, "a") as packed:
        packed.writestr("xl/sharedStrings.xml",
                        f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{texts}</sst>')
    return file.getvalue()


def shared(data: bytes) -> bytes:
    """The workbook with the texts of its first sheet apart from it, as most programs write them."""
    texts: dict[str, int] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        sheet = re.sub(r't="inlineStr"><is>(.*?)</is></c>',
                       lambda found: f't="s"><v>{texts.setdefault(found[1], len(texts))}</v></c>',
                       packed.read("xl/worksheets/sheet1.xml").decode(), flags=re.DOTALL)
    return with_texts(repacked(data, sheet=sheet), "".join(f"<si>{text}</si>" for text in texts))


GOOD = workbook(One=[HEAD, ROW, [], [None, 19.99], [4111111111111111, -1e22]], Two=[["a"], ["x"]])


class TestXlsx(ParserSuite):
    good = (GOOD, 3)        # long files: making one takes longer than all tests of this folder
    fuzzes = 60

    @pytest.fixture
    def parser(self) -> Parser:
        return XlsxSpec().build(Env())


def read(data: bytes, **settings: Any) -> Taken:
    return taken(XlsxSpec(**settings).build(Env()), data)


def test_values_have_their_types() -> None:
    found = read(GOOD)
    none = dict.fromkeys(HEAD)
    assert found.rows == [OUT, none | {"amount": Decimal("19.99")},
                          none | {"id": 4111111111111111, "amount": Decimal("-1e22")}]
    assert [type(one) for one in found.rows[0].values()] == [type(one) for one in OUT.values()]
    for batch in Xlsx().parse(BytesContent(GOOD)):
        assert batch.lines == [2, 4, 5] and batch.raw(0).startswith("1\t0.3\t2026-01-02")


def test_a_file_of_this_machine_is_not_copied(tmp_path: Path) -> None:
    (path := tmp_path / "x.xlsx").write_bytes(GOOD)
    assert sum(len(batch.rows) for batch in Xlsx(scratch=tmp_path / "none").parse(FileContent(path, "x"))) == 3


@pytest.mark.parametrize("sheet", ["Two", 2])
def test_a_sheet_is_chosen(sheet: str | int) -> None:
    assert read(GOOD, sheet=sheet).rows == [{"a": "x"}]


@pytest.mark.parametrize("sheet", ["Three", 3])
def test_a_sheet_that_is_not_there_is_said(sheet: str | int) -> None:
    assert "it has 'One', 'Two'" in taken(Xlsx(sheet), GOOD).error


def test_the_header_may_be_anywhere_or_nowhere() -> None:
    data = workbook(One=[["Report"], [], [None, "a", None, "b "], [None, 1, None, 2], [None, 3, 4]])
    found = read(data, header=3)
    assert found.rows == [{"a": 1, "b": 2}]
    assert [(one.line, one.faults[0].code, one.faults[0].column, one.raw) for one in found.rejects] == [
        (5, "no_column", "C", "\t3\t4")]
    assert read(data, header=0).rows[1] == {"A": None, "B": "a", "C": None, "D": "b "}
    for header, said in [(2, "no column has a name"), (9, "no row 9"), (1, "")]:
        assert said in taken(Xlsx(header=header), data).error
    assert "two columns are called a" in taken(Xlsx(), workbook(One=[["a", "a"]])).error
    assert "no row 1" in taken(Xlsx(), workbook(One=[])).error


def test_formulas_have_their_value_and_errors_are_faults() -> None:
    cells = ('<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c>'
             '<c r="B1" t="inlineStr"><is><t>b</t></is></c></row>'
             '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="str"><f>"x"</f><v>x</v></c></row>'
             '<row r="3"><c r="A3" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="B3" t="e"><v>#N/A</v></c></row>'
             '<row r="4"><c r="A4"><f>2</f></c><c r="B4"><v>4</v></c></row>')
    found = read(repacked(GOOD, sheet=XML % cells))
    assert found.rows == [{"a": 2, "b": "x"}, {"a": None, "b": 4}]
    [reject] = found.rejects
    assert reject.line == 3 and [(one.code, one.column, one.value) for one in reject.faults] == [
        ("cell_error", "a", "#DIV/0!"), ("cell_error", "b", "#N/A")]


def test_texts_may_be_kept_apart_from_the_sheet() -> None:
    rows = '<row r="1"><c r="A1" t="s"><v>1</v></c></row><row r="2"><c r="A2" t="s"><v>0</v></c></row>'
    data = with_texts(repacked(GOOD, sheet=XML % rows), "<si><r><t>Å</t></r><r><t>re</t></r></si><si><t>city</t></si>")
    assert read(data).rows == [{"city": "Åre"}]


def test_of_merged_cells_the_first_has_the_value() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(One=[["a", "b"], ["x", None], [None, 1]])))
    book["One"].merge_cells("A2:A3")
    book.save(file := io.BytesIO())
    assert read(file.getvalue()).rows == [{"a": "x", "b": None}, {"a": None, "b": 1}]


def test_days_may_be_counted_from_1904() -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904      # type: ignore[attr-defined]
    for row in (["on", "clock"], [dt.date(2026, 1, 2), dt.time(12, 30)]):
        book.active.append(row)
    book.save(file := io.BytesIO())
    assert read(file.getvalue()).rows == [{"on": dt.date(2026, 1, 2), "clock": dt.time(12, 30)}]


def test_formats_say_what_is_a_date() -> None:
    book = openpyxl.Workbook()
    kinds = ['yyyy"-år-"mm', "[h]:mm", '#,##0 "days"', "[Red]0.0", "General", "[$-41D]d mmmm;@"]
    book.active.append([f"c{at}" for at in range(len(kinds))])
    book.active.append([1.5] * len(kinds))
    for at, kind in enumerate(kinds, 1):
        book.active.cell(2, at).number_format = kind
    book.save(file := io.BytesIO())
    number, moment = Decimal("1.5"), dt.datetime(1900, 1, 1, 12)
    assert [*read(file.getvalue()).rows[0].values()] == [moment, "36:00:00", number, number, number, moment]


def test_a_sheet_with_a_chart_has_no_rows() -> None:
    book = openpyxl.load_workbook(io.BytesIO(GOOD))
    book.create_chartsheet("Chart")
    book.save(file := io.BytesIO())
    assert "no row 1" in read(file.getvalue(), sheet="Chart").error


def test_members_may_be_named_with_backslashes() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            info = zipfile.ZipInfo("x")
            info.filename = name.replace("/", "\\")
            new.writestr(info, old.read(name))
    assert read(file.getvalue()).rows[0] == OUT


@pytest.mark.parametrize("cell, value", [
    ('t="str"><v>a_x000D_b</v>', "a\rb"), ('t="str"><v>_xD83D__xDE00__xD83D_</v>', "😀\ufffd"),
    ('t="inlineStr"><is><t> a </t></is>', "a"),
    ('t="inlineStr"><is><t xml:space="preserve"> a </t></is>', " a "), ('t="b"><v>0</v>', False),
    ('t="inlineStr"><is><r><t>a</t></r><rPh sb="0" eb="1"><t>x</t></rPh><r><t>b</t></r></is>', "ab"),
    ('t="d"><v>2026-01-02T03:04:05</v>', dt.datetime(2026, 1, 2, 3, 4, 5)),
    ('t="d"><v>2026-01-02</v>', dt.date(2026, 1, 2)),
    ('t="d"><v>Friday</v>', "Friday"), ("><v>1E3</v>", 1000), ('s="99"><v>-0.5</v>', Decimal("-0.5")),
])
def test_cells_of_all_kinds_are_read(cell: str, value: Any) -> None:
    head = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
    found = read(repacked(GOOD, sheet=XML % f'{head}<row r="2"><c r="A2" {cell}</c></row>'))
    assert found.rows == [{"a": value}] and type(found.rows[0]["a"]) is type(value)


@pytest.mark.parametrize("sheet, said", [
    ('<!DOCTYPE w [<!ENTITY a "b">]>' + XML % "", "DOCTYPE"),
    (XML % '<row r="2"/><row r="1"/>', "row 1 comes behind row 2"),
    (XML % '<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>', "not in order"),
    (XML % '<row r="1"><c r="XFE1"><v>1</v></c></row>', "column 'XFE'"),
    (XML % '<row r="1"><c r="A1" t="s"><v>7</v></c></row>', "refers to text 7"),
    (XML % ('<row r="1"><c r="A1" t="str"><v>' + "a&amp;" * 600_000 + "</v></c></row>"),
     "more than 1048576 characters"),
])
def test_what_no_sheet_has_is_refused(sheet: str, said: str) -> None:
    assert said in read(repacked(GOOD, sheet=sheet), header=0).error


def test_texts_of_a_large_workbook_do_not_stay_in_memory() -> None:
    cells = "".join(f'<row r="{at}"><c r="A{at}" t="inlineStr"><is><t>{at:03000}</t></is></c></row>'
                    for at in range(1, 6_001))
    data = repacked(GOOD, sheet=XML % cells)
    tracemalloc.start()
    found = sum(len(batch.rows) for batch in Xlsx(header=0).parse(BytesContent(data)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == 6_000 and peak < 12 << 20


def test_formulas_without_values_are_no_long_text() -> None:
    cells = "".join(f'<row r="{at}"><c r="A{at}"><f>{at:0500}</f></c></row>' for at in range(1, 3_000))
    rules = f"<c:formula1>{1:0500}</c:formula1>" * 3_000
    sheet = XML % f'{cells}<row r="3000"><c r="A3000"><v>1</v></c></row>'
    found = read(repacked(GOOD, sheet=sheet.replace("</sheetData>", f"</sheetData>{rules}")), header=0)
    assert found.rows == [{"A": 1}] and not found.error


def test_texts_of_cells_may_be_on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("haulier.parsers.workbook_texts._KEPT", 0)
    data = shared(workbook(One=[["a", "b"], ["Å" * 70, "x"], ["", "x"]]))
    assert taken(Xlsx(scratch=tmp_path), data).rows == [{"a": "Å" * 70, "b": "x"}, {"a": None, "b": "x"}]
    with pytest.raises(OSError):
        taken(Xlsx(scratch=tmp_path / "none"), data)


def test_rows_that_reach_far_out_do_not_fill_memory() -> None:
    cells = "".join(f'<row r="{at}"><c r="XFD{at}"><v>1</v></c></row>' for at in range(2, 151))
    data = repacked(GOOD, sheet=XML % f'<row r="1"><c r="A1"><v>7</v></c></row>{cells}')
    tracemalloc.start()
    found = sum(len(batch.numbers) + len(batch.rejects) for batch in Xlsx(header=0).parse(BytesContent(data)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == 150 and peak < 50 << 20


def test_cells_that_do_not_say_where_they_are_are_not_without_end() -> None:
    sheet = XML % f"<row>{'<c><v>1</v></c>' * 16_385}</row>"
    assert "more than 16384 cells" in taken(Xlsx(header=0), repacked(GOOD, sheet=sheet)).error


def test_one_cell_far_out_does_not_make_a_huge_sheet() -> None:
    sheet = XML % '<row r="1"><c r="A1"><v>7</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    found = taken(Xlsx(), repacked(GOOD, sheet=sheet))
    assert len(found.rows) + len(found.rejects) == 1 and found.marks[-1].line == 1_048_577


@pytest.mark.parametrize("cell", [
    '<c r="A99999999"><v>1</v></c>', '<c r="&#88;&#70;&#68;1048576"><v>1</v></c>', "<c><v>1</v></c>",
    "<c r='ZZ1048576'><v>1</v></c>", "<c\n r  =\"ZZ1048576\"><v>1</v></c>"])
def test_cells_in_odd_writing_are_read_or_refused(cell: str) -> None:
    found = taken(Xlsx(), repacked(GOOD, sheet=XML % f'<row r="1"><c r="A1"><v>7</v></c></row><row>{cell}</row>'))
    assert found.error or len(found.rows) + len(found.rejects) == 1


def test_a_row_beyond_the_last_is_refused() -> None:
    sheet = XML % '<row r="1"><c r="A1"><v>7</v></c></row><row r="99999999999"><c r="A99999999999"><v>1</v></c></row>'
    assert taken(Xlsx(), repacked(GOOD, sheet=sheet)).error


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = repacked(GOOD, sheet=XML % (" " * (30 << 20)))
    assert len(bomb) < 100_000
    assert "decompression bomb" in taken(XlsxSpec(max_size="20MiB").build(Env()), bomb).error


@pytest.mark.parametrize("part, text, said", [
    ("sheet", XML % f'<row r="1"><c r="A1"><v>1</v></c>{"<c>" * 300_000}', "more than 64 deep"),
    ("sheet", XML % f"<!--{'x' * (3 << 20)}-->", "comment in xl/worksheets/sheet1.xml has more than"),
    ("sheet", XML % f"<row r='{'1' * (3 << 20)}'/>", "tag or comment"),
    ("sheet", XML % "".join(f"<a{at}/>" for at in range(30_000)), "different names"),
    ("styles", f"<styleSheet><cellXfs>{'<xf/>' * 30_000}</cellXfs></styleSheet>", "more than 20000 sheets, links or"),
    ("styles", "<a>" * 300_000, "styles.xml stand in each other"),
    ("workbook", f"<workbook>{'<sheet/>' * 30_000}</workbook>", "more than 20000 sheets"),
    ("sharedStrings", "<sst>" + "<si>" * 300_000, "sharedStrings.xml stand in each other"),
])
def test_parts_that_would_fill_memory_are_refused(part: str, text: str, said: str,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haulier.parsers.workbook_parts._MOST", 20_000)
    good = shared(GOOD)
    tracemalloc.start()
    found = read(repacked(good, **{part: text}))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert said in found.error and peak < 40 << 20


def test_a_bomb_that_lies_of_its_size_is_refused() -> None:
    bomb = bytearray(repacked(GOOD, sheet=XML % (" " * (30 << 20))))
    with zipfile.ZipFile(io.BytesIO(bytes(bomb))) as packed:
        member = packed.getinfo("xl/worksheets/sheet1.xml")
    at = bomb.rindex(b"xl/worksheets/sheet1.xml") - 46
    assert struct.unpack_from("<I", bomb, at + 24)[0] == member.file_size
    struct.pack_into("<I", bomb, at + 24, 1000)
    struct.pack_into("<I", bomb, at + 16, zlib.crc32((XML % "").encode()))
    assert "larger than it says" in taken(XlsxSpec(max_size="20MiB").build(Env()), bytes(bomb)).error


@pytest.mark.parametrize("data, said", [
    (b"", "no workbook"), (b"PK\3\4", "no workbook"), (GOOD[:-30], "no workbook"), (b"a;b\n1;2\n", "no workbook"),
    (b"\xd0\xcf\x11\xe0" + bytes(600), "old .xls workbook, or is encrypted"),
])
def test_what_is_no_workbook_is_said(data: bytes, said: str) -> None:
    assert said in taken(Xlsx(), data, name="bad.xlsx").error


def test_a_zip_archive_of_something_else_is_said() -> None:
    with zipfile.ZipFile(file := io.BytesIO(), "w") as packed:
        packed.writestr("a.csv", "a;b")
    assert "no workbook" in taken(Xlsx(), file.getvalue()).error
    assert taken(Xlsx(), repacked(GOOD, sheet="<worksheet><sheetData><row><c>")).error


def test_a_hundred_thousand_nested_elements_make_no_rows() -> None:
    found = taken(Xlsx(header=0), repacked(GOOD, sheet=XML % ("<row>" * 100_000)))
    assert not found.rows


@pytest.mark.parametrize("name", ["content.xml", "xl/workbook.bin"])
def test_workbooks_of_other_kinds_are_none(name: str) -> None:
    with zipfile.ZipFile(file := io.BytesIO(), "w") as packed:
        packed.writestr(name, "<office:document-content/>")
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert "no workbook" in taken(Xlsx(), file.getvalue()).error


def test_it_is_guessed() -> None:
    assert XlsxSpec.guess("x", GOOD).score >= 0.9           # type: ignore[union-attr]
    assert XlsxSpec.guess("x.XLSX", GOOD[:100]).score >= 0.9    # type: ignore[union-attr]
    assert "password" in XlsxSpec.guess("x.xlsx", b"\xd0\xcf\x11\xe0").why    # type: ignore[union-attr]
    assert XlsxSpec.guess("x.zip", b"PK\3\4abc") is None and XlsxSpec.guess("x.xlsx", b"a;b") is None


@pytest.mark.parametrize("sheets, told", [
    ({"One": [["id", "sum"], [1, 2.5], [2, 3]]}, {}), ({"One": [[1, 2.5], [2, 3]]}, {"header": 0}),
    ({"One": [["Report of May"], [], ["day", "sum"], [dt.date(2026, 1, 2), 2.5], [dt.date(2026, 1, 3), 3]]},
     {"header": 3}),
    ({"One": [["id", "sum", None, "sum"], [1, 2.5, 4, 3]]}, {"rename_duplicates": True}),
    ({"Cover": [["Read this"]], "All": [["id", "sum"], [1, 2.5]]}, {"sheet": "All"}), ({"One": []}, {}),
])
def test_sheet_and_header_are_guessed(sheets: dict[str, list[list[Any]]], told: dict[str, Any]) -> None:
    guess = XlsxSpec.guess("x.xlsx", data := workbook(**sheets))
    assert guess and guess.settings == told
    assert taken(XlsxSpec(**told).build(Env()), data).error == "" or sheets == {"One": []}


def test_a_blank_in_a_column_without_a_name_is_nothing() -> None:
    assert read(workbook(One=[["a", None], [1, None, " "], [2, " "]])).rows == [{"a": 1}, {"a": 2}]


def test_columns_of_one_name_may_be_numbered() -> None:
    data = workbook(One=[["sum", None, "sum"], [1, 2, 3]])
    assert read(data, rename_duplicates=True).rows == [{"sum": 1, "column_2": 2, "sum_2": 3}]


def test_of_many_sheets_the_first_are_looked_at() -> None:
    table = [["name", "amount"], ["a", 1], ["b", 2]]
    for count, settings in [(19, {"sheet": "Table"}), (20, {})]:
        data = workbook(**{f"No{at}": [["x"]] for at in range(count)}, Table=table)
        assert XlsxSpec.guess("x.xlsx", data).settings == settings     # type: ignore[union-attr]


def test_of_wide_sheets_the_first_columns_are_looked_at() -> None:
    rows = [[f"name {at}" for at in range(200)] + [*range(300)], *[[*range(500)] for _ in range(3)]]
    guess = XlsxSpec.guess("x.xlsx", workbook(One=rows))
    assert guess and guess.settings == {}, "all of one would take minutes"


def test_sheets_that_are_hidden_are_not_guessed() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(Old=[["id"], [1]], New=[["id"], [1]])))
    book["Old"].sheet_state = "hidden"
    book.active = 1
    book.save(file := io.BytesIO())
    assert XlsxSpec.guess("x.xlsx", file.getvalue()).settings == {"sheet": "New"}    # type: ignore[union-attr]

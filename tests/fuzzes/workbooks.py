"""Workbooks that are changed in their parts, and beside openpyxl."""
from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any
from xml.etree import ElementTree

import atheris
import openpyxl

from haulier.parsers.xlsx import Xlsx
from haulier.ports import Parser
from parsers import test_xlsx
from parsers.test_xlsx_values import expected

from . import spoiling
from .seen import Seen, seen

Members = dict[str, bytes]
_CELLS = """
<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><t>c</t></is></c></row>
<row r="2"><c r="A2" s="1"><v>45000.5</v></c><c r="B2" t="s"><v>2</v></c><c r="C2"><f>1+1</f><v>2</v></c></row>
<row r="4"><c r="A4" s="2"><v>1.5</v></c><c r="B4" t="b"><v>1</v></c><c r="C4" t="str"><f>"x"</f><v>x</v></c></row>
<row><c><v>1E3</v></c><c t="e"><v>#N/A</v></c><c t="d"><v>2026-01-02T03:04:05</v></c></row>"""
_TEXTS = """
<si><t>a</t></si><si><r><t>b</t></r><r><rPr><b/></rPr><t xml:space="preserve"> c </t></r></si><si><t>Å</t></si>"""
_STYLES = """
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="2">
<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm"/><numFmt numFmtId="165" formatCode="[h]:mm:ss;@"/></numFmts>
<fonts><font/></fonts><fills><fill><patternFill/></fill></fills><borders><border/></borders>
<cellStyleXfs><xf/></cellStyleXfs>
<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="14"/></cellXfs></styleSheet>"""
_LIKELY = ("sheet1.xml", "sheet1.xml", "sheet1.xml", "sharedStrings.xml", "styles.xml", "workbook.xml",
           "workbook.xml.rels")
_FORMS = {"b": re.compile("[01]"), "d": re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?")}
_LAST_DAY = 2_958_466
_UNSURE = re.compile(rb"mergeCell|_x[0-9A-Fa-f]{4}_")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_INSIDE = {"worksheet": None, "sheetData": "row", "row": "c", "c": "f v is", "f": "", "v": "", "is": "t r", "si": "t r",
           "r": "rPr t", "t": "", "rPr": "b", "b": "", "sst": "si"}
"""What stands in what by the standard; None: all else, too."""


def files() -> Iterator[bytes]:
    """Small ones, with all kinds of cells, as their parts can be seen in them: nothing is compressed."""
    for data in _made():
        assert _theirs(data)[1], "openpyxl does not take it"
        yield data


def _made() -> Iterator[bytes]:
    small = {name: data for name, data in members(test_xlsx.GOOD).items()
             if "theme" not in name and "docProps" not in name}
    yield packed(small)
    for cells in (_CELLS, _CELLS.replace(' t="s"><v>0<', ' t="s" s="0"><v>0<')):
        with_texts = members(test_xlsx.with_texts(packed(small), _TEXTS))
        yield packed(with_texts | {"xl/worksheets/sheet1.xml": (test_xlsx.XML % cells).encode(),
                                   "xl/styles.xml": _STYLES.encode()})


def members(data: bytes) -> Members:
    """What is packed in it."""
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        return {name: old.read(name) for name in old.namelist()[:30]}


def packed(parts: Members, kind: int = zipfile.ZIP_STORED) -> bytes:
    """An archive of them."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as new:
        for name, data in parts.items():
            new.writestr(zipfile.ZipInfo(name), data, kind)
    return file.getvalue()


def spoilt(data: bytes, largest: int, chance: Random) -> bytes:
    """One of its parts is changed, then all are packed again; now and then the archive itself is."""
    try:
        parts = members(data)
    except Exception:
        parts = {}
    if not parts or chance.random() < 0.1:
        return atheris.Mutate(data, largest)
    for _ in range(chance.choice((1, 1, 2))):
        likely = [name for name in parts if name.endswith(_LIKELY[chance.randrange(len(_LIKELY))])]
        name = chance.choice(likely if likely and chance.random() < 0.9 else [*parts])
        match chance.randrange(40):
            case 0:
                del parts[name]
            case 1:
                parts[name.swapcase()] = parts.pop(name)
            case 2:
                parts[name.replace("/", "\\")] = parts.pop(name)
            case 3:
                parts[name] = parts[chance.choice([*parts])]
            case _:
                parts[name] = spoiling.spoilt(parts[name], largest // 2, chance)
    changed = packed(parts, chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))
    return changed if len(changed) <= largest else data


def is_that_of_openpyxl(parser: Parser, data: bytes, found: Seen) -> None:
    """The values of cells, where both take the file and the standard leaves no doubt."""
    name, theirs = _theirs(data)
    ours = seen(Xlsx(name, header=0), data) if name else Seen(error="no sheet")
    if ours.error:
        return
    rejected = {reject.line for reject in ours.rejects}
    for line, row in zip(ours.lines, ours.rows, strict=True):
        mine, values = [*filter(_is_given, row.values())], theirs.get(line, [])
        assert len(mine) == len(values) and all(map(_is_same, mine, values)), f"row {line}: {row} {values}"
    missing = {line for line, row in theirs.items() if any(map(_is_given, row))} - {*ours.lines} - rejected
    assert not missing, f"rows {missing} are not here: {theirs}"


def _is_given(value: Any) -> bool:
    return value is not None and str(value).strip() != ""


def _is_same(mine: Any, value: Any) -> bool:
    """Blanks around pieces of text are kept by one and not by the other, and so are numbers that are to be days."""
    if isinstance(mine, str) and isinstance(value, str) and "".join(mine.split()) == "".join(value.split()):
        return True
    is_beyond = isinstance(mine, int | Decimal) and abs(mine) >= _LAST_DAY
    is_odd = value == "#VALUE!" or mine in ("inf", "-inf", "nan")
    return (type(mine), mine) == (type(value), value) or is_beyond or is_odd


def _theirs(data: bytes) -> tuple[str, dict[int, list[Any]]]:
    """The name of the first sheet, and its rows by their numbers; "" if it cannot be compared."""
    found: dict[int, list[Any]] = {}
    try:
        parts = members(data)
        if not all(map(_is_sure, parts.values())) or _links(parts) not in _usual():
            return "", found
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sheet = openpyxl.load_workbook(io.BytesIO(data), data_only=True).worksheets[0]
        for (line, _), cell in sorted(sheet._cells.items()):
            if _is_given(cell.value):
                found.setdefault(line, []).append(expected(cell.value))
    except Exception:
        return "", {}
    return sheet.title, found


def _links(parts: Members) -> tuple[bytes, bytes]:
    """Where its parts are: one reader follows them where the other knows the usual names."""
    return parts["[Content_Types].xml"], parts["xl/_rels/workbook.xml.rels"]


@cache
def _usual() -> set[tuple[bytes, bytes]]:
    return {_links(members(data)) for data in _made()}


def _is_sure(part: bytes) -> bool:
    """Whether it is no sheet or list of texts, or one without anything that is read in several ways."""
    if _UNSURE.search(part):
        return False
    root = ElementTree.fromstring(part)
    if root.tag == f"{_MAIN}styleSheet":
        return _are_styles(root)
    if root.tag == f"{_MAIN}workbook":
        names = [sheet.get("name", "").lower() for sheet in root.iter(f"{_MAIN}sheet")]
        return len({*names}) == len(names)
    if root.tag in (f"{_MAIN}worksheet", f"{_MAIN}sst"):
        return _is_standard(root)
    return root.tag.rpartition("}")[2] not in _INSIDE


def _are_styles(root: Any) -> bool:
    """Formats first, then styles, and nowhere else."""
    names = [child.tag.removeprefix(_MAIN) for child in root]
    once = len({*names}) == len(names) and "numFmts" not in names[1:]
    formats, styles = root.findall(f"{_MAIN}numFmts/*"), root.findall(f"{_MAIN}cellXfs/*")
    others = root.findall(f"{_MAIN}cellStyleXfs/*")
    return once and all([*root.iter(f"{_MAIN}{name}")] == found
                        for name, found in (("numFmt", formats), ("xf", [*others, *styles])))


def _is_standard(element: Any) -> bool:
    allowed = _INSIDE[element.tag.removeprefix(_MAIN)]
    names = [child.tag.removeprefix(_MAIN) for child in element]
    if allowed is None:
        return all(_is_standard(child) for child in element if child.tag == f"{_MAIN}sheetData")
    if any(re.sub("[A-Z]+", "", cell.get("r", "")) != element.get("r", "") for cell in element.iterfind(f"{_MAIN}c")):
        return False
    form = _FORMS.get(element.get("t", ""))
    if form and not form.fullmatch(element.findtext(f"{_MAIN}v", "")):
        return False
    once = [name for name in names if name in ("f", "v", "is", "t", "rPr")]
    order = allowed.split()
    return (len({*once}) == len(once) and {*names} <= {*order} and names == sorted(names, key=order.index)
            and all(map(_is_standard, element)))

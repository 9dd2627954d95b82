"""XML of any kind, and attacks by it."""
from __future__ import annotations

import dataclasses
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from haulier.core.content import BytesContent
from haulier.model.errors import Malformed
from haulier.parsers import xml_reader
from haulier.parsers.camt import Camt
from haulier.parsers.pain import Pain
from haulier.parsers.xml import Xml, XmlSpec
from haulier.ports import Parser
from haulier.settings import registry
from haulier.settings.spec import Env
from haulier.testing.parsers import ParserSuite, Taken, taken
from parsers.conftest import expected, sample

ORDERS = """<?xml version="1.0" encoding="UTF-8"?>
<s:Orders xmlns:s="urn:shop" xmlns="urn:other">
  <s:Head><s:Order>no row: it is not at that path</s:Order></s:Head>
  <s:Order id="1"><Buyer vat="SE1"><Name>Åsa &amp; söner</Name></Buyer><Line no="1">nail</Line><Line no="2">saw</Line>
    <Note/></s:Order>
  <Order id="2">
    by hand <Buyer><Name><![CDATA[<Bo>]]></Name></Buyer></Order>
</s:Orders>
"""
MIB = 1 << 20


def rows_of(text: str, record: str, **columns: str) -> Taken:
    found = taken(Xml(record, columns), text.encode())
    assert not found.error
    return found


class TestXml(ParserSuite):
    good = (ORDERS.encode(), 2)

    @pytest.fixture
    def parser(self) -> Parser:
        return XmlSpec(record="Orders/Order").build(Env())

    def long(self) -> Iterator[bytes]:
        yield b"<Orders>"
        for at in range(80):
            yield b"".join(b'<Order id="%d"><Name>%s</Name></Order>' % (at * 100 + n, b"x" * 2500) for n in range(100))
        yield b"</Orders>"


def test_all_that_is_in_a_record_is_found_by_its_path() -> None:
    one, two = rows_of(ORDERS, "Orders/Order").rows
    assert one == {"@id": "1", "Buyer/@vat": "SE1", "Buyer/Name": "Åsa & söner", "Line/@no": ["1", "2"],
                   "Line": ["nail", "saw"], "Note": ""}
    assert two == {"@id": "2", "text": "by hand", "Buyer/Name": "<Bo>"}


def test_columns_are_taken_by_their_paths_and_others_are_not_there() -> None:
    found = rows_of(ORDERS, "/Orders/Order", id="@id", buyer="Buyer/Name", vat="Buyer/@vat")
    assert found.rows == [{"id": "1", "buyer": "Åsa & söner", "vat": "SE1"},
                          {"id": "2", "buyer": "<Bo>", "vat": None}]


def test_records_can_be_anywhere() -> None:
    found = rows_of("<a><b><Order>1</Order></b><Order>2<Order>in it</Order></Order></a>", "//Order")
    assert found.rows == [{"text": "1"}, {"Order": "in it", "text": "2"}]


def test_rows_know_their_line_and_their_text() -> None:
    (batch,) = Xml("Orders/Order").parse(BytesContent(ORDERS.encode()))
    assert list(batch.lines) == [4, 6] and list(batch.numbers) == [1, 2]
    assert batch.raw(0).startswith('<s:Order id="1">') and batch.raw(0).endswith("<Note/></s:Order>")
    assert batch.raw(1).endswith("</Order>") and "by hand" in batch.raw(1)


def test_a_row_that_was_put_right_is_read_alone() -> None:
    parser = Xml("Orders/Order", {"id": "@id"})
    assert parser.reread('<s:Order id="7"/>', {}) == {"id": "7"}
    with pytest.raises(Malformed):
        parser.reread("<Order>", {})
    with pytest.raises(Malformed, match="not 2"):
        parser.reread("<a><Order/><Order/></a>", {})


def test_a_file_of_another_kind_is_refused_and_one_without_records_is_noticed() -> None:
    assert "outermost element is 'Invoices'" in taken(Xml("Orders/Order"), b"<Invoices/>").error
    (batch,) = Xml("Orders/Order").parse(BytesContent(b"<Orders/>"))
    assert not batch.rows and [notice.code for notice in batch.notices] == ["no_record"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1",
                                      "windows-1252", "iso-8859-15"])
def test_letters_are_as_the_declaration_says(encoding: str) -> None:
    said = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(encoding, encoding)
    data = f'<?xml version="1.0" encoding="{said}"?><a><r>Åsa</r>\n<r>é</r></a>'.encode(encoding)
    (batch,) = Xml("a/r").parse(BytesContent(data))
    assert [row["text"] for row in batch.rows] == ["Åsa", "é"]
    assert list(batch.lines) == [1, 2] and batch.raw(0) == "<r>Åsa</r>"


@pytest.mark.parametrize("encoding", ["shift_jis", "no-such", "utf-32", "rot13"])
def test_an_encoding_that_cannot_be_read_is_refused(encoding: str) -> None:
    assert taken(Xml("a/r"), b'<?xml version="1.0" encoding="%s"?><a><r>x</r></a>' % encoding.encode()).error


def test_an_error_has_its_line() -> None:
    with pytest.raises(Malformed, match="line 3: this is no XML") as caught:
        list(Xml("a/r").parse(BytesContent(b"<a>\n<r>1</r>\n<r>2</s>\n</a>")))
    assert caught.value.line == 3 and caught.value.offset == 19
    assert "ends too early" in taken(Xml("a/r"), b"<a><r>1</r>").error


def test_files_put_behind_each_other_are_all_read() -> None:
    one = b'<?xml version="1.0"?>\n<a>\n<r>%d</r></a>\n'
    found = taken(Xml("a/r"), one % 1 + one % 2 + b"\xef\xbb\xbf" + one % 3 + b"<a><r>4</r></a>")
    assert [row["text"] for row in found.rows] == ["1", "2", "3", "4"] and not found.error
    (batch,) = Xml("a/r").parse(BytesContent(one % 1 + one % 2))
    assert list(batch.lines) == [3, 6]
    assert len(taken(Xml("a/r"), b"<a><r/></a>" * 2_000).rows) == 2_000


@pytest.mark.parametrize("more", range(12))
def test_end_marks_are_no_text_wherever_a_piece_ends(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_reader, "PIECE", 300)
    data = f"<a><r>{'x' * (280 + more)}</r></a>".encode()
    assert len(taken(Xml("a/r"), data + b"\0\x1a" * 400).rows) == 1
    assert taken(Xml("a/r"), data + b"\0" * 9 + b"x").error
    wide = f"<a><r>{'x' * (136 + more)}</r></a>".encode("utf-16-le")
    assert len(taken(Xml("a/r"), wide).rows) == 1


def test_what_records_there_are_is_guessed() -> None:
    guess = XmlSpec.guess("x.xml", ORDERS.encode())
    assert guess and guess.settings == {"record": "Orders/Order"} and guess.score < 0.9
    assert XmlSpec.guess("x.csv", b"a;b\n1;2\n") is None
    assert registry.parser("xml") is XmlSpec


@pytest.mark.parametrize("data, record", [
    ("<a>\n <b x='1'>\n  <c>1</c>\n </b>\n <b x='2'>\n  <c>2</c>\n </b>\n</a>\n", "a/b"),
    ("<a><b x='1'/>\n<b x='2'/>\n<b x='3'/></a>", "a/b"),
    ("<a><o><id>1</id><l><n>1</n></l><l><n>2</n></l><l><n>3</n></l></o><o><id>2</id><l><n>4</n></l></o></a>", "a/o"),
    ("<a>" + 2 * ("<s><t>" + 50 * "<r><c>1</c></r>" + "</t></s>") + "</a>", "a/s/t/r"),
    ("<a><h><x y='1'/></h><b><c>1</c></b><b><c>2</c></b><b><c>3", "a/b"),
])
def test_the_likeliest_record_is_guessed(data: str, record: str) -> None:
    guess = XmlSpec.guess("x.xml", data.encode())
    assert guess and guess.settings == {"record": record}


# Attacks

BOMB = b"<!DOCTYPE a [<!ENTITY x '" + b"y" * 50_000 + b"'>]><a>" + b"&x;" * 20_000 + b"</a>"
PARAMETER = b"<!DOCTYPE a [<!ENTITY % f SYSTEM 'file:///etc/hostname'><!ENTITY % g '%f;%f;'> %g;]><a/>"
EXTERNAL = b"<!DOCTYPE a PUBLIC '-//X//Y' 'http://127.0.0.1:9/x.dtd'><a/>"
XXE_16 = "<?xml version='1.0' encoding='UTF-16'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><a>&x;</a>"
PARSERS: list[Callable[[], Parser]] = [lambda: Xml("//a"), Camt, Pain]


@pytest.mark.parametrize("make", PARSERS)
@pytest.mark.parametrize("data", [BOMB, PARAMETER, EXTERNAL, XXE_16.encode("utf-16"), b"<!DOCTYPE a><a/>",
                                  *(b"<?xml version='1.0'?>\n<!-- x -->" + data for data in (BOMB, EXTERNAL))])
def test_a_doctype_is_refused_before_anything_is_read(make: Callable[[], Parser], data: bytes) -> None:
    found = taken(make(), data)
    assert "DOCTYPE" in found.error and not found.rows


@pytest.mark.parametrize("name", sorted(name for name in expected("xml_attacks")))
@pytest.mark.parametrize("make", PARSERS)
def test_attacks_that_are_known_are_refused(make: Callable[[], Parser], name: str) -> None:
    assert "DOCTYPE" in taken(make(), sample("xml_attacks", name)).error


@dataclasses.dataclass
class Endless:
    """Content that counts how much of it was asked for."""

    head: bytes
    more: bytes
    size: int = 1 << 30
    read_so_far: int = 0
    name: str = "endless"

    def read(self, start: int = 0) -> Iterator[bytes]:
        yield self.head
        while self.read_so_far < self.size:
            self.read_so_far += len(self.more)
            yield self.more


FULL = b"x" * MIB
CAMT = b"<Document><BkToCstmrStmt><Stmt><Ntry>"


@pytest.mark.parametrize("make", PARSERS)
@pytest.mark.parametrize(("head", "more"), [
    (b"<a><r>", FULL), (b"<a><a><r>", FULL), (b"<a r='", FULL), (b"<!-- ", FULL), (b"<a><![CDATA[", FULL),
    (b"<a><!-- ", b"<" * MIB), (b"<?p ", b"<" * MIB), (b"<", FULL), (CAMT + b"<NtryRef>", FULL),
    (CAMT + b"<Other>", FULL), (b"<a><a>", b"<a>" * 20_000), (CAMT, b"<a>" * 20_000),
    (b"<a>", b"".join(b"<n%d/>" % n for n in range(100_000)))])
def test_what_has_no_end_is_refused_early(make: Callable[[], Parser], head: bytes, more: bytes) -> None:
    content = Endless(head, more)
    with pytest.raises(Malformed):
        list(make().parse(content))
    assert content.read_so_far <= 4 * MIB


def test_a_record_without_end_is_refused_before_it_fills_the_memory() -> None:
    content = Endless(CAMT, b"<NtryRef>1</NtryRef><Chrgs><Amt>1</Amt></Chrgs>" * 20_000, size=100 * MIB)
    tracemalloc.start()
    try:
        with pytest.raises(Malformed, match="one element is larger than 1 MiB"):
            list(registry.parser("camt")(largest_entry=1).build(Env()).parse(content))
        assert tracemalloc.get_traced_memory()[1] < 64 * MIB
    finally:
        tracemalloc.stop()
    assert content.read_so_far <= 4 * MIB


@pytest.mark.parametrize(("make", "head"), [(Camt, CAMT.replace(b"<Ntry>", b"")), (lambda: Xml("a/r"), b"<a>")])
def test_what_is_no_row_is_not_held(make: Callable[[], Parser], head: bytes) -> None:
    more = b"<!-- " + b"x" * 60_000 + b" --><Bal/>"
    content = Endless(head, more, size=40 * MIB)
    tracemalloc.start()
    try:
        with pytest.raises(Malformed, match="too early"):
            for _ in make().parse(content):
                pass
        assert tracemalloc.get_traced_memory()[1] < 20 * MIB
    finally:
        tracemalloc.stop()


def test_texts_between_elements_are_one() -> None:
    assert rows_of(f"<a><r>{'x<b/>' * 20_000}y</r></a>", "a/r").rows[0]["text"] == "x" * 20_000 + "y"


def test_deep_elements_are_refused_and_those_of_real_files_are_not() -> None:
    assert "deep" in taken(Xml("a/r"), b"<a>" * 100_000 + b"</a>" * 100_000).error
    assert "deep" in taken(Camt(), CAMT + b"<a>" * 100_000 + b"</a>" * 100_000).error
    assert not taken(Xml("//r"), b"<a>" * 50 + b"<r>1</r>" + b"</a>" * 50).error


def test_a_short_text_that_is_also_the_name_of_its_element() -> None:
    found = rows_of("<a><r><a>a</a><b>b</b></r><r>r</r></a>", "a/r")
    assert found.rows == [{"a": "a", "b": "b"}, {"text": "r"}]

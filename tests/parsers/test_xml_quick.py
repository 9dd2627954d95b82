"""Records of XML whose shape is known: what comes of them is what expat would have made of them."""
from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from haulier.core.content import BytesContent
from haulier.model.record import Batch
from haulier.parsers import xml_quick, xml_reader
from haulier.parsers.camt import Camt
from haulier.parsers.pain import Pain
from haulier.parsers.xml_paths import Walk
from haulier.parsers.xml_quick import Quick
from haulier.parsers.xml_shapes import Shape
from haulier.ports import Parser
from haulier.testing.iso20022 import Detail, Entry, Head, camt053
from haulier.testing.parsers import Taken, taken

TEXTS = ["A &amp; B", "&#60;Amt&#62;", " blanks ", "two\nlines", "", "  ", "Åsa", "\u00a0x", "a\tb", "]]", ">",
         "\ufffd", "<![CDATA[<Ntry>]]>", "<!-- c -->x", "100.00", "NOTPROVIDED", "-1"]
FAKE = "<Ntry><Amt Ccy=\"EUR\">999999</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>"
BETWEEN = ["\n \n", "\r\n", "\r", f"<!-- </Ntry>{FAKE} -->", f"<![CDATA[ </Ntry>{FAKE}]]>", f"<?x </Ntry>{FAKE}?>",
           f"<![CDATA[{FAKE}]]><!--{FAKE}{FAKE}-->", f"<Other>{FAKE}{FAKE}</Other>"]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_reader, "PIECE", 5_000)


@pytest.fixture
def taken_here(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of records that expat did not see."""
    seen: list[str] = []
    take = Walk.take

    def noted(self: Walk, key: str, *rest: Any) -> None:
        seen.append(key)
        take(self, key, *rest)
    monkeypatch.setattr(Walk, "take", noted)
    return seen


def entry(number: int) -> str:
    amount = Decimal(number) / 4
    details = [Detail(amount, f"E{number}", "RF18539007547034", text=f"Text {number}", payer="Åsa Öst")]
    if number % 5 == 0:
        details = [Detail(amount - 1, f"E{number}"), Detail(Decimal(1), text="rest")]
    data = camt053([Entry(amount, tuple(details), f"B{number}")]).decode()
    return data[data.index("<Ntry>"):data.index("</Ntry>") + 7]


def statement(entries: Iterator[str] | list[str]) -> bytes:
    data = camt053([], Head(opening=Decimal(1000)))
    return data.replace(b"</Stmt>", "\n".join(entries).encode("utf-8", "surrogateescape") + b"</Stmt>")


def both(data: bytes, parser: Parser | None = None) -> tuple[Taken, Taken]:
    """As it is read, and as expat alone reads it."""
    found = taken(parser or Camt(), data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Quick, "parts", lambda self, piece: (piece,))
        return found, taken(parser or Camt(), data)


def odd(rng: random.Random, text: str) -> str:
    """An entry that somebody changed a little."""
    at = rng.choice([at for at, letter in enumerate(text) if letter == ">" and text[at + 1:at + 2] not in ("<", "")])
    end = text.index("<", at)
    match rng.randrange(4):
        case 0:
            return text[:at + 1] + rng.choice(TEXTS) + text[end:]
        case 1:
            return rng.choice(BETWEEN) + text
        case 2:
            return text.replace("EUR", "SEK", 1)
    return text.replace("<AcctSvcrRef>", "<NtryRef>7</NtryRef><AcctSvcrRef>", 1)


@pytest.mark.parametrize("seed", range(6))
def test_rows_are_the_same(seed: int, taken_here: list[str]) -> None:
    rng = random.Random(seed)
    entries = [entry(at) for at in range(40, 80)]
    data = statement([odd(rng, text) if rng.random() < .3 else text for text in rng.choices(entries, k=250)])
    here, expats = both(data)
    assert here == expats
    assert len(here.rows) > 250 and set(taken_here) == {"Ntry"} and len(taken_here) > 50


@pytest.mark.parametrize("broken", ["\x01", "&x;", "<!DOCTYPE a>", "<b>", "</b>", "\uffff", "\udcff", "]]>", "&"])
def test_what_is_no_xml_is_refused_as_ever(broken: str, taken_here: list[str]) -> None:
    entries = [entry(41) for _ in range(60)]
    entries[50] = entries[50].replace("Text", f"Te{broken}xt", 1)
    here, expats = both(statement(entries))
    assert here.error and here.error == expats.error
    assert taken_here


@pytest.mark.parametrize("between", BETWEEN)
def test_entries_in_comments_are_none(between: str, taken_here: list[str]) -> None:
    entries = [entry(41) + between for _ in range(60)]
    here, expats = both(statement(entries))
    assert here == expats and len(here.rows) == 60
    entries = [FAKE] * 160 + [between, FAKE] * 40
    here, expats = both(statement(entries))
    assert here == expats and len(here.rows) == 200
    assert taken_here


def test_what_stands_between_entries_is_of_the_statement(taken_here: list[str]) -> None:
    total = "<TxsSummry><TtlNtries><NbOfNtries>{}</NbOfNtries></TtlNtries></TxsSummry>"
    here, expats = both(statement([total.format(at) + entry(41) for at in range(60)]))
    assert here == expats and [check.said for check in here.checks if check.name == "entries"] == [59]
    assert not taken_here


def test_places_of_rows_are_theirs(taken_here: list[str]) -> None:
    entries = [entry(41).replace("Åsa", "Åsa" + "ö" * (at % 7)) for at in range(80)]
    batches: list[Batch] = list(Camt().parse(BytesContent(statement(entries))))
    (batch,) = batches
    assert [batch.raw(at) for at in range(len(batch.rows))] == entries
    assert len(set(batch.lines)) == 80
    assert taken_here


def test_only_so_many_shapes_are_learnt(monkeypatch: pytest.MonkeyPatch, taken_here: list[str]) -> None:
    made: list[str] = []
    shape = Shape

    def noted(key: str, text: str, *rest: Any) -> Any:
        made.append(text)
        return shape(key, text, *rest)
    monkeypatch.setattr(xml_quick, "Shape", noted)
    entries = [entry(41).replace("<Amt", f"<More{at % 30}/><Amt", 1) for at in range(200)]
    here, expats = both(statement(entries))
    assert here == expats and len(here.rows) == 200
    assert len(made) == 8 and taken_here


def test_it_is_given_up_where_each_record_has_a_shape_of_its_own(taken_here: list[str]) -> None:
    entries = [entry(41).replace("<Amt", f"<More{at}/><Amt", 1) for at in range(240)]
    here, expats = both(statement([*entries, *[entry(41)] * 60]))
    assert here == expats and len(here.rows) == 300
    assert not taken_here


def test_old_expats_get_long_tokens_in_few_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    parts: list[bytes] = []
    parse = xml_reader.Reader._parse

    def noted(self: xml_reader.Reader, piece: bytes, *, last: bool) -> None:
        parts.append(piece)
        parse(self, piece, last=last)
    monkeypatch.setattr(xml_reader.Reader, "_parse", noted)
    data = statement([entry(41), f"<!-- {'</Ntry>' * 10_000} -->", entry(42)])
    assert len(taken(Camt(), data).rows) == 2
    assert len(parts) < len(data) / 5_000 * 10 + 10


def test_orders_too(taken_here: list[str]) -> None:
    transfers = "".join(
        f"<CdtTrfTxInf><PmtId><EndToEndId>E{at}</EndToEndId></PmtId><Amt><InstdAmt Ccy='EUR'>{at}.50</InstdAmt></Amt>"
        f"<Cdtr><Nm>{'Bo &amp; Co' if at % 9 == 0 else 'Bo'}</Nm></Cdtr></CdtTrfTxInf>\n" for at in range(200))
    payment = f"<PmtInf><PmtInfId>P</PmtInfId><PmtMtd>TRF</PmtMtd><Dbtr><Nm>We</Nm></Dbtr>{transfers}</PmtInf>\n"
    data = ("<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.001.001.03'><CstmrCdtTrfInitn><GrpHdr>"
            f"<MsgId>M</MsgId></GrpHdr>{payment * 3}</CstmrCdtTrfInitn></Document>").encode()
    here, expats = both(data, Pain())
    assert here == expats and len(here.rows) == 600, here.error
    assert len(taken_here) > 400


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16"])
def test_other_encodings_are_expats(encoding: str, taken_here: list[str]) -> None:
    text = statement([entry(41) for _ in range(60)]).decode()
    data = text.replace("UTF-8", encoding, 1).encode(encoding)
    assert len(taken(Camt(), data).rows) == 60
    assert not taken_here

"""Good files to begin with."""
from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

from haulier.testing.iso20022 import Detail, Entry, Head, camt053
from parsers import test_pain, test_xml

from . import workbooks

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
FOLDERS = {"nacha": "ach", "lb": "bankgirot_lb", "pain": "camt", "xml": "camt"}


def seeds(name: str) -> Iterator[bytes]:
    """Those of its tests, some that are made for this, and the real ones."""
    for one in vars(importlib.import_module(f"parsers.test_{name}")).values():
        if isinstance(good := getattr(one, "good", None), tuple):
            yield good[0]
    yield from _MADE[name]() if name in _MADE else ()
    folder = SAMPLES / FOLDERS.get(name, name)
    for path in sorted(folder.iterdir()) if folder.exists() else []:
        if path.suffix != ".json":
            yield path.read_bytes()


_MORE = (b"", b"<NtryDtls><TxDtls><RmtInf><Ustrd>x</Ustrd><Ustrd>y</Ustrd></RmtInf></TxDtls></NtryDtls>")


def _reports() -> Iterator[bytes]:
    """Of all messages and of old and new versions; each of their entries is there several times."""
    one = Detail(Decimal("10.00"), "E1", "RF18539007547034", "Invoice 1", "Åsa & Bo", "SE123", fee=Decimal("0.10"))
    details = (one, Detail(Decimal("5.50"), "E2", text="x"))
    for message in ("052", "053", "054"):
        for version in (2, 4, 8):
            entries = [Entry(Decimal(at), (details[at % 2]._replace(amount=Decimal(at)),), f"B{at}")
                       for at in range(1, 8)]
            entries += [Entry(Decimal("15.50"), details, f"C{at}", promised=2) for at in range(4)]
            entries += [Entry(Decimal(-at), (Detail(Decimal(at), returned="AC04"),), f"D{at}", reversal=at % 2 == 0,
                              status="PDNG" if at % 3 == 0 else "BOOK", text="back") for at in range(1, 6)]
            yield camt053(entries, Head(message=message, version=version, number=7, total=(16, Decimal("75.00"))))
            yield camt053(entries[:3] + entries[7:9], Head(message=message, version=version, page=(1, False)))
    plain = b"".join(b"<Ntry><Amt Ccy='EUR'>%d</Amt><CdtDbtInd>CRDT</CdtDbtInd>%s</Ntry>\n" % (at, _MORE[at % 2])
                     for at in range(1, 50))
    yield camt053([]).replace(b"</Stmt>", plain + b"</Stmt>")
    small = camt053([Entry(Decimal(at), (), f"B{at}") for at in range(1, 7)])
    text = small.decode()
    yield text.replace("\n", "\r\n").encode()
    yield small * 2
    yield small + b"\0" * 40
    yield text.replace("UTF-8", "utf8").encode()
    yield text.replace("UTF-8", "utf-16").encode("utf-16")
    yield text.replace("UTF-8", "iso-8859-1").encode("iso-8859-1")
    yield text.replace("<", "<n:").replace("<n:/", "</n:").replace("<n:?", "<?").replace("xmlns=", "xmlns:n=").encode()


def _orders() -> Iterator[bytes]:
    """Orders, collections and what became of them, each several times."""
    text = test_pain.orders().decode()
    several = "".join(test_pain.transfer(at, f"{at}.25", "x&amp;" * (at % 2)) for at in range(1, 30))
    yield text.replace(test_pain.transfer(1, "10.00"), several).encode()
    head, _, rest = test_pain.COLLECTION.partition(b"<DrctDbtTxInf>")
    inside, _, tail = rest.partition(b"</DrctDbtTxInf>")
    yield test_pain.COLLECTION
    yield head + (b"<DrctDbtTxInf>" + inside + b"</DrctDbtTxInf>\n") * 6 + tail
    head, _, rest = test_pain.REPORT.partition(b"<TxInfAndSts>")
    inside, _, tail = rest.partition(b"</TxInfAndSts>")
    yield test_pain.REPORT
    yield head + (b"<TxInfAndSts>" + inside + b"</TxInfAndSts>\n") * 6 + tail
    yield text.replace("><", ">\n  <").encode("utf-16")


def _files() -> Iterator[bytes]:
    """XML of all kinds."""
    yield test_xml.ORDERS.encode()
    yield test_xml.ORDERS.replace("UTF-8", "UTF-16").encode("utf-16")
    yield b"<a><Ntry>1</Ntry><b><Ntry x='1'>2<Ntry>3</Ntry></Ntry></b><Ntry/><Ntry><text>1</text>2</Ntry></a>"
    yield b"<Ntry/>"
    yield b"<?xml version='1.0'?>\n<a>\n<Ntry x='1' n:x='2' xmlns:n='u'><n:c><![CDATA[<]]>&amp;</n:c></Ntry></a>\n" * 2
    yield from _reports()


_MADE: dict[str, Callable[[], Iterator[bytes]]] = {
    "xml": _files, "camt": _reports, "pain": _orders, "xlsx": workbooks.files}

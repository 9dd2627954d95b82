"""What banks send: as Haulier reads it, and as others do; and payments with what they are for."""
from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from haulier.core.content import FileContent
from haulier.core.importing.payments import payments_of
from haulier.core.reconcile.index import Index
from haulier.core.reconcile.proof import Proof
from haulier.core.reconcile.reconciler import Reconciler
from haulier.model.match import OpenItem
from haulier.model.payment import Payment
from haulier.parsers.bgmax import BgMaxSpec
from haulier.parsers.camt import CamtSpec
from haulier.parsers.mt940 import Mt940Spec
from haulier.ports import Parser
from haulier.settings.spec import Env

Work = Callable[[], int]
Timed = Callable[[], tuple[int, float]]
"""Says itself how many seconds counted."""
CAMT = "{urn:iso:std:iso:20022:tech:xsd:camt.053.001.08}"
PATHS = ["/".join(CAMT + name for name in path.split("/")) for path in (
    "CdtDbtInd", "Sts/Cd", "BookgDt/Dt", "AcctSvcrRef", "NtryDtls/TxDtls/Refs/EndToEndId",
    "NtryDtls/TxDtls/RltdPties/Dbtr/Pty/Nm", "NtryDtls/TxDtls/RmtInf/Strd/CdtrRefInf/Ref")]


def counted(parser: Parser, path: Path) -> Work:
    return lambda: sum(len(batch.rows) for batch in parser.parse(FileContent(path, path.name)))


# BgMax

def bgmax(folder: Path) -> Work:
    """All totals are proved first."""
    return counted(BgMaxSpec().build(Env()), folder / "payments.bgm")


def bgmax_lenient(folder: Path) -> Work:
    return counted(BgMaxSpec(strict=False).build(Env()), folder / "payments.bgm")


def bgmax_slices(folder: Path) -> Work:
    """By hand: reference, amount and name of each payment, and no totals."""
    def work() -> int:
        rows: list[dict[str, Any]] = []
        count = 0
        with open(folder / "payments.bgm", encoding="latin-1") as file:
            for line in file:
                if line.startswith("20"):
                    rows = [{"payer": line[2:12], "reference": line[12:37].strip(), "number": line[57:69],
                             "amount": Decimal(int(line[37:55])).scaleb(-2), "channel": line[56]}]
                    count += 1
                elif line.startswith("26") and rows:
                    rows[0]["name"] = line[2:37].rstrip()
        return count
    return work


# Account statements

def camt(folder: Path) -> Work:
    return counted(CamtSpec().build(Env()), folder / "statement.xml")


def camt_etree(folder: Path) -> Work:
    """The standard library: iterparse, and each value looked up."""
    from xml.etree.ElementTree import iterparse

    def work() -> int:
        count = 0
        for _, element in iterparse(folder / "statement.xml"):
            if element.tag == f"{CAMT}Ntry":
                amount = element.find(f"{CAMT}Amt")
                assert amount is not None and Decimal(amount.text or "")
                found = [element.findtext(path) for path in PATHS]
                count += len(found) > 0
                element.clear()
        return count
    return work


def camt_bankstatementparser(folder: Path) -> Work:
    from bankstatementparser import CamtParser
    # It opens no file outside of a home, so it is given the bytes.
    return lambda: sum(1 for _ in CamtParser.from_bytes(
        (folder / "few.xml").read_bytes(), max_bytes=1 << 40).parse_streaming())


def mt940(folder: Path) -> Work:
    return counted(Mt940Spec().build(Env()), folder / "statement.sta")


def mt940_package(folder: Path) -> Work:
    import mt940 as package
    return lambda: len(package.parse(str(folder / "few.sta")).transactions)


# What payments are for

def reconciled(folder: Path) -> Timed:
    """Invoices into an index, then payments matched and proved. Payments come as they are, some thousand at a time:
    what it takes to make them does not count."""
    def work() -> tuple[int, float]:
        begin = time.perf_counter()
        reconciler, proof = Reconciler(Index(items(folder))), Proof()
        took = time.perf_counter() - begin
        for payments in all_payments(folder):
            begin = time.perf_counter()
            proof.all(reconciler.match(payments))
            took += time.perf_counter() - begin
        begin = time.perf_counter()
        reconciler.finish()
        found = proof.report()
        return found["payments"], took + time.perf_counter() - begin
    return work


def reconciled_files(folder: Path) -> Work:
    """The same with all that it takes to read both files."""
    work = reconciled(folder)
    return lambda: work()[0]


def join(folder: Path) -> Timed:
    """A mapping by hand: the reference and the amount are an item's, or they are not."""
    def work() -> tuple[int, float]:
        begin, count, missing = time.perf_counter(), 0, 0
        known = {item.references[0]: item for item in items(folder)}
        took = time.perf_counter() - begin
        for payments in all_payments(folder):
            begin = time.perf_counter()
            for payment in payments:
                item = known.get(payment.reference)
                missing += item is None or item.open != payment.amount
            count += len(payments)
            took += time.perf_counter() - begin
        assert missing * 20 >= count
        return count, took
    return work


def all_payments(folder: Path) -> Iterator[list[Payment]]:
    parser = BgMaxSpec(strict=False).build(Env())
    for batch in parser.parse(FileContent(folder / "payments.bgm", "payments.bgm")):
        yield payments_of(batch.rows)[0]


def items(folder: Path) -> Iterator[OpenItem]:
    with open(folder / "open.csv", encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            if row[0] != "id":
                due = Decimal(row[2])
                yield OpenItem(row[0], (row[1],), due, due, row[3], date.fromisoformat(row[4]))

"""Bank files from Python: payments matched with open items of all kinds, and told."""
from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from haulier.imports import Match, OpenItem, PipelineResult, ReconciliationPipeline, SourceFile
from haulier.imports.parsers.banking import BgMaxParser, BgMaxParserConfig, SEPAParser
from haulier.imports.reconciliation import Allocation, Mode, ReconciliationService, Rules
from haulier.ledger import books
from haulier.library.importing.reconciling import parts
from haulier.model.errors import Invalid, Malformed, Transient, Unavailable
from haulier.testing.banks import Deposit, Paid, bgmax, bgmax_file, check_digit
from haulier.testing.iso20022 import Entry, Head, camt053

REFS = [check_digit(str(10_000 + n)) for n in range(6)]
FILE = bgmax([*(Paid(Decimal(n + 1), ref, name=f"Payer {n}") for n, ref in enumerate(REFS)),
              Paid(Decimal(3), "", texts=["utan nummer"]), Paid(Decimal(5), check_digit("777777"))])
ROWS = [{"id": f"inv{n}", "reference": ref, "due": str(n + 1), "currency": "SEK"} for n, ref in enumerate(REFS)]
SAMPLES = Path(__file__).parents[3] / "shared" / "samples"


class Told:
    """Who is told."""

    def __init__(self) -> None:
        self.matched: list[Match] = []
        self.unmatched: list[Match] = []

    async def on_matched(self, match: Match) -> None:
        self.matched.append(match)

    def on_unmatched(self, match: Match) -> None:
        self.unmatched.append(match)

    def pipeline(self, items: Any = ROWS, **more: Any) -> ReconciliationPipeline:
        return ReconciliationPipeline("bgmax", "tenant_123", self.on_matched, self.on_unmatched, items=items, **more)


@pytest.fixture
def told() -> Told:
    return Told()


def process(pipeline: ReconciliationPipeline, data: bytes = FILE, dry_run: bool = False) -> PipelineResult:
    return asyncio.run(pipeline.process(SourceFile("in.bgm", data), dry_run))


def test_each_payment_is_told_and_every_krona_is_accounted_for(told: Told) -> None:
    result = process(told.pipeline(encoding="latin-1"))
    assert result.success and (result.matched_count, result.unmatched_count, result.total_records) == (6, 2, 8)
    assert result.money["SEK"].total == 29 and result.money["SEK"].matched == 21 and result.money["SEK"].balances
    assert {one.invoice_id: one.payment.amount for one in told.matched} == {f"inv{n}": n + 1 for n in range(6)}
    assert {one.payment.payment_date for one in told.matched} == {date(2025, 3, 14)}
    assert [one.reason for one in told.unmatched] == ["no_reference", "unknown_reference"]
    assert told.matched[0].reason == "" and told.matched[0].payment.reference == REFS[0]


def test_a_dry_run_counts_matches_and_tells_nobody(told: Told, tmp_path: Path) -> None:
    pipeline = told.pipeline(ledger=tmp_path / "ledger.db")
    result = process(pipeline, dry_run=True)
    assert (result.matched_count, result.unmatched_count, result.total_records, result.success) == (6, 2, 8, True)
    assert not told.matched and not told.unmatched and not [*tmp_path.iterdir()]
    process(pipeline)
    again = process(pipeline, bgmax([Paid(Decimal(1), REFS[0], serial=500)]), dry_run=True)
    assert (again.matched_count, again.unmatched_count) == (0, 1), "what came before counts"


def test_a_second_delivery_with_one_more_payment(told: Told, tmp_path: Path) -> None:
    pipeline = told.pipeline(ledger=tmp_path / "ledger.db")
    paid = [Paid(Decimal(1), REFS[0], serial=1), Paid(Decimal(2), REFS[1], serial=2)]
    assert process(pipeline, bgmax(paid[:1])).matched_count == 1
    result = process(pipeline, bgmax(paid))
    assert (result.matched_count, result.duplicate_count, result.total_records) == (1, 1, 2)
    assert [one.invoice_id for one in told.matched] == ["inv0", "inv1"]


def test_who_is_told_may_refuse_or_be_away(told: Told, tmp_path: Path) -> None:
    away = [True]

    def on_matched(match: Match) -> None:
        if match.invoice_id == "inv2":
            raise ValueError("it is closed")
        if match.invoice_id == "inv4" and away:
            raise Unavailable("the API is down")
        told.matched.append(match)

    pipeline = ReconciliationPipeline("bgmax", "t", on_matched, told.on_unmatched, items=ROWS, checkpoint_rows=1,
                                      ledger=tmp_path / "ledger.db")
    failed = process(pipeline)
    assert failed.state == "failed" and "the API is down" in failed.errors[0]
    away.clear()
    result = process(pipeline)
    assert result.state == "done"
    assert [one.invoice_id for one in told.matched] == ["inv0", "inv1", "inv3", "inv4", "inv5"], "each once"
    assert [one.reason for one in told.unmatched] == ["no_reference", "unknown_reference", "suggested"] or [
        one.reason for one in told.unmatched] == ["suggested", "no_reference", "unknown_reference"]
    with closing(books(f"sqlite:///{tmp_path}/ledger.db")) as opened:
        assert "inv2" in [one.allocations[0].item for booking in opened.imports.review()
                          for one in booking.match.candidates], "a person looks at what was refused"


class Asked:
    """An object with async methods."""

    is_live = True

    async def lookup(self, references: Sequence[str]) -> list[dict[str, Any]]:
        return [row for row in ROWS if row["reference"] in references]


async def all_of_them() -> list[dict[str, Any]]:
    return ROWS


def by_reference(references: Sequence[str]) -> list[OpenItem]:
    return [OpenItem(row["id"], (row["reference"],), Decimal(row["due"]), Decimal(row["due"]), "SEK")
            for row in ROWS if row["reference"] in references]


@pytest.mark.parametrize("items", [Asked(), all_of_them, by_reference, lambda: iter(ROWS), tuple(ROWS)])
def test_open_items_of_ones_own(told: Told, items: Any) -> None:
    assert process(told.pipeline(items)).matched_count == 6


@pytest.mark.parametrize("kind", ["csv", "sql", "json"])
def test_open_items_from_elsewhere(told: Told, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [",".join(map(str, row.values())) for row in ROWS]
    (tmp_path / "open.csv").write_text("\n".join(["id,references,due,currency", *lines, ""]))
    with closing(sqlite3.connect(tmp_path / "erp.db")) as erp:
        erp.execute('CREATE TABLE open_items (id TEXT, "references" TEXT, due TEXT, open TEXT, currency TEXT)')
        erp.executemany("INSERT INTO open_items VALUES (?, ?, ?, ?, ?)",
                        [(row["id"], row["reference"], row["due"], row["due"], "SEK") for row in ROWS])
        erp.commit()
    place = {"csv": str(tmp_path / "open.csv"), "sql": f"sqlite:///{tmp_path}/erp.db",
             "json": json.dumps({"type": "csv", "file": str(tmp_path / "open.csv")})}[kind]
    monkeypatch.setenv("HAULIER_ITEMS", place)
    assert process(told.pipeline(None)).matched_count == 6
    assert process(told.pipeline(place)).matched_count == 6


def test_with_no_items_at_all_it_is_said_and_nothing_is_matched(told: Told, caplog: pytest.LogCaptureFixture) -> None:
    result = process(told.pipeline(None))
    assert (result.matched_count, result.unmatched_count) == (0, 8) and "HAULIER_ITEMS" in caplog.text


def test_items_that_are_none(told: Told) -> None:
    async def fails() -> Any:
        raise OSError("no route")

    assert "neither" in process(told.pipeline(7)).errors[0]
    assert "no amount" in process(told.pipeline([{"id": "x", "reference": "1", "currency": "SEK"}])).errors[0]
    failed = process(told.pipeline(fails))
    assert failed.state == "failed" and "OSError: no route" in failed.errors[0]
    with pytest.raises(Transient):
        asyncio.run(ReconciliationService(fails).reconcile_bgmax(FILE))


def test_a_payment_for_two_items_is_two_calls_that_have_its_amount(told: Told) -> None:
    data = bgmax([Paid(Decimal(3), "", extra=[(REFS[0], Decimal(1)), (REFS[1], Decimal(2))])])
    result = process(told.pipeline())
    assert result.success
    told.matched.clear()
    result = process(told.pipeline(), data)
    assert result.matched_count == 1
    assert {one.invoice_id: one.payment.amount for one in told.matched} == {"inv0": 1, "inv1": 2}
    whole = replace(told.matched[0], payment=replace(told.matched[0].payment, amount=Decimal(5)), rest=Decimal(2),
                    allocations=(Allocation("a", Decimal(1)), Allocation("b", Decimal(2))))
    split = parts(whole)
    assert [(one.payment.amount, one.rest, one.invoice_id) for one in split] == [(1, 0, "a"), (4, 2, "b")]
    assert all(one.allocations[0].amount + one.rest == one.payment.amount for one in split)


def test_rules_and_formats(told: Told) -> None:
    data = bgmax([Paid(Decimal("0.5"), REFS[0])])
    assert process(told.pipeline(), data).matched_count == 1
    assert process(told.pipeline(rules=Rules(partial=Mode.SUGGEST)), data).matched_count == 0
    assert told.unmatched[-1].reason and told.unmatched[-1].candidates
    with pytest.raises(Invalid, match="bgmax"):
        ReconciliationPipeline("bgmaxx")
    with pytest.raises(Invalid, match="no format of payments"):
        ReconciliationPipeline("csv")
    bad = FILE.replace(b"00000008", b"00000009", 1)
    refused = process(told.pipeline(), bad[:bad.rindex(b"\r\n70")])
    assert refused.state == "refused" and not refused.success


def test_a_bgmax_file_as_an_object() -> None:
    data = bgmax([Paid(Decimal("100.50"), REFS[0], payer="9912346", name="Åsa", channel="2", serial=7),
                  Paid(Decimal(-20), "kredit", payer="9912346")], Deposit(deposited=date(2026, 5, 4)))
    parser = BgMaxParser(BgMaxParserConfig(encoding="latin-1"))
    for result in (parser.parse(data), parser.parse(data.decode("latin-1"))):
        assert (result.bankgiro_number, result.total_amount, result.total_count, result.file_date) == (
            "9912346", Decimal("80.50"), 2, date(2026, 5, 4))
        first, second = result.payments
        assert (first.amount, first.reference, first.sender_account, first.sender_name, first.line_number) == (
            Decimal("100.50"), REFS[0], "9912346", "Åsa", 3)
        assert (first.payment_channel, first.serial_number, first.payment_date) == (
            "supplier payments (LB)", "000000000007", date(2026, 5, 4))
        assert second.amount == -20
    with pytest.raises(Malformed):
        parser.parse(data[:-100])


def test_a_long_bgmax_file_tells_all_its_deposits() -> None:
    result = BgMaxParser().parse(bgmax_file((Deposit(serial=at), [Paid(Decimal(1))] * 300) for at in (1, 2, 3)))
    assert result.total_count == 900
    assert [one["serial"] for one in result.facts["deposits"]] == ["00001", "00002", "00003"]


CAMT = """<?xml version="1.0" encoding="ISO-8859-1"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.02"><BkToCstmrDbtCdtNtfctn>
<GrpHdr><MsgId>1</MsgId><CreDtTm>2026-05-04T10:00:00</CreDtTm></GrpHdr>
<Ntfctn><Id>1</Id><CreDtTm>2026-05-04T10:00:00</CreDtTm><Acct><Id><IBAN>SE4550000000058398257466</IBAN></Id></Acct>
<Ntry><Amt Ccy="EUR">12.30</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-05-04</Dt></BookgDt>
<AcctSvcrRef>bank1</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>e2e-1</EndToEndId></Refs>
<RltdPties><Dbtr><Nm>Bj\u00f6rn</Nm></Dbtr><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct></RltdPties>
<RmtInf><Ustrd>faktura inv-77</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry></Ntfctn>
</BkToCstmrDbtCdtNtfctn></Document>"""


def test_an_account_report_as_an_object_and_reconciled(tmp_path: Path) -> None:
    (tmp_path / "in.xml").write_bytes(CAMT.encode("latin-1"))
    for result in (SEPAParser().parse(CAMT), SEPAParser().parse_file(tmp_path / "in.xml")):
        payment, = result.payments
        assert (payment.amount, payment.currency, payment.sender_name, payment.iban, payment.end_to_end_id) == (
            Decimal("12.30"), "EUR", "Björn", "DE89370400440532013000", "e2e-1")
        assert (result.account, result.total_amount, result.total_count) == (
            "SE4550000000058398257466", Decimal("12.30"), 1)
        assert payment.payment_date == date(2026, 5, 4) and "inv-77" in payment.remittance_information
    items = [{"id": "77", "reference": "inv-77", "due": "12.30", "currency": "EUR"}]
    found = asyncio.run(ReconciliationService(items).reconcile_sepa(CAMT.encode("latin-1"), "tenant", "batch"))
    assert (found.matched_count, found.matched[0].invoice_id, found.tenant_id, found.import_batch_id) == (
        1, "77", "tenant", "batch")


def test_strict_balances_are_proved_before_anybody_is_told(told: Told) -> None:
    entries = [Entry(Decimal(1), text=str(n)) for n in range(1100)]     # more than a batch
    data = camt053(entries, Head(closing=Decimal(1)))
    strict = ReconciliationPipeline("camt", "tenant_123", told.on_matched, told.on_unmatched, items=ROWS,
                                    config={"type": "camt", "strict_balances": True})
    assert not process(strict, data).success and not told.unmatched


def test_the_service_says_what_is_wrong_with_a_file() -> None:
    service = ReconciliationService(ROWS)
    result = asyncio.run(service.reconcile_bgmax(FILE.decode("latin-1"), tenant_id="t"))
    assert (result.matched_count, result.unmatched_count, result.total_payments) == (6, 2, 8)
    assert (result.matched_amount, result.unmatched_amount) == (21, 8) and not result.errors
    bad = asyncio.run(service.reconcile_bgmax("nonsense"))
    assert bad.total_payments == 0 and "not BgMax" in bad.errors[0]


def test_a_file_of_a_bank() -> None:
    found = sorted(SAMPLES.rglob("*.bgm*")) + sorted(SAMPLES.rglob("BgMaxfil*.txt")) if SAMPLES.is_dir() else []
    if not found:
        pytest.skip("no sample files")
    for path in found[:3]:
        try:
            result = BgMaxParser(BgMaxParserConfig(test=True)).parse_file(path)
        except Malformed:
            continue
        assert result.total_count == len(result.payments)
        assert result.total_amount == sum(one.amount for one in result.payments)

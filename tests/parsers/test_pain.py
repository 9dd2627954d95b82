"""Payment orders and what became of them."""
from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal as D

import pytest

from haulier.core.content import BytesContent
from haulier.model.errors import Malformed
from haulier.model.record import Batch
from haulier.parsers import xml_reader
from haulier.parsers.pain import Pain, PainSpec
from haulier.ports import Parser
from haulier.settings import registry
from haulier.settings.spec import Env
from haulier.testing.parsers import ParserSuite, taken
from parsers.conftest import expected, sample

SPACE = "urn:iso:std:iso:20022:tech:xsd:pain"


def transfer(number: int, amount: str, text: str = "x") -> str:
    return (f"<CdtTrfTxInf><PmtId><EndToEndId>E{number}</EndToEndId></PmtId>"
            f"<Amt><InstdAmt Ccy='EUR'>{amount}</InstdAmt></Amt><Cdtr><Nm>Shop {number}</Nm></Cdtr>"
            f"<CdtrAcct><Id><IBAN>SE{number}</IBAN></Id></CdtrAcct>"
            f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></CdtTrfTxInf>\n")


def orders(count: str = "2", total: str = "30.50") -> bytes:
    return (f"<Document xmlns='{SPACE}.001.001.09'><CstmrCdtTrfInitn><GrpHdr><MsgId>M</MsgId><NbOfTxs>2</NbOfTxs>"
            f"<CtrlSum>{total}</CtrlSum></GrpHdr>\n<PmtInf><PmtInfId>P</PmtInfId><NbOfTxs>{count}</NbOfTxs>"
            f"<ReqdExctnDt><Dt>2026-03-02</Dt></ReqdExctnDt><DbtrAcct><Id><IBAN>US</IBAN></Id></DbtrAcct>\n"
            f"{transfer(1, '10.00')}{transfer(2, '20.50')}</PmtInf></CstmrCdtTrfInitn></Document>").encode()


COLLECTION = f"""<Document xmlns='{SPACE}.008.001.02'><CstmrDrctDbtInitn>
<GrpHdr><MsgId>M</MsgId><NbOfTxs>1</NbOfTxs></GrpHdr>
<PmtInf><PmtInfId>P</PmtInfId><ReqdColltnDt>2026-03-02</ReqdColltnDt><CdtrAcct><Id><IBAN>US</IBAN></Id></CdtrAcct>
<DrctDbtTxInf><PmtId><EndToEndId>E1</EndToEndId></PmtId><InstdAmt Ccy="EUR">9.99</InstdAmt>
<DrctDbtTx><MndtRltdInf><MndtId>MAN
</MndtId></MndtRltdInf></DrctDbtTx><Dbtr><Nm>Bo</Nm></Dbtr></DrctDbtTxInf></PmtInf></CstmrDrctDbtInitn></Document>""".encode()
REPORT = f"""<Document xmlns='{SPACE}.002.001.10'><CstmrPmtStsRpt><GrpHdr><MsgId>R</MsgId></GrpHdr><OrgnlGrpInfAndSts>
<OrgnlMsgId>M</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>P</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>E1</OrgnlEndToEndId><TxSts>RJCT</TxSts>
<StsRsnInf><Rsn><Cd>AC01</Cd></Rsn><AddtlInf>no such account</AddtlInf></StsRsnInf>
<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">10.00
</InstdAmt></Amt><Cdtr><Pty><Nm>Shop 1</Nm></Pty></Cdtr></OrgnlTxRef></TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt>
</Document>""".encode()


def read(data: bytes) -> Batch:
    (batch,) = Pain().parse(BytesContent(data))
    return batch


class TestPain(ParserSuite):
    good = (orders(), 2)
    fuzzes = 60

    @pytest.fixture
    def parser(self) -> Parser:
        return PainSpec().build(Env())

    def long(self) -> Iterator[bytes]:
        yield orders()[:orders().index(b"<CdtTrfTxInf>")]
        for _ in range(100):
            yield "".join(transfer(n, "1.00", "x" * 6000) for n in range(35)).encode()
        yield orders()[orders().index(b"</PmtInf>"):]


def test_orders_are_money_that_has_not_moved() -> None:
    batch = read(orders())
    one, two = batch.rows
    assert (one["amount"], one["currency"], one["kind"], one["status"], one["nature"]) == (
        D("-10.00"), "EUR", "detail", "pending", "order")
    assert (one["account"], one["payer_name"], one["payer_account"]) == ("US", "Shop 1", "SE1")
    assert str(one["valued"]) == "2026-03-02" and one["batch"] == "P" and one["reference"] == "E1"
    assert two["identity"] and two["identity"] != one["identity"] and list(batch.lines) == [3, 4]
    assert [(check.name, check.said, check.holds) for check in batch.checks] == [
        ("transactions", 2, True), ("transactions", 2, True), ("control sum", D("30.50"), True)]
    assert not PainSpec.money


def test_collections_come_in() -> None:
    (row,) = read(COLLECTION).rows
    assert (row["amount"], row["payer_name"], row["account"]) == (D("9.99"), "Bo", "US")
    assert row["references"] == [["end_to_end", "E1", None], ["mandate", "MAN", None], ["batch", "P", None]]


def test_totals_are_told_or_must_hold_on_both_levels() -> None:
    batch = read(orders(count="3", total="30.51"))
    assert [(check.where, check.said, check.found) for check in batch.checks if not check.holds] == [
        ("batch P", 3, 2), ("message M", D("30.51"), D("30.50"))]
    for bad in (orders(count="3"), orders(total="30.51")):
        with pytest.raises(Malformed, match="it comes to"):
            list(PainSpec(strict_totals=True).build(Env()).checks(BytesContent(bad)))


def test_a_status_is_a_row_of_its_level() -> None:
    batch = read(REPORT)
    assert [(row["level"], row["status_code"], row["reason"], row["amount"]) for row in batch.rows] == [
        ("message", "PART", "", None), ("payment", "RJCT", "AC01", D("10.00"))]
    row = batch.rows[1]
    assert (row["text"], row["message"], row["end_to_end"], row["payer_name"]) == (
        "no such account", "M", "E1", "Shop 1")


def test_a_row_has_its_text_though_others_stand_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_reader, "PIECE", 300)
    batch = read(REPORT.replace(b"<TxInfAndSts>", b"<PmtInfSts>RJCT</PmtInfSts>" + b" " * 400 + b"<TxInfAndSts>", 1))
    assert [(batch.rows[at]["level"], batch.raw(at).partition(">")[0]) for at in range(3)] == [
        ("message", "<OrgnlGrpInfAndSts"), ("payment", "<TxInfAndSts"), ("batch", "<OrgnlPmtInfAndSts")]


def test_a_row_around_more_than_is_kept_has_no_text() -> None:
    more = b"<More/>" * 200_000
    long = REPORT.replace(b"<TxInfAndSts>", more + b"<PmtInfSts>RJCT</PmtInfSts><TxInfAndSts>", 1)
    *_, last = Pain().parse(BytesContent(long.replace(b"</TxInfAndSts>", b"</TxInfAndSts>" + more, 1)))
    assert last.rows[0]["level"] == "batch" and last.raw(0) == ""


def test_an_order_that_is_no_good_is_rejected_alone() -> None:
    batch = read(orders().replace(b"'EUR'>10.00", b"'EUR'>ten"))
    assert [(reject.number, reject.line, reject.faults[0].code) for reject in batch.rejects] == [(1, 3, "amount")]
    assert batch.rejects[0].raw.startswith("<CdtTrfTxInf>") and len(batch.rows) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_texts_of_rejects_are_letters_though_no_encoding_is_declared(encoding: str) -> None:
    batch = read(orders().decode().replace("'EUR'>10.00", "'EUR'>ten").encode(encoding))
    assert batch.rejects[0].raw == transfer(1, "ten").strip() and batch.raw(0) == transfer(2, "20.50").strip()


def test_other_messages_are_refused() -> None:
    assert "unsupported message camt.053.001.02" in taken(
        Pain(), b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'><BkToCstmrStmt/></Document>").error
    guess = PainSpec.guess("x", REPORT)
    assert guess and guess.score > 0.9 and PainSpec.guess("x", b"<a/>") is None
    assert registry.parser("pain") is PainSpec


def test_samples_of_orders() -> None:
    name = "js_example_sepa_pain_001_v3_multiple_pmtinf.xml"
    batch = read(sample("camt", name))
    known = expected("camt")[name]
    assert batch.facts["message"] == known["message"] and batch.facts["namespace"] == known["namespace"]
    assert batch.facts["message_id"] == known["msg_id"] and batch.facts["batches"] == known["payment_infos"]
    assert len(batch.rows) == known["transactions"]
    assert [row["end_to_end"] for row in batch.rows] == known["end_to_end_ids"]
    assert -sum(row["amount"] for row in batch.rows) == D(known["sum_by_ccy"]["EUR"])
    bad = {check.name: (str(check.said), check.found) for check in batch.checks if not check.holds}
    assert bad == {"transactions": (known["nb_of_txs"], 2), "control sum": (known["ctrl_sum"], D("20.00"))}


def test_samples_of_statuses() -> None:
    name = "js_nordea_pain_002_v3_txn_reject.xml"
    batch = read(sample("camt", name))
    known = expected("camt")[name]
    assert batch.facts["message_id"] == known["msg_id"]
    assert batch.facts["original_message_id"] == known["orig_msg_id"]
    assert [row["status_code"] for row in batch.rows if row["level"] == "batch"] == known["payment_statuses"]
    assert [[row["end_to_end"], row["status_code"], row["reason"]] for row in batch.rows
            if row["level"] == "payment"] == known["tx_statuses"]
    assert not [row for row in batch.rows if row["level"] == "message"] and known["group_status"] is None


def test_amounts_that_are_to_be_changed_are_amounts() -> None:
    data = orders().replace(b"<InstdAmt Ccy='EUR'>20.50</InstdAmt>",
                            b"<EqvtAmt><Amt Ccy='SEK'>20.50</Amt><CcyOfTrf>EUR</CcyOfTrf></EqvtAmt>")
    batch = read(data)
    assert [(row["amount"], row["currency"]) for row in batch.rows] == [(D("-10.00"), "EUR"), (D("-20.50"), "SEK")]
    settled = REPORT.replace(b"<Amt><InstdAmt", b"<IntrBkSttlmAmt").replace(b"</InstdAmt></Amt>", b"</IntrBkSttlmAmt>")
    assert read(settled).rows[-1]["amount"] == D("10.00")


def test_a_number_is_a_name_too() -> None:
    for name in (b"pain.001.001.02", b"pain.001.001.09"):
        assert read(orders().replace(b"CstmrCdtTrfInitn", name)).rows == read(orders()).rows


@pytest.mark.parametrize("kind", [b"<OrgnlMsgNmId>PAIN.008.001.02</OrgnlMsgNmId>", b""])
def test_a_status_of_a_collection_is_of_who_owes(kind: bytes) -> None:
    data = REPORT.replace(b"<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>", kind).replace(
        b"</OrgnlTxRef>", b"<MndtRltdInf><DrctDbtMndt><MndtId>MAN</MndtId></DrctDbtMndt></MndtRltdInf>"
                          b"<Dbtr><Pty><Nm>Bo</Nm></Pty></Dbtr></OrgnlTxRef>")
    assert read(data).rows[-1]["payer_name"] == "Bo"

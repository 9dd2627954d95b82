"""Account reports that are made for what they show."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal as D

import pytest

from haulier.core.content import BytesContent
from haulier.model.errors import Malformed
from haulier.model.payment import Kind, Payment, RefKind
from haulier.model.record import Batch, Row
from haulier.parsers.camt import Camt, CamtSpec
from haulier.ports import Parser
from haulier.settings import registry
from haulier.settings.spec import Env
from haulier.testing.iso20022 import Detail, Entry, Head, camt053, streamed
from haulier.testing.parsers import ParserSuite, taken

HEAD = Head()
ENTRIES = [
    Entry(D("12.50"), (Detail(D("12.50"), "E2E-1", "RF18539007547034", "Invoice 1", "Åsa & Bo", "SE123"),), "B1"),
    Entry(D("30.00"), (Detail(D("10.00"), "E2E-2"), Detail(D("20.00"), "E2E-3", text="two")), "B2", promised=2),
    Entry(D("-7.25"), (Detail(D("7.25"), returned="AC04", payer="Cy"),), "B3"),
]


def read(data: bytes, **settings: object) -> Batch:
    """All of a small file."""
    (batch,) = CamtSpec.model_validate(settings).build(Env()).parse(BytesContent(data))
    return batch


def rows_of(*entries: Entry, head: Head = HEAD, **settings: object) -> list[Row]:
    batch = read(camt053(entries, head), **settings)
    assert not batch.rejects
    return batch.rows


class TestCamt(ParserSuite):
    good = (camt053(ENTRIES), 4)
    fuzzes = 80

    @pytest.fixture
    def parser(self) -> Parser:
        return Camt()

    def long(self) -> Iterator[bytes]:
        yield from streamed((Entry(D(n), (Detail(D(n), f"E{n}", text="x" * 6000),), f"B{n}") for n in range(1, 3000)),
                            HEAD)


    def test_many_small_entries_are_no_large_one(self) -> None:
        entries = (Entry(D(n), (Detail(D(n), text="x" * 500),), f"B{n}") for n in range(1, 4000))
        parser = CamtSpec(largest_entry=1).build(Env())
        data = b"".join(streamed(entries, HEAD))
        assert len(data) > 3 << 20 and len(taken(parser, data).rows) == 3999


class TestCamtOf2009(ParserSuite):
    good = (camt053(ENTRIES, Head(version=2, message="052")).replace(b"<", b"<ns2:").replace(b"<ns2:/", b"</ns2:")
            .replace(b"<ns2:?", b"<?").replace(b"xmlns=", b"xmlns:ns2="), 4)
    fuzzes = 30

    @pytest.fixture
    def parser(self) -> Parser:
        return Camt()


def test_a_row_has_all_that_a_payment_has() -> None:
    row = rows_of(*ENTRIES)[0]
    payment = Payment.of(row)
    assert (payment.amount, payment.currency, payment.kind) == (D("12.50"), "EUR", Kind.PAYMENT)
    assert (payment.payer_name, payment.payer_account) == ("Åsa & Bo", "SE123")
    assert payment.references[:2] == ((RefKind.RF, "RF18539007547034", None), (RefKind.END_TO_END, "E2E-1", None))
    assert payment.reference == "RF18539007547034" and payment.text == "Invoice 1"
    assert payment.account == HEAD.account and str(payment.booked) == "2026-03-02" and payment.line == 10
    assert payment.bank_reference == "B1" and payment.format == "camt.053"
    assert payment.more["code"] == "PMNT-RCDT-ESCT" and payment.more["entry"] == 1


def test_batches_are_their_transactions_and_returns_have_their_reason() -> None:
    rows = rows_of(*ENTRIES)
    assert [(row["amount"], row["kind"], row["end_to_end"], row["reason"]) for row in rows[1:]] == [
        (D("10.00"), "payment", "E2E-2", ""), (D("20.00"), "payment", "E2E-3", ""),
        (D("-7.25"), "return", "NOTPROVIDED", "AC04")]
    assert rows[3]["payer_name"] == "Cy"
    assert rows[3]["references"] == [["bank", "B3", None]], "NOTPROVIDED is no reference"


@pytest.mark.parametrize("version", range(1, 15))
@pytest.mark.parametrize("message", ["052", "053", "054"])
def test_all_versions_are_read_alike(version: int, message: str) -> None:
    data = camt053(ENTRIES, Head(version=version, message=message))
    if version == 1:
        for root in (b"BkToCstmrStmt", b"BkToCstmrAcctRpt", b"BkToCstmrDbtCdtNtfctn"):
            data = data.replace(root + b">", root + b"V01>")
        data = data.replace(b"<NtryDtls>", b"").replace(b"</NtryDtls>", b"")
    batch = read(data, ledger=True)
    now = rows_of(*ENTRIES)
    assert [row | {"format": ""} for row in batch.rows] == [row | {"format": ""} for row in now]
    assert batch.facts["namespace"].endswith(f"camt.{message}.001.{version:02}")
    assert all(check.holds for check in batch.checks) and batch.checks


@pytest.mark.parametrize("message", ["052", "054"])
def test_reports_of_money_that_is_elsewhere_are_details(message: str) -> None:
    rows = rows_of(*ENTRIES, head=Head(message=message))
    assert {row["kind"] for row in rows} == {"detail"}
    assert [row["nature"] for row in rows] == ["payment", "payment", "payment", "return"]
    ledger = rows_of(*ENTRIES, head=Head(message=message), ledger=True)
    assert [row["kind"] for row in ledger] == ["payment", "payment", "payment", "return"]
    assert not {row["identity"] for row in rows} & {row["identity"] for row in ledger}
    assert [row["identity"] for row in ledger] == [row["identity"] for row in rows_of(*ENTRIES)]


def test_envelopes_and_prefixes_do_not_matter() -> None:
    plain = camt053(ENTRIES)
    body = plain[plain.index(b"<Document"):]
    wrapped = (b'<BizMsgEnvlp xmlns="urn:env"><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><Fr/>'
               b'<MsgDefIdr>camt.053.001.08</MsgDefIdr></AppHdr>' + body + b"</BizMsgEnvlp>")
    batch = read(wrapped)
    assert [row | {"line": 0} for row in batch.rows] == [row | {"line": 0} for row in rows_of(*ENTRIES)]
    assert batch.facts["namespace"].endswith("camt.053.001.08")
    bare = plain.replace(b' xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"', b"")
    assert read(bare).rows == rows_of(*ENTRIES)
    assert len(read(plain * 3).rows) == 12, "files put behind each other"


def test_what_details_lack_is_one_more_row() -> None:
    fee = Detail(D("100.00"), "A", fee=D("2.00"))
    rows = rows_of(Entry(D("98.00"), (fee,), "B1"))
    assert [(row["amount"], row["kind"]) for row in rows] == [(D("100.00"), "payment"), (D("-2.00"), "difference")]
    assert rows[0]["charges"] == D("2.00") and rows[0]["identity"] != rows[1]["identity"]
    rows = rows_of(Entry(D("50.00"), (Detail(D("20.00"), "A"), Detail(None, "B"), Detail(None, "C")), "B1"))
    assert [(row["amount"], row["kind"]) for row in rows] == [(D("20.00"), "payment"), (D("30.00"), "difference")]
    assert [text for kind, text, _ in rows[1]["references"] if kind == "end_to_end"] == ["B", "C"]


def test_details_without_amounts_are_one_payment_with_all_references() -> None:
    (row,) = rows_of(Entry(D("50.00"), (Detail(None, "A"), Detail(None, "B"))))
    assert row["amount"] == D("50.00") and [text for _, text, _ in row["references"]] == ["A", "B"]


def test_a_batch_whose_details_are_elsewhere_is_a_batch() -> None:
    (row,) = rows_of(Entry(D("50.00"), promised=20, bank_reference="B1"))
    assert (row["kind"], row["amount"], row["identity"].endswith("|B1|")) == ("batch", D("50.00"), True)


def test_money_of_payments_that_are_not_listed_is_noticed() -> None:
    """It is matched with nothing: nobody would ask for them."""
    entries = [Entry(D("50.00"), promised=20), Entry(D("1.00")), Entry(D("9.00"), promised=2, status="PDNG")]
    notice, pending = read(camt053(entries)).notices
    assert (notice.code, pending.code) == ("batch", "batch") and notice.line
    assert notice.text.startswith("an entry of 50.00 EUR is of 20 payments that are not listed")
    assert not read(camt053(entries, Head("054"))).notices


def test_a_batch_that_is_booked_as_one_has_the_number_of_our_order() -> None:
    batch = b"<NtryDtls><Btch><MsgId>M9</MsgId><PmtInfId>P9</PmtInfId></Btch></NtryDtls></Ntry>"
    row = taken(Camt(), camt053([Entry(D("-9.25"))]).replace(b"</Ntry>", batch)).rows[0]
    assert (row["kind"], row["batch"], row["references"]) == ("payment", "P9", [["batch", "P9", None]])


def test_what_is_odd_is_counted_however_often() -> None:
    data = camt053([Entry(D("9.25"), status="WHAT")] * 30)
    assert [notice.code for batch in Camt().parse(BytesContent(data)) for notice in batch.notices] == [
        "unknown_status"] * 30


def test_pending_entries_are_not_booked_and_do_not_count() -> None:
    batch = read(camt053([*ENTRIES, Entry(D("99"), bank_reference="B9", status="PDNG"),
                          Entry(D("98"), bank_reference="B8", status="INFO"), Entry(D("1"), status="")]))
    assert [row["status"] for row in batch.rows[4:]] == ["pending", "info", "booked"]
    assert all(check.holds for check in batch.checks)
    booked = rows_of(Entry(D("99"), bank_reference="B9"))[0]
    assert booked["identity"] not in {row["identity"] for row in batch.rows}, "the booking is no second delivery of it"


def test_reversals_count_as_they_stand_unless_the_bank_has_them_the_other_way() -> None:
    entries = [Entry(D("100"), bank_reference="1"), Entry(D("40"), bank_reference="2", reversal=True)]
    assert [row["kind"] for row in rows_of(*entries)] == ["payment", "reversal"]
    data = camt053(entries, replace(HEAD, closing=D("1060.00")))
    (check,) = read(data).checks
    assert (check.said, check.found, check.holds) == (D("1060.00"), D("1140.00"), False)
    assert "reversal_flips_sign" in check.where
    flipped = read(data, reversal_flips_sign=True)
    assert [row["amount"] for row in flipped.rows] == [D("100"), D("-40")]
    assert all(check.holds for check in flipped.checks)


def test_transactions_of_a_reversal_have_its_other_sign() -> None:
    details = tuple(Detail(D(amount), text=amount, more="<CdtDbtInd>CRDT</CdtDbtInd>") for amount in ("25", "14"))
    entry = Entry(D("40"), details, "1", reversal=True)
    assert [row["amount"] for row in rows_of(entry)] == [D(25), D(14), D(1)]
    assert [row["amount"] for row in rows_of(entry, reversal_flips_sign=True)] == [D(-25), D(-14), D(-1)]


def test_a_closing_balance_behind_many_others_counts() -> None:
    data = camt053(ENTRIES, replace(HEAD, closing=D("1035.26")))
    more = b'<Bal><Tp><Cd>ITBD</Cd></Tp><Amt Ccy="EUR">1</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>' * 300
    at = data.index(b"<Bal>", data.index(b"<Bal>") + 1)
    batch = read(data[:at] + more + data[at:])
    assert [(check.said, check.found) for check in batch.checks] == [(D("1035.26"), D("1035.25"))]


def test_balances_are_told_or_must_hold() -> None:
    data = camt053(ENTRIES, replace(HEAD, closing=D("1035.26"), total=(4, D("35.25"))))
    batch = read(data)
    assert [(check.name, check.said, check.found, check.holds) for check in batch.checks] == [
        ("closing balance", D("1035.26"), D("1035.25"), False), ("entries", D(4), D(3), False),
        ("net of entries", D("35.25"), D("35.25"), True)]
    assert len(batch.rows) == 4 and batch.checks[0].line == 9 and "EUR" in batch.checks[0].where
    strict = CamtSpec(strict_balances=True).build(Env())
    with pytest.raises(Malformed, match=r"closing balance .* says 1035.26, it comes to 1035.25"):
        list(strict.checks(BytesContent(data)))
    assert all(check.holds for check in strict.checks(BytesContent(camt053(ENTRIES))))  # type: ignore[union-attr]


def test_pages_are_proved_together_and_gaps_are_noticed() -> None:
    first = replace(HEAD, page=(1, False), closing=None)
    one = b"".join(streamed(ENTRIES[:2], first))
    two = b"".join(streamed(ENTRIES[2:], replace(HEAD, page=(2, True), opening=None), D("1035.25")))
    batch = read(one + two)
    assert [(check.name, check.holds) for check in batch.checks] == [("closing balance", True)]
    alone = read(two)
    assert not alone.checks and [notice.code for notice in alone.notices] == ["paged"]
    gap = camt053(ENTRIES, replace(HEAD, number=4)) + camt053([], replace(HEAD, number=6, opening=D("1035.25")))
    assert [notice.code for notice in read(gap).notices] == ["sequence_gap"]
    opens = camt053(ENTRIES, replace(HEAD, number=4)) + camt053([], replace(HEAD, number=5))
    assert [notice.code for notice in read(opens).notices] == ["opening_differs"]


@pytest.mark.parametrize(("old", "new", "code"), [
    (b'"EUR">12.50', b'"EUR">12,50', "amount"), (b'"EUR">12.50', b'"EUR">NaN', "amount"),
    (b'"EUR">12.50', b'"EUR">1e9', "amount"), (b'"EUR">12.50', b'"euro">12.50', "currency"),
    (b"<CdtDbtInd>CRDT</CdtDbtInd><Sts>", b"<Sts>", "side"),
    (b"<BookgDt><Dt>2026-03-02", b"<BookgDt><Dt>2026-02-30", "date"),
    (b'"EUR">12.50', b'"EUR">' + "１２".encode(), "amount")])
def test_an_entry_that_is_no_good_is_rejected_alone(old: bytes, new: bytes, code: str) -> None:
    batch = read(camt053(ENTRIES).replace(old, new, 1))
    assert [(reject.number, reject.line, reject.faults[0].code) for reject in batch.rejects] == [(1, 10, code)]
    assert batch.rejects[0].raw.startswith("<Ntry>") and batch.rejects[0].raw.endswith("</Ntry>")
    assert list(batch.numbers) == [2, 3, 4] and list(batch.lines) == [13, 13, 17]


def test_zero_negative_and_padded_amounts_are_taken() -> None:
    data = camt053([Entry(D("0"), bank_reference="1"), Entry(D("5"), bank_reference="2")], replace(HEAD, closing=None))
    rows = read(data.replace(b'"EUR">5<', b'"EUR">000000000000149.87123<')).rows
    assert [row["amount"] for row in rows] == [D("0"), D("149.87123")]
    assert read(data.replace(b'"EUR">5<', b'"EUR">-5<')).rows[1]["amount"] == D("-5")


def test_equal_payments_of_a_day_stay_two_and_a_second_delivery_is_the_same() -> None:
    same = Entry(D("5"), (Detail(D("5"), "E2E"),))
    one, two = rows_of(same, same)
    assert one["identity"] and two["identity"] and one["identity"] != two["identity"]
    assert [row["identity"] for row in rows_of(same, same, *ENTRIES)[:2]] == [one["identity"], two["identity"]]
    assert rows_of(Entry(D("5")))[0]["identity"] == "", "nothing that would tell it apart"


def test_what_the_payer_splits_it_into_is_kept() -> None:
    strd = ("<RmtInf><Strd><RfrdDocInf><Nb>INV-1</Nb></RfrdDocInf><RfrdDocAmt><RmtdAmt Ccy='EUR'>70.00</RmtdAmt>"
            "</RfrdDocAmt></Strd><Strd><RfrdDocInf><Nb>CN-2</Nb></RfrdDocInf><RfrdDocAmt><CdtNoteAmt Ccy='EUR'>20.00"
            "</CdtNoteAmt></RfrdDocAmt></Strd><Strd><CdtrRefInf><Tp><CdOrPrtry><Prtry>QRR</Prtry></CdOrPrtry></Tp>"
            "<Ref>210000000003139471430009017</Ref></CdtrRefInf></Strd></RmtInf>")
    (row,) = rows_of(Entry(D("50"), (Detail(D("50"), more=strd),)))
    assert row["references"] == [["invoice", "INV-1", "70.00"], ["invoice", "CN-2", "-20.00"],
                                 ["qrr", "210000000003139471430009017", None]]
    assert row["reference"] == "INV-1"


def test_a_text_that_was_cut_at_140_characters_is_whole_again() -> None:
    cut = f"<RmtInf><Ustrd>{'a' * 139} </Ustrd><Ustrd>b</Ustrd><Ustrd>c</Ustrd></RmtInf>"
    (row,) = rows_of(Entry(D("50"), (Detail(D("50"), more=cut),)))
    assert row["text"] == "a" * 139 + " b\nc"


def test_an_unknown_message_is_refused_with_its_name() -> None:
    data = b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf/></Document>'
    assert "line 1: unsupported message pacs.008.001.08 (FIToFICstmrCdtTrf)" in taken(Camt(), data).error
    assert "outermost element is 'html'" in taken(Camt(), b"<html/>").error
    assert registry.parser("camt") is CamtSpec and CamtSpec.money


def test_it_is_guessed_from_its_beginning() -> None:
    for data in (camt053(ENTRIES), camt053(ENTRIES).decode().encode("utf-16"), TestCamtOf2009.good[0]):
        guess = CamtSpec.guess("x", data[:4096])
        assert guess and guess.score >= 0.9
    assert CamtSpec.guess("x", b"<a/>") is None and CamtSpec.guess("x", b"a;b") is None


def test_a_transaction_of_no_amount_is_all_of_its_entry() -> None:
    """Some banks write 0, others what it was before their own charges."""
    zero = camt053([Entry(D("50.00"), (Detail(D("0"), "A"),), "B1")])
    ordered = camt053([Entry(D("50.00"), (Detail(D("0.04"), "A"),), "B1")], Head(version=2)).replace(
        b"<AmtDtls>", b'<AmtDtls><InstdAmt><Amt Ccy="EUR">50.00</Amt></InstdAmt>')
    for data in (zero, ordered):
        (row,) = read(data).rows
        assert (row["amount"], row["end_to_end"], row["kind"]) == (D("50.00"), "A", "payment")


def test_we_are_never_our_own_payer() -> None:
    ours = Detail(D("7.00"), "A", payer="Us", payer_account=HEAD.account)
    data = camt053([Entry(D("7.00"), (ours,), "B1")])
    (row,) = read(data).rows
    assert (row["payer_name"], row["payer_account"]) == ("", "")
    other = b"<Cdtr><Pty><Nm>Them</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>SE77</IBAN></Id></CdtrAcct></RltdPties>"
    (row,) = read(data.replace(b"</RltdPties>", other)).rows
    assert (row["payer_name"], row["payer_account"]) == ("Them", "SE77")


def test_the_bank_s_number_of_a_batch_stays_with_its_payments() -> None:
    data = camt053([ENTRIES[1]]).replace(b"<Refs>", b"<Refs><AcctSvcrRef>OWN</AcctSvcrRef>")
    assert [(row["bank_reference"], row["entry_reference"]) for row in read(data).rows] == [("OWN", "B2")] * 2


def test_what_we_give_back_goes_to_the_creditor() -> None:
    given = camt053([Entry(D("-15.00"), (Detail(D("15.00"), payer="Ours", payer_account="123123"),), "B1",
                           code=("PMNT", "ICDT", "ARET"))]).replace(
        b"</RltdPties>", b"<Cdtr><Pty><Nm>Sven</Nm></Pty></Cdtr></RltdPties>")
    (row,) = read(given).rows
    assert (row["payer_name"], row["kind"]) == ("Sven", "return")
    (row,) = read(given.replace(b"ARET", b"RRTN")).rows
    assert row["payer_name"] == "Ours", "who paid it then"


def test_balances_that_went_through_floats_hold() -> None:
    data = camt053([Entry(D("1.00"), (), "B1")], Head(opening=D("65"), closing=D("66.0000000000001")))
    assert [check.holds for check in read(data).checks] == [True]


def test_numbers_of_the_instruction_and_of_the_clearing() -> None:
    data = camt053([ENTRIES[0]]).replace(b"<Refs>", b"<Refs><InstrId>I-1</InstrId><TxId>T-1</TxId>")
    (row,) = read(data).rows
    assert (row["instruction"], row["transaction"]) == ("I-1", "T-1")


def test_what_was_ordered_counts_if_it_adds_up() -> None:
    """And nothing else is said."""
    data = camt053([ENTRIES[1]], Head(version=2)).replace(b"TxAmt>", b"InstdAmt>")
    assert [row["amount"] for row in read(data).rows] == [D("10.00"), D("20.00")]
    (row,) = read(data.replace(b">20.00<", b">21.00<")).rows
    assert (row["amount"], len(row["references"])) == (D("30.00"), 4), "nobody knows whose it is how much"


def test_a_bank_that_gives_no_number_tells_nothing_apart() -> None:
    """Else equal payments of two statements of a day would be one."""
    (row,) = rows_of(Entry(D("5.00"), (Detail(D("5.00")),), "NONREF"))
    assert (row["bank_reference"], row["identity"], row["references"]) == ("", "", [])
    (row,) = rows_of(Entry(D("5.00"), (Detail(D("5.00"), "E1"),), "NONREF"))
    assert row["identity"].endswith("|E1|")


def test_charges_are_in_the_currency_of_the_entry() -> None:
    data = camt053([Entry(D("98.00"), (Detail(D("98.00"), "A", fee=D("2.00")),), "B1")])
    assert read(data).rows[0]["charges"] == D("2.00")
    other = data.replace(b'<Amt Ccy="EUR">2.00', b'<Amt Ccy="CHF">2.00')
    assert other != data and read(other).rows[0]["charges"] is None


def test_a_value_in_another_currency_is_what_it_was() -> None:
    counter = b'<AmtDtls><CntrValAmt><Amt Ccy="SEK">1100.00</Amt></CntrValAmt></AmtDtls></TxDtls>'
    data = camt053([Entry(D("-98.00"), (Detail(D("98.00"), "A"),), "B1")]).replace(b"</TxDtls>", counter)
    (row,) = read(data).rows
    assert (row["original_amount"], row["original_currency"]) == (D("-1100.00"), "SEK")


def test_numbers_of_persons_are_kept_as_those_of_organisations() -> None:
    data = camt053([ENTRIES[0]]).replace(
        b"</Nm></Pty>", b"</Nm><Id><PrvtId><Othr><Id>191212121212</Id></Othr></PrvtId></Id></Pty>")
    (row,) = read(data).rows
    assert row["payer_org"] == "191212121212"


def test_charges_of_a_batch_are_of_none_of_its_payments() -> None:
    fee = b'<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">5.60</TtlChrgsAndTaxAmt></Chrgs><NtryDtls>'
    batch = camt053([ENTRIES[1]]).replace(b"<NtryDtls>", fee)
    assert [row["charges"] for row in read(batch).rows] == [None, None]
    alone = camt053([ENTRIES[0]]).replace(b"<NtryDtls>", fee)
    assert [row["charges"] for row in read(alone).rows] == [D("5.60")]
    less = camt053([Entry(D("94.40"), (Detail(D("100.00"), "A"),), "B1")]).replace(b"<NtryDtls>", fee)
    assert [row["charges"] for row in read(less).rows] == [D("5.60"), None]


@pytest.mark.parametrize("end", [b"\x1a", b"\0\0\0", b"\n\x1a"])
def test_end_marks_of_other_systems_do_not_matter(end: bytes) -> None:
    assert read(camt053(ENTRIES) + end).rows == rows_of(*ENTRIES)


def test_utf8_is_known_by_that_name_too() -> None:
    for name in (b"utf8", b"UTF8"):
        assert read(camt053(ENTRIES).replace(b"UTF-8", name)).rows == rows_of(*ENTRIES)
    wide = camt053(ENTRIES).decode().replace("UTF-8", "UTF-16").encode("utf-16")
    assert [row["payer_name"] for row in read(wide).rows] == [row["payer_name"] for row in rows_of(*ENTRIES)]

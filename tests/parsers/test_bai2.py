"""BAI2: the suite, what its fields mean, every total, and beside the bai2 package."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from bai2.bai2 import parse_from_string

from haulier.core.content import BytesContent
from haulier.model.errors import Malformed
from haulier.model.payment import Payment
from haulier.parsers.bai2 import Bai2, Bai2Spec
from haulier.ports import Parser
from haulier.settings.spec import Env
from haulier.testing.parsers import MIB, ParserSuite, Taken, taken

HEAD = "01,122099999,123456789,240501,0630,1,80,10,2/"
GROUP = "02,031001234,122099999,1,240430,2359,USD,2/"
ACCOUNT = "03,0975312468,,010,500000,,/\n88,190,70000000,4,0,110,70000000,15,D,3,0,30000000,1,40000000,2,0/"
ENTRIES = ["16,165,1500000,1,DD1620,INV-77,DEALER PAYMENTS",
           "16,475,100000,,,000000001234,/",
           "16,195,50000,S,10000,20000,20000,B9,RF18,WIRE, FROM ACME\n88,ORIG ID 4711, REF 12/"]
"""The first text has no end of its record, as texts may."""


def made(*entries: str, group: str = GROUP, account: str = ACCOUNT) -> str:
    """A file with these transactions in one account, and its totals as they must be."""
    amounts = [500000, 70000000, 70000000] if account == ACCOUNT else []
    total = sum([*amounts, *(int(one.split(",")[2]) for one in entries)])
    size = sum(one.count("\n") + 1 for one in (account, *entries)) + 1
    return "\n".join([HEAD, group, account, *entries, f"49,{total},{size}/", f"98,{total},1,{size + 2}/",
                      f"99,{total},1,{size + 4}/", ""])


def read(text: str) -> Taken:
    return taken(Bai2(), text.encode())


def one(entry: str, **how: str) -> dict[str, Any]:
    found = read(made(entry, **how))
    assert len(found.rows) == 1, found
    assert not wrong(found)
    return found.rows[0]


def wrong(found: Taken) -> list[str]:
    return [check.name for check in found.checks if not check.holds]


def notices(text: str) -> list[str]:
    return [one.code for batch in Bai2().parse(BytesContent(text.encode())) for one in batch.notices]


class TestBai2(ParserSuite):
    good = (made(*ENTRIES).encode(), 3)
    memory = 5 * MIB

    @pytest.fixture
    def parser(self) -> Parser:
        return Bai2Spec().build(Env())

    def long(self) -> Iterator[bytes]:
        yield f"{HEAD}\n{GROUP}\n".encode()
        account = "\n".join([ACCOUNT, *ENTRIES * 20, "49,1,1/", ""]).encode()
        for _ in range(80):
            yield account


def test_transactions_have_what_their_fields_say() -> None:
    first, second, third = read(made(*ENTRIES)).rows
    assert (first["amount"], first["currency"], first["account"]) == (Decimal("15000.00"), "USD", "0975312468")
    assert (first["bank_reference"], first["customer_reference"], first["text"]) == ("DD1620", "INV-77",
                                                                                     "DEALER PAYMENTS")
    assert first["booked"] == date(2024, 4, 30)
    assert (second["amount"], second["reference"], second["text"]) == (Decimal("-1000.00"), "000000001234", "")
    assert (third["bank_reference"], third["reference"]) == ("B9", "RF18")
    assert third["text"] == "WIRE, FROM ACME\nORIG ID 4711, REF 12"
    assert Payment.of(third).references[0].text == "RF18"


@pytest.mark.parametrize(("funds", "valued"), [
    ("", None), ("Z", None), ("0", None), ("2", None), ("S,1,2,3", None), ("V,240503,1200", date(2024, 5, 3)),
    ("V,20240503,", date(2024, 5, 3)), ("V,,", None), ("D,2,0,100,1,200", None), ("D,0", None)])
def test_what_belongs_to_funds_is_no_reference(funds: str, valued: date | None) -> None:
    row = one(f"16,165,1,{funds},BANK,CUST,TEXT/")
    assert (row["bank_reference"], row["customer_reference"], row["text"]) == ("BANK", "CUST", "TEXT")
    assert row["valued"] == valued or (valued is None and row["valued"] == row["booked"])


@pytest.mark.parametrize(("code", "sign", "kind"), [
    ("165", 1, "payment"), ("399", 1, "payment"), ("400", -1, "payment"), ("699", -1, "payment"),
    ("721", 1, "payment"), ("760", -1, "payment"), ("920", 1, "payment"), ("960", -1, "payment"),
    ("555", -1, "return"), ("257", 1, "return"), ("252", 1, "reversal"), ("698", -1, "fee"), ("890", 1, "detail"),
    ("705", 1, "detail"), ("905", 1, "detail")])
def test_type_codes_say_which_way_money_goes(code: str, sign: int, kind: str) -> None:
    row = one(f"16,{code},12345,,,,/")
    assert (row["amount"], row["kind"]) == (sign * Decimal("123.45"), kind)


@pytest.mark.parametrize(("currency", "amount"), [("USD", "123.45"), ("JPY", "12345"), ("KWD", "12.345")])
def test_amounts_have_the_decimals_of_their_currency(currency: str, amount: str) -> None:
    row = one("16,165,12345,,,,/", account=f"03,1,{currency},,,,/")
    assert (row["amount"], row["currency"]) == (Decimal(amount), currency)
    assert one("16,165,12345,,,,/", group=GROUP.replace("USD", currency))["currency"] == currency


@pytest.mark.parametrize("account", [
    "03,1,,010,5,,,015,6,,/", "03,1,,010,5,,/\n88,015,6,,/", "03,1,,010,5,,,/\n88,015,6,,,/",
    "03,1,,010,5,,,\n88,015,6,,/", "03,1,,010,5,,,015/\n88,6,4,/", "03,1,,010,5/\n88,,,015,6/",
    "03,1,,010,5,/\n88,015,6,/", "03,1,,010,5/\n88,015,6,,/", "03,1,,010,5,7/\n88,015,6,4,0/",
    "03,1,,,,,,010,5,,,015,6,,/", "03,1,,010,5,,,/\n88,015/\n88,6/", "03,1,,010,+5,,S,1,2,3,015,6/"])
def test_summaries_are_read_however_banks_end_their_lines(account: str) -> None:
    text = f"{HEAD}\n{GROUP}\n{account}\n49,11,{len(account.splitlines()) + 1}/"
    batches = list(Bai2().parse(BytesContent(text.encode())))
    assert batches[-1].facts["statements"][0]["balances"] == {"010": "0.05", "015": "0.06"}
    assert all(check.holds for check in batches[-1].checks if check.name.endswith("of the account"))


def test_every_total_is_checked() -> None:
    lines = made(*ENTRIES).split("\n")
    assert wrong(read("\n".join(lines))) == []
    for at in (-4, -3, -2):
        fields = lines[at].removesuffix("/").split(",")
        for place in range(1, len(fields)):
            for other in (str(int(fields[place]) + 1), "x", ""):
                bad = ",".join([*fields[:place], other, *fields[place + 1:]])
                found = wrong(read("\n".join([*lines[:at], f"{bad}/", *lines[at + 1:]])))
                assert len(found) == (2 if other.isdigit() and place == 1 and at != -2 else 1), (bad, found)


def test_years_of_the_last_century() -> None:
    assert one("16,165,5,,,,/", group=GROUP.replace("240430", "980430"))["booked"] == date(1998, 4, 30)


def test_what_banks_call_version_3_is_read_and_noticed() -> None:
    data = made(*ENTRIES).replace(HEAD, HEAD.replace(",2/", ",3/"), 1)
    batches = list(Bai2().parse(BytesContent(data.encode())))
    assert [notice.code for batch in batches for notice in batch.notices if notice.code == "version"] == ["version"]
    assert read(data).rows == read(made(*ENTRIES)).rows and wrong(read(data)) == []


def test_an_account_without_transactions_may_have_no_total() -> None:
    assert wrong(read(f"{HEAD}\n{GROUP}\n03,1,,/\n49,,2/\n98,0,1,4/\n99,0,1,6/")) == []


def test_a_file_that_ends_early_does_not_hold() -> None:
    lines = made(*ENTRIES).split("\n")
    assert wrong(read("\n".join(lines[:5]))) == ["account trailer", "group trailer", "file trailer"]
    assert wrong(read("\n".join(lines[:-2]))) == ["file trailer"]


@pytest.mark.parametrize(("entry", "code"), [
    ("16,165,12x,,,,/", "bad_amount"), ("16,165,1.50,,,,/", "bad_amount"), ("16,abc,1,,,,/", "bad_code"),
    ("16,015,1,,,,/", "bad_code"), ("16/", "bad_code"), ("16,165,1,D,x,,/", "bad_amount")])
def test_a_bad_transaction_is_a_reject_and_the_rest_is_read(entry: str, code: str) -> None:
    found = read("\n".join([HEAD, GROUP, ACCOUNT, entry, ENTRIES[0], "49,1,1/"]))
    assert [(one.number, one.line, one.faults[0].code) for one in found.rejects] == [(1, 5, code)]
    assert found.numbers == [2]


def test_a_corrected_transaction_is_read_below_its_headers() -> None:
    raw = read(made(*ENTRIES).replace("1500000", "15x0000")).rejects[0].raw
    with pytest.raises(Malformed, match="no whole number"):
        Bai2().reread(raw, {})
    again = Bai2().reread(raw.replace("15x0000", "1500000"), {})
    assert {**again, "line": 0} == {**read(made(*ENTRIES)).rows[0], "line": 0}
    with pytest.raises(Malformed, match="one transaction"):
        Bai2().reread("\n".join([GROUP, ACCOUNT, *ENTRIES]), {})


def test_interim_reports_of_the_day_are_pending() -> None:
    assert one(ENTRIES[0], group=GROUP.replace("USD,2", "USD,3"))["status"] == "pending"
    assert one(ENTRIES[0], group=GROUP.replace("USD,2", "USD,4"))["status"] == "booked"
    assert one(ENTRIES[0], group=GROUP.replace("USD,2/", ",/"))["status"] == "booked"


@pytest.mark.parametrize(("status", "found"), [("1", "booked"), ("2", "info"), ("3", "booked"), ("4", "info")])
def test_deletions_and_tests_are_no_money(status: str, found: str) -> None:
    text = made(ENTRIES[0], group=GROUP.replace("999,1,", f"999,{status},"))
    assert read(text).rows[0]["status"] == found
    assert ("group_status" in notices(text)) == (status != "1")


def test_equal_transactions_are_two_and_the_same_in_every_report() -> None:
    final = [row["identity"] for row in read(made(ENTRIES[1], ENTRIES[1])).rows]
    assert len({*final}) == 2
    interim = read(made(*ENTRIES, group=GROUP.replace("USD,2", "USD,1"))).rows[1]["identity"]
    assert interim == final[0]


def test_what_is_missing_between_balances_is_noticed() -> None:
    account = "03,1,,010,1000,,,015,{},,/"
    for closing, found in ((1500001000, []), (5, ["balance_gap"])):
        assert notices("\n".join([HEAD, GROUP, account.format(closing), "16,165,1500000000,,,,/"])) == found


def test_unknown_and_stray_records_are_noticed() -> None:
    assert notices("\n".join([HEAD, "49,1,1/", "98,1,1,1/", "42,what/", GROUP])) == [
        "stray_trailer", "stray_trailer", "unknown_record"]
    assert read("\n".join([HEAD, ENTRIES[0]])).rejects[0].faults[0].code == "no_account"


@pytest.mark.parametrize("bad", ["", "\n", "hello", GROUP, "88,1/", HEAD.replace(",2/", ",1/")])
def test_what_is_no_bai2_file_is_said(bad: str) -> None:
    assert "file header" in read(bad).error


def test_a_second_file_behind_the_first_is_read_too() -> None:
    found = read(made(*ENTRIES) * 2)
    assert len(found.rows) == 6
    assert wrong(found) == []


@pytest.mark.parametrize("entries", [ENTRIES, ENTRIES[:1] * 5, ["16,575,42,V,240503,1200,B,C,text/", ENTRIES[2]]])
def test_the_package_finds_the_same(entries: list[str]) -> None:
    text = made(*entries)
    account = parse_from_string(text).children[0].children[0]
    rows = read(text).rows
    assert [abs(row["amount"]) * 100 for row in rows] == [one.amount for one in account.children]
    assert [row["bank_reference"] for row in rows] == [one.bank_reference or "" for one in account.children]
    assert [row["customer_reference"] for row in rows] == [one.customer_reference or "" for one in account.children]


def test_several_records_may_stand_in_one_line() -> None:
    text = made(*ENTRIES)
    found = read(text.replace("/\n", "/   "))
    assert [row["text"] for row in found.rows] == [row["text"] for row in read(text).rows]
    assert wrong(found) == []
    row = one("16,165,5,,,,INV 12/ 16,000 AND 03,5/ 02,1/")
    assert row["text"] == "INV 12/ 16,000 AND 03,5/ 02,1"


def test_a_text_that_was_broken_in_two_is_whole() -> None:
    found = read(made("16,165,5,,,,THIS GOES ON").replace("GOES ON", "GOES ON\nAND ON/"))
    assert [row["text"] for row in found.rows] == ["THIS GOES ON AND ON"]
    assert wrong(found) == []


def test_guesses_its_own() -> None:
    guess = Bai2Spec.guess("x", made(*ENTRIES).encode())
    assert guess and guess.score > 0.9
    assert Bai2Spec.guess("x", b"01;1\n") is None
    assert Bai2Spec.money


def test_what_stands_behind_the_end_is_said() -> None:
    file = made(*ENTRIES)
    assert not wrong(read(file))
    more = "\n".join([GROUP, "03,1,,/", "16,165,100,,,/", "49,100,3/", "98,100,1,5/"])
    assert "file trailer" in wrong(read(file + more))


def test_a_currency_that_is_none_is_no_money() -> None:
    found = read(made("16,165,100,,,/", account="03,1,usd,,,/"))
    assert [reject.faults[0].code for reject in found.rejects] == ["bad_currency"] and not found.rows


@pytest.mark.parametrize("line", ["88,more", "more"])
def test_a_record_that_goes_on_and_on_is_cut_and_that_is_said(line: str) -> None:
    text = made("16,165,1500000,,,,TEXT" + f"\n{line}" * 3000)
    notices = [one for batch in Bai2().parse(BytesContent(text.encode())) for one in batch.notices]
    assert [one.code for one in notices] == ["long_record"] and "2001" in notices[0].text
    assert ("records of the account" in wrong(read(text))) == (line == "more")     # those are lines of one record

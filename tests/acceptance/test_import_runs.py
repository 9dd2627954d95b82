"""Real imports, run as people run them: bank files, tables, what is put right, what comes twice."""
from __future__ import annotations

import gzip
import json
import zipfile
from collections import Counter
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import httpx
import pytest

from acceptance.flows import LATE
from acceptance.imports import TOKEN, Database, Office, matched, money, payments, put_in_env, reference, words_of
from haulier.model.intake import Counts, IntakeState
from haulier.testing.banks import Paid
from haulier.testing.iso20022 import Detail, Entry, Head, camt053

ODD = (Paid(Decimal(7), "", name="Somebody"), Paid(Decimal(8), reference(999)), Paid(Decimal(10), reference(11)))
"""For nothing known, for an invoice that is not there, and less than what is open."""


def test_bank_files_from_sftp_to_an_api(office: Office) -> None:
    """Each payment that is for an invoice is posted by itself, the others are told too; the file is archived."""
    office.flow("bank", matched(office))
    path = office.deliver("first.txt", payments(range(1, 9), *ODD))
    guessed, tried = office.program.each(("import", "suggest", path, "--json"),
                                         ("import", "check", path, "--flow", "bank", "--json"))
    best, *_ = guessed.lines
    assert (best["parser"], best["score"] > 0.9) == ("bgmax", True)
    trial, = tried.of("matching")
    assert trial["money"]["SEK"] | {"balances": True} == {
        "total": "61.00", "matched": "46.00", "unmatched": "15.00", "duplicates": "0", "ignored": "0", "balances": True}
    assert not office.books.asked and office.names == {"first.txt"}, "that was only looked at"
    done = office.take("bank")
    assert office.posted() == {**{(f"inv{n}", f"{n}.00"): 1 for n in range(1, 9)}, ("inv11", "10.00"): 1}
    assert office.posted("/unmatched") == {("", "7.00"): 1, (reference(999), "8.00"): 1}
    assert office.names == {"archive/first.txt"} and not office.books.twice
    assert money(office.intakes[0])["SEK"] == ("61.00", "46.00", "15.00", "0", "0")
    said = ("11/11", "SEK 61.00 = 46.00 matched + 15.00 unmatched", "11 rows: 11 good, 0 rejected")
    all_of_them, one, why, *told = office.program.each(
        ("import", "list", "--json"), ("import", "show", "1", "--json"), ("why", path.name), ("import", "list"),
        ("import", "show", "1"), ("import", "check", path.parent / "archive" / path.name))
    listed, = all_of_them.lines
    assert (listed["id"], listed["state"], listed["rows"], listed["accepted"]) == (1, "done", 11, 11)
    shown, = one.lines
    assert shown["report"]["checks_failed"] == [] and shown["report"]["checks"]
    assert words_of(done).count(TOKEN) == 0
    assert all(text in each.out for text, each in zip(said, told, strict=True))
    assert "first.txt" in why.out and "11 rows: 11 accepted" in why.out


def test_what_comes_twice(room: Office) -> None:
    """A second delivery with one payment more posts one; the same bytes none; two equal payments of a day are two."""
    room.flow("bank", matched(room))
    twin = Paid(Decimal(3), reference(3), name="Payer 3")
    for name, data in (("monday", payments(range(1, 4))), ("again", payments(range(1, 4))),
                       ("tuesday", payments(range(1, 4), twin, Paid(Decimal(9), reference(9))))):
        room.deliver(name, data)
        room.take("bank")
    assert room.posted() == {(f"inv{n}", f"{n}.00"): 1 for n in (1, 2, 3, 9)}
    assert room.posted("/unmatched") == {(reference(3), "3.00"): 1}, "it is paid already"
    assert [(one.state, one.counts) for one in room.intakes] == [
        (IntakeState.DONE, Counts(3, 3, 0, 0)), (IntakeState.DUPLICATE, Counts()),
        (IntakeState.DONE, Counts(5, 2, 0, 3))]
    assert room.names == {"archive/monday", "archive/again", "archive/tuesday"}


def test_two_equal_payments_of_a_day_count_both(room: Office) -> None:
    """Both pay their part of one invoice of twenty."""
    half = Paid(Decimal(10), reference(20), name="Payer 20")
    room.flow("bank", matched(room))
    room.deliver("halves", payments(range(0), half, half))
    room.take("bank")
    assert room.posted() == {("inv20", "10.00"): 2} and room.effects() == {("inv20", "10.00"): 2}


def test_an_api_that_takes_half_of_a_payment(room: Office) -> None:
    """A person is asked, who is told which half was taken; the money adds up, and nothing is told twice by itself."""
    room.flow("bank", matched(room))
    room.books.refuses = lambda row: "inv2 is locked" if row.get("invoice_id") == "inv2" else ""
    both = Paid(Decimal(3), "", extra=[(reference(1), Decimal(1)), (reference(2), Decimal(2))], name="Somebody")
    room.deliver("both.txt", payments(range(3, 5), both))
    room.take("bank")
    room.take("bank")
    assert room.posted() == {("inv1", "1.00"): 1, ("inv2", "2.00"): 1, ("inv3", "3.00"): 1, ("inv4", "4.00"): 1}
    assert money(room.intakes[0])["SEK"] == ("10.00", "7.00", "3.00", "0", "0")
    asked, = room.review
    assert asked.match.reasons[-2:] == ("those who were told of it refused: the API answered 422: inv2 is locked",
                                        "but they have taken 1.00 for inv1: told again, that has the same key")


TABLE = """\
parser: {type: csv, delimiter: ","}
schema: {id: {type: integer, required: true}, amount: {type: decimal, min: 0}, day: date}
"""


def table(rows: range, *more: str) -> bytes:
    return "\n".join(("id,amount,day", *(f"{n},{n}.50,2026-11-0{n % 9 + 1}" for n in rows), *more, "")).encode()


def sql(database: Database, *more: str) -> str:
    return "\n".join(("sink:", "  type: sql", "  url: ${DATABASE}", "  table: goods", *(f"  {one}" for one in more)))


def test_a_table_into_postgres_again_and_again(room: Office, database: Database) -> None:
    """Each version of it counts: what is new is put in, what has changed is written over."""
    put_in_env(room, DATABASE=database.url)
    database.ask("create table goods (id bigint primary key, amount numeric, day date)")
    room.flow("goods", TABLE + sql(database, "mode: upsert", "keys: id") + "\nsettle: delete")
    for data in (table(range(1, 6)), table(range(3, 8), "1,99.95,2026-12-24"), table(range(1, 6))):
        room.deliver("goods.csv", data)
        room.take("goods")
        assert room.names == set()
    assert database.ask("select id, amount::text from goods order by id") == [
        (1, "99.95"), *((n, f"{n}.50") for n in range(2, 8))]
    assert [one.state.value for one in room.intakes] == ["done", "done", "duplicate"]
    assert not any("for-tests-only" in text for text in _everything(room))


def _everything(office: Office) -> list[str]:
    return [path.read_bytes().decode(errors="replace") for path in office.program.at.rglob("*")
            if path.is_file() and path.name != ".env"]


def kr(amount: int) -> Decimal:
    return Decimal(f"{amount}.00")


def test_camt_into_two_tables(room: Office, database: Database) -> None:
    """Payments that are for invoices into one table, the others into another; both or none of them."""
    put_in_env(room, DATABASE=database.url)
    room.flow("bank", """\
parser: camt
reconcile:
  items: {type: csv, file: open.csv}
  matched: {sink: {type: sql, url: "${DATABASE}", table: paid, create: true}, mapping: {invoice: "{invoice_id}",
    amount: "{amount}", payer: "{payer_name|upper}"}}
  unmatched: {sink: {type: sql, url: "${DATABASE}", table: asked, create: true}, mapping: {amount: "{amount}",
    reason: "{reason}"}}
""")
    entries = [Entry(kr(n), (Detail(kr(n), reference=reference(n), payer=f"Payer {n}"),), f"bank{n}",
                     currency="SEK") for n in range(1, 31)]
    head = Head(currency="SEK")
    room.deliver("march.xml", camt053([*entries, Entry(kr(5), (), "odd"), Entry(kr(-2), (), "fee")], head))
    room.take("bank")
    assert database.ask("select count(*), sum(amount)::text, min(payer) from paid") == [(30, "465.00", "PAYER 1")]
    assert database.ask("select sum(amount)::text from asked") == [("3.00",)]
    assert money(room.intakes[0])["SEK"] == ("468.00", "465.00", "3.00", "0", "0")
    assert room.names == {"march.xml"}
    room.take("bank")
    assert len(room.intakes) == 1, "it stays, and is not fetched again"


def test_packed_lines_onto_another_place(room: Office, tmp_path: Path) -> None:
    rows = [{"id": n, "who": {"name": f"Å {n}"}, "sum": f"{n}.10"} for n in range(3000)]
    room.flow("lines", f"""\
parser: {{type: jsonl, flatten: true}}
mapping: {{number: "{{id}}", name: "{{who.name|upper}}", sum: "{{sum}}", from: bank}}
sink: {{type: file, place: {tmp_path}/out, name: "{{stem}}.jsonl"}}
settle: {{action: archive, archive: taken}}
""")
    room.deliver("many.jsonl.gz", gzip.compress(b"".join(json.dumps(row).encode() + b"\n" for row in rows)))
    room.take("lines")
    written, = (tmp_path / "out").iterdir()
    found = [json.loads(line) for line in written.read_text().splitlines()]
    assert found == [{"number": n, "name": f"Å {n}", "sum": f"{n}.10", "from": "bank"} for n in range(3000)]
    assert room.names == {"taken/many.jsonl.gz"}


def test_several_statements_in_a_zip(room: Office) -> None:
    """Each is an import; the archive is settled when all of them are over. One that is no good lets the others pass."""
    room.flow("bank", matched(room).replace("parser: bgmax", "parser: camt"))
    for name, last in (("good.zip", b""), ("bad.zip", b"<Document>")):
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w") as file:
            for n in range(1, 4):
                day = camt053([Entry(kr(n), (Detail(reference=reference(n)),), f"{name}{n}", currency="SEK")],
                              Head(currency="SEK", statement=f"{name}{n}", message_id=f"{name}{n}"))
                file.writestr(f"day{n}.xml", last or day)
                last = b""
        room.deliver(name, packed.getvalue())
        done = room.take("bank", code=1 if name == "bad.zip" else 0)
    assert "bad.zip!day1.xml" in words_of(done) and "1 file of 3 refused" in words_of(done)
    assert room.posted() == {(f"inv{n}", f"{n}.00"): 1 for n in range(1, 4)}
    assert room.names == {"archive/good.zip", "errors/bad.zip", "errors/bad.zip.report.json"}
    report, = json.loads((room.far / "errors/bad.zip.report.json").read_text())
    assert report["file"] == "bad.zip!day1.xml" and report["error"]
    assert [one.file.name for one in room.intakes][:3] == [f"good.zip!day{n}.xml" for n in range(1, 4)]


def api(office: Office, *more: str) -> str:
    return "\n".join((f"sink: {{type: http, url: '{office.books.url}', budget: 0}}", *more))


def test_rejects_are_put_right(room: Office, tmp_path: Path) -> None:
    """An answer goes back to whoever sent them; what is put right is taken with the next run, once."""
    room.flow("goods", TABLE + api(room, "settle: archive", "rejects:", "  answer:", f"    place: {tmp_path}/back"))
    room.deliver("goods.csv", table(range(1, 4), "x,1,gone", "5,-1,2026-11-01", "6,1,soon", "7,=1+1,2026-11-01"))
    room.take("goods")
    back = (tmp_path / "back" / "goods.csv.rejects.csv").read_text().splitlines()
    assert back[0] == "line,row,column,value,code,reason,raw" and len(back) == 6 and ",'=1+1," in back[5]
    (tmp_path / "back" / "goods.csv.rejects.csv").unlink()
    room.deliver("goods.csv", (room.far / "archive" / "goods.csv").read_bytes())
    room.take("goods")
    assert len((tmp_path / "back" / "goods.csv.rejects.csv").read_text().splitlines()) == 6, "it came again: so do they"
    number = room.intakes[0].id
    told = room.told("rejects", number)
    assert [(one["line"], one["faults"][0]["column"]) for one in told] == [
        (5, "id"), (6, "amount"), (7, "day"), (8, "amount")]
    assert room.program("import", "list", "nobody").out.startswith("nobody: nothing was taken in")
    ids = [one["id"] for one in told]
    for done in room.program.each(*(("import", "fix", str(id), *words, "--json") for id, words in (
            (ids[0], ("--set", "id=4")), (ids[0], ("--set", "day=2026-11-05")), (ids[2], ("--drop",)),
            (ids[1], ("--text", "5,1.25,2026-11-02")), (ids[3], ("--set", "amount=still not"))))):
        assert done.lines
    assert "2 rows that persons have put right" in words_of(room.take("goods"))
    room.take("goods")
    assert Counter(row["id"] for row in room.books.kept) == {1: 1, 2: 1, 3: 1, 4: 1, 5: 1}
    assert len(room.books.asked) == 5 and room.intakes[0].counts == Counts(7, 5, 2, 0)
    left, every, late = room.program.each(
        ("import", "rejects", str(number), "--json"), ("import", "rejects", str(number), "--all", "--json"),
        ("import", "fix", str(ids[0]), "--drop", "--json"), code=(0, 0, 2))
    assert [(one["id"], one["state"]) for one in left.lines] == [(ids[3], "open")]
    assert len(every.lines) == 4 and late.of("error")


@pytest.mark.parametrize(("policy", "said"), [
    ("most: 1", "at most 1 may be"), ("share: 10%", "more than 10.0%"), ("first: 2", "right format")])
def test_a_file_with_too_many_rejects(room: Office, policy: str, said: str) -> None:
    """Nothing of it is sent; it is put aside with a report, and the next file is taken."""
    room.flow("goods", TABLE + api(room, "settle: archive", f"rejects: {{{policy}}}"))
    room.deliver("bad.csv", b"id,amount,day\nx,1,2026-11-01\ny,1,2026-11-01\n" + table(range(1, 9)).split(b"\n", 1)[1])
    looked = words_of(room.program("import", "check", room.far / "bad.csv", "--flow", "goods", code=1))
    assert said in looked and "line 2: id: 'x'" in looked
    failed = room.take("goods", code=1)
    assert said in words_of(failed) and not room.books.asked and "bad.csv: bad.csv" not in words_of(failed)
    assert room.names == {"errors/bad.csv", "errors/bad.csv.report.json"}
    report, = json.loads((room.far / "errors" / "bad.csv.report.json").read_text())
    assert [(one["line"], one["faults"][0]["value"]) for one in report["report"]["rejects"]] == [(2, "x"), (3, "y")]
    room.deliver("good.csv", table(range(1, 9)))
    room.take("goods")
    assert len(room.books.kept) == 8


def test_files_that_are_meant_each_time(room: Office) -> None:
    room.flow("goods", TABLE + api(room, "duplicates: off"))
    room.deliver("goods.csv", table(range(1, 4)))
    for times in (1, 2):
        room.take("goods")
        assert Counter(row["id"] for row in room.books.kept) == dict.fromkeys((1, 2, 3), times)


def test_rows_of_tables_are_told_apart_if_wanted(room: Office) -> None:
    room.flow("goods", TABLE + api(room, "duplicates: rows", "key: [id]"))
    for name, rows in (("a.csv", range(1, 4)), ("b.csv", range(2, 6))):
        room.deliver(name, table(rows))
        room.take("goods")
    assert Counter(row["id"] for row in room.books.kept) == dict.fromkeys(range(1, 6), 1)
    assert room.intakes[-1].counts == Counts(4, 2, 0, 2)


MISTAKES = """\
parser: bgmx
schema: {id: intger, amount: {type: decimal, minn: 0}}
mapping: {sum: "{amount|abss}"}
duplicates: sometimes
rejects: {share: 200%}
settle: {action: burn}
sink:
  type: http
  url: ftp://example.com
  bach: 3
"""
"""Each line has one, the second two."""


def test_mistakes_are_named_with_their_line(room: Office) -> None:
    room.flow("bank", MISTAKES)
    said = words_of(room.program("validate", code=2))
    known = ((6, "bgmax"), (7, "integer"), (7, "min"), (8, "abs"), (9, "rows"), (10, "share"), (11, "archive"),
             (14, "https://"), (15, "batch"))
    for line, word in known:
        assert any(f"bank.yaml:{line}:" in one and word in one for one in said.splitlines()), (line, word, said)
    room.take("bank", code=2)
    room.flow("bank", "parser: csv\n")
    assert "bank.yaml" in (said := words_of(room.program("validate", code=2))) and "sink" in said
    room.flow("bank", matched(room) + "mapping: {a: b}\n")
    assert "bank.yaml" in (said := words_of(room.program("validate", code=2))) and "reconcile.matched" in said


def test_a_secret_is_never_told(room: Office, database: Database) -> None:
    """Not in what is printed, logged, kept in the ledger or beside it; also not when the far side refuses it."""
    put_in_env(room, DATABASE=database.url)
    room.flow("bank", matched(room) + "patterns: bank.txt\n")
    room.flow("goods", TABLE + sql(database) + "\npatterns: goods.csv\n")
    auth = "{type: bearer, token: '${API_TOKEN}x'}"
    room.flow("wrong", TABLE + f"patterns: goods.csv\nsink: {{type: http, url: '{room.books.url}', auth: {auth}}}\n")
    room.books.token = TOKEN
    room.deliver("bank.txt", payments(range(1, 4)))
    room.deliver("goods.csv", table(range(1, 4)))
    flows = ("bank", "goods", "wrong")
    told = [*map(words_of, room.program.each(*(("run", flow, "--json") for flow in flows), code=1))]
    check = ("import", "check", room.far / "bank.txt", "--flow", "bank")
    told += map(words_of, room.program.each(("import", "show", "1"), check, ("history",), ("list", "--json"),
                                            ("import", "list", "--json")))
    told += _asked_of_a_hub(room)
    secrets = (TOKEN, "for-tests-only")
    assert [text for text in (*told, *_everything(room)) if any(secret in text for secret in secrets)] == []
    assert len(room.books.asked) > 0 and all("401" in text for text in (told[0], told[2])), told


def _asked_of_a_hub(office: Office) -> list[str]:
    """What its API says of flows and imports."""
    hub = office.program.start("start", ".", "--port", "0", "--json")
    assert hub.stdout
    said = json.loads(hub.stdout.readline())
    paths = ("/flows/bank", "/flows/goods", "/flows/wrong", "/imports", "/imports/1", "/imports/1/payments", "/runs",
             "/imports/review")
    with httpx.Client(base_url=f"{said['address']}/api/v1", headers={"X-Haulier": "1"}, timeout=20,
                      trust_env=False) as client:
        client.post("/session", json={"username": said["user"], "password": said["password"]}).raise_for_status()
        answers = [client.get(path) for path in paths]
    assert all(one.status_code == 200 for one in answers), answers
    hub.terminate()
    hub.communicate(timeout=LATE)
    return [one.text for one in answers]

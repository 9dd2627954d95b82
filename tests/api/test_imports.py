"""Imports over the API: real files, taken by real flows, looked into, put right and decided about."""
from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from api.flowruns import V1, get, over
from api.hubs import Place
from api.importing import BANK, ODD, TAKE, asked, decide, flow, taken, written
from haulier.model.account import Role
from haulier.model.intake import Counts, Incoming, IntakeState
from haulier.model.record import Fault, Mark, Reject
from haulier.ports import Progress
from haulier.testing.books import at_once

TOKEN = "t0ken-of-the-items"
AWAY = f'{{ type: http, url: "http://127.0.0.1:9/items", headers: {{ X-Token: "{TOKEN}" }}'


class Past(NamedTuple):
    """Imports, by their flow."""

    bank: int
    table: int
    other: int


@pytest.fixture(scope="module")
def past(hub: Place) -> Past:
    written(hub)
    return Past(*(taken(hub, name) for name in Past._fields))


def queue(hub: Place, of: str) -> dict[str, Any]:
    """Payments that wait, by their amount."""
    return {one["amount"]: one for one in asked(hub, "/review", flow=f"{of}/take")["items"]}


def rows_of(hub: Place, pattern: str) -> list[dict[str, Any]]:
    """What was told."""
    return [json.loads(line) for path in sorted((hub.home / "told").glob(pattern))
            for line in path.read_text().splitlines()]


def test_imports_are_listed(hub: Place, past: Past) -> None:
    listed = asked(hub)
    assert [one["id"] for one in listed["items"]] == sorted(past, reverse=True) and listed["next"] is None
    page = asked(hub, limit=1)
    assert [one["id"] for one in page["items"]] == [past.other] and page["next"] == past.other
    assert [one["id"] for one in asked(hub, before=page["next"], limit=1)["items"]] == [past.table]
    assert [one["id"] for one in asked(hub, flow="bank/take")["items"]] == [past.bank]
    run = listed["items"][0]["run"]
    assert [one["run"] for one in asked(hub, run=run, state="done")["items"]] == [run]
    for nothing in ({"flow": "none"}, {"state": "failed"}, {"run": 10**9}, {"before": past.bank}):
        assert asked(hub, **nothing) == {"items": [], "next": None}
    client = hub.client(Role.VIEWER)
    for wrong in ({"state": "lost"}, {"limit": "0"}, {"limit": "1001"}, {"before": "-1"}, {"flow": "a\0"}):
        assert client.get(f"{V1}/imports", params=wrong).status_code == 422, wrong
    for path in ("987654", "987654/rejects", "987654/rejects/file", "987654/payments", "payments/987654",
                 "payments/987654/items"):
        answer = client.get(f"{V1}/imports/{path}")
        assert answer.status_code == 404 and "there is no" in answer.json()["detail"], path
    assert client.get(f"{V1}/imports/nothing").status_code == 422


def test_an_import_is_told_with_its_report(hub: Place, past: Past) -> None:
    told = asked(hub, f"/{past.bank}")
    assert (told["flow"], told["flow_name"], told["task"], told["state"]) == ("bank/take", "bank", "take", "done")
    assert (told["rows"], told["accepted"], told["balances"], told["parser"]) == (8, 8, True, "bgmax")
    sums = told["money"]["SEK"]
    assert (sums["total"], sums["balances"]) == ("2957.00", True) and len(told["digest"]) == 64
    assert told["started"].endswith("Z") and told["finished"] >= told["started"] and told["origin"] is None
    report = told["report"]
    assert report["checks_failed"] == [] and report["rules"] == {"reference": 2}
    assert {one["said"] for one in report["checks"] if one["name"] == "section amount"} == {"2957.00"}
    assert report["reasons"] == {"no_reference": 5, "unknown_reference": 1}
    assert report["facts"]["deposits"][0]["amount"] == "2957.00"
    table = asked(hub, f"/{past.table}")
    assert (table["name"], table["rows"], table["accepted"], table["rejected"]) == (ODD, 5, 2, 3)
    assert table["money"] == {} and table["report"]["rejects"]["not_integer"] == 1
    kinds = [one["kind"] for one in get(hub, "events/list", run=told["run"], kind="import.", limit=9)["items"]]
    assert kinds[::-1] == ["import.begun", "import.matched", "import.done"]


def test_rejects_are_put_right_and_taken(hub: Place, past: Past) -> None:
    path, client = f"/{past.table}/rejects", hub.client(Role.OPERATOR)
    whole = asked(hub, path)
    one, two, three = whole["items"]
    assert whole["next"] is None and (one["import"], one["line"], one["raw"]) == (past.table, 3, "x,2,=1+1")
    assert one["row"] == {"id": "x", "amount": "2", "note": "=1+1"} and three["row"] is None
    assert one["faults"] == [{"code": "not_integer", "reason": "id is no whole number", "column": "id", "value": "x"}]
    assert (one["state"], one["fixed"], one["text"], one["by"], one["at"]) == ("open", {}, "", "", None)
    page = asked(hub, path, limit=2)
    assert page["next"] == two["id"] and asked(hub, path, after=page["next"], limit=2)["items"] == [three]

    def put(reject: Any, status: int = 200, **body: Any) -> Any:
        answer = client.put(f"{V1}/imports/rejects/{reject['id']}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    fixed = put(one, fixed={"id": "12"})
    assert (fixed["state"], fixed["fixed"], fixed["by"]) == ("fixed", {"id": "12"}, "operator (token operator-token)")
    assert fixed["at"] and put(one, fixed={})["state"] == "open" and put(one, fixed={"id": "12"})["state"] == "fixed"
    assert "write the whole row anew" in put(three, 422, fixed={"note": "no"})["detail"]
    assert "write the whole row anew" in put(three, 422, again=True)["detail"]
    as_it_is = put(two, again=True)
    assert (as_it_is["state"], as_it_is["fixed"], as_it_is["text"]) == ("fixed", {}, "")
    assert put(two, fixed={})["state"] == "open"
    assert put(three, text="3,3.00,with\ttabs åäö")["state"] == "fixed"
    for wrong in ({"fixed": {"id": "a\0"}}, {"text": "\x1b"}, {"fixed": {"id": 1}}, {"other": "x"}, {"fixed": None},
                  {"text": "x" * 100_001}):
        put(two, 422, **wrong)
    assert [each["id"] for each in asked(hub, path, state="fixed")["items"]] == [one["id"], three["id"]]
    told = asked(hub, f"/{past.table}")
    assert (told["open_rejects"], told["fixed_rejects"]) == (3, 2) and asked(hub, "/totals")["open"] >= 1
    assert client.put(f"{V1}/imports/rejects/987654", json={}).status_code == 404

    answer = client.post(f"{V1}/imports/{past.table}/replay")
    assert answer.status_code == 202, answer.text
    assert over(hub, answer.json()["run"])["state"] == "done"
    assert [each["state"] for each in asked(hub, path)["items"]] == ["replayed", "open", "replayed"]
    told = asked(hub, f"/{past.table}")
    assert (told["accepted"], told["rejected"], told["open_rejects"], told["fixed_rejects"]) == (4, 1, 1, 0)
    assert sorted(row["id"] for row in rows_of(hub, "*replayed*")) == [3, 12]
    for late in (put(one, 409, fixed={"id": "1"}), client.post(f"{V1}/imports/rejects/{one['id']}/drop").json()):
        assert late["status"] == 409 and "already" in late["detail"]
    drop = f"{V1}/imports/rejects/{two['id']}/drop"
    assert [client.post(drop).json()["state"] for _ in range(2)] == ["dropped", "dropped"]
    assert put(two, 409, text="a,b,c")["type"] == "/problems/conflict"
    assert client.post(f"{V1}/imports/rejects/987654/drop").status_code == 404
    deeds = {(deed.what, deed.about, deed.text) for deed in hub.accounts.deeds(limit=50).items}
    assert {("reject.fixed", f"reject {one['id']}", f"line 3 of import {past.table}"),
            ("reject.reopened", f"reject {one['id']}", f"line 3 of import {past.table}"),
            ("reject.dropped", f"reject {two['id']}", f"line 4 of import {past.table}"),
            ("import.replayed", f"import {past.table}", f"as run {answer.json()['run']}")} <= deeds


def test_rejects_go_back_as_a_file(hub: Place) -> None:
    """Under any name, whatever is in them."""
    book = hub.made.books.imports
    intake = book.begin(Incoming("nobody/knows", 0, f'in/a"b\r\nc {ODD}', "local:in", 9, "ab" * 32, "csv", "1"))
    faults = Fault("odd", "an odd \ud83d", "å", "=1\ud83d"), Fault("late", "late")
    rejects = [Reject(number, number, faults, f"{number} \ud83d;<b>", {"å": "\ud83d", "n": None}) for number in (1, 2)]
    book.advance(intake.id, Progress(Mark(2), Counts(2, 0, 2), rejects))
    book.become(intake.id, IntakeState.DONE)
    first, second = asked(hub, f"/{intake.id}/rejects")["items"]
    assert first["raw"] == "1 \ufffd;<b>" and first["row"] == {"å": "\ufffd", "n": ""}
    book.fix(second["id"], "anna", {"n": "1"})
    client = hub.client(Role.VIEWER)
    table = client.get(f"{V1}/imports/{intake.id}/rejects/file")
    assert table.headers["content-type"].startswith("text/csv") and table.headers["x-content-type-options"] == "nosniff"
    assert table.content.decode().split("\r\n") == [
        "line,row,column,value,code,reason,raw", "1,1,å,'=1?,odd,an odd ?,1 ?;<b>", "1,1,,,late,late,1 ?;<b>", ""]
    name = table.headers["content-disposition"]
    assert name.isascii() and name.startswith('attachment; filename="a_b__c__img_src_x') and "\n" not in name
    assert "filename*=UTF-8''a%22b%0D%0Ac%20%3Cimg%20src%3Dx" in name and name.endswith(".csv-rejects.csv")
    lines = client.get(f"{V1}/imports/{intake.id}/rejects/file", params={"format": "jsonl"})
    assert [json.loads(line)["code"] for line in lines.text.splitlines()] == ["odd", "late"]
    assert client.get(f"{V1}/imports/{intake.id}/rejects/file", params={"format": "exe"}).status_code == 422
    operator = hub.client(Role.OPERATOR)
    answer = operator.post(f"{V1}/imports/{intake.id}/replay")
    assert answer.status_code == 409 and 'no flow is called "nobody"' in answer.json()["detail"]
    other = book.begin(Incoming("nobody/knows", 0, "bad.csv", "local:in", 9, "cd" * 32, "csv", "1"))
    book.advance(other.id, Progress(Mark(700), Counts(700, 0, 700), [rejects[0]] * 700))
    book.become(other.id, IntakeState.REFUSED, error="too many")
    long = client.get(f"{V1}/imports/{other.id}/rejects/file").text
    assert long.count("an odd ?") == 700 and asked(hub, f"/{other.id}")["open_rejects"] == 0
    one, = asked(hub, f"/{other.id}/rejects", limit=1)["items"]
    useless = operator.put(f"{V1}/imports/rejects/{one['id']}", json={"text": "a,b"})
    assert useless.status_code == 409 and "refused as a whole" in useless.json()["detail"]


def test_payments_are_found(hub: Place, past: Past) -> None:
    all_ = asked(hub, f"/{past.other}/payments")["items"]
    assert [one["amount"] for one in all_] == [f"{n}.00" for n in (100, 200, 7, 850, 300, 400, 500, 600)]
    page = asked(hub, f"/{past.other}/payments", limit=3, after=all_[1]["id"])
    assert page["items"] == all_[2:5] and page["next"] == all_[4]["id"]
    assert asked(hub, f"/{past.table}/payments") == {"items": [], "next": None}
    waiting = asked(hub, "/review", flow="other/take")["items"]
    assert waiting == all_[2:] and asked(hub, f"/{past.other}")["review"] == 6
    assert asked(hub, "/review", **{"import": past.other})["items"] == waiting
    assert asked(hub, "/review", **{"import": past.table})["items"] == []
    assert asked(hub, "/review", flow="other/take", limit=2)["next"] == waiting[1]["id"]
    for text, found in (("payer 3", 1), ("10999", 1), ("850", 1), ("nothing", 0)):
        assert len(asked(hub, "/review", flow="other/take", text=text)["items"]) == found, text
    three = queue(hub, "other")["300.00"]
    assert (three["state"], three["why"], three["rule"], three["version"]) == ("suggested", "no_reference", "amount", 1)
    assert three["payer"]["name"] == "Payer 3" and three["booked"] == "2025-03-14" and three["import"] == past.other
    assert three["candidates"][0]["allocations"] == [{"item": "inv3", "amount": "300.00"}]
    told = asked(hub, f"/payments/{three['id']}")
    line = told["trail"][0]
    assert (line["by"], line["word"], line["after"]) == ("amount", "suggested", "suggested")
    assert {key: told[key] for key in three} == three
    first = asked(hub, f"/payments/{all_[0]['id']}")
    assert first["allocations"] == [{"item": "inv1", "amount": "100.00"}] and first["posted"]
    items = f"/payments/{three['id']}/items"
    assert asked(hub, items)["items"] == [
        {"id": "inv3", "references": ["100032"], "due": "300.00", "open": "300.00", "currency": "SEK",
         "date": "2025-03-14", "party": "", "names": ["Payer 3"]}]
    assert [one["open"] for one in asked(hub, items, text="inv1")["items"]] == ["0.00"], "it is paid"
    assert len(asked(hub, items, text="payer")["items"]) == 9 and asked(hub, items, text="none")["items"] == []


def test_a_person_decides_and_it_is_told(hub: Place, past: Past) -> None:
    waiting, client = queue(hub, "bank"), hub.client(Role.OPERATOR)
    three, four, odd, seven = (waiting[amount] for amount in ("300.00", "400.00", "850.00", "7.00"))
    answer = decide(hub, three, "confirm", reason="they said so")
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert (after["state"], after["version"], after["posted"]) == ("matched", 2, False)
    assert after["allocations"] == [{"item": "inv3", "amount": "300.00"}] and after["reasons"] == ["they said so"]
    stale = decide(hub, three, "park")
    assert stale.status_code == 409 and stale.json()["current"]["version"] == 2
    assert decide(hub, four, "confirm", role=Role.VIEWER).status_code == 403
    for action, more, why in (
            ("confirm", {"candidate": 7}, "there is no candidate 7"), ("split", {}, "say for which items"),
            ("split", {"allocations": [{"item": "inv3", "amount": "1"}]}, "more than the 0.00 that are open"),
            ("split", {"allocations": [{"item": "inv8", "amount": "400.01"}]}, "but the payment is 400.00"),
            ("split", {"allocations": [{"item": "none", "amount": "1"}]}, "there is no item none"),
            ("unmatch", {}, "is not matched")):
        answer = decide(hub, four, action, **more)
        assert answer.status_code == 422 and why in answer.json()["detail"], (action, answer.text)
    for body in ({"action": "burn"}, {"action": "park", "more": 1}, {"action": "park", "version": "1"},
                 {"action": "park", "version": 0}, {"action": "park", "reason": "\0"},
                 *({"action": "split", "allocations": [{"item": "inv8", "amount": one}]}
                   for one in (1.5, "1e3", "1,5", "NaN", "", "9" * 19))):
        answer = client.post(f"{V1}/imports/payments/{four['id']}/decide", json={"version": 1, **body})
        assert answer.status_code == 422, body
    parts = [{"item": "inv7", "amount": "250"}, {"item": "inv8", "amount": "149.50"}]
    parted = decide(hub, four, "split", allocations=parts).json()
    assert (parted["rest"], parted["gap"]) == ("0.50", "overpaid") and len(parted["allocations"]) == 2
    assert decide(hub, odd, "ignore").json()["state"] == "ignored"
    parked = decide(hub, seven, "park").json()
    assert decide(hub, parked, "reject", reason="ours").json()["state"] == "unmatched"
    undone = decide(hub, parted, "unmatch").json()
    assert undone["candidates"][0]["allocations"] == parts
    assert decide(hub, undone, "confirm").json()["state"] == "matched", "nobody else has it"
    trail = [line["word"] for line in asked(hub, f"/payments/{four['id']}")["trail"]]
    assert [word for word in trail if word != "posted"] == ["suggested", "split", "unmatched", "confirmed"]
    told = asked(hub, f"/{past.bank}")["money"]["SEK"]
    assert (told["matched"], told["ignored"], told["balances"]) == ("999.50", "850.00", True)
    deeds = {(deed.what, deed.about, deed.text) for deed in hub.accounts.deeds(limit=50).items}
    assert ("payment.confirmed", f"payment {three['id']}", "they said so") in deeds
    assert ("payment.ignored", f"payment {odd['id']}", "") in deeds
    run = client.post(f"{V1}/imports/{past.bank}/replay").json()["run"]
    assert over(hub, run)["state"] == "done" and asked(hub, f"/payments/{three['id']}")["posted"]
    assert {row["invoice_id"] for row in rows_of(hub, "decisions*")} == {"inv3", "inv7", "inv8"}


def test_two_persons_do_not_both_take_the_last_of_an_item(hub: Place, past: Past) -> None:
    waiting = queue(hub, "bank")
    five, six = waiting["500.00"], waiting["600.00"]

    def take(payment: Any) -> int:
        parts = [{"item": "inv9", "amount": payment["amount"]}]
        return decide(hub, payment, "split", allocations=parts).status_code

    assert sorted(at_once(lambda: take(five), lambda: take(six))) == [200, 422]
    again = [asked(hub, f"/payments/{one['id']}") for one in (five, six)]
    lost, = (one for one in again if one["version"] == 1)
    assert sorted(at_once(*(lambda action=action: decide(hub, lost, action).status_code
                            for action in ("park", "ignore", "reject")))) == [200, 409, 409]


def test_items_are_asked_with_the_parameters_of_a_run(hub: Place, past: Past) -> None:
    one = next(iter(queue(hub, "bank").values()))
    text = BANK % ("bank", '{ type: csv, file: "${params.exports}" }')
    flow(hub, "bank", "params:\n  exports: { default: open.csv }\n" + text)
    try:
        found = get(hub, f"imports/payments/{one['id']}/items", text="inv4")
        assert [each["id"] for each in found["items"]] == ["inv4"]
    finally:
        flow(hub, "bank", BANK % ("bank", "{ type: csv, file: open.csv }"))


def test_of_a_flow_that_is_gone_only_what_needs_no_items(hub: Place, past: Past) -> None:
    waiting, client = queue(hub, "other"), hub.client(Role.VIEWER)
    parts = [{"item": "inv8", "amount": "600.00"}]
    items = f"{V1}/imports/payments/{waiting['600.00']['id']}/items"
    flow(hub, "other", BANK % ("other", AWAY + ", asks: { search: q } }"))
    answers = [client.get(items, params={"text": "inv"})]      # a run would go on trying, but nobody waits so long
    flow(hub, "other", BANK % ("other", AWAY + ", budget: 0 }"))
    answers += decide(hub, waiting["300.00"], "confirm"), decide(hub, waiting["600.00"], "split", allocations=parts)
    assert [(answer.status_code, TOKEN in answer.text) for answer in answers] == [(424, False)] * 3
    assert decide(hub, waiting["7.00"], "park").json()["state"] == "parked"
    plain = TAKE % "other" + "    parser: bgmax\n    sink: { type: file, place: told }\n"
    for text, amount in ((plain, "300.00"), ("tasks: [", "400.00"), ("", "500.00")):
        flow(hub, "other", text)
        gone = decide(hub, waiting["600.00"], "split", allocations=parts)
        assert gone.status_code == 409 and "confirm a candidate" in gone.json()["detail"]
        assert client.get(items).status_code == 409
        assert decide(hub, waiting[amount], "confirm").json()["state"] == "matched"
    assert decide(hub, waiting["850.00"], "reject").json()["state"] == "unmatched"
    assert TOKEN not in client.get(f"{V1}/imports/{past.other}").text
    assert hub.client(Role.OPERATOR).post(f"{V1}/imports/{past.other}/replay").status_code == 409

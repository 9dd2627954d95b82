"""Imports in the browser: rows put right and replayed, payments told apart by a person, and nothing left unaccounted for."""
from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from web import importfiles
from web.conftest import Heard, Open, signed_in
from web.hub import Hub, started, until, workspace
from web.test_pages import findings, settled

ENDED = ("done", "failed", "cancelled")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[tuple[Hub, dict[str, object]]]:
    """A hub that has taken in a bank's payments (import 1) and orders (import 2); and the browsers' states of those who may come in."""
    home = workspace(tmp_path_factory.mktemp("imports") / "work", "jobs: []\n")
    importfiles.write(home)
    with started(home) as hub:
        hub.add_people()
        for flow in ("bank", "orders"):
            assert finished(hub, flow) == "done"
        yield hub, signed_in(hub, browser)


@pytest.fixture
def hub(made: tuple[Hub, dict[str, object]]) -> Hub:
    return made[0]


@pytest.fixture
def states(made: tuple[Hub, dict[str, object]]) -> dict[str, object]:
    return made[1]


def finished(hub: Hub, flow: str) -> str:
    """The state in which a run of it ends."""
    client = hub.client()
    run = client.post(f"/flows/{flow}/run", json={}).raise_for_status().json()["id"]
    until(lambda: client.get(f"/runs/{run}").json()["state"] in ENDED)
    state: str = client.get(f"/runs/{run}").json()["state"]
    return state


def row(page: Page, text: str) -> Locator:
    return page.get_by_role("grid", name="Imports").locator("tbody tr").filter(has_text=text)


def slowly(page: Page) -> None:
    """The hub's answers take their time from now on."""
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", {
        "offline": False, "latency": 700, "downloadThroughput": -1, "uploadThroughput": -1})


def queue(page: Page) -> Locator:
    return page.get_by_role("list", name="Payments to review")


def chosen(page: Page, payer: str) -> Locator:
    """The payment of that payer, beside the queue."""
    queue(page).get_by_role("link", name=re.compile(re.escape(payer))).click()
    case = page.get_by_role("article", name=f"Payment of {payer}")
    expect(case).to_be_visible()
    return case


def payment(hub: Hub, payer: str) -> dict[str, Any]:
    items = hub.client().get("/imports/1/payments").raise_for_status().json()["items"]
    found: dict[str, Any] = next(one for one in items if one["payer"]["name"] == payer)
    return found


def balances(hub: Hub, number: int) -> None:
    """Rows in and money in are accounted for, as the hub says and as the numbers are."""
    one = hub.client().get(f"/imports/{number}").json()
    assert one["rows"] == one["accepted"] + one["rejected"] + one["duplicates"] and one["balances"]
    assert all(sums["balances"] for sums in one["money"].values())


def test_the_list_has_every_file_its_rows_its_money_and_what_waits(hub: Hub, opened: Open) -> None:
    page = opened("/ui/imports", "viewer")
    settled(page, "Imports")
    expect(row(page, "payments")).to_contain_text("139,408.50 SEK")
    expect(row(page, "payments")).to_contain_text("6 payments to review")
    expect(row(page, "orders")).to_contain_text("Done, with rejects")
    expect(row(page, "orders")).to_contain_text(importfiles.ODD)
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name=re.compile("Imports.*4 rejects, 6 payments to review"))).to_be_visible()
    page.get_by_role("combobox", name="Flow").select_option("bank/take")
    expect(page.get_by_role("grid", name="Imports").locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Refused").click()
    expect(page.get_by_role("heading", name="No import matches")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    row(page, "orders").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(importfiles.ODD)
    expect(page.locator("main img")).to_have_count(0)
    assert page.title() != "owned"


def test_a_viewer_sees_everything_and_changes_nothing(opened: Open) -> None:
    page = opened("/ui/imports/2", "viewer")
    value = page.get_by_role("button", name="Edit amount in line 3")
    expect(value).to_have_attribute("title", "Needs the operator role")
    value.dispatch_event("click")
    expect(page.get_by_label("New value of amount in line 3")).to_have_count(0)
    expect(page.get_by_role("button", name="Drop line 3")).to_have_attribute("aria-disabled", "true")
    page.goto(page.url.replace("/2", "/1"))
    case = chosen(page, "Kvarnby Bygg AB")
    for name in ("Accept match", "Split", "Search invoice", "Reject", "Park", "Ignore"):
        expect(case.get_by_role("button", name=name)).to_have_attribute("title", "Needs the operator role")
    expect(case.get_by_role("radio").first).to_be_disabled()
    page.keyboard.press("a")
    expect(case.get_by_text("Suggested", exact=True)).to_be_visible()


def test_markup_in_files_is_text(opened: Open) -> None:
    page = opened("/ui/imports/1")
    case = chosen(page, importfiles.MARKED[:35])
    expect(case).to_contain_text("Åsa</b> &")
    expect(case.locator("b")).to_have_count(0)
    page.goto(page.url.split("/imports")[0] + "/imports/2")
    expect(page.get_by_role("row", name=re.compile("twelve"))).to_contain_text("<b onmouseover")


def test_values_are_put_right_in_place_and_replayed(hub: Hub, opened: Open) -> None:
    page = opened("/ui/imports/2")
    expect(page.get_by_role("button", name="Replay")).to_have_attribute("title", "Correct a value first")
    page.get_by_role("button", name="Edit amount in line 3, now twelve").click()
    field = page.get_by_label("New value of amount in line 3")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Edit amount in line 3, now twelve")).to_be_focused()
    page.keyboard.press("Enter")
    field.fill("12,00")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Edit amount in line 3, now 12,00")).to_be_focused()
    expect(page.get_by_role("row", name=re.compile("^3 amount"))).to_contain_text("was twelve")
    slowly(page)    # the next is edited while this one is on its way
    for name, label, text in (("day in line 4", "value of day in line 4", "no day"),
                              ("the whole row in line 7", "text of the row in line 7", "6;1,00;2026-11-22;Maja")):
        page.get_by_role("button", name=f"Edit {name}").click()
        page.get_by_label(f"New {label}").fill(text)
        page.get_by_role("button", name="Keep").click()
    page.get_by_role("button", name="Replay 3 fixed rows").click()
    expect(page.get_by_text("2 rows taken")).to_be_visible()
    balance = page.get_by_role("region", name="Balance")
    expect(balance.get_by_role("group", name="Rows in")).to_contain_text(re.compile(r"Accepted\s*5"))
    expect(balance.get_by_text("Balances")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^3 amount"))).to_contain_text("Taken")
    expect(page.get_by_role("row", name=re.compile("^4 day"))).to_contain_text("Open")
    written = [json.loads(line) for file in (hub.home / "out").iterdir() if file.name.startswith("orders")
               for line in file.read_text().splitlines()]
    assert sorted(one["id"] for one in written) == [1, 2, 4, 6, 7]
    balances(hub, 2)


def test_all_of_a_row_is_put_right_taken_back_and_dropped(hub: Hub, opened: Open) -> None:
    page = opened("/ui/imports/2")
    page.get_by_role("button", name="Edit all of line 6").click()
    form = page.get_by_role("dialog", name="Row at line 6")
    expect(form.get_by_label("order")).to_have_accessible_description("order is no whole number")
    form.get_by_label("order").fill("5")
    form.get_by_label("customer").fill("Åkeri Norr KB")
    form.get_by_role("button", name="Keep").click()
    fixed = page.get_by_role("row", name=re.compile("^6 customer"))
    expect(fixed).to_contain_text("was Åkeri Norr HB")
    page.get_by_role("button", name="Take back the change of line 6").click()
    expect(fixed).to_have_count(0)
    page.get_by_role("button", name="Take line 6 as it is").click()
    expect(page.get_by_role("row", name=re.compile("^6 order"))).to_contain_text("Fixed")
    page.get_by_role("button", name="Take back the change of line 6").click()
    page.get_by_role("button", name="Drop line 6").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Drop row").click()
    expect(page.get_by_role("row", name=re.compile("^6 order"))).to_contain_text("Dropped")
    page.get_by_role("combobox", name="State of rejects").select_option("dropped")
    expect(page.get_by_role("row", name=re.compile("^4 day"))).to_have_count(0)
    expect(page.get_by_role("row", name=re.compile("^6 order"))).to_be_visible()
    balances(hub, 2)


def test_rejects_are_saved_as_a_file(opened: Open) -> None:
    page = opened("/ui/imports/2", "viewer")
    page.get_by_role("button", name="Rejects").click()
    with page.expect_download() as found:
        page.get_by_role("link", name="As CSV").click()
    assert "2026-13-01" in found.value.path().read_text()
    assert found.value.suggested_filename.endswith("-rejects.csv")


def test_payments_are_decided_by_keys_alone(hub: Hub, opened: Open) -> None:
    page = opened("/ui/imports/1")
    rows = queue(page).get_by_role("link")
    expect(rows.first).to_have_attribute("aria-current", "true")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.first).to_be_focused()
    expect(page.get_by_role("radio", checked=True)).to_have_accessible_name(re.compile(r"20311 \+ 20318"))
    page.keyboard.press("a")
    expect(page.get_by_text("Kvarnby Bygg AB is matched")).to_be_visible()
    expect(rows).to_have_count(5)
    expect(rows.first).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(2)).to_contain_text("Åkeri Norr HB")
    expect(page.get_by_role("article", name="Payment of Åkeri Norr HB")).to_be_visible()
    page.keyboard.press("p")
    expect(rows.nth(2)).to_contain_text("Parked")
    expect(rows.nth(3)).to_have_attribute("aria-current", "true")
    found = payment(hub, "Kvarnby Bygg AB")
    assert found["state"] == "matched" and [one["item"] for one in found["allocations"]] == ["20311", "20318"]
    assert payment(hub, "Åkeri Norr HB")["state"] == "parked"
    money = page.get_by_role("group", name="Money in, SEK")
    expect(money).to_contain_text(re.compile(r"Matched\s*21,299\.00"))
    balances(hub, 1)


def test_a_match_is_taken_back_and_told_again(hub: Hub, opened: Open) -> None:
    page = opened("/ui/imports/1?view=all", "operator")
    page.get_by_role("list", name="Payments", exact=True).get_by_role("link", name=re.compile("S. Johansson")).click()
    case = page.get_by_role("article", name="Payment of S. Johansson")
    expect(case).to_contain_text("Told to those who are to know")
    case.get_by_role("button", name="Un-match").click()
    asked = page.get_by_role("dialog", name="Un-match this payment?")
    asked.get_by_label("Why").fill("paid <b>twice</b>")
    asked.get_by_role("button", name="Un-match").click()
    expect(case.get_by_text("Unmatched", exact=True)).to_be_visible()
    expect(case.get_by_role("listitem").filter(has_text="Un-matched by operator")).to_contain_text("paid <b>twice</b>")
    page.get_by_role("button", name="Tell now").click()
    expect(page.get_by_text(re.compile(r"Run \d+ is done"))).to_be_visible()
    expect(case.get_by_role("listitem").filter(has_text="Told by")).to_have_count(2)
    assert payment(hub, "S. Johansson")["posted"]
    balances(hub, 1)


def test_a_payment_is_split_among_items_that_are_searched_for(hub: Hub, opened: Open) -> None:
    page = opened("/ui/imports/review?text=Hamn")
    expect(queue(page).get_by_role("link")).to_have_count(1)
    case = chosen(page, "Hamnkontoret")
    expect(case.get_by_role("button", name="Accept match")).to_have_attribute("title", re.compile("search for an invoice"))
    case.get_by_role("button", name="Search invoice").click()
    form = page.get_by_role("dialog", name="Search invoice")
    expect(form.get_by_role("button", name="Match")).to_have_attribute("aria-disabled", "true")
    form.get_by_role("searchbox").fill("Hamnkontoret")
    form.get_by_role("button", name="Add 20360").click()
    expect(form.get_by_label("Amount for 20360")).to_have_value("640.00")
    expect(form.get_by_role("status").filter(has_text="1,200.00 SEK")).to_contain_text("Left over")
    form.get_by_role("button", name="Add 20361").click()
    form.get_by_label("Amount for 20361").fill("")
    form.get_by_role("button", name="Match").click()
    expect(form.get_by_label("Amount for 20361")).to_be_focused()
    form.get_by_label("Amount for 20361").fill("1 200,00")
    expect(form.get_by_text("Nothing is left over")).to_be_visible()
    form.get_by_role("button", name="Match").click()
    expect(page.get_by_text("Hamnkontoret is matched")).to_be_visible()
    found = payment(hub, "Hamnkontoret")
    assert [(one["item"], one["amount"]) for one in found["allocations"]] == [("20360", "640.00"), ("20361", "1200.00")]
    assert found["rest"] in ("0", "0.00")
    balances(hub, 1)


def test_more_than_is_open_is_refused_with_its_reason(hub: Hub, opened: Open, heard: Heard) -> None:
    heard.expected.append("422")
    page = opened("/ui/imports/1")
    chosen(page, "Lindström & Söner").get_by_role("button", name="Split").click()
    form = page.get_by_role("dialog", name="Split the payment")
    form.get_by_label("Amount for 20330").fill("45120.50")
    form.get_by_role("button", name="Match").click()
    expect(form.get_by_role("alert")).to_contain_text("20330")
    form.get_by_label("Amount for 20330").fill("45120")
    form.get_by_role("button", name="Match").click()
    expect(page.get_by_text("Lindström & Söner is matched")).to_be_visible()
    assert payment(hub, "Lindström & Söner")["rest"] == "0.50"
    page.get_by_role("button", name="Undo").click()
    expect(queue(page).get_by_role("link", name=re.compile("Lindström & Söner"))).to_be_visible()
    balances(hub, 1)


def test_who_comes_second_is_told_and_sees_what_is_so(hub: Hub, opened: Open, heard: Heard) -> None:
    heard.expected.append("409")
    page = opened("/ui/imports/1")
    case = chosen(page, "Stora Kontoret AB")
    expect(case.get_by_text("Unmatched", exact=True)).to_be_visible()
    page.route("**/api/v1/events*", lambda route: route.abort())
    heard.expected.append("ERR_FAILED")
    found = payment(hub, "Stora Kontoret AB")

    def first(route: Any) -> None:      # somebody else is quicker by a moment
        page.unroute("**/decide")
        hub.client("admin").post(f"/imports/payments/{found['id']}/decide", json={
            "version": found["version"], "action": "ignore", "reason": "our own money"}).raise_for_status()
        route.continue_()

    page.route("**/decide", first)
    case.get_by_role("button", name="Park").click()
    expect(page.get_by_text("Somebody decided meanwhile")).to_be_visible()
    expect(case.get_by_text("Ignored", exact=True)).to_be_visible()
    expect(case).to_contain_text("our own money")
    expect(case.get_by_role("button", name="Take it up again")).to_be_visible()
    assert payment(hub, "Stora Kontoret AB")["state"] == "ignored"


def test_a_run_shows_what_it_took_in_and_a_new_file_shows_by_itself(hub: Hub, opened: Open) -> None:
    page = opened("/ui/imports")
    expect(row(page, "orders")).to_have_count(1)
    (hub.home / "orders" / "second.csv").write_text("order;amount;day;customer\n8;nine;2026-11-20;Maja\n")
    assert finished(hub, "orders") == "done"
    page.get_by_role("button", name="Show 1 new import").click()
    second = row(page, "second.csv")
    expect(second).to_contain_text("1 reject")
    second.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("second.csv")
    page.get_by_role("link", name=re.compile(r"^run \d+$")).first.click()
    card = page.get_by_role("region", name="Imports")
    expect(card).to_contain_text("1 row, 1 reject")
    expect(page.get_by_role("region", name="What happened")).to_contain_text("Rows were rejected")
    card.get_by_role("link", name="Imports of this run").click()
    expect(page.get_by_role("grid", name="Imports").locator("tbody tr")).to_have_count(1)


def test_money_is_reckoned_exactly_and_read_as_people_write_it(opened: Open) -> None:
    page = opened("/ui/imports", "viewer")
    found = page.evaluate("""async () => {
        const { amountOf, less, money, smaller, sum } = await import('/static/app/imports/money.js');
        return [less('0.3', '0.1'), sum(['12345678901234567890.10', '0.05', '-0.15']), less('5', '7.50'), money('-1234567.5'), money('100'),
            smaller('-5.00', '-7'), ...['1 299,50', '1,299.50', '-12', '1.299,50', '12,345', '', 'x'].map(amountOf)];
    }""")
    assert found == ["0.2", "12345678901234567890.00", "-2.50", "-1,234,567.50", "100.00", "-5.00",
                     "1299.50", "1299.50", "-12", None, "12345", None, None]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_are_for_everybody(opened: Open, theme: str) -> None:
    page = opened("/ui/imports", theme=theme, bypass_csp=True)
    for path, heading in (("", "Imports"), ("/2", importfiles.ODD), ("/1", importfiles.PAYMENTS), ("/1?view=all&payment=1", importfiles.PAYMENTS),
                          ("/review", "Review")):
        page.goto(page.url.split("/ui")[0] + f"/ui/imports{path}")
        settled(page, heading)
        expect(page.get_by_role("heading", name="Trail")).to_be_visible() if "1" in path else None
        assert findings(page) == [], path
    page.get_by_role("button", name="Search invoice").click()
    expect(page.get_by_role("dialog", name="Search invoice")).to_be_visible()
    assert findings(page) == []


@pytest.mark.parametrize("path", ["", "/1", "/2", "/review"])
def test_the_pages_fit_on_a_phone(opened: Open, path: str) -> None:
    page = opened(f"/ui/imports{path}", width=390)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".bone")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

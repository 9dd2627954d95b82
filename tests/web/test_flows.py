"""Flows in the browser: found, run, watched while they run, answered, run again."""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from web import flowfiles
from web.conftest import Heard, Open, signed_in
from web.held import Held
from web.hub import Hub, started, until, workspace
from web.test_pages import findings, settled

ENDED = ("done", "failed", "cancelled")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[tuple[Hub, dict[str, object]]]:
    """A hub with flows; `fragile` has failed once. And the browsers' states of those who may come in."""
    home = workspace(tmp_path_factory.mktemp("flows") / "work", "jobs: []\n")
    flowfiles.write(home)
    (home / "tasks" / "fails").touch()
    with started(home) as hub:
        hub.add_people()
        finished(hub, begun(hub, "fragile"))
        yield hub, signed_in(hub, browser)


@pytest.fixture
def hub(made: tuple[Hub, dict[str, object]]) -> Hub:
    return made[0]


@pytest.fixture
def states(made: tuple[Hub, dict[str, object]]) -> dict[str, object]:
    return made[1]


@pytest.fixture
def opened(opened: Open) -> Open:
    """As that of the other pages, and as the operator if nobody is named."""
    return lambda path, name="operator", **more: opened(path, name, **more)


def begun(hub: Hub, flow: str, **params: object) -> int:
    run: int = hub.client().post(f"/flows/{flow}/run", json={"params": params}).raise_for_status().json()["id"]
    return run


def state(hub: Hub, run: int) -> str:
    found: str = hub.client().get(f"/runs/{run}").json()["state"]
    return found


def finished(hub: Hub, run: int) -> str:
    client = hub.client()
    until(lambda: client.get(f"/runs/{run}").json()["state"] in ENDED)
    return state(hub, run)


@pytest.fixture
def going(hub: Hub) -> Iterator[int]:
    """A run of `close` whose second task prints, and goes on when the file `open` is there."""
    gate = hub.home / "tasks" / "open"
    gate.unlink(missing_ok=True)
    run = begun(hub, "close", city="Rome")
    yield run
    client = hub.client()
    if client.get(f"/runs/{run}").json()["state"] not in ENDED:
        client.post(f"/runs/{run}/cancel")
    finished(hub, run)


def node(page: Page, task: str) -> Locator:
    return page.get_by_role("region", name="Task graph").get_by_role("link", name=re.compile(rf"^{re.escape(task)}"))


def test_the_list_has_every_flow_and_where_its_mistakes_are(opened: Open) -> None:
    page = opened("/ui/flows")
    settled(page, "Flows")
    row = page.get_by_role("row", name=re.compile("^close"))
    for text in ("Month-end close", "finance", f"every day at {flowfiles.AT}"):
        expect(row).to_contain_text(text)
    expect(row.locator("time")).to_be_visible()
    wrong = page.get_by_role("row", name=re.compile("^wrong"))
    expect(wrong).to_contain_text("Mistake")
    expect(wrong).to_contain_text(re.compile(r"flows/wrong\.json:\d"))
    expect(page.get_by_role("button", name="Run wrong now")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("searchbox", name="Search flows").fill("finance")
    expect(page.get_by_role("grid", name="Flows").locator("tbody tr")).to_have_count(1)


def test_a_flow_with_mistakes_shows_them_at_its_lines(opened: Open) -> None:
    page = opened("/ui/flows/wrong")
    expect(page.get_by_role("alert")).to_contain_text("it cannot run")
    expect(page.get_by_role("region", name="The file").locator(".bad")).not_to_have_count(0)
    expect(page.get_by_role("button", name="Run now")).to_have_attribute("aria-disabled", "true")


def test_markup_is_text_in_titles_and_in_what_is_printed(hub: Hub, opened: Open) -> None:
    run = hub.client().get("/flows/fragile").json()["flow"]["last_run"]["id"]
    page = opened("/ui/flows/fragile?task=first")
    expect(page.get_by_role("heading", level=1)).to_contain_text(flowfiles.ODD)
    output = page.get_by_role("log", name="Last lines of output")
    expect(output).to_contain_text(f"said {flowfiles.ODD}")
    expect(output).to_contain_text("coloured")
    assert "\x1b" not in output.inner_text() and "[31m" not in output.inner_text()
    expect(page.get_by_role("region", name="Outputs")).to_contain_text("onerror")
    page.get_by_role("link", name="Full log").click()
    expect(page).to_have_url(re.compile(rf"/ui/runs/{run}/tasks/first/log"))
    expect(page.get_by_role("region", name="Text of the output")).to_contain_text(flowfiles.ODD)
    expect(page.locator("main img")).to_have_count(0)
    assert page.title() != "owned"


def test_a_run_is_told_its_parameters_and_says_which_are_wrong(hub: Hub, opened: Open, heard: Heard) -> None:
    heard.expected.append("422")
    page = opened("/ui/flows/told")
    page.get_by_role("button", name="Run now").click()
    form = page.get_by_role("dialog", name="Run told")
    expect(form.get_by_label("many")).to_have_value("2")
    expect(form.get_by_label("where")).to_have_value("Oslo")
    expect(form.get_by_label("names")).to_have_value("a\nb")
    form.get_by_label("many").fill("some")
    form.get_by_role("button", name="Run now").click()
    expect(form.get_by_label("who", exact=True)).to_be_focused()
    expect(form.get_by_label("who", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_label("many")).to_have_accessible_description(re.compile("whole number"))
    form.get_by_label("who", exact=True).fill("Maja")
    form.get_by_label("many").fill("7")
    form.get_by_label("where").select_option("Rome")
    form.get_by_label("loud").check()
    form.get_by_label("day").fill("2026-11-20")
    form.get_by_label("Priority").select_option("high")
    form.get_by_role("button", name="Run now").click()
    page.get_by_role("button", name="Open run").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Run \d+"))
    expect(page.get_by_role("region", name="Details")).to_contain_text("2026-11-20")
    run = int(page.url.rsplit("/", 1)[1])
    finished(hub, run)
    told = hub.client().get(f"/runs/{run}").json()
    assert told["params"] == {     # what was given; all else is as the flow says
        "who": "Maja", "many": 7, "where": "Rome", "loud": True, "day": "2026-11-20"}
    assert told["priority"] == "high"


def test_a_long_parameter_does_not_fill_the_page(hub: Hub, opened: Open) -> None:
    """As that of a run which many files have started."""
    run = begun(hub, "told", who="me", names=[f"name-{number:05}" for number in range(2000)])
    finished(hub, run)
    page = opened(f"/ui/runs/{run}")
    details = page.get_by_role("region", name="Details")
    expect(details).to_contain_text("name-00100")
    expect(details).to_contain_text("…")
    assert len(details.inner_text()) < 4000


def test_a_mistake_that_was_put_right_is_not_told_any_more(hub: Hub, opened: Open, heard: Heard) -> None:
    """Nor does it keep the form from being sent with the next click."""
    heard.expected.append("422")
    page = opened("/ui/flows/told")
    page.get_by_role("button", name="Run now").click()
    form = page.get_by_role("dialog", name="Run told")
    form.get_by_label("who", exact=True).fill("Maja")
    form.get_by_label("more").fill("{bad")
    form.get_by_role("button", name="Run now").click()
    expect(form.get_by_label("more")).to_have_accessible_description(re.compile("must be a mapping"))
    form.get_by_label("more").fill('{"a": 2}')
    form.get_by_label("who", exact=True).focus()
    expect(form.get_by_text("must be a mapping")).to_have_count(0)
    form.get_by_label("more").fill('{"a": 3}')
    form.get_by_role("button", name="Run now").click()
    page.get_by_role("button", name="Open run").click()
    run = int(page.url.rsplit("/", 1)[1])
    assert hub.client().get(f"/runs/{run}").json()["params"]["more"] == {"a": 3}


def test_states_output_and_an_approval_are_seen_as_they_happen(hub: Hub, going: int, opened: Open) -> None:
    page = opened("/ui/flows/close")
    expect(node(page, "fetch-ledger")).to_have_accessible_name(re.compile("Done"))
    expect(node(page, "fetch-statements")).to_have_accessible_name(re.compile("Running"))
    expect(node(page, "import")).to_have_accessible_name(re.compile("Queued"))
    node(page, "fetch-statements").click()
    panel = page.get_by_role("complementary", name="Task fetch-statements")
    expect(panel.get_by_role("heading", level=2)).to_be_focused()
    output = panel.get_by_role("log", name="Last lines of output")
    expect(output).to_contain_text("before the gate")
    expect(panel.get_by_role("checkbox", name="Follow")).to_be_checked()
    assert output.locator("span").count() <= 1001, "only the last lines are on the page"
    expect(output).not_to_contain_text("line 3\n")
    (hub.home / "tasks" / "open").touch()
    expect(output).to_contain_text("after the gate")
    expect(node(page, "fetch-statements")).to_have_accessible_name(re.compile("Done"))
    expect(node(page, "import")).to_have_accessible_name(re.compile("Done, 3 of 3"))
    expect(node(page, "approve-release")).to_have_accessible_name(re.compile("Needs approval"))
    expect(page.locator(".head .chip")).to_have_text("Needs approval")
    node(page, "approve-release").click()
    panel = page.get_by_role("complementary", name="Task approve-release")
    expect(panel).to_contain_text("from Rome?")
    panel.get_by_role("button", name="Approve").click()
    asked = page.get_by_role("dialog", name="Approve approve-release?")
    asked.get_by_label("Why").fill("checked <b>twice</b>")
    asked.get_by_role("button", name="Approve").click()
    expect(panel).to_contain_text("Approved by operator")
    expect(panel).to_contain_text("checked <b>twice</b>")
    expect(node(page, "send-payments")).to_have_accessible_name(re.compile("Done"))
    expect(page.locator(".head .chip")).to_have_text("Done")
    node(page, "send-payments").click()
    page.get_by_role("complementary", name="Task send-payments").get_by_role("link", name="Open run").click()
    expect(page.get_by_role("region", name="Details")).to_contain_text(f"run {going}")


def test_an_approval_is_asked_for_on_the_overview_and_rejected(hub: Hub, going: int, opened: Open) -> None:
    (hub.home / "tasks" / "open").touch()
    client = hub.client()
    until(lambda: any(one["asks"] for one in client.get(f"/runs/{going}/tasks").json()["items"]))
    page = opened("/")
    needs = page.get_by_role("region", name="Needs attention")
    expect(needs).to_contain_text("Send the payments")
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name=re.compile("Flows.*1 approval"))).to_be_visible()
    needs.get_by_role("link", name="Look and answer").click()
    panel = page.get_by_role("complementary", name="Task approve-release")
    panel.get_by_role("button", name="Reject").click()
    page.get_by_role("dialog").get_by_role("button", name="Reject").click()
    expect(panel).to_contain_text("Rejected by operator")
    expect(page.locator(".head .chip")).to_have_text("Failed")
    expect(node(page, "send-payments")).to_have_accessible_name(re.compile("Blocked"))
    expect(node(page, "tell-everybody")).to_have_accessible_name(re.compile("Done"))


def test_what_failed_is_done_again_and_from_a_task_on(hub: Hub, opened: Open) -> None:
    (hub.home / "tasks" / "fails").touch()
    run = begun(hub, "fragile")
    assert finished(hub, run) == "failed"
    page = opened(f"/ui/runs/{run}?task=second")
    panel = page.get_by_role("complementary", name="Task second")
    expect(panel).to_contain_text("the books do not add up")
    (hub.home / "tasks" / "fails").unlink()
    page.get_by_role("button", name="Run again what failed").click()
    expect(page).not_to_have_url(re.compile(rf"/runs/{run}(\D|$)"))
    expect(page.locator(".head .chip")).to_have_text("Done")
    expect(page.get_by_role("region", name="Details")).to_contain_text(f"run {run}")
    again = int(re.findall(r"/runs/(\d+)", page.url)[0])
    rows = {one["task"]: one for one in hub.client().get(f"/runs/{again}/tasks").json()["items"]}
    assert rows["first"]["origin"] == run and rows["second"]["origin"] is None
    node(page, "second").click()
    page.get_by_role("button", name="Run again from here").click()
    expect(page).not_to_have_url(re.compile(rf"/runs/{again}(\D|$)"))
    expect(page.locator(".head .chip")).to_have_text("Done")


def test_the_grid_leads_to_each_task_of_each_run_by_keys_too(hub: Hub, opened: Open) -> None:
    page = opened("/ui/flows/fragile")
    grid = page.get_by_role("table", name=re.compile("runs by task"))
    runs = hub.client().get("/flows/fragile/grid").json()["runs"]
    failed = next(run["id"] for run in runs if run["state"] == "failed")
    cell = grid.get_by_role("link", name=re.compile(rf"^second, run {failed}: failed"))
    expect(cell).to_be_visible()
    expect(grid.locator("a[tabindex='0']")).to_have_count(1)
    grid.locator("a[tabindex='0']").focus()
    page.keyboard.press("Home")
    expect(grid.get_by_role("link", name=re.compile(rf"^Run {runs[0]['id']},"))).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(cell).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="Task second")).to_contain_text("the books do not add up")
    expect(page).to_have_url(re.compile(rf"run={failed}&task=second"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("complementary", name="Task second")).to_have_count(0)


def test_a_backfill_says_how_many_runs_before_it_wants_them(hub: Hub, opened: Open, heard: Heard) -> None:
    heard.expected.append("422")
    (hub.home / "tasks" / "open").unlink(missing_ok=True)
    page = opened("/ui/flows/close")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name=re.compile("Backfill")).click()
    asked = page.get_by_role("dialog", name="Backfill close")
    asked.get_by_label("From").fill("2026-11-01")
    asked.get_by_label("To", exact=True).fill("2026-11-03")
    expect(asked.get_by_role("status")).to_contain_text("3 runs")
    asked.get_by_label("To", exact=True).fill("2026-10-31")
    expect(asked.get_by_role("alert")).to_contain_text("is after")
    expect(asked.get_by_role("button", name="Start", exact=True)).to_have_attribute("aria-disabled", "true")
    asked.get_by_label("To", exact=True).fill("2026-11-02")
    asked.get_by_role("button", name="Start 2 runs").click()
    expect(page.get_by_text("2 runs of close are wanted")).to_be_visible()
    client = hub.client()
    wanted = client.get("/runs", params={"flow": "close", "limit": 2}).json()["items"]
    slots = {one["slot"] for one in client.get("/flows/close/grid").json()["runs"]}
    for run in wanted:
        client.post(f"/runs/{run['id']}/cancel")
        finished(hub, run["id"])
    assert sum(slot is not None and slot.startswith("2026-11-0") for slot in slots) == 2


def test_a_backfill_counts_the_days_that_are_chosen_now(opened: Open) -> None:
    """And not those of before, whose answer is still on its way."""
    page = opened("/ui/flows/close", alone=True)
    page.get_by_role("button", name="More", exact=True).click()
    page.clock.install()
    held = Held(page, r"/backfill$", "POST", early=True, most=1)
    page.get_by_role("button", name=re.compile("Backfill")).click()
    asked = page.get_by_role("dialog", name="Backfill close")
    held.wait()
    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 1"))      # the next question is not asked before time goes on
    asked.get_by_label("From").fill("2026-11-01")
    asked.get_by_label("To", exact=True).fill("2026-11-03")
    held.answer()
    expect(asked.get_by_role("status")).to_contain_text("Counting", timeout=1)
    expect(asked.get_by_role("button", name="Start")).to_have_attribute("aria-disabled", "true", timeout=1)
    page.clock.resume()
    expect(asked.get_by_role("status")).to_contain_text("3 runs")


def test_a_graph_is_walked_with_the_keyboard_alone(opened: Open) -> None:
    page = opened("/ui/runs")
    settled(page, "Runs")
    page.keyboard.type("gf")
    settled(page, "Flows")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search or jump to").fill("fragile")
    expect(page.get_by_role("option", name="Run fragile now")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/ui/flows/fragile"))
    expect(node(page, "first")).to_have_accessible_name(re.compile("Done"))
    graph = page.get_by_role("region", name="Task graph")
    expect(graph.locator("a[tabindex='0']")).to_have_count(1)
    graph.locator("a[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    expect(node(page, "second")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="second", level=2)).to_be_focused()
    page.keyboard.press("Escape")
    expect(node(page, "second")).to_be_focused()
    page.get_by_role("button", name="Definition").press("Enter")
    expect(node(page, "second")).to_have_accessible_name("second, script")


def test_a_flow_of_a_thousand_tasks_stays_usable(hub: Hub, opened: Open) -> None:
    finished(hub, begun(hub, "large"))
    page = opened("/ui/flows/large")
    expect(page.get_by_text("1,000 of 1,000 tasks done")).to_be_visible()
    graph = page.get_by_role("region", name="Task graph")
    assert 20 < graph.locator(".node").count() < 400, "what is out of sight is not on the page"
    graph.locator("a[tabindex='0']").focus()
    page.keyboard.press("End")
    expect(graph.locator("a:focus")).to_have_attribute("data-id", f"t{flowfiles.LAYERS - 1:02}-{flowfiles.ACROSS - 1:02}")
    expect(graph.locator("a:focus")).to_be_in_viewport()
    expect(graph.locator(".node")).not_to_have_count(1)
    expect(page.get_by_role("button", name=re.compile("Show 50 more of 1,000 tasks"))).to_be_visible()


def test_who_has_no_imports_yet_can_make_one_without_writing_a_file(opened: Open) -> None:
    page = opened("/ui/imports", "admin")
    nothing = page.get_by_role("region", name="Imports")
    expect(nothing.get_by_role("heading", name="No file was taken in yet")).to_be_visible()
    nothing.get_by_role("link", name="New import").click()
    expect(page.get_by_role("radio", name="Import")).to_be_checked()


def test_a_viewer_sees_all_of_it_and_starts_nothing(hub: Hub, opened: Open) -> None:
    page = opened("/ui/flows/fragile?task=first", "viewer")
    for name in ("Run now", "Run again from here"):
        expect(page.get_by_role("button", name=name)).to_have_attribute("title", "Needs the operator role")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_of_flows_are_for_everybody(hub: Hub, opened: Open, theme: str) -> None:
    run = hub.client().get("/flows/fragile").json()["flow"]["last_run"]["id"]
    page = opened("/ui/flows", theme=theme, bypass_csp=True)
    pages: dict[str, Any] = {"/ui/flows": "Flows", "/ui/flows/close": "Month-end close", "/ui/flows/fragile?task=second": None,
                             f"/ui/runs/{run}?task=first": f"Run {run}", f"/ui/runs/{run}/tasks/first/log": "Output of first", "/ui/flows/wrong": "wrong"}
    for path, heading in list(pages.items())[:3 if theme == "dark" else None]:
        page.goto(hub.url + path)
        settled(page, heading) if heading else expect(page.get_by_role("log")).to_be_visible()
        assert (path, findings(page)) == (path, [])
    page.goto(f"{hub.url}/ui/flows/told")
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_role("dialog", name="Run told")).to_be_visible()
    assert findings(page) == []


def test_pages_of_flows_fit_on_a_phone(hub: Hub, opened: Open) -> None:
    page = opened("/ui/flows", width=390)
    for path in ("/ui/flows", "/ui/flows/close", "/ui/flows/fragile", "/ui/flows/large"):
        page.goto(hub.url + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator(".bone")).to_have_count(0)
        assert (path, page.evaluate("document.documentElement.scrollWidth - innerWidth")) == (path, 0)
    page.goto(f"{hub.url}/ui/flows/fragile?task=second")
    expect(page.get_by_role("dialog", name="Task second")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

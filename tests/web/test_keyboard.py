"""Everything with the keyboard alone."""
from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from web.conftest import Open
from web.hub import Hub, until


def settled(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()


def test_the_first_stop_skips_the_navigation(page: Page) -> None:
    settled(page, "Overview")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    until(lambda: page.evaluate("document.activeElement.id === 'main' || location.hash === '#main'"))


@pytest.mark.parametrize(("key", "heading"), [("o", "Overview"), ("j", "Jobs"), ("r", "Runs"), ("t", "Transfers"), ("i", "Imports"), ("c", "Connections"), ("l", "Logs"), ("s", "Settings")])
def test_g_and_a_letter_go_to_a_page(opened: Open, key: str, heading: str) -> None:
    page = opened("/ui/settings/account")
    settled(page, "Settings")
    page.keyboard.type(f"g{key}")       # the second is to come soon after the first
    settled(page, heading)


def test_letters_are_text_in_a_field_and_can_be_switched_off(opened: Open) -> None:
    page = opened("/ui/jobs")
    field = page.get_by_role("searchbox", name="Search jobs")
    expect(field).to_be_visible()
    page.keyboard.press("/")
    expect(field).to_be_focused()
    page.keyboard.type("gt")
    expect(field).to_have_value("gt")
    page.goto(page.url.split("/ui")[0] + "/ui/settings/appearance")
    page.get_by_role("switch", name="Single-letter keys").uncheck()
    page.locator("h1").focus()
    page.keyboard.type("gt")
    page.wait_for_timeout(300)
    settled(page, "Settings")


def test_a_list_is_one_stop_with_arrows_inside(opened: Open) -> None:
    page = opened("/ui/transfers?flow=reports&sort=name")
    rows = page.get_by_role("grid", name="Transfers").locator("tbody tr")
    expect(rows).to_have_count(50)
    expect(page.locator("tbody tr[tabindex='0']")).to_have_count(1)
    rows.first.focus()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("k")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press(" ")
    expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    told = page.get_by_role("complementary", name="Transfer")
    expect(told.get_by_role("heading", level=2)).to_be_focused()
    page.keyboard.press("Escape")
    expect(rows.nth(1)).to_be_focused()


def test_the_palette_finds_pages_jobs_actions_and_files(hub: Hub, page: Page) -> None:
    settled(page, "Overview")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search or jump to")
    expect(field).to_be_focused()
    field.fill("reports")
    expect(page.get_by_role("option", name=re.compile("Run reports now"))).to_be_visible()
    field.fill("report-33")
    expect(page.get_by_role("option", name=re.compile("report-33.csv"))).to_be_visible()
    field.fill("connections")
    expect(page.get_by_role("option", name="Connections", exact=True)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    settled(page, "Connections")
    page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)


def test_a_menu_is_opened_walked_and_left(opened: Open) -> None:
    page = opened("/ui/jobs")
    more = page.get_by_role("button", name="More for reports")
    more.focus()
    page.keyboard.press("Enter")
    menu = page.get_by_role("group", name="More for reports")
    expect(menu.get_by_role("link", name="Open")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("link", name="Plan")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(more).to_be_focused()


def test_a_job_is_made_without_a_pointer(hub: Hub, opened: Open) -> None:
    page = opened("/ui/new-job")
    name = page.get_by_label("Name", exact=True)
    expect(name).to_be_visible()
    name.focus()
    page.keyboard.type("typed-only")
    for region, path in (("Source", "in"), ("Destination", "typed-out")):
        select = page.get_by_role("region", name=region, exact=True).get_by_label("Connection", exact=True)
        select.focus()
        page.keyboard.type("Folder")
        field = page.get_by_role("region", name=region, exact=True).get_by_label("Path", exact=True)
        for _ in range(12):
            page.keyboard.press("Tab")
            if field.evaluate("(one) => one === document.activeElement"):
                break
        expect(field).to_be_focused()
        page.keyboard.type(path)
    page.keyboard.press("Control+s")
    expect(page).to_have_url(f"{hub.url}/ui/jobs/typed-only/edit")
    page.close()        # it would ask once more for what is not there any more
    client = hub.client()
    client.delete("/jobs/typed-only", params={"version": client.get("/jobs/typed-only").json()["version"]}).raise_for_status()


def test_the_run_grid_is_one_stop(opened: Open) -> None:
    page = opened("/ui/jobs/reports")
    cells = page.locator(".rungrid .cell")
    expect(cells.first).to_be_visible()
    expect(page.locator(".rungrid .cell[tabindex='0']")).to_have_count(1)
    expect(cells.first).to_have_accessible_name(re.compile(r"Run \d+, done"))


def test_e_edits_the_job_and_j_enters_the_list(opened: Open) -> None:
    page = opened("/ui/jobs/reports")
    settled(page, "reports")
    expect(page.get_by_role("link", name="Edit", exact=True)).to_be_visible()
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile("/ui/jobs/reports/edit"))
    page.goto(page.url.split("/ui")[0] + "/ui/transfers")
    rows = page.get_by_role("grid", name="Transfers").locator("tbody tr")
    expect(rows.first).to_be_visible()
    page.keyboard.press("j")
    expect(rows.first).to_be_focused()


def test_everything_is_paused_and_gone_on_with(hub: Hub, opened: Open) -> None:
    client = hub.client()
    run = client.post("/jobs/slow/run").raise_for_status().json()["id"]
    page = opened("/ui/runs")
    page.get_by_role("button", name="Pause all").click()
    asked = page.get_by_role("alertdialog", name="Pause everything?")
    expect(asked.get_by_role("button", name="Keep running")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 run paused")).to_be_visible()
    until(lambda: client.get(f"/runs/{run}").json()["state"] == "paused")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search or jump to").fill("resume all")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 run resumed")).to_be_visible()
    client.post(f"/runs/{run}/cancel").raise_for_status()
    until(lambda: client.get(f"/runs/{run}").json()["state"] == "cancelled")


def test_the_keys_are_listed(page: Page) -> None:
    settled(page, "Overview")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_contain_text("next and previous row")

"""Every page: it loads without a complaint, is usable by everybody, and fits on a phone."""
from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from web.conftest import AXE, Open
from web.hub import Hub, until

PAGES = {
    "/": "Overview", "/ui/jobs": "Jobs", "/ui/jobs/reports": "reports", "/ui/jobs/broken": "broken", "/ui/jobs/reports/plan": "Plan of reports",
    "/ui/jobs/reports/edit": "reports", "/ui/jobs/broken/edit": "broken", "/ui/new-job": "New job", "/ui/runs": "Runs", "/ui/runs/1": "Run 1", "/ui/runs/2": "Run 2",
    "/ui/transfers": "Transfers", "/ui/transfers/1": "Transfers", "/ui/imports": "Imports", "/ui/imports/review": "Review", "/ui/connections": "Connections", "/ui/new-connection": "New connection",
    "/ui/logs": "Logs", "/ui/settings": "Settings", "/ui/settings/account": "Settings", "/ui/settings/users": "Settings", "/ui/settings/tokens": "Settings",
    "/ui/settings/limits": "Settings", "/ui/settings/alerts": "Settings", "/ui/settings/audit": "Settings",
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


LOADS = """() => [...document.querySelectorAll('body *')].some((one) => one.localName.startsWith('hl-')
  && Object.values(one).some((value) => [value, value?.load].some((load) => load?.busy === true && 'isSlow' in load)))"""
"""Whether an element of the page waits for an answer: for a while it shows nothing of that."""


def settled(page: Page, heading: str) -> None:
    """The page shows what it is about, and nothing on it still waits."""
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    at_rest(page)


def at_rest(page: Page) -> None:
    until(lambda: not page.evaluate(LOADS))
    expect(page.locator(".bone")).to_have_count(0)


def findings(page: Page) -> list[str]:
    """What axe says is wrong."""
    page.evaluate(AXE.read_text())
    options = {"resultTypes": ["violations"], "runOnly": RULES}
    found: dict[str, Any] = page.evaluate(f"axe.run({json.dumps(options)})")
    return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_page_is_there_and_for_everybody(opened: Open, path: str, theme: str) -> None:
    page = opened(path, theme=theme, bypass_csp=True)
    settled(page, PAGES[path])
    assert findings(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_page_fits_on_a_phone(opened: Open, path: str) -> None:
    page = opened(path, width=390)
    settled(page, PAGES[path]) if path != "/ui/transfers/1" else expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    small = page.evaluate("""() => [...document.querySelectorAll('main :is(button, a.btn, input, select)')].filter((one) => one.checkVisibility() && !one.closest('.logline, .sr, .row, .sort, .tick, .switch'))
        .map((one) => [one.outerHTML.slice(0, 120), one.getBoundingClientRect().height]).filter(([, tall]) => tall && tall < 24)""")
    assert small == []


def test_the_sign_in_page_too(opened: Open) -> None:
    page = opened("/login", "nobody", bypass_csp=True)
    settled(page, "Sign in")
    assert findings(page) == []


def test_an_address_of_nothing_says_so(opened: Open) -> None:
    page = opened("/ui/no-such-page")
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()


def test_a_thing_that_is_not_there_says_so(opened: Open, heard: Any) -> None:
    heard.expected.append("404")
    page = opened("/ui/runs/999999")
    expect(page.get_by_role("alert")).to_contain_text("There is nothing here")


def test_a_name_of_many_letters_fits_and_leaves_the_way_back(opened: Open, heard: Any) -> None:
    heard.expected.append("404")
    page = opened(f"/ui/jobs/{'a_name_of_many_letters_' * 8}", width=390)
    expect(page.get_by_role("alert")).to_contain_text("There is nothing here")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.set_viewport_size({"width": 1440, "height": 900})
    back = page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Jobs")
    assert back.evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0


def test_a_page_on_paper_holds_what_is_to_be_read(opened: Open) -> None:
    page = opened("/ui/runs/1", theme="dark")
    settled(page, "Run 1")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.get_by_role("link", name="Log", exact=True)).to_be_hidden()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"


def test_what_happened_in_a_run_is_told_in_words_of_the_pages(opened: Open) -> None:
    story = opened("/ui/runs/1").get_by_role("region", name="What happened")
    expect(story).to_contain_text("by hand, admin")
    expect(story).to_contain_text("61 done")
    expect(story).not_to_contain_text("0 failed")


def test_the_policy_lets_nothing_else_run(opened: Open) -> None:
    page = opened("/")
    settled(page, "Overview")
    policy = page.evaluate("fetch('/').then((answer) => answer.headers.get('content-security-policy'))")
    assert "script-src 'self' 'sha256-" in policy and "unsafe" not in policy
    assert page.evaluate("document.querySelectorAll('script:not([src]):not([type=importmap])').length") == 0


def test_pages_are_found_from_the_sidebar_and_by_the_browser_s_own_buttons(page: Page) -> None:
    for name in ("Jobs", "Runs", "Transfers", "Imports", "Connections", "Logs", "Settings"):
        page.get_by_role("navigation", name="Main").get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
        expect(page).to_have_title(f"{name} · Haulier")
    page.go_back()
    expect(page.get_by_role("heading", name="Logs", level=1)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Logs", level=1)).to_be_visible()


def test_times_are_those_of_the_workspace_right_from_the_start(hub: Hub, opened: Open) -> None:
    admin, zone = hub.client(), "Pacific/Kiritimati"
    created = datetime.fromisoformat(admin.get("/session").json()["user"]["created"])
    was = admin.get("/settings").json()
    now = admin.put("/settings", json={**was, "timezone": zone}).raise_for_status().json()
    try:
        page = opened("/ui/settings/account")
        expect(page.locator("main .facts")).to_contain_text(f"{created.astimezone(ZoneInfo(zone)):%H:%M}")
    finally:
        admin.put("/settings", json={**was, "version": now["version"]}).raise_for_status()


def test_a_place_is_called_as_its_connection_is(opened: Open) -> None:
    page = opened("/ui/transfers?search=same-name")
    expect(page.get_by_role("row", name="same-name.txt")).to_contain_text("shelf")
    page.goto(page.url.replace("transfers?search=same-name", "jobs?search=shelf"))
    expect(page.get_by_role("row", name="clash")).to_be_visible()


def test_theme_and_density_stay(page: Page) -> None:
    page.get_by_role("button", name="Dark or light").click()
    page.get_by_role("button", name="Compact rows").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-density", "compact")

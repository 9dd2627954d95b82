"""Signing in and out."""
from __future__ import annotations

from playwright.sync_api import Page, expect

from web.conftest import Heard, Open
from web.hub import Hub

NOBODY = "nobody"


def sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_one_comes_back_to_where_one_wanted_to_go(hub: Hub, opened: Open, heard: Heard) -> None:
    heard.expected.append("401")    # who is there? nobody
    page = opened("/ui/transfers?tab=failed", NOBODY)
    expect(page).to_have_url(f"{hub.url}/login?to=%2Fui%2Ftransfers%3Ftab%3Dfailed")
    sign_in(page, "operator", hub.passwords["operator"])
    expect(page).to_have_url(f"{hub.url}/ui/transfers?tab=failed")
    expect(page.get_by_role("heading", name="Transfers", level=1)).to_be_visible()
    expect(page.get_by_role("button", name="Operator: account of operator")).to_be_visible()


def test_a_wrong_password_is_said_and_tied_to_its_field(opened: Open, heard: Heard) -> None:
    heard.expected.append("401")
    page = opened("/login", NOBODY)
    sign_in(page, "vera", "wrong")
    expect(page.get_by_role("alert")).to_contain_text("Wrong name or password")
    field = page.get_by_label("Password", exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("Wrong name or password")


def test_what_is_missing_is_asked_for(opened: Open) -> None:
    page = opened("/login", NOBODY)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("The user name is missing")
    expect(page.get_by_label("User name")).to_be_focused()


def test_a_link_to_elsewhere_is_not_followed(hub: Hub, opened: Open) -> None:
    page = opened("/login?to=//example.org/", NOBODY)
    sign_in(page, "viewer", hub.passwords["viewer"])
    expect(page).to_have_url(f"{hub.url}/")


def test_whoever_signs_out_is_out(hub: Hub, opened: Open, heard: Heard) -> None:
    heard.expected.append("401")
    page = opened("/login", NOBODY)
    sign_in(page, "viewer", hub.passwords["viewer"])
    page.get_by_role("button", name="Viewer: account of viewer").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{hub.url}/login")
    page.goto(f"{hub.url}/ui/jobs")
    expect(page).to_have_url(f"{hub.url}/login?to=%2Fui%2Fjobs")


def test_a_session_that_ends_meanwhile_leads_to_the_door_and_back(hub: Hub, opened: Open, heard: Heard) -> None:
    heard.expected += ["401"]
    page = opened("/login", NOBODY)
    sign_in(page, "viewer", hub.passwords["viewer"])
    page.get_by_role("link", name="Jobs").click()
    expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
    page.context.clear_cookies()
    page.get_by_role("link", name="Runs").click()
    expect(page).to_have_url(f"{hub.url}/login?to=%2Fui%2Fruns")

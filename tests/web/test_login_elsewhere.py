"""Signing in through the company's own login, in a browser, at a real one (Glewlwyd)."""
from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from haulier.testing.servers import glewlwyd
from haulier.testing.servers.glewlwyd import CLIENT, PASSWORD, SECRET, Glewlwyd
from web.conftest import Heard, Open
from web.hub import Hub, put, until

NOBODY = "nobody"
PEOPLE = {"anna": ["chiefs"], "vera": ["staff"], "nora": ["guests"]}
SETTINGS = """\
oidc:
  issuer: {issuer}
  client_id: {client}
  client_secret: {secret}
  name: Norrvik
  roles: {{ admin: chiefs, viewer: staff }}
"""


@pytest.fixture(scope="module")
def login(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Glewlwyd]:
    """A login that knows the hub, and is known to it."""
    try:
        glewlwyd.program()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    back = f"{hub.url}/api/v1/session/oidc/callback"
    with Glewlwyd(tmp_path_factory.mktemp("login"), back, PEOPLE) as server:
        before = (hub.home / "haulier.yaml").read_text()
        settle(hub, before + SETTINGS.format(issuer=server.issuer, client=CLIENT, secret=SECRET))
        yield server
        settle(hub, before)


def settle(hub: Hub, settings: str) -> None:
    """The hub does by these settings; it has taken them up when this returns."""
    put(hub.home / "haulier.yaml", settings)
    name = re.search(r"^  name: (\w+)$", settings, re.MULTILINE)
    wanted = {"passwords": "passwords: false" not in settings, "oidc": {"name": name[1]} if name else None, "refused": None}
    with httpx.Client(trust_env=False) as anybody:
        until(lambda: anybody.get(f"{hub.url}/api/v1/session/ways").json() == wanted)


@pytest.fixture(autouse=True)
def complaints(heard: Heard) -> None:
    heard.expected.append("Failed to load resource")    # nobody is signed in; and the login misses some files of its own


def sign_in(page: Page, name: str) -> None:
    """At the login, which asks whether the hub may know who it is."""
    page.get_by_role("link", name="Sign in with Norrvik").click()
    page.get_by_label("Login").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="OK").click()
    page.get_by_role("button", name="Continue").click()


def sign_in_again(hub: Hub, page: Page) -> None:
    """The session ends while something is not saved: it is signed in on another page, and nothing is lost."""
    page.goto(f"{hub.url}/ui/new-job")
    page.get_by_label("Name", exact=True).fill("kept")
    page.context.clear_cookies(name="haulier_session")
    page.keyboard.press("Control+s")        # a button cannot be pressed, if the page has asked for something by then
    dialog = page.get_by_role("dialog", name="Sign in again")
    dialog.get_by_role("button", name="I have signed in").click()
    expect(dialog.get_by_role("alert")).to_be_visible()      # not yet
    with page.expect_popup() as opened:
        dialog.get_by_role("link", name="sign in on another page").click()
    opened.value.get_by_role("button", name="Continue").click()
    expect(opened.value).to_have_url(f"{hub.url}/")
    dialog.get_by_role("button", name="I have signed in").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_label("Name", exact=True)).to_have_value("kept")
    page.on("dialog", lambda asked: asked.accept())     # that leaves what is not saved
    page.goto(f"{hub.url}/ui/jobs")


def test_an_admin_by_group_comes_back_to_where_they_wanted_to_go(hub: Hub, login: Glewlwyd, opened: Open) -> None:
    page = opened("/ui/settings/users?x=1", NOBODY)
    sign_in(page, "anna")
    expect(page).to_have_url(f"{hub.url}/ui/settings/users?x=1")
    expect(page.get_by_role("button", name="Admin: account of anna")).to_be_visible()
    mine = page.get_by_role("row").filter(has=page.get_by_text("anna", exact=True))
    expect(mine).to_contain_text("single sign-on")
    expect(mine).to_contain_text("admin")
    expect(mine.get_by_role("combobox")).to_have_count(0)
    expect(mine.get_by_role("button", name="Set password of anna")).to_have_attribute("aria-disabled", "true")
    page.goto(f"{hub.url}/ui/settings/account")
    expect(page.get_by_text(login.issuer)).to_be_visible()
    expect(page.get_by_label("Old password")).to_have_count(0)
    sign_in_again(hub, page)
    page.get_by_role("button", name="Admin: account of anna").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in with Norrvik")).to_be_visible()
    page.goto(f"{hub.url}/ui/jobs")
    expect(page).to_have_url(f"{hub.url}/login?to=%2Fui%2Fjobs")


def test_a_viewer_by_group_sees_the_overview_and_changes_nothing(hub: Hub, login: Glewlwyd, opened: Open) -> None:
    page = opened("/login", NOBODY)
    expect(page.get_by_label("User name")).to_be_focused()
    sign_in(page, "vera")
    expect(page).to_have_url(f"{hub.url}/")
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    expect(page.get_by_text("You are a viewer.")).to_be_visible()


def test_whoever_is_in_no_group_is_told_so_once(hub: Hub, login: Glewlwyd, opened: Open) -> None:
    page = opened("/login", NOBODY)
    sign_in(page, "nora")
    expect(page).to_have_url(f"{hub.url}/login")
    expect(page.get_by_role("alert")).to_contain_text("Norrvik names no group of nora that may come in")
    page.reload()
    expect(page.get_by_role("link", name="Sign in with Norrvik")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_without_passwords_there_is_one_way(hub: Hub, login: Glewlwyd, opened: Open) -> None:
    settings = (hub.home / "haulier.yaml").read_text()
    settle(hub, settings + "  passwords: false\n")
    try:
        page = opened("/login", NOBODY)
        expect(page.get_by_role("link", name="Sign in with Norrvik")).to_be_focused()
        expect(page.get_by_label("Password")).to_have_count(0)
    finally:
        settle(hub, settings)


def test_a_login_that_is_away_is_said_in_a_sentence(hub: Hub, login: Glewlwyd, opened: Open) -> None:
    settings = (hub.home / "haulier.yaml").read_text()
    settle(hub, settings.replace(login.issuer, "http://127.0.0.1:9").replace("Norrvik", "Nobody"))
    try:
        page = opened("/login", NOBODY)
        page.get_by_role("link", name="Sign in with Nobody").click()
        expect(page.get_by_role("alert")).to_contain_text("127.0.0.1 does not answer")
        expect(page.get_by_label("User name")).to_be_visible()      # the other way in is there still
    finally:
        settle(hub, settings)

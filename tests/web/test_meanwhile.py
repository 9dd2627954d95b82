"""What happens elsewhere while a job is being edited: nothing that was typed is lost, and it is said what to do."""
from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from web.conftest import Heard, Open, signed_in
from web.hub import Hub, put, started, until, workspace

JOBS = """\
jobs:
  - job_id: first
    description: As it was
    source: { type: local, path: in }
    destination: { type: local, path: out }
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    home = workspace(tmp_path_factory.mktemp("meanwhile") / "work", JOBS)
    (home / "in").mkdir()
    with started(home) as made:
        yield made


@pytest.fixture(scope="module")
def states(hub: Hub, browser: Browser) -> dict[str, object]:
    hub.add_people()
    return signed_in(hub, browser)


@pytest.fixture(autouse=True)
def as_before(hub: Hub, heard: Heard) -> None:
    heard.expected += ["404", "409", "422", "401"]
    write(hub, JOBS)
    until(lambda: hub.client().get("/jobs/first").json().get("form", {}).get("description") == "As it was")


def write(hub: Hub, text: str) -> None:
    put(hub.home / "configs" / "jobs.yaml", text)


def read(hub: Hub) -> str:
    return (hub.home / "configs" / "jobs.yaml").read_text()


def description(page: Page) -> Locator:
    return page.get_by_label("Description optional")


def edited(opened: Open, typed: str) -> Page:
    page = opened("/ui/jobs/first/edit")
    expect(description(page)).to_have_value("As it was")
    description(page).fill(typed)
    expect(page.get_by_label("Job as YAML")).to_have_value(re.compile(typed))
    return page


def test_both_versions_can_be_compared_before_saving(hub: Hub, opened: Open) -> None:
    page = edited(opened, "Mine")
    write(hub, JOBS.replace("As it was", "Theirs"))
    page.get_by_role("button", name="Compare").click()
    both = page.get_by_role("dialog", name="first was changed while you edited it")
    expect(both.get_by_role("region", name="Yours")).to_contain_text("Mine")
    expect(both.get_by_role("region", name="Theirs")).to_contain_text("Theirs")
    both.get_by_role("button", name="Save mine over it").click()
    expect(page.get_by_text("first saved")).to_be_visible()
    assert "description: Mine" in read(hub)


def test_a_job_that_somebody_took_out_is_put_back(hub: Hub, opened: Open) -> None:
    page = edited(opened, "Kept")
    write(hub, "jobs: []\n")
    expect(page.get_by_text("The job is not in the file any more")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("first saved")).to_be_visible()
    expect(page.get_by_text("The job is not in the file any more")).to_have_count(0)
    assert "description: Kept" in read(hub)


def test_a_file_that_cannot_be_read_is_told_where_people_look(hub: Hub, opened: Open) -> None:
    page = edited(opened, "Waits")
    write(hub, JOBS + "  - job_id: [\n")
    overview = opened("/")
    case = overview.get_by_role("region", name="Needs attention").get_by_role("listitem")
    expect(case).to_contain_text("Files of the workspace")
    expect(case).to_contain_text("configs/jobs.yaml")
    case.get_by_role("link", name="Open").click()
    expect(overview.get_by_role("heading", name="No job can be read")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    told = page.get_by_role("alert").filter(has_text="The job was not saved")
    expect(told).to_contain_text("configs/jobs.yaml")
    expect(description(page)).to_have_value("Waits")


def test_a_session_that_ends_takes_nothing_along(hub: Hub, opened: Open) -> None:
    page = edited(opened, "Typed before")
    page.context.clear_cookies()
    page.keyboard.press("Control+s")        # a button cannot be pressed, if the page has asked for something by then
    door = page.get_by_role("dialog", name="Sign in again")
    door.get_by_label("Password").fill("not this one")
    door.get_by_role("button", name="Sign in").click()
    expect(door.get_by_role("alert")).to_contain_text("Wrong name or password")
    door.get_by_label("Password").fill(hub.passwords["admin"])
    door.get_by_role("button", name="Sign in").click()
    expect(door).to_have_count(0)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("first saved")).to_be_visible()
    assert "description: Typed before" in read(hub)

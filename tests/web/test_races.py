"""What comes late: answers that newer ones have overtaken, pages that were left meanwhile, buttons that are pressed twice."""
from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from web.conftest import Open
from web.held import Held
from web.hub import Hub, put
from web.test_jobs import forget, yaml_of

JOB = "job_id: late\ndescription: first\nsource: {type: local, path: in}\ndestination: {type: local, path: out-late}\n"


@pytest.fixture
def late(hub: Hub) -> Iterator[str]:
    """A job."""
    forget(hub, "late")
    hub.client().post("/jobs", json={"yaml": JOB}).raise_for_status()
    yield "late"
    forget(hub, "late")


def rewritten(hub: Hub, old: str, new: str) -> None:
    """By hand, in the file."""
    path = hub.home / "configs" / "jobs.yaml"
    put(path, path.read_text().replace(f"description: {old}", f"description: {new}"))


def test_a_link_that_is_pressed_twice_before_its_page_is_here_opens_it(opened: Open) -> None:
    page = opened("/ui/jobs")
    held = Held(page, r"/static/app/pages/job\.js")
    page.get_by_role("link", name="reports", exact=True).dblclick()
    held.wait()
    held.answer()
    expect(page.get_by_role("heading", name="reports", level=1)).to_be_visible()


def test_what_was_typed_on_a_page_that_was_left_narrows_no_other(opened: Open) -> None:
    page = opened("/ui/jobs", alone=True)
    expect(page.get_by_role("link", name="reports", exact=True)).to_be_visible()
    page.clock.install()
    page.evaluate("""() => {
        const field = document.querySelector('main input[type=search]');
        field.value = 'report-1';
        field.dispatchEvent(new Event('input', { bubbles: true }));
        document.querySelector('nav a[href="/ui/transfers"]').click();
    }""")
    expect(page.get_by_role("grid", name="Transfers").locator("tbody tr")).to_have_count(50)
    page.clock.run_for(1000)
    assert page.url.endswith("/ui/transfers")


def test_of_a_job_that_is_deleted_nothing_more_is_asked(late: str, opened: Open) -> None:
    """A browser tells of what is not there; and that is all that is wrong then."""
    page = opened(f"/ui/jobs/{late}")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Delete").click()
    held = Held(page, r"/jobs/late", "DELETE", early=True)
    with page.expect_request(re.compile("/api/v1/overview")):       # the hub has told that jobs have changed
        page.get_by_role("alertdialog").get_by_role("button", name="Delete job").click()
    held.wait()
    held.answer()
    expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
    expect(page.get_by_role("link", name=late, exact=True)).to_have_count(0)


def test_the_row_that_has_the_focus_is_opened_wherever_it_stands_by_then(hub: Hub, opened: Open) -> None:
    page = opened("/ui/jobs")
    row = page.get_by_role("row", name=re.compile("^reports"))
    row.focus()
    hub.client().post("/jobs", json={"yaml": JOB.replace("late", "a-first-one")}).raise_for_status()
    try:
        expect(page.get_by_role("link", name="a-first-one", exact=True)).to_be_visible()
        expect(row).to_be_focused()
        expect(row).to_have_attribute("tabindex", "0")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="reports", level=1)).to_be_visible()
    finally:
        forget(hub, "a-first-one")


def test_rows_are_not_set_back_by_an_answer_that_was_overtaken(late: str, hub: Hub, opened: Open) -> None:
    page = opened("/ui/jobs")
    row = page.get_by_role("row", name=re.compile(late))
    expect(row).to_contain_text("first")
    held = Held(page, r"/api/v1/jobs$", early=True, most=1)
    page.evaluate("void document.querySelector('hl-table').refresh()")
    held.wait()
    rewritten(hub, "first", "second")
    expect(row).to_contain_text("second")
    held.answer()
    expect(row).to_contain_text("second", timeout=1)


def test_an_editor_shows_what_is_in_the_file_whatever_comes_late(late: str, hub: Hub, opened: Open) -> None:
    page = opened("/ui/jobs")
    check = Held(page, r"/jobs/check$", "POST", early=True, most=1)
    page.goto(f"{hub.url}/ui/jobs/{late}/edit")
    field = page.get_by_label("Description optional")
    expect(field).to_have_value("first")
    check.wait()
    look = Held(page, r"/api/v1/jobs/late$", early=True, most=1)
    rewritten(hub, "first", "second")
    look.wait()
    rewritten(hub, "second", "third")
    expect(field).to_have_value("third")
    for one in (check, look):
        one.answer()
        expect(field).to_have_value("third", timeout=1)
        expect(yaml_of(page)).to_have_value(re.compile("description: third"), timeout=1)


def test_a_button_that_is_pressed_twice_does_it_once(opened: Open) -> None:
    page = opened("/ui/jobs/reports")
    held = Held(page, r"/jobs/reports/run$", "POST")
    page.get_by_role("button", name="Run now").first.dblclick()
    held.wait()
    held.answer()
    expect(page.get_by_text("reports was started")).to_be_visible()
    assert held.asked == 1


def test_a_form_that_is_sent_twice_is_sent_once(hub: Hub, opened: Open) -> None:
    page = opened("/ui/settings/tokens")
    page.get_by_role("button", name="New token").first.click()
    dialog = page.get_by_role("dialog", name="New token")
    dialog.get_by_label("Name").fill("pressed-twice")
    held = Held(page, r"/tokens$", "POST")
    dialog.get_by_role("button", name="Make token").dblclick()
    held.wait()
    held.answer()
    page.get_by_role("dialog", name="Token pressed-twice").get_by_role("button", name="I have it").click()
    client = hub.client()
    made = [one["id"] for one in client.get("/tokens").json() if one["name"] == "pressed-twice"]
    for id in made:
        client.delete(f"/tokens/{id}").raise_for_status()
    assert len(made) == held.asked == 1

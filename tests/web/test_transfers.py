"""Files that were moved: found, narrowed, told, and tried again."""
from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from web.conftest import ODD, Open
from web.hub import Hub, until
from web.test_jobs import forget
from web.test_pages import at_rest


def rows(page: Page) -> Locator:
    return page.get_by_role("grid", name="Transfers").locator("tbody tr")


def panel(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Transfer")


def test_the_list_is_paged_by_the_hub(opened: Open) -> None:
    page = opened("/ui/transfers?flow=reports")
    expect(rows(page)).to_have_count(50)
    expect(page.get_by_text(re.compile("1–50 of 61"))).to_be_visible()
    page.get_by_role("button", name="Next page").click()
    expect(rows(page)).to_have_count(11)
    expect(page).to_have_url(re.compile("page=50"))
    expect(page.get_by_role("button", name="Next page")).to_have_attribute("aria-disabled", "true")
    page.reload()
    expect(rows(page)).to_have_count(11)


@pytest.mark.parametrize("path", ["/ui/transfers", "/ui/jobs"])
def test_from_here_to_there_is_one_line(opened: Open, path: str) -> None:
    page = opened(path)
    expect(page.locator(".route").first).to_be_visible()
    heights = page.evaluate("[...document.querySelectorAll('.route')].map((one) => one.getBoundingClientRect().height)")
    assert max(heights) < 40


def test_sorted_by_size_and_back(opened: Open) -> None:
    page = opened("/ui/transfers?flow=reports")
    page.get_by_role("button", name="Size").click()
    expect(rows(page).first).to_contain_text("report-59.csv")
    expect(page.get_by_role("columnheader", name="Size")).to_have_attribute("aria-sort", "descending")
    page.get_by_role("button", name="Size").click()
    expect(rows(page).first).to_contain_text("img src=x")


def test_searched_narrowed_and_cleared(opened: Open) -> None:
    page = opened("/ui/transfers")
    page.get_by_role("searchbox", name="Search files").fill("report-1")
    expect(rows(page)).to_have_count(10)
    page.get_by_role("combobox", name="Job").select_option("clash")
    expect(page.get_by_role("heading", name="No transfer matches")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_role("navigation", name="State").get_by_role("button", name=re.compile("Failed")).click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page).first).to_contain_text("same-name.txt")


def test_one_file_is_told_beside_the_list(opened: Open) -> None:
    page = opened("/ui/transfers?search=report-07")
    rows(page).first.get_by_role("link", name="report-07.csv").click()
    told = panel(page)
    expect(told.get_by_role("heading", name="report-07.csv")).to_be_focused()
    expect(told).to_contain_text("Done")
    expect(told).to_contain_text(re.compile("[0-9a-f]{64}"))
    expect(told.get_by_role("listitem").filter(has_text="Copied")).to_be_visible()
    expect(told).to_contain_text("What arrived is what was read")
    expect(page).to_have_url(re.compile(r"/ui/transfers/\d+\?search=report-07"))
    page.keyboard.press("Escape")
    expect(told).to_have_count(0)
    expect(rows(page).first).to_be_focused()


@pytest.fixture
def refused(hub: Hub) -> Iterator[Path]:
    """What a file, which failed, found at its destination; of a job of its own, so that others find what failed for them."""
    old = hub.home / "refused-out" / "once-more.txt"
    for path, text in ((hub.home / "refused" / old.name, "new"), (old, "old")):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    forget(hub, "refused")
    client = hub.client()
    client.post("/jobs", json={"yaml": "job_id: refused\nconflict: fail\nsource: {type: local, path: refused}\n"
                               "destination: {type: local, path: refused-out}\ncomplete: {settle_seconds: 0}\n"}).raise_for_status()
    run = client.post("/jobs/refused/run").raise_for_status().json()["id"]
    until(lambda: client.get(f"/runs/{run}").json()["state"] == "failed")
    yield old
    forget(hub, "refused")


def test_a_failure_says_why_and_can_be_tried_again(refused: Path, opened: Open) -> None:
    page = opened("/ui/transfers?tab=failed&flow=refused")
    rows(page).first.click()
    told = panel(page)
    expect(told.get_by_text("The destination has a file of that name")).to_be_visible()
    refused.unlink()
    told.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("once-more.txt sent again")).to_be_visible()
    until(lambda: refused.exists() and refused.read_text() == "new")
    expect(told).to_contain_text("Done")


def test_many_at_once_and_what_was_refused_is_said(opened: Open) -> None:
    page = opened("/ui/transfers?search=report-2")
    rows(page).nth(0).get_by_role("checkbox").check()
    rows(page).nth(1).get_by_role("checkbox").check()
    bar = page.get_by_role("toolbar", name="2 selected")
    bar.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was sent again")
    page.get_by_role("checkbox", name="Select all on this page").check()
    expect(page.get_by_role("toolbar", name="10 selected")).to_be_visible()
    page.get_by_role("toolbar").get_by_role("button", name="Clear").click()
    expect(page.get_by_role("toolbar")).to_have_count(0)


@pytest.mark.parametrize("path", ["/ui/transfers?search=img", "/ui/jobs/reports/plan", "/", "/ui/runs/1?sort=name", "/ui/logs"])
def test_a_file_name_is_only_ever_text(opened: Open, path: str) -> None:
    page = opened(path)
    if "transfers" in path:
        link = rows(page).first.get_by_role("link").first
        expect(link).to_have_text(ODD)
        link.click()
        expect(panel(page).get_by_role("heading", level=2)).to_have_text(ODD)
    elif "reports" in path or "runs" in path:
        expect(page.get_by_text(ODD, exact=True).first).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    at_rest(page)
    assert page.locator("img").count() == 0
    assert page.title() != "owned"


def test_the_list_can_be_saved(opened: Open) -> None:
    page = opened("/ui/transfers?search=report-3")
    with page.expect_download() as found:
        page.get_by_role("link", name="Export CSV").click()
    assert found.value.suggested_filename == "transfers.csv"
    lines = found.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 11 and lines[0].startswith("id,state,path,flow,run")
    assert any(",done,report-30.csv,reports," in line for line in lines)


def test_found_by_its_checksum_and_by_its_connection(hub: Hub, opened: Open) -> None:
    digest = hub.client().get("/transfers", params={"search": "report-11"}).json()["items"][0]["sha256"]
    page = opened("/ui/transfers")
    page.get_by_role("searchbox", name="Search files").fill(digest[:20])
    expect(rows(page)).to_have_count(1)
    expect(rows(page).first).to_contain_text("report-11.csv")
    page.get_by_role("searchbox", name="Search files").fill("")
    page.get_by_role("combobox", name="Connection").select_option("shelf")
    expect(rows(page)).to_have_count(1)
    expect(rows(page).first).to_contain_text("same-name.txt")
    expect(page).to_have_url(re.compile("connection=shelf"))


def test_a_file_that_is_not_to_be_sent(hub: Hub, opened: Open) -> None:
    client = hub.client()
    run = client.post("/jobs/slow/run").raise_for_status().json()["id"]
    until(lambda: client.get("/transfers", params={"run": run}).json()["items"])
    page = opened("/ui/transfers?flow=slow")
    rows(page).first.click()
    panel(page).get_by_role("button", name="Do not send").click()
    asked = page.get_by_role("alertdialog", name="Do not send film.bin?")
    expect(asked.get_by_role("button", name="Keep")).to_be_focused()
    expect(asked).to_contain_text("The source is untouched")
    asked.get_by_role("button", name="Do not send").click()
    expect(page.get_by_text("film.bin cancelled")).to_be_visible()
    until(lambda: client.get(f"/runs/{run}").json()["state"] in ("done", "cancelled", "failed"))
    expect(panel(page)).to_contain_text("Cancelled")
    assert not (hub.home / "big-out" / "film.bin").exists()


def test_on_a_phone_the_file_is_a_sheet_and_filters_are_behind_a_button(opened: Open) -> None:
    page = opened("/ui/transfers?search=report-4", width=390)
    expect(rows(page)).to_have_count(10)
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("dialog", name="Filter").get_by_role("combobox", name="Job").select_option("reports")
    expect(page).to_have_url(re.compile("flow=reports"))
    rows(page).first.click()
    sheet = page.get_by_role("dialog", name="Transfer")
    expect(sheet).to_contain_text("Timeline")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)

"""Files that come and files that do not, as they are typed in and as they are shown."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page, expect
from ruamel.yaml import YAML

from web.conftest import Open
from web.hub import Hub, until


def written(page: Page) -> Any:
    return YAML(typ="safe").load(page.get_by_label("Job as YAML").input_value()) or {}


def test_the_form_of_files_that_come_and_that_are_expected(opened: Open) -> None:
    page = opened("/ui/jobs/reports/edit")
    form = page.get_by_role("form", name="Job")
    form.get_by_label("When files come").check()
    until(lambda: written(page).get("arrival") is True)
    form.get_by_label("Look every").fill("30s")
    until(lambda: written(page)["arrival"] == {"every": "30s"})
    form.get_by_role("button", name="Expect files").click()
    form.get_by_label("Files like").fill("payroll-*.csv")
    form.get_by_label("Days", exact=True).fill("mon, thu")
    form.get_by_label("By", exact=True).fill("07:15")
    wanted = [{"files": "payroll-*.csv", "by": "07:15", "days": ["mon", "thu"]}]
    until(lambda: written(page).get("expect") == wanted)
    form.get_by_label("Days", exact=True).fill("someday")
    form.get_by_label("By", exact=True).click()
    expect(form.get_by_text("must be daily, weekdays, month-end")).to_be_visible()
    text = page.get_by_label("Job as YAML")
    text.fill(text.input_value().replace("days: someday", "warn: 2h").replace("every: 30s", "events: false"))
    expect(form.get_by_label("Warn before")).to_have_value("2h")
    expect(form.get_by_label("At once in local folders")).not_to_be_checked()
    form.get_by_role("button", name="Remove expectation 1").click()
    form.get_by_label("When files come").uncheck()
    until(lambda: not {"arrival", "expect"} & written(page).keys())


def test_a_job_shows_what_it_expects(hub: Hub, opened: Open) -> None:
    admin = hub.client()
    told = admin.get("/jobs/slow").json()
    since, by = (f"{datetime.now(UTC) + timedelta(hours=hours):%H:%M}" for hours in (-3, 6))
    form = {**told["form"], "arrival": {"every": "1h"}, "enabled": False, "expect": [
        {"files": "film-*.bin", "by": by, "since": since, "warn": "7h", "count": 2}]}
    saved = admin.put("/jobs/slow", json={"form": form, "version": told["version"]}).raise_for_status().json()
    try:
        until(lambda: admin.get("/arrivals", params={"flow": "slow", "state": "warned"}).json())
        page = opened("/ui/jobs/slow", "viewer")
        card = page.get_by_role("region", name="Expected arrivals")
        expect(card.get_by_text(f"2 files like film-*.bin, every day by {by}")).to_be_visible()
        expect(card.get_by_text("The job is off")).to_be_visible()
        expect(card.get_by_text("Missing")).to_be_visible()
        expect(page.get_by_role("region", name="Schedule").get_by_text("When files come")).to_be_visible()
        page = opened("/", "viewer")
        late = page.get_by_role("region", name="Late arrivals")
        expect(late.get_by_text("0 of 2 files")).to_be_visible()
        expect(late.get_by_text("The job is off")).to_be_visible()
    finally:
        admin.put("/jobs/slow", json={"form": told["form"], "version": saved["version"]}).raise_for_status()

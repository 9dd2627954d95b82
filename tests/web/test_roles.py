"""What each role sees and can press. The hub decides anyway: tests/api has that."""
from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from web.conftest import Open
from web.hub import Hub


def test_a_viewer_is_told_and_finds_every_control_with_its_reason(opened: Open) -> None:
    page = opened("/ui/jobs/reports", "viewer")
    expect(page.get_by_text("You are a viewer.")).to_be_visible()
    run = page.get_by_role("button", name="Run now").first
    expect(run).to_have_attribute("aria-disabled", "true")
    expect(run).to_have_attribute("title", "Needs the operator role")
    run.focus()
    expect(run).to_be_focused()
    expect(page.get_by_role("button", name="Edit")).to_have_attribute("title", "Needs the admin role")
    expect(page.get_by_role("switch", name="Enabled")).to_have_attribute("aria-disabled", "true")


def test_what_a_viewer_presses_does_nothing(hub: Hub, opened: Open) -> None:
    before = hub.client().get("/runs", params={"limit": 1}).json()["total"]
    page = opened("/ui/jobs/reports", "viewer")
    page.get_by_role("button", name="Run now").first.dispatch_event("click")
    page.keyboard.press("r")
    page.get_by_role("switch", name="Enabled").click(force=True)
    expect(page.get_by_role("switch", name="Enabled")).to_be_checked()
    assert hub.client().get("/runs", params={"limit": 1}).json()["total"] == before


@pytest.mark.parametrize("path", ["/ui/jobs/reports/edit", "/ui/new-connection", "/ui/settings/limits"])
def test_a_viewer_can_read_a_form_and_change_nothing_in_it(opened: Open, path: str) -> None:
    page = opened(path, "viewer")
    expect(page.locator("main input").first).to_be_visible()
    open_fields = page.locator("main :is(input:not([type=search]):not([role=switch]), textarea):not([readonly]):not([disabled])")
    expect(open_fields).to_have_count(0)
    expect(page.locator("main select:not([disabled])")).to_have_count(0)
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)


@pytest.mark.parametrize("tab", ["users", "tokens", "audit"])
def test_only_admins_see_who_may_come_in(opened: Open, tab: str) -> None:
    page = opened(f"/ui/settings/{tab}", "operator")
    expect(page.get_by_role("heading", name="Only for admins")).to_be_visible()


def test_an_operator_runs_and_does_not_edit(hub: Hub, opened: Open) -> None:
    page = opened("/ui/jobs", "operator")
    row = page.get_by_role("row", name=re.compile("reports"))
    row.get_by_role("button", name="Run reports now").click()
    expect(page.get_by_text("reports was started")).to_be_visible()
    expect(row.get_by_role("switch")).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_role("button", name="New job")).to_have_attribute("title", "Needs the admin role")


def test_an_admin_makes_changes_and_removes_a_user(hub: Hub, opened: Open) -> None:
    page = opened("/ui/settings/users")
    page.get_by_role("button", name="New user").click()
    dialog = page.get_by_role("dialog", name="New user")
    dialog.get_by_label("User name").fill("maja.lind")
    dialog.get_by_label("Password").fill("a long enough password")
    dialog.get_by_label("Viewer").check()
    dialog.get_by_role("button", name="Make user").click()
    expect(page.get_by_text("maja.lind can sign in now")).to_be_visible()
    page.get_by_role("combobox", name="Role of maja.lind").select_option("operator")
    expect(page.get_by_text("maja.lind is operator now")).to_be_visible()
    page.get_by_role("button", name="Delete maja.lind").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete user").click()
    expect(page.get_by_text("maja.lind was deleted")).to_be_visible()
    expect(page.get_by_role("button", name="Delete admin")).to_have_attribute("title", "This is you")


def test_a_token_is_shown_once_and_works(hub: Hub, opened: Open) -> None:
    page = opened("/ui/settings/tokens")
    page.get_by_role("button", name="New token").first.click()
    dialog = page.get_by_role("dialog", name="New token")
    dialog.get_by_label("Name").fill("grafana")
    dialog.get_by_role("button", name="Make token").click()
    shown = page.get_by_role("dialog", name="Token grafana")
    token = shown.locator("code").first.inner_text()
    answer = page.request.get(f"{hub.url}/api/v1/session", headers={"Authorization": f"Bearer {token}", "Cookie": ""})
    assert answer.ok, answer.text()
    shown.get_by_role("button", name="I have it").click()
    expect(shown).to_have_count(0)
    expect(page.get_by_text(token)).to_have_count(0)     # not even hidden: soon after the dialog has closed
    page.get_by_role("button", name="Delete grafana").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete token").click()
    expect(page.get_by_text("The token grafana was deleted")).to_be_visible()


def test_limits_and_a_timetable_are_written_into_the_settings(hub: Hub, opened: Open) -> None:
    page = opened("/ui/settings/limits")
    page.get_by_label("Bandwidth").fill("50MB/s")
    page.get_by_role("button", name="Add row").click()
    page.get_by_label("Sat").check(force=True)
    page.get_by_label("At most").fill("10MB/s")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The settings are saved")).to_be_visible()
    written = (hub.home / "haulier.yaml").read_text()
    assert "bandwidth: 50MB/s" in written and "timetable:" in written and "sat" in written
    page.get_by_role("button", name="Remove row 1").click()
    page.get_by_label("Bandwidth").fill("")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The settings are saved").last).to_be_visible()
    expect(page.locator(".savebar")).to_contain_text("Saved")
    assert hub.client().get("/settings").json()["limits"]["bandwidth"] is None


def test_what_was_done_is_in_the_audit_log(hub: Hub, opened: Open) -> None:
    hub.client("operator").post("/jobs/reports/run").raise_for_status()
    page = opened("/ui/settings/audit")
    row = page.get_by_role("grid", name="Audit").locator("tbody tr").filter(has_text="Job started").first
    expect(row).to_contain_text("operator")
    expect(row).to_contain_text("reports")


@pytest.mark.parametrize("leave", ["Jobs", "Users"])
def test_settings_that_were_typed_are_not_left_by_accident(opened: Open, leave: str) -> None:
    page = opened("/ui/settings/limits")
    page.get_by_label("Bandwidth").fill("12MB/s")
    page.get_by_role("link", name=leave).first.click()
    question = page.get_by_role("alertdialog", name="Leave the settings?")
    question.get_by_role("button", name="Stay").click()
    expect(page.get_by_label("Bandwidth")).to_have_value("12MB/s")
    page.get_by_role("link", name=leave).first.click()
    question.get_by_role("button", name="Leave").click()
    expect(page.get_by_label("Bandwidth")).to_have_count(0)
    page.get_by_role("link", name="Overview").first.click()
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()

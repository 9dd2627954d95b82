"""Who is told when something fails, set up in the browser against a real receiver."""
from __future__ import annotations

from playwright.sync_api import expect

from haulier.testing.servers.receiver import Receiver
from web.conftest import Heard, Open
from web.hub import Hub


def test_a_channel_is_made_tried_changed_and_deleted(hub: Hub, opened: Open) -> None:
    with Receiver() as receiver:
        page = opened("/ui/settings/alerts")
        expect(page.get_by_role("heading", name="Nobody is told yet")).to_be_visible()
        page.get_by_role("button", name="New channel").first.click()
        page.get_by_label("Name", exact=True).fill("ops")
        page.get_by_label("Address").fill(receiver.url)
        page.get_by_label("Done").check()
        page.get_by_role("button", name="Save", exact=True).click()
        row = page.get_by_role("row", name="ops")
        expect(row).to_contain_text("127.0.0.1")
        page.get_by_role("button", name="Send a test by ops").click()
        expect(page.get_by_text("A test message went out by ops")).to_be_visible()
        assert receiver.posts[0].said["kind"] == "test"
        receiver.answers = [(403, {})]
        page.get_by_role("button", name="Send a test by ops").click()
        expect(page.get_by_text("answered 403")).to_be_visible()
        page.get_by_role("button", name="Edit ops").click()
        expect(page.get_by_label("Done")).to_be_checked()
        page.get_by_label("Quiet time").fill("1h")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(row).to_be_visible()
        written = hub.client().get("/alerts").json()["items"][0]["form"]
        assert written["quiet"] == "1h" and "done" in written["events"] and receiver.url not in str(written)
        page.get_by_role("button", name="Send a test by ops").click()
        expect(page.get_by_text("A test message went out by ops").last).to_be_visible()
        page.get_by_role("button", name="Delete ops").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Delete channel").click()
        expect(page.get_by_role("heading", name="Nobody is told yet")).to_be_visible()


def test_mistakes_are_shown_at_their_fields(opened: Open, heard: Heard) -> None:
    heard.expected.append("422")
    page = opened("/ui/settings/alerts")
    page.get_by_role("button", name="New channel").first.click()
    page.get_by_label("Kind").select_option("email")
    page.get_by_label("Name", exact=True).fill("mail")
    page.get_by_label("Host").fill("mail.example.com")
    page.get_by_label("From", exact=True).fill("nobody")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("not an e-mail address").first).to_be_visible()


def test_a_viewer_sees_who_is_told_and_changes_nothing(opened: Open) -> None:
    page = opened("/ui/settings/alerts", "viewer")
    expect(page.get_by_role("heading", name="Alerts")).to_be_visible()
    expect(page.get_by_role("button", name="New channel").first).to_have_attribute("title", "Needs the admin role")

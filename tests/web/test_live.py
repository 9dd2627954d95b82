"""What happens, as it happens; and what is shown when the hub is away."""
from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from haulier.testing.servers.starting import free_port
from web.conftest import Heard, Open
from web.hub import Hub, started, until, workspace

ENDED = ("done", "failed", "cancelled")


def stop(hub: Hub, run: int) -> None:
    client = hub.client()
    if client.get(f"/runs/{run}").json()["state"] not in ENDED:
        client.post(f"/runs/{run}/cancel")
    until(lambda: client.get(f"/runs/{run}").json()["state"] in ENDED)
    for one in client.get("/transfers", params={"run": run, "state": "paused"}).json()["items"]:
        client.post(f"/transfers/{one['id']}/cancel").raise_for_status()     # the run may have ended without it


def begun(hub: Hub) -> int:
    client = hub.client()
    run: int = client.post("/jobs/slow/run").raise_for_status().json()["id"]
    until(lambda: (client.get(f"/runs/{run}").json()["progress"] or {}).get("moved", 0) > 0)
    return run


def test_a_run_is_started_watched_paused_resumed_and_cancelled(hub: Hub, opened: Open) -> None:
    page = opened("/ui/jobs/slow")
    page.get_by_role("button", name="Run now").first.click()
    page.get_by_role("button", name="Open run").click()
    expect(page).to_have_url(re.compile(r"/ui/runs/\d+"))
    run = int(page.url.rsplit("/", 1)[1])
    bar = page.get_by_role("progressbar", name=re.compile("Run")).first
    expect(bar).to_be_visible()
    expect(page.get_by_text(re.compile(r"MB of 120 MB"))).to_be_visible()
    shown = page.get_by_label(f"Run {run}", exact=True).first
    before = shown.inner_text()
    until(lambda: shown.inner_text() != before)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused").first).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Running").first).to_be_visible()
    page.get_by_role("button", name="Cancel run").click()
    question = page.get_by_role("alertdialog", name=f"Cancel run {run}?")
    question.get_by_role("button", name="Keep running").press("Enter")
    expect(question).to_have_count(0)
    page.get_by_role("button", name="Cancel run").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Cancel run").click()
    expect(page.get_by_text("Cancelled").first).to_be_visible()
    stop(hub, run)


def test_the_overview_shows_what_moves(hub: Hub, opened: Open) -> None:
    run = begun(hub)
    page = opened("/")
    lane = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="film.bin"))
    expect(lane).to_contain_text("Copying")
    value = "document.querySelector('.lane progress').value"
    first = page.evaluate(value)
    until(lambda: page.evaluate(value) > first)
    expect(lane).to_contain_text(re.compile(r"MB/s"))
    lane.get_by_role("button", name="Pause film.bin").click()
    expect(lane.get_by_role("button", name="Resume film.bin")).to_be_visible()
    stop(hub, run)


def test_rows_do_not_move_under_the_reader(hub: Hub, opened: Open) -> None:
    page = opened("/ui/runs")
    first = page.get_by_role("grid", name="Runs").locator("tbody tr").first
    expect(first).to_be_visible()
    before = first.get_attribute("data-id")
    run = hub.client().post("/jobs/reports/run").raise_for_status().json()["id"]
    expect(page.get_by_role("button", name="Show 1 new run")).to_be_visible()
    assert first.get_attribute("data-id") == before
    page.get_by_role("button", name="Show 1 new run").click()
    expect(first).to_have_attribute("data-id", str(run))


def test_the_log_is_followed_and_stands_still_while_it_is_read(hub: Hub, opened: Open) -> None:
    page = opened("/ui/logs?search=nowhere-to-be-found")
    expect(page.get_by_role("heading", name="Nothing was logged")).to_be_visible()
    page.get_by_role("button", name="Clear search").click()
    lines = page.get_by_role("list", name="Lines, newest first").get_by_role("listitem")
    expect(lines.filter(has_text="listens at")).to_be_visible()
    expect(page.get_by_text("Following")).to_be_visible()
    lines.first.get_by_role("button").click()
    expect(page.get_by_text("Stopped at")).to_be_visible()
    page.get_by_role("group", name="Lowest level").get_by_role("button", name="Error").click()
    expect(page).to_have_url(re.compile("level=error"))
    with page.expect_download() as found:
        page.get_by_role("button", name="Download").click()
    assert found.value.suggested_filename == "haulier.log"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    home = workspace(tmp_path / "work", "jobs:\n  - job_id: quiet\n    source: { type: local, path: in }\n    destination: { type: local, path: out }\n")
    (home / "in").mkdir()
    return home


def signed_in(page: Page, hub: Hub) -> None:
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password", exact=True).fill(hub.passwords["admin"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


def test_a_killed_hub_is_noticed_and_its_return_too(own: Path, opened: Open, heard: Heard) -> None:
    heard.expected += ["ERR_", "503", "401", "net::"]
    port = free_port()
    with started(own, port) as hub:
        page = opened("/login", "nobody")
        page.goto(f"{hub.url}/login")
        signed_in(page, hub)
        expect(page.locator(".live")).to_have_text("Live")
        until(lambda: page.evaluate("performance.getEntriesByType('resource').some((one) => one.name.includes('pages/logs.js'))"))
        hub.process.kill()
        hub.process.wait()
        expect(page.locator(".live")).to_contain_text(re.compile(r"Stopped at \d\d:\d\d:\d\d"))
        page.get_by_role("link", name="Jobs").click()
        expect(page.get_by_role("alert")).to_contain_text("The hub does not answer")
        password = hub.passwords["admin"]
    with started(own, port, password):
        expect(page.locator(".live")).to_have_text("Live", timeout=40_000)
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("link", name="quiet")).to_be_visible()


def test_a_hub_that_is_back_is_followed_at_once(opened: Open, heard: Heard) -> None:
    """Also where it answers a question first: it is not taken for one whose streams are blocked, for a minute."""
    heard.expected += ["ERR_FAILED", "net::"]
    page = opened("/ui/settings")
    expect(page.locator(".live")).to_have_text("Live")
    asked: list[str] = []

    def stream(route: Route) -> None:
        route.continue_() if len(asked) > 1 else route.abort()

    def question(route: Route) -> None:
        asked.append(route.request.url)
        route.continue_() if len(asked) > 1 else route.abort()

    page.route(re.compile(r"/api/v1/events(\?|$)"), stream)
    page.route(re.compile(r"/api/v1/events/list"), question)
    page.reload()
    expect(page.locator(".live")).to_contain_text("Stopped at")
    expect(page.locator(".live")).to_have_text("Live")
    assert len(asked) == 2


def test_where_streams_are_blocked_the_hub_is_asked(hub: Hub, opened: Open, heard: Heard) -> None:
    heard.expected += ["ERR_FAILED", "net::"]
    page = opened("/ui/settings")
    page.route(re.compile(r"/api/v1/events(\?|$)"), lambda route: route.abort())
    page.reload()
    expect(page.locator(".live")).to_have_text("Every 5 s")
    page.get_by_role("link", name="Runs").click()
    expect(page.get_by_role("grid", name="Runs")).to_be_visible()
    hub.client().post("/jobs/reports/run").raise_for_status()
    expect(page.get_by_role("button", name=re.compile("Show .* new run"))).to_be_visible()


def hide(page: Page, *, hidden: bool) -> None:
    page.evaluate("(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
                  " document.dispatchEvent(new Event('visibilitychange')); }", hidden)


def test_a_tab_that_nobody_looked_at_is_right_again_when_somebody_does(own: Path, opened: Open, heard: Heard) -> None:
    """Also where nothing had ever happened before, so that there is no event to go on from."""
    heard.expected += ["401"]
    with started(own) as hub:
        page = opened("/login", "nobody", alone=True)
        page.goto(f"{hub.url}/login")
        page.clock.install()
        signed_in(page, hub)
        page.get_by_role("navigation", name="Main").get_by_role("link", name="Runs").click()
        expect(page.get_by_role("heading", name="Nothing ran yet")).to_be_visible()
        expect(page.locator(".live")).to_have_text("Live")
        hide(page, hidden=True)
        page.clock.fast_forward(31_000)
        client = hub.client()
        run = client.post("/jobs/quiet/run").raise_for_status().json()["id"]
        until(lambda: client.get(f"/runs/{run}").json()["state"] == "done")
        hide(page, hidden=False)
        page.clock.fast_forward(5_000)
        expect(page.get_by_role("link", name=f"Run {run}")).to_be_visible()
        page.close()        # it would ask a hub that is there no more


def test_who_asks_instead_of_listening_begins_with_what_is_new(hub: Hub, opened: Open, heard: Heard) -> None:
    heard.expected += ["ERR_FAILED", "net::"]
    newest = hub.client().get("/events/list", params={"limit": 1}).json()["items"][0]["id"]
    page = opened("/ui/settings")
    page.route(re.compile(r"/api/v1/events(\?|$)"), lambda route: route.abort())
    with page.expect_request(re.compile("/events/list.*after=")) as asked:
        page.reload()
    expect(page.locator(".live")).to_have_text("Every 5 s")
    after = re.search(r"after=(\d+)", asked.value.url)
    assert after and int(after[1]) >= newest

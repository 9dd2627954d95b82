"""One hub with a few jobs for all tests of the dashboard, and pages in a real browser."""
from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from web.hub import Hub, started, until, workspace

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
PATIENCE = 30_000
"""Milliseconds for what a browser is to show: the machine may be busy."""
ODD = """<img src=x onerror="document.title='owned'">&amp;.csv"""
JOBS = """\
# What the tests move.
jobs:
  - job_id: reports   # to the archive
    description: Reports of the day
    tags: [daily]
    schedule: "0 2 1 1 *"
    timezone: Europe/Stockholm
    source: { type: local, path: in, file_pattern: "*.csv" }
    destination: { type: local, path: out }
    complete: { settle_seconds: 0 }
    check: checksum
  - job_id: slow
    dedup: off
    source: { type: local, path: big }
    destination: { type: local, path: big-out }
    limits: { bandwidth: 2MB/s }
  - job_id: clash
    conflict: fail
    source: { type: local, path: clash }
    destination: { connection: shelf }
  - job_id: broken
    sorce: { type: local, path: in }
    destination: { type: local, path: out }
"""
PLACES = "connections:\n  shelf: { type: local, path: clash-out }\n"
Open: TypeAlias = Callable[..., Page]


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The real program with files to move; `reports` and `clash` have run once."""
    home = workspace(tmp_path_factory.mktemp("hub") / "work", JOBS)
    (home / "haulier.yaml").write_text(PLACES)
    for folder in ("in", "out", "big", "big-out", "clash", "clash-out"):
        (home / folder).mkdir()
    for number in range(60):
        (home / "in" / f"report-{number:02}.csv").write_text("a,b\n" * (number + 1) * 100)
    (home / "in" / ODD).write_text("odd\n")
    (home / "big" / "film.bin").write_bytes(b"\1" * 120_000_000)     # 60 s: a page may take long to come
    for folder, text in (("clash", "new"), ("clash-out", "old")):
        (home / folder / "same-name.txt").write_text(text)
    with started(home) as made:
        made.add_people()
        client = made.client()
        for job in ("reports", "clash"):
            run = client.post(f"/jobs/{job}/run").raise_for_status().json()["id"]
            until(lambda run=run: client.get(f"/runs/{run}").json()["state"] in ("done", "failed"))
        yield made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The installed Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield made
        made.close()


@dataclass
class Heard:
    """What the browser complained about; `expected` are pieces of complaints that a test provokes."""

    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def console(self, message: ConsoleMessage) -> None:
        """Errors and warnings."""
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def unexpected(self) -> list[str]:
        """Those that no test asked for."""
        return [one for one in self.complaints if not any(piece in one for piece in self.expected)]


@pytest.fixture
def heard() -> Heard:
    """What the browser says in this test."""
    return Heard()


@pytest.fixture(scope="session")
def states(hub: Hub, browser: Browser) -> dict[str, object]:
    """As signed_in()."""
    return signed_in(hub, browser)


def signed_in(hub: Hub, browser: Browser) -> dict[str, object]:
    """What a browser keeps of a session, for each role: signed in once, as there is a throttle."""
    found: dict[str, object] = {}
    for name in hub.passwords:
        context = browser.new_context()
        context.request.post(f"{hub.url}/api/v1/session", data={"username": name, "password": hub.passwords[name]})
        found[name] = context.storage_state()
        context.close()
    return found


@pytest.fixture(scope="module")
def contexts(browser: Browser) -> Iterator[dict[str, BrowserContext]]:
    """For each way to open pages: what one test has fetched of the scripts, the next one need not fetch again."""
    made: dict[str, BrowserContext] = {}
    yield made
    for context in made.values():
        context.close()


@pytest.fixture
def opened(hub: Hub, browser: Browser, states: dict[str, Any], heard: Heard, contexts: dict[str, BrowserContext]) -> Iterator[Open]:
    """Opens an address as somebody; the browser must not have complained when the test ends. `alone`: the clock is turned, for all pages."""
    pages: list[Page] = []
    own: list[BrowserContext] = []

    def context_of(name: str, alone: bool, more: dict[str, Any]) -> BrowserContext:
        key = f"{name} {more}"
        if alone or key not in contexts:
            made = browser.new_context(timezone_id="UTC", **more)
            made.set_default_timeout(PATIENCE)
            if alone:
                own.append(made)
                return made
            contexts[key] = made
        return contexts[key]

    def open_as(path: str, name: str = "admin", *, width: int = 1440, theme: str = "light", alone: bool = False, **more: Any) -> Page:
        context = context_of(name, alone, more)
        page = context.new_page()
        if not any(one.context == context for one in pages):        # as nobody had been here before
            context.clear_cookies()
            context.add_cookies(states.get(name, {"cookies": []})["cookies"])
            context.new_cdp_session(page).send("Storage.clearDataForOrigin", {"origin": hub.url, "storageTypes": "local_storage"})
        pages.append(page)
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.on("console", heard.console)
        page.on("pageerror", lambda error: heard.complaints.append(f"uncaught: {error}"))
        page.goto(hub.url + path)
        return page

    expect.set_options(timeout=PATIENCE)
    yield open_as
    for page in [one for context in contexts.values() for one in context.pages]:        # those too that a page has opened
        page.close()
    for context in own:
        context.close()
    assert heard.unexpected() == []


@pytest.fixture
def page(opened: Open) -> Page:
    """The overview, as an admin sees it."""
    return opened("/")

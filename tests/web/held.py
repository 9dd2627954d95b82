"""Questions of a page that are answered when a test says so: so that what comes late does come late."""
from __future__ import annotations

import re

from playwright.sync_api import APIResponse, Page, Route


class Held:
    """Questions of a page that wait for their answer until it is given: as it was when they were asked, if `early`."""

    def __init__(self, page: Page, address: str, method: str = "GET", *, early: bool = False, most: int = 99) -> None:
        self.page, self.asked = page, 0
        self._waiting: list[tuple[Route, APIResponse | None]] = []

        def hold(route: Route) -> None:
            if route.request.method != method or self.asked == most:
                return route.continue_()
            self._waiting.append((route, route.fetch() if early else None))
            self.asked += 1
            return None

        page.route(re.compile(address), hold)

    def wait(self) -> None:
        """Until one is held."""
        while not self.asked:
            self.page.wait_for_timeout(20)

    def answer(self) -> None:
        """All of them; returns when the page has had them, and drawn what it draws."""
        while self._waiting:
            route, found = self._waiting.pop(0)
            with self.page.expect_event("requestfinished", lambda request, mine=route.request: request == mine):
                route.fulfill(response=found) if found else route.continue_()
        self.page.evaluate("async () => { for (let at = 0; at < 3; at += 1) await fetch('/health').then((answer) => answer.text()); }")

"""A workspace with flows, a scheduler that carries them, and the board on it, driven by keys."""
from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from haulier.app.ground import Given, Ground, ground
from haulier.app.hub import Hub, Light, hub
from haulier.app.scheduler import hold, live
from haulier.ledger.books import Books
from haulier.model.run import Run, RunState
from haulier.tui.board import Board
from haulier.tui.source import Source

PATIENCE = 30.0
SCRIPTS = {
    "say.py": "import sys\nprint('I say', *sys.argv[1:], flush=True)\n",
    # Prints what is written into a file, until that says that it is enough.
    "talk.py": "import pathlib, sys, time\nat, said = pathlib.Path(sys.argv[1]), 0\n"
               "print('\\x1b[31mlistening\\x1b[0m', flush=True)\n"
               "while True:\n    lines = at.read_text().splitlines() if at.exists() else []\n"
               "    for line in lines[said:]:\n        print('heard', line, flush=True)\n"
               "        if line == 'enough':\n            sys.exit(0)\n"
               "    said = len(lines)\n    time.sleep(0.02)\n",
    # Sleeps until a file is there, and for long enough that a wish is heard meanwhile.
    "nap.py": "import pathlib, sys, time\nfor _ in range(500):\n"
              "    if pathlib.Path(sys.argv[1]).exists():\n        break\n    time.sleep(0.02)\n",
    "maybe.py": "import pathlib, sys\nprint('trying')\nsys.exit(0 if pathlib.Path(sys.argv[1]).exists() else 3)\n",
}


class Place:
    """A workspace."""

    def __init__(self, home: Path, settings: str = "timezone: UTC\n") -> None:
        self.home = home
        for folder in ("flows", "tasks", "configs"):
            (home / folder).mkdir(parents=True)
        (home / "haulier.yaml").write_text(settings)
        for name, text in SCRIPTS.items():
            (home / "tasks" / name).write_text(text)
        self.ground: Ground = ground(Given(str(home)))
        self._hub: Hub | None = None

    def flow(self, stem: str, *tasks: dict[str, Any], **keys: Any) -> None:
        put(self.home / "flows" / f"{stem}.json", json.dumps({**keys, "tasks": tasks}))
        self.heed()

    def heed(self) -> None:
        """Who runs here sees now what was written."""
        if self._hub:
            self._hub.live.refresh()

    def schedule(self, flow: str, cron: str, *, enabled: bool = True) -> None:
        (self.home / "configs" / "schedules.json").write_text(json.dumps({"schedules": [
            {"flow_name": flow, "cron_expression": cron, "enabled": enabled, "description": None}]}))

    @contextmanager
    def scheduler(self) -> Iterator[Books]:
        """One that carries what is wanted, as `haulier scheduler start` does."""
        with (hold(self.ground),
              hub(live(self.ground), light=Light(self.ground.url(), self.ground.runs, 0.1)) as running):
            self._hub = running
            yield running.books
        self._hub = None

    def show(self, steps: Callable[[Driver], Awaitable[None]], size: tuple[int, int] = (80, 24)) -> None:
        """The board, while these steps are gone through."""
        async def shown() -> None:
            with closing(Source(self.ground)) as source:
                board = Board(source)
                board.every = 0.2
                async with board.run_test(size=size, notifications=True) as pilot:
                    await steps(Driver(board, pilot))
        asyncio.run(shown())


class Driver:
    """Presses keys, and reads what stands on the screen."""

    def __init__(self, board: Board, pilot: Pilot[None]) -> None:
        self.board, self.pilot = board, pilot

    @property
    def text(self) -> str:
        """The screen, with those below a question."""
        strips = self.board.screen._compositor.render_strips(self.board.size)
        return "\n".join(strip.text for strip in strips)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until(self, look: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not look():
            assert time.monotonic() < deadline, f"it did not happen; the screen is:\n{self.text}"
            await self.pilot.pause(0.1)

    async def sees(self, *texts: str) -> None:
        await self.until(lambda: all(text in self.text for text in texts))

    async def sees_no(self, text: str) -> None:
        await self.until(lambda: text not in self.text)

    async def choose(self, flow: str) -> None:
        """Put the cursor on a flow, by keys."""
        await self.until(lambda: self.board.facts.flow(flow) and self.board.screen.query("#flows"))
        rows = self.board.screen.query_one("#flows")
        rows.focus()
        await self.press("home")
        names = [one.name for one in self.board.facts.flows]
        await self.press(*["down"] * names.index(flow))
        await self.until(lambda: self.board.flow == flow)


def put(path: Path, text: str) -> None:
    """Write a file that others read: they see all of it, or what was there before."""
    fresh = path.with_name(f".{path.name}.fresh")
    fresh.write_text(text)
    fresh.replace(path)


def state(books: Books, flow: str) -> RunState | None:
    return run.state if (run := last(books, flow)) else None


def last(books: Books, flow: str) -> Run | None:
    return next(iter(books.ledger.runs(flow, limit=1)), None)

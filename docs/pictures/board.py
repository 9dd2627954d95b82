"""Makes terminal.svg beside this file: the board on real runs. Usage: python docs/pictures/board.py"""
from __future__ import annotations

import asyncio
import json
import re
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from haulier.app.ground import Given, ground
from haulier.app.hub import Light, hub
from haulier.app.scheduler import hold, live
from haulier.model.run import Wanted
from haulier.tui.board import Board
from haulier.tui.source import Source

HERE = Path(__file__).parent
FETCH = """\
import sys, time
print(f"asking for {sys.argv[1]}", flush=True)
for hour in range(int(sys.argv[2])):
    time.sleep(0.4)
    print(f"{hour:02}:00  {11 + hour % 7}.{hour % 10} °C", flush=True)
"""


def task(id: str, *after: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "script": "fetch.py", "args": [id, "2"], "depends_on": list(after), **more}


FLOWS: dict[str, dict[str, Any]] = {
    "weather": {"schedule": "hourly", "tasks": [
        *(task(f"get_{one}", args=[one, hours]) for one, hours in (("lax", "1"), ("nyc", "400"), ("sfo", "500"))),
        task("aggregate", "get_lax", "get_nyc", "get_sfo"), task("synopsis", "aggregate")]},
    "nightly": {"schedule": "daily at 02:00", "tasks": [task("pull"), task("push", "pull", script="refuse.py")]},
    "release": {"tasks": [task("build", args=["it", "0"]),
                          task("sign_off", "build", type="approve", message="Put it on the big server?"),
                          task("publish", "sign_off")]},
    "report": {"schedule": "weekly on mon at 07:30", "params": {"day": ""}, "tasks": [task("make", args=["it", "0"])]},
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "srv"
        for name in ("flows", "tasks"):
            (home / name).mkdir(parents=True)
        (home / "haulier.yaml").write_text("timezone: UTC\n")
        (home / "tasks/fetch.py").write_text(FETCH)
        (home / "tasks/refuse.py").write_text("import sys\nsys.exit('no room on the other side')\n")
        for name, flow in FLOWS.items():
            for one in flow["tasks"]:
                if one.get("type") == "approve":
                    del one["script"], one["args"]
            (home / "flows" / f"{name}.json").write_text(json.dumps(flow))
        asyncio.run(taken(home))


async def taken(home: Path) -> None:
    """The picture, once enough has happened."""
    place = ground(Given(str(home)))
    with hold(place), hub(live(place), light=Light(place.url(), place.runs, 0.1)) as running:
        for flow in ("report", "nightly", "weather", "release"):
            running.books.agenda.want(Wanted(flow))
            await asyncio.sleep(1)
        with closing(Source(place)) as source:
            board = Board(source)
            async with board.run_test(size=(90, 28)) as pilot:
                board.theme = "dark"
                await pilot.pause(3)
                await pilot.press(*["down"] * 3, "tab", *["down"] * 2)
                await pilot.pause(3)
                (HERE / "terminal.svg").write_text(drawn(board.export_screenshot(title="haulier")))


def drawn(svg: str) -> str:
    """Without fonts from elsewhere."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")


if __name__ == "__main__":
    main()

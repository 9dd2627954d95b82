"""The board, where the memory is a PostgreSQL that others use too."""
from __future__ import annotations

import os
import socket
from pathlib import Path

from haulier.app.hub import Light, hub
from haulier.app.scheduler import live
from haulier.model.run import RunState
from haulier.testing.servers.postgres import Postgres
from tui.boards import Driver, Place, state


def test_somebody_elsewhere_runs_it(server: Postgres, tmp_path: Path) -> None:
    place = Place(tmp_path / "space", f"ledger: {server.database()}\n")
    place.flow("away", {"id": "a", "script": "say.py", "args": ["from far"]})

    url = place.ground.url()
    server.halt()

    async def steps(at: Driver) -> None:
        await at.sees("no answer from the", "○ the ledger is out of reach", "away")
        await at.press("r")
        await at.sees("Nobody is here to run it")
        await at.press("escape")
        server.start()
        await at.sees_no("no answer from the")
        # As a hub on another machine: in the ledger, and not in the folder of this workspace.
        with hub(live(place.ground), light=Light(url, place.ground.runs, 0.1)) as running:
            await at.sees(f"● hub {os.getpid()} on {socket.gethostname()}"[:30])
            await at.press("r")
            await at.until(lambda: state(running.books, "away") is RunState.DONE)
            await at.sees("✓ away 1", "I say from far")

    place.show(steps)

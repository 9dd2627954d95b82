"""A run that waits for an API is ended by a signal. What it waits in is cancelled piece by piece elsewhere."""
from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

from acceptance.conftest import until
from haulier.testing.servers.books import Answer, Books

if TYPE_CHECKING:
    from acceptance.conftest import Program

SOON = 10.0
"""It is about a second; with the patience of the sink it would be an hour."""
FLOW = """\
tasks:
  - id: take
    type: import
    source: in
    complete: {{settle_seconds: 0}}
    parser: csv
    sink: {{type: http, url: "{url}", budget: 1h}}
"""


def test_by_a_signal(workspace: Program) -> None:
    with Books(answers=[Answer(503)] * 1000) as api:
        (workspace.at / "in").mkdir()
        (workspace.at / "in" / "rows.csv").write_text("id\n" + "".join(f"{number}\n" for number in range(500)))
        (workspace.at / "flows").mkdir(exist_ok=True)
        (workspace.at / "flows" / "rows.yaml").write_text(FLOW.format(url=api.url))
        running = workspace.start("run", "rows")
        until(lambda: len(api.asked) > 3)
        running.send_signal(signal.SIGINT)
        try:
            running.communicate(timeout=SOON)
        except subprocess.TimeoutExpired:
            running.kill()
            raise
    assert running.returncode == 130

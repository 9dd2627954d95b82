"""An API that knows nothing of keys: how many rows it sees again after kill -9, counted by it."""
from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from haulier.testing.servers import bound
from haulier.testing.servers.books import Books

ROWS, WITHIN = 60, 60.0
_WORKER = """
import json, sys
from hashlib import sha256
from pathlib import Path
from haulier.core.content import FileContent
from haulier.core.importing.order import Order
from haulier.core.importing.taking import take
from haulier.ledger import books
from haulier.model.intake import Incoming
from haulier.parsers.csv import CsvSpec
from haulier.settings.spec import Env
from haulier.sinks.http import HttpSpec
url, file, facts = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])
order = Order("nightly/take", CsvSpec().build(Env()), version="1")
data = file.read_bytes()
incoming = Incoming(order.flow, 0, file.name, "", len(data), sha256(data).hexdigest(), "csv", order.version)
kept = books(url)
with HttpSpec.model_validate(facts).build(Env()) as sink:
    found = take(order, incoming, FileContent(file, file.name), sink, kept.imports)
    assert found.state == "done" and found.counts.accepted == 60, found
"""


@pytest.fixture
def office() -> Iterator[Books]:
    with Books(deaf=True, delay=0.005) as found:
        yield found


def begun(office: Books, folder: Path, **facts: Any) -> subprocess.Popen[bytes]:
    file = folder / "rows.csv"
    file.write_text("id\n" + "".join(f"{number}\n" for number in range(ROWS)))
    said = json.dumps({"url": office.url, **facts})
    return subprocess.Popen(bound([sys.executable, "-c", _WORKER, f"sqlite:///{folder}/ledger.db", str(file), said]))


def killed(worker: subprocess.Popen[bytes], office: Books, at: int) -> None:
    """As soon as that many rows have come; the next is taken, and nobody hears of it."""
    until, dead = time.monotonic() + WITHIN, threading.Event()

    def waits(row: Any) -> str:
        if len(office.kept) >= at:
            dead.wait(WITHIN)
        return ""

    office.refuses = waits
    while len(office.kept) < at:
        assert worker.poll() is None and time.monotonic() < until, "it ended, or nothing came"
        time.sleep(0.001)
    worker.kill()
    worker.wait(WITHIN)
    dead.set()


def again(office: Books, folder: Path, kills: tuple[int, ...], **facts: Any) -> int:
    """How many rows came more than once, all in all."""
    for at in kills:
        killed(begun(office, folder, **facts), office, at)
    assert begun(office, folder, **facts).wait(WITHIN) == 0
    assert {int(row["id"]) for row in office.kept} == {*range(ROWS)}
    return len(office.kept) - ROWS


def test_with_a_checkpoint_of_one_at_most_one_row_for_each_kill(office: Books, tmp_path: Path) -> None:
    kills = (7, 31)
    assert again(office, tmp_path, kills, checkpoint=1) <= len(kills)


def test_without_one_all_that_was_read_at_a_time(office: Books, tmp_path: Path) -> None:
    assert again(office, tmp_path, (19,)) >= 19

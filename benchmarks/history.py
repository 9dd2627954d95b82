"""A past for a ledger, written as runs write it: `history.py URL FILES SHARE OF`

Several may do it together, each its SHARE of OF.
"""
from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import closing

from haulier.ledger import open as open_ledger
from haulier.model.files import Entry
from haulier.model.run import Batch, Report, RunState, Totals, Transfer
from haulier.model.transfer import Signal
from haulier.ports import Ledger

PER_RUN, PER_BATCH, FLOWS = 20_000, 1000, 20
FAILED = 0.005
WORDS = ("invoice", "payroll", "camera", "report", "order", "stock", "scan", "backup")
MODIFIED = 1_760_000_000_000_000_000


def fill(url: str, files: int, share: int, of: int) -> None:
    """Runs of twenty jobs, one after another; one file of two hundred failed."""
    with closing(open_ledger(url)) as ledger:
        for number in range(share, files // PER_RUN, of):
            run(ledger, number, random.Random(number))


def run(ledger: Ledger, number: int, chance: random.Random) -> None:
    # A run at a time of each flow: the shares of all have other flows.
    begun = ledger.start(f"job-{number % FLOWS:02d}", source=f"sftp://partner-{number % FLOWS:02d}/out",
                         target="s3://store/in")
    failed = 0
    for first in range(0, PER_RUN, PER_BATCH):
        batch = ledger.claim(begun, [wanted(number, first + one, chance) for one in range(PER_BATCH)])
        reports = list(ended(batch, chance))
        failed += sum(one.signal is Signal.PERMANENT for one in reports)
        ledger.record(begun, reports)
    ledger.finish(begun, RunState.FAILED if failed else RunState.DONE,
                  Totals(done=PER_RUN - failed, failed=failed))


def wanted(run: int, number: int, chance: random.Random) -> Transfer:
    path = f"{chance.choice(WORDS)}/2026/{run:04d}/{chance.choice(WORDS)}-{chance.randrange(10**7):07d}-{number}.csv"
    return Transfer(0, path, path, Entry(path, int(chance.lognormvariate(11, 3)), MODIFIED + number))


def ended(batch: Batch, chance: random.Random) -> Iterator[Report]:
    for one in batch.transfers:
        if chance.random() < FAILED:
            yield Report(one.id, Signal.PERMANENT, f"{one.path}: permission denied", "Denied")
        else:
            yield Report(one.id, Signal.COPIED, sha256=chance.randbytes(32), written=one.entry.size)
            yield Report(one.id, Signal.SETTLED, target=one.path)


if __name__ == "__main__":
    fill(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))

"""What the command line says of runs that a hub keeps."""
import time
from contextlib import closing

from haulier import ledger
from haulier.model.run import Report, RunState, Totals, Trigger, Wanted, Wish
from haulier.model.transfer import Signal
from haulier.testing.ledgers import new

from .conftest import Program


def test_runs_that_wait_are_paused_or_wanted(haulier: Program) -> None:
    soon = time.time_ns() + 3_600_000_000_000
    with closing(ledger.books(f"sqlite:///{haulier.home}/state/haulier/ledger.db")) as books:
        wanted = [books.agenda.want(Wanted(flow, Trigger.SCHEDULE, by="the schedule"))
                  for flow in ("waits", "paused", "queued")]
        first, second, third = (run for run in wanted if run)
        run = books.ledger.start("waits", source="/src", target="/dst", run=first.id)
        transfer, = books.ledger.claim(run, [new("in/late.csv")]).transfers
        books.ledger.record(run, [Report(transfer.id, Signal.TRANSIENT, "in/late.csv: no answer", "Unavailable",
                                         retry_at=soon)])
        books.ledger.finish(run, RunState.WAITING, Totals(), wakes=soon)
        books.agenda.wish(second.id, Wish.PAUSE)
    said = haulier("history").out
    until = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(soon // 10**9))
    assert [line.split()[1] for line in said.splitlines()[1:]] == ["queued", "paused", "waits"]
    assert f"until {until}" in said and "1970" not in said
    rows = {row["id"]: (row["state"], row["started"]) for row in haulier("history", "--json").of("run")}
    assert rows[third.id] == ("queued", None) and rows[second.id] == ("paused", None)
    assert rows[first.id][0] == "waiting" and rows[first.id][1]
    why = haulier("why", "late.csv").out
    assert "was to begin: waits: wanted by the schedule" in why and "let go, to try again: 0 done" in why
    assert f"It is tried again at {until}" in why

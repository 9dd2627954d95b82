"""One run that several processes carry together."""
from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from haulier.model.files import is_temporary
from haulier.model.run import RunState, Wish
from haulier.testing.bench import until
from haulier.testing.servers.postgres import Postgres
from rooms.durables import Hall, Process, many, room

R = RunState
FILES = many(4000)


@pytest.fixture
def hall(server: Postgres) -> Iterator[Hall]:
    url = server.database()
    with room() as folder, ExitStack() as stack:
        hall = Hall(folder, url, url, stack, limits=(8, 8))
        hall.flow("many", FILES, far=True, pace=0.002)
        yield hall


@pytest.fixture
def crew(hall: Hall) -> list[Process]:
    return [process.ready() for process in [hall.begin(), hall.begin()]]


def helped(hall: Hall, crew: list[Process], flow: str = "many") -> tuple[int, Process, Process]:
    """A run that both carry: its number, the one that has it, and its guest."""
    number = hall.want(flow)
    until(lambda: {note.pid for note in hall.notes("published")} == {one.pid for one in crew}, 30,
          lambda: hall.said.read_text())
    carrier = hall.carrier(flow)
    return number, *sorted(crew, key=lambda one: one.pid != carrier)     # type: ignore[return-value]


def drafts(hall: Hall, flow: str) -> list[str]:
    return [path.name for path in hall.target(flow).rglob("*") if is_temporary(path.name)]


def test_both_do_their_part(hall: Hall, crew: list[Process]) -> None:
    number, *_ = helped(hall, crew)
    run = hall.ends(number, 60)
    assert (run.state, run.totals.done, run.turn) == (R.DONE, len(FILES), 0)
    assert run.totals.bytes == sum(map(len, FILES.values()))
    hall.delivered_once("many", FILES)
    shares = Counter(note.pid for note in hall.notes("published"))
    assert min(shares.values()) > len(FILES) / 5, shares
    assert not hall.books.sharing.offered()
    for process in crew:
        process.stop()


def test_a_guest_that_is_killed(hall: Hall, crew: list[Process]) -> None:
    number, _, guest = helped(hall, crew)
    guest.kill()
    run = hall.ends(number, 60)
    assert (run.state, run.totals.done, run.turn) == (R.DONE, len(FILES), 0)
    hall.delivered_once("many", FILES, killed=1)


def test_a_guest_that_sleeps_for_long(hall: Hall) -> None:
    hall.lease = hall.absence = 3.0
    number, _, guest = helped(hall, [process.ready() for process in [hall.begin(), hall.begin()]])
    guest.send(signal.SIGSTOP)
    run = hall.ends(number, 60)
    woken = time.time()
    guest.send(signal.SIGCONT)
    assert (run.state, run.totals.done) == (R.DONE, len(FILES))
    time.sleep(2)
    hall.delivered_once("many", FILES, woken=True)
    late = [note for note in hall.notes("published") if note.at > woken]
    assert len(late) <= 4, "one that each lane was about to note, not more"
    guest.stop()


def test_a_guest_that_is_stopped_gives_back_what_it_has(hall: Hall, crew: list[Process]) -> None:
    number, _, guest = helped(hall, crew)
    guest.stop()
    run = hall.ends(number, 60)
    assert (run.state, run.totals.done, run.turn) == (R.DONE, len(FILES), 0)
    hall.delivered_once("many", FILES)


def test_whoever_goes_on_waits_for_the_guest(hall: Hall, crew: list[Process]) -> None:
    """The process that had the run is killed: its guest puts down what it has, and one of those left goes on."""
    number, carrier, _ = helped(hall, crew)
    carrier.kill()
    hall.start()
    run = hall.ends(number, 60)
    assert (run.state, run.totals.done, run.turn) == (R.DONE, len(FILES), 1)
    hall.delivered_once("many", FILES, killed=1)


def test_whoever_lent_sleeps_for_long(hall: Hall) -> None:
    """Its guest takes the run over; when it wakes, it may help in its turn, and does nothing twice."""
    hall.lease = hall.absence = 3.0
    hall.flow("long", files := many(16_000), far=True, pace=0.001)
    crew = [process.ready() for process in [hall.begin(), hall.begin()]]
    number, carrier, _ = helped(hall, crew, "long")
    carrier.send(signal.SIGSTOP)
    until(lambda: hall.run(number).turn > 0, 70)     # if it sleeps in a transaction, that is ended after 15 s
    carrier.send(signal.SIGCONT)
    run = hall.ends(number, 60)
    assert (run.state, run.totals.done) == (R.DONE, len(files))
    hall.delivered_once("long", files, woken=True)


def test_paused_and_cancelled_everywhere(hall: Hall) -> None:
    hall.flow("long", files := many(16_000), far=True, pace=0.001)
    crew = [process.ready() for process in [hall.begin(), hall.begin()]]
    number, *_ = helped(hall, crew, "long")
    hall.books.agenda.wish(number, Wish.PAUSE)
    hall.becomes(number, R.PAUSED)
    before = hall.notes("published", "written")
    time.sleep(1)
    assert hall.notes("published", "written") == before
    hall.books.agenda.wish(number, Wish.NONE)
    until(lambda: len(hall.notes("published")) > len(before) / 2 + 600, 30)
    hall.books.agenda.wish(number, Wish.CANCEL)
    run = hall.becomes(number, R.CANCELLED)
    done = len(hall.notes("published"))
    time.sleep(1)
    assert run.totals.done == len(hall.notes("published")) == done < len(files)
    assert not drafts(hall, "long") and not hall.books.ledger.pending("long")


def test_settings_that_differ(hall: Hall) -> None:
    """A process with other settings does not help."""
    hall.start()
    hall.flow("many", {}, far=True, pace=0.002, version="newer")
    hall.start()
    run = hall.ends(hall.want("many"), 60)
    assert run.state is R.DONE
    assert len({note.pid for note in hall.notes("published")}) == 1


def test_a_job_with_a_limit_of_its_own(hall: Hall) -> None:
    """It would have that once more in each process, so one carries it alone."""
    hall.flow("limited", files := many(1500), far=True, pace=0.002, lanes=1)
    for process in [hall.begin(), hall.begin()]:
        process.ready()
    run = hall.ends(hall.want("limited"), 60)
    assert (run.state, run.totals.done) == (R.DONE, len(files))
    assert len({note.pid for note in hall.notes("published")}) == 1

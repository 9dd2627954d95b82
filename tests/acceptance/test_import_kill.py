"""kill -9, SIGTERM and far sides that go away, at random points of an import: each payment has one effect, and all of
them have it."""
from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from acceptance.conftest import until
from acceptance.far import SshFar, chance
from acceptance.flows import LATE
from acceptance.imports import Database, Office, invoices, matched, money, payments, put_in_env
from acceptance.toll import Toll
from haulier.core.importing.posting import PAGE
from haulier.model.intake import Counts, IntakeState

COUNT = 120
MANY = 1200


@dataclass
class Fate:
    """Does something once, when the accounts system has kept so many rows more: in the middle of a request."""

    office: Office
    _left: int = 0
    _then: Callable[[], None] = field(default=lambda: None)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.office.books.refuses = self._counts

    def after(self, rows: int, then: Callable[[], None]) -> None:
        with self._lock:
            self._left, self._then = rows, then

    def _counts(self, row: Any) -> str:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self._then()
        return ""


def killed(office: Office, begin: Callable[[Callable[[], None]], None], *words: str) -> bool:
    """Run the flow; `begin` is given what kills it. Whether it was killed before it ended."""
    process = office.program.start("run", "bank", *words)
    begin(process.kill)
    process.communicate(timeout=LATE)
    assert process.returncode in (0, -signal.SIGKILL)
    return process.returncode != 0


def is_whole(office: Office, count: int = COUNT) -> None:
    """Each payment once, by key and by what was sent; the file is archived once; rows and money add up."""
    every, total = {(f"inv{n}", f"{n}.00"): 1 for n in range(1, count + 1)}, f"{sum(range(1, count + 1))}.00"
    assert office.effects() == every and not office.books.twice and len(office.books.effects) == count
    assert {*office.posted()} == {*every} and office.names == {"archive/march.txt"}
    done, *again = office.intakes
    assert (done.state, done.counts) == (IntakeState.DONE, Counts(count, count, 0, 0))
    assert money(done)["SEK"] == (total, total, "0", "0", "0")
    assert {one.state for one in again} <= {IntakeState.DUPLICATE}


@pytest.mark.parametrize("words", [("--resume",), ()], ids=["resumed", "run again"])
def test_killed_while_the_bank_file_is_posted(office: Office, ssh: SshFar, words: tuple[str, ...]) -> None:
    """SFTP, BgMax, matched, posted, archived: killed by how much was posted, and by how many bytes SFTP has moved."""
    office.flow("bank", matched(office))
    office.deliver("march.txt", payments(range(1, COUNT + 1)))
    fate, posted = Fate(office), chance().randrange(1, COUNT // 2)
    assert killed(office, lambda kill: fate.after(posted, kill))
    if words:
        assert killed(office, lambda kill: fate.after(chance().randrange(1, COUNT - posted - 20), kill), *words)
    else:       # anywhere, also while it is archived
        killed(office, lambda kill: ssh.toll.when(chance().randrange(8_000, 30_000), kill))
        ssh.toll.when_nothing()
    if office.names != {"archive/march.txt"} or office.intakes[0].state is not IntakeState.DONE:
        office.program("run", "bank", *words)
    is_whole(office)


def test_a_hub_is_killed(office: Office) -> None:
    """The flow starts by its schedule; the hub that comes after goes on with the run, or starts the next one."""
    office.flow("bank", matched(office), "schedule: every 1s\n")
    office.deliver("march.txt", payments(range(1, COUNT + 1)))
    fate = Fate(office)
    hub = office.program.start("start", ".", "--port", "0", "--json")
    fate.after(chance().randrange(1, COUNT - 10), hub.kill)
    hub.communicate(timeout=LATE)
    assert hub.returncode == -signal.SIGKILL
    hub = office.program.start("start", ".", "--port", "0", "--json")
    until(lambda: office.intakes[0].state is IntakeState.DONE and office.names == {"archive/march.txt"}, LATE)
    before = office.runs
    until(lambda: office.runs > before + 1, LATE)       # the next starts find nothing
    hub.terminate()
    hub.communicate(timeout=LATE)
    assert hub.returncode == 0
    is_whole(office)


def test_two_runs_at_once(office: Office) -> None:
    """One has the file, the other leaves it alone, or finds it taken; whoever has it posts each payment once."""
    office.flow("bank", matched(office))
    office.deliver("march.txt", payments(range(1, COUNT + 1)))
    office.books.delay = 0.01
    both = [office.program.start("run", "bank") for _ in range(2)]
    said = [process.communicate(timeout=LATE) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    is_whole(office)
    assert len(office.books.asked) == COUNT


def test_told_to_stop(office: Office) -> None:
    """It ends in the middle, and the next run goes on."""
    office.flow("bank", matched(office))
    office.deliver("march.txt", payments(range(1, COUNT + 1)))
    office.books.delay = 0.1
    fate = Fate(office)
    process = office.program.start("run", "bank", "--json")
    fate.after(chance().randrange(10, 60), process.terminate)
    out, err = process.communicate(timeout=LATE)
    assert process.returncode not in (0, -signal.SIGTERM) and "Traceback" not in out + err
    assert sum(office.effects().values()) < COUNT
    office.books.delay = 0
    office.program("run", "bank")
    is_whole(office)


def test_the_api_is_away_for_long(office: Office) -> None:
    """Its retries wait, and it goes on at the mark: what was told is not told again, but for what was under way."""
    office.flow("bank", matched(office).replace("budget: 0", "budget: 1s") + "retry: {tries: 100, base: 1s, factor: 1}")
    (office.program.at / "open.csv").write_text(invoices(MANY))
    office.deliver("march.txt", payments(range(1, MANY + 1)))
    fate, away, gone = Fate(office), threading.Event(), threading.Event()

    def leaves() -> None:
        """Nothing more is taken until it is down: that may be too late for the rows that are left."""
        away.set()
        gone.wait(LATE)

    process = office.program.start("run", "bank", "--json")
    fate.after(chance().randrange(PAGE + 50, MANY - 50), leaves)
    assert away.wait(LATE)
    office.books.down()
    gone.set()
    until(lambda: [one for one in office.intakes if one.state is IntakeState.FAILED], LATE)
    until(lambda: office.intakes[0].tries > 2, LATE)
    assert process.poll() is None
    office.books.up()
    out, err = process.communicate(timeout=LATE)
    assert process.returncode == 0, out + err
    is_whole(office, MANY)
    assert len(office.books.asked) <= 2 * MANY - PAGE


LISTS = """\
parser: csv
schema: {{id: integer, text: text}}
sink: {{type: http, url: "{url}", batch: 100, wrap: rows, budget: 0}}
settle: delete
"""


def test_killed_while_lists_of_rows_are_posted(room: Office) -> None:
    """Each request is the same in every try, wherever it goes on: an API that knows its key keeps no row twice."""
    room.flow("bank", LISTS.format(url=room.books.url))
    count = 20_000
    room.deliver("rows.csv", b"id,text\n" + b"".join(b"%d,%s\n" % (n, b"x" * (n % 180)) for n in range(count)))
    fate = Fate(room)
    for _ in range(2):
        assert killed(room, lambda kill: fate.after(chance().randrange(1000, 8500), kill))
    room.take("bank")
    assert sorted(row["id"] for row in room.books.kept) == [*range(count)]
    assert len(room.books.asked) < 2 * count // 100 and room.names == set()
    assert room.intakes[0].counts == Counts(count, count, 0, 0)


# A database: all of a file or nothing


ROWS = 30_000
TABLE = b"id,amount\n" + b"".join(b"%d,%d.25\n" % (n, n) for n in range(ROWS))
GOODS = """\
parser: csv
schema: {id: integer, amount: decimal}
sink: {type: sql, url: "${DATABASE}", table: goods, mode: insert}
settle: archive
"""


@contextmanager
def toll_to(database: Database) -> Iterator[Toll]:
    with Toll(int(database.url.rpartition(":")[2].partition("/")[0])) as toll:
        yield toll


@pytest.fixture
def goods(room: Office, database: Database) -> Iterator[tuple[Office, Database, Toll]]:
    """A file of goods; the way to the database is through a toll."""
    database.ask("create table goods (id bigint primary key, amount numeric)")
    with toll_to(database) as toll:
        port = database.url.rpartition(":")[2].partition("/")[0]
        put_in_env(room, DATABASE=database.url.replace(f":{port}/", f":{toll.port}/"))
        room.flow("bank", GOODS)
        room.deliver("goods.csv", TABLE)
        yield room, database, toll


def there(database: Database) -> list[tuple[Any, ...]]:
    return database.ask("select count(*), count(distinct id), coalesce(sum(amount), 0)::text from goods")


def is_there(office: Office, database: Database) -> None:
    """Every row once, and the file settled."""
    assert there(database) == [(ROWS, ROWS, f"{sum(range(ROWS)) + ROWS // 4}.00")]
    assert database.ask("select count(*), sum(rows) from haulier_files") == [(1, ROWS)]
    assert office.names == {"archive/goods.csv"}
    done, *again = office.intakes
    assert (done.state, done.counts) == (IntakeState.DONE, Counts(ROWS, ROWS, 0, 0))
    assert [one.state for one in again] in ([], [IntakeState.DUPLICATE]), "it was taken, and is settled now"


class Commit:
    """Does something once: when the program asks for a commit, or when the database has made it and nobody heard."""

    def __init__(self, toll: Toll, then: Callable[[], None], *, heard: bool) -> None:
        self._toll, self._then, self._heard = toll, then, heard
        self._size = 0      # bytes up: rows are far more than what a claim commits
        toll.look = self._look

    def _look(self, way: str, data: bytes) -> None:
        self._size += len(data) if way == "up" else 0
        is_asked = way == "up" and b"COMMIT" in data and self._size > 100_000
        is_made = way == "down" and b"COMMIT\0" in data and self._size > 100_000
        if is_made if self._heard else is_asked:
            self._toll.look = lambda way, data: None
            self._then()
            raise OSError("cut")


@pytest.mark.parametrize("heard", [False, True], ids=["before it", "after it"])
def test_killed_at_the_commit(goods: tuple[Office, Database, Toll], heard: bool) -> None:
    """Between the commit and the note of it, too."""
    office, database, toll = goods
    process = office.program.start("run", "bank")
    Commit(toll, process.kill, heard=heard)
    process.communicate(timeout=LATE)
    assert process.returncode == -signal.SIGKILL
    until(lambda: there(database)[0][0] == (ROWS if heard else 0), LATE)
    assert office.intakes[0].state is IntakeState.READING and office.names == {"goods.csv"}
    office.program("run", "bank")
    is_there(office, database)


@pytest.mark.parametrize("heard", [False, True], ids=["before it", "after it"])
def test_the_database_is_gone_at_the_commit(goods: tuple[Office, Database, Toll], heard: bool) -> None:
    """The line is cut; the next try finds out whether it was made."""
    office, database, toll = goods
    office.flow("bank", GOODS + "retry: {tries: 20, base: 1s}")
    Commit(toll, lambda: None, heard=heard)
    office.program("run", "bank")
    is_there(office, database)


def test_killed_while_rows_go_to_postgres(goods: tuple[Office, Database, Toll]) -> None:
    """By how many bytes went there: nothing of it can be seen, and the next one begins anew."""
    office, database, toll = goods
    process = office.program.start("run", "bank")
    toll.when(chance().randrange(20_000, 250_000), process.kill)
    process.communicate(timeout=LATE)
    assert process.returncode == -signal.SIGKILL and there(database)[0][0] == 0
    office.program("run", "bank")
    is_there(office, database)

"""A ledger of the first version, with a past, under this program."""
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from haulier.ledger import copies, schema
from haulier.ledger.database import dialect_of
from haulier.ledger.opening import open_books
from haulier.model.files import Draft
from haulier.model.query import Bucket, TransferQuery
from haulier.model.run import Priority, RunState, Totals, Trigger, Wish
from haulier.model.transfer import Signal, State
from haulier.testing.ledgers import SHA, new, whole_way
from haulier.testing.servers.postgres import Postgres, programs

MINUTE = 60 * 10**9
THEN = 1_600_000_020_000_000_000 // MINUTE * MINUTE
PAST = (
    "INSERT INTO flows (id, name) VALUES (1, 'nightly'), (2, 'other')",
    f"""INSERT INTO runs (id, flow, source, target, state, started, finished, done, failed, error) VALUES
        (1, 1, 'a', 'b', 'failed', {THEN}, {THEN + 5}, 2, 1, 'one file failed'),
        (2, 1, 'a', 'b', 'running', {THEN + 10}, NULL, 0, 0, NULL)""",
    f"INSERT INTO batches (id, run, created, files) VALUES (1, 1, {THEN + 1}, 5), (2, 2, {THEN + 11}, 2)",
    f"""INSERT INTO transfers (id, batch, flow, path, name, size, state, tries, created, finished, todo, sha256, error,
        kind) VALUES
        (1, 1, 1, 'd/done', 'done', 4, 'done', 1, {THEN + 1}, {THEN + 2}, NULL, {{sha}}, NULL, NULL),
        (2, 1, 1, 'd/failed', 'failed', 5, 'failed', 1, {THEN + 1}, {THEN + MINUTE}, true, NULL, 'no', 'Denied'),
        (3, 1, 1, 'd/skipped', 'skipped', 6, 'skipped', 1, {THEN + 1}, {THEN + 2}, NULL, {{sha}}, NULL, NULL),
        (4, 1, 1, 'd/given up', 'given up', 7, 'cancelled', 1, {THEN + 1}, {THEN + 2}, NULL, NULL, NULL, NULL),
        (5, 1, 1, 'd/waiting', 'waiting', 8, 'waiting', 3, {THEN + 1}, NULL, true, NULL, 'gone', 'Unavailable'),
        (6, 2, 1, 'd/copying', 'copying', 9, 'copying', 1, {THEN + 11}, NULL, true, NULL, NULL, NULL)""",
    """INSERT INTO journal (transfer, path, temp, overwrite, safe, state)
        VALUES (6, 'd/copying', '.copying.h6.part', true, 3, '')""",
    "INSERT INTO seen (flow, path, size, sha256) VALUES (1, 'd/done', 4, {sha})",
    f"""INSERT INTO events (at, kind, run, batch, transfer, members, text) VALUES
        ({THEN}, 'run.started', 1, 0, 0, NULL, 'a to b'), ({THEN + 1}, 'batch.claimed', 1, 1, 0, '1-5', '5 files')""",
)


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    try:
        programs()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    with Postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    server: Postgres = request.getfixturevalue("server")
    return server.database()


@pytest.fixture
def old(place: str) -> str:
    dialect = dialect_of(place)
    engine = dialect.connect()
    sha = f"'\\x{SHA.hex()}'" if place.startswith("postgres") else f"x'{SHA.hex()}'"
    with engine.connect() as conn, conn.begin():
        dialect.begin(conn, durable=True)
        dialect.lock_schema(conn)
        schema.upgrade(conn, schema=dialect.schema, to="0001")
        for statement in PAST:
            conn.exec_driver_sql(statement.format(sha=sha))
        for table in ("flows", "runs", "batches", "transfers") if dialect.schema else ():
            conn.exec_driver_sql(f"SELECT setval('{table}_id_seq', 100)")
    engine.dispose()
    return place


def test_what_was_known_is_known(old: str) -> None:
    with closing(open_books(old)) as books:
        crashed, failed = books.ledger.runs("nightly")
        assert failed.totals == Totals(2, 1) and (failed.state, failed.error) == (RunState.FAILED, "one file failed")
        for run in (crashed, failed):
            assert (run.trigger, run.created, run.priority) == (Trigger.HAND, run.started, Priority.NORMAL)
            assert (run.wish, run.slot, run.wakes, run.turn) == (Wish.NONE, None, None, 0)
            assert (run.params, run.parent, run.origin) == ("", 0, 0)
            assert books.tasks.tasks(run.id) == [] == books.tasks.children(run.id)
        assert books.agenda.open() == [] and books.agenda.slots() == {}
        assert [(t.path, t.state, t.since, t.retry_at) for t in books.ledger.pending("nightly")] == [
            ("d/failed", State.FAILED, THEN + 1, None), ("d/waiting", State.WAITING, THEN + 1, None),
            ("d/copying", State.COPYING, THEN + 11, None)]
        assert books.ledger.pending()[2].draft == Draft("d/copying", ".copying.h6.part", offset=3)
        assert books.ledger.seen("nightly", ["d/done"])["d/done"].sha256 == SHA
        assert [event.kind for event in books.ledger.history(1)] == [
            "run.started", "transfer.created", "batch.claimed", "transfer.done"]


def test_questions_about_it_are_answered(old: str) -> None:
    with closing(open_books(old)) as books:
        for state in State:
            found = books.reader.transfers(TransferQuery(states=(state,))).items
            assert all(t.state is state for t in found)
            assert bool(found) == (state in (State.DONE, State.FAILED, State.SKIPPED, State.CANCELLED, State.WAITING,
                                             State.COPYING))
        assert len(books.reader.transfers(TransferQuery(until=THEN + 10)).items) == 5
        assert [t.id for t in books.reader.transfers(TransferQuery(since=THEN + 10)).items] == [6]
        assert books.reader.transfers(TransferQuery(search="GIVEN")).items[0].id == 4
        assert books.reader.buckets(THEN, THEN + 2 * MINUTE, MINUTE) == [
            Bucket(THEN, 1, 4, 0, 0), Bucket(THEN + MINUTE, 0, 0, 1, 0)]
        assert books.reader.flows()[0][1:] == (2, None, 1, 1)


def test_its_files_are_found_by_size(old: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before and after it was restored from a backup."""
    monkeypatch.setattr("haulier.ledger.searching.FEW", 0)
    with closing(open_books(old)) as books:
        run = books.ledger.start("nightly", source="a", target="b")
        fresh = books.ledger.claim(run, [new(f"d/{size}", size) for size in (3, 6, 7, 30)]).transfers
    expected = [fresh[0].id, 1, 2, 3, fresh[1].id, 4, fresh[2].id, 5, 6, fresh[3].id]
    assert by_size(old) == expected
    copies.save(old, tmp_path / "saved")
    copies.restore(old, tmp_path / "saved", "_before")
    assert by_size(old) == expected


def by_size(place: str) -> list[int]:
    """All of them in pages of three, upwards as downwards."""
    with closing(open_books(place)) as books:
        up, down = ([one.id for offset in range(0, 12, 3) for one in books.reader.transfers(
            TransferQuery(sort=sort, limit=3, offset=offset)).items] for sort in ("size", "-size"))
    assert up == down[::-1]
    return up


def test_work_goes_on(old: str) -> None:
    with closing(open_books(old)) as books:
        run = books.ledger.start("nightly", source="a", target="b")
        assert [run.state for run in books.ledger.runs()] == [RunState.RUNNING, RunState.CRASHED, RunState.FAILED]
        left = books.ledger.pending("nightly")
        again = books.ledger.claim(run, [*left, new("d/fresh")]).transfers
        books.ledger.record(run, [report for t in again for report in whole_way(t)])
        assert books.ledger.pending() == []
        assert books.agenda.ask(4, Signal.RETRY).state is State.QUEUED
        assert books.reader.transfers(TransferQuery(states=(State.DONE,))).total == 5
        assert books.reader.transfers(TransferQuery(since=run.started)).items == (books.reader.transfer(again[-1].id),)
        assert books.ledger.transfers(path="fresh")[0].created >= run.started

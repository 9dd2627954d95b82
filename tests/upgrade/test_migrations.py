import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from haulier.ledger import open as open_ledger
from haulier.ledger import schema, tables
from haulier.ledger.database import dialect_of
from haulier.ledger.opening import open_books
from haulier.model.account import Origin, Role, User
from haulier.testing.ledgers import FLOW
from haulier.testing.servers.postgres import Postgres, programs

FOLDER = Path(schema.__file__).parent / "migrations"
CATALOG = (
    "SELECT table_name, column_name, data_type, is_nullable, column_default"
    " FROM information_schema.columns WHERE table_schema = 'haulier' ORDER BY 1, 2",
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'haulier' ORDER BY 1",
    "SELECT conrelid::regclass::text, contype, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'haulier'::regnamespace ORDER BY 1, 2, 3",
    "SELECT relname, reloptions FROM pg_class WHERE relnamespace = 'haulier'::regnamespace"
    " ORDER BY 1")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    try:
        programs()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    with Postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Two new databases of a kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/a.db", f"sqlite:///{tmp_path}/b.db"
    server: Postgres = request.getfixturevalue("server")
    return server.database(), server.database()


def engine_of(place: str) -> Engine:
    return dialect_of(place).connect()


def described(place: str) -> list[list[tuple[object, ...]]]:
    """All that a database says of its own tables."""
    queries = CATALOG if place.startswith("postgres") else (
        "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2",)
    engine = engine_of(place)
    with engine.connect() as conn:
        found = [[tuple(row) for row in conn.exec_driver_sql(query)] for query in queries]
    engine.dispose()
    return found


def begin_at_nothing(place: str) -> None:
    """A ledger as it was before the first version: nothing but a place for its number."""
    dialect = dialect_of(place)
    engine = dialect.connect()
    with engine.begin() as conn:
        dialect.lock_schema(conn)
        tables.version.create(conn)
    engine.dispose()


def without_layout(found: object) -> str:
    return " ".join(str(found).replace("\\n", " ").replace("\\t", " ").split()).replace(" ,", ",")


def test_migrations_make_what_the_tables_say(places: tuple[str, str]) -> None:
    made, migrated = places
    open_ledger(made).close()
    begin_at_nothing(migrated)
    open_ledger(migrated).close()
    assert without_layout(described(migrated)) == without_layout(described(made))
    assert len(described(made)[0]) > 15


def test_the_program_knows_its_newest_migration() -> None:
    script = ScriptDirectory(str(FOLDER))
    assert script.get_current_head() == schema.HEAD
    assert all(len(revision.revision) == 4 for revision in script.walk_revisions())


def test_an_upgraded_ledger_works(places: tuple[str, str]) -> None:
    begin_at_nothing(places[0])
    with closing(open_ledger(places[0])) as ledger:
        assert ledger.runs() == []
        ledger.start(FLOW, source="a", target="b")
    with closing(open_ledger(places[0])) as ledger:
        assert len(ledger.runs()) == 1


def test_users_from_before_have_passwords(places: tuple[str, str]) -> None:
    dialect = dialect_of(places[0])
    engine = dialect.connect()
    with engine.connect() as conn, conn.begin():
        dialect.begin(conn, durable=True)
        dialect.lock_schema(conn)
        schema.upgrade(conn, schema=dialect.schema, to="0010")
        conn.exec_driver_sql("INSERT INTO users (name, role, password, created) VALUES ('eva', 'admin', 'digest', 1)")
    engine.dispose()
    with closing(open_books(places[0])) as books:
        assert books.accounts.users() == [User("eva", Role.ADMIN, 1)] and books.accounts.password("eva") == "digest"
        assert books.accounts.take_user("bo", Role.VIEWER, Origin("https://login.example.com", "17")).issuer


def test_a_broken_upgrade_changes_nothing(places: tuple[str, str],
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    place, _ = places
    begin_at_nothing(place)
    before = described(place)
    whole = schema.upgrade

    def breaks(conn: Connection, **how: object) -> None:
        whole(conn, schema=dialect_of(place).schema)
        raise KeyboardInterrupt

    monkeypatch.setattr(schema, "upgrade", breaks)
    with pytest.raises(KeyboardInterrupt):
        open_ledger(place)
    assert described(place) == before


@pytest.mark.parametrize("prepared", [False, True], ids=["new", "old"])
def test_processes_that_start_at_once(places: tuple[str, str], prepared: bool) -> None:
    if prepared:
        begin_at_nothing(places[0])
    code = ("import sys; from haulier.ledger import open; from haulier.ledger import opening;"
            "sys.stdin.read(1); open(sys.argv[1]).close()")
    children = [subprocess.Popen([sys.executable, "-c", code, places[0]], stdin=subprocess.PIPE,
                                 stderr=subprocess.PIPE) for _ in range(4)]
    for child in children:
        assert child.stdin
        child.stdin.write(b"x")
        child.stdin.flush()
    ends = [(child.communicate()[1].decode()[-2000:], child.returncode) for child in children]
    assert ends == [("", 0)] * 4
    with closing(open_ledger(places[0])) as ledger:
        assert ledger.runs() == []

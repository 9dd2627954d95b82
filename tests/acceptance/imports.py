"""An office that takes files in: a bank's SFTP server, an accounts system with an API, and a workspace with a flow."""
from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from haulier.ledger import books as ledger_at
from haulier.model.intake import Booking, Intake
from haulier.settings import scaffold
from haulier.testing.banks import Paid, bgmax, check_digit
from haulier.testing.servers.books import Books
from haulier.testing.servers.postgres import Postgres

if TYPE_CHECKING:
    from acceptance.conftest import Done, Program
    from acceptance.far import SshFar

TOKEN = "t0ken-of-the-Api-81"


def reference(number: int) -> str:
    """The payment number of an invoice, with its check digit."""
    return check_digit(str(10_000 + number))


def payments(numbers: range, *more: Paid) -> bytes:
    """A BgMax file with one payment for each of these invoices, and others."""
    return bgmax([*(Paid(Decimal(n), reference(n), name=f"Payer {n}") for n in numbers), *more])


def invoices(count: int) -> str:
    """The open invoices 1 to `count`, as CSV: each is of as many kronor as its number."""
    lines = (f"inv{n},{reference(n)},{n}.00,SEK,2025-03-14,Payer {n}" for n in range(1, count + 1))
    return "\n".join(("id,references,due,currency,date,names", *lines, ""))


@dataclass
class Office:
    """What a test of an import needs. `program` is in the workspace; files are delivered to `far`."""

    program: Program
    books: Books
    far: Path               # the folder of the source, on this machine
    source: str             # as a flow names it
    owner: str = ""         # of files in it

    def deliver(self, name: str, data: bytes) -> Path:
        """A file of the bank."""
        path = self.far / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if self.owner:
            for one in (path.parent, path):
                shutil.chown(one, self.owner)
        return path

    def flow(self, name: str, text: str, head: str = "") -> None:
        """A flow with one import, `take`; `text` has the settings that are its own."""
        lines = [f"source: {json.dumps(self.source)}", "complete: {settle_seconds: 0}", *text.strip("\n").split("\n")]
        body = "".join(f"    {line}\n" for line in lines)
        (self.program.at / "flows" / f"{name}.yaml").write_text(f"{head}tasks:\n  - id: take\n    type: import\n{body}")

    def take(self, flow: str, code: int = 0) -> Done:
        """Run it to its end."""
        return self.program("run", flow, "--json", code=code)

    @property
    def intakes(self) -> list[Intake]:
        """All that the ledger knows, oldest first."""
        with closing(ledger_at(f"sqlite:///{self.program.at}/state/ledger.db")) as opened:
            return list(opened.imports.intakes(limit=500))[::-1]

    @property
    def review(self) -> list[Booking]:
        """The payments that a person has to look at."""
        with closing(ledger_at(f"sqlite:///{self.program.at}/state/ledger.db")) as opened:
            return list(opened.imports.review())

    @property
    def runs(self) -> int:
        """How many runs there were, up to 500."""
        with closing(ledger_at(f"sqlite:///{self.program.at}/state/ledger.db")) as opened:
            return len(opened.ledger.runs(limit=500))

    def told(self, *words: str | int, code: int = 0) -> list[dict[str, Any]]:
        """What `haulier import …` says."""
        return self.program("import", *map(str, words), "--json", code=code).lines

    @property
    def names(self) -> set[str]:
        """All files at the bank."""
        return {str(path.relative_to(self.far)) for path in self.far.rglob("*") if path.is_file()}

    def posted(self, path: str = "/matched") -> Counter[tuple[str, str]]:
        """What was asked of the API with success, by invoice (or reference) and amount: requests, not effects."""
        found = (json.loads(one.body) for one in self.books.asked if one.path == path)
        return Counter((row.get("invoice_id") or row["reference"], row["amount"]) for row in found)

    def effects(self) -> Counter[tuple[str, str]]:
        """What the accounts system keeps."""
        return Counter((row.get("invoice_id") or row["reference"], row["amount"]) for row in self.books.kept)


MATCHED = """\
parser: bgmax
reconcile:
  items: {{type: csv, file: open.csv}}
  matched: {{sink: {{type: http, url: "{url}/matched", headers: {{X-Token: "${{API_TOKEN}}"}}, budget: 0}}}}
  unmatched: {{sink: {{type: http, url: "{url}/unmatched", auth: {{type: bearer, token: "${{API_TOKEN}}"}}}}}}
settle: archive
"""


def matched(office: Office) -> str:
    """Settings of an import of BgMax files whose payments are matched and told to the API."""
    return MATCHED.format(url=office.books.url.removesuffix("/rows"))


@pytest.fixture
def office(haulier: Program, ssh: SshFar) -> Iterator[Office]:
    """The source is at an SFTP server."""
    workspace(haulier)
    with (haulier.at / "haulier.yaml").open("a") as settings:
        settings.write(f"connections:\n{ssh.connections}")
    (ssh.local / "inbox").mkdir()
    shutil.chown(ssh.local / "inbox", ssh.local.owner())
    with Books() as books:
        yield Office(haulier, books, ssh.local / "inbox", ssh.named("sftp", "inbox"), ssh.local.owner())


@pytest.fixture
def room(haulier: Program) -> Iterator[Office]:
    """The source is a folder of this machine."""
    workspace(haulier)
    far = haulier.at.parent / "inbox"
    far.mkdir()
    with Books() as books:
        yield Office(haulier, books, far, str(far))


def workspace(program: Program, count: int = 200) -> None:
    """One with a secret, and open invoices."""
    scaffold.init(program.at / "ws")
    program.at /= "ws"
    with (program.at / ".env").open("a") as env:
        env.write(f"API_TOKEN={TOKEN}\n")
    (program.at / "open.csv").write_text(invoices(count))


def put_in_env(office: Office, **values: str) -> None:
    with (office.program.at / ".env").open("a") as env:
        env.writelines(f"{name}={value}\n" for name, value in values.items())


class Database:
    """A new database of a server, as the program is told and as a test looks at it."""

    def __init__(self, server: Postgres) -> None:
        self.url = server.database()

    def ask(self, text: str) -> list[tuple[Any, ...]]:
        import psycopg
        with psycopg.connect(self.url, autocommit=True) as line:
            found = line.execute(text)  # type: ignore[call-overload]
            return list(found.fetchall()) if found.description else []


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with Postgres() as running:
        yield running


@pytest.fixture
def database(postgres: Postgres) -> Database:
    return Database(postgres)


def words_of(done: Done) -> str:
    """All that a call said."""
    return done.out + done.err


def money(intake: Intake) -> Mapping[str, tuple[str, ...]]:
    """As texts, proved."""
    assert all(one.balances for one in intake.money.values())
    return {currency: tuple(map(str, one)) for currency, one in intake.money.items()}

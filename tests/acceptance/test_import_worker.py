"""The bank file worker of docs/imports-python.md, as it is typed, from SFTP to an API: each payment is posted once."""
from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from acceptance.far import S3Far, chance
from haulier.imports import GenericImportPipeline, PipelineBinding, StoreSource, run_poll_cycle
from haulier.ledger import books as ledger_at
from haulier.model.intake import IntakeState
from haulier.testing.banks import Paid, bgmax, check_digit
from haulier.testing.servers.books import Answer, Books
from haulier.testing.servers.sshd import Sshd

PAGE = Path(__file__).parents[2] / "docs" / "imports-python.md"
TOKEN = "t0ken-of-the-Api-82"
PER_FILE, FILES, KILLS = 60, 3, 4


def reference(number: int) -> str:
    return check_digit(str(20_000 + number))


def delivered(file: int) -> bytes:
    """Payments for invoices of its own; two that say the same, and one for nothing that is known."""
    first = file * PER_FILE
    paid = [Paid(Decimal(n + 1), reference(n), serial=n + 1) for n in range(first, first + PER_FILE)]
    twins = [Paid(Decimal("7.77"), f"twin {file}", serial=900_000 + 2 * file + n) for n in range(2)]
    return bgmax([*paid, *twins])


@dataclass
class Worker:
    """The program of the page, in a home of its own."""

    home: Path
    sshd: Sshd
    books: Books
    environ: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def out(self) -> Path:
        return self.sshd.keyed.local / "out"

    @property
    def archive(self) -> list[str]:
        folder = self.sshd.keyed.local / "archive"
        return sorted(os.listdir(folder)) if folder.is_dir() else []

    @property
    def ledger(self) -> str:
        return f"sqlite:///{self.home}/ledger.db"

    def write(self) -> None:
        """The example, with the place of this server in it and a shorter pause; nothing else differs."""
        text = re.search(r"^```python worker\.py\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)[1]  # type: ignore[index]
        account = self.sshd.keyed
        for written, here in {
            'host="sftp.bank.example.com",': f'host="127.0.0.1", port={self.sshd.port}, '
                                             f'known_hosts="{self.sshd.known_hosts}", settle=0,',
            '"acme"': f'"{account.name}"', '"/secrets/sftp.key"': f'"{account.key_file}"',
            '"/out"': f'"{account.folder}/out"', '"/archive"': f'"{account.folder}/archive"',
            "poll_interval=300": "poll_interval=0.2",
        }.items():
            assert text.count(written) == 1
            text = text.replace(written, here)
        (self.home / "worker.py").write_text(text)
        lines = [f"inv{n},{reference(n)},{n + 1}.00,SEK" for n in range(PER_FILE * FILES)]
        (self.home / "open.csv").write_text("\n".join(["id,references,due,currency", *lines, ""]))

    def start(self) -> subprocess.Popen[bytes]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        environ = {**kept, "HOME": str(self.home), "API_URL": f"http://127.0.0.1:{self.books.port}",
                   "API_TOKEN": TOKEN, "TENANT_ID": "tenant_123", "HAULIER_LEDGER": self.ledger,
                   "HAULIER_ITEMS": str(self.home / "open.csv"), **self.environ}
        log = (self.home / "worker.log").open("ab")
        with log:
            process = subprocess.Popen([sys.executable, "worker.py"], cwd=self.home, env=environ, stderr=log,
                                       stdin=subprocess.DEVNULL)
        self.started.append(process)
        return process

    def deliver(self, name: str, data: bytes) -> None:
        self.out.mkdir(exist_ok=True)
        path = self.out / f".{name}"
        path.write_bytes(data)
        for one in (self.out, path):
            if os.geteuid() == 0:
                shutil.chown(one, self.sshd.keyed.name)
        path.rename(self.out / name)

    def wait(self, holds: Callable[[], bool]) -> None:
        until = time.monotonic() + 60
        while not holds():
            assert self.started[-1].poll() is None, (self.home / "worker.log").read_text()[-2000:]
            assert time.monotonic() < until, (self.home / "worker.log").read_text()[-2000:]
            time.sleep(0.01)

    def end(self) -> int:
        self.started[-1].send_signal(signal.SIGTERM)
        return self.started[-1].wait(20)


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with Sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def worker(sshd: Sshd, tmp_path: Path) -> Iterator[Worker]:
    for folder in ("out", "archive"):
        shutil.rmtree(sshd.keyed.local / folder, ignore_errors=True)
    with Books(token=TOKEN, delay=0.002) as books:
        found = Worker(tmp_path, sshd, books)
        found.write()
        yield found
        for process in found.started:
            if process.poll() is None:
                process.kill()
                process.wait()


def proved(worker: Worker, files: int) -> None:
    """Every payment has had its effect, and one; every file is in the archive, once."""
    books = worker.books
    assert not books.twice
    references = Counter(one["reference"] for one in books.kept)
    expected = Counter({reference(n): 1 for n in range(PER_FILE * files)})
    expected.update({f"twin {file}": 2 for file in range(files)})
    assert references == expected
    assert sum(Decimal(one["amount"]) for one in books.kept) == sum(
        n + 1 for n in range(PER_FILE * files)) + files * 2 * Decimal("7.77")
    posted = Counter(one.path for one in books.asked)
    assert {f"/invoices/inv{n}/payments" for n in range(PER_FILE * files)} <= set(posted)
    assert all(one["paid_at"] == "2025-03-14" for one in books.kept if "reason" not in one)
    assert {one["reason"] for one in books.kept if "reason" in one} <= {"no_reference", "unknown_reference"}
    assert worker.archive == sorted(f"{file}.bgm" for file in range(files))
    assert not list(worker.out.glob("*.bgm"))
    with closing(ledger_at(worker.ledger)) as opened:
        done = opened.imports.intakes(state=IntakeState.DONE)
        assert sum(one.money["SEK"].total for one in done) == sum(one.money["SEK"].matched + one.money["SEK"].unmatched
                                                                  for one in done)
        assert len(done) == files


def test_killed_whenever_each_payment_is_posted_once(worker: Worker) -> None:
    for file in range(FILES):
        worker.deliver(f"{file}.bgm", delivered(file))
    points = sorted(chance().sample(range((PER_FILE + 2) * FILES - 5), KILLS))
    for point in points:
        process = worker.start()
        worker.wait(lambda point=point: len(worker.books.kept) >= point)  # type: ignore[misc]
        process.kill()
        assert process.wait() == -signal.SIGKILL
    worker.start()
    worker.wait(lambda: len(worker.archive) == FILES)
    assert worker.end() == 0
    proved(worker, FILES)


def test_told_to_end_in_the_middle_of_a_file_it_ends_and_goes_on_there(worker: Worker) -> None:
    worker.deliver("0.bgm", delivered(0))
    worker.books.delay = 0.02
    worker.start()
    worker.wait(lambda: len(worker.books.kept) > 5)
    assert worker.end() == 0
    with closing(ledger_at(worker.ledger)) as opened:
        assert [run.state.value for run in opened.ledger.runs()] in (["cancelled"], ["done"])
    assert worker.books.effects.total() == len({one.headers["idempotency-key"] for one in worker.books.asked})
    worker.books.delay = 0
    worker.start()
    worker.wait(lambda: worker.archive == ["0.bgm"])
    worker.deliver("0.bgm", delivered(0))       # the bank sends it again
    worker.wait(lambda: len(worker.archive) == 2)
    assert worker.end() == 0
    assert re.fullmatch(r"0\.\d{8}T\d{6}Z\.bgm", worker.archive[1 if worker.archive[0] == "0.bgm" else 0])
    assert not worker.books.twice and len(worker.books.kept) == PER_FILE + 2
    log = (worker.home / "worker.log").read_text()
    assert "Traceback" not in log and "never awaited" not in log and "ResourceWarning" not in log


def test_an_api_that_is_away_is_asked_again_and_no_payment_is_lost(worker: Worker) -> None:
    worker.deliver("0.bgm", delivered(0))
    worker.books.answers = [Answer(503, None, {"Retry-After": "0.1"})] * 5 + [Answer(429)] * 2
    worker.books.losing = 3
    worker.start()
    worker.wait(lambda: len(worker.books.kept) > 10)
    worker.books.down()
    worker.books.up()
    worker.wait(lambda: worker.archive == ["0.bgm"])
    assert worker.end() == 0
    proved(worker, 1)


def test_two_workers_share_and_post_each_payment_once(worker: Worker) -> None:
    for file in range(2):
        worker.deliver(f"{file}.bgm", delivered(file))
    first, second = worker.start(), worker.start()
    worker.wait(lambda: len(worker.books.kept) > 50)
    first.kill()
    first.wait()
    worker.wait(lambda: len(worker.archive) == 2)
    assert second.poll() is None and worker.end() == 0
    proved(worker, 2)


def test_files_of_a_bucket(s3: S3Far, tmp_path: Path) -> None:
    """A connection of a workspace, with its archive from the top of the bucket."""
    (tmp_path / "haulier.yaml").write_text(f"connections:\n{s3.connections}")
    (tmp_path / "a.csv").write_text("id\n1\n2\n")
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\x00")
    told: list[str] = []
    pipeline = GenericImportPipeline("take", "csv", lambda row: told.append(row["id"]))
    source = StoreSource("s3:in", "*.csv", "/kept", error_dir="/bad", workspace=tmp_path)

    def poll() -> list[tuple[str, str]]:
        binding = PipelineBinding("bucket", source, pipeline)
        return [(one.file_name, one.state)
                for one in asyncio.run(run_poll_cycle([binding], ledger=tmp_path / "ledger.db"))]

    for name in ("a.csv", "bad.csv"):
        s3.put(f"in/{name}", tmp_path / name)
    assert sorted(poll()) == [("a.csv", "done"), ("bad.csv", "refused")] and told == ["1", "2"]
    time.sleep(1.1)     # a copy of the same bytes within the same second is taken for one of a try that was killed
    s3.put("in/a.csv", tmp_path / "a.csv")
    assert poll() == [("a.csv", "duplicate")] and poll() == []
    first, second, *bad = sorted(s3.names(), key=lambda name: (not name.startswith("kept"), len(name)))
    assert first == "kept/a.csv" and re.fullmatch(r"kept/a\.\d{8}T\d{6}Z\.csv", second)
    assert bad == ["bad/bad.csv", "bad/bad.csv.report.json"]

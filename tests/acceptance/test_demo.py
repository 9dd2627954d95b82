"""What a stranger does first: scripts/demo, in a copy of the checkout that has this test's environment."""
from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from acceptance.waiting import until
from haulier.ledger import books
from haulier.model.run import RunState

ROOT = Path(__file__).parents[2]
LATE = 100.0
"""Seconds that something may take, however busy the machine is: a job starts every 20, another every 30."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As after scripts/setup: it finds that what it would install is there."""
    for name in ("scripts", "samples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    text = b"".join((tmp_path / name).read_bytes() for name in ("pyproject.toml", "constraints.txt"))
    (tmp_path / ".venv" / "installed").write_text(f"{hashlib.sha256(text).hexdigest()}  - \n")
    return tmp_path


def demo(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("HAULIER_")}
    return subprocess.run([checkout / "scripts" / "demo", *words], capture_output=True, text=True, timeout=300,
                          env=env, cwd="/", check=False)


@pytest.mark.timeout(600)
def test_demo(checkout: Path) -> None:
    """Three times: it shows everything, goes on with what it made, and begins anew, with a hub this time."""
    shows_everything(checkout)
    goes_on_and_sends_nothing_twice(checkout)
    begins_anew_and_leaves_a_hub(checkout)
    removes_nothing_else(checkout)


def shows_everything(checkout: Path) -> None:
    done = demo(checkout, "--no-hub")
    assert done.returncode == 0, done.stdout + done.stderr
    for said in ("no problems; 3 jobs, 2 flows", "fetch → check → report", "report | 120 orders, ",
                 "check_orders: done, 3 tasks done", "4 files to move", "monthly_files: 4 files done", "nothing moved",
                 "delivered before and unchanged since", "It arrived as", "The source file was moved to"):
        assert said in done.stdout
    for command in ("init", "validate", "plan", "run", "graph", "history", "why"):
        assert f"\n$ haulier {command}" in done.stdout
    delivered = sorted(path.name for path in (checkout / "demo" / "delivered").iterdir())
    assert len(delivered) == 4 and all(name[:8].isdigit() and name.endswith(".gz") for name in delivered)
    payroll = hashlib.sha256((checkout / "samples" / "payroll_2025-03.txt").read_bytes()).hexdigest()
    assert done.stdout.count(payroll) >= 2      # told by why, and computed from what was delivered
    assert "docs/tutorial.md" in done.stdout.splitlines()[-1]


def begins_anew_and_leaves_a_hub(checkout: Path) -> None:
    """It answers, runs the jobs, and waits for an answer itself."""
    home = checkout / "demo"
    (home / "outgoing" / "mine.txt").write_text("x")
    done = demo(checkout)
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        assert not (home / "outgoing" / "mine.txt").exists()
        address = re.search(r"^Haulier is at (http://127\.0\.0\.1:\d+)$", done.stdout, re.MULTILINE)
        password = re.search(r"^Sign in as admin with the password (\w+) ", done.stdout, re.MULTILINE)
        assert address and password
        asked = Request(f"{address[1]}/api/v1/session", headers={"Content-Type": "application/json"},
                        data=json.dumps({"username": "admin", "password": password[1]}).encode())
        with urlopen(asked, timeout=60) as answer:
            assert json.load(answer)["user"]["role"] == "admin"
        until((home / "pulse" / "payroll_2025-03.txt").exists, LATE)
        the_flow_asks_and_sends(checkout, home)
    finally:
        stopped = subprocess.run([checkout / ".venv" / "bin" / "haulier", "stop", home], check=False)
    assert stopped.returncode == 0


def the_flow_asks_and_sends(checkout: Path, home: Path) -> None:
    """A file has started it; the report is sent when somebody has said yes, and not before."""
    def haulier(*words: str) -> str:
        return subprocess.run([checkout / ".venv" / "bin" / "haulier", *words], cwd=home, capture_output=True,
                              text=True, check=True).stdout

    def asks() -> bool:
        with closing(books(f"sqlite:///{home}/state/ledger.db")) as opened:
            return any(run.state is RunState.WAITING for run in opened.ledger.runs("month_end"))

    until(asks, LATE)
    runs = [json.loads(line) for line in haulier("history", "month_end", "--json").splitlines()]
    number, = (run["id"] for run in runs if run["state"] == "waiting")
    sent = home / "delivered" / "reports" / "orders.txt"
    assert not sent.exists()
    assert f"run {number} of month_end: waiting, until somebody decides" in haulier("status")
    haulier("approve", str(number), "ask", "--text", "looks right")
    until(sent.exists, LATE)
    assert sent.read_text().startswith("120 orders, ")


def goes_on_and_sends_nothing_twice(checkout: Path) -> None:
    before = sorted((checkout / "demo" / "delivered").iterdir())
    done = demo(checkout, "--keep", "--no-hub")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 files to move, 0 B; 4 not moved" in done.stdout
    assert sorted((checkout / "demo" / "delivered").iterdir()) == before


def removes_nothing_else(checkout: Path) -> None:
    shutil.rmtree(checkout / "demo")
    (checkout / "demo").mkdir()
    (checkout / "demo" / "precious").touch()
    done = demo(checkout, "--no-hub")
    assert done.returncode == 2 and "was not made by this script" in done.stderr
    assert (checkout / "demo" / "precious").exists()


def test_exit_status_is_true(checkout: Path) -> None:
    (checkout / "samples" / "broken_link.csv").symlink_to("/nowhere")
    assert demo(checkout, "--no-hub").returncode != 0
    assert demo(checkout, "--what").returncode == 2

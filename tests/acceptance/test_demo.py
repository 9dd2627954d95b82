"""What a stranger does first: scripts/demo, in a copy of the checkout that has this test's environment."""
from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

ROOT = Path(__file__).parents[2]


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
    return subprocess.run([checkout / "scripts" / "demo", *words], capture_output=True, text=True, timeout=100,
                          env=env, cwd="/", check=False)


@pytest.mark.timeout(300)
def test_demo(checkout: Path) -> None:
    """Three times: it shows everything, goes on with what it made, and begins anew."""
    shows_everything(checkout)
    goes_on_and_sends_nothing_twice(checkout)
    begins_anew_and_removes_nothing_else(checkout)


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


def test_the_hub_that_it_leaves_answers_and_runs_jobs(checkout: Path) -> None:
    done = demo(checkout)
    home = checkout / "demo"
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        address = re.search(r"^Haulier is at (http://127\.0\.0\.1:\d+)$", done.stdout, re.MULTILINE)
        password = re.search(r"^Sign in as admin with the password (\w+) ", done.stdout, re.MULTILINE)
        assert address and password
        asked = Request(f"{address[1]}/api/v1/session", headers={"Content-Type": "application/json"},
                        data=json.dumps({"username": "admin", "password": password[1]}).encode())
        with urlopen(asked, timeout=20) as answer:
            assert json.load(answer)["user"]["role"] == "admin"
        until = time.monotonic() + 40
        while not (home / "pulse" / "payroll_2025-03.txt").exists():
            assert time.monotonic() < until, (home / "hub.out").read_text()
            time.sleep(0.2)
        the_flow_asks_and_sends(checkout, home)
    finally:
        stopped = subprocess.run([checkout / ".venv" / "bin" / "haulier", "stop", home], check=False)
    assert stopped.returncode == 0


def the_flow_asks_and_sends(checkout: Path, home: Path) -> None:
    """A file has started it; the report is sent when somebody has said yes, and not before."""
    def haulier(*words: str) -> str:
        return subprocess.run([checkout / ".venv" / "bin" / "haulier", *words], cwd=home, capture_output=True,
                              text=True, check=True).stdout

    until, asks = time.monotonic() + 90, []
    while not asks:
        assert time.monotonic() < until, (home / "hub.out").read_text()
        runs = [json.loads(line) for line in haulier("history", "month_end", "--json").splitlines()]
        asks = [run["id"] for run in runs if run["state"] == "waiting"]
    sent = home / "delivered" / "reports" / "orders.txt"
    assert not sent.exists()
    assert f"run {asks[0]} of month_end: waiting, until somebody decides" in haulier("status")
    haulier("approve", str(asks[0]), "ask", "--text", "looks right")
    while not sent.exists():
        assert time.monotonic() < until, haulier("history")
        time.sleep(0.2)
    assert sent.read_text().startswith("120 orders, ")


def goes_on_and_sends_nothing_twice(checkout: Path) -> None:
    before = sorted((checkout / "demo" / "delivered").iterdir())
    done = demo(checkout, "--keep", "--no-hub")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 files to move, 0 B; 4 not moved" in done.stdout
    assert sorted((checkout / "demo" / "delivered").iterdir()) == before


def begins_anew_and_removes_nothing_else(checkout: Path) -> None:
    (checkout / "demo" / "outgoing" / "mine.txt").write_text("x")
    assert demo(checkout, "--no-hub").returncode == 0
    assert not (checkout / "demo" / "outgoing" / "mine.txt").exists()
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

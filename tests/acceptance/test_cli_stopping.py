"""Runs that are watched, interrupted, doubled and gone on with."""
from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.conftest import Done
from acceptance.toll import size_of
from haulier.settings import scaffold

BIG = 160_000_000
RATE = "32MB/s"


@pytest.fixture
def big(haulier):
    (haulier.at / "big").write_bytes(os.urandom(1_000_000) * (BIG // 1_000_000))
    return haulier


def half_written(haulier) -> int:
    return max((size_of(path) for path in haulier.at.glob(".copy.*.part")), default=0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_copy_and_the_same_command_goes_on(big, wait_until, number):
    process = big.start("copy", "big", "copy", "--bwlimit", RATE)
    wait_until(lambda: half_written(big) > 32_000_000)
    asked = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130 and time.monotonic() - asked < 5
    assert "the same command goes on where it stopped" in out and not err
    assert not (big.at / "copy").exists()
    found = big("copy", "big", "copy", "--json")
    assert found.of("file")[0]["tries"] == 2
    assert found.of("summary")[0]["bytes"] < BIG - 16_000_000
    assert (big.at / "copy").read_bytes() == (big.at / "big").read_bytes()
    assert {one["state"] for one in big("history", "--json").of("run")} == {"cancelled", "done"}


def test_the_second_copy_of_the_same_thing_says_that_it_is_busy(big, wait_until):
    process = big.start("copy", "big", "copy", "--bwlimit", "2MB/s", "--json")     # longer than all starts
    wait_until(lambda: half_written(big) > 0)
    done = big("copy", "big", "copy", code=2)
    assert f"is under way in process {process.pid} on" in done.err
    assert big("copy", "big", "copy", "--no-resume", "--json", code=2).of("error")[0]["kind"] == "Busy"
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert json.loads(out.splitlines()[-1])["state"] == "cancelled"


def test_no_resume_gives_up_what_earlier_copies_left(big, wait_until):
    process = big.start("copy", "big", "copy", "--bwlimit", RATE)
    wait_until(lambda: half_written(big) > 20_000_000)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert half_written(big)
    found = big("copy", "big", "copy", "--no-resume", "--json")
    assert found.of("summary")[0]["bytes"] >= BIG and found.of("file")[0]["tries"] == 1
    assert not half_written(big)
    assert (big.at / "copy").read_bytes() == (big.at / "big").read_bytes()


def test_many_files_in_forked_lanes_stop_and_go_on(haulier, wait_until):
    for number in range(3000):
        path = haulier.at / "src" / str(number % 10) / f"{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 100)
    process = haulier.start("copy", "src", "dst")
    wait_until(lambda: (haulier.at / "dst").exists())
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode in (0, 130) and "Traceback" not in err + out
    haulier("copy", "src", "dst")
    assert haulier.files("dst") == haulier.files("src")


def is_alive(pid: int) -> bool:
    """Whether it runs: a process that is dead but not reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def endless(haulier) -> Iterator[Path]:
    """A script that never ends, and where it says which processes it is."""
    (haulier.at / "pids").mkdir()
    (haulier.at / "tmp").mkdir()
    haulier.environ = {"TMPDIR": str(haulier.at / "tmp")}
    script = haulier.at / "endless.sh"
    script.write_text(f"sleep 1000 & echo $$ $! > '{haulier.at}/pids/'.$$\n"
                      f"mv '{haulier.at}/pids/'.$$ '{haulier.at}/pids/'$$; wait\n")
    yield script
    for pid in running(haulier):
        os.kill(pid, signal.SIGKILL)


def running(haulier) -> list[int]:
    pids = [int(pid) for path in (haulier.at / "pids").glob("[0-9]*") for pid in path.read_text().split()]
    return [pid for pid in pids if is_alive(pid)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("lanes", [1, 2], ids=["in a thread", "in forked lanes"])
def test_a_signal_ends_scripts_with_all_they_started(haulier, endless, wait_until, number, lanes):
    (haulier.at / "src").mkdir()
    for name in range(lanes):       # two files that are more than one batch
        with open(haulier.at / "src" / str(name), "wb") as file:
            file.truncate(17 << 20)
    process = haulier.start("copy", "src", "dst", "--step", f"bash_script:{endless}", "--lanes", str(lanes))
    wait_until(lambda: len(running(haulier)) == 2 * lanes)
    asked = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130 and time.monotonic() - asked < 5
    assert "the same command goes on where it stopped" in out and not err
    wait_until(lambda: not running(haulier), 5)     # killed; and each is dead when its turn comes
    assert not list((haulier.at / "tmp").iterdir())
    endless.write_text("true")
    haulier("copy", "src", "dst", "--step", f"bash_script:{endless}")
    assert haulier.files("dst") == haulier.files("src")


def test_a_file_that_changes_while_it_is_copied_waits_for_the_next_run(haulier, wait_until):
    (haulier.at / "big").write_bytes(b"x" * 8_000_000)
    process = haulier.start("copy", "big", "copy", "--bwlimit", "2MB/s", "--retries", "0", "--json")
    wait_until(lambda: half_written(haulier) > 0)
    with open(haulier.at / "big", "ab") as grown:
        grown.write(b"more")
    out, _ = process.communicate(timeout=30)
    entry, summary = map(json.loads, out.splitlines())
    assert process.returncode == 1 and entry["state"] == "waiting" and "changed" in entry["error"]
    assert summary["waiting"] == 1 and not (haulier.at / "copy").exists()
    haulier("copy", "big", "copy")
    assert (haulier.at / "copy").stat().st_size == 8_000_004


def job(haulier, script: str | None = None, **keys: object) -> None:
    """A workspace at `ws` with one job, `slow`, from `in` to `out`."""
    (haulier.at / "in").mkdir(exist_ok=True)
    if not (haulier.at / "ws").exists():
        scaffold.init(haulier.at / "ws")
    steps = f"processing: {{enabled: true, steps: ['bash_script:{script}']}}" if script else ""
    lines = "\n".join(f"    {key}: {value}" for key, value in keys.items())
    (haulier.at / "ws/configs/jobs.yaml").write_text(f"""\
jobs:
  - job_id: slow
    source: {{type: local, path: {haulier.at}/in}}
    destination: {{type: local, path: {haulier.at}/out}}
    complete: {{settle_seconds: 0}}
    {steps}
{lines}
""")


def test_a_job_that_takes_longer_than_its_timeout_fails_and_the_next_run_goes_on(haulier, wait_until):
    job(haulier, timeout="2s", limits="{bandwidth: 16MB/s}")
    (haulier.at / "in/big").write_bytes(os.urandom(1_000_000) * (BIG // 1_000_000))
    process = haulier.start("run", "slow", "--workspace", "ws", "--json")
    wait_until(lambda: (haulier.at / "out").exists())
    started = time.monotonic()
    done = Done(0, *process.communicate(timeout=60))
    assert process.returncode == 1 and time.monotonic() - started < 6
    assert "haulier: slow: not done after 2 s, its timeout; the next run goes on where this one stopped" in done.err
    assert done.of("error")[0]["kind"] == "TimeUp"
    run, = haulier("history", "--workspace", "ws", "--json").of("run")
    assert run["state"] == "failed" and "its timeout" in run["error"]
    assert list(haulier.files("out")) != ["big"] and len(haulier.files("out")) == 1
    job(haulier)
    found = haulier("run", "slow", "--workspace", "ws", "--json")
    assert found.of("file")[0]["tries"] == 2 and found.of("summary")[0]["bytes"] < BIG - 8_000_000
    assert haulier.files("out") == haulier.files("in")


def test_a_timeout_ends_scripts_too_and_counts_when_nothing_has_moved(haulier, endless, wait_until):
    job(haulier, str(endless), timeout="1s")
    (haulier.at / "in/empty").touch()
    done = haulier("run", "slow", "--workspace", "ws", code=1)
    assert "not done after 1 s" in done.err and "bug" not in done.err
    wait_until(lambda: not running(haulier), 5)
    assert not list((haulier.at / "tmp").iterdir())


def test_what_a_killed_run_left_in_the_temporary_folder_goes_with_the_next(haulier, endless, wait_until):
    (haulier.at / "a").write_text("secret")
    process = haulier.start("copy", "a", "b", "--step", f"bash_script:{endless}")
    wait_until(lambda: len(running(haulier)) == 2)
    process.kill()
    process.wait()
    left = list((haulier.at / "tmp").iterdir())
    assert left
    haulier("copy", "a", "c")
    assert not list((haulier.at / "tmp").iterdir())


def on_a_terminal(haulier, *args: str, interrupt: float = 0) -> tuple[int, str]:
    """The exit status and all that was shown; after `interrupt` seconds of progress, Ctrl-C is pressed."""
    haulier.environ = {"TERM": "xterm", "COLUMNS": "90"}
    ours, theirs = pty.openpty()
    process = subprocess.Popen([haulier.program, *args], cwd=haulier.at, env=haulier.env, stdin=theirs,
                               stdout=theirs, stderr=theirs, start_new_session=True, preexec_fn=_own_terminal)
    haulier.started.append(process)
    os.close(theirs)
    shown, pressed = b"", False
    try:
        while True:
            ready, _, _ = select.select([ours], [], [], 60)
            data = os.read(ours, 65536) if ready else b""
            if not data:
                break
            shown += data
            if interrupt and not pressed and shown.count(b" file, ") > interrupt * 10:
                os.write(ours, b"\x03")
                pressed = True
    except OSError:     # EIO: the other end was closed
        pass
    finally:
        os.close(ours)
    return process.wait(timeout=60), shown.decode()


def _own_terminal() -> None:
    import fcntl
    import termios
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_a_terminal_shows_progress_and_failed_names_as_they_are(haulier):
    (haulier.at / "src").mkdir()
    (haulier.at / "src/big").write_bytes(os.urandom(4_000_000))
    (haulier.at / "src/[red]x").write_text("x")
    (haulier.at / "dst/[red]x/in-the-way").mkdir(parents=True)
    status, shown = on_a_terminal(haulier, "copy", "src", "dst", "--bwlimit", "2MB/s")
    assert status == 1
    assert 5 <= shown.count(" files, ") <= 60 and "MB/s" in shown and " left" in shown
    assert "failed: [red]x: " in shown and "1 file done, 4.00 MB" in shown
    assert shown.index("\x1b[?25l") < shown.index("\x1b[?25h")


def test_ctrl_c_on_a_terminal_gives_it_back_as_it_was(haulier):
    (haulier.at / "big").write_bytes(os.urandom(30_000_000))
    status, shown = on_a_terminal(haulier, "copy", "big", "copy", "--bwlimit", "3MB/s", interrupt=0.3)
    assert status == 130 and "goes on where it stopped" in shown and "Traceback" not in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


def test_a_short_copy_draws_nothing(haulier):
    (haulier.at / "small").write_text("x")
    status, shown = on_a_terminal(haulier, "copy", "small", "copy")
    assert status == 0 and "\x1b" not in shown and "1 file done" in shown


def test_a_reader_that_goes_away_is_no_error(haulier):
    (haulier.at / "src").mkdir()
    for number in range(2000):
        (haulier.at / "src" / f"file with a long name, number {number}").touch()
    process = haulier.start("ls", "src")
    assert process.stdout and process.stderr
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=60) == 141
    assert process.stderr.read() == ""
    process.stderr.close()
    haulier.started.remove(process)

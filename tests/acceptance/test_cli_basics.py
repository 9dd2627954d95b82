"""Help, versions, completion, usage mistakes, bugs."""
from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = ["init", "validate", "plan", "run", "copy", "ls", "drafts", "history", "why", "connections",
            "secret", "specs"]


def test_help_lists_every_command(haulier):
    text = haulier("--help").out
    assert [name for name in COMMANDS if re.search(rf"^\W+{name} ", text, re.MULTILINE)] == COMMANDS
    assert "130 interrupted" in " ".join(text.split())


def test_help_of_every_command_says_what_it_does(haulier):
    from haulier.cli import program
    for name in program.COMMANDS:
        assert program.loaded(name).help
    assert "--dry-run" in haulier("copy", "-h").out


def test_help_loads_nothing_heavy(haulier):
    ended = subprocess.run([sys.executable, "-X", "importtime", "-m", "haulier.cli", "--help"],
                           cwd=haulier.at, env=haulier.env, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    loaded = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "haulier.cli.program" in loaded
    heavy = {"pydantic", "sqlalchemy", "botocore", "ruamel.yaml", "cryptography", "haulier.app",
             "haulier.cli.commands.copy"}
    assert not heavy & loaded


def test_nothing_is_searched_for_garbage_at_the_end(haulier):
    code = ("import atexit, gc, sys; from haulier.cli import main;"
            "atexit.register(lambda: print(gc.get_freeze_count() > len(gc.get_objects()))); main()")
    ended = subprocess.run([sys.executable, "-c", code, "--version"],
                           cwd=haulier.at, env=haulier.env, capture_output=True, text=True, timeout=60)
    assert ended.stdout.splitlines()[1:] == ["True"], ended.stderr


def test_version(haulier):
    from haulier import __version__
    assert haulier("--version").out == f"haulier {__version__}\n"


def test_no_command_shows_help(haulier):
    done = haulier(code=2)
    assert "Usage: haulier" in done.out + done.err


def test_unknown_commands_and_options_are_usage_mistakes(haulier):
    assert "Did you mean 'copy'" in haulier("copi", code=2).err
    assert "--dry-rum" in haulier("copy", "a", "b", "--dry-rum", code=2).err


def completed(haulier, words: str) -> list[str]:
    haulier.environ = {"_HAULIER_COMPLETE": "complete_bash", "COMP_WORDS": words,
                       "COMP_CWORD": str(len(words.split(" ")) - 1)}
    return haulier().out.split()


def test_completion_knows_commands_jobs_connections_and_steps(workspace, new_jobs):
    new_jobs(workspace, "  - {job_id: dull, source: {}, destination: {}}\n")
    (workspace.at / "haulier.yaml").write_text("connections: {desk: {type: local, path: /tmp}}\n")
    assert completed(workspace, "haulier co") == ["copy", "connections"]
    (workspace.at / "flows" / "dawn.yaml").write_text("tasks: [{id: a, type: wait, for: 1s}]\n")
    assert completed(workspace, "haulier run d") == completed(workspace, "haulier history d") == [
        "daily", "dawn", "dull"]
    assert completed(workspace, "haulier connections test d") == ["desk"]
    assert completed(workspace, "haulier copy d") == ["desk:"]
    assert completed(workspace, "haulier copy a b --step compress_") == ["compress_bz2"]


def test_completion_outside_a_workspace_offers_nothing(haulier):
    assert completed(haulier, "haulier run d") == []


BUG = """
import sys
from haulier import app
def broken(*_): raise ZeroDivisionError("secret\\x1b[2J")
app.opened = broken
sys.argv = ["haulier", *sys.argv[1:]]
from haulier.cli import main
main()
"""


def run_bug(haulier, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", BUG, *args], cwd=haulier.at, env=haulier.env,
                          capture_output=True, text=True, timeout=60)


def test_a_bug_is_one_line_and_a_traceback_in_a_private_file(haulier):
    ended = run_bug(haulier, "ls", ".")
    log = haulier.home / "state" / "haulier" / "bugs.log"
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr and "please report" in ended.stderr and str(log) in ended.stderr
    assert "\x1b" not in ended.stderr
    assert "Traceback" in log.read_text() and log.stat().st_mode & 0o777 == 0o600


def test_debug_shows_the_traceback(haulier):
    assert "Traceback" in run_bug(haulier, "--debug", "ls", ".").stderr
    haulier.environ = {"HAULIER_DEBUG": "1"}
    assert "Traceback" in run_bug(haulier, "ls", ".").stderr


def test_a_bug_in_a_workspace_goes_to_its_log(workspace):
    run_bug(workspace, "ls", ".")
    assert "ZeroDivisionError" in (workspace.at / "logs" / "bugs.log").read_text()


STUCK = """
import sys, time
from haulier import app
from haulier.cli import main, stopping
stopping.PATIENCE, stopping.LONGEST = 0.1, float(sys.argv.pop(1))
def stuck(work, ledger, watcher):
    print("stuck", flush=True)
    while True:
        try: time.sleep(60)
        except KeyboardInterrupt: print("asked", flush=True)
app.run = stuck
main()
"""


@pytest.mark.parametrize(("longest", "times"), [(0.3, 1), (60, 2)])
def test_what_does_not_stop_is_ended_after_a_while_or_by_a_second_signal(haulier, longest, times):
    (haulier.at / "a").write_text("")
    process = subprocess.Popen([sys.executable, "-c", STUCK, str(longest), "copy", "a", "b"], cwd=haulier.at,
                               env=haulier.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process:
        assert process.stdout and process.stdout.readline() == "stuck\n"
        process.send_signal(signal.SIGINT)
        if times > 1:
            assert process.stdout.readline() == "asked\n"
            process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert process.stderr and "stopped at once" in process.stderr.read()


def test_trouble_with_standard_output_is_no_bug(haulier):
    (haulier.at / "a").write_text("")
    with open("/dev/full", "w") as full:
        ended = subprocess.run([haulier.program, "ls"], cwd=haulier.at, env=haulier.env, stdout=full,
                               stderr=subprocess.PIPE, text=True, timeout=60)
    assert ended.returncode == 1
    assert ended.stderr == "haulier: the system says: No space left on device\n"
    shell = subprocess.run(["sh", "-c", '"$0" ls nothing >&- 2>&-', haulier.program], cwd=haulier.at,
                           env=haulier.env, timeout=60)
    assert shell.returncode == 2


def test_the_page_about_commands_is_up_to_date():
    ended = subprocess.run([sys.executable, ROOT / "scripts" / "cli-docs", "--check"], capture_output=True,
                           text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr

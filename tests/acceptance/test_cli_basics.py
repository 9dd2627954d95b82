"""Help, versions, completion, usage mistakes, bugs."""
from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMANDS = ("init", "validate", "plan", "run", "copy", "ls", "history", "why", "connections", "secret", "specs")


def test_help_lists_every_command(haulier):
    text = haulier("--help").out
    assert [name for name in COMMANDS if re.search(rf"^\W+{name} ", text, re.MULTILINE)] == list(COMMANDS)
    assert "130 interrupted" in " ".join(text.split())


def test_help_of_every_command_says_what_it_does(haulier):
    from haulier.cli import program
    for name in program.COMMANDS:
        assert program.loaded(name).help
    assert "--dry-run" in haulier("copy", "-h").out


def test_help_loads_nothing_heavy(haulier):
    ended = subprocess.run([sys.executable, "-X", "importtime", "-m", "haulier.cli", "--help"], cwd=haulier.at,
                           env=haulier.env, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 0, ended.stderr
    loaded = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "haulier.cli.program" in loaded
    heavy = {"pydantic", "sqlalchemy", "botocore", "ruamel.yaml", "cryptography", "haulier.app",
             "haulier.cli.commands.copy"}
    assert not heavy & loaded


def test_version(haulier):
    from haulier import __version__
    assert haulier("--version").out == f"haulier {__version__}\n"


def test_no_command_shows_help(haulier):
    done = haulier(code=2)
    assert "Usage: haulier" in done.out + done.err


def test_unknown_commands_and_options_are_usage_mistakes(haulier):
    assert "Did you mean 'copy'" in haulier("copi", code=2).err
    assert "--dry-rum" in haulier("copy", "a", "b", "--dry-rum", code=2).err
    assert "SRC" in haulier("copy", code=2).err


def completed(haulier, words: str) -> list[str]:
    haulier.environ = {"_HAULIER_COMPLETE": "complete_bash", "COMP_WORDS": words,
                       "COMP_CWORD": str(len(words.split(" ")) - 1)}
    return haulier().out.split()


def test_completion_knows_commands_jobs_connections_and_steps(workspace, new_jobs):
    new_jobs(workspace, "  - {job_id: dull, source: {}, destination: {}}\n")
    (workspace.at / "haulier.yaml").write_text("connections: {desk: {type: local, path: /tmp}}\n")
    assert completed(workspace, "haulier co") == ["copy", "connections"]
    assert completed(workspace, "haulier run d") == ["daily", "dull"]
    assert completed(workspace, "haulier connections t") == ["test"]
    assert completed(workspace, "haulier connections test d") == ["desk"]
    assert completed(workspace, "haulier copy d") == ["desk:"]
    assert completed(workspace, "haulier copy a b --step compress_") == ["compress_bz2"]
    assert completed(workspace, "haulier specs gpg_e") == ["gpg_encrypt"]


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
                          capture_output=True, text=True, timeout=30)


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


def test_the_page_about_commands_is_up_to_date():
    ended = subprocess.run([sys.executable, ROOT / "scripts" / "cli-docs", "--check"], capture_output=True,
                           text=True, timeout=30)
    assert ended.returncode == 0, ended.stderr

"""Many questions in one start of the program: to start costs most of what a question costs.

Each is answered by a process of its own, with its own folder, output and exit status: a copy (fork) of one that has the
program in memory and has done nothing yet. For questions and refusals; that a command starts from nothing is for other
tests to show.
"""
from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ASKED = """
import importlib, json, os, sys
from haulier.cli import main, program
for name in program.COMMANDS:
    program.loaded(name)
for name in sys.argv[2].split():
    importlib.import_module(f"haulier.{name}")
for number, (at, words) in enumerate(json.load(sys.stdin)):
    child = os.fork()
    if child == 0:
        for fd, name in enumerate((os.devnull, f"{sys.argv[1]}/{number}.out", f"{sys.argv[1]}/{number}.err")):
            os.dup2(os.open(name, os.O_RDWR | os.O_CREAT, 0o600), fd)
        os.chdir(at)
        sys.argv = ["haulier", *words]
        main()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
LOADED = "app app.flows cli.running cli.planning stores.local ledger.opening ledger.dialects.sqlite engine.course"
"""What most commands load when they need it."""


class Told(NamedTuple):
    """How one call ended."""

    code: int
    out: str
    err: str


def asked(calls: Sequence[tuple[Path, Sequence[str | Path]]], environment: Mapping[str, str]) -> Iterator[Told]:
    """Calls with the folder that each is made in, one after the other; none of them shows a traceback."""
    given = json.dumps([(str(at), [*map(str, words)]) for at, words in calls])
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, "-c", ASKED, folder, LOADED], input=given, capture_output=True,
                              text=True, env=environment, timeout=300, check=True)
        codes = [*map(int, done.stdout.split())]
        assert len(codes) == len(calls) and not done.stderr, done
        for number, code in enumerate(codes):
            told = Told(code, *(Path(folder, f"{number}.{stream}").read_text() for stream in ("out", "err")))
            assert "Traceback" not in told.out + told.err, told
            yield told

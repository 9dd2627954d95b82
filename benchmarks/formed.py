"""Ways to do something with rows, each in a process of its own, and the server that some of them speak to."""
from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from . import peers
from .measure import Command, Contender, Figures
from .stage import Stage

FORM = Path(__file__).with_name("forms") / "import_form.py"
PEERS = {"pandas": "pandas", "polars": "polars", "orjson": "orjson", "mt940": "mt-940", "httpx": "httpx",
         "bankstatementparser": "bankstatementparser", "psycopg": "psycopg"}
"""Modules of those who take part if they are there, and what they are called."""


def there() -> dict[str, str]:
    """Those that are there, with their versions."""
    return {name: importlib.metadata.version(name) for module, name in PEERS.items() if has(module)}


def has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


@dataclass(frozen=True)
class Form:
    """A way to do it: see forms/import_form.py."""

    name: str
    call: str
    arguments: Sequence[int] = ()
    needs: str = ""         # a module
    rows: int = 0           # if not as many as all others
    once: bool = False      # it takes long
    peer: str = ""          # with an environment of its own: see peers.py


def contenders(stage: Stage, count: int, *forms: Form) -> Sequence[Contender]:
    """Those that can take part; of the others it is said."""
    missing = {form.needs for form in forms if form.needs and not has(form.needs)}
    for module in sorted(missing):
        print(f"  {PEERS[module]}: not installed, skipped", flush=True)
    return [command(stage, form, count) for form in forms if form.needs not in missing]


def command(stage: Stage, form: Form, count: int) -> Command:
    def words() -> list[str]:
        python = peers.program(form.peer, "python") if form.peer else sys.executable
        return [python, str(FORM), form.call, str(stage.place), *map(str, form.arguments)]
    made = stage.programs.command(form.name, words, lambda: took(stage, form, count),
                                  **(peers.SILENT if form.peer else {}))
    return replace(made, once=form.once)


def took(stage: Stage, form: Form, count: int) -> Figures:
    """What it says of itself. AssertionError if it did not see all rows."""
    file = stage.place / "took"
    said = json.loads(file.read_text())
    file.unlink()
    wanted = form.rows or count
    assert said["rows"] == wanted, f"{said['rows']} rows instead of {wanted}"
    fewer: Figures = {"taken": wanted} if wanted < count else {}
    return {"wall": said["wall"], "rate": wanted / said["wall"], "grown": said["grown"], **fewer}


@dataclass(frozen=True)
class Rated:
    """A command, and how many rows a second it took in all its time."""

    command: Command
    rows: int

    @property
    def name(self) -> str:
        return self.command.name

    @property
    def once(self) -> bool:
        return self.command.once

    def run(self, log: Path) -> Figures:
        figures = self.command.run(log)
        return figures | {"rate": self.rows / figures["wall"]}


def books(stage: Stage) -> str:
    """The address of an API that keeps what it is sent, in a process of its own; in the file `books` too."""
    server = subprocess.Popen([sys.executable, "-m", "haulier.testing.servers.books"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    assert server.stdin and server.stdout
    stage.callback(server.wait)
    stage.callback(server.stdout.close)
    stage.callback(server.stdin.close)
    address = f"http://127.0.0.1:{int(server.stdout.readline())}/rows"
    (stage.place / "books").write_text(address)
    return address

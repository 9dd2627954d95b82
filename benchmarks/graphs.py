"""One graph of tasks, and everybody who can run it. Each run has a new folder, and is started in it."""
from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path

from . import peers
from .files import fresh
from .measure import Command, Figures
from .programs import own
from .stage import Stage

FORMS = Path(__file__).with_name("forms")
OUTPUT = "haulier_output"
PARALLEL = 8
CALL = "steps.py:nothing"
Check = Callable[[Path], Figures | None]


@dataclass(frozen=True)
class Graph:
    """So many tasks that do the same, side by side or one after another."""

    count: int
    is_chain: bool = False
    text: str | None = ""
    """What the script says; None: a function that does nothing, in the process that runs the graph."""
    parallel: int = PARALLEL
    schedule: str = ""

    def write(self, folder: Path) -> Path:
        """Its files, for all programs; the script of each task."""
        script = folder / "tasks" / "step.py"
        script.parent.mkdir(parents=True)
        script.write_text(self.text or "")
        script.with_name("steps.py").write_text("def nothing():\n    pass\n")
        (folder / "flows").mkdir()
        (folder / "flows" / "whole.json").write_text(json.dumps(self._flow()))
        told = {**asdict(self), "script": "" if self.text is None else str(script)}
        (folder / "graph.json").write_text(json.dumps(told))
        return script

    def _flow(self) -> object:
        """As Featherflow and Haulier have it; functions are Haulier's."""
        what = {"script": "step.py"} if self.text is not None else {"type": "python", "call": CALL}
        needs = [[f"step{number - 1}"] if self.is_chain and number else [] for number in range(self.count)]
        tasks = [{"id": f"step{number}", **what, "depends_on": before} for number, before in enumerate(needs)]
        return {"name": "whole", "tasks": tasks} | ({"schedule": self.schedule} if self.schedule else {})


def command(stage: Stage, name: str, graph: Graph, words: Callable[[Path], Sequence[str]],
            check: Check = lambda _: None) -> Command:
    """`words` gives what is started in a folder that has the graph's files."""
    places: list[Path] = []

    def before() -> Sequence[str]:
        places.append(fresh(stage.place / "runs"))
        graph.write(places[-1])
        return ["env", "-C", str(places[-1]), *words(places[-1])]

    path = f"{Path(sys.executable).parent}:{stage.programs.environment['PATH']}"      # `python` is the same for all
    return stage.programs.command(name, before, lambda: check(places[-1]), PATH=path)


# Ours

def haulier(stage: Stage, graph: Graph, name: str = "haulier") -> Command:
    """`haulier run`, the whole process."""
    def words(folder: Path) -> Sequence[str]:
        remember(stage, folder)
        return [own("haulier"), "run", "whole", "--quiet"]
    return command(stage, name, graph, words, lambda folder: all_done(folder, graph.count))


def library(stage: Stage, graph: Graph, form: str, name: str) -> Command:
    """From Python, see forms/haulier_form.py; the time is that of the call, but for `whole`."""
    def check(folder: Path) -> Figures | None:
        all_done(folder, graph.count)
        return None if form == "whole" else {"wall": float((folder / "took").read_text())}

    def words(folder: Path) -> Sequence[str]:
        remember(stage, folder)
        return [sys.executable, str(FORMS / "haulier_form.py"), form, str(folder)]
    return command(stage, name, graph, words, check)


def remember(stage: Stage, folder: Path) -> None:
    """A flow has run in this folder before, so the ledger is there, as the databases of the others are."""
    before = stage.place / "before"
    if not before.exists():
        Graph(1).write(before)
        told(stage, "env", "-C", str(before), own("haulier"), "run", "whole", "--quiet")
    shutil.copytree(before / OUTPUT, folder / OUTPUT)


def all_done(folder: Path, count: int) -> None:
    """AssertionError unless so many tasks of the last run are done."""
    with closing(sqlite3.connect(folder / OUTPUT / "ledger.db")) as ledger:
        done, = ledger.execute("SELECT count(*) FROM tasks WHERE state = 'done' AND run = "
                               "(SELECT max(id) FROM runs)").fetchone()
    assert done == count, f"{done} tasks are done instead of {count}"


# What needs no graph

def bare(stage: Stage, graph: Graph, name: str = "interpreter start-ups") -> Command:
    """As many processes, and nothing else."""
    at_once = 1 if graph.is_chain else graph.parallel
    loop = f"yes tasks/step.py | head -n {graph.count} | xargs -n 1 -P {at_once} python"
    return command(stage, name, graph, lambda _: ["sh", "-c", loop])


def bash(stage: Stage, graph: Graph) -> Command:
    """A loop, one after another."""
    loop = f"set -e; for step in $(seq {graph.count}); do python tasks/step.py; done"
    return command(stage, "bash -c loop", graph, lambda _: ["bash", "-c", loop])


# Peers

def make(stage: Stage, graph: Graph) -> Command:
    def words(folder: Path) -> Sequence[str]:
        names = [f"step{number}" for number in range(graph.count)]
        needs = [f"{after}: {before}" for before, after in pairwise(names) if graph.is_chain]
        (folder / "Makefile").write_text(
            "\n".join([f"all: {' '.join(names)}", *needs, f"{' '.join(names)}:", "\t@python tasks/step.py", ""]))
        return ["make", "--silent", f"--jobs={graph.parallel}"]
    return command(stage, f"make -j{graph.parallel}", graph, words)


def featherflow(stage: Stage, graph: Graph) -> Command:
    """By its class: its command line is no valid Python before 3.12, and all programs here have the same Python."""
    act = "from featherflow.core import Featherflow; Featherflow(log_level='WARNING').execute_flow('whole')"
    return command(stage, "Featherflow", graph, lambda _: [peers.program("featherflow", "python"), "-c", act])


def luigi(stage: Stage, graph: Graph) -> Command:
    def check(folder: Path) -> None:
        done = len(list((folder / "done").iterdir()))
        assert done == graph.count, f"{done} tasks are done instead of {graph.count}"
    workers = 1 if graph.text is None else graph.parallel
    return command(stage, "Luigi", graph, lambda _: [
        "env", f"PYTHONPATH={FORMS}", peers.program("luigi", "luigi"), "--module", "luigi_form", "Whole",
        "--local-scheduler", f"--workers={workers}", "--log-level=WARNING"], check)


def prefect(stage: Stage, graph: Graph) -> Command:
    home = stage.place / "prefect"
    env = ["env", f"PREFECT_HOME={home}", "PREFECT_SERVER_ANALYTICS_ENABLED=false", "PREFECT_LOGGING_LEVEL=WARNING",
           "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS=60", "DO_NOT_TRACK=1"]

    def words(_: Path) -> Sequence[str]:
        if not home.exists():
            told(stage, *env, peers.program("prefect", "prefect"), "server", "database", "upgrade", "--yes")
        return [*env, peers.program("prefect", "python"), str(FORMS / "prefect_form.py")]
    return replace(command(stage, "Prefect", graph, words), once=True)


def airflow(stage: Stage, graph: Graph) -> Command:
    """`airflow dags test`: one run in one process, task after task."""
    home = stage.place / "airflow"
    env = ["env", f"AIRFLOW_HOME={home}", "AIRFLOW__CORE__LOAD_EXAMPLES=False", "AIRFLOW__LOGGING__LOGGING_LEVEL=ERROR"]

    def words(folder: Path) -> Sequence[str]:
        program = peers.program("airflow", "airflow")
        if not home.exists():
            told(stage, *env, program, "db", "migrate")
        (folder / "airflow_form.py").write_bytes((FORMS / "airflow_form.py").read_bytes())
        return [*env, f"AIRFLOW__CORE__DAGS_FOLDER={folder}", program, "dags", "test", "whole"]

    def check(_: Path) -> None:
        with closing(sqlite3.connect(home / "airflow.db")) as ledger:
            done, = ledger.execute("SELECT count(*) FROM task_instance WHERE state = 'success' AND run_id = "
                                   "(SELECT run_id FROM dag_run ORDER BY id DESC LIMIT 1)").fetchone()
        assert done == graph.count, f"{done} tasks are done instead of {graph.count}"
    return replace(command(stage, "Airflow", graph, words, check), once=True)


def told(stage: Stage, *words: str) -> None:
    """RuntimeError if the command fails."""
    done = subprocess.run(words, env=stage.programs.environment, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise RuntimeError(f"{words[-3:]} ended with {done.returncode}: {done.stderr.strip()[-300:]}")

"""The tables in the docs, from the results kept as JSON."""
from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .measure import shown

HEAD = """# Benchmarks

Made by `scripts/benchmark`, Haulier and its peers in turn in the same run on one machine. Servers run on that machine
too, so client and server share its processors. **The ratios are what counts.**

- A time is that of a whole process, from its start to its end. It is the median of the runs of a cell: three, unless
  a run takes long and its time is not what matters (kills, listings: one), or it is short (five or seven).
- Haulier's figures include the SHA-256 of every file, its rows in the ledger and the atomic publish. Nobody waits
  until the disk has the files: sources stay, so nothing is lost in a power cut. Haulier's ledger does wait.
- Memory is the peak of the largest process, or of a program and its children together (ten looks a second, shared
  pages counted once), whichever is more. 1 MB is a million bytes.
- Peers run with their defaults. boto3 has 16 threads. Every copy is counted afterwards: files and bytes.
- *tmpfs* and *disk* say where source, target and ledger are; where neither is said, tmpfs. The *sink* is a server
  that throws away what it gets and makes up what it sends: what is left is the client's own cost. *Ceph* is its
  object gateway with its data in memory.
- *Sent again* is what passed a counting proxy before and after a kill, less what passes for one copy that nobody
  disturbs; from folder to folder, what was given to the system to write. The time is that of the second start.
- *Rows* are those that a pass adds to the ledger, or changes in it, but for the row and events of the run itself.
- The hub's cells: *at rest* is what the process has in memory after ten seconds without work. A job's time in the hub
  is from when it is asked for, or from its slot, until its run is done, as the ledger has it. The rows of a run that
  costs nothing are those of empty files that a source lists and a target takes without keeping them: what is left is
  plan, claims, lanes and records. Pages are asked for over HTTP by one client, a hundred of each kind; *ms* is what 95
  of them stay below. Followers are in another process. The PostgreSQL server has 32 MB of shared buffers. *Busy* is
  the whole machine, servers and all.
- The flows' cells: every program is told of the same tasks, and `python` is the same for all. *Interpreter start-ups*
  are so many processes of an empty script and nothing else (`xargs -P 8`, or one after another). *In a process that
  is there*: the call alone, in one that has run a flow before, as a hub or a scheduler has. Airflow runs by `dags
  test`, task after task; it and Prefect take long, so they are in few cells, once in each. Featherflow runs by its
  class, as its command line is no valid Python before 3.12. *A task* adds to a run what many tasks took, less what one
  took, through their number; Luigi and Airflow had a tenth of the tasks there. *Itself*: the largest process,
  without the tasks beside it. Ledger and databases are there, from an earlier run; to make the ledger, the very first
  run in a folder takes 1 MB more. The limit of 512 MiB is a memory cgroup that scheduler, run and tasks share, without
  swap.
- The imports' cells: a time is that of the work alone, in a process of its own that has imported what it needs and has
  its rows; whole imports are whole processes. *More than at its start* is what the work added to the memory of its
  process, at its peak. The goals were set in rows a second of one machine, and are kept as ratios to
  `csv.DictReader`, which reads as many rows in the same run (599,000 a second on that machine). Everybody makes
  mappings of rows, but pandas and polars hold the whole table before that. *Types by hand*: the number, the date, the
  amount and yes or no are cast, and no mistake would be told. Haulier's BgMax proves all totals of the file before
  the first payment, but where it says otherwise. The API is a server of the standard library that keeps what it is
  sent. Who takes a request for each row has fewer rows, and who holds a whole statement has a tenth of the entries:
  *rows taken* says how many, where they are fewer than the cell's. The PostgreSQL server has 32 MB of shared buffers
  and does not wait for the disk. Payments and open items: what it takes to make the payments does not count, but where
  it says so. dlt finds types and makes tables by itself, and gives each row an id. It reads the file by its own reader
  (pandas, in chunks), is told of two columns' types as pandas is, and in the PostgreSQL cell has the rows that
  everybody has there. It keeps tables by `replace` or `merge`; on PostgreSQL it merges by `upsert`, the faster of its
  two ways. It, and with a million rows what has no goal and takes long, runs once.
- "met" compares with the goals that we set ourselves before measuring.
"""
TITLES = {"local": "On one machine", "jobs": "Jobs, and nothing to do", "listing": "A million entries",
          "sftp": "SFTP", "s3": "S3", "kill": "Killed and started again",
          "hub": "The hub", "flows": "Flows", "imports": "Imports"}
MET = {True: "yes", False: "**no**", None: "not measured"}


def write_table(results: Path, page: Path) -> None:
    """Write `page` from the files of all groups in `results`."""
    text = [HEAD]
    for group, title in TITLES.items():
        file = results / f"{group}.json"
        if file.exists():
            text.append(_group(title, json.loads(file.read_text())))
    page.write_text("\n".join(text))


def _group(title: str, group: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in group["versions"].items())
    loads = [cell["load"] for cell in group["cells"] if "load" in cell]
    load = f" Load average when cells began: {min(loads)} to {max(loads)}." if loads else ""
    head = (f"## {title}\n\nMeasured {group['at']}: {group['machine']}.\n{versions}.{load}\n\n"
            "| work | haulier | peers | goal | reached | met |\n|---|---|---|---|---|---|\n")
    return head + "".join(map(_row, group["cells"]))


def _row(cell: Mapping[str, Any]) -> str:
    results = dict(cell["results"])
    ours = shown(results.pop("haulier")) if "haulier" in results else "failed"
    peers = [f"{name}: {shown(figures)}" for name, figures in results.items()]
    peers += [f"{name}: {seconds:.0f} s" for name, seconds in cell["known"].items()]
    peers += [f"{name}: failed here" for name in cell["failed"] if name != "haulier"]
    goals = cell["goals"]
    columns = [cell["cell"], ours, "<br>".join(peers), "<br>".join(goal["goal"] for goal in goals),
               "<br>".join(goal["reached"] or "–" for goal in goals), "<br>".join(MET[goal["met"]] for goal in goals)]
    return f"| {' | '.join(columns)} |\n"

"""One go at reading rows or at taking them somewhere, in a process of its own: `import_form.py MODULE.NAME FOLDER …`

What is called gives the work to be done, which gives how many rows it saw, and perhaps how many seconds of it count.
Only the work is timed. The file `took` of FOLDER has the seconds, the rows, and how many megabytes the process grew by,
at its peak.
"""
from __future__ import annotations

import json
import resource
import sys
import time
from importlib import import_module
from pathlib import Path


def main() -> None:
    module, _, name = sys.argv[1].partition(".")
    folder = Path(sys.argv[2])
    work = getattr(import_module(module), name)(folder, *map(int, sys.argv[3:]))
    before, begin = peak(), time.perf_counter()
    done = work()
    rows, wall = done if isinstance(done, tuple) else (done, time.perf_counter() - begin)
    took = {"wall": wall, "rows": rows, "grown": peak() - before}
    (folder / "took").write_text(json.dumps(took))


def peak() -> float:
    """The most that this process had in memory, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


if __name__ == "__main__":
    main()

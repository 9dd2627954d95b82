"""The table in the docs, from the results kept as JSON."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HEAD = """# Benchmarks

Made by `scripts/benchmark` on one machine (2 virtual processors; client and server share them), Haulier
and its peers in turn in the same run; each figure is the median. **The ratios are what counts.** Haulier's
figures include the SHA-256 of every file, its rows in the ledger and the atomic publish; times are of the
whole process, start to exit. "met" compares with the goal that we set ourselves before measuring.

"""


def write_table(results: Path, page: Path) -> None:
    """Write `page` from every JSON file in `results`."""
    lines = [HEAD]
    for file in sorted(results.glob("*.json")):
        about = json.loads(file.read_text())
        lines.append(f"Measured {about['at']}, Python {about['python']}, Linux {about['system']}.\n\n")
        lines.append("| work | haulier | peers | goal |\n|---|---|---|---|\n")
        lines += [_row(cell) for cell in about["cells"]]
        lines.append("\n")
    page.write_text("".join(lines))


def _row(cell: dict[str, Any]) -> str:
    ours = cell["results"].get("haulier")
    own = f"{ours['wall']:.2f} s, {ours['rss']:.0f} MiB" if ours else "failed"
    peers = "<br>".join(f"{name}: {one['wall']:.2f} s, {one['rss']:.0f} MiB"
                        for name, one in cell["results"].items() if name != "haulier")
    peers += "".join(f"<br>{name}: failed here" for name in cell["failed"] if name != "haulier")
    goals = "<br>".join(_goal(goal) for goal in cell["goals"])
    return f"| {cell['cell']} | {own} | {peers} | {goals} |\n"


def _goal(goal: dict[str, Any]) -> str:
    if goal["ratio"] is None:
        return f"{goal['wanted']:g} × {goal['peer']}: not measured"
    return (f"{goal['wanted']:g} × {goal['peer']}: **{goal['ratio']:.2f} ×** "
            f"{'met' if goal['met'] else 'NOT met'}")

"""Peers that are written in Python, each in an environment of its own below the user's cache folder."""
from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "haulier-bench"
PATIENCE = 600      # seconds for one to be installed
FEATHERFLOW = "git+https://github.com/wxbaum/featherflow@featherflow-scheduler-update"
WHERE = {"luigi": ["luigi"], "prefect": ["prefect"], "airflow": ["apache-airflow"],
         "featherflow": [os.environ.get("FEATHERFLOW", FEATHERFLOW)], "dlt": ["dlt[postgres,sqlalchemy]", "pandas"]}
"""What pip is told. Featherflow is GPL: it is run as it is, and nothing of it comes here."""
PACKAGES = {"airflow": "apache_airflow"}
"""Those that are not called as the peer is."""
SILENT = {"RUNTIME__DLTHUB_TELEMETRY": "false", "DO_NOT_TRACK": "1"}
"""Nobody is told that they ran."""


@functools.cache
def program(peer: str, name: str) -> str:
    """A program of its environment, which is made if it is not there. RuntimeError if that cannot be done."""
    folder = CACHE / peer
    if not (folder / "whole").exists():
        _told(sys.executable, "-m", "venv", "--clear", str(folder))
        _told(str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
              *WHERE[peer])
        (folder / "whole").touch()
    return str(folder / "bin" / name)


def _told(*words: str) -> None:
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"not installed within {PATIENCE} s") from None
    if done.returncode:
        raise RuntimeError(f"cannot be installed: {done.stderr.strip()[-300:]}")


def versions(*wanted: str) -> dict[str, str]:
    """Those of them that are there."""
    found: dict[str, str] = {}
    for peer in wanted:
        for file in (CACHE / peer).glob(f"lib/python*/site-packages/{PACKAGES.get(peer, peer)}-*.dist-info"):
            match = re.search(r"-(\d[^-]*)\.dist-info$", file.name)
            found |= {peer: match[1]} if match else {}
    return found

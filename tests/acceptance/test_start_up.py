"""What a command loads before its work begins: that is most of the time of a short one."""
from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {"alembic", "botocore", "cryptography", "dbos", "fastapi", "httpx", "multiprocessing", "rich.console",
         "ruamel.yaml", "sqlalchemy.orm", "textual", "haulier.engine.course", "haulier.imports",
         "haulier.ledger.accounttables", "haulier.ledger.importtables", "haulier.model.intake", "haulier.model.match",
         "haulier.model.payment"}


@pytest.mark.parametrize(("words", "needed"), [
    (["run", "one"], "haulier.engine.graph.play"), (["list"], "haulier.settings.flows.loaded"),
    (["history"], "haulier.ledger.opening")])
def test_what_flows_do_not_need_is_not_loaded(haulier, words, needed):
    for folder in ("flows", "tasks"):
        (haulier.at / folder).mkdir()
    (haulier.at / "tasks" / "empty.py").write_text("")
    (haulier.at / "flows" / "one.json").write_text(json.dumps({"name": "one", "tasks": [
        {"id": "a", "script": "empty.py"}]}))
    haulier("run", "one")       # the first one makes the ledger, and needs all tables
    ended = subprocess.run([sys.executable, "-X", "importtime", "-m", "haulier.cli", *words],
                           cwd=haulier.at, env=haulier.env, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    loaded = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert needed in loaded
    assert not HEAVY & loaded

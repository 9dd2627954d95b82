"""What docs/imports-python.md shows works as it is typed; tests/acceptance/test_import_worker.py runs its worker."""
from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from inspect import signature
from pathlib import Path

import haulier.imports as imports
from haulier.imports import parsers, reconciliation, sources
from haulier.imports.parsers import banking
from haulier.testing.servers.books import Books

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "imports-python.md").read_text("utf-8")
SEED = ROOT.parent / "shared" / "seeds" / "craft-easy-file-import.txt"
BLOCK = re.compile(r"^```(\w+)(?: ([\w./]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN = """
import json, sys
for text in json.load(sys.stdin):
    exec(compile(text, "docs/imports-python.md", "exec"), {"__name__": "__main__"})
"""


def test_the_code_of_the_page_runs(tmp_path: Path) -> None:
    texts = []
    for kind, name, text in BLOCK.findall(PAGE):
        if name and kind == "text":
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
            os.utime(tmp_path / name, (1e9, 1e9))
        elif kind == "python" and not name:
            texts.append(text)
    with Books(token="t0ken") as books:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("HAULIER_")}
        environ = {**kept, "API_URL": f"http://127.0.0.1:{books.port}", "API_TOKEN": "t0ken",
                   "XDG_STATE_HOME": str(tmp_path / "state")}
        done = subprocess.run([sys.executable, "-W", "error", "-c", RUN], input=json.dumps(texts), cwd=tmp_path,
                              env=environ, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(texts) == 4
        assert sorted(books.kept, key=lambda row: row["sku"]) == [{"sku": "A-1", "name": "Lamp", "price": "120.50"},
                                                                  {"sku": "A-3", "name": "Table", "price": "899.00"}]
    assert not done.stderr
    for said in ("erp-products products.csv done", "too dear", "9912346 100.50 10009 Åsa", "unknown_reference"):
        assert said in done.stdout


def test_the_worker_is_the_one_of_the_seed() -> None:
    """Only the name of the package differs."""
    worker = next(text for kind, name, text in BLOCK.findall(PAGE) if name == "worker.py")
    assert worker.count("haulier.imports") == 2 and "run_loop(build_bindings, poll_interval=300)" in worker
    if SEED.is_file():
        seed = SEED.read_text("utf-8").replace("craft_easy_file_import", "haulier.imports")
        assert worker.strip() in seed


def test_what_the_seed_documents_is_there() -> None:
    for name in ("BasePipeline", "GenericImportPipeline", "ReconciliationPipeline", "PipelineResult", "PipelineBinding",
                 "CSVParser", "CSVParserConfig", "ImportApiClient", "run_poll_cycle", "run_loop"):
        assert hasattr(imports, name)
    for module in (imports, parsers, banking, reconciliation, sources):
        assert all(hasattr(module, name) for name in module.__all__)
    for one, names in {
        imports.GenericImportPipeline: ("pipeline_name", "parser", "on_row", "encoding"),
        imports.ReconciliationPipeline: ("file_format", "tenant_id", "on_matched", "on_unmatched", "encoding"),
        imports.ImportApiClient: ("base_url", "token", "tenant_id"),
        imports.PipelineBinding: ("name", "source", "pipeline"),
        imports.PipelineResult: ("pipeline_name", "file_name", "source", "started_at", "completed_at", "total_records",
                                 "processed_count", "matched_count", "unmatched_count", "error_count", "errors",
                                 "dry_run"),
        imports.SourceFile: ("name", "content", "size", "source_path", "retrieved_at"),
        sources.WatchedDirectorySource: ("watch_dir", "file_pattern", "archive_dir"),
        sources.SFTPSource: ("host", "port", "username", "key_path", "password", "remote_dir", "file_pattern",
                             "archive_dir"),
        imports.run_poll_cycle: ("bindings", "dry_run"),
        imports.run_loop: ("build_bindings", "poll_interval", "dry_run"),
    }.items():
        assert [*signature(one).parameters][:len(names)] == [*names] or set(names) <= set(signature(one).parameters)

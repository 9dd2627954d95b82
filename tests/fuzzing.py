"""A parser under atheris: `python tests/fuzzing.py PARSER SECONDS`, as scripts/fuzz calls it; no test of CI."""
from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["haulier.parsers", "haulier.core"]):
    from haulier.core.content import BytesContent
    from haulier.model.errors import Malformed
    from haulier.ports import Parser
    from haulier.settings import registry
    from haulier.settings.spec import Env
    from haulier.testing.parsers import Taken

SAMPLES = Path(__file__).parents[2] / "shared" / "samples"
FOLDERS = {"nacha": "ach", "lb": "bankgirot_lb", "pain": "camt"}
SETTINGS: dict[str, dict[str, Any]] = {
    "xml": {"record": "//Ntry"},
    "fixed": {"columns": [{"name": "a", "start": 1, "length": 4}, {"name": "b", "start": 5, "length": 10}]},
    "json": {"flatten": True}, "jsonl": {"flatten": True}}
SMALL = 3000
"""Bytes of a file that is read a second time, in other chunks."""


def main(name: str, seconds: str) -> None:
    """Until the time is over, or something is found: then its file is in the folder."""
    folder = Path(".cache", "fuzz", name)
    (folder / "corpus").mkdir(parents=True, exist_ok=True)
    for at, seed in enumerate(seeds(name)):
        (folder / "corpus" / f"seed{at}").write_bytes(seed)
    spec = registry.parser(name)
    parser = spec.model_validate({"type": name, **SETTINGS.get(name, {})}).build(Env())

    def once(data: bytes) -> None:
        found = read(parser, data)
        if len(data) < SMALL:
            other = read(parser, data, chunk=7)
            assert bool(found.error) == bool(other.error), "it matters how its bytes come"
            assert found.error or found.rows == other.rows, "it matters how its bytes come"
        spec.guess("file", data)

    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=1500", "-max_len=20000",
                   f"-artifact_prefix={folder}/", "-verbosity=0", "-print_final_stats=1", str(folder / "corpus")], once)
    atheris.Fuzz()


def read(parser: Parser, data: bytes, chunk: int = 1 << 18) -> Taken:
    """All that it makes of them; nothing but Malformed may be raised."""
    found = Taken()
    try:
        for batch in parser.parse(BytesContent(data, "file", chunk)):
            found.add(batch)
    except Malformed as error:
        found.error = str(error)
    return found


def seeds(name: str) -> Iterator[bytes]:
    """Good files: those of its tests, and the real ones."""
    for one in vars(importlib.import_module(f"parsers.test_{name}")).values():
        if isinstance(good := getattr(one, "good", None), tuple):
            yield good[0]
    folder = SAMPLES / FOLDERS.get(name, name)
    for path in sorted(folder.iterdir()) if folder.exists() else []:
        if path.suffix != ".json" and path.stat().st_size < 20_000:
            yield path.read_bytes()


if __name__ == "__main__":
    main(*sys.argv[1:])

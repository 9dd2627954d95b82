"""A parser under atheris: `python tests/fuzzing.py PARSER SECONDS`, as scripts/fuzz calls it; no test of CI."""
from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import atheris

with atheris.instrument_imports(include=["haulier"]):   # what is imported later is not seen by it
    from haulier.model.errors import Malformed, Unsupported
    from haulier.ports import Parser
    from haulier.settings import registry
    from haulier.settings.spec import Env, ParserSpec
    SPEC = registry.parser(sys.argv[1])

from fuzzes import markup, workbooks
from fuzzes.seeds import seeds
from fuzzes.seen import Seen, differing, seen
from fuzzes.spoiling import spoilt

SETTINGS: dict[str, dict[str, Any]] = {
    "xml": {"record": "//Ntry"},
    "fixed": {"columns": [{"name": "a", "start": 1, "length": 4}, {"name": "b", "start": 5, "length": 10}]},
    "json": {"flatten": True}, "jsonl": {"flatten": True}}
COMPARED: dict[str, Callable[[Parser, bytes, Seen], None]] = {
    "xml": markup.is_that_of_elementtree, "camt": markup.is_that_of_expat, "pain": markup.is_that_of_expat,
    "xlsx": workbooks.is_that_of_openpyxl}
BINARY = ("parquet", "avro")
SMALL = 6000
"""Bytes of a file that is read several times."""
LARGEST = 16_000
GOOD = 300


def main(name: str, seconds: str) -> None:
    """Until the time is over, or something is found: then its file is in the folder."""
    folder = Path(".cache", "fuzz", name)
    (folder / "corpus").mkdir(parents=True, exist_ok=True)
    first = [seed for seed in seeds(name) if len(seed) <= LARGEST]
    for at, seed in enumerate(first):
        (folder / "corpus" / f"seed{at}").write_bytes(seed)
    parser = built(SPEC, SETTINGS.get(name, {}))
    good: list[bytes] = []      # the last that had rows: of what it keeps itself most is small, or has none

    def once(data: bytes) -> None:
        found = seen(parser, data)
        if len(data) < SMALL:
            again(parser, data, found)
        if name in COMPARED:
            COMPARED[name](parser, data, found)
        guessed(data)
        if found.rows:
            good.append(data)
            del good[:-GOOD]

    def changed(data: bytes, largest: int, seed: int) -> bytes:
        chance = Random(seed)
        data = chance.choice(chance.choice((good or [data], first or [data], [data])))
        if name == "xlsx":
            return workbooks.spoilt(data, largest, chance)
        return atheris.Mutate(data, largest) if name in BINARY else spoilt(data, largest, chance)

    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=1500",
                   f"-max_len={LARGEST}", f"-artifact_prefix={folder}/", "-verbosity=0", "-print_final_stats=1",
                   *(sys.argv[3:] or [str(folder / "corpus")])], once, custom_mutator=changed)
    atheris.Fuzz()


def built(spec: type[ParserSpec], settings: dict[str, Any]) -> Parser:
    """The parser that these settings make."""
    return spec.model_validate({"type": SPEC.model_fields["type"].default, **settings}).build(Env())


def again(parser: Parser, data: bytes, found: Seen) -> None:
    """It does not matter how bytes come, nor where it goes on; what it refused may be read again."""
    other = seen(parser, data, chunk=1 + zlib.crc32(data) % 40)
    assert {notice.code for notice in other.notices} == {notice.code for notice in found.notices} or found.error
    other.notices = found.notices       # so many of a kind are told of, in each batch
    assert other == found or (other.error and found.error), f"bytes in pieces matter: {differing(other, found)}"
    for mark in found.marks[:3] if parser.seeks else ():
        rest = seen(parser, data, after=mark)
        assert rest.rows == [row for row, number in zip(found.rows, found.numbers, strict=True)
                             if number > mark.number] and rest.error == found.error, "it matters where it goes on"
    for raw in found.raws[:2]:
        try:
            parser.reread(raw, found.marks[-1].state)
        except (Malformed, Unsupported):
            pass


def guessed(data: bytes) -> None:
    """What is guessed are good settings, and whatever they make of it is rows or Malformed."""
    if guess := SPEC.guess("file", data):
        settings = {name: value for name, value in guess.settings.items() if name in SPEC.model_fields}
        found = seen(parser := built(SPEC, settings), data)
        if SPEC.model_fields["type"].default == "xml":
            markup.is_that_of_elementtree(parser, data, found)


if __name__ == "__main__":
    main(*sys.argv[1:3])

"""Tables: as Haulier reads them, and as others do. Everybody ends with rows as mappings, or says otherwise."""
from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from import_rows import cast

from haulier.core.columns import Compiled
from haulier.core.content import FileContent
from haulier.model.column import Column, Type
from haulier.model.record import Batch
from haulier.parsers.csv import CsvSpec
from haulier.parsers.fixed import FixedSpec
from haulier.parsers.jsonl import JsonLinesSpec
from haulier.ports import Parser
from haulier.settings.spec import Env
from haulier.validators.found import validator

Work = Callable[[], int]
TYPES = {"id": Type.INTEGER, "day": Type.DATE, "amount": Type.DECIMAL, "currency": Type.TEXT, "name": Type.TEXT,
         "street": Type.TEXT, "city": Type.TEXT, "reference": Type.TEXT, "text": Type.TEXT, "paid": Type.BOOL}
WIDTHS = dict(zip(TYPES, (10, 10, 14, 3, 20, 20, 15, 12, 30, 5), strict=True))
COLUMNS = [Column(name, kind) for name, kind in TYPES.items()]


def batches(parser: Parser, path: Path, columns: Compiled | None = None) -> Iterator[Batch]:
    for batch in parser.parse(FileContent(path, path.name), columns=columns):
        assert not batch.rejects
        yield batch


def counted(parser: Parser, path: Path, columns: Compiled | None = None) -> Work:
    return lambda: sum(len(batch.rows) for batch in batches(parser, path, columns))


# CSV

def csv_typed(folder: Path) -> Work:
    return counted(CsvSpec().build(Env()), folder / "rows.csv", Compiled(COLUMNS))


def csv_texts(folder: Path) -> Work:
    """Without a schema."""
    return counted(CsvSpec().build(Env()), folder / "rows.csv")


def csv_struct(folder: Path) -> Work:
    import msgspec
    kinds: list[Any] = [("id", int), ("day", date), ("amount", Decimal), *((name, str) for name in list(TYPES)[3:9]),
                        ("paid", bool)]
    return validated(folder, msgspec.defstruct("Row", kinds))


def csv_model(folder: Path) -> Work:
    from pydantic import create_model
    own: dict[str, Any] = {name: (str, ...) for name in TYPES}
    own |= {"id": (int, ...), "day": (date, ...), "amount": (Decimal, ...), "paid": (bool, ...)}
    return validated(folder, create_model("Row", **own))


def validated(folder: Path, schema: Any) -> Work:
    checker, parser = validator(schema), CsvSpec().build(Env())
    return lambda: sum(len(checker.check(batch).rows) for batch in batches(parser, folder / "rows.csv"))


def csv_dictreader(folder: Path) -> Work:
    """Texts only."""
    def work() -> int:
        with open(folder / "rows.csv", encoding="utf-8", newline="") as file:
            return sum(1 for _ in csv.DictReader(file))
    return work


def csv_casts(folder: Path) -> Work:
    """DictReader, and types by hand."""
    def work() -> int:
        count = 0
        with open(folder / "rows.csv", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                cast(row)
                count += 1
        return count
    return work


def csv_pandas(folder: Path) -> Work:
    import pandas
    return lambda: len(pandas.read_csv(folder / "rows.csv", parse_dates=["day"], dtype={"reference": str}
                                       ).to_dict("records"))


def csv_polars(folder: Path) -> Work:
    import polars
    return lambda: sum(1 for _ in polars.read_csv(folder / "rows.csv", try_parse_dates=True).iter_rows(named=True))


# JSON lines

def jsonl(folder: Path) -> Work:
    return counted(JsonLinesSpec().build(Env()), folder / "rows.jsonl")


def jsonl_json(folder: Path) -> Work:
    return decoded(folder, json.loads)


def jsonl_orjson(folder: Path) -> Work:
    """Numbers are floating-point."""
    import orjson
    return decoded(folder, orjson.loads)


def jsonl_polars(folder: Path) -> Work:
    import polars
    return lambda: sum(1 for _ in polars.read_ndjson(folder / "rows.jsonl").iter_rows(named=True))


def decoded(folder: Path, decode: Callable[[bytes], Any]) -> Work:
    def work() -> int:
        with open(folder / "rows.jsonl", "rb") as file:
            return sum(len(decode(line)) > 0 for line in file)
    return work


# Fixed width

def fixed(folder: Path) -> Work:
    """With the same types."""
    parser = FixedSpec.model_validate({"columns": WIDTHS}).build(Env())
    return counted(parser, folder / "rows.txt", Compiled(COLUMNS))


def fixed_texts(folder: Path) -> Work:
    return counted(FixedSpec.model_validate({"columns": WIDTHS}).build(Env()), folder / "rows.txt")


def fixed_slices(folder: Path) -> Work:
    """Slices by hand, texts without blanks."""
    places = list(zip(WIDTHS, pairwise(accumulate(WIDTHS.values(), initial=0)), strict=True))

    def work() -> int:
        count = 0
        with open(folder / "rows.txt", encoding="utf-8") as file:
            for line in file:
                count += len({name: line[start:end].rstrip() for name, (start, end) in places}) > 0
        return count
    return work

"""Pipelines as Python has them: rows to functions, what is wrong with them, and what a run of them would come to."""
from __future__ import annotations

import asyncio
import gzip
import io
import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import BaseModel

from haulier.core.content import BytesContent
from haulier.core.importing.slices import Slices
from haulier.core.importing.taking import take
from haulier.imports import (
    BasePipeline,
    Column,
    CSVParser,
    CSVParserConfig,
    FixedWidthParser,
    FixedWidthParserConfig,
    GenericImportPipeline,
    JSONLinesParser,
    JSONParser,
    JSONParserConfig,
    PipelineResult,
    SourceFile,
    Type,
    XLSXParser,
    XLSXParserConfig,
    XMLParser,
    XMLParserConfig,
    idempotency_key,
)
from haulier.imports.parsers import RowParser
from haulier.ledger import books
from haulier.model.errors import Denied, Invalid, Malformed, Unavailable
from haulier.model.intake import Incoming, IntakeState
from haulier.model.record import START
from haulier.parsers.csv import CsvSpec
from haulier.settings.spec import Env
from haulier.testing.banks import Paid, bgmax
from rooms.importing_sides import Died, Mortal, Shelf

TABLE = b"id,amount\n" + b"".join(b"%d,%d.50\n" % (n, n) for n in range(250))
SHORT = b"".join(TABLE.splitlines(keepends=True)[:41])


def process(pipeline: BasePipeline, data: bytes, dry_run: bool = False, name: str = "in.csv") -> PipelineResult:
    return asyncio.run(pipeline.process(SourceFile(name, data), dry_run=dry_run))


def test_each_row_is_told_with_a_key_of_its_own() -> None:
    told: list[tuple[dict[str, Any], str]] = []

    async def on_row(row: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        told.append((row, idempotency_key()))

    pipeline = GenericImportPipeline("sync", CSVParser(CSVParserConfig(encoding="utf-8")), on_row, encoding="utf-8")
    result = process(pipeline, TABLE)
    assert result.success and (result.total_records, result.processed_count, result.error_count) == (250, 250, 0)
    assert (result.pipeline_name, result.file_name, result.state, result.dry_run) == ("sync", "in.csv", "done", False)
    assert result.completed_at and result.completed_at >= result.started_at
    assert sorted(int(row["id"]) for row, _ in told) == [*range(250)]
    assert len({key for _, key in told}) == 250 and all(key for _, key in told) and idempotency_key() == ""
    assert (result.checkpoint.number, result.checkpoint.offset) == (250, len(TABLE))
    first = dict((row["id"], key) for row, key in told)
    told.clear()
    assert process(pipeline, TABLE).success
    assert dict((row["id"], key) for row, key in told) == first, "the same bytes have the same keys"


def test_what_a_function_raises_rejects_the_row_and_the_next_one_is_told() -> None:
    def on_row(row: dict[str, Any]) -> None:
        if row["id"] == "7":
            raise ValueError("not seven")

    result = process(GenericImportPipeline("sync", "csv", on_row), TABLE)
    assert not result.success and (result.processed_count, result.error_count) == (249, 1)
    assert result.errors == ["line 9: ValueError: not seven"]
    reject, = result.rejects
    assert (reject.line, reject.row, reject.raw, reject.code) == (9, 8, "7,7.50", "refused")


@pytest.mark.parametrize("concurrency", [1, 5])
def test_so_many_are_under_way_and_no_more(concurrency: int) -> None:
    now, most, order = 0, 0, []

    async def on_row(row: dict[str, Any]) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        order.append(int(row["id"]))
        await asyncio.sleep(0.0005)
        now -= 1

    process(GenericImportPipeline("sync", "csv", on_row, concurrency=concurrency), TABLE)
    assert most == concurrency and order == [*range(250)]


def test_functions_that_are_not_async_are_called_beside_the_loop() -> None:
    threads = set()
    process(GenericImportPipeline("sync", "csv", lambda row: threads.add(threading.get_ident())), TABLE)
    assert threads and threading.get_ident() not in threads


def test_lists_of_rows() -> None:
    told: list[int] = []

    async def on_batch(rows: list[dict[str, Any]]) -> dict[int, str]:
        told.append(len(rows))
        if rows[0]["id"] == "200":
            raise RuntimeError("no more")
        return {at: "odd" for at, row in enumerate(rows) if row["id"] == "3"}

    result = process(GenericImportPipeline("sync", "csv", on_batch=on_batch, batch_size=100), TABLE)
    assert told == [100, 100, 50]
    assert (result.processed_count, result.error_count) == (199, 51)
    assert result.errors[:2] == ["line 5: odd", "line 202: RuntimeError: no more"]


@pytest.mark.parametrize(("parser", "data"), [
    ("csv", b"id,text\n" + b"".join(b"%d,%s\n" % (n, b"x" * 90) for n in range(1300))),
    ("bgmax", bgmax(Paid(Decimal(n + 1), name="Kund") for n in range(1300)))])
def test_lists_are_full_however_a_format_is_read(parser: str, data: bytes) -> None:
    told: list[int] = []
    pipeline = GenericImportPipeline("sync", parser, on_batch=lambda rows: told.append(len(rows)), batch_size=600)
    assert process(pipeline, data).success
    assert told == [600, 600, 100]


def test_functions_that_take_keys() -> None:
    rows: list[tuple[str, str, str]] = []
    batches: list[tuple[str, str]] = []

    async def on_row(row: dict[str, Any], key: str) -> None:
        rows.append((row["id"], key, idempotency_key()))

    def on_batch(some: list[dict[str, Any]], keys: list[str]) -> None:
        batches.extend((row["id"], key) for row, key in zip(some, keys, strict=True))

    assert process(GenericImportPipeline("sync", "csv", on_row), TABLE).success
    assert process(GenericImportPipeline("sync", "csv", on_batch=on_batch, batch_size=70), TABLE).success
    assert all(key == other for _, key, other in rows)
    assert sorted(batches) == sorted((id, key) for id, key, _ in rows), "the same key for the same row"


class Struct(msgspec.Struct):
    id: int
    amount: Decimal
    day: date | None = None


class Model(BaseModel):
    id: int
    amount: Decimal
    day: date | None = None


@pytest.mark.parametrize("schema", [
    [Column("id", Type.INTEGER, required=True), Column("amount", Type.DECIMAL), Column("day", Type.DATE)],
    Struct, Model])
def test_rows_are_what_the_schema_says(schema: Any) -> None:
    told: list[dict[str, Any]] = []
    data = b"id,amount,day\n1,2.50,2026-01-31\nx,3,\n3,4,\n"
    result = process(GenericImportPipeline("sync", "csv", told.append, schema=schema), data)
    assert told == [{"id": 1, "amount": Decimal("2.50"), "day": date(2026, 1, 31)},
                    {"id": 3, "amount": Decimal(4), "day": None}]
    assert (result.rejects[0].line, result.rejects[0].column, result.rejects[0].raw) == (3, "id", "x,3,")


def test_rows_are_mapped() -> None:
    told: list[dict[str, Any]] = []
    pipeline = GenericImportPipeline("sync", "csv", told.append, mapping={"text": "{a} {b|upper}", "from": "shop"})
    assert process(pipeline, b"a,b\n1,x\n").success and told == [{"text": "1 X", "from": "shop"}]


@pytest.mark.parametrize(("options", "said"), [
    ({"most_rejects": 1}, "at most 1 may be"), ({"share": 0.1}, "more than 10.0%")])
def test_with_too_many_rejects_nothing_is_told(options: dict[str, Any], said: str) -> None:
    told: list[dict[str, Any]] = []
    schema = [Column("id", Type.INTEGER)]
    result = process(GenericImportPipeline("sync", "csv", told.append, schema=schema, **options),
                     b"id\n1\nx\n3\ny\nz\n")
    assert not told and result.state == "refused" and said in result.errors[-1] and not result.success


def test_a_dry_run_reads_everything_and_tells_nobody(tmp_path: Path) -> None:
    told: list[Any] = []
    ledger = tmp_path / "ledger.db"
    pipeline = GenericImportPipeline("sync", "csv", told.append, ledger=ledger, schema=[Column("id", Type.INTEGER)])
    result = process(pipeline, b"id\n1\nx\n3\n", dry_run=True)
    assert result.dry_run and (result.total_records, result.processed_count, result.error_count) == (3, 2, 1)
    assert result.rejects[0].line == 3 and not told and not ledger.exists()
    bad = process(GenericImportPipeline("sync", "bgmax", told.append), b"nonsense", dry_run=True)
    assert bad.state == "refused" and "not BgMax" in bad.errors[0]


def test_with_a_ledger_a_file_is_taken_once_and_gone_on_with(tmp_path: Path) -> None:
    told: list[str] = []
    away = {"7"}

    def on_row(row: dict[str, Any]) -> None:
        if row["id"] in away:
            raise Unavailable("the API is down")
        told.append(row["id"])

    pipeline = GenericImportPipeline("sync", "csv", on_row, ledger=tmp_path / "ledger.db", checkpoint_rows=1)
    failed = process(pipeline, SHORT)
    assert failed.state == "failed" and failed.errors == ["the API is down"] and told == [str(n) for n in range(7)]
    away.clear()
    done = process(pipeline, SHORT)
    assert done.success and (done.total_records, done.state) == (40, "done")
    assert told == [str(n) for n in range(40)], "no row twice, none left out"
    again = process(pipeline, SHORT)
    assert again.success and again.state == "duplicate" and len(told) == 40
    with closing(books(f"sqlite:///{tmp_path}/ledger.db")) as opened:
        assert [one.file.flow for one in opened.imports.intakes()] == ["sync/import"] * 2


def test_denied_is_no_fault_of_a_row() -> None:
    def on_row(row: dict[str, Any]) -> None:
        raise Denied("the token is old")

    result = process(GenericImportPipeline("sync", "csv", on_row), TABLE)
    assert result.state == "failed" and result.errors == ["the token is old"]


def test_rows_that_came_with_an_earlier_file(tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    pipeline = GenericImportPipeline("sync", "csv", told.append, duplicates="rows", ledger=tmp_path / "ledger.db")
    process(pipeline, b"id\n1\n1\n2\n")
    result = process(pipeline, b"id\n1\n1\n2\n3\n1\n")
    assert [row["id"] for row in told] == ["1", "1", "2", "3", "1"]
    assert (result.processed_count, result.duplicate_count) == (2, 3)


class Mine:
    def parse(self, content: str) -> Iterable[Any]:
        for line in content.splitlines():
            if line == "broken":
                raise KeyError("oh")
            yield {"word": line} if line != "odd" else line


class Bytes:
    def parse(self, content: bytes) -> list[Any]:
        return [{"size": len(content)}]


def test_a_parser_of_ones_own() -> None:
    told: list[dict[str, Any]] = []
    pipeline = GenericImportPipeline("sync", Mine(), told.append, encoding="latin-1")
    result = process(pipeline, "å\nodd\nb".encode("latin-1"))
    assert told == [{"word": "å"}, {"word": "b"}] and result.errors == ["row 2: it is str, and not a mapping"]
    assert "its parser failed: KeyError" in process(pipeline, b"a\nbroken\n").errors[0]
    assert "not utf-8" in process(GenericImportPipeline("sync", Mine(), told.append), b"\xff").errors[0]
    process(GenericImportPipeline("sync", Bytes(), told.append), b"12345")
    assert told[-1] == {"size": 5}


@pytest.mark.parametrize("given", [object(), "nothing", 7])
def test_what_is_no_parser(given: Any) -> None:
    with pytest.raises(Invalid, match=r"parser|no such"):
        GenericImportPipeline("sync", given, print)


def test_settings_that_are_wrong_are_said_at_once() -> None:
    with pytest.raises(Invalid, match="one of both"):
        GenericImportPipeline("sync", "csv")
    with pytest.raises(Invalid, match="delimiter"):
        CSVParserConfig(delimiter="ab")
    with pytest.raises(Invalid, match="delimeter"):
        CSVParserConfig(delimeter=";")  # type: ignore[call-arg]


def test_a_packed_file_and_one_on_the_disk(tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    pipeline = GenericImportPipeline("sync", "csv", told.append)
    assert process(pipeline, gzip.compress(TABLE)).total_records == 250
    (tmp_path / "in.csv").write_bytes(TABLE)
    file = SourceFile("in.csv", path=tmp_path / "in.csv")
    assert asyncio.run(pipeline.process(file)).success
    assert file.size == len(TABLE) and file.content == TABLE
    with file.open() as body, file.stream as other:
        assert body.read(2) == other.read(2) == b"id"
    assert SourceFile("x", b"abc").stream.read() == b"abc"


def test_who_is_cancelled_ends_the_rows_that_are_under_way(tmp_path: Path) -> None:
    begun: list[str] = []
    ended: list[str] = []
    told = threading.Event()

    async def on_row(row: dict[str, Any]) -> None:
        begun.append(row["id"])
        if len(begun) == 28:
            while not told.is_set():
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.7 if len(begun) == 28 else 0.001)
        ended.append(row["id"])

    pipeline = GenericImportPipeline("sync", "csv", on_row, ledger=tmp_path / "ledger.db", checkpoint_rows=10)

    async def stopped() -> None:
        task = asyncio.ensure_future(pipeline.process(SourceFile("in.csv", TABLE)))
        while len(begun) < 28:
            await asyncio.sleep(0.001)
        task.cancel()
        told.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stopped())
    assert set(begun) == set(ended) and len(ended) == 30, "those of one checkpoint"
    assert process(pipeline, TABLE).success
    assert sorted(map(int, ended)) == [*range(250)], "each once"


def slices(size: int) -> Slices:
    return Slices(CsvSpec().build(Env()), size)


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_from_each_mark_all_that_is_behind_it_is_read(size: int) -> None:
    data = b"id,amount\n" + b"".join(b"%d,%s\n" % (n, b"1" * 6000 if n % 9 else b"1,2,3") for n in range(120))
    content = BytesContent(data, "in.csv")

    def read(after: Any = START) -> Iterator[tuple[int, str]]:
        for batch in slices(size).parse(content, after=after):
            assert len(batch.rows) <= size and batch.after.number == before[0] + len(batch.rows) + len(batch.rejects)
            before[0] = batch.after.number
            marks.append(batch.after)
            yield from zip(batch.numbers, (row["id"] for row in batch.rows), strict=True)
            yield from ((reject.number, "") for reject in batch.rejects)

    before, marks = [0], []
    whole = sorted(read())
    assert [number for number, _ in whole] == [*range(1, 121)]
    for mark in marks[::5]:
        before[0] = mark.number
        assert sorted(read(mark)) == [one for one in whole if one[0] > mark.number]


@pytest.mark.parametrize("after", [True, False])
def test_it_dies_at_every_step(tmp_path: Path, after: bool) -> None:
    """Each row has one effect, in whatever slice that was."""
    shelf = Shelf(is_final=True)
    shelf.checkpoint = 20
    how = GenericImportPipeline("sync", "csv", print).order("sync/import")
    file = Incoming("sync/import", 0, "in.csv", "", len(TABLE), "d" * 64, "csv", how.version)
    with closing(books(f"sqlite:///{tmp_path}/ledger.db")) as opened:
        for steps in range(1, 40):
            life = [steps]
            try:
                intake = take(how, file, BytesContent(TABLE), Mortal(shelf, life, after=after),
                              Mortal(opened.imports, life, after=after))
                break
            except Died:
                continue
        assert steps > 8 and intake.state in (IntakeState.DONE, IntakeState.DUPLICATE)
    assert shelf.effects == len(shelf.kept) == 250


ORDERS = [{"id": "1", "name": "Åsa"}, {"id": "2", "name": "Bo"}]


@pytest.mark.parametrize(("parser", "data"), [
    (JSONParser(JSONParserConfig(path="all")), json.dumps({"all": ORDERS}).encode()),
    (JSONLinesParser(), b"".join(json.dumps(one).encode() + b"\n" for one in ORDERS)),
    (XMLParser(XMLParserConfig(record="all/one")),
     b"<all>%s</all>" % "".join(f"<one><id>{one['id']}</id><name>{one['name']}</name></one>"
                                for one in ORDERS).encode()),
    (FixedWidthParser(FixedWidthParserConfig(columns={"id": 2, "name": 4})),
     "".join(f"{one['id']:2}{one['name']:4}\n" for one in ORDERS).encode()),
], ids=["json", "jsonl", "xml", "fixed"])
def test_every_format_has_the_same_rows(parser: RowParser[Any], data: bytes) -> None:
    told: list[dict[str, Any]] = []
    assert process(GenericImportPipeline("sync", parser, told.append), data, name="in").success
    assert told == [*parser.parse(data)] == [*parser.parse(data.decode())] == ORDERS


def test_a_workbook() -> None:
    from openpyxl import Workbook
    book, file = Workbook(), io.BytesIO()
    for line in (["id", "name"], *([one["id"], one["name"]] for one in ORDERS)):
        book.active.append(line)
    book.save(file)
    told: list[dict[str, Any]] = []
    assert process(GenericImportPipeline("sync", XLSXParser(), told.append), file.getvalue(), name="in.xlsx").success
    assert told == ORDERS == [*XLSXParser(XLSXParserConfig(sheet=1)).parse(file.getvalue())]


def test_a_parser_gives_its_rows_by_itself(tmp_path: Path) -> None:
    parser = CSVParser(CSVParserConfig(delimiter=";", encoding="cp1252"))
    (tmp_path / "in.csv").write_bytes("a;b\n1;Å\n".encode("cp1252"))
    assert [*parser.parse_file(tmp_path / "in.csv")] == [*parser.parse("a;b\n1;Å\n")] == [{"a": "1", "b": "Å"}]
    with pytest.raises(Malformed, match="line 2") as caught:
        [*CSVParser().parse("a,b\n1\n")]
    assert caught.value.line == 2

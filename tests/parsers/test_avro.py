"""Avro files, made here."""
from __future__ import annotations

import datetime as dt
import io
import sys
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import fastavro
import pytest

from haulier.model.errors import Invalid
from haulier.parsers.avro import Avro, AvroSpec
from haulier.parsers.avro_blocks import MAGIC
from haulier.ports import Parser
from haulier.settings.spec import Env
from haulier.testing.parsers import ParserSuite, taken

DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 30, "scale": 2}
SYNC = bytes(range(16))


def record(**fields: Any) -> dict[str, Any]:
    return {"type": "record", "name": "R", "fields": [{"name": name, "type": kind} for name, kind in fields.items()]}


def made(schema: Any, rows: list[Any], **settings: Any) -> bytes:
    file = io.BytesIO()
    fastavro.writer(file, schema, rows, sync_marker=SYNC, **settings)
    return file.getvalue()


SCHEMA = record(id="int", amount=["null", DECIMAL], tags={"type": "array", "items": "string"})
ROWS = [{"id": 1, "amount": Decimal("1.10"), "tags": ["a"]}, {"id": 2, "amount": None, "tags": []},
        {"id": 3, "amount": Decimal("-1234567890123456789012345678.01"), "tags": ["b", "Å"]}]
GOOD = made(SCHEMA, ROWS, sync_interval=20)


class TestAvro(ParserSuite):
    good = (GOOD, 3)
    fuzzes = 80

    @pytest.fixture
    def parser(self) -> Parser:
        return AvroSpec().build(Env())

    def long(self) -> Iterator[bytes]:
        data = made(record(id="int", text="string"), [{"id": at, "text": f"{at:04000}"} for at in range(5_000)])
        return iter([data])


def test_values_have_the_types_of_the_schema() -> None:
    name, at = uuid.uuid4(), dt.datetime(2026, 1, 2, 3, 4, 5, 6)
    row = {"on": dt.date(2026, 1, 2), "at": at.replace(tzinfo=dt.UTC), "local": at, "clock": dt.time(1, 2),
           "name": name, "bytes": "Åre".encode(), "fixed": b"ab", "map": {"k": [b"x"]}, "inner": {"x": 1}, "f": 1.5}
    schema = record(
        on={"type": "int", "logicalType": "date"}, at={"type": "long", "logicalType": "timestamp-micros"},
        local={"type": "long", "logicalType": "local-timestamp-micros"}, f="double",
        clock={"type": "long", "logicalType": "time-micros"}, name={"type": "string", "logicalType": "uuid"},
        bytes="bytes", fixed={"type": "fixed", "name": "F", "size": 2},
        map={"type": "map", "values": {"type": "array", "items": "bytes"}}, inner={**record(x="int"), "name": "I"})
    found = taken(Avro(), made(schema, [row]))
    assert found.rows == [row | {"name": str(name), "bytes": "Åre", "fixed": "ab", "map": {"k": ["x"]}}]
    assert taken(Avro(), GOOD).rows == ROWS


def test_uuids_of_16_bytes_are_texts_too() -> None:
    kind, one = {"type": "fixed", "name": "U", "size": 16}, uuid.UUID("2a65a718-7989-42b3-91d0-393a06895bed")
    found = taken(Avro(), made(record(id={**kind, "logicalType": "uuid"}, raw={**kind, "name": "V"}),
                               [{"id": one.bytes, "raw": b"0123456789abcdef"}]))
    assert found.rows == [{"id": str(one), "raw": "0123456789abcdef"}]


@pytest.mark.parametrize("codec", ["null", "deflate", "bzip2", "xz"])
def test_blocks_may_be_packed(codec: str) -> None:
    assert taken(Avro(), made(SCHEMA, ROWS, codec=codec)).rows == ROWS


@pytest.mark.parametrize("codec, pyarrows", [("snappy", "snappy"), ("zstandard", "zstd")])
def test_so_may_those_that_need_another_library(codec: str, pyarrows: str) -> None:
    import pyarrow
    plain = made(SCHEMA, ROWS)
    head, _, rest = plain.partition(SYNC)
    count, body = rest[:1], rest[:-16][2:]
    packed = pyarrow.compress(body, pyarrows, asbytes=True) + (b"\0\0\0\0" if codec == "snappy" else b"")
    head = head.replace(b"\x08null", long(len(codec)) + codec.encode())
    data = head + SYNC + count + long(len(packed)) + packed + SYNC
    assert taken(Avro(), data).rows == ROWS
    assert "decompression bomb" in taken(Avro(max_block=1024), head + SYNC + count + (
        long(len(bomb := bombed(pyarrow, pyarrows))) + bomb + SYNC)).error


def bombed(pyarrow: Any, codec: str) -> bytes:
    made: bytes = pyarrow.compress(bytes(10_000), codec, asbytes=True)
    return made + (b"\0\0\0\0" if codec == "snappy" else b"")


def test_what_else_stands_in_the_head_need_not_be_text() -> None:
    data = made(SCHEMA, ROWS, metadata={"mark": "MARK"})
    assert taken(Avro(), data.replace(b"MARK", b"\xd7\x00\xff\xfe")).rows == ROWS


def test_a_bomb_is_refused() -> None:
    data = made(record(a="string"), [{"a": "x" * (3 << 20)}], codec="deflate")
    assert len(data) < 10_000
    assert "decompression bomb" in taken(AvroSpec(max_block="1MiB").build(Env()), data).error


def test_rows_before_a_break_are_taken() -> None:
    rows = [{"id": at, "amount": None, "tags": ["x" * 50]} for at in range(5000)]
    data = made(SCHEMA, rows, sync_interval=1000)
    found = taken(Avro(), data[:len(data) // 2])
    assert 2000 < len(found.rows) < 3000 and found.rows == rows[:len(found.rows)]
    assert "ends in the middle" in found.error


def test_bytes_that_are_no_text_are_a_reject() -> None:
    found = taken(Avro(), made(record(a="bytes"), [{"a": b"x"}, {"a": b"\xff"}, {"a": b"y"}]))
    assert found.numbers == [1, 3] and [one.faults[0].code for one in found.rejects] == ["not_text"]


def file(schema: str, count: int, body: bytes) -> bytes:
    """A file as a library would not write it."""
    text = schema.encode()
    return (MAGIC + long(1) + long(11) + b"avro.schema" + long(len(text)) + text + long(0) + SYNC
            + long(count) + long(len(body)) + body + SYNC)


def long(value: int) -> bytes:
    rest, out = value << 1, bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*out, rest])


@pytest.mark.parametrize("schema, count, body, said", [
    ('{"type": "record", "name": "N", "fields": [{"name": "next", "type": ["null", "N"]}]}', 1, b"\2" * 200_000 + b"\0",
     "holds itself"),
    ('{"type": "record", "name": "N", "fields": [{"name": "next", "type": ["null", {"type": "N"}]}]}', 1, b"\0",
     "holds itself"),
    ('{"type": "record", "name": "N", "fields": [{"name": "a", "type": {"type": "array", "items": "null"}}]}', 1,
     long(1 << 60) + b"\0", "lists of nothing"),
    ('{"type": "record", "name": "N", "fields": []}', 1 << 60, b"", "no size"),
    ('{"type": "record", "name": "N", "fields": [{"name": "a", "type": "null"}]}', 1 << 60, b"", "no size"),
    ('{"type": "record", "name": "N", "fields": [{"name": "a", "type": {"type": "fixed", "name": "F", "size": 0}}]}',
     1 << 60, b"", "without any size"),
    ('"int"', 2, b"\2\2", "not records"), ('{"type": "array", "items": "int"}', 1, b"\2\2\0", "not records"),
    ('{"type":' * 100_000, 1, b"", "damaged"), ("[" * 100_000, 1, b"", "damaged"), ("{}", 1, b"", "damaged"),
    ('{"type": "record", "name": "N", "fields": [{"name": "a", "type": "string"}]}', 1, long(1 << 60), "damaged"),
    ('{"type": "record", "name": "N", "fields": [{"name": "a", "type": "int"}]}', 1 << 60, b"\2", "damaged"),
])
def test_attacks_are_refused(schema: str, count: int, body: bytes, said: str) -> None:
    found = taken(Avro(), file(schema, count, body))
    assert said in found.error and len(found.rows) <= 1


@pytest.mark.parametrize("data, said", [
    (b"", "ends in the middle"), (b"a;b\n", "does not begin"), (MAGIC, "ends in the middle"),
    (MAGIC + b"\xff" * 20, "too many bytes"), (MAGIC + long(1) + long(1 << 40), "max_block"),
    (GOOD.replace(b"\x08null", b"\x06lz4"), "packed with lz4"), (GOOD[:-3] + b"abc", "does not end where it says"),
])
def test_what_is_none_is_said(data: bytes, said: str) -> None:
    assert said in taken(Avro(), data).error


def test_it_is_guessed() -> None:
    assert AvroSpec.guess("x", GOOD[:100]).score >= 0.9     # type: ignore[union-attr]
    assert AvroSpec.guess("x.avro", b"a;b") is None


def test_a_library_that_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastavro", None)
    with pytest.raises(Invalid, match=r"pip install 'haulier\[avro\]'"):
        taken(Avro(), GOOD)

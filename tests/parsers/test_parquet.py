"""Parquet files, made here."""
from __future__ import annotations

import datetime as dt
import io
import sys
import uuid
import zoneinfo
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from haulier.core.content import BytesContent
from haulier.model.errors import Invalid
from haulier.parsers.parquet import Parquet, ParquetSpec
from haulier.ports import Parser
from haulier.settings.spec import Env
from haulier.testing.parsers import ParserSuite, taken


def made(table: Any, **settings: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(table), file, **settings)
    return file.getvalue()


GOOD = made({"id": [1, 2, 3], "amount": pa.array([Decimal("1.10"), None, Decimal("-0.01")], pa.decimal128(12, 2)),
             "tags": [["a"], [], None]}, row_group_size=2)


class TestParquet(ParserSuite):
    good = (GOOD, 3)
    fuzzes = 60

    @pytest.fixture
    def parser(self) -> Parser:
        return ParquetSpec().build(Env())

    def long(self) -> Iterator[bytes]:
        count = 22_000
        data = made({"id": range(count), "text": [f"{at:01000}" for at in range(count)]}, row_group_size=2_000,
                    compression=None, use_dictionary=False)
        assert len(data) > 20 << 20
        return iter([data])


def test_values_have_the_types_of_the_file() -> None:
    on, at = dt.date(2026, 1, 2), dt.datetime(2026, 1, 2, 3, 4, 5, 6)
    found = taken(Parquet(), made({
        "decimal": pa.array([Decimal("12345678901234567890123456789012.10")], pa.decimal256(40, 2)),
        "on": [on], "at": [at], "double": [1.5], "yes": [True], "none": pa.nulls(1),
        "word": pa.array(["a"]).dictionary_encode(),
        "ns": pa.array([1_000], pa.timestamp("ns")), "clock": pa.array([dt.time(1, 2)], pa.time64("ns")),
        "zone": pa.array([at], pa.timestamp("us", "UTC")), "bytes": ["Åre".encode()],
        "nested": [{"a": [{"ns": dt.timedelta(seconds=90)}]}],
        "map": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int32()))}))
    assert found.rows == [{
        "decimal": Decimal("12345678901234567890123456789012.10"), "on": on, "at": at, "double": 1.5, "yes": True,
        "none": None, "word": "a", "ns": dt.datetime(1970, 1, 1, 0, 0, 0, 1), "clock": dt.time(1, 2),
        "zone": at.replace(tzinfo=zoneinfo.ZoneInfo("UTC")), "bytes": "Åre", "nested": {"a": [{"ns": "0:01:30"}]},
        "map": {"k": 1}}]
    assert not found.error and type(found.rows[0]["ns"]) is dt.datetime


def test_what_is_finer_than_a_microsecond_is_said() -> None:
    data = made({"a": pa.array([1_767_225_600_000_001_999], pa.timestamp("ns")), "b": [{"t": 1}]})
    [batch, _] = Parquet().parse(BytesContent(data))
    assert batch.rows[0]["a"] == dt.datetime(2026, 1, 1, 0, 0, 0, 1)
    assert [notice.code for notice in batch.notices] == ["nanoseconds_cut"]


@pytest.mark.parametrize("kind", [pa.list_(pa.timestamp("ns")), pa.large_list(pa.timestamp("ns"))])
def test_it_is_cut_off_in_lists_too(kind: Any) -> None:
    found = taken(Parquet(), made({"a": pa.array([[1_001]], kind)}))
    assert found.rows == [{"a": [dt.datetime(1970, 1, 1, 0, 0, 0, 1)]}]
    found = taken(Parquet(), made({"a": pa.array([[("k", 1_001)]], pa.map_(pa.string(), pa.timestamp("ns")))}))
    assert found.rows == [{"a": {"k": dt.datetime(1970, 1, 1, 0, 0, 0, 1)}}]


def test_uuids_are_texts() -> None:
    one = uuid.UUID("2a65a718-7989-42b3-91d0-393a06895bed")
    assert taken(Parquet(), made({"id": pa.array([one.bytes], pa.uuid())})).rows == [{"id": str(one)}]


def test_a_page_that_does_not_fit_its_checksum_refuses_the_file() -> None:
    data = made({"a": ["1000.00", "2000.00"]}, write_page_checksum=True, use_dictionary=False, compression=None,
                write_statistics=False)
    assert taken(Parquet(), data).rows == [{"a": "1000.00"}, {"a": "2000.00"}]
    found = taken(Parquet(), data.replace(b"1000.00", b"9000.00"))
    assert not found.rows and "checksum" in found.error


def test_bytes_that_are_no_text_and_days_that_are_none_are_rejects() -> None:
    found = taken(Parquet(), made({"a": [b"x", b"\xff", b"y"]}))
    assert found.rows == [{"a": "x"}, {"a": "y"}] and found.numbers == [1, 3]
    assert [(one.number, one.faults[0].code, one.faults[0].value) for one in found.rejects] == [(2, "not_text", "ff")]
    found = taken(Parquet(), made({"a": pa.array([1, 9_999_999, 2], pa.date32())}))
    assert [one.number for one in found.rejects] == [2] and len(found.rows) == 2
    assert found.rejects[0].faults[0].code == "not_readable"


def test_large_rows_come_a_few_at_a_time_and_giants_not_at_all() -> None:
    data = made({"a": ["x" * 9_000_000 + str(at) for at in range(7)]}, use_dictionary=False)
    assert [len(batch.rows) for batch in Parquet().parse(BytesContent(data))] == [3, 3, 1, 0]
    data = made({"a": ["x" * 70_000_000]}, use_dictionary=False)
    assert "67108864 are allowed" in taken(Parquet(), data).error


def test_only_some_columns_are_read() -> None:
    assert taken(ParquetSpec(columns=("id",)).build(Env()), GOOD).rows == [{"id": 1}, {"id": 2}, {"id": 3}]


@pytest.mark.parametrize("data", [b"", b"PAR1", b"a;b\n", GOOD[:-1], GOOD[:40] + GOOD[50:], b"PAR1" * 100])
def test_what_is_none_is_said(data: bytes) -> None:
    found = taken(Parquet(), data)
    assert "no Parquet file, or is damaged" in found.error


def test_it_is_guessed() -> None:
    assert ParquetSpec.guess("x", GOOD[:100]).score >= 0.9      # type: ignore[union-attr]
    assert ParquetSpec.guess("x.parquet", b"a;b") is None


def test_a_library_that_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(Invalid, match=r"pip install 'haulier\[parquet\]'"):
        taken(Parquet(), GOOD)

"""Rows to files: on this machine, and at a store in memory."""
from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from haulier.model.errors import AlreadyExists, Stopped, Unavailable
from haulier.model.files import Draft, Entry
from haulier.model.record import Row
from haulier.ports import Sink, Store
from haulier.settings.spec import Env
from haulier.sinks.file import FileSpec
from haulier.stores.local import LocalSpec
from haulier.testing.memory import Memory
from haulier.testing.sinks import Made, SinkSuite, file, keys, stopping


def built(store: Store, scratch: Path | None = None, **facts: Any) -> Sink:
    @contextmanager
    def at(place: Mapping[str, Any] | str) -> Iterator[Store]:
        assert place == "out"
        yield store

    return FileSpec.model_validate({"place": "out", **facts}).build(Env(scratch=scratch, store=at))


def whole(store: Store) -> dict[str, bytes]:
    """Every file there, drafts too."""
    return {entry.path: b"".join(store.read(entry.path))
            for entry in (*store.scan(deep=True), *store.drafts())}


def written(store: Store, rows: Sequence[Row], name: str = "in/payments.csv", **facts: Any) -> bytes:
    with built(store, **facts) as sink:
        sink.begin(file(name))
        assert not sink.put(rows, [str(at) for at in range(len(rows))])
        sink.commit()
    found, = whole(store).values()
    return found


class TestJsonLines(SinkSuite):
    facts: ClassVar[dict[str, Any]] = {}

    @pytest.fixture(autouse=True)
    def at_store(self, tmp_path: Path) -> None:
        self.store: Store = Memory()

    @pytest.fixture
    def made(self) -> Made:
        return lambda: built(self.store, **self.facts)

    def there(self) -> Sequence[int]:
        return [json.loads(line)["id"] for data in whole(self.store).values() for line in data.splitlines()]

    def bad(self, number: int) -> Row | None:
        return {**self.row(number), "name": object()}


class TestJsonLinesHere(TestJsonLines):
    @pytest.fixture(autouse=True)
    def at_store(self, tmp_path: Path) -> None:
        self.store = LocalSpec(path=str(tmp_path / "out")).build(Env(home=tmp_path))


class TestCsv(TestJsonLines):
    facts = {"format": "csv", "encoding": "latin-1"}

    def there(self) -> Sequence[int]:
        return [int(row["id"]) for data in whole(self.store).values()
                for row in csv.DictReader(data.decode("latin-1").splitlines())]

    def bad(self, number: int) -> Row | None:
        return {**self.row(number), "name": "€" if number < 7 else "\u2028"}


class TestParquet(TestJsonLines):
    facts = {"format": "parquet"}

    def there(self) -> Sequence[int]:
        import pyarrow as pa
        import pyarrow.parquet as pq
        tables = [pq.read_table(pa.BufferReader(data)) for data in whole(self.store).values()]
        return [number for table in tables if table.num_columns for number in table.column("id").to_pylist()]

    def bad(self, number: int) -> Row | None:
        return {**self.row(number), **({"more": 1} if number == 4 else {"day": "tomorrow"})}


ROW: Row = {"id": 7, "amount": Decimal("-1234.50"), "day": date(2026, 1, 2),
            "at": datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "ok": True, "none": None, "text": 'a;"b"\nc',
            "list": [1, 2], "part": 0.5}


def test_json_lines() -> None:
    found = written(Memory(), [ROW, {"id": 8}])
    one, other = map(json.loads, found.splitlines())
    assert one == {"id": 7, "amount": "-1234.50", "day": "2026-01-02", "at": "2026-01-02T03:04:00Z", "ok": True,
                   "none": None, "text": 'a;"b"\nc', "list": [1, 2], "part": 0.5}
    assert other == {"id": 8}


def test_csv_of_a_swedish_office() -> None:
    found = written(Memory(), [ROW, {"id": 8}], format="csv", delimiter=";", decimal=",", encoding="utf-8-sig")
    assert found.decode("utf-8-sig") == (
        "id;amount;day;at;ok;none;text;list;part\r\n"
        '7;-1234,50;2026-01-02;2026-01-02T03:04:00+00:00;true;;"a;""b""\nc";[1,2];0,5\r\n'
        "8;;;;;;;;\r\n")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\tx", " =x", "\r=x"])
def test_formulas_are_guarded(text: str) -> None:
    rows: list[Row] = [{"a": text, "b": "fine", "c": -1}]
    table = list(csv.reader(written(Memory(), rows, format="csv").decode().splitlines(keepends=True)))
    assert table[1][0].startswith("'") and table[1][1:] == ["fine", "-1"]
    assert not written(Memory(), rows, format="csv", guard=False).decode().split("\n")[1].startswith("'")


def test_csv_of_chosen_columns_without_names() -> None:
    rows: list[Row] = [{"a": 1, "b": 2}, {"b": 3, "c": 4}]
    assert written(Memory(), rows, format="csv", columns=["c", "b"], header=False) == b",2\r\n4,3\r\n"


def test_parquet_has_types() -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq
    found = pq.read_table(pa.BufferReader(written(Memory(), [ROW], format="parquet"))).to_pylist()
    assert found == [{**ROW, "amount": Decimal("-1234.50000")}]


@pytest.mark.parametrize(("name", "found"), [
    ("", f"payments-{'a' * 16}.jsonl"), ("{name}.jsonl", "payments.csv.jsonl"),
    ("{stem}/{digest}", f"payments/{'a' * 16}"),
    ("{date}-{digest}", f"{{date}}-{'a' * 16}")])
def test_names(name: str, found: str) -> None:
    store, before = Memory(), datetime.now(UTC).date()
    with built(store, name=name) as sink:
        sink.begin(file())
        sink.commit()
    assert [*whole(store)] in [[found.format(date=day)] for day in (before, datetime.now(UTC).date())]


@pytest.mark.parametrize("facts", [{"name": "x"}, {"name": "{day}"}, {"name": "{date}"}, {"delimiter": ""},
                                   {"delimiter": ",", "decimal": ","}, {"delimiter": "\n"}, {"format": "xls"}])
def test_settings_that_cannot_be(facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FileSpec.model_validate({"place": "out", **facts})


def test_another_file_of_that_name_is_not_written_over_unless_that_is_meant() -> None:
    store = Memory()
    for number, facts, error in ((1, {}, False), (1, {}, False), (2, {}, True), (2, {"replace": True}, False)):
        with built(store, name="{stem}.jsonl", **facts) as sink:
            sink.begin(file())
            sink.put([{"id": number}], ["a"])
            if error:
                with pytest.raises(AlreadyExists, match=r"payments\.jsonl: there is another file of that name"):
                    sink.commit()
            else:
                sink.commit()
    assert whole(store) == {"payments.jsonl": b'{"id":2}\n'}


def test_a_crash_on_another_day_leaves_one_file() -> None:
    store = Memory()
    before = f"2020-01-01-{'a' * 16}.jsonl"
    store.files[before] = (b'{"id":1}\n', 0, None)
    with built(store, name="{date}-{digest}.jsonl") as sink:
        sink.begin(file())
        sink.put([{"id": 1}], ["a"])
        sink.commit()
    assert [*whole(store)] == [before]


@pytest.mark.parametrize("name", ["{stem}/{date}-{digest}.jsonl", "{date}/{stem}-{digest}.jsonl"])
def test_the_same_in_folders(name: str) -> None:
    store = Memory()
    before = name.format(stem="payments", date="2020-01-01", digest="a" * 16)
    store.files[before] = (b'{"id":1}\n', 0, None)
    with built(store, name=name) as sink:
        sink.begin(file())
        sink.put([{"id": 1}], ["a"])
        sink.commit()
    assert [*whole(store)] == [before]


class Failing(Memory):
    """Away in the middle of a write, or when a draft is to be seen."""

    fails_at = "write"

    def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
        yield from super().write(draft, body)
        if self.fails_at == "write":
            raise Unavailable("gone")

    def publish(self, draft: Draft) -> Entry:
        found = super().publish(draft)
        if self.fails_at == "publish":
            raise Unavailable("gone")
        return found


@pytest.mark.parametrize("at", ["write", "publish"])
def test_a_place_that_goes_away_at_commit(at: str) -> None:
    store = Failing()
    store.fails_at = at
    with built(store) as sink:
        sink.begin(file())
        sink.put([{"id": 1}], ["a"])
        with pytest.raises(Unavailable):
            sink.commit()
        assert len(whole(store)) == (1 if at == "publish" else 0)
        store.fails_at = ""
        sink.begin(file())
        sink.put([{"id": 1}], ["a"])
        sink.commit()
    assert whole(store) == {f"payments-{'a' * 16}.jsonl": b'{"id":1}\n'}


def test_it_stops_while_it_carries(tmp_path: Path) -> None:
    store = Memory()
    rows: list[Row] = [{"id": number, "text": "x" * 100} for number in range(10000)]
    with built(store, tmp_path) as sink:
        sink.begin(file(), stopping(4))
        sink.put(rows, keys(rows))
        with pytest.raises(Stopped):
            sink.commit()
    assert not whole(store) and not [*tmp_path.iterdir()]

"""Rows to functions in the folder of tasks."""
from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from haulier.model.errors import HaulierError, Invalid, Unavailable
from haulier.model.record import Row
from haulier.ports import Refusal, Sink
from haulier.settings.spec import Env
from haulier.sinks.python import PythonSpec
from haulier.testing.sinks import Made, SinkSuite, file, keys

TAKEN = """
import json, time
from pathlib import Path
folder = Path(__file__).parent
def keep(row, key):
    while (folder / "wait").exists():
        time.sleep(0.02)
    if row["name"] == "bad":
        raise ValueError("a bad row")
    if not (folder / f"{key}.row").exists():
        (folder / f"{key}.row").write_text(str(row["id"]))
def one(row, key):
    keep(row, key)
async def some(row, *, key):
    import asyncio
    while (folder / "wait").exists():
        await asyncio.sleep(3600)
    keep(row, key)
def batch(rows, keys):
    wrong = {}
    for at, (row, key) in enumerate(zip(rows, keys)):
        try:
            keep(row, key)
        except ValueError as error:
            wrong[at] = error
    return wrong
"""


def built(folder: Path, code: str, call: str = "take.py:take", **facts: Any) -> Sink:
    (folder / "take.py").write_text(code)
    return PythonSpec.model_validate({"call": call, **facts}).build(Env(home=folder, tasks=folder))


def put(folder: Path, code: str, rows: Sequence[Row], **facts: Any) -> Sequence[Refusal]:
    with built(folder, code, **facts) as sink:
        sink.begin(file())
        return sink.put(rows, keys(rows))


class TestRows(SinkSuite):
    facts: ClassVar[dict[str, Any]] = {"call": "take.py:one"}

    @pytest.fixture(autouse=True)
    def at_folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    @pytest.fixture
    def made(self) -> Made:
        return lambda: built(self.folder, TAKEN, **self.facts)

    def there(self) -> Sequence[int]:
        return [int(path.read_text()) for path in self.folder.glob("*.row")]

    def bad(self, number: int) -> Row | None:
        return {**self.row(number), "name": "bad"}

    @contextlib.contextmanager
    def hanging(self) -> Iterator[None]:  # type: ignore[override]
        (self.folder / "wait").touch()
        yield
        (self.folder / "wait").unlink()


class TestAsyncRows(TestRows):
    facts = {"call": "take.py:some"}


class TestBatches(TestRows):
    facts = {"call": "take.py:batch", "per": "batch"}


ROWS: list[Row] = [{"id": number} for number in range(1, 4)]


def test_a_function_that_wants_no_key(tmp_path: Path) -> None:
    assert not put(tmp_path, "took = []\ndef take(row, more=1):\n    assert more == 1 and row['id'] in (1, 2, 3)", ROWS)


def test_a_second_argument_is_the_key(tmp_path: Path) -> None:
    assert not put(tmp_path, "def take(row, idem):\n    assert idem == f\"a{row['id']:0>8}\", idem", ROWS)


def test_what_is_refused_says_why(tmp_path: Path) -> None:
    refused = put(tmp_path, "def take(row):\n    if row['id'] > 1: raise KeyError('no payer', row['id'])", ROWS)
    assert [(one.at, one.fault.reason) for one in refused] == [(1, "KeyError: ('no payer', 2)"),
                                                               (2, "KeyError: ('no payer', 3)")]
    refused = put(tmp_path, "def take(rows):\n    return {1: 'not this one'}", ROWS, per="batch")
    assert [(one.at, one.fault.reason) for one in refused] == [(1, "not this one")]


@pytest.mark.parametrize("place", ["3", "-1", "'0'"])
def test_a_place_that_there_is_not(tmp_path: Path, place: str) -> None:
    with pytest.raises(Invalid, match="and has 3, from 0 on"):
        put(tmp_path, f"def take(rows):\n    return {{{place}: 'not this one'}}", ROWS, per="batch")


def test_an_async_function_for_lists(tmp_path: Path) -> None:
    code = "async def take(rows, keys):\n    return {2: keys[2]} if len(rows) == 3 else None"
    assert [(one.at, one.fault.reason) for one in put(tmp_path, code, ROWS, per="batch")] == [(2, "a00000003")]


def test_async_functions_run_beside_each_other_in_one_loop(tmp_path: Path) -> None:
    code = """
import asyncio
seen = asyncio.Event(); loops = set(); count = 0
async def take(row):
    global count
    count += 1
    loops.add(asyncio.get_running_loop())
    assert len(loops) == 1
    if count % 3 == 0: seen.set()
    await asyncio.wait_for(seen.wait(), 20)
"""
    with built(tmp_path, code, concurrency=3) as sink:
        sink.begin(file())
        assert not sink.put(ROWS, ["a", "b", "c"])
        assert not sink.put(ROWS, ["d", "e", "f"])


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_what_is_no_rows_fault_is_for_later_and_what_was_done_is_not_done_again(tmp_path: Path, kind: str) -> None:
    code = f"""
from haulier.model.errors import Unavailable
taken = []; away = True
{kind} take(row):
    global away
    if row["id"] == 2 and away:
        away = False
        raise Unavailable("the other side is away")
    taken.append(row["id"])
    if row["id"] == 3:
        assert sorted(taken) == [1, 2, 3], taken
"""
    with built(tmp_path, code, concurrency=1) as sink:
        sink.begin(file())
        with pytest.raises(Unavailable):
            sink.put(ROWS, keys(ROWS))
        assert not sink.put(ROWS, keys(ROWS))


def test_a_batch_that_fails_as_a_whole_is_not_guessed_at(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"take\.py:take: ValueError: no; for rows that are to be refused, return"):
        put(tmp_path, "def take(rows):\n    raise ValueError('no')", ROWS, per="batch")


@pytest.mark.parametrize(("code", "said"), [
    ("def other(row): pass", "no function take"), ("def take(: pass", "take.py, line 1"),
    ("def take(): pass", "takes no row"), ("def take(row, key, more): pass", "needs more"),
    ("import nothing_of_that_name", "ModuleNotFoundError"), ("take = 1", "no function take")])
def test_functions_that_cannot_be(tmp_path: Path, code: str, said: str) -> None:
    with pytest.raises(HaulierError, match=said):
        built(tmp_path, code)


def test_only_files_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "out.py").write_text("def take(row): pass")
    with pytest.raises(Invalid, match="outside the folder"):
        PythonSpec(call="../out.py:take").build(Env(home=tmp_path, tasks=tmp_path / "tasks"))
    with pytest.raises(Invalid, match="not there"):
        PythonSpec(call="no.py:take").build(Env(home=tmp_path))
    for call in ("take.py", "take:take", "x.py:a b"):
        with pytest.raises(ValidationError):
            PythonSpec(call=call)


def test_its_settings_are_json() -> None:
    assert json.dumps(PythonSpec.model_json_schema())

"""The suite every sink must pass. Subclass it, say how one is made and what is there, and that is the test file.

    class TestMine(SinkSuite):
        @pytest.fixture
        def made(self) -> Iterator[Callable[[], Sink]]:
            yield lambda: Mine(...)

        def there(self) -> Sequence[int]:
            return [row["id"] for row in everything_at_the_far_side()]
"""
from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import ClassVar

import pytest

from ..model.errors import HaulierError, Stopped
from ..model.record import Row
from ..ports import FileKey, Sink

PATIENCE = 20.0
"""Seconds in which work that is to stop has stopped."""
Made = Callable[[], Sink]


class _Asked(Stopped):
    """Raised by the check of a test."""


def file(name: str = "in/payments.csv", digest: str = "a" * 64) -> FileKey:
    return FileKey("nightly/bank", digest, name)


def keys(rows: Sequence[Row], of: str = "a") -> list[str]:
    """Of each row, by its `id`."""
    return [f"{of}{row['id']:0>8}" for row in rows]


def stopping(after: int = 0) -> Callable[[], None]:
    """A check that raises from its `after`th call on."""
    calls = [0]

    def check() -> None:
        calls[0] += 1
        if calls[0] > after:
            raise _Asked("asked to stop")

    return check


class SinkSuite:
    """Override `made` and `there`; `bad`, `failing` and `hanging` where there are such things."""

    secret: ClassVar[str] = ""
    """What the settings of `failing` have in them and nobody may be told."""

    @pytest.fixture
    def made(self) -> Made:
        """Each call makes a sink anew for the same far side, as another process would."""
        raise NotImplementedError

    def there(self) -> Sequence[int]:
        """The `id` of each row that can be seen at the far side, as often as it is there."""
        raise NotImplementedError

    def row(self, number: int) -> Row:
        """A row that is fine; `id` is its number."""
        return {"id": number, "name": f"Åsa {number}", "amount": Decimal(f"{number}.50"), "day": date(2026, 1, 2)}

    def bad(self, number: int) -> Row | None:
        """One that the far side would not have; None: it has everything."""
        return None

    def failing(self) -> Sink | None:
        """One that cannot do anything, with the secret in its settings; None if there is no secret."""
        return None

    def hanging(self) -> AbstractContextManager[object] | None:
        """While it is entered the far side does not answer; None: that cannot be."""
        return None

    def rows(self, first: int, count: int) -> list[Row]:
        return [self.row(number) for number in range(first, first + count)]

    def taken(self, sink: Sink, rows: Sequence[Row], name: FileKey | None = None) -> None:
        """One file, from beginning to end."""
        if not sink.begin(name or file()):
            assert not sink.put(rows, keys(rows))
            sink.commit()

    def test_rows_are_there_after_commit(self, made: Made) -> None:
        with made() as sink:
            self.taken(sink, self.rows(1, 5))
        assert sorted(self.there()) == [1, 2, 3, 4, 5]

    def test_nothing_is_seen_before_commit_unless_it_is_final(self, made: Made) -> None:
        rows = self.rows(1, 5)
        with made() as sink:
            assert sink.begin(file()) is False
            assert not sink.put(rows, keys(rows))
            assert sorted(self.there()) == ([1, 2, 3, 4, 5] if sink.is_final else [])
            sink.commit()

    def test_after_abort_only_what_is_final_is_there(self, made: Made) -> None:
        rows = self.rows(1, 5)
        with made() as sink:
            sink.begin(file())
            sink.put(rows, keys(rows))
            sink.abort()
            sink.abort()
            assert sorted(self.there()) == ([1, 2, 3, 4, 5] if sink.is_final else [])
            if not sink.is_final:
                self.taken(sink, rows)
        assert sorted(self.there()) == [1, 2, 3, 4, 5]

    def test_closing_aborts_and_may_be_done_twice(self, made: Made) -> None:
        sink, rows = made(), self.rows(1, 3)
        sink.begin(file())
        sink.put(rows, keys(rows))
        sink.close()
        sink.close()
        assert sorted(self.there()) == ([1, 2, 3] if sink.is_final else [])

    def test_the_same_keys_twice_have_one_effect(self, made: Made) -> None:
        rows = self.rows(1, 5)
        with made() as sink:
            sink.begin(file())
            for _ in range(3):
                assert not sink.put(rows, keys(rows))
            sink.commit()
        assert sorted(self.there()) == [1, 2, 3, 4, 5]

    def test_many_batches_and_an_empty_one(self, made: Made) -> None:
        with made() as sink:
            sink.begin(file())
            for first in range(1, 401, 40):
                rows = self.rows(first, 40)
                assert not sink.put(rows, keys(rows))
                assert not sink.put([], [])
            sink.commit()
        assert sorted(self.there()) == [*range(1, 401)]

    def test_one_file_after_another(self, made: Made) -> None:
        with made() as sink:
            for first in (1, 11, 21):
                self.taken(sink, self.rows(first, 3), file(f"in/{first}.csv", f"{first:064x}"))
        assert sorted(self.there()) == [1, 2, 3, 11, 12, 13, 21, 22, 23]

    def test_a_file_without_rows(self, made: Made) -> None:
        with made() as sink:
            assert sink.begin(file()) is False
            sink.commit()
        assert not self.there()

    def test_a_process_that_dies_and_the_next_one_have_one_effect(self, made: Made) -> None:
        rows = self.rows(1, 6)
        with made() as dying:
            dying.begin(file())
            dying.put(rows[:3], keys(rows[:3]))
        with made() as sink:
            assert sink.begin(file()) is False
            for some in (rows[:3], rows[3:]):
                assert not sink.put(some, keys(some))
            sink.commit()
        assert sorted(self.there()) == [1, 2, 3, 4, 5, 6]

    def test_a_commit_that_was_not_heard_of_has_one_effect(self, made: Made) -> None:
        for _ in range(2):
            with made() as sink:
                self.taken(sink, self.rows(1, 4))
        assert sorted(self.there()) == [1, 2, 3, 4]

    def test_refusals_are_of_the_rows_that_are_wrong(self, made: Made) -> None:
        wrong = {3: self.bad(4), 0: self.bad(1), 6: self.bad(7)}
        if wrong[0] is None:
            pytest.skip("has none")
        rows = [wrong.get(at) or row for at, row in enumerate(self.rows(1, 8))]
        names = [f"b{at}" for at in range(8)]
        with made() as sink:
            sink.begin(file())
            assert not sink.put(self.rows(101, 2), ["b101", "b102"])
            for _ in range(2):
                refused = sink.put(rows, names)
                assert sorted(one.at for one in refused) == [0, 3, 6]
                assert all(one.fault.code and one.fault.reason for one in refused)
            sink.commit()
        assert sorted(self.there()) == [2, 3, 5, 6, 8, 101, 102]

    def test_it_stops_while_the_far_side_does_not_answer(self, made: Made) -> None:
        if (hanging := self.hanging()) is None:
            pytest.skip("has none")
        rows = self.rows(1, 5)
        with made() as sink:
            sink.begin(file(), stopping(3))
            with hanging:
                began = time.monotonic()
                with pytest.raises(_Asked):
                    sink.put(rows, keys(rows))
                assert time.monotonic() - began < PATIENCE

    def test_it_leaves_no_thread(self, made: Made) -> None:
        before = {*threading.enumerate()}
        with made() as sink:
            self.taken(sink, self.rows(1, 3))
            mine = {thread for thread in threading.enumerate() if thread.name.startswith("rows to")}
        assert not {thread for thread in mine - before if thread.is_alive()}

    def test_errors_tell_no_secret(self) -> None:
        if (sink := self.failing()) is None:
            pytest.skip("has none")
        with sink, pytest.raises(HaulierError) as raised:
            self.taken(sink, self.rows(1, 2))
        cause: BaseException | None = raised.value
        while cause is not None:
            assert self.secret not in str(cause) and self.secret not in repr(cause)
            cause = cause.__cause__ if cause.__suppress_context__ or cause.__cause__ else cause.__context__
        assert self.secret not in repr(sink) + str(vars(sink))

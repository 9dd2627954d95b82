"""An API that answers a server error to one row, each time: the row is refused, and an API that is away is not."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from haulier.model.errors import Unavailable
from haulier.sinks.http_place import Place
from haulier.sinks.http_request import Format, Target
from haulier.sinks.http_sink import HttpSink, Way
from haulier.testing.servers.books import Answer, Asked, Books
from haulier.testing.sinks import file, keys
from rooms.test_sink_http_away import HandClock, rows

Fails = Callable[[Asked], bool]


class Failing(Books):
    """It answers 500 to what it cannot cope with."""

    fails: Fails = staticmethod(lambda asked: False)

    def _handled(self, method: str, path: str, headers: Any, body: bytes) -> Answer:
        asked = Asked(method, path, headers, body)
        if self.fails(asked):
            self.asked.append(asked)
            return Answer(500, {"error": "division by zero"})
        return super()._handled(method, path, headers, body)


@pytest.fixture
def books() -> Iterator[Failing]:
    with Failing() as books:
        yield books


def has(*numbers: int) -> Fails:
    return lambda asked: any(f'"id":{number}' + end in asked.body.decode() for number in numbers for end in ",}")


def sink_at(books: Books, *, batch: int = 1, lanes: int = 8, checkpoint: int = 0, key: str = "idempotency-key"
            ) -> HttpSink:
    return HttpSink(Place.of(books.url, 5, 5), Target("POST", books.url, {}, key),
                    Format(False, batch > 1, "", "key"), Way(batch, lanes, 60, checkpoint=checkpoint), HandClock())


@pytest.mark.parametrize("lanes", [1, 8])
@pytest.mark.parametrize("bad", [(1,), (20,), (40,), (3, 4, 5, 39, 40)])
def test_rows_that_it_always_fails_at(books: Failing, bad: tuple[int, ...], lanes: int) -> None:
    books.fails = has(*bad)
    some = rows(40)
    with sink_at(books, lanes=lanes) as sink:
        sink.begin(file())
        out = sink.put(some, keys(some))
        sink.commit()
    assert [some[one.at]["id"] for one in out] == list(bad) and not books.twice
    assert {one.fault.code for one in out} == {"http_500"}
    assert out[0].fault.reason == "the API answered 500: division by zero each time, and takes other rows"
    assert len(books.kept) == 40 - len(bad)


def test_a_list_with_one(books: Failing) -> None:
    books.fails = has(77)
    some = rows(100)
    with sink_at(books, batch=100) as sink:
        sink.begin(file())
        out = sink.put(some, keys(some))
    assert [one.at for one in out] == [76] and len(books.kept) == 99 and not books.twice


def test_what_came_before_tells_too(books: Failing) -> None:
    books.fails = has(2)
    with sink_at(books) as sink:
        sink.begin(file())
        assert not sink.put(rows(1), keys(rows(1)))
        assert [one.at for one in sink.put(rows(1, 2), keys(rows(1, 2)))] == [0]
    assert len(books.kept) == 1 and not books.twice


@pytest.mark.parametrize("lanes", [1, 8])
@pytest.mark.parametrize("batch", [1, 10])
def test_all_of_them_is_no_fault_of_a_row(books: Failing, batch: int, lanes: int) -> None:
    """In the middle of a file, and from its beginning."""
    first, then = rows(20), rows(40, 21)
    with sink_at(books, batch=batch, lanes=lanes) as sink:
        sink.begin(file())
        assert not sink.put(first, keys(first))
        books.fails = lambda asked: True
        with pytest.raises(Unavailable, match="answered 500"):
            sink.put(then, keys(then))
    with sink_at(books, batch=batch, lanes=lanes) as sink:
        sink.begin(file())
        with pytest.raises(Unavailable, match="answered 500"):
            sink.put(then, keys(then))
        books.fails = lambda asked: False
        assert not sink.put(then, keys(then))
    assert len(books.kept) == 60 and not books.twice


def test_without_keys_nothing_is_sent_again(books: Failing) -> None:
    """Other rows tell, if there are some behind it."""
    books.fails, books.deaf = has(3, 9), True
    with sink_at(books, lanes=1, key="") as sink:
        sink.begin(file())
        assert [one.at for one in sink.put(rows(8), keys(rows(8)))] == [2]
        with pytest.raises(Unavailable, match="answered 500"):
            sink.put(rows(1, 9), keys(rows(1, 9)))
    assert [row["id"] for row in books.kept] == [1, 2, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("checkpoint", [0, 1])
def test_the_only_row_may_be_no_fault_of_its_own(books: Failing, checkpoint: int) -> None:
    books.fails, books.deaf = has(1), bool(checkpoint)
    with sink_at(books, lanes=1, checkpoint=checkpoint) as sink:
        sink.begin(file())
        with pytest.raises(Unavailable, match="answered 500"):
            sink.put(rows(1), keys(rows(1)))
        books.fails = has(9)
        assert not sink.put(rows(1), keys(rows(1)))
        if checkpoint:      # nothing is sent again to an API that does not know keys
            with pytest.raises(Unavailable, match="answered 500"):
                sink.put(rows(1, 9), keys(rows(1, 9)))
    assert len(books.kept) == 1 and not books.twice

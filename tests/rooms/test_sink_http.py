"""Rows to an API, against a real server on loopback that behaves and misbehaves."""
from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from decimal import Decimal
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from haulier.model.errors import Denied, HaulierError, Invalid, Stopped, Throttled, Unavailable
from haulier.model.record import Row
from haulier.ports import Refusal, Sink
from haulier.settings.filling import secret_fields
from haulier.settings.spec import Env
from haulier.sinks import http_line
from haulier.sinks.http import HttpSpec
from haulier.testing.servers import bound
from haulier.testing.servers.books import Answer, Books
from haulier.testing.servers.receiver import Receiver
from haulier.testing.servers.smtp import certificate
from haulier.testing.sinks import Made, SinkSuite, file, keys, stopping

SECRET = "hunter2-of-the-api"


@pytest.fixture
def books() -> Iterator[Books]:
    with Books() as books:
        yield books


def told(value: SecretStr) -> str:
    return value.get_secret_value().replace("${TOKEN}", SECRET)


def built(url: str, **facts: Any) -> Sink:
    return HttpSpec.model_validate({"url": url, **facts}).build(Env(secret=told))


def refuses_negative(row: Any) -> str:
    return "the amount is negative" if str(row.get("amount", "")).startswith("-") else ""


def numbered(count: int, first: int = 1) -> list[Row]:
    return [{"id": number, "amount": Decimal(number)} for number in range(first, first + count)]


def put(books: Books, rows: Sequence[Row], **facts: Any) -> Sequence[Refusal]:
    with built(**{"url": books.url, **facts}) as sink:
        sink.begin(file())
        return sink.put(rows, keys(rows))


class TestHttp(SinkSuite):
    secret = SECRET
    facts: dict[str, Any] = {}

    @pytest.fixture(autouse=True)
    def at_books(self, books: Books) -> None:
        self.books = books
        books.refuses = refuses_negative

    @pytest.fixture
    def made(self) -> Made:
        return lambda: built(self.books.url, **self.facts)

    def there(self) -> Sequence[int]:
        return [row["id"] for row in self.books.kept]

    def bad(self, number: int) -> Row | None:
        return {**self.row(number), "amount": Decimal(-1)}

    def failing(self) -> Sink | None:
        self.books.answers = [Answer(400, {"error": f"bad token {SECRET}"}), Answer(401, {"error": SECRET})]
        sink = built(self.books.url, auth={"type": "bearer", "token": "${TOKEN}"}, headers={"X-Key": "${TOKEN}"},
                     concurrency=1)
        sink.begin(file())
        refused, = sink.put([self.row(1)], ["k"])
        assert "bad token" in refused.fault.reason and SECRET not in refused.fault.reason
        return sink

    @contextlib.contextmanager
    def hanging(self) -> Iterator[None]:  # type: ignore[override]
        self.books.delay = 3600.0
        yield


class TestHttpInLists(TestHttp):
    facts = {"batch": 4, "key_field": "key", "wrap": "rows"}


class TestHttpInListsWithResults(TestHttp):
    facts = {"batch": 4, "key_field": "key"}

    @pytest.fixture(autouse=True)
    def at_books_that_tell(self, at_books: None) -> None:
        self.books.tells_each = True


def test_what_is_sent(books: Books) -> None:
    row = {"id": 1, "amount": Decimal("10.50"), "name": "a/b ö?", "of": None}
    assert not put(books, [row], url=books.url.replace("/rows", "/of/{name}?at={id}"), auth={
        "username": "me", "password": "${TOKEN}"}, tenant="t1", headers={"X-More": "${TOKEN}"}, method="PUT")
    asked, = books.asked
    assert asked.method == "PUT" and asked.path == "/of/a%2Fb%20%C3%B6%3F?at=1"
    assert asked.headers["idempotency-key"] == keys([row])[0]
    assert asked.headers["x-tenant-id"] == "t1" and asked.headers["x-more"] == SECRET
    assert asked.headers["authorization"].startswith("Basic ")
    assert json.loads(asked.body) == {"id": 1, "amount": "10.50", "name": "a/b ö?", "of": None}


def test_lists_wrapped_with_keys_and_numbers(books: Books) -> None:
    rows = numbered(3)
    assert not put(books, rows, batch=2, wrap="rows", key_field="k", decimals="number", concurrency=1)
    one, other = books.asked
    assert json.loads(one.body) == {"rows": [{"id": 1, "amount": 1, "k": keys(rows)[0]},
                                             {"id": 2, "amount": 2, "k": keys(rows)[1]}]}
    assert json.loads(other.body)["rows"][0]["id"] == 3
    assert len({one.headers["idempotency-key"], other.headers["idempotency-key"], *keys(rows)}) == 4


def test_a_key_that_would_write_over_a_column(books: Books) -> None:
    with pytest.raises(Invalid, match="key_field: rows have the column id"):
        put(books, numbered(3), batch=2, key_field="id")
    assert not books.kept


def test_a_row_without_its_part_of_the_address_is_refused(books: Books) -> None:
    rows: list[Row] = [{"id": 1, "code": "x"}, {"id": 2, "code": ".."}, {"id": 3}, {"id": 4, "code": object()}]
    refused = put(books, rows, url=f"{books.url}/{{code}}")
    assert [(one.at, one.fault.code) for one in refused] == [(1, "no_address"), (2, "no_address"), (3, "no_json")]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(books: Books, status: int) -> None:
    books.answers = [Answer(status), Answer(status)]
    assert not put(books, numbered(1))
    assert len(books.asked) == 3 and len({asked.headers["idempotency-key"] for asked in books.asked}) == 1
    assert len(books.kept) == 1


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_obeyed_by_all(books: Books, as_date: bool) -> None:
    due = int(time.time()) + 2
    wait = formatdate(due, usegmt=True) if as_date else "1"
    books.answers = [Answer(429, None, {"Retry-After": wait})]
    times: list[float] = []
    books.refuses = lambda row: times.append(time.time()) or ""     # type: ignore[func-returns-value]
    began = time.time()
    assert not put(books, numbered(60), concurrency=4)
    # Those that were on their way when it came are answered at once; all others wait.
    until = due if as_date else began + 1
    assert sum(at < until - 0.4 for at in times) < 60 and max(times) >= until - 0.1
    assert len(books.kept) == 60 and not books.twice


def test_longer_than_the_budget_is_for_later(books: Books) -> None:
    books.answers = [Answer(503, None, {"Retry-After": "3600"})]
    with pytest.raises(Throttled) as raised:
        put(books, numbered(1))
    assert raised.value.retry_after == 3600


def test_an_api_that_is_down_and_back(books: Books) -> None:
    rows = numbered(40)
    with built(books.url, budget=0.3) as sink:
        sink.begin(file())
        assert not sink.put(rows[:10], keys(rows[:10]))
        books.down()
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1:\d+: cannot be reached"):
            sink.put(rows[10:], keys(rows[10:]))
        books.up()
        assert not sink.put(rows[10:], keys(rows[10:]))
    assert len(books.kept) == 40 and not books.twice


def test_an_api_that_comes_back_in_time_is_waited_for(books: Books) -> None:
    books.down()
    timer = threading.Timer(0.5, books.up)
    timer.start()
    assert not put(books, numbered(20), budget=20)
    timer.join()
    assert len(books.kept) == 20 and not books.twice


@pytest.mark.parametrize("facts", [{}, {"batch": 5, "key_field": "key"}])
def test_answers_that_are_lost_post_nothing_twice(books: Books, facts: dict[str, Any]) -> None:
    books.losing = 3
    assert not put(books, numbered(20), **facts)
    assert len(books.kept) == 20 and not books.twice


def test_what_was_done_before_a_failure_is_not_sent_again(books: Books) -> None:
    rows = numbered(6)
    with built(books.url, budget=0, concurrency=1) as sink:
        sink.begin(file())
        books.refuses = lambda row: "no" if row["id"] == 2 else ""
        books.delay = 0
        original = books.refuses
        books.refuses = lambda row: (books.answers.append(Answer(503)) if row["id"] == 4 and len(books.kept) == 2
                                     else None) or original(row)  # type: ignore[func-returns-value]
        with pytest.raises(Unavailable, match="answered 503"):
            sink.put(rows, keys(rows))
        assert [one.at for one in sink.put(rows, keys(rows))] == [1]
    assert [json.loads(asked.body)["id"] for asked in books.asked] == [1, 2, 3, 4, 5, 5, 6]


@pytest.mark.parametrize("status", [401, 403])
def test_a_sign_in_that_is_refused_stops_all(books: Books, status: int) -> None:
    books.answers = [Answer(status)] * 100
    with pytest.raises(Denied, match=f"POST http://127.0.0.1:{books.port}/rows answered {status}: not allowed"):
        put(books, numbered(100), concurrency=4)
    assert len(books.asked) <= 8


@pytest.mark.parametrize(("status", "error"), [(302, Invalid), (405, Invalid), (501, Unavailable)])
def test_what_no_row_can_put_right(books: Books, status: int, error: type[HaulierError]) -> None:
    books.answers = [Answer(status)]
    with pytest.raises(error, match=f"answered {status}"):
        put(books, numbered(1), budget=0)


@pytest.mark.parametrize("status", [400, 404, 409, 410, 422])
def test_what_is_the_rows_fault(books: Books, status: int) -> None:
    books.answers = [Answer(status, {"detail": [{"loc": ["body", "amount"], "msg": "too small"}]})]
    refused, = put(books, numbered(1))
    assert refused.at == 0 and refused.fault.code == f"http_{status}" and "too small" in refused.fault.reason
    assert len(books.asked) == 1


@pytest.mark.parametrize("status", [409, 422])
def test_a_key_that_the_api_knows_is_done(books: Books, status: int) -> None:
    rows = numbered(3)
    assert not put(books, rows)
    books.again = status
    assert not put(books, rows)
    assert len(books.kept) == 3
    assert [one.at for one in put(books, rows, already=[])] == [0, 1, 2]


def test_a_conflict_after_a_lost_answer_is_asked_again(books: Books) -> None:
    books.answers = [Answer(cuts=True), Answer(409, {"error": "still at it"}), Answer(409, {"error": "still at it"})]
    assert not put(books, numbered(1))
    assert len(books.asked) == 4 and len(books.kept) == 1


def test_lists_that_are_too_long_are_halved(books: Books) -> None:
    books.limit = 3
    assert not put(books, numbered(40), batch=16, key_field="key", concurrency=1)
    assert [row["id"] for row in books.kept] == [*range(1, 41)]
    assert len(books.asked) <= 40


def test_results_for_each_row(books: Books) -> None:
    books.answers = [Answer(207, {"results": [{"status": 201}, {"status": 422, "error": {"message": "no such payer"}},
                                              {"status": 503}, {"status": 409, "code": "already_exists"}]})]
    refused, = put(books, numbered(4), batch=4, key_field="key")
    assert refused.at == 1 and refused.fault == ("http_422", "the API answered 422: no such payer", "", "")
    assert [row["id"] for row in books.kept] == [3]


def test_results_that_do_not_fit_are_not_guessed_at(books: Books) -> None:
    books.answers = [Answer(207, [{"status": 201}])]
    with pytest.raises(Invalid, match="207 without a result for each row"):
        put(books, numbered(2), batch=2)


def test_bad_rows_in_lists_are_found(books: Books) -> None:
    books.refuses = lambda row: "odd one" if row["id"] in (17, 63, 64) else ""
    refused = put(books, numbered(100), batch=100, key_field="key")
    assert [one.at for one in refused] == [16, 62, 63] and len(books.kept) == 97 and not books.twice
    assert len(books.asked) < 50


def test_it_stops_while_it_waits(books: Books) -> None:
    books.answers = [Answer(429, None, {"Retry-After": "50"})] * 10
    with built(books.url) as sink:
        sink.begin(file(), stopping(3))
        with pytest.raises(Stopped):
            sink.put(numbered(5), keys(numbered(5)))
    books.answers = []
    assert not put(books, numbered(5))


def test_secured_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = certificate(tmp_path)
    with Receiver(certificate=made) as receiver:
        url = receiver.url.replace("127.0.0.1", "localhost")
        with built(url) as sink, pytest.raises(Denied, match="its certificate is not trusted"):
            sink.begin(file())
            sink.put(numbered(1), ["a"])
        assert not receiver.posts
        http_line._trusted.cache_clear()
        monkeypatch.setenv("SSL_CERT_FILE", str(made[0]))
        with built(url) as sink:
            sink.begin(file())
            assert not sink.put(numbered(20), keys(numbered(20)))
        assert len(receiver.posts) == 20
    http_line._trusted.cache_clear()


def test_a_server_that_speaks_something_else(books: Books) -> None:
    with pytest.raises(Unavailable):
        put(books, numbered(1), url=books.url.replace("http:", "https:"), budget=0)


@pytest.mark.parametrize("facts", [
    {"url": "ftp://x/y"}, {"url": "https://me:pw@x/"}, {"url": "https://{host}/x"}, {"url": "http://x/{i}", "batch": 2},
    {"wrap": "rows"}, {"headers": {"Host": "y"}}, {"auth": {}}, {"key_header": "a b"}, {"batch": 0}])
def test_settings_that_cannot_be(facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        HttpSpec.model_validate({"url": "https://x/", **facts})


def test_what_is_kept_secret() -> None:
    assert secret_fields(HttpSpec) >= {"headers"}
    spec = HttpSpec.model_validate({"url": "https://x/", "auth": {"type": "bearer", "token": SECRET},
                                    "headers": {"X": SECRET}})
    assert SECRET not in repr(spec) + spec.model_dump_json()


_WORKER = """
import json, sys
from haulier.settings.spec import Env
from haulier.sinks import http_line
from haulier.sinks.http import HttpSpec
from haulier.testing.sinks import file, keys
with HttpSpec.model_validate(json.loads(sys.argv[1])).build(Env()) as sink:
    sink.begin(file())
    for first in range(0, 300, 50):
        rows = [{"id": at} for at in range(first, first + 50)]
        print(first, flush=True)
        assert not sink.put(rows, keys(rows))
"""


@pytest.mark.parametrize("facts", [{"batch": 7, "key_field": "key"}, {}])
def test_killed_at_any_moment_each_row_is_posted_once(books: Books, facts: dict[str, Any]) -> None:
    books.delay = 0.002
    for lines in (3, 99):
        worker = subprocess.Popen(bound([sys.executable, "-c", _WORKER, json.dumps({"url": books.url, **facts})]),
                                  stdout=subprocess.PIPE)
        assert worker.stdout
        for _ in range(lines):
            if not worker.stdout.readline():
                break
        else:
            worker.kill()
        worker.stdout.close()
        code = worker.wait(60)
    assert code == 0
    assert sorted(row["id"] for row in books.kept) == [*range(300)] and not books.twice
    assert len(books.asked) > (300 if not facts else 300 // 7)

"""The client for APIs: quick to make anew, with the key of the row, and patient."""
from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from haulier.imports import GenericImportPipeline, ImportApiClient, PipelineResult, SourceFile, close_connections
from haulier.model.errors import AlreadyExists, Denied, HaulierError, Invalid, Throttled, Unavailable
from haulier.testing.servers.books import Answer, Books

TABLE = b"id\n" + b"".join(b"%d\n" % n for n in range(20))


@pytest.fixture
def server() -> Iterator[Books]:
    with Books(token="t0ken") as found:
        yield found


def client(server: Books, token: str = "t0ken", **more: Any) -> ImportApiClient:
    return ImportApiClient(f"http://127.0.0.1:{server.port}/api/", token, "tenant_123", **more)


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    async def all_() -> Any:
        try:
            return await work()
        finally:
            await close_connections()

    return asyncio.run(all_())


def take(function: Callable[[dict[str, Any]], Awaitable[Any]], **more: Any) -> PipelineResult:
    pipeline = GenericImportPipeline("sync", "csv", function, **more)
    return run(lambda: pipeline.process(SourceFile("in.csv", TABLE)))


def test_each_row_is_posted_once_with_its_key_and_connections_stay(server: Books) -> None:
    async def push_row(row: dict[str, Any]) -> None:
        async with client(server) as api:
            await api.post("/products", data=row)

    opened: list[Any] = []
    desk = server._desk
    assert desk is not None
    accept = desk._server.process_request
    desk._server.process_request = lambda *a: (opened.append(a), accept(*a))[1]  # type: ignore[method-assign,func-returns-value]
    server.losing = 5
    assert take(push_row).success and take(push_row).success, "an answer that is lost is asked for again"
    assert len(server.kept) == 20 and not server.twice
    first = server.asked[0]
    assert first.path == "/api/products" and first.headers["x-tenant-id"] == "tenant_123"
    assert len({one.headers["idempotency-key"] for one in server.asked}) == 20
    assert len(opened) <= 2 * 8 + 5, "not one for each row"


def test_several_requests_for_one_row_have_keys_of_their_own(server: Books) -> None:
    async def on_row(row: dict[str, Any]) -> None:
        async with client(server) as api:
            await asyncio.gather(api.post("/a", data=row), api.post("/b", data=row))
            await api.post("/a", data={"again": row["id"]})
            await api.get("/a")

    for _ in range(2):
        assert take(on_row).success
    assert len(server.kept) == 60 and not server.twice
    assert len({one.headers["idempotency-key"] for one in server.asked}) == 60


def test_what_is_sent_and_what_comes_back(server: Books) -> None:
    async def work() -> Any:
        api = client(server)
        await api.post("/x", data={"amount": Decimal("1.50"), "day": date(2026, 1, 31)})
        await api.put("x/1", data={"n": 1})
        await api.patch("x/1", data={"n": 2})
        return await api.get("/x", params={"q": "å"})

    assert run(work) == {"rows": 3, "twice": 0}
    assert json.loads(server.asked[0].body) == {"amount": "1.50", "day": "2026-01-31"}
    assert [one.method for one in server.asked] == ["POST", "PUT", "PATCH"]
    assert len({one.headers["idempotency-key"] for one in server.asked}) == 3


@pytest.mark.parametrize(("answer", "kind"), [
    (Answer(401, {"error": "old"}), Denied), (Answer(409, {"error": "other"}), AlreadyExists),
    (Answer(422, {"message": "no"}), Invalid), (Answer(302), Invalid)])
def test_what_an_api_refuses(server: Books, answer: Answer, kind: type[HaulierError]) -> None:
    server.answers = [answer]
    with pytest.raises(kind, match=str(answer.status)) as caught:
        run(lambda: client(server).post("/x", data={}))
    assert "t0ken" not in str(caught.value)


@pytest.mark.parametrize(("answer", "kind"), [(Answer(429), Throttled), (Answer(503), Unavailable)])
def test_a_busy_api_is_asked_again_for_a_while(server: Books, answer: Answer, kind: type[HaulierError]) -> None:
    server.answers = [Answer(answer.status, None, {"Retry-After": "0"})] * 2
    run(lambda: client(server).post("/x", data={"n": 1}))
    assert len({one.headers["idempotency-key"] for one in server.asked}) == 1 and len(server.kept) == 1
    server.answers = [answer] * 50
    with pytest.raises(kind):
        run(lambda: client(server, patience=0.3).post("/x", data={}))


def test_a_key_that_came_before_is_fine(server: Books) -> None:
    server.again = 409

    async def work() -> None:
        for _ in range(2):
            await client(server).post("/x", data={"n": 1}, idempotency_key="one")

    run(work)
    assert len(server.kept) == 1


def test_a_conflict_after_a_lost_answer_is_asked_again(server: Books) -> None:
    server.answers = [Answer(cuts=True), Answer(409, {"error": "still at it"}), Answer(409, {"error": "still at it"})]
    run(lambda: client(server).post("/x", data={"n": 1}))
    assert len(server.asked) == 4 and len(server.kept) == 1
    server.answers = [Answer(409, {"error": "there is another one"})]
    with pytest.raises(AlreadyExists):
        run(lambda: client(server).post("/x", data={"n": 2}))


def test_what_an_api_repeats_of_a_row_does_not_make_it_done(server: Books) -> None:
    server.answers = [Answer(422, {"message": "no such payer", "name": "already_exists"})]
    with pytest.raises(Invalid, match="no such payer"):
        run(lambda: client(server).post("/x", data={"name": "already_exists"}))


def test_a_quota_that_is_used_up_is_waited_for(server: Books) -> None:
    server.answers = [Answer(429, None, {"RateLimit": '"minute";r=0;t=3000'})]
    with pytest.raises(Throttled) as raised:
        run(lambda: client(server).post("/x", data={}))
    assert raised.value.retry_after == 3000


def test_this_machine_is_asked_without_a_proxy(server: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    run(lambda: client(server, patience=0.1).post("/x", data={"n": 1}))
    assert len(server.kept) == 1


def test_who_waits_for_an_api_hears_that_the_work_is_to_end(server: Books) -> None:
    async def push_row(row: dict[str, Any]) -> None:
        async with client(server, patience=3600) as api:
            await api.post("/products", data=row)

    async def work() -> None:
        task = asyncio.ensure_future(GenericImportPipeline("sync", "csv", push_row).process(
            SourceFile("in.csv", TABLE)))
        while not server.asked:
            await asyncio.sleep(0.01)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - began < 8     # without that they would have ten seconds

    server.answers = [Answer(503, None, {"Retry-After": "3000"})] * 100
    run(work)


def test_an_api_that_is_away_or_says_no_ends_this_go_at_the_file(server: Books) -> None:
    async def push_row(row: dict[str, Any]) -> None:
        async with client(server, token=token, patience=0.1) as api:
            await api.post("/products", data=row)

    token = "wrong"
    assert take(push_row).state == "failed"
    token = "t0ken"
    server.down()
    result = take(push_row)
    assert result.state == "failed" and "/api/products" in result.errors[0]
    server.up()
    server.refuses = lambda row: "not seven" if row["id"] == "7" else ""
    result = take(push_row)
    assert (result.state, result.processed_count, result.error_count) == ("done", 19, 1)
    assert "422: not seven" in result.errors[0]


def test_an_address_that_is_none() -> None:
    with pytest.raises(Invalid, match="base_url"):
        ImportApiClient("api.example.com", "x")

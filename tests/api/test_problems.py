"""Whatever goes wrong is answered in one way, and shows nothing of the inside."""
from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from pydantic import BaseModel, Field

from haulier.api import problem
from haulier.api.shield import LARGEST, Shield
from haulier.model import errors
from haulier.model.errors import HaulierError
from haulier.settings.problems import Problem, Problems

MARK = "marker-of-a-secret"


class Body(BaseModel):
    number: Annotated[int, Field(ge=3)]
    word: str


def raising(error: Exception) -> FastAPI:
    app = FastAPI(openapi_url=None)
    problem.install(app)
    app.add_middleware(Shield, scripts=("sha256-abc",))

    @app.get("/")
    def _() -> None:
        raise error

    @app.post("/body")
    def _body(body: Body) -> int:
        return body.number

    @app.get("/half")
    def _half() -> str:
        return "fine"

    return app


async def ask(app: FastAPI, method: str = "GET", path: str = "/", **more: object) -> Response:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://hub") as client:
        return await client.request(method, path, **more)  # type: ignore[arg-type]


def every_error() -> Iterator[type[HaulierError]]:
    waiting: list[type[HaulierError]] = [HaulierError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__ in (errors.__name__, problem.__name__):
            yield kind


EXPECTED = {
    "NotFound": 404, "IsFolder": 404, "AlreadyExists": 409, "Denied": 403, "Unsupported": 422, "Invalid": 422,
    "NoSpace": 507, "Corrupt": 502, "Unavailable": 503, "Throttled": 429, "Busy": 409, "Transient": 503,
    "Permanent": 422, "Stopped": 409, "Cancelled": 409, "LeaseLost": 409, "TimeUp": 504, "Withdrawn": 409,
    "NotSignedIn": 401, "Forbidden": 403, "TooLarge": 413, "Conflict": 409, "FarAway": 424, "HaulierError": 500,
    "Failed": 503, "Later": 503, "Held": 409, "Malformed": 422,
}


@pytest.mark.anyio
@pytest.mark.parametrize("kind", [*every_error()], ids=lambda kind: kind.__name__)
async def test_every_error_has_its_status(kind: type[HaulierError]) -> None:
    error = kind("what happened", pauses=False) if kind.__name__ == "Withdrawn" else kind("what happened")
    answer = await ask(raising(error))
    told = answer.json()
    assert answer.status_code == told["status"] == EXPECTED[kind.__name__]
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["detail"] == "what happened" and told["title"] and told["type"].startswith("/problems/")


@pytest.mark.anyio
async def test_mistakes_are_listed() -> None:
    found = [Problem("configs/jobs.yaml", 7, "jobs[0].sorce", "unknown key", 'did you mean "source"?', 3)]
    answer = await ask(raising(Problems(found)))
    assert answer.status_code == 422
    assert answer.json()["problems"] == [found[0]._asdict()]


@pytest.mark.anyio
async def test_how_long_to_wait_is_said_twice() -> None:
    answer = await ask(raising(errors.Throttled("slower", retry_after=2.3)))
    assert answer.status_code == 429 and answer.json()["retry_after"] == 2.3
    assert answer.headers["retry-after"] == "3"


@pytest.mark.anyio
async def test_a_conflict_says_how_it_is_now() -> None:
    answer = await ask(raising(problem.Conflict("changed meanwhile", {"yaml": "a: 1\n"})))
    assert (answer.status_code, answer.json()["current"]) == (409, {"yaml": "a: 1\n"})


@pytest.mark.anyio
async def test_a_bug_is_in_the_log_and_not_in_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "haulier.api"):
        answer = await ask(raising(ZeroDivisionError(MARK)))
    assert answer.status_code == 500 and MARK not in answer.text and "Traceback" not in answer.text
    number = answer.json()["detail"].rpartition(" ")[2]
    assert f"bug {number}" in caplog.text and MARK in caplog.text and "Traceback" in caplog.text


@pytest.mark.anyio
async def test_what_is_not_as_described_is_told_by_its_place_and_never_repeated() -> None:
    answer = await ask(raising(ValueError()), "POST", "/body", json={"number": 1, "word": [MARK]})
    assert answer.status_code == 422 and MARK not in answer.text
    keys = {one["key"]: one["text"] for one in answer.json()["problems"]}
    assert keys == {"number": "must be greater than or equal to 3", "word": "must be a valid string"}
    answer = await ask(raising(ValueError()), "POST", "/body", content=b'{"number": ' + MARK.encode(),
                       headers={"content-type": "application/json"})
    assert answer.status_code == 422 and MARK not in answer.text and "not JSON" in answer.json()["detail"]


@pytest.mark.anyio
@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("PUT", "/half", 405)])
async def test_unknown_routes(method: str, path: str, status: int) -> None:
    answer = await ask(raising(ValueError()), method, path)
    assert answer.status_code == answer.json()["status"] == status
    assert status != 405 or answer.headers["allow"] == "GET"


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/", "/half", "/nowhere"])
async def test_every_answer_has_the_headers(path: str) -> None:
    headers = (await ask(raising(ZeroDivisionError()), path=path)).headers
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy and "script-src 'self' 'sha256-abc';" in policy
    assert "unsafe" not in policy and headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin" and headers["cache-control"] == "no-store"
    assert not any(name.startswith("access-control") for name in headers)


@pytest.mark.anyio
@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_that_is_too_long_is_refused(announced: bool) -> None:
    async def pieces() -> object:
        for _ in range(LARGEST // 65536 + 1):
            yield b" " * 65536

    body = b" " * (LARGEST + 1) if announced else pieces()
    answer = await ask(raising(ValueError()), "POST", "/body", content=body,
                       headers={"content-type": "application/json"})
    assert answer.status_code == 413 and answer.headers["content-type"] == "application/problem+json"

"""Who may do what, taken from the description of the API itself: no route is forgotten."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from api.hubs import Place
from haulier.api.assembly import ROUTERS
from haulier.api.openapi import describe
from haulier.model.account import Role

OPEN = {("post", "/api/v1/session"), ("post", "/api/auth/login"), ("get", "/health"),
        *(("get", f"/api/v1/session/{what}") for what in ("ways", "oidc", "oidc/callback"))}
"""What anybody may ask."""
OWN = {("delete", "/api/v1/session"), ("post", "/api/v1/session/password"), ("post", "/api/v1/schedules/check")}
"""What a viewer may send: about the own session, and a question that is too long for an address."""


class Operation(NamedTuple):
    method: str
    path: str
    role: str

    def address(self) -> str:
        """With something in place of each parameter."""
        return self.path.format(id=987654, name="some", job_id="reports", key="some")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def operations() -> Iterator[Operation]:
    from fastapi import FastAPI
    app = FastAPI(openapi_url=None)
    for prefix, router in ROUTERS:
        app.include_router(router, prefix=prefix)
    for path, methods in describe(app, ROUTERS)["paths"].items():
        for method, operation in methods.items():
            yield Operation(method, path, operation.get("x-role", ""))


ALL = sorted(operations())
WRITES = [one for one in ALL if one.method != "get" and (one.method, one.path) not in OPEN | OWN]


def test_there_are_as_many_as_we_think() -> None:
    assert len(ALL) > 60 and len(WRITES) > 25


@pytest.mark.parametrize("operation", ALL, ids=str)
def test_nobody_comes_in_without_signing_in(hub: Place, operation: Operation) -> None:
    is_open = (operation.method, operation.path) in OPEN
    assert bool(operation.role) != is_open
    answer = hub.client(None).request(operation.method, operation.address())
    assert (answer.status_code == 401) == (not is_open), answer.text


@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_a_viewer_changes_nothing(hub: Place, operation: Operation) -> None:
    assert operation.role in ("operator", "admin")
    answer = hub.client(Role.VIEWER).request(operation.method, operation.address(), json={})
    assert answer.status_code == 403 and answer.json()["type"] == "/problems/forbidden"
    assert "viewer" in answer.json()["detail"]


@pytest.mark.parametrize("operation", [one for one in ALL if one.role == "admin"], ids=str)
def test_what_is_the_admins_is_not_the_operators(hub: Place, operation: Operation) -> None:
    answer = hub.client(Role.OPERATOR).request(operation.method, operation.address(), json={})
    assert answer.status_code == 403


@pytest.mark.parametrize("operation", [one for one in ALL if one.role in ("operator", "admin")], ids=str)
def test_whoever_may_is_not_refused_for_that(hub: Place, operation: Operation) -> None:
    answer = hub.client(Role(operation.role)).request(operation.method, operation.address(), content=b"{")
    assert answer.status_code not in (401, 403)


def test_operators_do_what_operators_do() -> None:
    expected = {"/api/v1/jobs/{id}/run", "/api/v1/transfers/actions", *(
        f"/api/v1/flows/{{name}}/{verb}" for verb in ("run", "backfill")), *(
        f"/api/v1/runs/{{id}}/{what}" for what in ("again", "tasks/{key}/decision")), *(
        f"/api/v1/runs/{verb}-all" for verb in ("pause", "resume")), *(
        f"/api/v1/{kind}/{{id}}/{verb}" for kind in ("runs", "transfers")
        for verb in ("retry", "cancel", "pause", "resume")), *(
        f"/api/v1/imports/{what}" for what in ("rejects/{id}", "rejects/{id}/drop", "{id}/replay",
                                               "payments/{id}/decide"))}
    assert {one.path for one in ALL if one.role == "operator"} == expected


def test_everything_is_described() -> None:
    from fastapi import FastAPI
    app = FastAPI(openapi_url=None)
    for prefix, router in ROUTERS:
        app.include_router(router, prefix=prefix)
    whole: dict[str, Any] = describe(app, ROUTERS)
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            assert operation["tags"] and operation["summary"] and operation["description"], (method, path)
            fine = next(answer for status, answer in operation["responses"].items() if status[0] in "23")
            kinds = fine.get("content", {})
            has_no_body = {"204", "303"} & operation["responses"].keys()
            assert has_no_body or (all(kind.get("schema") for kind in kinds.values()) and kinds)

"""Runs of flows as the tests begin them and look at them."""
from __future__ import annotations

from typing import Any

import httpx

from api.flowfiles import MISTAKEN
from api.hubs import Place, until
from haulier.model.account import Role

V1 = "/api/v1"
OVER = ("done", "failed", "cancelled", "crashed")


def start(client: httpx.Client, flow: str, **params: Any) -> int:
    answer = client.post(f"{V1}/flows/{flow}/run", json={"params": params} if params else None)
    assert answer.status_code == 202, answer.text
    return int(answer.json()["id"])


def get(hub: Place, path: str, role: Role = Role.VIEWER, **params: Any) -> Any:
    answer = hub.client(role).get(f"{V1}/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def tasks(hub: Place, run: int) -> dict[str, Any]:
    return {one["key"]: one for one in get(hub, f"runs/{run}/tasks")["items"]}


def over(hub: Place, run: int) -> Any:
    return until(lambda: (told := get(hub, f"runs/{run}"))["state"] in OVER and told)


def asking(hub: Place, run: int, key: str = "ask") -> Any:
    return until(lambda: (told := tasks(hub, run)[key])["asks"] and told)


def problems(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {one["key"]: one["text"] for one in answer.json()["problems"] or ()}


def prepared(hub: Place) -> httpx.Client:
    """One more flow, that cannot run, and one that fails; an operator."""
    (hub.home / "flows" / "mistaken.json").write_text(MISTAKEN)
    (hub.home / "tasks" / "fails").touch()
    hub.made.live.refresh()
    return hub.client(Role.OPERATOR)

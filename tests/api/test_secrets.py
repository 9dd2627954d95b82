"""No answer has a secret in it: every secret field of every kind of place and step is filled, and every route asked."""
from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from api.hubs import Place, running, workspace
from api.test_roles import ALL, WRITES, Operation
from haulier.model.account import Role
from haulier.settings import registry
from haulier.settings.filling import secret_fields
from haulier.settings.spec import Spec

MARK = "mArKeR-0f-a-secret"
V1 = "/api/v1"
LONG = ("get /api/v1/events", "get /api/v1/logs/stream")


def filled(kind: str, spec: type[Spec[Any]]) -> dict[str, Any]:
    """Settings with a marker in every secret field, and something in each that is required."""
    hidden = secret_fields(spec)
    needed = {name: "needed" for name, field in spec.model_fields.items() if field.is_required() and name != "type"}
    return {"type": kind, **needed, **{name: f"{MARK} {name}" for name in spec.model_fields if name in hidden}}


def places() -> dict[str, dict[str, Any]]:
    found = {f"place-{name}": {**filled(name, registry.store(name)), "path": "/srv"} for name in registry.stores()}
    found["place-s3"]["bucket"] = "needed"
    return found


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A hub whose files are full of secrets: in connections, inline, in steps, in comments, in what has mistakes."""
    home = tmp_path_factory.mktemp("secrets") / "work"
    steps = [filled(name, registry.step(name)) for name in registry.steps() if secret_fields(registry.step(name))]
    jobs: list[dict[str, Any]] = []
    for name, place in places().items():
        connection = {key: value for key, value in place.items() if key not in ("type", "path")}
        end = {"type": place["type"], "path": "/srv", "connection": connection}
        jobs += [{"job_id": f"inline-{name}", "source": end, "destination": {"connection": name, "path": "x"},
                  "processing": {"enabled": True, "steps": steps}},
                 {"job_id": f"broken-{name}", "source": {**end, "connection": {**connection, "my_secret": MARK}},
                  "destination": end}]
    workspace(home, json.dumps({"jobs": jobs}) + f"\n# password: {MARK}\n", json.dumps({"connections": places()}))
    with running(home) as place:
        (home / "logs").mkdir(exist_ok=True)
        yield place


def test_there_are_secrets() -> None:
    found = json.dumps(places())
    assert found.count(MARK) >= 5 and any(secret_fields(registry.step(name)) for name in registry.steps())


def ids(hub: Place) -> list[str]:
    found = [job["id"] for job in hub.client().get(f"{V1}/jobs").json()["items"]]
    assert len(found) == 2 * len(registry.stores())
    return found


def addresses(hub: Place, operation: Operation) -> list[str]:
    names = ids(hub) if "/jobs/" in operation.path else [*places()]
    if "{id}" not in operation.path and "{name}" not in operation.path and "{job_id}" not in operation.path:
        return [operation.path]
    if "/jobs/" in operation.path or "/connections/" in operation.path or "{job_id}" in operation.path:
        return [operation.path.replace(f"{{{key}}}", name) for name in names for key in ("id", "name", "job_id")
                if f"{{{key}}}" in operation.path]
    return [operation.address()]


@pytest.mark.parametrize("operation", [one for one in ALL if one.method == "get" and str(one) not in LONG], ids=str)
def test_no_answer_has_one(hub: Place, operation: Operation, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for address in addresses(hub, operation):
            answer = hub.client().get(address)
            assert answer.status_code < 500 and MARK not in answer.text, address
    assert MARK not in caplog.text


@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_no_refusal_has_one(hub: Place, operation: Operation) -> None:
    for body in ({"more": MARK}, {"form": {"type": "sftp", "password": MARK, "prot": MARK}, "version": MARK},
                 {"name": "x", "role": MARK, "password": MARK}, {"yaml": f"password: [{MARK}", "version": MARK}, MARK):
        answer = hub.client().request(operation.method, operation.address(), json=body)
        drafts = operation.path.endswith("/check")      # shows whoever typed it what they typed
        assert answer.status_code < 500 and (drafts or MARK not in answer.text), answer.text


@pytest.mark.parametrize("kind", registry.stores())
def test_changing_around_a_secret_keeps_it_and_shows_it_to_nobody(hub: Place, kind: str) -> None:
    admin, name = hub.client(), f"place-{kind}"
    found = admin.get(f"{V1}/connections/{name}").json()
    assert MARK not in json.dumps(found)
    body = {"form": {**found["form"], "path": "/elsewhere"}, "version": found["version"]}
    answer = admin.put(f"{V1}/connections/{name}", json=body)
    assert answer.status_code == 200 and MARK not in answer.text, answer.text
    stale = admin.put(f"{V1}/connections/{name}", json=body)
    assert stale.status_code == 409 and MARK not in stale.text and stale.json()["current"]["yaml"]
    spec = hub.made.live.workspace.connections.at(name)
    for key in secret_fields(type(spec)) & places()[name].keys():
        assert hub.made.live.workspace.secrets.reveal(getattr(spec, key)) == f"{MARK} {key}"


def test_what_is_typed_in_is_sealed(hub: Place) -> None:
    form = {"type": "sftp", "host": "h", "username": "u", "password": "typed-in"}
    answer = hub.client().post(f"{V1}/connections", json={"name": "typed", "form": form})
    assert answer.status_code == 201 and "typed-in" not in answer.text
    written = (hub.home / "haulier.yaml").read_text()
    assert "typed-in" not in written and "sealed:" in written
    assert "sealed:" not in hub.client().get(f"{V1}/connections/typed").text


def test_a_run_that_cannot_log_in_tells_none(hub: Place) -> None:
    from api.test_runs import over
    run = hub.client(Role.OPERATOR).post(f"{V1}/jobs/inline-place-sftp/run").json()
    if "id" in run:     # refused, or failed: either way without it
        over(hub, run["id"])
    for path in ("overview", "events/list", "logs", "runs", "transfers", "audit"):
        assert MARK not in hub.client().get(f"{V1}/{path}").text

"""The API does what its description says: thousands of requests made from it, right and wrong ones, one by one and
in sequences that go on from what was answered."""
from __future__ import annotations

import logging
import subprocess
import sysconfig
from pathlib import Path

import pytest

from api import importing
from api.hubs import TOKENS, Place, until
from haulier.model.account import Role

SECONDS = 55
SCHEMATHESIS = Path(sysconfig.get_path("scripts")) / "schemathesis"
ENDLESS = "/api/v1/(events|logs/stream)"
DOORS = "/api/v1/(session.*|tokens/.*|users/.*)|/api/auth/login"
"""What could take the tester's own way in; the second test is of these."""
NOT_MEANT = ("positive_data_acceptance",    # a job of a good shape may name a place that there is not
             "unsupported_method",          # an address of one resource may look like that of another: /jobs/check
             "ignored_auth")                # takes away one of two ways in, and the other is still right

KNOWN = """\
[[operations]]
include-method = "GET"
include-path-regex = '/api/v1/flows/\\{name\\}'
parameters = { "path.name" = "nightly" }

[[operations]]
include-method = "POST"
include-path-regex = '/api/v1/flows/\\{name\\}'
parameters = { "path.name" = "fragile" }

[[operations]]
include-path-regex = '/api/v1/runs/\\{id\\}/(tasks|again)'
parameters = { "path.id" = %d, "path.key" = "first" }

[[operations]]
include-path-regex = '/api/v1/imports/payments/'
parameters = { "path.id" = %d }

[[operations]]
include-path-regex = '/api/v1/imports/rejects/'
parameters = { "path.id" = %d }

[[operations]]
include-path-regex = '/api/v1/imports/\\{id\\}'
parameters = { "path.id" = %d }
"""
"""What nobody would guess: names of flows and tasks, numbers of payments and rejects."""


def asked(hub: Place, tmp_path: Path, *options: str) -> str:
    """What the tester says in the end."""
    done = subprocess.run(
        [str(SCHEMATHESIS), "run", f"{hub.url}/api/v1/openapi.json",
         "-H", f"Authorization: Bearer {TOKENS[Role.ADMIN]}", "--checks", "all",
         "--exclude-checks", ",".join(NOT_MEANT), "--request-timeout", "20", "--no-color", "--warnings", "off",
         "--continue-on-failure", *options],
        capture_output=True, text=True, timeout=SECONDS + 60, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.timeout(180)
def test_every_operation_keeps_to_its_description(hub: Place, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    admin = hub.client()
    for name in "abc":
        (hub.home / "in" / f"{name}.csv").write_text(name)
    runs = [admin.post(f"/api/v1/jobs/{job}/run").json()["id"] for job in ("reports", "nowhere")]
    until(lambda: {admin.get(f"/api/v1/runs/{id}").json()["state"] for id in runs} == {"done", "failed"})
    flow = admin.post("/api/v1/flows/fragile/run").json()["id"]
    until(lambda: admin.get(f"/api/v1/runs/{flow}").json()["state"] == "done")
    importing.written(hub)
    bank, table = importing.taken(hub, "bank"), importing.taken(hub, "table")
    payment = importing.asked(hub, "/review")["items"][-1]["id"]
    reject = importing.asked(hub, f"/{table}/rejects")["items"][0]["id"]
    (tmp_path / "schemathesis.toml").write_text(KNOWN % (flow, payment, reject, bank))
    form = {"type": "local", "path": str(hub.home / "in")}
    assert admin.post("/api/v1/connections", json={"name": "shelf", "form": form}).status_code == 201
    with caplog.at_level(logging.ERROR, "haulier"):
        told = asked(hub, tmp_path, "--max-time", str(SECONDS), "--exclude-path-regex", f"^({ENDLESS}|{DOORS})$")
    assert "bug" not in caplog.text and "Stateful" in told and "schemathesis.toml" in told
    assert admin.get("/api/v1/session").status_code == 200


@pytest.mark.timeout(120)
def test_the_ways_in_keep_to_their_description(hub: Place, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "haulier"):
        asked(hub, tmp_path, "--max-time", "10", "--include-path-regex", f"^({DOORS})$")
    assert "bug" not in caplog.text

"""Lists of files: by connection, by checksum, all of them as CSV."""
from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from api.hubs import Place, running, workspace
from api.test_runs import over, start
from haulier.model.account import Role

V1 = "/api/v1"
JOBS = """\
jobs:
  - job_id: here
    source: { connection: box, path: in }
    destination: { type: local, path: out }
    complete: { settle_seconds: 0 }
  - job_id: there
    source: { type: local, path: other }
    destination: { connection: box, path: away }
    complete: { settle_seconds: 0 }
  - job_id: apart
    source: { type: local, path: other }
    destination: { type: local, path: apart }
    complete: { settle_seconds: 0 }
"""
SETTINGS = """\
connections:
  box: { type: local, path: . }
  unused: { type: local, path: . }
"""
ODD = ["=1+1.csv", "-2.csv", "@sum.csv", 'a "quoted", name.csv', "åäö.csv"]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Three jobs that have run once each; two of them use one connection."""
    home = workspace(tmp_path_factory.mktemp("hub") / "work", JOBS, SETTINGS)
    for name in ODD:
        for folder in ("in", "other"):
            (home / folder).mkdir(exist_ok=True)
            (home / folder / name).write_text(f"{folder} {name}")
    with running(home) as place:
        for job in ("here", "there", "apart"):
            assert over(place, start(place, job)["id"])["state"] == "done"
        yield place


def listed(hub: Place, **asked: Any) -> list[dict[str, Any]]:
    answer = hub.client(Role.VIEWER).get(f"{V1}/transfers", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def saved(hub: Place, **asked: Any) -> list[dict[str, str]]:
    answer = hub.client(Role.VIEWER).get(f"{V1}/transfers.csv", params=asked)
    assert answer.status_code == 200 and answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines()))


def test_by_connection(hub: Place) -> None:
    assert {one["flow"] for one in listed(hub)} == {"here", "there", "apart"}
    assert {one["flow"] for one in listed(hub, connection="box")} == {"here", "there"}
    assert {one["flow"] for one in listed(hub, connection="box", flow="here", sort="-size")} == {"here"}
    assert listed(hub, connection="box", flow="apart") == listed(hub, connection="unused") == []
    refused = hub.client().get(f"{V1}/transfers", params={"connection": "nowhere"})
    assert refused.status_code == 422 and "nowhere" in refused.json()["detail"]


def test_by_checksum(hub: Place) -> None:
    digest = hashlib.sha256(f"in {ODD[0]}".encode()).hexdigest()
    for text in (digest, digest.upper(), digest[:40]):
        assert [(one["flow"], one["path"]) for one in listed(hub, search=text)] == [("here", ODD[0])]


def test_all_of_them_as_csv(hub: Place) -> None:
    rows = saved(hub)
    assert [row["id"] for row in rows] == [str(one["id"]) for one in listed(hub)] and len(rows) == 3 * len(ODD)
    assert rows[0]["sha256"] == listed(hub)[0]["sha256"] and rows[0]["state"] == "done"
    assert {row["flow"] for row in saved(hub, connection="box", search="csv")} == {"here", "there"}
    assert saved(hub, flow="none") == []
    assert hub.client().get(f"{V1}/transfers.csv", params={"connection": "nowhere"}).status_code == 422


def test_a_spreadsheet_computes_no_name(hub: Place) -> None:
    paths = {row["path"] for row in saved(hub, flow="here")}
    assert paths == {"'=1+1.csv", "'-2.csv", "'@sum.csv", 'a "quoted", name.csv', "åäö.csv"}


def test_a_file_whose_job_is_gone_is_not_promised_to_be_sent(hub: Place) -> None:
    admin = hub.client()
    form = {"job_id": "short-lived", "source": {"type": "local", "path": "other"}, "conflict": "fail",
            "destination": {"type": "local", "path": "in"}, "complete": {"settle_seconds": 0}}
    admin.post(f"{V1}/jobs", json={"form": form}).raise_for_status()
    failed = over(hub, start(hub, "short-lived")["id"])
    assert failed["state"] == "failed"
    version = admin.get(f"{V1}/jobs/short-lived").json()["version"]
    admin.delete(f"{V1}/jobs/short-lived", params={"version": version}).raise_for_status()
    file = admin.get(f"{V1}/runs/{failed['id']}/transfers").json()["items"][0]
    answer = admin.post(f"{V1}/transfers/{file['id']}/retry")
    assert answer.status_code == 409 and "no job short-lived any more" in answer.json()["detail"], answer.text
    told = admin.post(f"{V1}/transfers/actions", json={"action": "retry", "ids": [file["id"]]}).json()
    assert told["done"] == [] and "no job short-lived" in told["refused"][0]["reason"]
    assert admin.get(f"{V1}/transfers/{file['id']}").json()["transfer"]["state"] == "failed"

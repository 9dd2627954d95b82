"""Connections: looked at, added, changed, tried and removed, against a real SFTP server."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api import flowruns
from api.hubs import Place
from haulier.model.account import Role
from haulier.testing.servers.sshd import Sshd
from integration.ssh_places import server_or_skip

V1 = "/api/v1"
PASSWORD = "typed-into-a-form"


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with server_or_skip(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(autouse=True)
def files_as_they_were(hub: Place) -> Iterator[None]:
    before = {path: path.read_text() for path in (hub.home / "haulier.yaml", hub.home / "configs" / "jobs.yaml")}
    yield
    for path, text in before.items():
        path.write_text(text)
    hub.made.live.refresh()


def near(path: Path) -> dict[str, str]:
    return {"type": "local", "path": str(path)}


def test_a_connection_is_added_changed_renamed_and_removed(hub: Place) -> None:
    admin = hub.client()
    made = admin.post(f"{V1}/connections", json={"name": "shelf", "form": near(hub.home / "in")})
    assert made.status_code == 201 and made.json()["connection"]["location"] == str(hub.home / "in"), made.text
    assert admin.post(f"{V1}/connections", json={"name": "shelf", "form": near(hub.home)}).status_code == 422
    assert [one["name"] for one in admin.get(f"{V1}/connections").json()["items"]] == ["shelf"]
    version = made.json()["version"]
    body = {"form": near(hub.home / "out"), "version": version}
    changed = admin.put(f"{V1}/connections/shelf", json=body).json()
    assert changed["connection"]["location"] == str(hub.home / "out")
    stale = admin.put(f"{V1}/connections/shelf", json=body)
    assert stale.status_code == 409 and set(stale.json()["current"]) == set(changed)
    renamed = admin.put(f"{V1}/connections/shelf", json={"yaml": changed["yaml"], "version": changed["version"],
                                                         "name": "rack"}).json()
    assert renamed["connection"]["name"] == "rack" and admin.get(f"{V1}/connections/shelf").status_code == 404
    answer = admin.delete(f"{V1}/connections/rack", params={"version": renamed["version"]})
    assert answer.status_code == 204 and admin.get(f"{V1}/connections").json() == {"items": []}
    done = [(deed.what, deed.about) for deed in hub.accounts.deeds(limit=4).items]
    assert done == [("connection.removed", "rack"), ("connection.changed", "shelf"), ("connection.changed", "shelf"),
                    ("connection.added", "shelf")]


def test_one_that_jobs_use_is_kept(hub: Place) -> None:
    admin = hub.client()
    made = admin.post(f"{V1}/connections", json={"name": "used", "form": near(hub.home / "in")}).json()
    job = {"job_id": "uses", "source": {"connection": "used"}, "destination": near(hub.home / "out")}
    assert admin.post(f"{V1}/jobs", json={"form": job}).status_code == 201
    assert admin.get(f"{V1}/connections/used").json()["connection"]["used_by"] == ["uses"]
    source = admin.get(f"{V1}/jobs/uses").json()["job"]["source"]
    assert source == {"type": "local", "location": str(hub.home / "in")}
    answer = admin.delete(f"{V1}/connections/used", params={"version": made["version"]})
    assert answer.status_code == 409 and "uses" in answer.json()["detail"]
    renaming = {"yaml": made["yaml"], "version": made["version"], "name": "other"}
    assert admin.put(f"{V1}/connections/used", json=renaming).status_code == 409


def test_mistakes_come_back_by_their_key(hub: Place) -> None:
    form = {"type": "sftp", "host": "h", "prot": 22}
    for path, more in (("", {"name": "x"}), ("/check", {}), ("/test", {})):
        answer = hub.client().post(f"{V1}/connections{path}", json={"form": form, **more}).json()
        assert [one["key"] for one in answer["problems"]] == ["prot"], answer
    answer = hub.client().post(f"{V1}/connections", json={"name": "a/b", "form": near(hub.home)})
    assert answer.status_code == 422 and answer.json()["problems"][0]["key"] == "name"


def sftp(sshd: Sshd, **more: Any) -> dict[str, Any]:
    account = sshd.keyed
    return {"type": "sftp", "host": sshd.host, "port": sshd.port, "username": account.name, "path": str(account.folder),
            "known_hosts": str(sshd.known_hosts), "key_file": str(account.key_file), **more}


def test_a_place_is_tried_before_it_is_saved(hub: Place, sshd: Sshd) -> None:
    (sshd.keyed.local / "below").mkdir(exist_ok=True)
    (sshd.keyed.local / "a <b>.txt").write_text("12345")
    admin, form = hub.client(), sftp(sshd)
    told = admin.post(f"{V1}/connections/test", json={"form": form}).json()
    assert told["ok"] and told["files"] >= 1 and 0 < told["seconds"] < 20, told
    told = admin.post(f"{V1}/connections/browse", json={"form": form, "path": ""}).json()
    assert "below" in told["folders"] and told["is_whole"]
    found = next(one for one in told["files"] if one["path"] == "a <b>.txt")
    assert found["size"] == 5 and found["modified"].endswith("Z")
    answer = admin.post(f"{V1}/connections/browse", json={"form": form, "path": "not/there"})
    assert answer.status_code == 404
    made = admin.post(f"{V1}/connections", json={"name": "far", "form": form})
    assert made.status_code == 201, made.text
    assert admin.post(f"{V1}/connections/test", json={"name": "far"}).json()["ok"]
    kept = made.json()["form"]      # secrets are dots, and mean what was there
    assert admin.post(f"{V1}/connections/test", json={"name": "far", "form": kept}).json()["ok"]
    assert hub.client(Role.OPERATOR).post(f"{V1}/connections/test", json={"name": "far"}).status_code == 403


def test_a_place_that_does_not_work_is_an_answer(hub: Place, sshd: Sshd) -> None:
    admin = hub.client()
    wrong = sftp(sshd, username="nobody-of-that-name", password=PASSWORD)
    told = admin.post(f"{V1}/connections/test", json={"form": wrong})
    assert told.status_code == 200 and not told.json()["ok"] and told.json()["details"] == "Denied"
    assert PASSWORD not in told.text
    nobody = sftp(sshd, port=1, password=PASSWORD)
    told = admin.post(f"{V1}/connections/test", json={"form": nobody})
    assert not told.json()["ok"] and told.json()["details"] == "Unavailable" and PASSWORD not in told.text
    answer = admin.post(f"{V1}/connections/browse", json={"form": nobody})
    assert answer.status_code == 424
    for body in ({}, {"name": "none"}, {"form": {}}, {"name": "none", "form": nobody}):
        assert admin.post(f"{V1}/connections/test", json=body).status_code in (404, 422)


def test_one_that_flows_and_imports_use_is_kept_too(hub: Place) -> None:
    admin = hub.client()
    for name in ("flowing", "taken-from"):
        admin.post(f"{V1}/connections", json={"name": name, "form": near(hub.home / "in")}).raise_for_status()
    flow = hub.home / "flows" / "moves_on.yaml"
    flow.write_text("tasks:\n  - id: send\n    type: transfer\n    source: { connection: flowing }\n"
                    "    destination: { type: local, path: out }\n")
    job = {"job_id": "taking", "source": {"connection": "taken-from"},
           "import": {"parser": {"type": "csv"}, "sink": {"type": "file", "place": "taken-from:rows"}}}
    made = admin.post(f"{V1}/jobs", json={"form": job})
    assert made.status_code == 201, made.text
    try:
        used = {one["name"]: one["used_by"] for one in admin.get(f"{V1}/connections").json()["items"]}
        assert used == {"flowing": ["moves_on"], "taken-from": ["taking"]}
        for name, user in (("flowing", "moves_on"), ("taken-from", "taking")):
            version = admin.get(f"{V1}/connections/{name}").json()["version"]
            answer = admin.delete(f"{V1}/connections/{name}", params={"version": version})
            assert answer.status_code == 409 and user in answer.json()["detail"], answer.text
        version = admin.get(f"{V1}/connections/flowing").json()["version"]
        answer = admin.put(f"{V1}/connections/flowing", json={"form": {"type": "s3"}, "version": version})
        assert answer.status_code == 422, answer.text
    finally:
        flow.unlink()


def test_files_that_flows_moved_are_found_by_their_connection(hub: Place) -> None:
    admin = hub.client()
    admin.post(f"{V1}/connections", json={"name": "flowing", "form": near(hub.home)}).raise_for_status()
    (hub.home / "for-flows").mkdir()
    (hub.home / "for-flows" / "by-a-flow.txt").write_text("moved by a flow\n")
    flow = hub.home / "flows" / "moves_files.yaml"
    flow.write_text("tasks:\n  - id: send\n    type: transfer\n    source: { connection: flowing, path: for-flows }\n"
                    "    destination: { type: local, path: sent }\n    complete: { settle_seconds: 0 }\n"
                    "on_success:\n  - id: keep\n    type: transfer\n    source: { type: local, path: sent }\n"
                    "    destination: { connection: flowing, path: kept }\n    complete: { settle_seconds: 0 }\n")
    try:
        assert flowruns.over(hub, flowruns.start(admin, "moves_files"))["state"] == "done"
        moved = admin.get(f"{V1}/transfers", params={"connection": "flowing"}).json()["items"]
        assert {(one["flow"], one["path"]) for one in moved} == {
            (f"moves_files/{task}", "by-a-flow.txt") for task in ("send", "keep")}
    finally:
        flow.unlink()


def test_a_name_that_is_taken_changes_nothing_else(hub: Place) -> None:
    admin = hub.client()
    for name in ("one", "two"):
        admin.post(f"{V1}/connections", json={"name": name, "form": near(hub.home / "in")}).raise_for_status()
    version = admin.get(f"{V1}/connections/one").json()["version"]
    change = {"name": "two", "form": near(hub.home / "out"), "version": version}
    answer = admin.put(f"{V1}/connections/one", json=change)
    assert answer.status_code == 422 and answer.json()["problems"][0]["key"] == "name"
    assert admin.get(f"{V1}/connections/one").json()["version"] == version


def test_a_connection_is_tried_where_a_job_would_use_it(hub: Place) -> None:
    admin = hub.client()
    (hub.home / "in" / "below").mkdir()
    (hub.home / "in" / "below" / "a.txt").write_text("a")
    admin.post(f"{V1}/connections", json={"name": "top", "form": near(hub.home / "in")}).raise_for_status()

    def told(path: str) -> str:
        answer = admin.post(f"{V1}/connections/test", json={"name": "top", "path": path}).json()
        assert answer["ok"], answer
        return str(answer["text"])
    assert "1 file in its folder" in told("below") and "1 file in its folder" in told(str(hub.home / "in" / "below"))
    assert "its folder is not there" in told("nowhere/deep")

"""FileFlow's routes and shapes, for clients that were written for it."""
from __future__ import annotations

import pytest

from api.hubs import PASSWORD, Place
from api.test_runs import files, over, start  # noqa: F401 - a fixture
from haulier.model.account import Role
from haulier.settings.yamlfile import parse

ROW = {"id", "job_id", "source_type", "source_path", "destination_type", "destination_path", "file_name", "file_size",
       "checksum", "execution_time", "transfer_status", "verification_status", "failure_reason"}


def test_a_login_gives_a_token(hub: Place) -> None:
    client = hub.client(None)
    made = client.post("/api/auth/login", json={"username": "viewer", "password": PASSWORD}).json()
    assert set(made) == {"token", "username", "role"} and made["role"] == "viewer"
    client.headers["Authorization"] = f"Bearer {made['token']}"
    assert client.get("/api/auth/me").json() == {"username": "viewer", "role": "viewer"}
    assert client.get("/jobs").status_code == 200
    assert client.post("/api/auth/login", json={"username": "viewer", "password": "x"}).status_code == 401
    assert client.post("/api/auth/login", json=["viewer"]).status_code == 422


def test_jobs_as_they_were_written(hub: Place) -> None:
    told = {job["job_id"]: job for job in hub.client(Role.VIEWER).get("/jobs").json()["jobs"]}
    assert set(told) == {"reports", "nowhere", "broken"}
    assert told["reports"]["source"] == {"type": "local", "path": "in", "file_pattern": "*.csv"}


def test_transfers_by_page_and_filter(hub: Place, files: list[str]) -> None:  # noqa: F811
    over(hub, start(hub)["id"])
    client = hub.client(Role.VIEWER)
    told = client.get("/transfers", params={"page_size": 3}).json()
    assert len(told["transfers"]) == 3 and told["total"] >= 4 and told["pages"] == -(-told["total"] // 3)
    assert all(set(row) == ROW for row in told["transfers"])
    row = client.get("/transfers", params={"file_name": "a.csv", "page_size": 1}).json()["transfers"][0]
    assert (row["job_id"], row["transfer_status"], row["verification_status"]) == ("reports", "success", "success")
    assert row["destination_path"] == str(hub.home / "out" / "a.csv") and row["source_type"] == "local"

    def total(**params: str) -> int:
        answer = client.get("/transfers", params=params)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["total"])

    every = total()
    day = row["execution_time"][:10]
    assert total(job_id="port") == total(source_type="local") == total(status="success") == every
    assert total(job_id="none") == total(dest_type="s3") == total(status="failed") == total(status="pending") == 0
    assert total(date_from=day, date_to=day) == every and total(date_from="2999-01-01") == 0
    assert total(date_to="2000-01-01") == 0 and total(date_to="9999-12-31") == every
    ids = [[one["id"] for one in client.get("/transfers", params={"job_id": "o", "page": page, "page_size": 2})
            .json()["transfers"]] for page in (1, 2)]
    assert ids[0] + ids[1] == sorted(ids[0] + ids[1], reverse=True) and len({*ids[0], *ids[1]}) == 4
    for params in ({"page": "0"}, {"page_size": "-1"}, {"page_size": "100000"}, {"status": "x"}, {"date_from": "x"}):
        assert client.get("/transfers", params=params).status_code == 422


def test_the_summary(hub: Place) -> None:
    told = hub.client(Role.VIEWER).get("/stats/summary").json()
    assert set(told) == {"total_jobs", "successful_transfers", "failed_transfers", "duplicate_skips"}


def test_the_configuration_without_its_secrets(hub: Place) -> None:
    text = hub.client(Role.VIEWER).get("/api/config").json()["content"]
    assert text.startswith("jobs:\n  - job_id: reports\n") and "Europe/Stockholm" in text and "#" not in text
    assert [one["job_id"] for one in parse(text, "jobs.yaml").data["jobs"]] == ["reports", "nowhere", "broken"]


def test_scripts_are_for_admins(hub: Place) -> None:
    folder = hub.home / "configs" / "scripts"
    folder.mkdir()
    (folder / "reports.sh").write_text("echo <b>\n")
    client = hub.client()
    told = client.get("/api/scripts/reports").json()
    assert told == {"content": "echo <b>\n", "path": str(folder / "reports.sh")}
    assert client.get("/api/scripts/nowhere").json() == {"content": "", "path": ""}
    for name in ("none", "..%2f..%2f.env", "%2e%2e"):
        assert client.get(f"/api/scripts/{name}").status_code == 404
    assert hub.client(Role.VIEWER).get("/api/scripts/reports").status_code == 403


@pytest.mark.parametrize("path", ["/jobs", "/transfers", "/stats/summary", "/logs/recent", "/api/config",
                                  "/api/scripts/reports", "/api/auth/me", "/metrics"])
def test_nobody_looks_without_signing_in(hub: Place, path: str) -> None:
    assert hub.client(None).get(path).status_code == 401


def test_the_configuration_is_replaced_as_a_whole(hub: Place) -> None:
    file = hub.home / "configs" / "jobs.yaml"
    before, admin = file.read_text(), hub.client()
    sealed = ("  - job_id: bank\n    source:\n      type: sftp\n      path: in\n"
              "      connection: { host: h, password: told-to-nobody }\n    destination: { type: local, path: out }\n")
    try:
        file.write_text(before + sealed)
        hub.made.live.refresh()
        shown = admin.get("/api/config").json()["content"]
        assert "told-to-nobody" not in shown
        assert hub.client(Role.OPERATOR).post("/api/config", json={"content": shown}).status_code == 403
        assert admin.post("/api/config", json={"content": shown}).status_code == 200
        assert file.read_text() == before + sealed      # nothing is different, not even a comment
        fresh = shown.replace("Reports of the day", "Reports of the night").replace("host: h", "host: other")
        fresh = fresh.replace("  - job_id: nowhere", "  - job_id: elsewhere")
        told = admin.post("/api/config", json={"content": fresh})
        assert told.status_code == 200 and told.json()["status"] == "success", told.text
        text = file.read_text()
        for piece in ("# to the archive", "Reports of the night", "told-to-nobody", "host: other"):
            assert piece in text
        names = [job["job_id"] for job in admin.get("/jobs").json()["jobs"]]
        assert names == ["reports", "broken", "bank", "elsewhere"]
        assert (hub.home / "configs" / "jobs.yaml.bak").read_text() == before + sealed
        assert "jobs.replaced" in [one.what for one in hub.accounts.deeds(limit=3).items]
    finally:
        file.write_text(before)
        hub.made.live.refresh()


@pytest.mark.parametrize(("content", "said"), [
    ("jobs: []\n", "there is no list of jobs"), ("", "there is no list of jobs"), ("jobs: [", "the jobs:1"),
    ("jobs: [{a: 1}]", "a job is a mapping with a job_id"), ("jobs: [x]", "a job is a mapping with a job_id"),
    ("jobs: [{job_id: a}, {job_id: a}]", "is there twice"), ("jobs: " + "[" * 500, "nested"),
    ("jobs: [{job_id: a, source: {type: local, path: in}, destination: {type: local, path: o}, schedule: 0 25 * * *}]",
     "job a:2: schedule"),
    ("jobs:\n- job_id: a\n  source: {type: local, path: in}\n"
     "  destination: {type: sftp, path: o, connection: {host: h, password: ••••••}}\n", "dots stand for a secret")])
def test_a_configuration_with_mistakes_changes_nothing(hub: Place, content: str, said: str) -> None:
    file = hub.home / "configs" / "jobs.yaml"
    before = file.read_text()
    answer = hub.client().post("/api/config", json={"content": content})
    assert answer.status_code == 422 and said in answer.json()["detail"], answer.text
    assert file.read_text() == before

"""Jobs that take files in: edited, looked at and run as others are, and asked what they would do with files."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from api.hubs import Place, running, until, workspace
from haulier.model.account import Role

V1 = "/api/v1"
ROWS = "order;amount;day\n1;12,50;2026-11-20\n2;twelve;2026-11-20\n3;7,00;2026-11-21\n"
JOBS = """\
jobs:
  - job_id: sent
    source: { type: local, path: in }
    destination: { type: local, path: out }
  - job_id: orders   # of the shop
    description: What was sold
    schedule: every 100d
    source: { type: local, path: in, file_pattern: "*.csv" }
    complete: { settle_seconds: 0 }
    import:
      parser: { type: csv, delimiter: ";" }   # as the shop writes it
      schema:
        order: integer required
        amount: { type: decimal, decimal: "," }
      sink: { type: file, place: out, name: "{stem}.jsonl" }
  - job_id: wrong
    source: { type: local, path: in }
    import: { parser: csv, sink: { type: file, plaice: out } }
"""
FORM = {"job_id": "made", "source": {"type": "local", "path": "in"}, "complete": {"settle_seconds": 0},
        "import": {"parser": {"type": "csv", "delimiter": ";"}, "sink": {"type": "file", "place": "out"}}}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = workspace(tmp_path_factory.mktemp("import-jobs") / "work", JOBS)
    for folder in ("in", "out"):
        (home / folder).mkdir()
    (home / "in" / "shop.csv").write_text(ROWS)
    (home / "in" / "old.txt").write_text("nothing")
    with running(home) as made:
        yield made


def get(place: Place, path: str, role: Role = Role.VIEWER, **params: Any) -> Any:
    answer = place.client(role).get(f"{V1}{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_they_are_listed_beside_the_others(place: Place) -> None:
    jobs = {one["id"]: one for one in get(place, "/jobs")["items"]}
    assert sorted(jobs) == ["orders", "sent", "wrong"]
    assert {id: one["kind"] for id, one in jobs.items()} == {"orders": "import", "sent": "transfer", "wrong": "import"}
    orders = jobs["orders"]
    assert orders["source"]["location"] == str(place.home / "in") and orders["steps"] == ["csv"]
    assert orders["destination"] == {"type": "file", "location": "out"} and orders["next"].endswith("Z")
    assert any(one["key"].endswith("import.sink.plaice") for one in jobs["wrong"]["problems"])
    assert get(place, "/jobs/orders/schedule")["sentence"] == orders["sentence"]
    assert get(place, "/jobs/wrong")["job"]["problems"]
    assert {one["name"]: one["is_job"] for one in get(place, "/flows")["items"]} == {"orders": True, "wrong": True}


@pytest.mark.parametrize(("change", "key", "said"), [
    ({}, "", ""), ({"job_id": ""}, "job_id", "not usable as a name"), ({"job_id": None}, "job_id", "required"),
    ({"job_id": "orders"}, "job_id", "already the job"),
    ({"source": {"connection": "nobody"}}, "source.connection", "nobody"),
    ({"import": {"parser": "csv"}}, "import", "give a sink"), ({"destination": {}}, "destination", "unknown key"),
    ({"import": {**FORM["import"], "parser": {"type": "csv", "skip": -1}}}, "import.parser.skip", "at least 0"),
    ({"import": {**FORM["import"], "schema": [{"name": "a"}, {"name": "b", "type": "colour"}]}},
     "import.schema[1].type", "must be"),
    ({"import": {**FORM["import"], "schema": {"a": {"type": "colour"}}}}, "import.schema", "must be"),
])
def test_mistakes_of_a_draft_are_told_at_their_keys(place: Place, change: dict[str, Any], key: str, said: str) -> None:
    form = {name: one for name, one in {**FORM, **change}.items() if one is not None}
    answer = place.client().post(f"{V1}/jobs/check", json={"form": form})
    assert answer.status_code == 200, answer.text
    problems = answer.json()["problems"]
    told = [one for one in problems if key and one["key"].startswith(key) and said in one["text"]]
    assert bool(told) == bool(problems) == bool(key), problems


def test_one_is_added_changed_run_and_removed(place: Place) -> None:
    admin = place.client()
    made = admin.post(f"{V1}/jobs", json={"form": FORM})
    assert made.status_code == 201, made.text
    assert made.json()["job"]["kind"] == "import"
    again = admin.post(f"{V1}/jobs", json={"form": FORM})
    assert again.status_code == 422 and again.json()["problems"][0]["key"] == "job_id"
    off = admin.post(f"{V1}/jobs/made/enabled", json={"enabled": False}).json()
    assert off["enabled"] is False and off["kind"] == "import"
    run = place.client(Role.OPERATOR).post(f"{V1}/jobs/made/run", json={"priority": "high"})
    assert run.status_code == 202, run.text
    until(lambda: admin.get(f"{V1}/runs/{run.json()['id']}").json()["state"] == "done")
    assert any((place.home / "out").glob("*.jsonl"))
    assert admin.get(f"{V1}/jobs/made/plan").status_code == 409
    version = admin.get(f"{V1}/jobs/made").json()["version"]
    assert admin.delete(f"{V1}/jobs/made", params={"version": version}).status_code == 204


def test_a_change_keeps_comments_and_the_shape_of_the_schema(place: Place) -> None:
    admin = place.client()
    found = admin.get(f"{V1}/jobs/orders").json()
    form = found["form"]
    form["import"]["schema"]["amount"]["min"] = 0
    draft = {"form": form, "yaml": found["yaml"]}
    checked = admin.post(f"{V1}/jobs/check", json={**draft, "id": "orders"}).json()
    assert checked["problems"] == []
    assert "# as the shop writes it" in checked["yaml"] and "order: integer required" in checked["yaml"]
    assert "min: 0" in checked["yaml"]
    saved = admin.put(f"{V1}/jobs/orders", json={**draft, "version": found["version"]})
    assert saved.status_code == 200 and "min: 0" in (place.home / "configs" / "jobs.yaml").read_text()


def test_what_it_would_do_is_told_and_nothing_is_done(place: Place) -> None:
    before = get(place, "/imports")["items"]
    found = get(place, "/imports/check", flow="orders")
    assert found["counts"]["move"] == 1 and found["is_whole"] is True
    file, = found["files"]
    assert (file["name"], file["verdict"]) == ("shop.csv", "move")
    assert (file["rows"], file["accepted"], file["rejected"]) == (3, 2, 1)
    fault, = file["rejects"][0]["faults"]
    assert (file["rejects"][0]["line"], fault["column"], fault["value"]) == (3, "amount", "twelve")
    assert get(place, "/imports")["items"] == before and (place.home / "in" / "shop.csv").exists()
    assert place.client().get(f"{V1}/imports/check", params={"flow": "sent"}).status_code == 404


@pytest.mark.parametrize(("body", "file"), [
    ({"form": {"type": "local", "path": "."}, "path": "in", "pattern": "*.csv"}, "in/shop.csv"),
    ({"form": {"type": "local", "path": "."}, "path": "in/shop.csv"}, "in/shop.csv"),
    ({"form": {"type": "local", "path": "in"}, "pattern": "shop*"}, "shop.csv")])
def test_a_file_of_the_source_is_recognised(place: Place, body: dict[str, Any], file: str) -> None:
    answer = place.client().post(f"{V1}/imports/suggest", json=body)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    best = found["formats"][0]
    assert found["file"] == file and (best["parser"], best["settings"]["delimiter"]) == ("csv", ";")
    assert [one["name"] for one in best["columns"]] == ["order", "amount", "day"] and best["why"]
    nothing = place.client().post(f"{V1}/imports/suggest", json={**body, "path": "", "pattern": "*.none"})
    assert nothing.status_code == 404 and "*.none" in nothing.json()["detail"]
    assert place.client(Role.OPERATOR).post(f"{V1}/imports/suggest", json=body).status_code == 403

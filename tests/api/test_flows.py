"""Flows over the API: listed, drawn, wanted with parameters, made up for."""
from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.flowfiles import FRAGILE, MISTAKEN
from api.flowruns import V1, get, over, prepared, problems, start, tasks
from api.hubs import Place, until
from haulier.model.account import Role
from haulier.settings.editing import flowtext
from haulier.settings.workspace import Workspace


@pytest.fixture(scope="module", autouse=True)
def holding(hub: Place) -> int:
    """A run that goes on."""
    return start(prepared(hub), "holding")


def test_flows_are_listed_with_those_that_cannot_run(hub: Place) -> None:
    told = get(hub, "flows")
    assert [one["name"] for one in told["items"]] == [
        "asking", "council", "fragile", "holding", "mistaken", "nightly", "outer"]
    one = next(one for one in told["items"] if one["name"] == "nightly")
    assert (one["title"], one["version"], one["tags"]) == ("Nightly report", "1.0", ["report", "night"])
    assert (one["schedule"], one["sentence"]) == ("daily at 02:00", "every day at 02:00, Europe/Stockholm")
    assert one["enabled"] and one["next"] and one["tasks"] == 5 and one["file"] == "flows/nightly.yaml"
    assert one["types"] == ["python", "approve", "transfer"] and one["problems"] == []
    wrong = next(one for one in told["items"] if one["name"] == "mistaken")
    assert (wrong["tasks"], wrong["last_run"], wrong["file"]) == (0, None, "flows/mistaken.json")
    assert [(one["line"], one["key"]) for one in wrong["problems"]] == [
        (3, "tasks[0].script"), (4, "tasks[1].depends_on[0]")]
    assert [one["file"] for one in told["problems"]] == ["flows/mistaken.json"] * 2
    assert "mistaken" not in {one["id"] for one in get(hub, "jobs")["items"]} | {
        one["flow"] for one in get(hub, "schedules")}


def test_one_flow_with_its_picture_and_its_file(hub: Place) -> None:
    told = get(hub, "flows/nightly")
    nodes = {one["id"]: one for one in told["nodes"]}
    assert [*nodes] == ["fetch", "each", "ask", "send", "tell"] and nodes["each"]["foreach"]
    assert nodes["each"]["needs"] == ["fetch"] and nodes["tell"]["phase"] == "on_failure"
    boxes = {one["id"]: one for one in told["layout"]["boxes"]}
    assert boxes.keys() == nodes.keys() and boxes["fetch"]["x"] < boxes["each"]["x"] < boxes["ask"]["x"]
    assert all(one["x"] + one["w"] <= told["layout"]["width"] for one in boxes.values())
    assert [(one["from"], one["to"]) for one in told["layout"]["edges"]] == [
        ("fetch", "each"), ("each", "ask"), ("ask", "send")]
    assert all(one["path"].startswith("M") for one in told["layout"]["edges"])
    params = told["params"]
    assert params["x-order"] == ["city", "days", "until"] and params["additionalProperties"] is False
    assert params["properties"]["city"] == {"type": "string", "enum": ["Oslo", "Rome"], "default": "Oslo",
                                            "description": "Which city"}
    assert told["language"] == "yaml" and told["text"] == (hub.home / "flows" / "nightly.yaml").read_text()
    wrong = get(hub, "flows/mistaken")
    assert wrong["nodes"] == [] and wrong["layout"]["boxes"] == [] and wrong["text"] == MISTAKEN
    answer = hub.client().get(f"{V1}/flows/nightli")
    assert answer.status_code == 404 and "nightly" in answer.json()["detail"]


def test_secrets_in_a_flows_file_are_dots(hub: Place, tmp_path: Path) -> None:
    told = get(hub, "flows/fragile")
    assert told["language"] == "json" and "hush" not in json.dumps(told)
    assert told["text"] == FRAGILE.replace("hush-hush-hush", "••••••")      # and nothing else: LANG, ${RIGHT}
    told = get(hub, "flows/asking")
    assert "hush" not in json.dumps(told) and told["params"]["properties"] == {"api_token": {"type": "string"}}
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "a.yaml").write_text(
        "tasks:\n"
        "  - id: ask   # password: in-a-comment\n    type: http\n    url: https://example.com\n"
        "    auth: { type: bearer, token: in-the-open }\n    headers: { X-Key: 'quoted one' }\n"
        "  - id: send\n    type: transfer\n"
        "    source: { type: sftp, host: a.example, username: me, password: sesame-1 }\n"
        "    destination: { type: local, path: out }\n")
    (flows / "tabs.json").write_text('{\t"tasks": [\n\t{"id": "a", "script": "a.sh", "env": {"TOKEN": "tabbed-one"}}]}')
    (flows / "none.json").write_text('{"tasks": [{"id": "a", "env": {"TOKEN": "cut off')
    workspace = Workspace(tmp_path)
    shown = flowtext.text(workspace, "flows/a.yaml")
    assert shown.count("••••••") == 4 and "host: a.example" in shown and "id: ask" in shown
    assert not any(word in shown for word in ("in-a-comment", "in-the-open", "quoted one", "sesame-1"))
    shown = flowtext.text(workspace, "flows/tabs.json")
    assert "tabbed-one" not in shown and '"TOKEN": "••••••"' in shown
    assert flowtext.text(workspace, "flows/none.json") == "" == flowtext.text(workspace, "flows/gone.json")


def test_what_is_wrong_with_parameters_is_told_by_name(hub: Place) -> None:
    client = hub.client(Role.OPERATOR)
    wrong = {"city": "Paris", "days": "many", "until": "tomorrow", "contry": 1}
    found = problems(client.post(f"{V1}/flows/nightly/run", json={"params": wrong}))
    assert found == {"params.city": "must be one of Oslo, Rome", "params.days": "must be a whole number",
                     "params.until": "must be a date such as 2026-11-30",
                     "params.contry": "no parameter is called so"}
    half = client.post(f"{V1}/flows/fragile/run", content=b'{"params": {"a": "\\ud800"}}',
                       headers={"content-type": "application/json"})
    assert problems(half) == {"params.a": "has half a character in it"}
    assert problems(client.post(f"{V1}/flows/nightly/backfill", json={
        "from": "2026-11-01", "to": "2026-11-02", "params": {"days": None, "city": 1}})).keys() == {"params.city"}
    assert {"tasks[0].script"} < problems(client.post(f"{V1}/flows/mistaken/run")).keys()
    assert client.post(f"{V1}/flows/nightly/run", json={"param": {}}).status_code == 422
    assert client.post(f"{V1}/flows/reports/run").status_code == 404     # that is a job
    assert client.post(f"{V1}/jobs/nightly/run").status_code == 404


def test_a_run_that_others_may_not_go_on_beside(hub: Place, holding: int) -> None:
    run, client = holding, hub.client(Role.OPERATOR)
    until(lambda: tasks(hub, run)["hold"]["state"] == "waiting")
    refused = client.post(f"{V1}/flows/holding/run")
    assert refused.status_code == 409 and f"run {run}" in refused.json()["detail"]
    assert client.post(f"{V1}/runs/{run}/again", json={"from": ["hold"]}).status_code == 409
    assert client.post(f"{V1}/runs/{run}/pause").status_code == 200
    until(lambda: get(hub, f"runs/{run}")["state"] == "paused")
    assert client.post(f"{V1}/runs/{run}/resume").json()["state"] == "queued"
    assert client.post(f"{V1}/runs/{run}/cancel").status_code == 200
    assert over(hub, run)["state"] == "cancelled" and tasks(hub, run)["hold"]["state"] == "cancelled"
    with ThreadPoolExecutor(8) as many:     # nothing is in its way now
        answers = [*many.map(lambda _: client.post(f"{V1}/flows/holding/run"), range(8))]
    assert sorted(one.status_code for one in answers) == [202, *[409] * 7]
    client.post(f"{V1}/runs/{next(one.json()['id'] for one in answers if one.status_code == 202)}/cancel")


def test_schedules_that_are_not_in_the_flows_file(hub: Place) -> None:
    path = hub.home / "configs" / "schedules.json"
    path.write_text(json.dumps({"schedules": [
        {"flow_name": "holding", "cron_expression": "0 0 1 1 *", "enabled": False},
        {"flow_name": "council", "every": "monthly", "on": "1", "at": "03:00"}, {"flow_name": "none", "every": "daily"},
        {"flow_name": "nightly", "every": "daily"}]}))
    hub.made.live.refresh()
    try:
        told = get(hub, "flows")
        assert [(one["file"], one["key"]) for one in told["problems"] if "mistaken" not in one["file"]] == [
            ("configs/schedules.json", f"schedules[{at}].flow_name") for at in (2, 3)]
        found = {one["name"]: one for one in told["items"]}
        assert (found["holding"]["enabled"], found["holding"]["next"]) == (False, None) and found["holding"]["sentence"]
        assert found["council"]["schedule"] == "monthly on 1 at 03:00" and found["council"]["next"]
        assert found["nightly"]["schedule"] == "daily at 02:00"
        listed = {one["flow"]: one for one in get(hub, "schedules")}
        assert listed.keys() == {"council", "holding", "nightly", "reports"} and not listed["holding"]["enabled"]
        assert len(get(hub, "flows/holding/schedule")["next"]) == 10
    finally:
        path.unlink()
        hub.made.live.refresh()
    assert hub.client().get(f"{V1}/flows/holding/schedule").status_code == 409


def test_moments_that_have_passed_are_made_up_for(hub: Place) -> None:
    client, path = hub.client(Role.OPERATOR), f"{V1}/flows/nightly/backfill"

    def asked(first: str, last: str, **more: Any) -> httpx.Response:
        return client.post(path, json={"from": first, "to": last, **more})

    expected = [f"2026-03-{day}T{hour}:00:00.000000Z" for day, hour in ((28, "01"), (29, "01"), (30, "00"))]
    told = asked("2026-03-28", "2026-03-30", dry_run=True).json()       # the clock is put forward on the 29th
    assert told == {"slots": expected, "runs": []}
    made = asked("2026-03-28T01:00:00Z", "2026-03-28T02:00:00Z", params={"city": "Rome"}).json()
    run, = made["runs"]
    assert made["slots"] == expected[:1] and run["params"] == {"city": "Rome"}
    column = get(hub, "flows/nightly/grid")["runs"][-1]
    assert (column["id"], column["slot"]) == (run["id"], expected[0])
    client.post(f"{V1}/runs/{run['id']}/cancel")
    for first, last, word in (("2026-01-01", "2029-12-31", "more than 1,000"), ("2026-02-01", "2026-01-01", "after"),
                              ("yesterday", "2026-01-01", "date"), ("9999-12-31", "9999-12-31", "calendar"),
                              ("2300-01-01", "2300-01-02", "2200")):
        answer = asked(first, last)
        assert answer.status_code == 422 and word in answer.json()["detail"], answer.text
        assert "--" not in answer.json()["detail"]
    answer = client.post(f"{V1}/flows/fragile/backfill", json={"from": "2026-01-01", "to": "2026-01-02"})
    assert answer.status_code == 422 and "no schedule" in answer.json()["detail"]
    assert hub.client().get(f"{V1}/flows/fragile/schedule").status_code == 409
    assert len(get(hub, "flows/nightly/schedule", count=3)["next"]) == 3
    assert "nightly" in {one["flow"] for one in get(hub, "overview")["next"]}

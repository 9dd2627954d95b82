"""Flows over the API: listed and drawn, run by the real engine, looked into, answered, run again."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from api.flowfiles import FRAGILE, MISTAKEN
from api.hubs import Place, until
from api.test_stream import listening
from haulier.api.past.output import part
from haulier.model.account import Role
from haulier.settings.editing import flowtext
from haulier.settings.workspace import Workspace

V1 = "/api/v1"
OVER = ("done", "failed", "cancelled", "crashed")


class Past(NamedTuple):
    """Runs that were begun all at once, as nothing is said of how long they take."""

    nightly: int
    fragile: int
    holding: int
    outer: int


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


@pytest.fixture(scope="module")
def past(hub: Place) -> Past:
    (hub.home / "flows" / "mistaken.json").write_text(MISTAKEN)
    (hub.home / "tasks" / "fails").touch()
    hub.made.live.refresh()
    client = hub.client(Role.OPERATOR)
    return Past(start(client, "nightly", city="Rome"), start(client, "fragile", anything=[1, "two"]),
                start(client, "holding"), start(client, "outer"))


def test_flows_are_listed_with_those_that_cannot_run(hub: Place, past: Past) -> None:
    told = get(hub, "flows")
    assert [one["name"] for one in told["items"]] == ["asking", "fragile", "holding", "mistaken", "nightly", "outer"]
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


def test_one_flow_with_its_picture_and_its_file(hub: Place, past: Past) -> None:
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


def test_secrets_in_a_flows_file_are_dots(hub: Place, past: Past, tmp_path: Path) -> None:
    told = get(hub, "flows/fragile")
    assert told["language"] == "json" and "hush" not in json.dumps(told)
    assert told["text"] == FRAGILE.replace("hush-hush-hush", "••••••")      # and nothing else: LANG, ${RIGHT}
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


def test_what_is_wrong_with_parameters_is_told_by_name(hub: Place, past: Past) -> None:
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


def test_a_run_is_looked_into_and_answered(hub: Place, past: Past) -> None:
    run = past.nightly
    ask = asking(hub, run)
    assert (ask["message"], ask["state"], ask["decision"]) == ("Send Rome?", "waiting", None)
    told = get(hub, f"runs/{run}")
    assert (told["kind"], told["source"], told["params"]) == ("flow", "", {"city": "Rome"})
    assert told["parent"] is None and told["origin"] is None
    until(lambda: get(hub, "flows/nightly")["flow"]["waiting_for_approval"] == 1)    # an answer is kept for a second
    overview = until(lambda: [one for one in get(hub, "overview")["attention"] if one.get("task") == "ask"])
    assert (overview[0]["kind"], overview[0]["run"], overview[0]["reason"]) == ("approval", run, "Send Rome?")
    listed = tasks(hub, run)
    assert [*listed] == ["fetch", "each", "each[1]", "each[2]", "ask", "send", "tell"]
    assert (listed["each[1]"]["label"], listed["each[2]"]["label"]) == ("north", "south.csv")
    assert listed["fetch"]["outputs"] == {"city": "Rome"} and listed["send"]["state"] == "queued"

    path = f"{V1}/runs/{run}/tasks/ask/decision"
    assert hub.client(Role.VIEWER).post(path, json={"approved": True}).status_code == 403
    refused = hub.client(Role.ADMIN).post(path, json={"approved": True})
    assert refused.status_code == 403 and "operator" in refused.json()["detail"]
    said = hub.browser("operator").post(path, json={"approved": True, "text": "go"})
    assert said.status_code == 200 and not said.json()["asks"]
    assert (said.json()["decision"]["by"], said.json()["decision"]["text"]) == ("operator", "go")
    again = hub.client(Role.OPERATOR).post(path, json={"approved": False})
    assert again.status_code == 409 and "operator has answered already" in again.json()["detail"]
    assert over(hub, run)["state"] == "done"
    for key, status in (("fetch", 409), ("none", 404), ("a b", 422), ("each[x]", 422)):
        answer = hub.client(Role.OPERATOR).post(f"{V1}/runs/{run}/tasks/{key}/decision", json={"approved": True})
        assert answer.status_code == status, (key, answer.text)
    deeds = {(one.what, one.about) for one in hub.accounts.deeds(limit=50).items}
    assert {("flow.started", "nightly"), ("task.approved", f"run {run}, ask")} <= deeds

    done = get(hub, f"runs/{run}")
    assert (done["done"], done["failed"], done["skipped"]) == (4, 0, 1)
    child, = get(hub, f"runs/{run}/tasks")["children"]
    assert (child["flow"], child["kind"], child["parent"], child["done"]) == ("nightly/send", "job", run, 1)
    assert tasks(hub, run)["send"]["child"] == child["id"]
    assert child["id"] not in {one["id"] for one in get(hub, "runs")["items"]}
    assert (hub.home / "flow-out" / "data.csv").read_text() == "1,2,3\n"
    flow = get(hub, "flows/nightly")["flow"]
    assert flow["last_run"]["id"] == run and flow["waiting_for_approval"] == 0


def test_single_files_of_a_task_are_not_tried_again(hub: Place, past: Past) -> None:
    """The hub cannot run the task by itself."""
    over(hub, past.nightly)
    child = tasks(hub, past.nightly)["send"]["child"]
    client = hub.client(Role.OPERATOR)
    answer = client.post(f"{V1}/runs/{child}/retry")
    assert answer.status_code == 422 and "task of the flow nightly" in answer.json()["detail"]
    assert client.post(f"{V1}/runs/{child}/again").status_code == 422
    file, = get(hub, f"runs/{child}/transfers")["items"]
    assert client.post(f"{V1}/transfers/{file['id']}/retry").status_code == 409        # it is done
    (hub.home / "flow-in" / "bad.csv").write_text("bad")
    (hub.home / "flow-out" / "bad.csv").mkdir()
    run = start(client, "nightly")
    asking(hub, run)
    client.post(f"{V1}/runs/{run}/tasks/ask/decision", json={"approved": True})
    assert over(hub, run)["state"] == "failed"
    file, = get(hub, "transfers", flow="nightly/send", state="failed")["items"]
    assert get(hub, f"transfers/{file['id']}")["actions"] == []
    answer = client.post(f"{V1}/transfers/{file['id']}/retry")
    assert answer.status_code == 422 and f"run that again (run {run})" in answer.json()["detail"]
    told = client.post(f"{V1}/transfers/actions", json={"action": "retry", "ids": [file["id"]]}).json()
    assert told["done"] == [] and "nightly" in told["refused"][0]["reason"]
    assert [one for one in get(hub, "runs", flow="nightly/send")["items"] if not one["parent"]] == []
    (hub.home / "flow-out" / "bad.csv").rmdir()
    again = client.post(f"{V1}/runs/{run}/retry").json()
    assert (again["origin"], again["trigger"], again["params"]) == (run, "retry", {})
    assert over(hub, again["id"])["state"] == "done" and (hub.home / "flow-out" / "bad.csv").read_text() == "bad"


def test_what_failed_is_run_again_and_from_a_task_on(hub: Place, past: Past) -> None:
    run, client = past.fragile, hub.client(Role.OPERATOR)
    assert over(hub, run)["state"] == "failed" and get(hub, f"runs/{run}")["params"] == {"anything": [1, "two"]}
    attention = until(lambda: [one for one in get(hub, "overview")["attention"] if one["flow"] == "fragile"])
    assert (attention[0]["kind"], attention[0]["run"]) == ("failed", run) and "second" in attention[0]["reason"]
    assert {"mistaken"} <= {one["flow"] for one in get(hub, "overview")["attention"] if one["kind"] == "broken"}
    before = tasks(hub, run)
    assert [one["state"] for one in before.values()] == ["done", "failed", "blocked"]
    assert problems(client.post(f"{V1}/runs/{run}/again", json={"from": ["second", "thrid"]})) == {
        "from.1": 'no task is called "thrid"'}
    (hub.home / "tasks" / "fails").unlink()
    answer = client.post(f"{V1}/runs/{run}/again")
    assert answer.status_code == 202, answer.text
    second = answer.json()["id"]
    assert over(hub, second)["state"] == "done"
    after = tasks(hub, second)
    assert after["first"]["origin"] == run and after["first"]["since"] == before["first"]["since"]
    assert after["second"]["origin"] is None and (after["second"]["tries"], after["third"]["state"]) == (1, "done")
    assert "fetching Rome" in get(hub, f"runs/{second}/tasks/first/output")["text"]     # as it was printed there
    assert len(get(hub, f"runs/{second}/tasks/first/attempts")["items"]) == 1
    assert client.post(f"{V1}/runs/{second}/again").status_code == 409      # it is done
    assert client.post(f"{V1}/runs/{second}/retry").status_code == 409
    third = client.post(f"{V1}/runs/{second}/again", json={"from": ["second"]}).json()
    assert third["origin"] == second and over(hub, third["id"])["state"] == "done"
    assert {key: one["origin"] for key, one in tasks(hub, third["id"]).items()} == {
        "first": run, "second": None, "third": None}
    told = get(hub, "flows/fragile/grid", count=2)
    assert [one["id"] for one in told["runs"]] == [second, third["id"]] and told["tasks"] == [*before]
    assert told["cells"]["second"][str(second)]["state"] == "done"
    assert {("run.again", f"run {run}"), ("run.again", f"run {second}")} <= {
        (one.what, one.about) for one in hub.accounts.deeds(limit=50).items}


def test_a_run_that_others_may_not_go_on_beside(hub: Place, past: Past) -> None:
    run, client = past.holding, hub.client(Role.OPERATOR)
    until(lambda: tasks(hub, run)["hold"]["state"] == "waiting")
    refused = client.post(f"{V1}/flows/holding/run")
    assert refused.status_code == 409 and f"run {run}" in refused.json()["detail"]
    assert client.post(f"{V1}/runs/{run}/again", json={"from": ["hold"]}).status_code == 409
    assert client.post(f"{V1}/runs/{run}/pause").status_code == 200
    until(lambda: get(hub, f"runs/{run}")["state"] == "paused")
    assert client.post(f"{V1}/runs/{run}/resume").json()["state"] == "queued"
    assert client.post(f"{V1}/runs/{run}/cancel").status_code == 200
    assert over(hub, run)["state"] == "cancelled" and tasks(hub, run)["hold"]["state"] == "cancelled"
    client.post(f"{V1}/runs/{start(client, 'holding')}/cancel")     # nothing is in its way now


def test_a_flow_in_a_flow_and_a_job_in_it(hub: Place, past: Past) -> None:
    inner = until(lambda: tasks(hub, past.outer)["inner"]["child"])
    asking(hub, inner, "one")
    assert get(hub, f"runs/{inner}")["parent"] == past.outer and get(hub, f"runs/{inner}")["kind"] == "flow"
    assert any(one["kind"] == "approval" and one["run"] == inner for one in get(hub, "overview")["attention"])
    path = f"{V1}/runs/{inner}/tasks/one/decision"
    refused = hub.client(Role.OPERATOR).post(path, json={"approved": True})
    assert refused.status_code == 403 and "asks for admin" in refused.json()["detail"]
    assert hub.client(Role.ADMIN).post(path, json={"approved": True}).status_code == 200
    assert over(hub, past.outer)["state"] == "done"
    job = tasks(hub, past.outer)["job"]["child"]
    assert get(hub, f"runs/{job}")["kind"] == "job"
    shown = next(one for one in get(hub, "jobs")["items"] if one["id"] == "reports")
    assert shown["last_run"]["id"] == job and shown["last_success"] and shown["running"] is None
    assert {one["flow"] for one in get(hub, "stats/jobs")} & {"outer", "asking", "reports"} == {"reports"}
    answer = hub.client(Role.OPERATOR).post(f"{V1}/runs/{job}/again")
    assert answer.status_code == 409 and "job reports" in answer.json()["detail"]
    assert get(hub, f"runs/{job}/tasks") == {"items": [], "params": {}, "children": []}
    assert 'haulier_flow_last_success_timestamp_seconds{flow="outer"}' in hub.client().get("/metrics").text


def test_moments_that_have_passed_are_made_up_for(hub: Place, past: Past) -> None:
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


def test_what_was_printed_is_read_in_parts(hub: Place, past: Past) -> None:
    over(hub, past.fragile)
    path = f"runs/{past.fragile}/tasks/first/output"
    told = get(hub, path)
    size = len("fetching Rome åäö\n".encode())
    assert told == {"text": "fetching Rome åäö\n", "after": 0, "next": size, "size": size, "is_over": True}
    assert get(hub, path, after=-3)["text"] == "ö\n" and get(hub, path, after=size)["text"] == ""
    assert get(hub, path, limit=16) | {"size": 0} == {
        "text": "fetching Rome å", "after": 0, "next": 16, "size": 0, "is_over": False}
    client = hub.client(Role.VIEWER)
    for params in ({"attempt": 2}, {"attempt": 1 << 62}):
        assert client.get(f"{V1}/{path}", params=params).status_code == 404
    for params in ({"limit": 1}, {"limit": 1 << 21}, {"attempt": 0}):
        assert client.get(f"{V1}/{path}", params=params).status_code == 422
    for key in ("third", "..%2F..%2Fhaulier", "..", "first[1]"):
        assert client.get(f"{V1}/runs/{past.fragile}/tasks/{key}/output").status_code in (404, 422), key
    log = hub.made.live.workspace.path / "state" / "flows" / str(past.fragile) / "first.1.log"
    text = log.read_text()
    log.unlink()
    answer = client.get(f"{V1}/{path}")
    assert answer.status_code == 404 and "not on this machine" in answer.json()["detail"]
    assert get(hub, f"runs/{past.fragile}/tasks/first/attempts")["items"][0]["tail"] == text
    log.write_text(text)


@pytest.mark.parametrize("limit", [16, 17, 18, 19, 1000])
def test_no_character_is_cut_in_two(tmp_path: Path, limit: int) -> None:
    text = "aå日本\N{ROCKET}\n" * 50
    log = tmp_path / "log"
    log.write_text(text)
    read, after = "", 0
    while after < len(text.encode()):
        found = part(log, after, limit, is_over=True)
        assert found and found.after == after < found.next <= after + limit and found.size == len(text.encode())
        read, after = read + found.text, found.next
    assert read == text and found.is_over
    for back in range(1, 30):
        found = part(log, -back, 1000, is_over=True)
        assert found and text.endswith(found.text) and found.size - found.after == len(found.text.encode()) <= back


def test_what_is_no_text_is_read_all_the_same(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"\x80\x80\x80\x80\xff\xf0\x9f\x9a")
    found = part(log, 0, 100, is_over=False)
    assert found and found.next == 5 and not found.is_over       # the last three may be the begin of one
    found = part(log, found.next, 100, is_over=True)
    assert found and found.text == "\N{REPLACEMENT CHARACTER}" and found.is_over
    with log.open("r+b") as file:
        file.truncate(1 << 40)      # a hole: nothing of it is read that is not asked for
    found = part(log, -64, 16, is_over=True)
    assert found and (len(found.text), found.next) == (16, (1 << 40) - 48)
    assert part(tmp_path / "none", 0, 16, is_over=True) is None


def test_tasks_are_told_as_they_happen(hub: Place, past: Past) -> None:
    with listening(hub) as first:
        until(lambda: hub.app.state.desk.feed._position >= 0)
        run = start(hub.client(Role.OPERATOR), "fragile")
        until(lambda: any(data["kind"] == "run.done" for kind, _, data in first.messages if kind == "event"))
        told = [(id, data) for kind, id, data in first.messages if kind == "event" and data["run"] == run]
    kinds = [data["kind"] for _, data in told]
    assert kinds.count("task.running") == 3 == kinds.count("task.done") and kinds[-1] == "run.done"
    assert {data["flow"] for _, data in told} == {"fragile"}
    assert told[kinds.index("task.running")][1]["text"].startswith("first")
    at = told[kinds.index("task.running")][0]
    with listening(hub, headers={"Last-Event-ID": str(at)}) as second:
        rest = [id for id, _ in told if id > at]
        until(lambda: [id for kind, id, _ in second.messages if kind == "event"][:len(rest)] == rest)
    assert [one["kind"] for one in get(hub, "events/list", kind="task.", run=run, limit=100)["items"][::-1]] == [
        kind for kind in kinds if kind.startswith("task.")]

"""Runs of flows over the API: looked into, answered, told, run again by the real engine."""
from __future__ import annotations

from typing import NamedTuple

import pytest

from api.flowruns import V1, asking, get, over, prepared, problems, start, tasks
from api.hubs import Place, until
from api.test_socket import ask, line
from api.test_stream import listening
from haulier.model.account import Role


class Past(NamedTuple):
    """Runs, by their flow."""

    nightly: int
    later: int      # of the same
    fragile: int
    outer: int
    council: int


@pytest.fixture(scope="module")
def past(hub: Place) -> Past:
    """All begun at once, as nothing is said of how long they take."""
    client = prepared(hub)
    return Past(start(client, "nightly", city="Rome"), start(client, "nightly"),
                start(client, "fragile", anything=[1, "two"]), start(client, "outer"),
                start(client, "council"))


def test_a_run_is_looked_into_and_answered(hub: Place, past: Past) -> None:
    run = past.nightly
    ask = asking(hub, run)
    assert (ask["message"], ask["state"], ask["decision"]) == ("Send Rome?", "waiting", None)
    told = get(hub, f"runs/{run}")
    assert (told["kind"], told["source"], told["params"]) == ("flow", "", {"city": "Rome"})
    assert told["parent"] is None and told["origin"] is None
    until(lambda: get(hub, "flows/nightly")["flow"]["waiting_for_approval"] == 2)    # an answer is kept for a second
    overview = until(lambda: [one for one in get(hub, "overview")["attention"] if one.get("task") == "ask"
                              and one["run"] == run])
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
    assert flow["last_run"]["id"] == past.later and flow["waiting_for_approval"] == 1


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
    run = past.later
    asking(hub, run)
    client.post(f"{V1}/runs/{run}/tasks/ask/decision", json={"approved": True})
    assert over(hub, run)["state"] == "failed"
    file, = get(hub, "transfers", flow="nightly/send", state="failed")["items"]
    assert get(hub, f"transfers/{file['id']}")["actions"] == []
    answer = client.post(f"{V1}/transfers/{file['id']}/retry")
    assert answer.status_code == 422 and f"run that again (run {run})" in answer.json()["detail"]
    told = client.post(f"{V1}/transfers/actions", json={"action": "retry", "ids": [file["id"]]}).json()
    assert told["done"] == [] and "nightly" in told["refused"][0]["reason"]
    with line(hub) as socket:
        said = ask(socket, {"type": "command.transfer.retry", "transfer_id": file["id"]})
    assert said["type"] == "command.refused" and "nightly" in said["data"]["reason"]
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


def test_a_flow_in_a_flow_and_a_job_in_it(hub: Place, past: Past) -> None:
    inner = until(lambda: tasks(hub, past.outer)["inner"]["child"])
    asking(hub, inner, "one")
    assert get(hub, f"runs/{inner}")["parent"] == past.outer and get(hub, f"runs/{inner}")["kind"] == "flow"
    until(lambda: any(one["kind"] == "approval" and one["run"] == inner for one in get(hub, "overview")["attention"]))
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


def test_each_of_a_list_asks_somebody_else(hub: Place, past: Past) -> None:
    assert asking(hub, past.council, "vote[2]")["message"] == "And admin?"
    path = f"{V1}/runs/{past.council}/tasks"
    client = hub.client(Role.OPERATOR)
    assert client.post(f"{path}/vote[2]/decision", json={"approved": True}).status_code == 403
    assert client.post(f"{path}/vote/decision", json={"approved": True}).status_code == 409
    assert client.post(f"{path}/vote[1]/decision", json={"approved": True}).status_code == 200
    told = hub.client(Role.ADMIN).post(f"{path}/vote%5B2%5D/decision", json={"approved": False, "text": "no\ttime"})
    assert told.status_code == 200, told.text
    assert over(hub, past.council)["state"] == "failed"
    assert [one["state"] for one in tasks(hub, past.council).values()] == ["failed", "done", "failed"]
    assert ("task.refused", f"run {past.council}, vote[2]") in {
        (one.what, one.about) for one in hub.accounts.deeds(limit=50).items}


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


def test_tasks_are_told_as_they_happen(hub: Place, past: Past) -> None:
    with listening(hub) as first:
        until(lambda: hub.app.state.desk.feed._position >= 0)
        run = start(hub.client(Role.OPERATOR), "fragile")
        until(lambda: any((data["kind"], data["run"]) == ("run.done", run) for kind, _, data in first.messages
                          if kind == "event"))
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

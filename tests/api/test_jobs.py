"""Jobs are what the files say: looked at, added, changed and removed there, with everybody's comments kept."""
from __future__ import annotations

from typing import Any

import pytest

from api.hubs import Place, until
from haulier.model.account import Role

V1 = "/api/v1"
FORM = {"job_id": "made", "source": {"type": "local", "path": "in"}, "destination": {"type": "local", "path": "out"}}


@pytest.fixture(autouse=True)
def files_as_they_were(hub: Place) -> Any:
    path = hub.home / "configs" / "jobs.yaml"
    before = path.read_text()
    yield
    path.write_text(before)
    hub.made.live.refresh()


def text(hub: Place) -> str:
    return (hub.home / "configs" / "jobs.yaml").read_text()


def one(hub: Place, id: str) -> dict[str, Any]:
    answer = hub.client().get(f"{V1}/jobs/{id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_all_jobs_with_and_without_mistakes(hub: Place) -> None:
    told = hub.client(Role.VIEWER).get(f"{V1}/jobs").json()
    jobs = {job["id"]: job for job in told["items"]}
    assert sorted(jobs) == ["broken", "nowhere", "reports"]
    reports = jobs["reports"]
    assert reports["schedule"] == "0 2 * * *" and "02:00, Europe/Stockholm" in reports["sentence"]
    assert reports["next"].endswith("Z") and reports["tags"] == ["daily"] and reports["enabled"] is True
    assert reports["source"] == {"type": "local", "location": str(hub.home / "in")}
    assert reports["problems"] == [] and (reports["file"], reports["line"]) == ("configs/jobs.yaml", 3)
    mistake = next(one for one in jobs["broken"]["problems"] if one["key"] == "jobs[2].sorce")
    assert "source" in mistake["hint"] and mistake["line"] == 15
    assert mistake in told["problems"]


def test_one_job_as_form_and_as_yaml(hub: Place) -> None:
    found = one(hub, "reports")
    assert found["form"]["source"]["file_pattern"] == "*.csv" and found["version"]
    assert "# to the archive" in found["yaml"] and "nowhere" not in found["yaml"]
    assert one(hub, "broken")["job"]["problems"]
    answer = hub.client().get(f"{V1}/jobs/report")
    assert answer.status_code == 404 and 'did you mean "reports"?' in answer.json()["detail"]


def test_a_job_is_added_and_removed(hub: Place) -> None:
    admin, before = hub.client(), text(hub)
    answer = admin.post(f"{V1}/jobs", json={"form": FORM})
    assert answer.status_code == 201 and answer.json()["job"]["id"] == "made", answer.text
    assert text(hub).startswith(before.rstrip("\n")) and "made" in text(hub)
    assert "made" in [job["id"] for job in admin.get(f"{V1}/jobs").json()["items"]]     # at once
    again = admin.post(f"{V1}/jobs", json={"form": FORM})
    assert again.status_code == 422 and again.json()["problems"][0]["key"] == "job_id"
    version = one(hub, "made")["version"]
    assert admin.delete(f"{V1}/jobs/made", params={"version": "old"}).status_code == 409
    assert admin.delete(f"{V1}/jobs/made", params={"version": version}).status_code == 204
    assert admin.get(f"{V1}/jobs/made").status_code == 404 and text(hub).rstrip() == before.rstrip()
    done = [(deed.what, deed.about) for deed in hub.accounts.deeds(limit=2).items]
    assert done == [("job.removed", "made"), ("job.added", "made")]


def test_a_job_is_changed_and_keeps_its_comments(hub: Place) -> None:
    found = one(hub, "reports")
    form = {**found["form"], "description": "Nightly <b>reports</b>", "schedule": "0 3 * * *"}
    answer = hub.client().put(f"{V1}/jobs/reports", json={"form": form, "version": found["version"]})
    assert answer.status_code == 200, answer.text
    assert "03:00" in answer.json()["job"]["sentence"] and answer.json()["version"] != found["version"]
    assert "# What the tests move." in text(hub) and "# to the archive" in text(hub)
    yaml = answer.json()["yaml"].replace("0 3 * * *", "every 15m")
    answer = hub.client().put(f"{V1}/jobs/reports", json={"yaml": yaml, "version": answer.json()["version"]})
    assert answer.status_code == 200 and answer.json()["job"]["schedule"] == "every 15m"


def test_a_hand_edit_meanwhile_is_a_conflict_and_nothing_is_lost(hub: Place) -> None:
    found = one(hub, "reports")
    path = hub.home / "configs" / "jobs.yaml"
    path.write_text(text(hub).replace("Reports of the day", "By hand"))
    answer = hub.client().put(f"{V1}/jobs/reports", json={"form": found["form"], "version": found["version"]})
    assert answer.status_code == 409
    current = answer.json()["current"]
    assert current["form"]["description"] == "By hand" and current["job"]["id"] == "reports"
    assert set(current) == set(found) and "By hand" in text(hub)
    mine = {**found["form"], "description": "Mine"}
    answer = hub.client().put(f"{V1}/jobs/reports", json={"form": mine, "version": current["version"]})
    assert answer.status_code == 200 and "Mine" in text(hub)


def test_mistakes_come_back_by_their_key(hub: Place) -> None:
    before = text(hub)
    form = {**FORM, "schedule": "61 * * * *", "source": {"type": "local", "path": "in", "file_pattern": "re:("}}
    for answer in (hub.client().post(f"{V1}/jobs", json={"form": form}),
                   hub.client().post(f"{V1}/jobs/check", json={"form": form})):
        keys = {problem["key"] for problem in answer.json()["problems"]}
        assert keys == {"schedule", "source.file_pattern"}
    assert text(hub) == before


def test_runs_of_a_job_beside_each_other_are_refused(hub: Place) -> None:
    form = {**FORM, "schedule": {"cron": "@daily", "overlap": "parallel"}}
    answer = hub.client().post(f"{V1}/jobs", json={"form": form})
    assert answer.status_code == 422
    (problem,) = answer.json()["problems"]
    assert problem["key"] == "schedule.overlap" and "use queue" in problem["text"] and "made" not in text(hub)
    line = len(text(hub).splitlines()) + 2
    (hub.home / "configs" / "jobs.yaml").write_text(f"""{text(hub).rstrip()}
  - job_id: made
    schedule: {{cron: "@daily", overlap: parallel}}
    source: {{type: local, path: in}}
    destination: {{type: local, path: out}}
""")
    hub.made.live.refresh()
    told = hub.client().get(f"{V1}/jobs").json()["problems"]
    (problem,) = (one for one in told if "use queue" in one["text"])
    assert (problem["file"], problem["line"]) == ("configs/jobs.yaml", line)
    shape = hub.client().get(f"{V1}/specs").json()["job"]["$defs"]["ScheduleForm"]["properties"]["overlap"]
    assert shape["enum"] == ["skip", "queue"]


def test_a_draft_goes_from_form_to_yaml_and_back(hub: Place) -> None:
    told = hub.client().post(f"{V1}/jobs/check", json={"form": FORM}).json()
    assert told["problems"] == [] and told["form"] == FORM and told["yaml"].startswith("job_id: made\n")
    told = hub.client().post(f"{V1}/jobs/check", json={"yaml": told["yaml"] + "group: true  # all or none\n"}).json()
    assert told["form"] == {**FORM, "group": True} and "# all or none" in told["yaml"]
    told = hub.client().post(f"{V1}/jobs/check", json={"yaml": "job_id: [\n"}).json()
    assert told["form"] is None and told["problems"][0]["line"] >= 1


@pytest.mark.parametrize("body", [{}, {"form": []}, {"yaml": 1}, {"form": {}, "more": 1}, {"form": {"a": "\ud800"}},
                                  {"yaml": "a: \ud800"}, {"form": {}}, {"yaml": ""}, {"yaml": "\0"}])
def test_what_is_no_job_is_refused(hub: Place, body: dict[str, Any]) -> None:
    before = text(hub)
    import json
    answer = hub.client().post(f"{V1}/jobs", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code == 422 and answer.json()["detail"], answer.text
    assert text(hub) == before


def test_a_schedule_is_switched_off_and_on(hub: Place) -> None:
    told = hub.client().post(f"{V1}/jobs/reports/enabled", json={"enabled": False}).json()
    assert told["enabled"] is False and told["next"] is None and told["sentence"]
    assert "enabled: false" in text(hub)
    assert hub.client().post(f"{V1}/jobs/reports/enabled", json={"enabled": True}).json()["next"]


def test_the_next_starts_of_a_job(hub: Place) -> None:
    told = hub.client(Role.VIEWER).get(f"{V1}/jobs/reports/schedule", params={"count": 3}).json()
    assert len(told["next"]) == 3 and told["next"] == sorted(told["next"])
    assert {time[11:19] for time in told["next"]} <= {"00:00:00", "01:00:00"}    # two in the morning in Stockholm
    assert hub.client().get(f"{V1}/jobs/nowhere/schedule").status_code == 409
    assert hub.client().get(f"{V1}/jobs/broken/schedule").status_code == 422
    schedules = hub.client().get(f"{V1}/schedules").json()
    assert [(one["flow"], one["timezone"]) for one in schedules] == [
        ("nightly", "Europe/Stockholm"), ("reports", "Europe/Stockholm")]


def test_what_a_schedule_means(hub: Place) -> None:
    viewer = hub.client(Role.VIEWER)
    told = viewer.post(f"{V1}/schedules/check", json={"schedule": "weekly on mon at 06:30", "timezone": "UTC"}).json()
    assert "06:30" in told["sentence"] and len(told["next"]) == 10
    told = viewer.post(f"{V1}/schedules/check", json={"schedule": {"every": "15m"}}).json()
    assert told["sentence"] == "every 15 minutes, UTC"
    for wrong, key in (({"schedule": "61 * * * *"}, "schedule"), ({"schedule": {"every": "1s", "ever": 2}},
                       "schedule.ever"), ({"schedule": "@daily", "timezone": "Mars"}, "timezone")):
        answer = viewer.post(f"{V1}/schedules/check", json=wrong)
        assert answer.status_code == 422 and [one["key"] for one in answer.json()["problems"]] == [key]


def test_what_a_run_would_do(hub: Place) -> None:
    for name in ("a.csv", "b.csv", "<img src=x>.csv", "c.txt"):
        (hub.home / "in" / name).write_text("12345")
    told = hub.client(Role.VIEWER).get(f"{V1}/jobs/reports/plan").json()
    verdicts = {item["path"]: item["verdict"] for item in told["items"]}
    assert verdicts == {"a.csv": "move", "b.csv": "move", "<img src=x>.csv": "move", "c.txt": "skip"}
    assert told["counts"] == {"move": 3, "skip": 1, "wait": 0, "fail": 0} and told["bytes"] == 15 and told["is_whole"]
    short = hub.client().get(f"{V1}/jobs/reports/plan", params={"limit": 1}).json()
    assert len(short["items"]) == 1 and not short["is_whole"] and short["counts"]["move"] == 3
    answer = hub.client().get(f"{V1}/jobs/nowhere/plan")
    assert answer.status_code == 424 and "not-there" in answer.json()["detail"]
    assert hub.client().get(f"{V1}/jobs/broken/plan").status_code == 422
    for path in (hub.home / "in").iterdir():
        path.unlink()


def test_a_hand_edit_shows_without_a_restart(hub: Place) -> None:
    path = hub.home / "configs" / "jobs.yaml"
    path.write_text(text(hub).replace("job_id: nowhere", "job_id: elsewhere"))
    until(lambda: "elsewhere" in [job["id"] for job in hub.client().get(f"{V1}/jobs").json()["items"]])
    path.write_text("jobs: [")
    told = until(lambda: (found := hub.client().get(f"{V1}/jobs").json())["items"] == [] and found)
    assert told["problems"] and hub.client().get(f"{V1}/overview").status_code == 200


def test_the_next_start_moves_on_with_the_clock(hub: Place) -> None:
    def following() -> str:
        job, = (one for one in hub.client().get(f"{V1}/jobs").json()["items"] if one["id"] == "reports")
        return str(job["next"])

    first = following()
    hub.clock.ahead = 26 * 3600 * 10**9
    second = following()
    hub.clock.ahead = 0
    assert second > first == following()


def test_what_waits_goes_with_its_job(hub: Place) -> None:
    """Else its files would wait for a next try that never comes."""
    admin = hub.client()
    made = admin.post(f"{V1}/jobs", json={"form": {
        "job_id": "leaving", "destination": {"type": "local", "path": "out"},
        "source": {"type": "sftp", "path": "x", "connection": {"host": "127.0.0.1", "port": 1, "username": "nobody"}}}})
    assert made.status_code == 201, made.text
    run = admin.post(f"{V1}/jobs/leaving/run").json()["id"]
    until(lambda: admin.get(f"{V1}/runs/{run}").json()["state"] == "waiting")
    version = admin.get(f"{V1}/jobs/leaving").json()["version"]
    assert admin.delete(f"{V1}/jobs/leaving", params={"version": version}).status_code == 204
    assert admin.get(f"{V1}/runs/{run}").json()["state"] == "cancelled"
    assert [one for one in hub.made.books.agenda.open() if one.flow == "leaving"] == []


def test_a_plan_that_is_cut_keeps_what_would_be_done(hub: Place) -> None:
    admin = hub.client()
    folder = hub.home / "many"
    folder.mkdir()
    form = {"job_id": "many", "source": {"type": "local", "path": "many"},
            "destination": {"type": "local", "path": "many-out"}, "complete": {"settle_seconds": 0}}
    assert admin.post(f"{V1}/jobs", json={"form": form}).status_code == 201
    for number in range(20):
        (folder / f"{number:02}.txt").write_text("old")
    run = admin.post(f"{V1}/jobs/many/run").json()["id"]
    until(lambda: admin.get(f"{V1}/runs/{run}").json()["state"] == "done")
    (folder / "15b.txt").write_text("new")
    plan = admin.get(f"{V1}/jobs/many/plan", params={"limit": 3}).json()
    assert plan["counts"]["move"] == 1 and plan["counts"]["skip"] == 20 and not plan["is_whole"]
    assert sorted(one["verdict"] for one in plan["items"]) == ["move", "skip", "skip"]

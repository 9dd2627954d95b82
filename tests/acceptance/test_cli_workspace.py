"""A workspace from init to why."""
from __future__ import annotations

import json
import os
import shutil
import time


def test_init_makes_a_workspace_and_takes_nothing_that_is_there(haulier):
    made = {line["path"] for line in haulier("init", "ws", "--json").of("made")}
    assert {str(haulier.at / "ws" / name) for name in ("haulier.yaml", ".env", "configs/jobs.yaml")} <= made
    assert (haulier.at / "ws" / ".env").stat().st_mode & 0o777 == 0o600
    before = haulier.files("ws")
    assert "already" in haulier("init", "ws").out
    assert haulier.files("ws") == before
    assert "no problems; 0 jobs" in haulier("validate", "ws").out


def test_init_over_a_file_is_refused(haulier):
    (haulier.at / "ws").write_text("")
    assert "not a folder" in haulier("init", "ws", code=2).err


def test_commands_that_need_a_workspace_say_how_to_make_one(haulier):
    *told, nowhere = haulier.each(("run", "x"), ("validate",), ("secret", "set", "X"), ("run", "x", "-w", "nowhere"),
                                  code=2)
    assert all("haulier init" in one.err for one in told) and "not a workspace" in nowhere.err


def test_validate_shows_every_problem_with_its_place(workspace, new_jobs):
    new_jobs(workspace, "  - job_id: bad\n    sorce: {}\n    destination: {type: locl, path: x}\n")
    done, found = workspace.each(("validate",), ("validate", "--json"), code=2)
    lines = done.out.splitlines()
    assert lines[0] == "configs/jobs.yaml:5: jobs[1].source: required, but not there"
    assert lines[1] == 'configs/jobs.yaml:6: jobs[1].sorce: unknown key; did you mean "source"?'
    assert lines[2].startswith("configs/jobs.yaml:7: jobs[1].destination.type: ")
    assert lines[3] == "3 problems; 1 job can run"
    assert [(one["line"], one["key"]) for one in found.of("problem")] == [
        (5, "jobs[1].source"), (6, "jobs[1].sorce"), (7, "jobs[1].destination.type")]
    assert found.of("summary") == [
        {"type": "summary", "jobs": 1, "broken": 1, "flows": 0, "broken_flows": 0, "problems": 3}]


def test_a_broken_job_shows_its_problems_and_stops_no_other(workspace, new_jobs):
    new_jobs(workspace, "  - job_id: bad\n    sorce: {}\n    destination: {type: locl, path: x}\n")
    done, told = workspace.each(("run", "bad"), ("run", "bad", "--json"), code=2)
    assert done.err.count("configs/jobs.yaml:") == 3 and not done.out
    assert len(told.of("problem")) == 3
    workspace("run", "daily")


def test_an_unknown_job_is_named_with_the_nearest(workspace):
    for told in workspace.each(("run", "dayly"), ("history", "dayly"), code=2):
        assert 'did you mean "daily"?' in told.err


def test_workspace_is_found_by_option_environment_and_folder(workspace):
    elsewhere = workspace.at.parent
    assert "a.csv" in workspace("plan", "daily", "--workspace", "ws", at=elsewhere).out
    assert "a.csv" in workspace("plan", "daily", at=workspace.at / "configs").out
    workspace.environ = {"HAULIER_WORKSPACE": str(workspace.at)}
    assert "a.csv" in workspace("plan", "daily", at=elsewhere).out


def test_plan_says_what_moves_and_why_not_and_changes_nothing(workspace):
    before = workspace.files("..")
    plan, run, found = workspace.each(("plan", "daily"), ("run", "daily", "--dry-run"), ("plan", "daily", "--json"))
    lines = plan.out.splitlines()
    assert lines == ["move      5 B  a.csv", "skip      5 B  b.txt (no pattern includes it)",
                     "1 file to move, 5 B; 1 not moved"]
    assert run.out.splitlines() == lines
    assert workspace.files("..") == before
    assert {(one["path"], one["verdict"], one["target"]) for one in found.of("decision")} == {
        ("b.txt", "skip", None), ("a.csv", "move", "a.csv")}
    assert found.of("summary")[0]["move"] == 1 and found.of("summary")[0]["bytes"] == 5


def test_plan_counts_what_is_many(workspace):
    for number in range(21):
        (workspace.at / f"../in/{number}.tmp").write_text("")
    lines, every = (told.out.splitlines() for told in workspace.each(("plan", "daily"), ("plan", "daily", "--all")))
    assert "skip 21 files: temporary file, by its name (--all names them)" in lines and len(lines) == 4
    assert len(every) == 24


def test_plan_counts_reasons_that_name_files(workspace, new_jobs):
    new_jobs(workspace, "    complete: {marker: '{name}.ok'}\n")
    for number in range(25):
        path = workspace.at / f"../in/{number}.csv"
        path.write_text("")
        os.utime(path, (1e9, 1e9))
    assert "wait 26 files: no ….ok beside it yet (--all names them)" in workspace("plan", "daily").out


def test_run_moves_and_the_second_run_has_nothing_to_do(workspace):
    first = workspace("run", "daily", "--json")
    entry, = first.of("file")
    assert (entry["path"], entry["state"], entry["bytes"], entry["target"]) == ("a.csv", "done", 5, "a.csv")
    assert len(entry["sha256"]) == 64 and entry["error"] is None
    assert workspace.files("../out") == {"a.csv": b"a.csv"}
    again = workspace("run", "daily", "--json")
    assert not again.of("file") and again.of("summary")[0]["skipped"] == 2
    done = workspace("run", "daily", "--fail-empty", code=3)
    assert done.out == "daily: nothing moved; 2 skipped\n" and not done.err


def test_run_names_what_fails_and_quiet_nothing_else(workspace):
    (workspace.at / "../out/a.csv/in-the-way").mkdir(parents=True)
    done = workspace("run", "daily", "--quiet", code=1)
    assert done.err.startswith("failed: a.csv: ") and done.err.count("\n") == 1 and not done.out
    found = workspace("run", "daily", "--json", code=1)
    assert found.of("file")[0]["state"] == "failed" and found.of("file")[0]["kind"]
    assert found.of("summary")[0]["state"] == "failed"
    shutil.rmtree(workspace.at / "../out/a.csv")
    assert "1 file done" in workspace("run", "daily").out


def test_a_job_whose_source_is_missing_fails_and_one_whose_source_is_empty_does_not(workspace):
    folder = workspace.at / "../in"
    shutil.rmtree(folder)
    *told, error = workspace.each(("plan", "daily"), ("run", "daily"), ("run", "daily", "--json"), code=2)
    assert all(f"{folder.resolve()}: no such folder; is its disk mounted?" in one.err for one in told)
    assert error.of("error")[0]["kind"] == "NotFound"
    every, first = workspace.each(("history", "--json"), ("history", "--run", "1"))
    run, _ = every.of("run")
    assert run["state"] == "failed" and "no such folder" in run["error"]
    assert "run 1 moved no files: " in (said := first.out) and "no such folder" in said
    folder.mkdir()
    assert workspace("run", "daily").out == "daily: nothing moved\n"


def test_files_that_may_still_be_written_are_counted_as_not_ready(workspace, new_jobs):
    new_jobs(workspace, "    complete: {marker: '{name}.ok'}\n")
    assert workspace("run", "daily").out == "daily: nothing moved; 1 skipped; 1 not ready yet\n"


def test_history_lists_runs_and_the_files_of_one(workspace):
    workspace("run", "daily")
    workspace("run", "daily")
    runs, last, one, told, other, none = workspace.each(
        ("history", "daily"), ("history", "--limit", "1", "--json"), ("history", "--run", "1"),
        ("history", "--run", "1", "--json"), ("history", "--run", "2"), ("history", "--run", "77"),
        code=(0, 0, 0, 0, 0, 2))
    header, second, first = runs.out.splitlines()
    assert header.split()[:3] == ["run", "flow", "started"]
    assert second.split()[0] == "2" and first.split()[0] == "1" and " done " in first
    run, = last.of("run")
    assert run["id"] == 2 and run["flow"] == "daily" and run["finished"]
    assert "a.csv" in one.out and told.of("file")[0]["state"] == "done"
    assert other.out == "run 2 moved no files\n" and "there is no run 77" in none.err


def test_why_tells_the_whole_story(workspace, new_jobs):
    new_jobs(workspace, "    settle: archive\n")
    workspace("run", "daily")
    ways = ("../in/a.csv", str(workspace.at.parent / "out/a.csv"))
    first, *others, found = workspace.each(("why", "a.csv"), *(("why", way) for way in ways),
                                           ("why", "a.csv", "--json"))
    text = first.out
    for said in ("run 1: began", "all bytes were copied", "It arrived as a.csv, 5 B, source sha256 ",
                 "backups/daily/a.csv.", "Job daily: there is no a.csv in", "for the first time: 5 bytes in"):
        assert said in text
    assert all("It arrived as a.csv" in told.out for told in others)
    assert found.of("file")[0]["settled"].endswith("backups/daily/a.csv")
    assert {"run.started", "transfer.done", "run.done"} <= {one["kind"] for one in found.of("event")}
    assert found.of("now") == [{"type": "now", "job": "daily", "path": "a.csv", "verdict": None,
                                "reason": None, "error": None}]


def test_why_tells_of_tries_and_errors(workspace):
    (workspace.at / "../out/a.csv/in-the-way").mkdir(parents=True)
    for _ in range(2):
        workspace("run", "daily", code=1)
    text = workspace("why", "a.csv").out
    assert text.count("it failed for good") == 2 and "The last error: a.csv: " in text
    assert "Job daily would send it now." in text


def test_why_says_why_not_for_a_file_that_was_never_seen(workspace, new_jobs):
    new_jobs(workspace, "  - job_id: other\n    enabled: false\n    source: {type: local, path: /nowhere}\n"
                        "    destination: {type: local, path: x}\n")
    below = workspace.at / "../in/sub/c.csv"
    below.parent.mkdir()
    below.write_text("")
    here, deeper, elsewhere = workspace.each(("why", "../in/b.txt"), ("why", "sub/c.csv"),
                                             ("why", "/elsewhere/x.csv"), code=1)
    assert here.out.splitlines() == ["No run has ever seen ../in/b.txt.",
                                 "Job daily would not send it now: no pattern includes it."]
    assert "the job is not recursive" in deeper.out
    assert "No job has a source" in elsewhere.out
    old = time.time() - 3600
    os.utime(workspace.at / "../in/a.csv", (old, old))
    workspace("run", "daily")
    assert "delivered before and unchanged since" in workspace("why", "a.csv").out


def test_jobs_are_listed_and_when_they_start(workspace):
    (workspace.at / "configs/jobs.yaml").write_text(
        "jobs:\n  - job_id: payroll\n    description: To the bank\n    schedule: daily at 06:00\n"
        "    source: {type: local, path: ../in}\n    destination: {type: local, path: ../out}\n"
        "  - job_id: wrong\n    sorce: {type: local, path: ../in}\n")
    jobs, shown, schedules, status, disabled = workspace.each(
        ("list", "--json"), ("list",), ("schedule", "list", "--json"), ("scheduler", "status"),
        ("schedule", "disable", "payroll"), code=(2, 2, 0, 1, 2))
    assert [(one["name"], one["can_run"]) for one in jobs.of("job")] == [("payroll", True), ("wrong", False)]
    assert "payroll  To the bank\n" in shown.out
    assert [one["flow"] for one in schedules.of("schedule")] == ["payroll"]
    assert ":00 UTC: payroll\n" in status.out
    assert "configs/jobs.yaml: change it there" in disabled.err


def test_connections_are_listed_and_tested(workspace):
    (workspace.at / "haulier.yaml").write_text(
        "connections:\n  desk: {type: local, path: ../in}\n  gone: {type: local, path: /nowhere/at/all}\n")
    listed, shown, tried, told, gone, *typos = workspace.each(
        ("connections", "list", "--json"), ("connections", "list"), ("connections", "test", "desk"),
        ("connections", "test", "desk", "--json"), ("connections", "test", "gone"), ("connections", "test", "dusk"),
        ("connections", "test", "dusk:"), code=(0, 0, 0, 0, 0, 2, 2))
    assert [one["name"] for one in listed.of("connection")] == ["desk", "gone"]
    assert "desk" in shown.out and "works, 2 files at the top" in tried.out
    found = told.of("connection")[0]
    assert (found["name"], found["files"], found["folder"]) == ("desk", 2, True)
    assert "no such folder yet" in gone.out
    assert all('no connection is called "dusk"; did you mean "desk"?' in typo.err for typo in typos)
    workspace("copy", "desk:a.csv", "copied.csv")
    assert (workspace.at / "copied.csv").read_text() == "a.csv"


def test_secret_is_sealed_and_opens_where_it_is_used(workspace):
    from haulier.settings.workspace import Workspace
    sealed = workspace("secret", "set", "OFFICE", stdin="hunter 2\n").out.strip()
    assert sealed.startswith("sealed:") and "hunter" not in sealed
    assert Workspace(workspace.at, {}).secrets.resolve(sealed) == "hunter 2"
    found, = workspace("secret", "set", "OFFICE", "--json", stdin="x").of("secret")
    assert found["name"] == "OFFICE" and found["sealed"].startswith("sealed:")


def test_secret_in_env_file_is_private_and_replaces_its_line(workspace):
    from haulier.settings.workspace import Workspace
    dotenv = workspace.at / ".env"
    key = Workspace(workspace.at, {}).secrets.variable("HAULIER_KEY")
    dotenv.chmod(0o644)
    for value in ("first", 'a "quoted" \\ $x #y\nsecond line\t'):
        done = workspace("secret", "set", "OFFICE", "--env", stdin=value)
        assert value not in done.out + done.err
    secrets = Workspace(workspace.at, {}).secrets
    assert secrets.variable("OFFICE") == 'a "quoted" \\ $x #y\nsecond line\t'
    assert secrets.variable("HAULIER_KEY") == key
    assert dotenv.read_text().count("OFFICE=") == 1 and dotenv.stat().st_mode & 0o777 == 0o600


def test_secrets_that_cannot_be_kept_are_refused(workspace):
    before = (workspace.at / ".env").read_text()
    assert "empty" in workspace("secret", "set", "X", stdin="", code=2).err
    assert "not a name" in workspace("secret", "set", "a b", "--env", stdin="x", code=2).err
    assert "HAULIER_KEY" in workspace("secret", "set", "HAULIER_KEY", "--env", stdin="x", code=2).err
    assert "cannot hold" in workspace("secret", "set", "X", "--env", stdin="a\u2028b", code=2).err
    assert (workspace.at / ".env").read_text() == before


def test_specs_describe_every_store_and_step(haulier):
    every, local, step, jobs, typo = haulier.each(
        ("specs",), ("specs", "local"), ("specs", "steps/compress", "--json"), ("specs", "jobs", "--json"),
        ("specs", "compres"), code=(0, 0, 0, 0, 2))
    names = {line.split()[1] for line in every.out.splitlines()}
    assert {"local", "s3", "compress", "gpg_encrypt"} <= names
    text = local.out
    assert "file://" in text and "symlinks" in text and "follow | skip | fail" in text
    found, = step.of("spec")
    assert found["group"] == "steps" and found["schema"]["properties"]["type"] == {"const": "compress"}
    assert json.dumps(jobs.of("spec")[0]["schema"]).count("job_id")
    assert 'did you mean "compress"?' in typo.err

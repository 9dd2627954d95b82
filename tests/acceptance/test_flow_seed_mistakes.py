"""What the seed of flows got wrong is right here: a test for each weakness that is known of it."""
from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from acceptance.conftest import Program, until
from acceptance.far import chance
from acceptance.flows import (
    LATE,
    TOLD,
    alive,
    counted,
    flow,
    notes,
    one,
    printed,
    script,
    spoken,
    states,
    summary,
    told,
)

NASTY = ["two words", "$(touch PWNED)", "`touch PWNED`", "; touch PWNED", "it's", 'say "hi"', "a\nb", "åäö 文 🚚", "*",
         "$HOME", "-x", "", "\\", "trailing ", "${nothing}", "%s", "!!"]


def test_params_arrive(yard: Program) -> None:
    """3: they were read, and thrown away."""
    script(yard, "told.py", TOLD)
    flow(yard, "f", {"id": "a", "script": "told.py", "args": ["{date}", "${date}", "on ${params.date}"],
                     "env": {"WHEN": "${date}"}})
    given = told(yard("run", "f", "--json", "--params", '{"date": "2023-01-01", "n": 3}'), "a")
    assert given["argv"] == ["{date}", "2023-01-01", "on 2023-01-01"]
    assert given["env"]["WHEN"] == given["env"]["date"] == "2023-01-01" and given["env"]["n"] == "3"
    assert json.loads(given["env"]["HAULIER_PARAMS"]) == {"date": "2023-01-01", "n": 3}


def test_a_flow_that_fails_says_so(yard: Program) -> None:
    """4: its end was called a success, and the task that failed was not named."""
    script(yard, "bad.py", "import sys\nprint('no data today')\nsys.exit(3)\n")
    flow(yard, "f", one("bad", script="bad.py"), one("after", "bad"))
    done = yard("run", "f", code=1)
    assert "bad: failed in " in done.out and "bad.py ended with status 3: no data today" in done.out
    assert "after: blocked" in done.out and "f: failed, 0 tasks done, 2 failed" in done.out.splitlines()[-1]
    assert notes(yard) == [] and "bad | no data today" in done.out


def test_much_on_stderr_is_no_dead_end(yard: Program) -> None:
    """5: 200 kB there, and the run hung for ever."""
    script(yard, "loud.py", "import sys\nsys.stderr.write('e' * 99 + '\\n' * 1)\nfor _ in range(2000):\n"
                            "    sys.stderr.write('e' * 99 + '\\n')\nprint('end')\n")
    flow(yard, "f", one("loud", script="loud.py"))
    lines = printed(yard("run", "f", "--json"), "loud")
    assert lines == ["e" * 99] * 2001 + ["end"]


def test_a_scheduler_that_stays_and_sees_what_is_added(yard: Program) -> None:
    """6 and 7: it was no daemon, and read its schedules once; nothing told when something had run."""
    flow(yard, "f", one("a"))
    yard("scheduler", "start", "--check-interval", "0.2")
    yard("schedule", "add", "f", "--cron", "* * * * * *")
    until(lambda: "a done" in notes(yard), LATE)
    pid, = {one["pid"] for one in yard("scheduler", "status", "--json").of("scheduler")}
    yard("schedule", "disable", "f")
    assert pid in alive(f"HOME={yard.home}")
    yard("scheduler", "stop")
    assert "f " in yard("history").out and not alive(f"HOME={yard.home}")
    assert {run["state"] for run in yard("history", "f", "--json").of("run")} == {"done"}


CRONS = ["0 0 1 1 *", "@yearly", "@annually", "0 0 13 * 5", "0 0 * * 7", "1-5,10 * * * *", "10-50/10 * * * *",
         "5/15 * * * *", "0 9 * JAN-MAR MON", "0 0 29 2 *"]


def test_cron_expressions_that_were_refused(yard: Program) -> None:
    """8: years, days of the week that are rare, 7, lists of ranges, steps, names."""
    from haulier import scheduler
    from haulier.model.errors import Invalid
    for cron in CRONS:
        assert scheduler.SimpleSchedule(cron).get_next_occurrence() is not None, cron
    for wrong in ("99 * * * *", "0 0 * * 8", "* * *", "0 0 31 2 *"):
        with pytest.raises(Invalid, match="cron"):
            scheduler.SimpleSchedule(wrong)
    flow(yard, "f", one("a"))
    assert "next 20" in yard("schedule", "add", "f", "--cron", "0 0 1 1 *").out
    assert "-01-01 00:00Z" in yard("schedule", "list").out


def test_thirteenth_or_friday() -> None:
    """8, and as cron has it: if both are named, either day will do."""
    from datetime import datetime

    from haulier.scheduler import SimpleSchedule
    both = SimpleSchedule("0 0 13 * 5")
    assert both.matches(datetime(2026, 11, 13)) and both.matches(datetime(2026, 12, 13))
    assert both.matches(datetime(2026, 11, 20)) and not both.matches(datetime(2026, 11, 19))
    assert SimpleSchedule("0 0 * * 7").matches(datetime(2026, 11, 29))


def test_a_folder_tmp_of_somebody_stays(yard: Program) -> None:
    """9: `./tmp` was deleted with all that was in it, and flows shared it."""
    (yard.at / "tmp").mkdir()
    (yard.at / "tmp" / "keep.txt").write_text("mine")
    script(yard, "put.py", """\
import os, time
own = os.environ["TMP_DIR"]
assert os.listdir(own) == [], os.listdir(own)
open(os.path.join(own, os.environ["HAULIER_FLOW"]), "w").close()
meet = os.environ["MEET"]
open(os.path.join(meet, os.environ["HAULIER_FLOW"]), "w").close()
until = time.monotonic() + 60
while len(os.listdir(meet)) < 2:
    assert time.monotonic() < until
    time.sleep(0.02)
print(own, os.listdir(own))
""")
    (yard.home / "meet").mkdir()
    yard.environ["MEET"] = str(yard.home / "meet")
    for name in ("f", "g"):
        flow(yard, name, one("put", script="put.py"))
    processes = {name: yard.start("run", name) for name in ("f", "g")}
    out = {name: process.communicate(timeout=LATE) for name, process in processes.items()}
    assert [process.returncode for process in processes.values()] == [0, 0], out
    folders = {name: next(line.split()[2] for line in out[name][0].splitlines() if line.startswith("put | "))
               for name in out}
    assert len({*folders.values()}) == 2 and not any(Path(folder).exists() for folder in folders.values())
    assert all(f"['{name}']" in out[name][0] for name in out)
    assert yard.files("tmp") == {"keep.txt": b"mine"}


def test_arguments_and_variables_arrive_as_they_are(yard: Program) -> None:
    """10: a shell read them."""
    script(yard, "told.py", TOLD)
    values = {f"V{at}": text for at, text in enumerate(NASTY) if not text.startswith("${")}    # that is a secret
    flow(yard, "f", {"id": "a", "script": "told.py", "args": NASTY, "env": values},
         {"id": "b", "script": "told.py", "args": {"k": "two words", "long-name": "$(touch PWNED)", "many": ["1", "2"],
                                                   "flag": True, "off": False}})
    done = yard("run", "f", "--json")
    given = told(done, "a")
    assert given["argv"] == NASTY and {name: given["env"][name] for name in values} == values
    assert told(done, "b")["argv"] == ["-k", "two words", "--long-name=$(touch PWNED)", "--many=1", "--many=2",
                                       "--flag"]
    assert not list(yard.at.rglob("PWNED")) and Path(given["at"]) == yard.at


@pytest.mark.parametrize("words", [
    ("run", "../evil", "--dry-run"), ("schedule", "add", "../evil", "--interval", "hourly"),
    ("run", "$(touch PWNED)", "--dry-run")])
def test_no_name_of_a_flow_leads_elsewhere(yard: Program, words: tuple[str, ...]) -> None:
    """11: it went into the name of a file, and to a shell."""
    flow(yard, "f", one("a"))
    (yard.at / "evil.json").write_text((yard.at / "flows" / "f.json").read_text())
    before = {path for path in yard.home.parent.rglob("*")}
    assert "no flow" in yard(*words, code=2).err
    assert notes(yard) == [] and {path for path in yard.home.parent.rglob("*")} == before


def test_two_runs_in_one_second(yard: Program) -> None:
    """12: they overwrote each other's script. Each has its own folder, number and history."""
    script(yard, "told.py", "import os\nprint(os.environ['n'])\n")
    flow(yard, "f", one("a", script="told.py"), overlap="parallel")
    processes = [yard.start("run", "f", "--params", json.dumps({"n": n})) for n in range(3)]
    assert [process.wait(LATE) for process in processes] == [0, 0, 0]
    logs = [path.read_text() for path in sorted((yard.at / "haulier_output" / "runs").glob("*/a.1.log"))]
    assert sorted(logs) == ["0\n", "1\n", "2\n"]
    first, second = (yard("run", "f", "--dry-run", "--json").of("script")[0]["path"] for _ in range(2))
    assert first != second and Path(first).exists() and Path(second).exists()


def test_schedules_that_cannot_be_read_stay_as_they_are(yard: Program) -> None:
    """13: they counted as none, and the next one that was added took their place."""
    flow(yard, "f", one("a"))
    path = yard.at / ".haulier" / "schedules.json"
    path.parent.mkdir()
    path.write_text(broken := '{"schedules": [{"flow_name": "f", "cron_expression": "0 0 * * *",}')
    *told, listed = yard.each(
        ("schedule", "add", "f", "--interval", "daily"), ("schedule", "remove", "f"), ("schedule", "disable", "f"),
        ("schedule", "list"), ("schedule", "list", "--json"), code=2)
    assert all("schedules.json:1:" in done.err for done in told) and path.read_text() == broken
    assert listed.of("problem")[0]["file"].endswith("schedules.json")
    assert "schedules.json:1:" in yard("scheduler", "start").err, "it runs what else there is"
    assert "schedules.json:1:" in yard("scheduler", "status").err
    yard("scheduler", "stop")


def test_schedules_are_changed_whole_and_one_after_the_other(yard: Program) -> None:
    """13: written in place. Whoever reads sees all of it; of those who write at once, none loses anything."""
    names = [f"flow{at}" for at in range(4)]
    for name in names:
        flow(yard, name, one("a"))
    yard("schedule", "add", names[0], "--interval", "daily")
    path, over, seen = yard.at / ".haulier" / "schedules.json", threading.Event(), set[int]()

    def look() -> None:
        while not over.is_set():
            seen.add(len(json.loads(path.read_text())["schedules"]))
            time.sleep(0.001)       # the others have something to do

    reader = threading.Thread(target=look)
    reader.start()
    try:
        processes = [yard.start("schedule", "add", name, "--interval", "daily") for name in names[1:]]
        assert [process.wait(LATE) for process in processes] == [0] * 3
    finally:
        over.set()
        reader.join()
    assert seen and reader and {one["flow_name"] for one in json.loads(path.read_text())["schedules"]} == {*names}


def test_logs_of_flows_at_once_are_apart(yard: Program) -> None:
    """14: all that was printed while two ran went to both logs, or to one."""
    script(yard, "say.py", "import os, time\nfor at in range(40):\n    print(os.environ['HAULIER_FLOW'] + f' {at}')\n"
                           "    time.sleep(0.01)\n")      # a line in one piece: it is ended between two of them
    for name in ("f", "g"):
        flow(yard, name, one("say", script="say.py"))
        yard("schedule", "add", name, "--cron", "* * * * * *")
    yard("--log-dir", "log", "scheduler", "start", "--check-interval", "0.2")
    ledger = yard.at / "haulier_output" / "runs"

    def whole() -> list[str]:
        return [text for path in ledger.glob("*/say.1.log") if (text := path.read_text()).count("\n") == 40]

    until(lambda: len(whole()) > 3 and {text[0] for text in whole()} == {"f", "g"}, LATE)
    yard("--log-dir", "log", "scheduler", "stop")
    texts = [path.read_text() for path in ledger.glob("*/say.1.log")]
    for text in texts:
        lines = [line for line in text.splitlines() if not line.startswith("haulier: ")]    # that it was stopped
        assert lines == [f"{text[0]} {at}" for at in range(len(lines))]
    assert {text[:1] for text in texts if text[:1] not in ("", "h")} == {"f", "g"}
    log = (yard.at / "log" / "scheduler.log").read_text()
    assert "f 1\n" not in log and "scheduler" in log


def test_what_ran_is_known(yard: Program) -> None:
    """15: there was no history, no retry, no time limit, and nothing of what a task printed."""
    script(yard, "flaky.sh", '#!/bin/sh\necho "try $HAULIER_TRY"\n[ "$HAULIER_TRY" = 2 ]\n')
    script(yard, "slow.sh", "#!/bin/sh\nsleep 100\n")
    flow(yard, "f", one("flaky", script="flaky.sh", retry={"tries": 3, "base": 0.05}),
         one("slow", script="slow.sh", timeout="1s", allow_failure=True))
    done = yard("run", "f", "--json")
    assert states(done) == {"flaky": "done", "slow": "failed"} and summary(done)["state"] == "done"
    number = summary(done)["run"]
    first, third, every, of_run = yard.each(
        ("output", str(number), "flaky", "--try", "1"), ("output", str(number), "flaky", "--try", "3"),
        ("history", "--json"), ("history", "--run", str(number), "--json"), code=(0, 2, 0, 0))
    assert first.out.splitlines()[0] == "try 1" and "no try 3 of flaky" in third.err
    run, = every.of("run")
    assert (run["id"], run["flow"], run["state"], run["done"]) == (number, "f", "done", 1)
    tasks = {told["task"]: told for told in of_run.of("task")}
    assert (tasks["flaky"]["tries"], tasks["slow"]["state"]) == (2, "failed")
    assert tasks["flaky"]["finished"] and "not done in time" in tasks["slow"]["error"]


def test_a_runner_that_was_killed_is_gone_on_with(yard: Program) -> None:
    """15: nothing knew of it, and its work area misled the next run."""
    flow(yard, "f", *(one(f"t{at}", args=["0.05"]) for at in range(40)), one("last", *(f"t{at}" for at in range(40))))
    process = yard.start("run", "f", "--json")
    some, seen = chance().randrange(2, 25), 0
    for line in spoken(process):
        seen += line.get("state") == "done" and line["type"] == "task"
        if seen == some:
            break
    process.kill()
    process.wait()
    done_before = {line for line in notes(yard) if line.endswith(" done")}
    done = yard("run", "f", "--resume", "--json")
    assert summary(done)["done"] == 41 and summary(done)["state"] == "done" and summary(done)["run"] == 1
    begun = counted(line for line in notes(yard) if line.endswith(" begun"))
    assert set(begun.values()) <= {1, 2} and len(begun) == 41 and sum(begun.values()) <= 41 + 8, begun
    ended = counted(line for line in notes(yard) if line.endswith(" done"))
    assert len(ended) == 41 and sum(ended.values()) <= 41 + 8
    assert len(done_before) >= some and not alive(f"HOME={yard.home}")
    assert [run["state"] for run in yard("history", "f", "--json").of("run")] == ["done"]


def test_it_runs_on_every_python_that_is_promised() -> None:
    """1: a mistake in syntax on all but the newest. Here CI runs all of them; this one is one of them."""
    import sys
    import tomllib
    wanted = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]["requires-python"]
    assert sys.version_info >= tuple(map(int, wanted.removeprefix(">=").split(".")))


def test_the_documented_import(yard: Program) -> None:
    """2: it was an ImportError."""
    from haulier import Haulier, scheduler
    flow(yard, "f", one("a"))
    assert Haulier(flows_dir=yard.at / "flows").list_flows() == ["f"]
    assert callable(scheduler.get_scheduler)

"""Scripts as tasks: what they are given, what they are run with, and what is made of their end."""
from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from haulier.model.errors import Failed, Invalid
from haulier.ports import Task
from haulier.tasks.script import ScriptSpec
from haulier.testing.tasks import Doing, Stage, TaskSuite, waited

SECRET = "hunter2-of-the-script"
DUMP = "import json, os, sys\njson.dump({'argv': sys.argv[1:], 'env': dict(os.environ), 'cwd': os.getcwd()}, " \
       "open(os.environ['HAULIER_OUTPUT'], 'w'))\n"


def told(value: SecretStr) -> str:
    return SECRET if value.get_secret_value() == "${TOKEN}" else value.get_secret_value()


def built(stage: Stage, **facts: Any) -> Task:
    return ScriptSpec.model_validate(facts).build(stage.built(secret=told))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.close()


class TestScript(TaskSuite):
    secret = SECRET

    def task(self, stage: Stage) -> Task:
        return built(stage, script=stage.script("a.sh", "echo x=1 >$HAULIER_OUTPUT"))

    def endless(self, stage: Stage) -> Task:
        return built(stage, script=stage.script("b.sh", "echo begun; sleep 100"))

    def failing(self, stage: Stage) -> Task:
        name = stage.script("c.sh", 'echo "${#TOKEN} characters"; echo "with $TOKEN" >$TMP_DIR/x; exit 3')
        return built(stage, script=name, env={"TOKEN": "${TOKEN}"})


# What it is given

ODD = ["", " ", "two words", "'single' \"double\"", "$(touch PWNED) `touch PWNED`", "$HOME ${HOME} \\", "a\nb\r\n\tc",
       "åäö 日本 🙂", "--flag", "-", "*", "a;b|c&d>e", "\udcff", "x" * 100_000]


def dumped(stage: Stage, **facts: Any) -> Mapping[str, Any]:
    return built(stage, script=stage.script("dump.py", DUMP), **facts).run(stage)


def test_arguments_arrive_exactly_as_they_are_written(stage: Stage) -> None:
    assert dumped(stage, args=ODD)["argv"] == ODD
    assert not (stage.home / "PWNED").exists()


def test_arguments_by_name(stage: Stage) -> None:
    args = {"k": "v w", "key": "a b", "x": True, "dry-run": True, "no": False, "nil": None, "n": 3, "size": 1.5,
            "city": ["a", "b c"], "e": ["1", "2"], "none": [], "json": {"a": [1]}, "empty": ""}
    assert dumped(stage, args=args)["argv"] == [
        "-k", "v w", "--key=a b", "-x", "--dry-run", "-n", "3", "--size=1.5", "--city=a", "--city=b c",
        "-e", "1", "-e", "2", '--json={"a": [1]}', "--empty="]


def test_arguments_in_a_list_may_be_of_any_type(stage: Stage) -> None:
    given = dumped(stage, args=["a", 3, True, ["b", ["c"]], {"d": 1}])["argv"]
    assert given == ["a", "3", "true", "b", "c", '{"d": 1}']


def test_parameters_as_arguments(tmp_path: Path) -> None:
    stage = Stage(tmp_path, params={"date": "2026-11-30", "n": 3, "on": True})
    given = dumped(stage, args=["first"], pass_params=True)["argv"]
    assert given == ["first", "--date=2026-11-30", "--n=3", "--on=true"]
    stage.close()


@pytest.mark.parametrize("args", [["a\0b"], {"key": "a\0b"}, {"-k": 1}, {"": 1}])
def test_what_no_program_can_be_given_is_refused(stage: Stage, args: Any) -> None:
    with pytest.raises(Invalid, match="args"):
        dumped(stage, args=args)


def test_more_arguments_than_the_machine_takes(stage: Stage) -> None:
    with pytest.raises(Invalid, match="pass a file"):
        dumped(stage, args=["x" * 200_000] * 20)


def test_text_that_is_no_text_is_refused(stage: Stage) -> None:
    with pytest.raises(Invalid, match="cannot be given"):
        dumped(stage, args=["\ud800"])


def test_environment(stage: Stage) -> None:
    env = dumped(stage, env={"A": "two words $(x)", "N": 3, "B": True, "TOKEN": "${TOKEN}", "HAULIER_RUN": "99",
                             "TMP_DIR": "/elsewhere"})["env"]
    assert (env["A"], env["N"], env["B"], env["TOKEN"]) == ("two words $(x)", "3", "true", SECRET)
    assert (env["HAULIER_RUN"], env["HAULIER_TASK"], env["TMP_DIR"]) == ("7", "mine", str(stage.folder))


@pytest.mark.parametrize("name", ["", "A=B", "A\0"])
def test_names_of_variables_are_checked(name: str) -> None:
    with pytest.raises(ValidationError, match="cannot be the name"):
        ScriptSpec(script="a", env={name: SecretStr("x")})


def test_it_is_started_in_the_workspace_or_where_it_says(stage: Stage) -> None:
    assert dumped(stage)["cwd"] == str(stage.home)
    (stage.home / "sub dir").mkdir()
    assert dumped(stage, cwd="sub dir")["cwd"] == str(stage.home / "sub dir")
    with pytest.raises(Invalid, match="no such folder"):
        dumped(stage, cwd="nowhere")


def test_it_reads_nothing_from_us(stage: Stage) -> None:
    built(stage, script=stage.script("a.sh", "cat; echo over")).run(stage)
    assert stage.printed() == "over\n"


# What it is run with

def ran(stage: Stage, name: str, text: str, mode: int = 0o755, **facts: Any) -> str:
    built(stage, script=stage.script(name, text, mode), **facts).run(stage)
    return stage.printed()


@pytest.mark.parametrize(("name", "text", "mode", "printed"), [
    ("plain.py", "import sys; print(sys.executable)", 0o644, sys.executable),
    ("plain", "import sys; print(sys.executable)", 0o755, sys.executable),
    ("a.sh", 'echo "${BASH_VERSION:+bash}"', 0o644, "bash"),
    ("b.sh", '#!/bin/cat\nx', 0o755, "#!/bin/cat\nx"),
    ("c.sh", '#!/bin/cat\nx', 0o644, "#!/bin/cat\nx"),
    ("d.any", '#!/usr/bin/env -S head -n1\nx', 0o644, "#!/usr/bin/env -S head -n1"),
    ("e e.any", '#! /bin/head -n1 \nx', 0o755, "#! /bin/head -n1"),
])
def test_interpreters(stage: Stage, name: str, text: str, mode: int, printed: str) -> None:
    assert ran(stage, name, text, mode).strip() == printed


def test_an_interpreter_that_is_named(stage: Stage) -> None:
    assert ran(stage, "a.py", "x", interpreter="cat") == "x"
    assert ran(stage, "b.py", "a\nb\n", interpreter=["tail", "-n", "1"]) == "xb\n"


def test_a_program_without_an_ending(stage: Stage) -> None:
    (stage.tasks / "mine").write_bytes(Path("/bin/echo").read_bytes())
    (stage.tasks / "mine").chmod(0o755)
    built(stage, script="mine", args=["it is"]).run(stage)
    assert stage.printed() == "it is\n"


def test_an_executable_that_is_no_program(stage: Stage) -> None:
    with pytest.raises(Invalid, match=r"a\.any.*is no program.*first line"):
        ran(stage, "a.any", "what is this")


@pytest.mark.parametrize(("name", "text", "mode", "facts", "said"), [
    ("a.any", "#!/no/such/perl -w\n", 0o755, {}, r"a\.any: its first line is #!/no/such/perl -w.*install"),
    ("a.any", "#!/usr/bin/env nosuchprogram\n", 0o755, {}, r"a\.any: its first line is #!/usr/bin/env nosuchprogram"),
    ("a.any", "#!/bin/sh\r\necho\r\n", 0o755, {}, "Windows"),
    ("a.any", "#!\n", 0o755, {}, "names no interpreter"),
    ("a.any", "#!python3\n", 0o755, {}, "there is no program python3"),
    ("a.any", "x", 0o644, {}, "chmod"),
    ("a.py", "x", 0o644, {"interpreter": "nosuchprogram"}, "no program nosuchprogram"),
    ("a.py", "x", 0o644, {"interpreter": "python3 -u"}, "written as a list"),
])
def test_what_cannot_be_run_is_said_when_the_flow_is_read(stage: Stage, name: str, text: str, mode: int,
                                                          facts: Mapping[str, Any], said: str) -> None:
    spec = ScriptSpec.model_validate({"script": stage.script(name, text, mode), **facts})
    for act in (lambda: spec.file(stage.tasks), lambda: spec.build(stage.built())):
        with pytest.raises(Invalid, match=said):
            act()


def test_where_scripts_may_be(stage: Stage) -> None:
    stage.script("in.sh", "echo in")
    (stage.tasks / "folder").mkdir()
    outside = stage.home / "out.sh"
    outside.write_text("echo out")
    (stage.tasks / "link.sh").symlink_to(outside)
    (stage.tasks / "inner.sh").symlink_to(stage.tasks / "in.sh")
    for name, said in [("../out.sh", "outside"), (str(outside), "outside"), ("link.sh", "outside"),
                       ("folder", "a folder"), ("gone.sh", "not there"), ("a\0b", "not the name")]:
        with pytest.raises(Invalid, match=said):
            ScriptSpec(script=name).file(stage.tasks)
    for name in ("in.sh", "inner.sh", "folder/../in.sh"):
        assert ScriptSpec(script=name).file(stage.tasks)
    for name in ("../out.sh", str(outside), "link.sh"):
        assert ScriptSpec(script=name, outside=True).file(stage.tasks)


def test_what_is_filled_in_later_is_not_looked_for(stage: Stage) -> None:
    assert ScriptSpec(script="${params.which}.py").file(stage.tasks) is None


# Its end

def failed(stage: Stage, text: str, **facts: Any) -> str:
    with pytest.raises(Failed) as raised:
        ran(stage, "a.sh", text, **facts)
    return str(raised.value)


def test_statuses(stage: Stage) -> None:
    assert failed(stage, "echo one; echo two >&2; exit 3") == "a.sh ended with status 3: two"
    assert failed(stage, "exit 1") == "a.sh ended with status 1"
    assert failed(stage, "echo fine", ok_codes=[5]) == "a.sh ended with status 0: fine"
    ran(stage, "a.sh", "exit 3", ok_codes=[0, 3])


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGTERM, signal.SIGKILL])
def test_ended_by_a_signal(stage: Stage, number: signal.Signals) -> None:
    assert f"was ended by {number.name}" in failed(stage, f"ulimit -c 0; kill -{int(number)} $$")


def test_the_last_line_has_no_secret_in_it(stage: Stage) -> None:
    said = failed(stage, 'echo "no access with $TOKEN"; exit 1', env={"TOKEN": "${TOKEN}", "MODE": "1"})
    assert said == "a.sh ended with status 1: no access with …"


@pytest.mark.parametrize(("text", "outputs"), [
    ("", {}), ("echo >$HAULIER_OUTPUT", {}),
    (r"printf 'a=1\nb.c=x=y z\r\n\n' >>$HAULIER_OUTPUT", {"a": "1", "b.c": "x=y z"}),
    ("""echo '{"n": 1, "list": [1, {"a": null}]}' >$HAULIER_OUTPUT""", {"n": 1, "list": [1, {"a": None}]}),
])
def test_outputs(stage: Stage, text: str, outputs: Mapping[str, Any]) -> None:
    assert built(stage, script=stage.script("a.sh", text)).run(stage) == outputs


@pytest.mark.parametrize(("text", "said"), [
    (r"printf 'a=1\nwhat\n' >$HAULIER_OUTPUT", "line 2 .* not name=value"),
    (r"printf '1a=1\n' >$HAULIER_OUTPUT", "line 1"),
    ("echo '{\"a\": }' >$HAULIER_OUTPUT", "not one object"),
    ("echo '{\"a\": NaN}' >$HAULIER_OUTPUT", "NaN"),
    ("echo '{} {}' >$HAULIER_OUTPUT", "not one object"),
    (r"printf 'a=\377' >$HAULIER_OUTPUT", "UTF-8"),
    ("head -c 2000000 /dev/zero >$HAULIER_OUTPUT", "larger than"),
    ("mkdir -p $HAULIER_OUTPUT", "cannot be read"),
])
def test_outputs_that_are_broken(stage: Stage, text: str, said: str) -> None:
    for _ in range(2):
        with pytest.raises(Failed, match=said):
            built(stage, script=stage.script("a.sh", text)).run(stage)


def test_outputs_of_an_earlier_try_are_not_taken(stage: Stage) -> None:
    Path(stage.env["HAULIER_OUTPUT"]).write_text("a=1")
    assert built(stage, script=stage.script("a.sh", "true")).run(stage) == {}


def test_a_python_script_is_seen_while_it_prints(stage: Stage) -> None:
    text = "import os, time\nprint('begun')\nwhile not os.path.exists('go'): time.sleep(0.01)\n"
    doing = Doing(built(stage, script=stage.script("a.py", text)), stage)
    waited(lambda: "begun" in stage.printed())
    (stage.home / "go").touch()
    assert doing.ended() and doing.error is None

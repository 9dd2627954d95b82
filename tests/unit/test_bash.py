from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haulier.core.export.bash import bash
from haulier.core.export.command import Command
from haulier.core.export.python import called
from haulier.model.errors import Invalid
from haulier.model.graph import Graph, Keep, Kind, Node, Param, Phase
from haulier.model.retry import Retry

GOLDEN = Path(__file__).parent / "golden" / "weather.sh"
NASTY = ("", " ", "two words", "$(touch x)", "`id`", "${HOME}", "$HOME", "it's", '"', "a'b\"c", "\\", "\\n",
         "line\nline\n", "tab\t", "\r", "\x01\x7f", "-n", "--", "~", "~/x", "*", "?", "{a,b}", "!!", "#x", "a=b",
         "=", "å日本🎉", "\u2019", "\u200b", "END_OF_FILE", ";", "&", "|", "<", ">", "(", ")", "%s", "$'x'", "done",
         "\x1b[0m", "x" * 5000)
SHOW = "import json, sys, os; print(json.dumps([sys.argv[1:], dict(os.environ)]))"


def prepared(node: Node) -> Command:
    """What is in its settings, with its arguments shown by Python; or `run`, a line for sh."""
    wanted: dict[str, Any] = dict(node.settings)
    args = [str(one) for one in wanted.get("args", [])]
    argv = ("sh", "-c", wanted["run"], "sh") if "run" in wanted else (sys.executable, "-c", SHOW)
    return Command((*argv, *args), wanted.get("env", {}), wanted.get("cwd"), tuple(wanted.get("ok_codes", (0,))),
                   wanted.get("pass_params", False))


def show(*args: object, id: str = "show", **more: Any) -> Node:
    return Node(id, settings={"args": list(args), **more})


def does(id: str, line: str, *needs: str, **more: Any) -> Node:
    return Node(id, needs=needs, settings={"run": line}, **more)


def flow(*nodes: Node, **more: Any) -> Graph:
    return Graph("flow", nodes, **more)


class Script:
    """A script in a folder of its own, with a folder for temporary files that shows what is left."""

    def __init__(self, folder: Path, graph: Graph, **more: Any) -> None:
        self.path = folder / "flow.sh"
        self.path.write_text(bash(graph, prepared, **more), encoding="utf-8", newline="")
        self.temporary = folder / "temporary"
        self.temporary.mkdir(exist_ok=True)
        self.environment = {"PATH": os.environ["PATH"], "TMPDIR": str(self.temporary), "HOME": str(folder)}

    def __call__(self, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["bash", str(self.path), *args], env={**self.environment, **environment}, text=True,
                              encoding="utf-8", capture_output=True, timeout=60, cwd=self.path.parent, check=False)

    @property
    def left(self) -> list[Path]:
        return list(self.temporary.iterdir())


def shown(done: subprocess.CompletedProcess[str]) -> tuple[list[str], dict[str, str]]:
    assert done.returncode == 0, done.stderr
    args, environment = json.loads(done.stdout.splitlines()[-1])
    return args, environment


def weather() -> Graph:
    stations = [Node(f"get_{one}_obs", description=f"observations of {one.upper()}",
                     settings={"args": ["--station", f"K{one.upper()}"], "env": {"UNITS": "si units"}})
                for one in ("lax", "sfo", "nyc")]
    return Graph("weather_observations_flow", (
        *stations,
        Node("aggregate_data", needs=tuple(one.id for one in stations), retry=Retry(tries=3, base=5),
             settings={"args": ["--date=${params.date}", "${tasks.get_lax_obs.outputs.file}"]}),
        Node("generate_synopsis", needs=("aggregate_data",), timeout=90,
             settings={"args": ["it's \"done\"\n$(date)"]})),
        params=(Param("date", Kind.DATE, required=True, description="of the observations"),),
        title="Weather", description="Observations of three stations, and what they mean", keep=Keep.ON_FAILURE)


def of_weather(node: Node) -> Command:
    return Command(("python3", f"/flows/tasks/{node.id}.py", *node.settings["args"]), node.settings.get("env", {}))


def test_golden() -> None:
    assert bash(weather(), of_weather) == GOLDEN.read_text()


def everything() -> Graph:
    return flow(
        show(*NASTY, "${params.day}${x}", id="a", env={"TOKEN": "${TOKEN}", "X": "it's"}, pass_params=True, cwd="/"),
        does("b", "exit 3", "a", retry=Retry(tries=5, base=0.01), timeout=4, allow_failure=True),
        Node("c", "http", ("a",), {"url": "http://127.0.0.1/${params.day}", "json": {"a": "'"}, "headers": {"X": "y"},
                                    "auth": {"username": "u", "password": "${TOKEN}"}}),
        Node("d", needs=("a", "b"), foreach=["x", {"path": "y z"}], settings={
            "args": ["${index}", "${tasks.b.state}", "${tasks.a.outputs.file}", "${tasks.c.outputs.path}"]}),
        Node("e", foreach=[], settings={"args": []}),
        does("sorry", "true", phase=Phase.ON_FAILURE), does("great", "true", phase=Phase.ON_SUCCESS),
        params=(Param("day", Kind.DATE, default="2026-01-31"), Param("x", choices=("1", "2")), Param("l", Kind.LIST)),
        timeout=50, keep=Keep.ON_FAILURE, takes_any=True)


@pytest.mark.parametrize("graph", [weather(), everything(), flow(), flow(show())],
                         ids=["weather", "everything", "empty", "one"])
def test_shellcheck_finds_nothing(graph: Graph, tmp_path: Path) -> None:
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed")
    found = subprocess.run(["shellcheck", Script(tmp_path, graph).path], capture_output=True, text=True, check=False)
    assert (found.stdout, found.returncode) == ("", 0)


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=60),
       st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
@settings(max_examples=15, deadline=None)
def test_arguments_and_variables_arrive_exactly(tmp_path_factory: pytest.TempPathFactory, args: list[str],
                                                value: str) -> None:
    given = [one.replace("${", "$${") for one in args]
    node = show(*given, env={"X": "plain:" + value})
    found, environment = shown(Script(tmp_path_factory.mktemp("script"), flow(node))())
    assert found == args
    assert environment["X"] == value


def test_nasty_arguments(tmp_path: Path) -> None:
    script = Script(tmp_path, flow(show(*NASTY)))
    assert shown(script())[0] == list(NASTY)
    assert not (tmp_path / "x").exists()
    assert script.left == []


def test_nasty_parameters(tmp_path: Path) -> None:
    values = {f"p{at}": value for at, value in enumerate(NASTY)}
    graph = flow(show(*(f"<${{params.{name}}}>" for name in values), "${p3}", "${p4}", "${nobody}", pass_params=True),
                 params=(Param("p3"),), takes_any=True)
    script = Script(tmp_path, graph)
    words = [f"--{name}={value}" for name, value in values.items()]
    args, environment = shown(script(*words))
    assert args[:len(NASTY) + 3] == [*(f"<{value}>" for value in NASTY), NASTY[3], NASTY[4], "${nobody}"]
    assert sorted(args[len(NASTY) + 3:]) == sorted(words)
    assert all(environment[name] == value for name, value in values.items())
    assert json.loads(environment["HAULIER_PARAMS"]) == values


def test_parameters_have_kinds_defaults_and_choices(tmp_path: Path) -> None:
    graph = flow(show("${params.number}", "${params.flag}", "${params.day}", "${params.from-to}"), params=(
        Param("number", Kind.INTEGER, default=5), Param("flag", Kind.BOOLEAN, default=False),
        Param("day", Kind.DATE, required=True), Param("list", Kind.LIST),
        Param("from-to", default="a b", choices=("a b", "c"))))
    script = Script(tmp_path, graph)
    args, environment = shown(script("--day=2026-01-31", "--list=[1]"))
    assert args == ["5", "false", "2026-01-31", "a b"]
    assert json.loads(environment["HAULIER_PARAMS"]) == {
        "number": 5, "flag": False, "day": "2026-01-31", "list": [1], "from-to": "a b"}
    assert shown(script(day="2026-02-01", number="7"))[0] == ["7", "false", "2026-02-01", "a b"]
    assert shown(script("--day=2026-02-02", day="2026-02-01"))[0][2] == "2026-02-02"
    for wrong, said in ((["--day=tomorrow"], "date"), ([], "--day=… is needed"),
                        (["--day=2026-01-31", "--number=x"], "integer"), (["--dya=1"], "not known"),
                        (["--day=2026-01-31", "--from-to=b"], "none of: a b c"),
                        (["--day=2026-01-31", "--flag=maybe"], "boolean"), (["--day=2026-01-31", "--list=x"], "list")):
        done = script(*wrong)
        assert done.returncode == 2 and said in done.stderr and not done.stdout, (wrong, done.stderr)
    assert "--day=date  needed" in script("--help").stdout
    assert script.left == []


def test_a_flow_without_parameters_takes_no_arguments(tmp_path: Path) -> None:
    assert "takes no arguments" in Script(tmp_path, flow(show()))("--x=1").stderr


def test_a_parameter_that_was_not_given_is_missed_where_it_is_used(tmp_path: Path) -> None:
    done = Script(tmp_path, flow(show("${params.x}"), params=(Param("x"),)))()
    assert done.returncode == 1 and "--x=… was not given" in done.stderr


def test_tasks_are_in_order_and_the_first_failure_ends_it(tmp_path: Path) -> None:
    graph = flow(does("last", "echo last", "bad"), does("first", "echo first"), does("bad", "exit 7", "first"),
                 does("other", "echo other"), does("sorry", "echo sorry; cat $TMP_DIR/x", phase=Phase.ON_FAILURE),
                 does("great", "echo great", phase=Phase.ON_SUCCESS))
    script = Script(tmp_path, graph)
    done = script()
    assert (done.returncode, done.stdout.split()) == (1, ["first", "sorry"])
    assert [line[9:] for line in done.stderr.splitlines() if "task" in line][:4] == [
        "task first: running", "task first: done", "task bad: running", "task bad: failed with status 7"]
    assert script.left == []


def test_what_may_fail_does_not_end_it_and_success_has_tasks_of_its_own(tmp_path: Path) -> None:
    graph = flow(does("bad", "exit 7", allow_failure=True), show("${tasks.bad.state}", "${tasks.odd.state}", id="then"),
                 Node("odd", settings={"run": "exit 4", "ok_codes": [0, 4]}),
                 does("sorry", "echo sorry", phase=Phase.ON_FAILURE),
                 does("great", "echo great", phase=Phase.ON_SUCCESS))
    done = Script(tmp_path, graph)()
    assert done.returncode == 0 and done.stdout.endswith("great\n") and "sorry" not in done.stdout
    assert json.loads(done.stdout.splitlines()[0])[0] == ["failed", "queued"]


def test_outputs(tmp_path: Path) -> None:
    write = r'printf "  file=/tmp/a b=c \r\nother=1\nfile.x=no" >"$HAULIER_OUTPUT"'
    graph = flow(does("a.b", write), Node("show", needs=("a.b",), settings={"args": ["${tasks.a.b.outputs.file}!"]}))
    assert shown(Script(tmp_path, graph)())[0] == ["/tmp/a b=c !"]


@pytest.mark.parametrize(("line", "said"), [
    ("""echo '{"file": 1}' >"$HAULIER_OUTPUT" """, "as JSON"), ("true", "wrote no output file"),
    ('echo other=1 >"$HAULIER_OUTPUT"', "wrote no output file")])
def test_outputs_that_are_not_there(line: str, said: str, tmp_path: Path) -> None:
    graph = flow(does("a", line), Node("show", needs=("a",), settings={"args": ["${tasks.a.outputs.file}"]}))
    done = Script(tmp_path, graph)()
    assert done.returncode == 1 and said in done.stderr and done.stdout == ""


def test_a_task_is_tried_again(tmp_path: Path) -> None:
    line = 'echo x >>"$TMP_DIR/tries"; [ "$(wc -l <"$TMP_DIR/tries")" -ge 3 ]'
    done = Script(tmp_path, flow(does("a", line, retry=Retry(tries=4, base=0.01, factor=1))))()
    assert done.returncode == 0 and "again in 0.01 s" in done.stderr and "try 3 of 4" in done.stderr
    failed = Script(tmp_path, flow(does("a", "exit 9", retry=Retry(tries=2, base=0.01))))()
    assert failed.returncode == 1 and failed.stderr.count("running") == 2


def test_what_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    script = Script(tmp_path, flow(does("a", f"(sleep 50; echo late >{tmp_path}/late) & sleep 50", timeout=0.2)))
    done = script()
    assert done.returncode == 1 and "failed with status 124" in done.stderr
    whole = Script(tmp_path, flow(does("a", "env; sleep 50"), timeout=0.5))()
    assert whole.returncode == 124 and script.left == [] and "HAULIER_LIMITED" not in whole.stdout
    ends(lambda: running(str(tmp_path)))


def ends(there: Callable[[], object]) -> None:
    """What was told to end does so soon, and not only when it would by itself."""
    until = time.monotonic() + 20
    while found := there():
        assert time.monotonic() < until, found
        time.sleep(0.01)


def running(text: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if text in words:
            found.append(words)
    return found


def _as_in_a_terminal() -> None:
    """What a shell begins in the background ignores SIGINT, and so do these tests then."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_what_runs_and_tidies_up(sent: signal.Signals, tmp_path: Path) -> None:
    line = f"echo begun; (sleep 50; : {tmp_path}/child) & sleep 50; : {tmp_path}/parent"
    script = Script(tmp_path, flow(does("a", line)))
    process = subprocess.Popen(["bash", script.path], env=script.environment, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True, preexec_fn=_as_in_a_terminal)
    assert process.stdout and process.stdout.readline() == "begun\n"
    process.send_signal(sent)
    assert process.wait(20) == 128 + sent
    process.stdout.close()
    assert script.left == []
    ends(lambda: [words for words in running(str(tmp_path)) if "parent" in words])


@pytest.mark.parametrize(("keep", "line", "stays"), [
    (Keep.NEVER, "false", False), (Keep.ON_FAILURE, "false", True), (Keep.ON_FAILURE, "true", False),
    (Keep.ALWAYS, "true", True)])
def test_the_temporary_folder(keep: Keep, line: str, stays: bool, tmp_path: Path) -> None:
    script = Script(tmp_path, flow(does("a", f'echo kept >"$TMP_DIR/file"; {line}'), keep=keep))
    script()
    assert [path.read_text() for folder in script.left for path in folder.glob("tmp/file")] == ["kept\n"] * stays


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that others get into too."""
    folder = Path(mkdtemp())
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_date_is_that_of_the_flows_time_zone(zone: str, tmp_path: Path) -> None:
    """It was that of the machine: one day off for some hours of the day, or for all of them."""
    script = Script(tmp_path, flow(show("${run.date}")), zone=zone)
    elsewhere = "Etc/GMT+12" if zone.startswith("Pacific") else "Pacific/Kiritimati"       # more than a day apart
    before = datetime.now(ZoneInfo(zone)).date().isoformat()
    args, environment = shown(script(TZ=elsewhere))
    assert args[0] in (before, datetime.now(ZoneInfo(zone)).date().isoformat()) and environment["TZ"] == elsewhere
    assert shown(script(HAULIER_DATE="2026-01-31"))[0] == ["2026-01-31"]


def test_a_task_makes_folders_that_nobody_may_write_to(open_to_all: Path) -> None:
    """As some package managers do. They stayed, and a flow that was done ended with status 1."""
    line = 'mkdir -p "$TMP_DIR/a/b" && touch "$TMP_DIR/a/b/c" && chmod -R a-w "$TMP_DIR/a"'
    script = Script(open_to_all, flow(does("a", line)))
    script.temporary.chmod(0o777)
    somebody = {"user": 65534, "group": 65534} if os.getuid() == 0 else {}     # nothing is forbidden to root
    done = subprocess.run(["bash", script.path], env=script.environment, text=True, capture_output=True, timeout=60,
                          check=False, **somebody)  # type: ignore[call-overload]
    assert (done.returncode, script.left) == (0, []) and "Permission denied" not in done.stderr


def test_each_of_a_list(tmp_path: Path) -> None:
    graph = flow(Node("a", foreach=["x y", 3, {"path": "$(id)", "n": [1]}],
                      settings={"args": ["${index}", "-${item}-", "${run.flow}"]}),
                 Node("b", foreach=[{"path": "it's"}], settings={"args": ["${item.path}"]}))
    done = Script(tmp_path, graph)()
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line[0] for line in lines] == [["1", "-x y-", "flow"], ["2", "-3-", "flow"],
                                           ["3", '-{"path": "$(id)", "n": [1]}-', "flow"], ["it's"]]
    assert [json.loads(line[1]["HAULIER_ITEM"]) for line in lines] == ["x y", 3, {"path": "$(id)", "n": [1]},
                                                                     {"path": "it's"}]
    assert lines[1][1]["HAULIER_TASK"] == "a[2]"


def test_scripts_are_put_in(tmp_path: Path) -> None:
    code = "#!/bin/sh\nprintf '%s|' \"$1\" '$HOME' `echo END_OF_FILE`\ncat <<'END_OF_FILE'\nå\\\nEND_OF_FILE\n"
    gone = "/nowhere/a b.sh"
    graph = flow(Node("one"), Node("two", needs=("one",)))
    text = bash(graph, lambda node: Command((gone, node.id), files={gone: code}), embed=True)
    assert gone not in text and text.count("printf '%s|'") == 1
    path = tmp_path / "flow.sh"
    path.write_text(text)
    done = subprocess.run(["bash", path], capture_output=True, text=True, check=False)
    assert done.stdout == "one|$HOME|END_OF_FILE|å\\\ntwo|$HOME|END_OF_FILE|å\\\n", done.stderr
    assert gone in bash(graph, lambda node: Command((gone, node.id), files={gone: code}))


def test_functions_are_called_with_what_they_are_given(tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text("import os\ndef all(**given):\n    assert 'TMP_DIR' in os.environ\n"
                                       "    return {'said': repr(sorted(given.items()))}\n")
    params = (Param("n", Kind.INTEGER, default=5), Param("day", Kind.DATE, default="2026-01-31"), Param("l", Kind.LIST))
    args = {"n": "${params.n}", "m": "${n}", "day": "${day}", "text": "it's ${n}", "many": ["$${n}", None, {"a": "'"}]}
    graph = flow(Node("call", "python"), show("${tasks.call.outputs.said}"), params=params)

    def of(node: Node) -> Command:
        if node.id == "show":
            return prepared(node)
        made = called(graph, str(tmp_path / "words.py"), "all", args, str(tmp_path))
        return Command((sys.executable, *made.argv[1:]))

    path = tmp_path / "flow.sh"
    path.write_text(bash(graph, of))
    done = subprocess.run(["bash", path], capture_output=True, text=True, check=False)
    assert shown(done)[0] == [repr([("day", "2026-01-31"), ("m", 5), ("many", ["${n}", None, {"a": "'"}]), ("n", 5),
                                    ("text", "it's 5")])]
    for wrong in ({"x": ["${n}"]}, {"x": "${item}"}):
        with pytest.raises(Invalid):
            called(graph, "words", "all", wrong, "")


def test_a_list_of_parameters_is_never_part_of_a_text() -> None:
    graph = flow(show("x${params.l}"), params=(Param("l", Kind.LIST),))
    with pytest.raises(Invalid, match="which is a list"):
        bash(graph, prepared)


def test_secrets_come_from_the_environment(tmp_path: Path) -> None:
    script = Script(tmp_path, flow(show("${TOKEN}", env={"T": "x-${TOKEN}"})))
    args, environment = shown(script(TOKEN="s'$x"))
    assert (args, environment["T"]) == (["${TOKEN}"], "x-s'$x")
    missing = script()
    assert missing.returncode == 1 and "TOKEN is not set" in missing.stderr


class Answers(BaseHTTPRequestHandler):
    asked: list[tuple[str, str, dict[str, str], bytes]] = []
    leads_to = ""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append((self.command, self.path, dict(self.headers), body))
        status = int(self.path.partition("?")[0].rpartition("/")[2])
        self.send_response(status)
        if status == 302:
            self.send_header("Location", self.leads_to)
        self.end_headers()
        self.wfile.write(b"answer")

    do_GET = do_PUT = do_POST

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    Answers.asked = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(20)


def test_http(address: str, tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    graph = flow(
        Node("post", "http", settings={"url": address + "/${params.x}/201", "method": "POST", "json": {"a": "it's\n"},
                                       "headers": {"X-One": "a \"b\" ${TOKEN}"}, "save": "new/answer.txt",
                                       "auth": {"type": "bearer", "token": "${TOKEN}"}}, timeout=20),
        Node("put", "http", ("post",), {"url": address + "/[1]/404", "method": "PUT", "body": "@x",
                                        "query": {"q": "a b&c"},
                                        "auth": {"username": "me", "password": "${TOKEN}:x"},
                                        "expect": [404, 500]}),
        does("show", 'cat "$1"; echo " $2"', "put"), Node("bad", "http", ("show",), {"url": address + "/500"}),
        params=(Param("x", default="a"),))
    nodes = {node.id: node for node in graph.nodes}
    nodes["show"].settings["args"] = ["${tasks.post.outputs.path}", "${tasks.put.outputs.status}"]  # type: ignore[index]
    done = Script(tmp_path, graph)(TOKEN="s'e\"c%s")
    assert done.stdout == "answer 404\n", done.stderr
    assert done.returncode == 1 and "bad: the answer has status 500, expected: 2xx" in done.stderr
    (_, where, headers, body), (method, other, more, sent), _ = Answers.asked
    assert (where, json.loads(body), headers["X-One"], headers["Content-Type"]) == (
        "/a/201", {"a": "it's\n"}, 'a "b" s\'e"c%s', "application/json")
    assert headers["Authorization"] == "Bearer s'e\"c%s"
    assert (method, other, sent) == ("PUT", "/[1]/404?q=a+b%26c", b"@x")
    assert b64decode(more["Authorization"].split()[1]) == b"me:s'e\"c%s:x"
    assert more["Content-Type"] == "text/plain; charset=utf-8"


def test_what_signs_in_goes_to_no_other_server(address: str, tmp_path: Path) -> None:
    """Of all that is sent curl keeps only Authorization and Cookie to itself where a redirect leads elsewhere."""
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    Answers.leads_to = f"{address.replace('127.0.0.1', 'localhost')}/200"

    def asked(**settings: Any) -> subprocess.CompletedProcess[str]:
        Answers.asked = []
        return Script(tmp_path, flow(Node("a", "http", settings={"url": f"{address}/302", **settings})))(TOKEN="s3cret")

    plain = asked(headers={"Accept": "text/csv"}, auth={"type": "bearer", "token": "${TOKEN}"})
    assert plain.returncode == 0 and len(Answers.asked) == 2, plain.stderr
    assert "s3cret" not in str(Answers.asked[1]) and "text/csv" in str(Answers.asked[1])
    signed = asked(headers={"X-Api-Key": "${TOKEN}"})
    assert signed.returncode == 1 and "the answer has status 302" in signed.stderr and len(Answers.asked) == 1


def test_all_that_cannot_be_said_is_named_at_once() -> None:
    graph = flow(
        Node("send", "transfer"), Node("ask", "approve"), Node("wait", "wait"), Node("sub", "flow"),
        Node("maybe", when="params.x"), Node("many", foreach="${params.list}"), Node("files", foreach={"path": "x"}),
        Node("each", foreach=["a"]), show("${tasks.each.outputs.x}", id="of-each"), show("${params.list}", id="listed"),
        Node("named", settings={"args": {"v": "${params.flag}"}}), show("${tasks.each.outputs.x.y}", id="deep"),
        show(id="secret", env={"X": "keyring:a/b"}), show("\0", id="nul"), show(id="variable", env={"a-b": "1"}),
        Node("http", "http", settings={"url": "x", "verify": False}), show("fine", id="fine"),
        params=(Param("list", Kind.LIST), Param("flag", Kind.BOOLEAN), Param("some", Kind.LIST, choices=("a", "b"))))
    with pytest.raises(Invalid) as caught:
        bash(graph, prepared)
    said = str(caught.value)
    for id in ("send: type transfer", "ask: type approve", "wait: type wait", "sub: type flow", "maybe: when",
               "many: foreach", "files: foreach", "of-each: ${tasks.each.outputs.x}", "listed: ${params.list}",
               "named: the argument ${params.flag}", "deep: ", "secret: the secret keyring", "nul: ",
               "variable: ",
               "http: its verify", "the choices of the parameter some"):
        assert id in said, id
    assert "fine" not in said


def test_the_script_says_that_it_needs_nothing_of_ours() -> None:
    text = bash(everything(), prepared)
    assert text.startswith("#!/usr/bin/env bash\n") and "set -euo pipefail" in text
    assert not re.search(r"^\s*haulier\s", text, re.MULTILINE)

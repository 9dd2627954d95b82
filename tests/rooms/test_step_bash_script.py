"""What scripts may do, and what becomes of those that misbehave."""
from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from haulier.model.errors import Cancelled, HaulierError, Invalid, NoSpace
from haulier.model.files import Part
from haulier.ports import Step
from haulier.settings.spec import Env
from haulier.steps.bash_script import BashScriptSpec
from haulier.steps.child import Child
from haulier.testing.steps import MOMENT, Watched, content, drain, only
from rooms.processes import children

pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
Make = Callable[..., Step]


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "scratch"
    yield folder
    assert not folder.exists() or list(folder.iterdir()) == [], "something was left behind"


@pytest.fixture
def make(tmp_path: Path, scratch: Path) -> Make:
    def made(text: str, **facts: Any) -> Step:
        path = tmp_path / "it's a script.sh"
        path.write_text(text)
        return BashScriptSpec(path=path, **facts).build(Env(flow="j", scratch=scratch))
    return made


def run(step: Step, data: bytes = b"hello", name: str = "in/a.txt") -> tuple[str, bytes]:
    part = only(step(Part(name, iter([data]), len(data), MOMENT, 0o640)))
    assert (part.modified, part.mode) == (MOMENT, 0o640)
    assert part.size is not None
    found = drain(part)
    assert len(found) == part.size
    return part.name, found


def is_alive(pid: int) -> bool:
    """Whether it runs: a process that is dead but not reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + 20
    while is_alive(pid):
        assert time.monotonic() < deadline, f"{pid} is still there"
        time.sleep(0.01)


# What goes on

@pytest.mark.parametrize("script, expected", [
    ("true", ("in/a.txt", b"hello")),
    ("tr a-z A-Z < \"$1\" > t && mv t \"$1\"", ("in/a.txt", b"HELLO")),
    ("printf x > b.csv; echo b.csv", ("in/b.csv", b"x")),
    ("printf x > b.csv; echo \"$PWD/b.csv\"", ("in/b.csv", b"x")),
    ("mkdir d; mv \"$1\" d/b; echo 'made it'; echo d/b; echo", ("in/b", b"hello")),
    ("gzip -n \"$1\" && printf '%s' \"$1.gz\" && rm -f nothing", None),
    ("echo \"$1\"", ("in/a.txt", b"hello")),
    ("echo one; echo two; echo no such file", ("in/a.txt", b"hello")),
    ("echo b; echo c > b; echo b; echo '   '", ("in/b", b"c\n")),
    ("printf 'b\\r\\n'; printf x > b", ("in/b", b"x")),
    ("echo .", ("in/a.txt", b"hello")), ("echo /", ("in/a.txt", b"hello")),
    ("echo / >&2", ("in/a.txt", b"hello")),
    (": > \"$1\"", ("in/a.txt", b""))])
def test_what_goes_on(make: Make, script: str, expected: tuple[str, bytes] | None) -> None:
    found = run(make(script))
    if expected is None:
        assert found[0] == "in/a.txt.gz" and found[1][:2] == b"\x1f\x8b"
    else:
        assert found == expected


def test_what_the_script_is_given(make: Make, scratch: Path) -> None:
    step = make('printf "%s|" "$@" "$PWD" "$HAULIER_JOB" "$HAULIER_NAME" "$MORE" '
                '"$(ls -A)" "$(cat)" "$(stat -c %Y "$1")" "$(stat -c %a .)" > out; echo out',
                args=["two", "$(touch x)", ""], env={"MORE": "a 'b\""})
    found = run(step, name="in/a.txt")[1]
    path, *rest = found.decode().split("|")
    folder = str(Path(path).parent)
    assert path == f"{folder}/a.txt" and Path(folder).parent == scratch
    assert rest == ["two", "$(touch x)", "", folder, "j", "in/a.txt", "a 'b\"", "a.txt", "",
                    str(MOMENT // 10**9), "700", ""]


@pytest.mark.parametrize("name", [
    "a b.txt", "it's", 'say "hi"', "new\nline.txt", "-rf", "$(touch x)", "`x`", "*", "åäö", "a;b",
    "tab\t", "back\\slash", "x" * 255, " ", "trailing "])
def test_odd_names(make: Make, name: str) -> None:
    assert run(make("cat \"$1\" >> t; cat t > \"$1\"; rm t"), name=f"in/{name}") == (
        f"in/{name}", b"hello")
    if name.strip() == name:
        assert run(make("echo \"$1\""), name=name) == (name, b"hello")
        assert run(make("mv \"$1\" \"${1}2\"; printf '%s\\n' \"${1}2\""),
                   name=name[:254]) == (f"{name[:254]}2", b"hello")


@pytest.mark.parametrize("name", ["..", "a/..", "x" * 256, "lone \ud800"])
def test_names_that_no_file_can_have(make: Make, name: str) -> None:
    source = Watched([b"x"])
    with pytest.raises(Invalid):
        only(make("true")(source.part(name)))
    assert source.closed == 1


def test_a_file_elsewhere_goes_on_and_stays(make: Make, tmp_path: Path) -> None:
    (tmp_path / "other.bin").write_bytes(b"other")
    assert run(make(f"echo '{tmp_path}/other.bin'")) == ("in/other.bin", b"other")
    assert (tmp_path / "other.bin").read_bytes() == b"other"


def test_big_files_pass(make: Make) -> None:
    data = content(5 << 20)
    assert run(make("cat \"$1\" \"$1\" > twice; echo twice"), data) == ("in/twice", data + data)


def test_a_time_that_no_file_can_have_is_no_obstacle(make: Make) -> None:
    for moment in (2**80, -2**80):
        assert drain(only(make("true")(Part("a", iter([b"x"]), 1, moment)))) == b"x"


def test_much_output_on_both_pipes(make: Make) -> None:
    step = make("head -c 3000000 /dev/zero | tr '\\0' 'o'; head -c 3000000 /dev/zero >&2; echo;"
                "head -c 3000000 /dev/zero | tr '\\0' 'p'; echo; printf x > b; echo b")
    assert run(step) == ("in/b", b"x")


def test_a_file_that_the_script_makes_unreadable_is_removed_too(make: Make) -> None:
    assert run(make("mkdir -p d/e; touch d/e/f; chmod 0 d/e d; ln -s / root"))[1] == b"hello"


# Failing

@pytest.mark.parametrize("script, words", [
    ("echo 'cannot do that' >&2; exit 3", r"a\.txt.*exit status 3: cannot do that"),
    ("exit 1", "exit status 1$"),
    ("kill -9 $$", "signal 9"),
    ("syntax ) error", "exit status 2.*syntax error"),
    ("rm \"$1\"", "removed the file"),
    ("rm \"$1\"; echo nothing.txt", "removed the file"),
    ("rm \"$1\"; mkdir \"$1\"", "not a regular file"),
    ("rm \"$1\"; mkfifo \"$1\"", "not a regular file"),
    ("printf x > b; echo b; exit 7", "exit status 7")])
def test_a_script_that_fails_fails_the_file(make: Make, script: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        run(make(script))


def test_only_the_end_of_what_it_says_is_told(make: Make) -> None:
    with pytest.raises(Invalid) as caught:
        run(make("for n in {1..2000}; do echo line $n >&2; done; exit 1"))
    assert str(caught.value).endswith("line 2000")
    assert len(str(caught.value)) < 2400


def test_a_script_that_hangs_is_killed_with_all_it_started(make: Make, tmp_path: Path) -> None:
    step = make(f"echo waiting >&2; sleep 1000 & echo $! > '{tmp_path}/pid'; trap '' TERM; wait",
                timeout=4)      # in which it begins, on a busy machine too
    with pytest.raises(Invalid, match="did not end in 4 s and was killed: waiting"):
        run(step)
    wait_for_end(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize("pipes", ["", "> /dev/null 2>&1"])
def test_what_a_script_leaves_behind_is_killed(make: Make, tmp_path: Path, pipes: str) -> None:
    assert run(make(f"sleep 1000 {pipes} & echo $! > '{tmp_path}/pid'"))[1] == b"hello"
    wait_for_end(int((tmp_path / "pid").read_text()))


@pytest.mark.skipif(not shutil.which("setsid"), reason="no setsid")
def test_what_leaves_the_group_is_not_waited_for(make: Make, tmp_path: Path) -> None:
    mark = tmp_path / "away"
    script = (f"setsid sh -c 'touch {mark}; exec sleep 1000' & echo $! > '{tmp_path}/pid'; "
              f"until [ -e {mark} ]; do sleep 0.01; done")
    assert run(make(script, timeout=60))[1] == b"hello"
    pid = int((tmp_path / "pid").read_text())
    assert is_alive(pid), "it was waited for, or killed"
    os.kill(pid, 9)


@pytest.mark.parametrize("pipes", ["", "exec > /dev/null 2>&1;"])
def test_a_script_is_killed_when_the_work_is_to_end(make: Make, tmp_path: Path, pipes: str) -> None:
    def stop() -> None:
        if (tmp_path / "pid").exists():
            raise Cancelled("stopped")

    step = make(f"{pipes} sleep 1000 & echo $! > '{tmp_path}/t'; mv '{tmp_path}/t' '{tmp_path}/pid'; wait")
    with pytest.raises(Cancelled):
        only(step(Part("a.txt", iter([b"x"]), stop_if_asked=stop)))
    wait_for_end(int((tmp_path / "pid").read_text()))


def test_a_script_that_closes_its_pipes_and_hangs(make: Make) -> None:
    with pytest.raises(Invalid, match="did not end"):
        run(make("exec > /dev/null 2>&1; sleep 1000", timeout=0.4))


def test_an_error_of_the_input_starts_nothing(make: Make, tmp_path: Path) -> None:
    source = Watched([content(1000)], fails=True)
    with pytest.raises(HaulierError, match="source went away"):
        only(make(f"touch '{tmp_path}/ran'")(source.part("a.txt")))
    assert source.closed == 1 and not (tmp_path / "ran").exists()


def test_no_room_for_the_file(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> object:
        return Path("/dev/full").open("wb")

    monkeypatch.setattr("haulier.steps.spool.open", full, raising=False)
    with pytest.raises(NoSpace, match=r"in/a\.txt"):
        run(make("true"), content(1 << 20))


def test_a_program_is_killed_when_its_output_is_no_longer_wanted() -> None:
    with Child(["bash", "-c", "echo $$; sleep 1000 & echo $!; wait"]) as child:
        said = b""
        for data in child.output():
            said += data
            if said.count(b"\n") == 2:
                break
    for pid in map(int, said.split()):
        wait_for_end(pid)


def test_slow_readers_lose_nothing() -> None:
    """Output is there in full although the program ended long before it was taken."""
    with Child(["bash", "-c", "head -c 60000 /dev/zero"]) as child:
        output = child.output()
        found = len(next(output))
        time.sleep(0.6)
        found += sum(map(len, output))
    assert (found, child.status) == (60_000, 0)


def test_no_pipe_and_no_process_is_left(make: Make) -> None:
    started = children()
    before = set(os.listdir("/proc/self/fd"))
    run(make("true"))
    for script in ("exit 1", "kill -9 $$", "rm \"$1\""):
        with pytest.raises(Invalid):
            run(make(script))
    assert set(os.listdir("/proc/self/fd")) <= before
    assert children() <= started


# Settings

def test_a_script_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.sh", tmp_path):
        with pytest.raises(Invalid, match="there is no such file"):
            BashScriptSpec(path=path).build(Env())


def test_settings_that_make_no_sense_are_refused() -> None:
    for facts in ({"path": "relative.sh"}, {"path": "/x", "timeout": 0}, {"path": "/x", "a": 1}):
        with pytest.raises(ValidationError):
            BashScriptSpec.model_validate(facts)


def test_word() -> None:
    spec = BashScriptSpec.model_validate(BashScriptSpec.from_word("/opt/a script.sh"))
    assert (spec.path, spec.timeout) == (Path("/opt/a script.sh"), 300)
    assert BashScriptSpec.model_validate({"path": "/x", "timeout": "2m"}).timeout == 120

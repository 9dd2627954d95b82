"""A workspace: made, found, read."""

from __future__ import annotations

import base64
import os
import re
import stat
from pathlib import Path

import pytest

from haulier.model.errors import Invalid
from haulier.settings.problems import Problems
from haulier.settings.scaffold import init
from haulier.settings.secrets import parse_dotenv
from haulier.settings.workspace import Workspace, find
from haulier.settings.yamlfile import read


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_init_makes_a_workspace_that_is_right(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "ws"
    made = {str(path.relative_to(home)) for path in init(home)}
    assert made == {
        ".",
        "haulier.yaml",
        "configs",
        "configs/jobs.yaml",
        "flows",
        "flows/README.md",
        "tasks",
        ".env",
        "state",
        "logs",
        "backups",
    }
    workspace = Workspace(home, environ={})
    assert workspace.loaded.jobs == () and workspace.loaded.problems == ()
    assert workspace.flows.names() == () and workspace.flows.problems == ()
    assert read(home / "configs/jobs.yaml").data == {"jobs": []}
    assert workspace.secrets.resolve(workspace.secrets.seal("x")) == "x"


def test_init_keeps_secrets_to_their_owner_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        init(tmp_path / "ws")
    finally:
        os.umask(before)
    assert mode(tmp_path / "ws/.env") == 0o600
    assert mode(tmp_path / "ws/state") == 0o700


def test_init_makes_random_keys(tmp_path: Path) -> None:
    keys = []
    for name in ("a", "b"):
        init(tmp_path / name)
        values, problems = parse_dotenv((tmp_path / name / ".env").read_text(), ".env")
        assert not problems and set(values) == {"HAULIER_KEY", "AUTH_SECRET_KEY"}
        assert len(base64.urlsafe_b64decode(values["HAULIER_KEY"] + "=")) == 32
        keys += values.values()
    assert len(set(keys)) == 4 and all(len(key) >= 43 for key in keys)


def test_init_takes_nothing_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    written = {"configs/jobs.yaml": "jobs: []  # mine\n", ".env": "A=1\n", "haulier.yaml": "timezone: UTC\n"}
    for name, text in written.items():
        (tmp_path / name).write_text(text)
    init(tmp_path)
    assert {name: (tmp_path / name).read_text() for name in written} == written
    assert init(tmp_path) == []


def test_init_leaves_other_kinds_of_jobs_files_alone(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/jobs.json").write_text('{"jobs": []}')
    init(tmp_path)
    assert not (tmp_path / "configs/jobs.yaml").exists()


def test_init_does_not_write_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws/.env").symlink_to(tmp_path / "elsewhere")
    init(tmp_path / "ws")
    assert not (tmp_path / "elsewhere").exists()


def test_init_in_the_way_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(Invalid, match="state is in the way"):
        init(tmp_path)


def test_init_says_what_flows_are_once(tmp_path: Path) -> None:
    init(tmp_path)
    page = tmp_path / "flows" / "README.md"
    (tmp_path / "flows" / "hello.yaml").write_text(page.read_text().split("```yaml\n")[1].partition("```")[0])
    found = Workspace(tmp_path, environ={}).flows
    assert not found.problems and [node.id for node in found.flow("hello").graph.nodes] == ["one", "two", "ask"]
    page.unlink()
    assert init(tmp_path) == [] and not page.exists()


def test_the_example_in_the_jobs_file_is_right(tmp_path: Path) -> None:
    init(tmp_path)
    for name in ("haulier.yaml", "configs/jobs.yaml"):
        lines = (tmp_path / name).read_text().replace("jobs: []\n", "").splitlines()
        (tmp_path / name).write_text(
            "\n".join(line[1:] for line in lines if not re.match("# [^ ]", line) and "postgresql" not in line)
        )
    (tmp_path / ".env").write_text("OFFICE_PASSWORD=x\n")
    problems = [
        str(problem)
        for problem in Workspace(tmp_path, environ={}).loaded.problems
        if "cannot be loaded" not in problem.text and "has mistakes" not in problem.text
    ]
    assert problems == []
    assert Workspace(tmp_path, environ={}).settings.limits.bandwidth == 100_000_000


def test_a_workspace_is_found_from_below(tmp_path: Path) -> None:
    assert find(tmp_path) is None
    init(tmp_path / "ws")
    (tmp_path / "ws/flows/deep").mkdir()
    found = find(tmp_path / "ws/flows/deep")
    assert found and found.path == tmp_path / "ws"
    assert find(tmp_path) is None


def test_a_folder_with_nothing_in_it_has_defaults(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, environ={})
    assert workspace.ledger_url() == f"sqlite:///{tmp_path}/state/ledger.db"
    assert workspace.log_level() == "INFO" and workspace.settings.timezone == "UTC"
    assert workspace.settings.limits.lanes == 4 and workspace.settings.limits.per_connection == 2
    assert workspace.loaded.jobs == ()


def test_settings_are_read(tmp_path: Path) -> None:
    (tmp_path / "haulier.yaml").write_text(
        "ledger: postgresql://me:${PW}@db/x\ntimezone: Europe/Stockholm\nlog_level: debug\n"
        "limits:\n  lanes: 8\n  bandwidth: 10MB/s\nconnections:\n"
    )
    (tmp_path / ".env").write_text("PW=hunter2\n")
    workspace = Workspace(tmp_path, environ={})
    assert workspace.ledger_url() == "postgresql://me:hunter2@db/x"
    assert workspace.log_level() == "DEBUG"
    assert (workspace.settings.limits.lanes, workspace.settings.limits.bandwidth) == (8, 10_000_000)
    assert "hunter2" not in f"{workspace!r}{workspace.settings!r}{workspace.env()!r}"


@pytest.mark.parametrize(
    ("ledger", "url"),
    [
        ("sqlite:////var/x.db", "sqlite:////var/x.db"),
        ("sqlite:///x.db?mode=ro", "sqlite:///{home}/x.db?mode=ro"),
    ],
)
def test_where_the_ledger_is(tmp_path: Path, ledger: str, url: str) -> None:
    (tmp_path / "haulier.yaml").write_text(f"ledger: {ledger}\n")
    assert Workspace(tmp_path, environ={}).ledger_url() == url.format(home=tmp_path)


def test_log_level_of_the_environment_counts_where_the_settings_say_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=WARNING\n")
    assert Workspace(tmp_path, environ={}).log_level() == "WARNING"
    assert Workspace(tmp_path, environ={"LOG_LEVEL": "ERROR"}).log_level() == "ERROR"
    assert Workspace(tmp_path, environ={"LOG_LEVEL": "loud"}).log_level() == "INFO"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n", "haulier.yaml:1: must be a mapping"),
        ("ledger: [1]\n", "haulier.yaml:1: ledger: must be text"),
        ("ledger: ${NO_SUCH}\n", "haulier.yaml:1: ledger: ${NO_SUCH} is not set"),
        ("connections: [a]\n", "haulier.yaml:1: connections: must be a mapping"),
        ("connections:\n  a: b\n", "haulier.yaml:2: connections.a: must be a mapping"),
        ("a: [\n", "haulier.yaml:2:1: a bracket that is not closed"),
    ],
)
def test_wrong_settings(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "haulier.yaml").write_text(text)
    with pytest.raises(Problems) as caught:
        _ = Workspace(tmp_path, environ={}).settings
    assert said in str(caught.value)
    assert said in str(Problems(Workspace(tmp_path, environ={}).loaded.problems))


def test_connections_come_from_two_files(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "haulier.yaml").write_text("connections:\n  a: {type: local, path: /one}\n")
    (tmp_path / "configs/connections.yaml").write_text("connections:\n  b: {type: local, path: two}\n")
    workspace = Workspace(tmp_path, environ={})
    assert workspace.connections.names() == ("a", "b")
    assert workspace.connections.at("a").path == "/one"
    assert workspace.connections.at("b", "x/y").path == f"{tmp_path}/two/x/y"
    assert workspace.loaded.problems == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "connections:\n  a: {type: local, path: x}\n",
            "configs/connections.yaml:2: connections.a: haulier.yaml has",
        ),
        ("conections: {}\n", 'configs/connections.yaml:1: must be a mapping with the key "connections"'),
        ("connections: {}\nmore: 1\n", "configs/connections.yaml:2: more: unknown key"),
        ("connections:\n  b: 1\n", "configs/connections.yaml:2: connections.b: must be a mapping"),
        ("connections:\n  b: {path: x}\n", "configs/connections.yaml:2: connections.b.type: required"),
        (
            "connections:\n  b:\n    type: lokal\n",
            "configs/connections.yaml:3: connections.b.type: no such store yet: lokal",
        ),
    ],
)
def test_wrong_connections(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "haulier.yaml").write_text("connections:\n  a: {type: local, path: /one}\n")
    (tmp_path / "configs/connections.yaml").write_text(text)
    problems = Workspace(tmp_path, environ={}).loaded.problems
    assert said in str(Problems(problems)) and len(problems) == 1


def test_asking_for_a_connection_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match='no connection is called "a"; this workspace has none'):
        Workspace(tmp_path, environ={}).connections.at("a")


def test_what_builds_a_job_gets_its_secrets(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PW=hunter2\n")
    from pydantic import SecretStr

    env = Workspace(tmp_path, environ={}).env("daily")
    assert (env.home, env.flow, env.secret(SecretStr("${PW}"))) == (tmp_path, "daily", "hunter2")
    assert "PW" not in os.environ


def test_advice_is_about_secrets_that_others_may_read(tmp_path: Path) -> None:
    init(tmp_path)
    (tmp_path / "pw").write_text("x")
    (tmp_path / "pw").chmod(0o640)
    (tmp_path / "configs/connections.yaml").write_text(
        "connections: { a: { type: sftp, host: h, password: 'file:pw' } }\n"
    )
    workspace = Workspace(tmp_path, environ={})
    assert workspace.loaded.problems == ()
    assert [problem.file for problem in workspace.advice()] == ["pw"]
    (tmp_path / ".env").chmod(0o604)
    assert [problem.file for problem in workspace.advice()] == [".env", "pw"]
    (tmp_path / "pw").chmod(0o600)
    assert [problem.file for problem in workspace.advice()] == [".env"]


def test_init_closes_a_state_folder_that_is_open(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o755)
    init(tmp_path)
    assert mode(tmp_path / "state") == 0o700


def test_hidden_files_hold_no_jobs(tmp_path: Path) -> None:
    (tmp_path / "configs/jobs").mkdir(parents=True)
    (tmp_path / "configs/jobs/.#a.yaml").write_text("not: jobs\n")
    (tmp_path / "configs/jobs/a.yaml").write_text("jobs: []\n")
    workspace = Workspace(tmp_path, environ={})
    assert workspace.job_files() == ["configs/jobs/a.yaml"] and workspace.loaded.problems == ()


@pytest.mark.parametrize(
    ("job", "said"),
    [
        ("{source: {path: a}, destination: {path: a/out}, recursive: true}", 'exclude "out/*" in filters'),
        ("{source: {path: a}, destination: {path: ./a/b/../c}, recursive: true}", 'exclude "c/*" in filters'),
        ("{source: {path: a}, destination: {path: a/out}}", ""),
        ("{source: {path: a}, destination: {path: about}, recursive: true}", ""),
        ("{source: {path: a}, destination: {path: a/out}, recursive: true, filters: {exclude: ['out/*']}}", ""),
        ("{source: {connection: s, path: ''}, destination: {connection: s, path: out}, recursive: true}", "out/*"),
        ("{source: {connection: s, path: in}, destination: {connection: s, path: in/x}, recursive: true}", "x/*"),
        ("{source: {connection: s, path: in}, destination: {connection: t, path: in/x}, recursive: true}", ""),
    ],
)
def test_a_recursive_job_does_not_send_into_itself(tmp_path: Path, job: str, said: str) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "haulier.yaml").write_text(
        "connections:\n  s: {type: s3, bucket: one}\n  t: {type: s3, bucket: two}\n")
    (tmp_path / "configs/jobs.yaml").write_text(f"jobs:\n  - {job.replace('{', '{job_id: j, ', 1)}\n".replace(
        "{path", "{type: local, path"))
    problems = Workspace(tmp_path, environ={}).loaded.problems
    assert len(problems) == bool(said) and said in str(Problems(problems))

"""What docs/howto.md and docs/moving.md show works as it is typed, and says what is so."""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from haulier.settings.workspace import Workspace
from haulier.testing.servers import bound

ROOT = Path(__file__).parents[2]
HOWTO, MOVING = ((ROOT / "docs" / name).read_text("utf-8") for name in ("howto.md", "moving.md"))
BLOCK = re.compile(r"^```(\w+)(?: ([\w./-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = "SALARY_2026-11.txt"
pytestmark = pytest.mark.timeout(300)     # some twenty programs are started, one after the other


def environment() -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("HAULIER_")}
    return {**kept, "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}", "NO_COLOR": "1", "COLUMNS": "100"}


def done(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", script], cwd=folder, env=environment(), capture_output=True, text=True,
                          timeout=250, check=False)


def block(page: str, name: str) -> str:
    texts: list[str] = [text for _, title, text in BLOCK.findall(page) if title == name]
    return texts[0]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the page's job, and a file that it takes."""
    folder = tmp_path_factory.mktemp("howto")
    assert done("haulier init .", folder).returncode == 0
    (folder / "configs" / "jobs.yaml").write_text(block(HOWTO, "configs/jobs.yaml"))
    (folder / "outgoing").mkdir()
    (folder / "outgoing" / FILE).write_text("1;Anna;100\n")
    os.utime(folder / "outgoing" / FILE, (1, 1))
    return folder


def commands(page: str) -> str:
    return "\n".join(["set -e", *(line[2:] for kind, _, text in BLOCK.findall(page) if kind == "console"
                                  for line in text.splitlines())])


@pytest.fixture(scope="module")
def sent(home: Path) -> str:
    """What the commands about files print, one after the other in one shell."""
    said = done(commands(HOWTO[:HOWTO.index("## People")]), home)
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout


@pytest.fixture(scope="module")
def asked(home: Path, sent: str) -> str:
    """What all others print, beside a hub."""
    with subprocess.Popen(bound(["haulier", "start", "--port", "0"]), cwd=home, env=environment(), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as hub:
        try:
            assert hub.stdout
            address = hub.stdout.readline().split()[-1]
            script = commands(HOWTO[HOWTO.index("## People"):])
            said = done(script.replace("http://127.0.0.1:7345", address), home)
        finally:
            hub.terminate()
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout


def test_a_file_is_sent_and_its_arrival_is_told(sent: str, home: Path) -> None:
    assert "payroll: 1 file done" in sent and f"It arrived as {FILE}" in sent
    assert (home / "bank" / FILE).read_text() == "1;Anna;100\n"
    assert (home / "again" / FILE).exists() and (home / "backups" / "payroll" / FILE).exists()


def test_there_was_no_file_to_send(sent: str, home: Path) -> None:
    assert done("haulier run payroll --fail-empty", home).returncode == 3


def test_an_auditor_and_programs_read(asked: str, home: Path) -> None:
    assert FILE in (home / "payroll.csv").read_text("utf-8-sig")
    assert '"is_unbroken":true' in asked and '"delivered":true' in asked
    assert {"/api/v1/runs/{id}/retry", "/api/v1/jobs/{id}/run"} <= json.loads(
        (home / "haulier-api.json").read_text())["paths"].keys()


def test_the_metrics_are_those_that_the_hub_has(asked: str) -> None:
    there = set(re.findall(r"^# TYPE (haulier_\w+)", asked, re.MULTILINE))
    rules = YAML(typ="safe").load(block(HOWTO, "haulier-rules.yml"))["groups"][0]["rules"]
    named = set(re.findall(r"\bhaulier_\w+", HOWTO))
    assert len(named) > 9 and len(rules) > 4
    assert not named - there
    assert YAML(typ="safe").load(block(HOWTO, "prometheus.yml"))["scrape_configs"][0]["honor_labels"]


def test_what_is_kept_for_how_long_can_be_written_so(tmp_path: Path) -> None:
    (tmp_path / "haulier.yaml").write_text(re.findall(r"`(history: .*?)`", HOWTO)[0])
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "jobs.yaml").write_text(
        "jobs:\n  - job_id: a\n    source: { type: local, path: a }\n    destination: { type: local, path: b }\n    "
        + re.findall(r"`(processing: .*?)`;", HOWTO)[0] + "\n")
    loaded = Workspace(tmp_path, {}).loaded
    assert loaded.jobs and not loaded.problems


def test_systemd_understands_the_unit_of_a_worker(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze on this machine")
    line = next(text for kind, _, text in BLOCK.findall(HOWTO) if kind == "ini")
    unit = (ROOT / "deploy" / "haulier.service").read_text()
    changed = re.sub(r"^ExecStart=.*\n", line, unit, flags=re.MULTILINE)
    assert changed != unit and "haulier worker /var/lib" in changed
    (tmp_path / "haulier-worker.service").write_text(
        changed.replace("/usr/local/bin/haulier", str(Path(sys.executable).with_name("haulier"))))
    said = done(f"{program} verify {tmp_path / 'haulier-worker.service'}", tmp_path)
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


def test_a_hub_moves_to_another_folder(sent: str, home: Path) -> None:
    lines = [line[5:].replace("/var/lib/haulier/hub", "moved") for _, _, text in BLOCK.findall(HOWTO)
             for line in text.splitlines() if re.match(r"(old|new)\$ ", line)]
    assert len(lines) == 4
    said = done("\n".join(["set -e", *lines[1:3], lines[3].partition(" && ")[0]]), home)
    assert said.returncode == 0 and "no problems; 1 job" in said.stdout, said.stdout + said.stderr
    assert (home / "moved" / ".env").read_text() == (home / ".env").read_text()
    assert FILE.encode() in (home / "moved" / "state" / "ledger.db").read_bytes()


def test_a_workspace_of_fileflow_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "jobs.yaml").write_text(
        'jobs:\n  - { job_id: a, schedule: "0 6 * * 1-5", source: { type: local, path: in },'
        ' destination: { type: local, path: out } }\n'
        '  - { job_id: b, schedule: "0 6 * * 1-5", source: { type: local, path: in },'
        ' destination: { type: hdfs, path: out } }\n')
    (tmp_path / ".env").write_text("ADMIN_PASSWORD=admin\n")
    lines = [line[2:] for kind, _, text in BLOCK.findall(MOVING) if kind == "console" for line in text.splitlines()]
    said = done("\n".join(["haulier init .", "haulier validate", *lines,
                           "echo secret | haulier secret set BANK"]), tmp_path)
    assert "no such store yet: hdfs" in said.stdout and "1 job can run" in said.stdout
    assert said.returncode == 0 and "sealed:" in said.stdout, said.stderr
    assert (tmp_path / ".env").read_text().startswith("ADMIN_PASSWORD=admin\nHAULIER_KEY=")


def test_what_the_old_program_delivered_can_be_left_out(tmp_path: Path) -> None:
    for name in ("in", "out", "configs"):
        (tmp_path / name).mkdir()
    (tmp_path / "in" / "a.txt").write_text("a")
    os.utime(tmp_path / "in" / "a.txt", (1, 1))
    job = "jobs:\n  - job_id: a\n    source: { type: local, path: in }\n    destination: { type: local, path: out }\n"
    shutil.copy2(tmp_path / "in" / "a.txt", tmp_path / "out")
    (tmp_path / "haulier.yaml").touch()
    said = []
    for more in ("", "    filters: { max_age: 1d }\n", "    dedup: target\n"):
        (tmp_path / "configs" / "jobs.yaml").write_text(job + more)
        said.append(done("haulier plan a --all", tmp_path).stdout.split()[0])
    assert said == ["move", "skip", "skip"]

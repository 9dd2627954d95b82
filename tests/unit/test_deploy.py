"""The files in deploy/ that people copy: systemd understands the unit, and the image can be made."""
from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "haulier.service"
INSTALLED = "/usr/local/bin/haulier"


def verified(folder: Path, text: str) -> str:
    """What systemd has to say about a unit."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze on this machine")
    path = folder / "haulier.service"
    path.write_text(text)
    done = subprocess.run([program, "verify", path], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr + (f"exit status {done.returncode}" if done.returncode else "")


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    program = str(Path(sys.executable).with_name("haulier"))
    text = UNIT.read_text()
    assert f"\nExecStart={INSTALLED} start " in text
    assert verified(tmp_path, text.replace(INSTALLED, program)) == ""


def test_a_mistake_in_the_unit_is_seen(tmp_path: Path) -> None:
    said = verified(tmp_path, UNIT.read_text().replace("RestartSec=2\n", "RestartSec=soon\nRestartSecs=2\n"))
    assert "Failed to parse" in said and "RestartSecs" in said


def test_what_the_image_is_made_of_is_there() -> None:
    copied = [line.split()[1:-1] for line in (ROOT / "deploy" / "Containerfile").read_text().splitlines()
              if line.startswith("COPY ") and "--from" not in line]
    named = {name for names in copied for name in names}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert named >= {"pyproject.toml", "constraints.txt", "src", project["readme"], *project["license-files"]}
    assert all((ROOT / name).exists() for name in named)

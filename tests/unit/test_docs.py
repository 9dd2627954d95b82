"""The documentation is true: examples run, generated parts are fresh, links lead somewhere."""
from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from haulier.settings.workspace import Workspace

ROOT = Path(__file__).parents[2]
PAGES = [path for folder in (ROOT, ROOT / "docs", ROOT / "docs" / "decisions", ROOT / "changes")
         for path in sorted(folder.glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)(?: ([\w./]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARIABLES = dict.fromkeys(("S3_KEY", "S3_SECRET", "SPACES_KEY", "SPACES_SECRET", "ANNA_PASSWORD"), "x")
PROGRAM = """import sys; from haulier.cli import main; sys.argv[0] = "haulier"; main()"""


def identified(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(path: Path, kind: str) -> list[str]:
    return [text for word, _, text in BLOCK.findall(path.read_text()) if word == kind]


# What stands in CONTRIBUTING.md

@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of CONTRIBUTING.md in a folder, installed as its pyproject.toml says."""
    folder = tmp_path_factory.mktemp("package")
    files: dict[str, list[str]] = {}
    for _, name, text in BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text()):
        if name:
            gap = "\n" if text.startswith(" ") else "\n\n"     # a class goes on, or a new one begins
            files.setdefault(name, []).extend([gap, text])
    for name, texts in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("".join(texts[1:]))
    install(folder)
    return folder


def install(folder: Path) -> None:
    """Entry points for this folder, as an installer writes them."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
    (info / "entry_points.txt").write_text("".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
        for group, points in project["entry-points"].items()))


def run(folder: Path, *words: str) -> str:
    done = subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, timeout=100,
                          env={**os.environ, "PYTHONPATH": str(folder)}, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(("name", "least"), [
    ("test_box.py", 16), ("test_base64.py", 16), ("test_digest.py", 7), ("test_logfmt.py", 11), ("test_tray.py", 11)])
def test_examples_pass_their_suite(package: Path, name: str, least: int) -> None:
    said = run(package, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "--rootdir", ".", name)
    assert int(re.findall(r"(\d+) passed", said)[0]) >= least


def test_examples_are_as_the_house_wants_them(package: Path) -> None:
    run(package, "-m", "ruff", "check", "--no-cache", "--config", str(ROOT / "pyproject.toml"),
        "--ignore", "I001", ".")
    run(package, "-m", "mypy", "--strict", "--no-incremental", "--cache-dir", os.devnull,
        "box.py", "base64_step.py", "digest.py", "logfmt.py", "tray.py")


def test_examples_carry_files(package: Path, tmp_path: Path) -> None:
    haulier = ("-c", PROGRAM)
    run(package, *haulier, "init", str(tmp_path))
    (tmp_path / "configs" / "jobs.yaml").write_text((package / "configs" / "jobs.yaml").read_text())
    (tmp_path / "outgoing").mkdir()
    (tmp_path / "outgoing" / "a.txt").write_bytes(b"hello")
    os.utime(tmp_path / "outgoing" / "a.txt", (1, 1))
    at = ("--workspace", str(tmp_path))
    assert "1 file done" in run(package, *haulier, "run", "into_the_box", *at)
    assert "1 skipped" in run(package, *haulier, "run", "into_the_box", *at)
    assert "a.txt.b64, 8 B" in run(package, *haulier, "why", "a.txt", *at)
    assert "The database" in run(package, *haulier, "specs", "box")
    for name in ("sums", "logs"):
        (tmp_path / "flows" / f"{name}.yaml").write_text((package / "flows" / f"{name}.yaml").read_text())
    (tmp_path / "logs_of_others").mkdir()
    (tmp_path / "logs_of_others" / "today.log").write_bytes(b"level=info\nno pair\n")
    os.utime(tmp_path / "logs_of_others" / "today.log", (1, 1))
    assert "2 rows: 1 accepted, 1 rejected" in run(package, *haulier, "run", "logs", *at)
    (tmp_path / "tasks" / "tell.sh").write_text('echo "it is $1"')
    assert f"it is {hashlib.sha256(b'hello').hexdigest()}" in run(package, *haulier, "run", "sums", *at)


# Pages

@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_parts_are_up_to_date(generate: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"]) == 0, capsys.readouterr().out


def test_every_generated_part_is_used_and_a_stale_one_is_seen(generate: ModuleType) -> None:
    text = "".join(path.read_text() for path in PAGES)
    assert {name for _, name, _ in generate.PART.findall(text)} == set(generate.PARTS)
    stale = "<!-- generated: errors -->\nstale words\n<!-- end of errors -->\nrest"
    fresh = generate.written(stale)
    assert "stale words" not in fresh and "NotFound" in fresh and fresh.endswith("rest")


def test_the_drawing_of_states_has_every_step(generate: ModuleType) -> None:
    lines = list(generate.states())
    for (old, signal), new in generate.STEPS.items():
        rows = [line for line in lines if line.startswith(f"| {signal} |") and line.endswith(f"| {new} |")]
        assert f"    {old} --> {new}: {signal}" in lines or f" {old}" in rows[0].replace(",", " ")


@pytest.mark.parametrize("path", PAGES, ids=identified)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)):
        name, _, anchor = target.partition("#")
        if "://" in target:
            continue
        page = path.parent / name if name else path
        assert page.exists() or page == ROOT / "docs" / "benchmarks.md", target
        if anchor and page.suffix == ".md":
            assert anchor in anchors(page), target


def anchors(page: Path) -> set[str]:
    """The ids that GitHub gives headings."""
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)}


@pytest.mark.parametrize("path", [path for path in PAGES if "\njobs:\n" in path.read_text()
                                  and path.name != "CONTRIBUTING.md"], ids=identified)
def test_examples_of_settings_have_no_mistakes(path: Path, tmp_path: Path) -> None:
    """Each block of jobs is a file of its own; the page's connections are there for all of them."""
    (tmp_path / "configs").mkdir()
    settings = [text.partition("\n")[2] for text in blocks(path, "yaml") if text.startswith("connections:")]
    (tmp_path / "haulier.yaml").write_text("connections:\n" + "".join(settings) if settings else "")
    for text in blocks(path, "yaml"):
        if text.startswith("jobs:"):
            (tmp_path / "configs" / "jobs.yaml").write_text(text)
            around = Workspace(tmp_path, VARIABLES)
            assert around.loaded.jobs or around.flows.flows     # those that take files in are flows
            assert not around.loaded.problems and not around.flows.problems


@pytest.mark.parametrize("path", [*PAGES, *sorted((ROOT / "samples").iterdir())], ids=identified)
def test_no_page_names_the_machine_it_was_written_on(path: Path) -> None:
    assert not re.search(r"/(work|root|tmp/\w+)/", path.read_text())


def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    """Its commands up to "Another place", as typed, with the job in between."""
    page = (ROOT / "docs" / "tutorial.md").read_text()
    typed = page[page.index("## 2."):page.index("## 7.")]
    script = ["set -e", "touch() { command touch -d 2025-03-31 \"$@\"; }"]
    for kind, _, text in BLOCK.findall(typed):
        if kind == "yaml":
            script += ["cat > configs/jobs.yaml <<'END'", text + "END"]
        script += [line[2:] for line in text.splitlines() if line.startswith("$ ")]
        script += ["touch outgoing/*"] if "cp ../samples" in text else []     # as files are that were not made just now
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    env = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", "\n".join(script)], cwd=tmp_path, env=env, capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for said in ("no problems; 1 job", "3 files to move", "first: 3 files done", "first: nothing moved; 2 skipped",
                 "delivered/invoice_1042.xml.gz", "backups/first/invoice_1042.xml", "It arrived as"):
        assert said in done.stdout


def test_samples_are_small() -> None:
    assert sum(path.stat().st_size for path in (ROOT / "samples").iterdir()) < 200 * 1024


def test_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text()
    assert "./scripts/demo" in text and "./scripts/test" in text

"""The files of the dashboard: small, unchanged where they are not ours, and without anything that a policy forbids."""
from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "src" / "haulier" / "web"
OURS = sorted((WEB / "app").rglob("*.js"))
STYLES = sorted((WEB / "style").glob("*.css"))
HERE = Path(__file__).parent
IMPORT = re.compile(r'^(?:import|export)\b[^;="()]*?"([^"]+)";$|\bimport\([`"]([^`"]+)[`"]\)', re.MULTILINE)
DEFINED = re.compile(r'define\("([a-z-]+)"')


def named(path: Path) -> str:
    return str(path.relative_to(WEB))


def vendored(folder: Path) -> dict[str, list[str]]:
    lines = (folder / "VERSIONS").read_text().splitlines()
    return {line.split()[1]: line.split() for line in lines if line and not line.startswith("#")}


@pytest.mark.parametrize("folder", [WEB / "vendor", HERE / "vendor"], ids=["shipped", "tests"])
def test_what_is_vendored_is_as_it_was_published(folder: Path) -> None:
    listed = vendored(folder)
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix in (".js", ".css")}
    assert there == set(listed)
    for name, (digest, _, package, version, licence) in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
        assert re.fullmatch(r"\d+\.\d+\.\d+", version) and package and licence
        assert any((folder / above / "LICENSE").is_file() for above in (Path(name).parts[0], "."))
    assert not [*folder.rglob("*.map")]


@pytest.mark.parametrize("path", OURS, ids=named)
def test_scripts_are_short_and_say_what_they_are_for(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert len(lines) < 300
    assert lines[0].startswith("// ") and lines[0].endswith((".", ":"))
    assert max(map(len, lines)) <= 160


@pytest.mark.parametrize("path", [*OURS, WEB / "index.html"], ids=named)
def test_nothing_is_written_as_markup_or_run_inline(path: Path) -> None:
    text = path.read_text()
    for forbidden in ("unsafe", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                      "new Function", ' style="', " style=$", " onclick=", "javascript:"):
        assert forbidden not in text, forbidden
    assert not re.search(r"(?<!www\.w3\.org/2000/)https?://(?!www\.w3\.org)", text), "an address of somewhere else"


@pytest.mark.parametrize("path", OURS, ids=named)
def test_every_import_is_there(path: Path) -> None:
    written = re.search(r'<script type="importmap">(.*?)</script>', (WEB / "index.html").read_text(), re.DOTALL)
    assert written
    known: dict[str, str] = json.loads(written[1])["imports"]
    for name in filter(None, (name for pair in IMPORT.findall(path.read_text()) for name in pair)):
        if "${" in name:
            continue    # a page by its name: each is opened by a test
        if name.startswith("."):
            assert (path.parent / name).resolve().is_file(), name
            continue
        start = next(key for key in sorted(known, key=len, reverse=True)
                     if name == key or (key.endswith("/") and name.startswith(key)))
        file = known[start].removeprefix("/static/") + name.removeprefix(start)
        assert (WEB / file).is_file(), name


def test_one_element_a_file_and_each_has_a_place_in_the_layout() -> None:
    layout = "".join(path.read_text() for path in STYLES)
    seen: dict[str, Path] = {}
    for path in OURS:
        found = DEFINED.findall(path.read_text())
        assert len(found) <= 1, path
        for name in found:
            assert name not in seen
            seen[name] = path
            assert name in layout, f"{name} would be an inline box"


def test_only_the_tokens_have_colours_of_their_own() -> None:
    for path in STYLES:
        if path.name != "tokens.css":
            text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
            found = re.findall(r"#[0-9a-f]{3,8}\b|\brgba?\(|\bhsl", text)
            assert not found, (path, found)

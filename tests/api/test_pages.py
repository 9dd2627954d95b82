"""The dashboard's files: every one under an address that changes with it, and no script that the policy would stop."""
from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from haulier.api.pages import Pages
from haulier.model.errors import NotFound


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "vendor" / "lit" / "directives").mkdir(parents=True)
    (tmp_path / "index.html").write_text(
        '<link rel="stylesheet" href="/static/style.css"><script type="importmap">{"imports": {'
        '"lit": "/static/vendor/lit/index.js", "lit/": "/static/vendor/lit/"}}</script>'
        '<script type="module" src="/static/app/main.js"></script><a href="/static/none.txt">')
    (tmp_path / "style.css").write_text("a {}")
    (tmp_path / "app" / "main.js").write_text('import "./api.js"')
    (tmp_path / "app" / "api.js").write_text("1")
    (tmp_path / "vendor" / "lit" / "index.js").write_text("2")
    (tmp_path / "vendor" / "lit" / "directives" / "live.js").write_text("3")
    return tmp_path


def mark(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def test_addresses_have_the_mark_of_their_content(folder: Path) -> None:
    page = Pages(folder).index
    assert f'href="/static/style.css?v={mark(folder / "style.css")}"' in page
    assert f'src="/static/app/main.js?v={mark(folder / "app/main.js")}"' in page
    assert 'href="/static/none.txt"' in page


def test_what_scripts_import_is_found_under_its_mark(folder: Path) -> None:
    found = re.search(r'importmap">(.*?)</script>', Pages(folder).index)
    assert found
    imports = json.loads(found[1])["imports"]
    live = f"/static/vendor/lit/directives/live.js?v={mark(folder / 'vendor/lit/directives/live.js')}"
    assert imports["lit/directives/live.js"] == imports["/static/vendor/lit/directives/live.js"] == live
    assert imports["/static/app/api.js"] == f"/static/app/api.js?v={mark(folder / 'app/api.js')}"
    assert imports["lit"].startswith("/static/vendor/lit/index.js?v=") and "lit/" not in imports


def test_the_policy_knows_each_script_in_the_page(folder: Path) -> None:
    pages = Pages(folder)
    inline = re.findall(r'<script type="importmap">(.*?)</script>', pages.index)
    digests = ["sha256-" + base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in inline]
    assert list(pages.scripts) == digests and len(digests) == 1


def test_files_may_be_kept_only_under_their_mark(folder: Path) -> None:
    pages, right = Pages(folder), mark(folder / "style.css")
    kept = pages.answer("style.css", right, "")
    assert "immutable" in kept.headers["cache-control"] and kept.headers["content-type"].startswith("text/css")
    for wrong in ("", "000"):
        assert pages.answer("style.css", wrong, "").headers["cache-control"] == "no-cache"
    assert pages.answer("style.css", "", f'"{right}"').status_code == 304
    assert pages.answer("app/main.js", "", "").headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize("name", ["", "none", "../pages.py", "app", "app/", "index.html", "/etc/passwd"])
def test_nothing_else_is_given_out(folder: Path, name: str) -> None:
    with pytest.raises(NotFound):
        Pages(folder).answer(name, "", "")


def test_the_dashboard_that_is_shipped() -> None:
    pages = Pages()
    assert 'src="/static/app/main.js?v=' in pages.index
    assert not re.search(r"\son\w+=", re.sub(r"<svg.*?</svg>", "", pages.index, flags=re.DOTALL))

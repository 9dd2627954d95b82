"""Places as people type them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from haulier.model.errors import Invalid
from haulier.settings import registry
from haulier.settings.places import Place, place, shown
from haulier.settings.spec import StoreSpec
from haulier.settings.workspace import Workspace


class Depot(StoreSpec):
    """A store with a host, a user and a password"""

    schemes: ClassVar[tuple[str, ...]] = ("depot", "depots")
    host: str
    port: int = 7
    username: str = ""
    password: SecretStr | None = None

    @classmethod
    def from_url(cls, url: str) -> Mapping[str, Any]:
        parts = urlsplit(url)
        if parts.query:
            raise Invalid(f"{url}: no questions here")
        found: dict[str, Any] = {
            "path": unquote(parts.path),
            "host": parts.hostname or "",
            "username": unquote(parts.username or ""),
        }
        if parts.password:
            found["password"] = unquote(parts.password)
        if parts.port:
            found["port"] = parts.port
        return found

    def location(self) -> str:
        return f"depot://{self.host}{self.path}"


@pytest.fixture(autouse=True)
def depot() -> Iterator[None]:
    registry.register("stores", "depot", Depot)
    yield
    registry.unregister("stores", "depot")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "haulier.yaml").write_text(
        "connections:\n  office: {type: depot, host: h, path: base, password: '${PW}'}\n"
        "  disk: {type: local, path: data}\n"
    )
    return Workspace(tmp_path, environ={"PW": "hunter2"})


def typed(text: str, workspace: Workspace, folder: Path = Path("/here")) -> Place:
    return place(text, workspace.connections, workspace.secrets, folder)


@pytest.mark.parametrize(
    ("text", "path", "is_folder"),
    [
        ("a.txt", "/here/a.txt", False),
        ("./a:b", "/here/a:b", False),
        ("sub/", "/here/sub", True),
        (".", "/here", False),
        ("/abs/x y", "/abs/x y", False),
        ("file:///abs/x%20y", "/abs/x y", False),
        ("file:///abs/", "/abs/", True),
        ("dir/a:b", "/here/dir/a:b", False),
        ("${HOME}/x", "/here/${HOME}/x", False),
        ("/", "/", True),
    ],
)
def test_paths_of_this_machine(workspace: Workspace, text: str, path: str, is_folder: bool) -> None:
    found = typed(text, workspace)
    assert (found.spec.path, found.is_folder, type(found.spec).__name__) == (path, is_folder, "LocalSpec")


def test_a_home_folder(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert typed("~/x", workspace).spec.path == "/home/me/x"


@pytest.mark.parametrize(
    ("text", "path", "is_folder"),
    [
        ("office:", "base", True),
        ("office:in/a.txt", "base/in/a.txt", False),
        ("office:in/", "base/in/", True),
        ("office:/abs/a", "/abs/a", False),
        ("office:a:b", "base/a:b", False),
    ],
)
def test_named_connections(workspace: Workspace, text: str, path: str, is_folder: bool) -> None:
    found = typed(text, workspace)
    assert isinstance(found.spec, Depot)
    assert (found.spec.path, found.is_folder) == (path, is_folder)
    assert found.spec.password and workspace.env().secret(found.spec.password) == "hunter2"


def test_a_local_connection_hangs_from_the_workspace(workspace: Workspace) -> None:
    assert typed("disk:x", workspace).spec.path == f"{workspace.path}/data/x"


def test_urls(workspace: Workspace) -> None:
    found = typed("DEPOT://me:p%40ss@host:22/a/b.txt", workspace)
    assert isinstance(found.spec, Depot) and found.spec.password
    assert (found.spec.host, found.spec.port, found.spec.username, found.spec.path) == (
        "host",
        22,
        "me",
        "/a/b.txt",
    )
    assert found.spec.password.get_secret_value() == "p@ss"
    assert str(found) == "depot://host/a/b.txt" and not found.is_folder
    assert typed("depots://host", workspace).is_folder


@pytest.mark.parametrize(
    ("path", "folder", "name"),
    [
        ("depot://h/a/b/c", "/a/b", "c"),
        ("depot://h/c", "/", "c"),
        ("depot://h/a/b/", "/a", "b"),
        ("office:c", "base", "c"),
    ],
)
def test_the_folder_above(workspace: Workspace, path: str, folder: str, name: str) -> None:
    above, file = typed(path, workspace).parent()
    assert (above.path, file) == (folder, name)


def test_nothing_is_above_the_root(workspace: Workspace) -> None:
    for text in ("/", "depot://h", "depot://h/"):
        with pytest.raises(Invalid, match="a folder, not a file"):
            typed(text, workspace).parent()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an empty place"),
        (
            "ofice:in",
            'no connection is called "ofice"; did you mean "office"?; a file of that name is ./ofice:in',
        ),
        ("me@host:in/x", "me@host:in/x: write it as a URL: sftp://me@host/~/in/x"),
        ("me@host:/in/x", "write it as a URL: sftp://me@host/in/x"),
        ("depto://h/x", 'no store for depto:// addresses; did you mean "depot"'),
        ("file://relative/x", "a file URL names no host"),
        ("depot://me:hunter2@h/x?y", "depot://me@h/x?y: no questions here"),
        ("depot://me:hunter2@h:port/x", "depot://me@h:port/x: not a URL"),
        ("depot://me:hunt/er2@h/x", "depot://me@h/x: not a URL; in a user name or a password write %40"),
        ("depot://me:hunter2@h/${NO_SUCH}", "${NO_SUCH} is not set"),
    ],
)
def test_what_is_no_place(workspace: Workspace, text: str, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        typed(text, workspace)
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value) and caught.value.__cause__ is None


def test_a_file_with_a_colon_in_its_name_is_a_file(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "10:30").write_text("")
    assert typed("10:30", workspace, tmp_path).spec.path == f"{tmp_path}/10:30"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("sftp://u:p@h/x", "sftp://u@h/x"),
        ("sftp://u@h/x", "sftp://u@h/x"),
        ("sftp://u:p@s@h/x", "sftp://u@h/x"),
        ("sftp://h:22/a@b", "sftp://h:22/a@b"),
        ("s3://bucket/a@b", "s3://bucket/a@b"),
        ("plain/a:b@c", "plain/a:b@c"),
        ("sftp://u:p/q@h/x", "sftp://u@h/x"),
        ("sftp://u:@h", "sftp://u@h"),
        ("sftp://u:1#2@h", "sftp://u@h"),
    ],
)
def test_a_place_is_shown_without_its_password(text: str, safe: str) -> None:
    assert shown(text) == safe


@given(
    st.one_of(st.text("abc019:/#?%[]{}$\\ é", max_size=10), st.text("a1:@%[]{}$ é", max_size=10)).map(
        lambda text: f"hunter2{text}2retnuh"
    ),
    st.sampled_from(["/x", ":22/x", ":port/x", "", "?q", "/${NO}"]),
)
def test_no_error_tells_the_password_of_a_url(password: str, rest: str) -> None:
    registry.register("stores", "depot", Depot)
    workspace = Workspace("/nonexistent", environ={})
    url = f"depot://me:{password}@h{rest}"
    said = shown(url)
    try:
        said += repr(typed(url, workspace)) + str(typed(url, workspace))
    except Invalid as error:
        said += str(error) + repr(error)
    assert "hunter2" not in said and "2retnuh" not in said

"""The words that the scp store says to a shell, and those it hears."""
from __future__ import annotations

import subprocess
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from haulier.model.errors import (
    AlreadyExists,
    Denied,
    HaulierError,
    Invalid,
    IsFolder,
    NoSpace,
    NotFound,
    Unavailable,
    Unsupported,
)
from haulier.model.files import Entry
from haulier.stores.scp import ScpSpec
from haulier.stores.scp.place import Place, entry_of
from haulier.stores.scp.script import BOOT, FUNCTIONS, NEWLINE, quoted
from haulier.stores.scp.trouble import error_for, refusal


def said(*lines: bytes) -> bytes:
    """What the shell of the far side, started as over SSH, prints for these lines."""
    key = b"0123456789abcdef"
    given = key + b"\n" + b"".join(key + b" " + line + b"\n" for line in (NEWLINE, *lines))
    return subprocess.run(["/bin/sh", "-c", BOOT], input=given, capture_output=True, check=False).stdout


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=30).map(lambda word: word.replace(b"\0", b"'")), max_size=5))
def test_words_arrive_as_they_are(words: list[bytes]) -> None:
    lines = [b"for w in " + b" ".join(map(quoted, words)) + b'; do printf "%s\\0" "$w"; done'] if words else []
    assert said(*lines) == b"".join(word + b"\0" for word in words)


def test_a_line_without_the_key_ends_the_shell() -> None:
    assert said(b"printf a", b"printf b") == b"ab"
    assert said(b"printf a\nprintf x", b"printf b") == b"a"
    assert said(b"printf a\n", b"printf b") == b"a"


def test_the_functions_are_loaded_whole() -> None:
    assert b" 0  stat" in said(b"eval " + quoted(FUNCTIONS.encode()))


@pytest.mark.parametrize(("words", "kind"), [
    (b"dd: error writing 'x': No space left on device", NoSpace),
    (b"scp: x: Disk quota exceeded", NoSpace),
    (b"sh: can't create x: Permission denied\n0+1 records in", Denied),
    (b"mv: cannot move 'a' to 'b': Read-only file system", Denied),
    (b"rm: cannot remove 'x': Operation not permitted", Denied),
    (b": Is a directory", IsFolder),
    (b"sh: 1: cannot create x: Directory nonexistent", NotFound),
    (b"sh: can't open x: no such file", NotFound),
    (b"stat: can't stat 'x': Not a directory", NotFound),
    (b"stat: x: Symbolic link loop", NotFound),
    (b"stat: x: Filename too long", Invalid),
    (b": File exists", AlreadyExists),
    (b"sh: 1: eval: find: not found", Unsupported),
    (b"stat: x: No such file or directory in the middle: Input/output error", Unavailable),
    (b"", Unavailable)])
def test_what_programs_say(words: bytes, kind: type[HaulierError]) -> None:
    error = error_for("the/file", words)
    assert type(error) is kind and str(error).startswith("the/file: ")


def test_a_lost_connection_is_no_refusal() -> None:
    lost = Unavailable("host: the connection was lost (Connection reset by peer)")
    assert refusal("host", b"", lost) is lost
    denied = Denied("host: login refused")
    assert refusal("host", b"hello", denied) is denied
    assert isinstance(refusal("host", b"This service allows sftp connections only.\n", lost), Unsupported)


@pytest.mark.parametrize(("root", "name"), [
    ("", b"./f"), ("~", b"./f"), ("/", b"/f"), ("/a/", b"/a/f"), ("a", b"./a/f"), ("~/a b", b"./a b/f"),
    ("-a", b"./-a/f"), ("~a", b"./~a/f")])
def test_names_on_the_server(root: str, name: bytes) -> None:
    place = Place(root)
    assert place.at("f") == name and place.of(name) == "f"
    with pytest.raises(Invalid):
        place.at("../f")
    with pytest.raises(Invalid):
        place.at("\udcff")


def test_facts() -> None:
    assert entry_of("f", b"81a4 12 1600000000") == Entry("f", 12, 1_600_000_000 * 10**9, mode=0o644)
    for facts, kind in ((b"41ed 1 1", IsFolder), (b"11a4 0 1", NotFound), (b"what?", Unavailable)):
        with pytest.raises(kind):
            entry_of("f", facts)


def test_url_round_trip() -> None:
    for url in ("scp://me@host:2222/a%20folder/x", "scp://host/~/below", "scp://host/", "scp://[::1]/x",
                "scp://a%40b@host/x"):
        assert ScpSpec.model_validate(ScpSpec.from_url(url)).location() == url
    spec = ScpSpec.model_validate(ScpSpec.from_url("scp://me:secret@host/x"))
    assert spec.password == SecretStr("secret") and "secret" not in spec.location() + repr(spec)


@pytest.mark.parametrize("url", ["scp://", "sftp://host/x", "scp://host:x/", "scp://host/x?y=1"])
def test_bad_urls(url: str) -> None:
    with pytest.raises(Invalid):
        ScpSpec.from_url(url)


@pytest.mark.parametrize("settings", [{"host": "-oProxyCommand=x"}, {"host": "a b"}, {"host_key": "abc"},
                                      {"port": 0}, {"password": "a\nb"}])
def test_bad_settings(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        ScpSpec.model_validate(settings)

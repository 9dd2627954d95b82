"""References to secrets, the `.env` file, sealed values; and that nothing tells a secret."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from haulier.model.errors import Invalid
from haulier.settings import registry
from haulier.settings.connections import Connections
from haulier.settings.definitions import Definition
from haulier.settings.editing.hidden import secrets as secrets_in
from haulier.settings.filling import filled, is_secret, secret_fields
from haulier.settings.forms import PlaceForm
from haulier.settings.places import has_password
from haulier.settings.problems import Problem, Problems
from haulier.settings.secrets import Secrets, is_reference, new_key, parse_dotenv
from haulier.settings.spec import Spec, StoreSpec
from haulier.settings.yamlfile import Document


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    (tmp_path / "pw").write_text("from-file\n")
    return Secrets(tmp_path, {"A": "from-dotenv", "B": "b", "HAULIER_KEY": new_key()}, {"A": "from-environ"})


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("just-so", "just-so"),
        ("", ""),
        ("${A}", "from-environ"),
        ("${B}", "b"),
        ("x${A}-${B}y", "xfrom-environ-by"),
        ("$${A}", "${A}"),
        ("$A $$ $", "$A $$ $"),
        ("file:pw", "from-file"),
        ("plain:file:pw", "file:pw"),
        ("plain:${A}", "${A}"),
        ("pa$$word", "pa$$word"),
        ("FILE:pw", "FILE:pw"),
    ],
)
def test_references_become_secrets(secrets: Secrets, text: str, secret: str) -> None:
    assert secrets.resolve(text) == secret
    assert secrets.reveal(SecretStr(text)) == secret
    secrets.check(text)


def test_an_absolute_file_and_one_without_a_last_newline(secrets: Secrets, tmp_path: Path) -> None:
    (tmp_path / "crlf").write_bytes(b"two\nlines\r\n")
    assert secrets.resolve(f"file:{tmp_path}/crlf") == "two\nlines"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("${NO_SUCH}", r"\$\{NO_SUCH\} is not set; put NO_SUCH=… into .env or the environment"),
        ("hunter2${NO_SUCH}", r"\$\{NO_SUCH\} is not set"),
        ("hunter2${", r"not the beginning of a"),
        ("${hunter2 }", r"not the beginning of a"),
        ("file:no-such", "file:no-such cannot be read: No such file"),
        ("file:big", "larger than"),
        ("file:binary", "not UTF-8"),
        ("file:.", "Is a directory"),
        ("keyring:nothing", "keyring:service/name"),
    ],
)
def test_what_cannot_be_resolved_says_so(secrets: Secrets, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "big").write_bytes(b"hunter2" * 10_000)
    (tmp_path / "binary").write_bytes(b"hunter2\xff")
    for ask in (secrets.resolve, secrets.check):
        with pytest.raises(Invalid, match=said) as caught:
            ask(text)
        assert "hunter2" not in str(caught.value)


def test_an_empty_variable_is_set(tmp_path: Path) -> None:
    assert Secrets(tmp_path, {"A": "x"}, {"A": ""}).resolve("${A}") == ""


@given(st.text())
def test_a_sealed_value_opens_again_and_differs_each_time(text: str) -> None:
    secrets = Secrets(Path("/"), {"HAULIER_KEY": KEY}, {})
    sealed = secrets.seal(text)
    assert sealed.startswith("sealed:") and sealed != secrets.seal(text)
    assert secrets.resolve(sealed) == text and is_reference(sealed)
    secrets.check(sealed)


KEY = new_key()


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_sealed_value_that_was_changed_does_not_open(at: int, change: int) -> None:
    import base64

    secrets = Secrets(Path("/"), {"HAULIER_KEY": KEY}, {})
    data = bytearray(base64.urlsafe_b64decode(secrets.seal("hunter2")[7:]))
    data[at % len(data)] ^= change
    with pytest.raises(Invalid, match="cannot be opened"):
        secrets.resolve("sealed:" + base64.urlsafe_b64encode(data).decode())


def test_sealed_values_need_their_own_key(tmp_path: Path) -> None:
    sealed = Secrets(tmp_path, {"HAULIER_KEY": KEY}, {}).seal("hunter2")
    for values, said in [
        ({}, "HAULIER_KEY is not set"),
        ({"HAULIER_KEY": "short"}, "HAULIER_KEY is not a key"),
        ({"HAULIER_KEY": "å"}, "HAULIER_KEY is not a key"),
        ({"HAULIER_KEY": new_key()}, "sealed with another HAULIER_KEY"),
    ]:
        with pytest.raises(Invalid, match=said):
            Secrets(tmp_path, values, {}).resolve(sealed)
    for rest in ("", "!", "abcd", sealed[7:-8]):
        with pytest.raises(Invalid, match="cannot be opened"):
            Secrets(tmp_path, {"HAULIER_KEY": KEY}, {}).resolve("sealed:" + rest)


def test_the_keyring_is_asked_by_service_and_name(secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = ModuleType("keyring")
    entries = {("haulier/prod", "sftp"): "from-keyring"}
    ring.get_password = lambda service, name: entries.get((service, name))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", ring)
    assert secrets.resolve("keyring:haulier/prod/sftp") == "from-keyring"
    with pytest.raises(Invalid, match="keyring:haulier/other is not in the keyring"):
        secrets.resolve("keyring:haulier/other")
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(Invalid, match=r"install haulier\[keyring\]"):
        secrets.resolve("keyring:haulier/prod/sftp")


def test_dotenv_lines() -> None:
    values, problems = parse_dotenv(
        '\ufeff# comment\nA=1\nexport B = two words # not this\nC=\'single # $x\'\nD="a\\n\\"b\\"" # c\n\n'
        "E=\nF=a#b\nG=#x\r\nH=\"open hunter2\nhunter2 nonsense\nA=2\nI='x' y\n",
        ".env",
    )
    assert values == {
        "A": "2",
        "B": "two words",
        "C": "single # $x",
        "D": 'a\n"b"',
        "E": "",
        "F": "a#b",
        "G": "",
    }
    assert [str(problem) for problem in problems] == [
        ".env:10: H: the quotes are not closed",
        ".env:11: not a line of the form NAME=value",
        ".env:13: I: the quotes are not closed",
    ]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("${A}", True),
        ("x${A}", False),
        ("file:/x", True),
        ("plain:x", False),
        ("keyring:a/b", True),
        ("sealed:x", True),
        ("hunter2", False),
    ],
)
def test_what_only_says_where_a_secret_is(text: str, is_one: bool) -> None:
    assert is_reference(text) is is_one


def test_variables_are_filled_into_everything_but_secrets(secrets: Secrets) -> None:
    class Place(StoreSpec):
        host: str = ""
        hosts: list[str] = []
        password: SecretStr | None = None

    made = filled(
        Place,
        {"path": "/${B}/$${x}", "hosts": ["${A}", "c"], "password": "${A}"},
        secrets,
        lambda where, text, hint: Problem("f", 1, "", text, hint),
    )
    assert (made.path, made.hosts) == ("/b/${x}", ["from-environ", "c"])
    assert made.password and made.password.get_secret_value() == "${A}"


PLACE = {"type": "sftp", "path": "in", "connection": {"host": "h", "password": "hunter2"}}
IMPORT: dict[str, Any] = {
    "source": PLACE, "parser": "csv", "sink": {"type": "file", "place": PLACE},
    "rejects": {"answer": {"place": {**PLACE, "type": None, "connection": {"type": "sftp", "password": "hunter2"}}}},
    "reconcile": {"items": {"type": "csv", "file": "x", "place": PLACE}},
}


@pytest.mark.parametrize("place", [("source",), ("sink", "place"), ("rejects", "answer", "place"),
                                   ("reconcile", "items", "place")])
def test_places_in_settings_know_the_secrets_of_their_store(place: tuple[str, ...]) -> None:
    spec = registry.task("import")
    inside = (*place, "connection")
    assert is_secret(spec, (*inside, "password"), IMPORT)
    assert not any(is_secret(spec, (*where, name), IMPORT)
                   for where, name in ((inside, "host"), (inside, "type"), (place, "path"), (place, "type")))
    found = {one.where: one.is_known for one in secrets_in(IMPORT, {(): spec})}
    assert found[*inside, "password"] and len(found) == 4
    assert "hunter2" not in repr(spec.model_validate({**IMPORT, "reconcile": None}))


@pytest.mark.parametrize(("text", "told"), [
    ("sftp://u:pw@h/x", True), ("see sftp://u:a/b@h/x", True), ("sftp://u@h/x", False), ("sftp://u:${PW}@h/x", False),
    ("https://h/a:b/c", False), ("erp:in", False), ("", False)])
def test_a_url_with_a_password(text: str, told: bool) -> None:
    assert has_password(text) is told
    assert bool(secrets_in({"source": text}, {(): registry.task("import")})) is told


# No secret in any text: for every secret field of every plugin that is installed.


def installed() -> list[tuple[str, type[Spec[object]], str]]:
    found = []
    for group in ("stores", "steps"):
        for name in registry.names(group):
            try:
                spec = registry.find(group, name)
            except Invalid:
                continue
            found += [(f"{group}/{name}", spec, field) for field in sorted(secret_fields(spec))]
    return found


MARKED = st.text("abcXYZ0189 :/@#{}\"'\\é", min_size=0, max_size=12).map(lambda text: f"hunter2{text}2retnuh")


class Vault(StoreSpec):
    """A store whose author quotes values in errors"""

    host: str
    number: int = 0
    password: SecretStr | None = None
    token: SecretStr = SecretStr("")

    def model_post_init(self, _: object) -> None:
        told = self.password.get_secret_value() if self.password else ""
        if self.number:
            raise ValueError(f"cannot log in to {self.host} with {told} or {told!r}")


CASES = [("stores/vault", Vault, "password"), ("stores/vault", Vault, "token"), *installed()]


@pytest.mark.parametrize(
    ("spec", "field"), [case[1:] for case in CASES], ids=[f"{c[0]}.{c[2]}" for c in CASES]
)
@pytest.mark.parametrize(
    "wrong", [{}, {"number": 1, "host": "h"}, {"host": 5, "port": "x"}, {"no_such_key": 1}]
)
@settings(max_examples=20)
@given(secret=MARKED, odd=st.booleans())
def test_no_error_and_no_repr_tells_a_secret(
    spec: type[Spec[object]], field: str, wrong: dict[str, object], secret: str, odd: bool
) -> None:
    written = {**wrong, field: [secret] if odd else secret}
    texts = []
    try:
        made = filled(
            spec,
            written,
            Secrets(Path("/"), {}, {}),
            lambda where, text, hint: Problem("f", 1, ".".join(map(str, where)), text, hint),
        )
        texts += [repr(made), str(made), made.model_dump_json()]
    except Problems as error:
        texts += [str(error), repr(error), repr(error.problems)]
        assert error.__cause__ is None
    try:
        spec.model_validate({**wrong, field: secret, "other": secret})
    except ValidationError as error:
        texts += [str(error)]
    except Invalid:
        pass
    assert not [text for text in texts if "hunter2" in text]


@settings(max_examples=30)
@given(secret=MARKED)
def test_no_form_tells_what_is_in_a_connection(secret: str) -> None:
    form = PlaceForm.model_validate({"type": "local", "path": "x", "connection": {"password": secret}})
    one = Definition(Document("f", {}, {}), (), {"type": "vault", "password": secret})
    connections = Connections(Path("/"), Secrets(Path("/"), {"A": secret}, {"B": secret}), {"a": one})
    assert "hunter2" not in f"{form!r}{form}{connections!r}{connections}"
    assert "hunter2" not in repr(Secrets(Path("/"), {"A": secret}, {"B": secret}))
    assert "hunter2" not in repr(one)

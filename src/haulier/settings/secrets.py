"""What is written in place of a secret, how it becomes the secret, and the `.env` file.

`${NAME}` is a variable of the process's environment or of the workspace's `.env`;
`file:/path` the content of a file; `keyring:service/name` an entry of the system's keyring;
`sealed:…` a text encrypted with HAULIER_KEY; `plain:…` what follows, as it is; anything else is
the secret itself. `$${` stands for `${`.
"""
from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from ..model.errors import Invalid
from .problems import Problem

KEY = "HAULIER_KEY"
_REFERENCE = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_KIND = re.compile(r"(file|keyring|sealed|plain):", re.ASCII)
_PURPOSE = b"haulier sealed value 1"
_LARGEST = 64 * 1024
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)", re.ASCII)
_DOUBLE_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(?:#.*)?')
_SINGLE_QUOTED = re.compile(r"'([^']*)'\s*(?:#.*)?")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Secrets:
    """Everything that references are looked up in. Errors name the reference, never a value."""

    home: Path
    """The workspace; relative `file:` paths hang from it."""
    dotenv: Mapping[str, str] = field(default_factory=dict, repr=False)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    files: set[Path] = field(default_factory=set, repr=False)
    """The `file:` references that were looked at so far."""

    def variable(self, name: str) -> str | None:
        """From the environment, else from `.env`."""
        found = self.environ.get(name)
        return self.dotenv.get(name) if found is None else found

    def fill(self, text: str) -> str:
        """`text` with every `${NAME}` in it replaced; Invalid if one is not set."""
        return _REFERENCE.sub(self._variable, text) if "${" in text else text

    def resolve(self, text: str) -> str:
        """The secret that `text` stands for; Invalid if it cannot be had."""
        kind = _KIND.match(text)
        if kind is None:
            return self.fill(text)
        rest = text[kind.end():]
        if kind[1] == "plain":
            return rest
        if kind[1] == "sealed":
            return self._unsealed(rest)
        return self._file(rest) if kind[1] == "file" else _keyring(self.fill(rest), rest)

    def reveal(self, secret: SecretStr) -> str:
        """The same for a field of a spec: what `Env.secret` is."""
        return self.resolve(secret.get_secret_value())

    def check(self, text: str) -> None:
        """Invalid if `text` cannot be resolved, as far as that shows without opening anything."""
        kind = _KIND.match(text)
        if kind is None:
            self.fill(text)
        elif kind[1] == "file":
            self._file(text[kind.end():])
        elif kind[1] == "keyring":
            _service(self.fill(text[kind.end():]))
        elif kind[1] == "sealed":
            self._key()

    def seal(self, text: str) -> str:
        """`sealed:…`, which only a workspace with the same HAULIER_KEY can open."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        nonce = os.urandom(12)
        closed = AESGCM(self._key()).encrypt(nonce, text.encode(), _PURPOSE)
        return "sealed:" + base64.urlsafe_b64encode(nonce + closed).decode()

    def _variable(self, match: re.Match[str]) -> str:
        if match[0] == "$${":
            return "${"
        name = match[1]
        if name is None or not _NAME.fullmatch(name):
            raise Invalid("a \"${\" is not the beginning of a ${NAME}; write $${ for the characters")
        found = self.variable(name)
        if found is None:
            raise Invalid(f"${{{name}}} is not set; put {name}=… into .env or the environment")
        return found

    def _file(self, name: str) -> str:
        path = self.home / Path(self.fill(name)).expanduser()
        self.files.add(path)
        try:
            with path.open("rb") as opened:
                data = opened.read(_LARGEST + 1)
            text = data.decode()
        except OSError as error:
            raise Invalid(f"file:{name} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError:
            raise Invalid(f"file:{name} is not UTF-8 text") from None
        if len(data) > _LARGEST:
            raise Invalid(f"file:{name} is larger than {_LARGEST} bytes: that is no secret")
        return text.removesuffix("\n").removesuffix("\r")

    def _key(self) -> bytes:
        text = self.variable(KEY)
        if not text:
            raise Invalid(f"{KEY} is not set; sealed values need it in .env or the environment."
                          " If there never was one: openssl rand -base64 32 makes one")
        try:
            key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            key = b""
        if len(key) != 32:
            raise Invalid(f"{KEY} is not a key: it must be 32 bytes in base64, as init makes it")
        return key

    def _unsealed(self, text: str) -> str:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        key = self._key()
        try:
            closed = base64.urlsafe_b64decode(text)
            return AESGCM(key).decrypt(closed[:12], closed[12:], _PURPOSE).decode()
        except (InvalidTag, ValueError):
            raise Invalid(f"a sealed value cannot be opened: it was sealed with another {KEY}, "
                          "or is not whole") from None


def new_key() -> str:
    """A fresh HAULIER_KEY."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")


def is_reference(text: str) -> bool:
    """Whether `text` only says where the secret is, so that it may be shown."""
    match = _REFERENCE.fullmatch(text)
    kind = _KIND.match(text)
    return bool(match and match[1]) or (kind is not None and kind[1] != "plain")


def prefix(text: str) -> str:
    """`file`, `keyring`, `sealed` or `plain`; empty for a text that begins with none of them."""
    kind = _KIND.match(text)
    return kind[1] if kind else ""


def readable_by_others(path: Path) -> bool:
    """Whether other users of this machine may read a file that holds secrets."""
    try:
        return bool(path.stat().st_mode & 0o077)
    except OSError:
        return False


def _service(text: str) -> tuple[str, str]:
    service, slash, name = text.rpartition("/")
    if not (slash and service and name):
        raise Invalid("a keyring reference is written keyring:service/name")
    return service, name


def _keyring(text: str, shown: str) -> str:
    service, name = _service(text)
    try:
        import keyring
    except ImportError as error:
        raise Invalid(f"keyring:{shown} needs the extra: install haulier[keyring]") from error
    try:
        found = keyring.get_password(service, name)
    except Exception as error:
        raise Invalid(f"keyring:{shown} cannot be read: {type(error).__name__}") from error
    if found is None:
        raise Invalid(f"keyring:{shown} is not in the keyring")
    return str(found)


def parse_dotenv(text: str, file: str) -> tuple[Mapping[str, str], list[Problem]]:
    """Values by name, and the lines that cannot be read (never quoted: they may hold secrets)."""
    values: dict[str, str] = {}
    problems = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        value = _dotenv_value(match[2]) if match else None
        if match is None:
            problems.append(Problem(file, number, "", "not a line of the form NAME=value"))
        elif value is None:
            problems.append(Problem(file, number, match[1], "the quotes are not closed"))
        else:
            values[match[1]] = value
    return values, problems


def read_dotenv(path: Path, shown: str) -> tuple[Mapping[str, str], list[Problem]]:
    """The same of a file; nothing if there is none."""
    try:
        return parse_dotenv(path.read_text("utf-8"), shown)
    except FileNotFoundError:
        return {}, []
    except UnicodeDecodeError:
        return {}, [Problem(shown, 0, "", "this file is not UTF-8 text")]
    except OSError as error:
        return {}, [Problem(shown, 0, "", f"cannot be read: {error.strerror}")]


def _dotenv_value(written: str) -> str | None:
    if match := _DOUBLE_QUOTED.fullmatch(written):
        return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), match[1])
    if match := _SINGLE_QUOTED.fullmatch(written):
        return match[1]
    if written[:1] in ("'", '"'):
        return None
    return re.split(r"\s#", f" {written}", maxsplit=1)[0].strip()

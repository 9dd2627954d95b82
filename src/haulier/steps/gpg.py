"""Encrypt and decrypt with OpenPGP, through the system's `gpg` program."""
from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any, Literal, Self

from pydantic import SecretStr, field_validator, model_validator

from ..model.errors import Corrupt, Denied, HaulierError, Invalid, Unsupported
from ..model.files import Part
from ..settings.spec import Env, StepSpec
from .body import let_go, owned, renamed
from .child import Child
from .inflate import Source
from .limits import USUAL, LimitedSpec, Limits

_STATUS = 64 * 1024     # bytes of gpg's status lines that are kept
_SAID = 1024            # bytes of what it says to people that go into a message
_SUFFIXES = (".gpg", ".pgp", ".asc")


class GpgSpec(StepSpec):
    """Settings of both directions."""

    passphrase: SecretStr | None = None
    """The passphrase; may be written as a reference, such as ${NAME} or file:…"""
    homedir: Path | None = None
    """Folder with the keyring; by default that of the user who runs this."""

    def program(self, env: Env, *options: str) -> Gpg:
        """gpg with these options; Unsupported if it is not installed."""
        path = which("gpg")
        if path is None:
            raise Unsupported("there is no gpg program on this machine: install gnupg")
        home: tuple[str, ...] = ()
        if self.homedir is not None:
            folder = env.home / self.homedir.expanduser()
            if not folder.is_dir():
                raise Invalid(f"gpg: homedir {folder}: there is no such folder")
            home = ("--homedir", os.fspath(folder.absolute()))
        secret = None if self.passphrase is None else env.secret(self.passphrase)
        if secret is not None and ("\n" in secret or len(secret) > 255):
            raise Invalid("gpg: a passphrase is one line of at most 255 characters")
        return Gpg((path, *home, *options), secret)


class GpgEncryptSpec(GpgSpec):
    """Encrypt (OpenPGP)"""

    type: Literal["gpg_encrypt"] = "gpg_encrypt"
    recipients: tuple[str, ...] = ()
    """Whose keys can decrypt it: fingerprints or mail addresses of keys in the keyring."""
    armor: bool = False
    """Text instead of bytes: the name ends in .asc instead of .gpg."""
    trust_always: bool = False
    """Use the recipients' keys even if nobody has said that they are really theirs."""

    @classmethod
    def from_word(cls, argument: str) -> Mapping[str, Any]:
        return {"recipients": [one.strip() for one in argument.split(",")]}

    @field_validator("recipients")
    @classmethod
    def _are_there(cls, recipients: tuple[str, ...]) -> tuple[str, ...]:
        if not all(one.strip() for one in recipients):
            raise ValueError("an empty recipient")
        return recipients

    @model_validator(mode="after")
    def _somebody_can_decrypt(self) -> Self:
        if not self.recipients and self.passphrase is None:
            raise ValueError("give recipients or a passphrase")
        return self

    def build(self, env: Env) -> GpgEncrypt:
        options = [option for one in self.recipients for option in ("--recipient", one)]
        options += ["--armor"] if self.armor else []
        options += ["--trust-model", "always"] if self.trust_always else []
        options += ["--encrypt"] if self.recipients else []
        options += ["--symmetric"] if self.passphrase is not None else []
        return GpgEncrypt(self.program(env, *options), ".asc" if self.armor else ".gpg")


class GpgDecryptSpec(GpgSpec, LimitedSpec):
    """Decrypt (OpenPGP)"""

    type: Literal["gpg_decrypt"] = "gpg_decrypt"
    check_signature: bool = True
    """If it is signed as well, the signature must be good, and its key in the keyring."""

    def build(self, env: Env) -> GpgDecrypt:
        skip = () if self.check_signature else ("--skip-verify",)
        return GpgDecrypt(self.program(env, *skip, "--decrypt"), Limits(self.max_ratio, self.max_size))


@dataclass(frozen=True, slots=True)
class Gpg:
    """How the program is called."""

    command: tuple[str, ...]
    passphrase: str | None = None

    def run(self, part: Part) -> Generator[bytes, None, Answer]:
        """What comes out while the part goes in; returns what gpg says about it."""
        with ExitStack() as stack:
            ours, theirs, options = self._pipes()
            stack.callback(os.close, ours)
            try:
                child = stack.enter_context(Child(
                    [self.command[0], *options, *self.command[1:]], fed=True, passed=theirs,
                    env={**os.environ, "LC_ALL": "C"}))
            finally:
                for fd in theirs:
                    os.close(fd)
            status, said = child.keep(ours, _STATUS), child.keep_errors(_SAID)
            yield from child.output(part.body, stop_if_asked=part.stop_if_asked)
            is_well = child.status == 0 and child.swallowed
            return Answer(part.name, is_well, status.decode(errors="replace"),
                          said.decode(errors="replace").strip())

    def _pipes(self) -> tuple[int, list[int], list[str]]:
        """The end of the status pipe that is ours, the ends that are gpg's, and its options."""
        ours, status = os.pipe()
        theirs = [status]
        options = ["--batch", "--no-tty", "--status-fd", str(status), "--auto-key-locate", "local",
                   "--no-auto-key-retrieve", "--no-symkey-cache", "--pinentry-mode", "loopback"]
        if self.passphrase is not None:
            secret, writing = os.pipe()
            with open(writing, "wb") as file:
                file.write(self.passphrase.encode() + b"\n")
            theirs.append(secret)
            options += ["--passphrase-fd", str(secret)]
        return ours, theirs, options


@dataclass(frozen=True, slots=True)
class Answer:
    """What gpg says at the end: its status lines (GnuPG's doc/DETAILS) and its words."""

    name: str
    is_well: bool
    status: str
    said: str

    def has(self, code: str) -> bool:
        return f"[GNUPG:] {code}" in self.status

    def check_encrypted(self) -> None:
        """Return if the whole part was encrypted; else raise."""
        if self.is_well and self.has("END_ENCRYPTION"):
            return
        if self.has("INV_RECP 10"):
            raise self._error(Denied, "a recipient's key is not trusted; sign it, or set "
                                      "trust_always")
        if self.has("INV_RECP"):
            raise self._error(Invalid, "there is no usable key of a recipient in the keyring; "
                                       "import it")
        raise self._error(Invalid, "gpg cannot encrypt it")

    def check_decrypted(self) -> None:
        """Return if all that came out is what was encrypted; else raise."""
        if not self.has("DECRYPTION_OKAY"):
            raise self._not_decrypted()
        if self.has("BADSIG"):
            raise self._error(Corrupt, "its signature is bad")
        if self.has("ERRSIG"):
            raise self._error(Denied, "its signature cannot be checked; import the sender's key, "
                                      "or set check_signature to false")
        if not self.is_well:
            raise self._error(Corrupt, "gpg is not satisfied with it")

    def _not_decrypted(self) -> HaulierError:
        if self.has("ERROR symkey_decrypt") or "Bad session key" in self.said:
            return self._error(Denied, "wrong passphrase")
        if "No secret key" in self.said:
            return self._error(Denied, "the keyring has no secret key for it, or the passphrase "
                                       "is wrong")
        if self.has("NEED_PASSPHRASE") and not self.has("BEGIN_DECRYPTION"):
            return self._error(Denied, "a passphrase is needed")
        if self.has("NODATA"):
            return self._error(Corrupt, "there is no OpenPGP data in it")
        if self.has("PLAINTEXT") and not self.has("BEGIN_DECRYPTION"):
            return self._error(Invalid, "it is not encrypted")
        return self._error(Corrupt, "it was changed on its way, or cut off")

    def _error(self, kind: type[HaulierError], why: str) -> HaulierError:
        return kind(f"{self.name}: {why} (gpg: {self.said.removeprefix('gpg: ')})"
                    if self.said else f"{self.name}: {why}")


@dataclass(frozen=True, slots=True)
class GpgEncrypt:
    """Every time with another session key: never the same bytes twice."""

    gpg: Gpg
    suffix: str = ".gpg"
    repeatable = False

    def __call__(self, part: Part, /) -> Iterable[Part]:
        body = owned(self._body(part), lambda: let_go(part.body))
        yield part.to(name=part.name + self.suffix, body=body)

    def _body(self, part: Part) -> Iterator[bytes]:
        answer = yield from self.gpg.run(part)
        answer.check_encrypted()


@dataclass(frozen=True, slots=True)
class GpgDecrypt:
    """The body ends only if gpg has found the whole of it in order; else it raises at its end."""

    gpg: Gpg
    limits: Limits = USUAL
    repeatable = True

    def __call__(self, part: Part, /) -> Iterable[Part]:
        body = owned(self._body(part), lambda: let_go(part.body))
        yield part.to(name=renamed(part.name, _stripped), body=body)

    def _body(self, part: Part) -> Iterator[bytes]:
        source, out = Source(part.body, part.name), 0
        for chunk in self._decrypted(part.to(body=source.rest())):
            out += len(chunk)
            self.limits.check(part.name, out, source.taken)
            yield chunk

    def _decrypted(self, part: Part) -> Iterator[bytes]:
        answer = yield from self.gpg.run(part)
        answer.check_decrypted()


def _stripped(name: str) -> str:
    stem, extension = os.path.splitext(name)
    return stem if extension.lower() in _SUFFIXES else name

"""Alerts by e-mail."""
from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum, auto
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from ..model.alert import Letter
from ..model.errors import Denied, HaulierError, Unavailable
from ..settings.alerts import AlertSpec
from ..settings.rules import listed
from ..settings.spec import Env
from .bound import LONGEST, at_most

TIMEOUT = 15.0
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError("not an e-mail address like ops@example.com")
    return text


Mailbox = Annotated[str, AfterValidator(_address)]


class Security(StrEnum):
    STARTTLS = auto()
    TLS = auto()
    NONE = auto()


_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


class EmailSpec(AlertSpec):
    """E-mail"""

    type: Literal["email"] = "email"
    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{1,255}$")]
    """The mail server."""
    security: Security = Security.STARTTLS
    """starttls, tls from the first byte, or none."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """587 for starttls, 465 for tls, 25 for none."""
    user: str = ""
    """To sign in as; none: without."""
    password: SecretStr | None = None
    """For that user; not sent without TLS, except to this machine."""
    sender: Annotated[Mailbox, Field(alias="from")]
    """Who it is from: haulier@example.com."""
    to: Annotated[tuple[Mailbox, ...], BeforeValidator(listed), Field(min_length=1, max_length=50)]
    """Who gets it."""

    def place(self, env: Env) -> str:
        return ", ".join(self.to)

    def build(self, env: Env) -> Email:
        return Email(self.host, self.port or _PORTS[self.security], self.security, self.sender, self.to, self.user,
                     env.secret(self.password) if self.password else "")


@dataclass(frozen=True, slots=True, repr=False)
class Email:
    """One connection for each message."""

    host: str
    port: int
    security: Security
    sender: str
    to: tuple[str, ...]
    user: str = ""
    password: str = ""

    def send(self, letter: Letter, /) -> None:
        """Good when the server has taken it for all who are to get it."""
        with self._connected() as server:
            refused = server.send_message(written(letter, self.sender, self.to), self.sender, self.to)
        if refused:
            raise Denied(f"{self.host}: takes no mail for {', '.join(sorted(refused))}; the others got it")

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        context = ssl.create_default_context()
        server = (smtplib.SMTP_SSL(timeout=TIMEOUT, context=context) if self.security is Security.TLS
                  else smtplib.SMTP(timeout=TIMEOUT))
        server._host = self.host    # type: ignore[attr-defined]  # what certificates are checked for; set by SMTP(host) only
        try:
            with at_most(LONGEST, lambda: server.sock):
                server.connect(self.host, self.port)
                if self.security is Security.STARTTLS:
                    server.starttls(context=context)
                if self.user:
                    self._sign_in(server)
                yield server
        except (smtplib.SMTPException, OSError) as error:
            raise self._translated(error) from None
        finally:
            server.close()

    def _sign_in(self, server: smtplib.SMTP) -> None:
        if self.security is Security.NONE and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise Denied(f"{self.host}: a password is not sent without TLS; set security to starttls or tls")
        server.login(self.user, self.password)

    def _translated(self, error: Exception) -> HaulierError:
        """In our words: what the server says may repeat what it was sent."""
        if isinstance(error, ssl.SSLCertVerificationError):
            return Denied(f"{self.host}: its certificate is not trusted: {error.verify_message}")
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return Denied(f"{self.host}: it does not offer what `security: {self.security}` or the user need")
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            refused = error.recipients
            code = max(code for code, _ in refused.values())
            return self._answered(code, f"no mail for {', '.join(sorted(refused))}")
        if isinstance(error, smtplib.SMTPResponseException):
            is_login = isinstance(error, smtplib.SMTPAuthenticationError)
            return self._answered(error.smtp_code, "not this user and password" if is_login else "not this message")
        said = f"no answer within {TIMEOUT:g} seconds" if isinstance(error, TimeoutError) else getattr(
            error, "strerror", None) or type(error).__name__
        return Unavailable(f"{self.host}: {said}")

    def _answered(self, code: int, what: str) -> HaulierError:
        return (Denied if 500 <= code < 600 else Unavailable)(f"{self.host}: answered {code}: it takes {what}")


def written(letter: Letter, sender: str, to: tuple[str, ...]) -> EmailMessage:
    """The mail. Headers are made by the library's policy, which lets no line end into one."""
    mail = EmailMessage()
    mail["Subject"] = letter.title
    mail["From"] = Address("Haulier", addr_spec=sender)
    mail["To"] = ", ".join(to)
    mail["Date"] = format_datetime(datetime.fromtimestamp(letter.at / 1e9, UTC))
    mail["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Haulier-Kind"] = letter.kind
    mail.set_content(f"{letter.title}\n\n{letter.text}\n", cte="quoted-printable")
    return mail

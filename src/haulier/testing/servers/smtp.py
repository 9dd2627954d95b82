"""A mail server on loopback (RFC 5321, with AUTH and STARTTLS) that keeps what it is sent."""
from __future__ import annotations

import base64
import socketserver
import ssl
import subprocess
import threading
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Self


@dataclass
class Mail:
    """One message as it came."""

    sender: str
    to: list[str]
    data: bytes
    user: str
    is_secret: bool     # it came over TLS

    def message(self) -> EmailMessage:
        return message_from_bytes(self.data, policy=policy.default)


@dataclass
class Smtp:
    """`answers` are codes that take the place of the usual answer, by verb: {"DATA": 451}."""

    certificate: tuple[Path, Path] | None = None
    is_tls: bool = False                # from the first byte
    user: tuple[str, str] | None = None
    answers: dict[str, int] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)

    def __enter__(self) -> Self:
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with suppress(OSError), closing(Talk(outer, self)) as talk:     # the other side may go away
                    talk.talk()

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def context(self) -> ssl.SSLContext:
        assert self.certificate
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(*self.certificate)
        return made


class Talk:
    """One connection."""

    def __init__(self, server: Smtp, handler: socketserver.StreamRequestHandler) -> None:
        self._server, self._socket = server, handler.connection
        self._is_secret, self._user = False, ""
        self._sender, self._to = "", list[str]()
        if server.is_tls:
            self._secure()
        self._file = self._socket.makefile("rb")

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def talk(self) -> None:
        self._say(220, "localhost ready")
        while line := self._file.readline(2000):
            verb, _, rest = line.decode("ascii", "replace").strip().partition(" ")
            verb = verb.upper()
            if verb in self._server.answers:
                self._say(self._server.answers[verb], "not now")
            elif not self._answer(verb, rest):
                return

    def _answer(self, verb: str, rest: str) -> bool:
        """Whether it goes on."""
        if verb in ("EHLO", "HELO"):
            self._greet()
        elif verb == "STARTTLS" and self._server.certificate:
            self._say(220, "go ahead")
            self._file.close()
            self._secure()
            self._file = self._socket.makefile("rb")
        elif verb == "AUTH":
            self._sign_in(rest)
        elif verb == "MAIL":
            self._mail(rest)
        elif verb == "RCPT":
            self._to.append(_between(rest))
            self._say(250, "ok")
        elif verb == "DATA":
            self._take()
        else:
            known = {"RSET": 250, "NOOP": 250, "QUIT": 221}
            self._say(known.get(verb, 502), "ok" if verb in known else "not known here")
        return verb != "QUIT"

    def _greet(self) -> None:
        more = ["localhost"]
        if self._server.certificate and not self._is_secret:
            more.append("STARTTLS")
        if self._server.user:
            more.append("AUTH PLAIN")
        text = "".join(f"250{' ' if one is more[-1] else '-'}{one}\r\n" for one in more)
        self._socket.sendall(text.encode())

    def _sign_in(self, rest: str) -> None:
        method, _, given = rest.partition(" ")
        _, user, password = base64.b64decode(given).decode().split("\0")
        if method.upper() == "PLAIN" and (user, password) == self._server.user:
            self._user = user
            self._say(235, "welcome")
        else:
            self._say(535, f"wrong: {password}")    # as bad as a server can be

    def _mail(self, rest: str) -> None:
        if self._server.user and not self._user:
            self._say(530, "sign in first")
            return
        self._sender, self._to = _between(rest), []
        self._say(250, "ok")

    def _take(self) -> None:
        self._say(354, "go on")
        lines = []
        while (line := self._file.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        self._server.mails.append(Mail(self._sender, self._to, b"".join(lines), self._user, self._is_secret))
        self._say(250, "taken")

    def _secure(self) -> None:
        self._socket = self._server.context().wrap_socket(self._socket, server_side=True)
        self._is_secret = True

    def _say(self, code: int, text: str) -> None:
        self._socket.sendall(f"{code} {text}\r\n".encode())


def _between(text: str) -> str:
    return text.partition("<")[2].partition(">")[0]


def certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """One for this machine by that name, which nobody has signed, and its key; made by `openssl`. FileNotFoundError
    without that."""
    made, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1", "-days", "2",
                    "-keyout", key, "-out", made], check=True, capture_output=True)
    return made, key

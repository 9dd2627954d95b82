"""TLS of the hub itself, with a certificate that is read anew when it was renewed."""
from __future__ import annotations

import logging
import os
import ssl
from pathlib import Path

from ..model.errors import Invalid
from ..settings.options import TlsForm

log = logging.getLogger("haulier.hub")


class Encryption:
    """Invalid if the files are not a certificate and its key. Relative paths hang from `home`."""

    def __init__(self, home: Path, form: TlsForm) -> None:
        self._files = home / form.certificate, home / form.key
        self._seen = self._stamps()
        self.context = self._loaded()

    def refresh(self) -> None:
        """Whoever connects from now on sees the certificate as its file has it; one that is no good changes nothing."""
        if (stamps := self._stamps()) == self._seen:
            return
        self._seen = stamps
        try:
            self._loaded()      # first apart: half a renewal must not be served
            self.context.load_cert_chain(*self._files)
            log.info("%s was renewed", self._files[0])
        except (Invalid, OSError) as error:
            log.warning("%s; the certificate from before is served", error)

    def _loaded(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        for name, path in zip(("certificate", "key"), self._files, strict=True):
            if not os.access(path, os.R_OK):
                raise Invalid(f"haulier.yaml: tls: {name}: {path} is not there, or may not be read")
        try:
            context.load_cert_chain(*self._files, password=_no_password)
        except (ssl.SSLError, ValueError) as error:
            raise Invalid(f"haulier.yaml: tls: {self._files[0]} and {self._files[1]} are not a certificate and its key"
                          f" in PEM without a password ({error})") from error
        return context

    def _stamps(self) -> tuple[tuple[int, int] | None, ...]:
        return tuple(_stamp(path) for path in self._files)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def _no_password() -> str:
    raise ValueError("the key has a password")

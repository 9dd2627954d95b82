"""A hub that is reached by https."""
from __future__ import annotations

import shutil
import ssl
import time
from pathlib import Path

import httpx
import pytest

from acceptance.hubs import Hub, Hubs, until
from haulier.testing.servers.smtp import certificate

TLS = "tls: {certificate: cert.pem, key: key.pem}\n"


class Encrypted(Hub):
    """Trusts that certificate."""

    def trust(self, path: Path) -> httpx.Client:
        self.api.close()
        self.api = httpx.Client(base_url=self.address, trust_env=False, verify=ssl.create_default_context(cafile=path))
        return self.api


def test_a_hub_with_a_certificate(hubs: Hubs, tmp_path: Path) -> None:
    cert, key = certificate(hubs.workspace)
    hubs.settings(TLS)
    hub = Encrypted(hubs)
    assert hub.address.startswith("https://127.0.0.1:")
    client = hub.trust(cert)
    assert client.get("/health").json() == {"status": "healthy"}
    entered = client.post("/api/v1/session", json={"username": "admin", "password": hub.said["password"]})
    assert entered.status_code == 200 and "Secure" in entered.headers["set-cookie"]
    with pytest.raises(httpx.HTTPError):
        httpx.get(hub.address.replace("https", "http") + "/health", timeout=5)
    old, new = cert.read_bytes(), certificate(tmp_path)
    shutil.copy(new[0], cert)       # half of a renewal
    until(lambda: "the certificate from before is served" in hubs.log())
    assert hub.trust(write(tmp_path / "old", old)).get("/health").status_code == 200
    shutil.copy(new[1], key)
    until(lambda: "was renewed" in hubs.log())
    assert hub.trust(new[0]).get("/health").status_code == 200
    assert hub.stop() < 10


@pytest.mark.parametrize(("make", "said"), [
    (lambda cert, key: cert.unlink(), "cert.pem is not there"),
    (lambda cert, key: key.write_bytes(cert.read_bytes()), "are not a certificate and its key"),
    (lambda cert, key: cert.write_text("nothing"), "are not a certificate and its key")],
    ids=["missing", "no key", "bad"])
def test_files_that_are_no_certificate(hubs: Hubs, make: object, said: str) -> None:
    make(*certificate(hubs.workspace))      # type: ignore[operator]
    hubs.settings(TLS)
    begun = time.monotonic()
    code, out = hubs.run("start", hubs.workspace, "--port", "0")
    assert code == 2 and said in out and time.monotonic() - begun < 20, out


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path

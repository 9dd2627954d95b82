"""LocalStack's S3: an emulator that knows checksums and conditional writes, on loopback."""
from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from . import bound
from .rgw import create_bucket
from .starting import free_port, is_open, until

PINS = ("localstack-core[base-runtime]==4.6.0", "cbor2<5.8", "pyopenssl<25", "cryptography<46",
        "localstack-twisted<26", "service_identity<25")
"""What runs on Python 3.11; newer ones were found not to."""

_STORAGE = Path("/tmp/localstack-s3-storage")
"""Where it keeps objects, a folder a bucket; it lets nobody choose."""


def cache() -> Path:
    """Where test servers are installed: HAULIER_TEST_CACHE, or .cache in the current folder."""
    return Path(os.environ.get("HAULIER_TEST_CACHE") or ".cache").resolve()


def installed() -> Path:
    """The interpreter of an environment with LocalStack in it, made on first use (a minute)."""
    home = cache() / "localstack"
    python = home / "bin" / "python"
    ready = home / "ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PINS], check=True)
        ready.touch()
    return python


class LocalStack:
    """Its own process group, with its files in a temporary folder."""

    key = "test"
    secret = "test"

    def __init__(self) -> None:
        python = installed()
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._buckets: list[str] = []
        self._folder = Path(tempfile.mkdtemp(prefix="localstack-"))
        where = f"127.0.0.1:{self.port}"
        settings = {
            "HOME": str(self._folder), "SERVICES": "s3", "EAGER_SERVICE_LOADING": "1",
            "STRICT_SERVICE_LOADING": "1", "GATEWAY_LISTEN": where, "LOCALSTACK_HOST": where,
            "DISABLE_EVENTS": "1", "SKIP_SSL_CERT_DOWNLOAD": "1", "DNS_ADDRESS": "0",
            "S3_SKIP_SIGNATURE_VALIDATION": "0", "FILESYSTEM_ROOT": str(self._folder),
            "LOCALSTACK_VOLUME_DIR": str(self._folder / "volume")}
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                bound([str(python), "-m", "localstack.runtime.main"]), cwd=self._folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={"PATH": os.environ["PATH"], **settings})
        try:
            until(lambda: is_open(self.port), "LocalStack", server=self._process,
                  log=lambda: (self._folder / "log").read_text())
        except BaseException:
            self.stop()
            raise

    def bucket(self, name: str) -> str:
        """A new, empty bucket."""
        create_bucket(self.endpoint, self.key, self.secret, name)
        self._buckets.append(name)
        return name

    def stop(self) -> None:
        """End it and remove what it kept. May be called twice."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for folder in (self._folder, *(_STORAGE / name for name in self._buckets)):
            shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def shared() -> LocalStack:
    """One server for the whole process, started when first asked for."""
    server = LocalStack()
    atexit.register(server.stop)
    return server

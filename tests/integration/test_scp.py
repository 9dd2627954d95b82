"""The scp store against servers without SFTP: OpenSSH's scp, plain shells and busybox."""
from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from haulier.model.files import Cap
from haulier.ports import Store
from haulier.settings.spec import Env
from haulier.stores.scp import ScpSpec
from haulier.testing.servers.sshd import Account, Sshd
from haulier.testing.stores import StoreSuite


@contextmanager
def limited(shell: str, programs: Mapping[str, str], **settings: Any) -> Iterator[Sshd]:
    """A server whose shell finds nothing but these programs: names, and what is behind them."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        (place / "bin").mkdir()
        for program, behind in programs.items():
            file = place / "bin" / program
            if behind.startswith("#!"):
                file.write_text(behind)
                file.chmod(0o755)
            else:
                file.symlink_to(behind)
        (place / "run").write_text(f'PATH={place}/bin\nexec {shell} -c "$SSH_ORIGINAL_COMMAND"\n')
        with server_or_skip(place / "sshd", options=f"ForceCommand exec /bin/sh {place}/run") as server:
            yield server


@contextmanager
def server_or_skip(folder: Path, options: str = "") -> Iterator[Sshd]:
    try:
        server = Sshd(folder, sftp=False, options=options)
    except RuntimeError as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))
    with server:
        yield server


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with server_or_skip(tmp_path_factory.mktemp("sshd")) as server:
        yield server


def spec_for(server: Sshd, account: Account | None = None, **settings: Any) -> ScpSpec:
    """Settings for a new folder of this account."""
    account = account or server.keyed
    given: dict[str, Any] = {
        "path": f"{account.folder}/{uuid4().hex}", "host": server.host, "port": server.port,
        "username": account.name, "known_hosts": server.known_hosts, "key_file": account.key_file,
        "password": account.password or None}
    return ScpSpec.model_validate(given | settings)


def opened(server: Sshd, account: Account | None = None, **settings: Any) -> Store:
    return spec_for(server, account, **settings).build(Env())


class TestOpenSsh(StoreSuite):
    many = 1000

    @pytest.fixture
    def store(self, sshd: Sshd) -> Iterator[Store]:
        with opened(sshd) as store:
            yield store

    def test_everything_is_declared(self, store: Store) -> None:
        assert store.caps == (Cap.RESUME | Cap.RANGE | Cap.MOVE | Cap.COPY | Cap.DIGEST | Cap.MANY
                              | Cap.MTIME | Cap.MODE)


class TestBusybox(StoreSuite):
    """Every program is busybox's, and there is no scp."""

    many = 1000

    @pytest.fixture(scope="class")
    def server(self) -> Iterator[Sshd]:
        busybox = shutil.which("busybox")
        if not busybox:
            pytest.skip("busybox is not installed")
        names = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
        with limited(f"{busybox} sh", dict.fromkeys(names, busybox)) as server:
            yield server

    @pytest.fixture
    def store(self, server: Sshd) -> Iterator[Store]:
        with opened(server) as store:
            yield store

    def test_checksums_are_declared(self, store: Store) -> None:
        assert Cap.DIGEST in store.caps


NARROW = ("[ cat chmod cp dd find head mkdir mv rm sh stat tail touch true").split()
OLD_DD = """#!/bin/sh
case "$*" in *fullblock*) echo "dd: unknown operand" >&2; exit 1 ;; esac
exec /bin/dd "$@"
"""


class TestNarrow(StoreSuite):
    """An old dd, bash, and neither scp, nor sha256sum, nor ln."""

    many = 300

    @pytest.fixture(scope="class")
    def server(self) -> Iterator[Sshd]:
        programs = {name: shutil.which(name) or pytest.fail(name) for name in NARROW}
        with limited(shutil.which("bash") or "/bin/sh", programs | {"dd": OLD_DD}) as server:
            yield server

    @pytest.fixture
    def store(self, server: Sshd) -> Iterator[Store]:
        with opened(server) as store:
            yield store

    def test_no_checksums_are_declared(self, store: Store) -> None:
        assert Cap.DIGEST not in store.caps

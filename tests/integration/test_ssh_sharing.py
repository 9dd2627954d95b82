"""Several channels over one login, against OpenSSH's server."""
from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from haulier.core.draft import put
from haulier.model.errors import HaulierError, Unavailable
from haulier.ports import Store
from haulier.settings.spec import Env
from haulier.stores.sftp import SftpSpec
from haulier.testing.servers.delay import Delay
from haulier.testing.servers.sshd import Sshd
from haulier.testing.stores import content, draft_for, drain, names, whole
from haulier.testing.tasks import waited
from integration.ssh_places import server_or_skip, settings_for


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    with server_or_skip(tmp_path) as server:
        yield server


def opened(server: Sshd, connections: int = 1, **settings: Any) -> Store:
    """By default big files are not spread over more connections, as they are where a busy machine seems far away."""
    said = settings_for(server, None, client="ssh", connections=connections, **settings)
    return SftpSpec.model_validate(said).build(Env())


def logins(server: Sshd) -> int:
    return server.log.read_text(errors="replace").count("Accepted publickey")


def at_once(*acts: Callable[[], object]) -> None:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_who_come_first_log_in_once(sshd: Sshd) -> None:
    with opened(sshd) as store:
        at_once(lambda: store.caps, lambda: list(store.scan()))
    assert logins(sshd) == 1


def test_what_needs_a_channel_of_its_own_needs_no_login(sshd: Sshd) -> None:
    data = content(6 << 20)
    with opened(sshd) as store:
        put(store, "a", [data])
        with closing(store.read("a")) as first, closing(store.read("a")) as second:
            next(first), next(second)
            assert whole(store, "a") == data
            put(store, "b", [data])
        assert names(store) == {"a", "b"}
        assert len({outcome.data for outcome in store.digests(["a", "b"])}) == 1
    assert logins(sshd) == 1


def test_a_connection_carries_only_so_many(sshd: Sshd) -> None:
    with opened(sshd) as store:
        put(store, "a", [content(6 << 20)])
        readers = [store.read("a") for _ in range(9)]
        for reader in readers:
            next(reader)
        for reader in readers:
            reader.close()
    assert 2 <= logins(sshd) <= 3


@pytest.mark.parametrize("name", ["n" * 90, "a b%h'c"])
def test_whatever_the_folder_for_temporary_files_is_called(
        sshd: Sshd, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A socket's name must not be long: then each channel has its own login."""
    with TemporaryDirectory(prefix="hv") as short, monkeypatch.context() as patched:
        place = Path(short, name)
        place.mkdir()
        patched.setattr("tempfile.tempdir", str(place))
        with opened(sshd) as store:
            put(store, "a", [content(6 << 20)])
            with closing(store.read("a")) as reader:
                next(reader)
                assert names(store) == {"a"}
                assert list(place.iterdir()) == []
    assert logins(sshd) == (2 if len(name) > 20 else 1)


def test_a_server_that_allows_one_channel_gets_more_logins(tmp_path: Path) -> None:
    data = content(6 << 20)
    with server_or_skip(tmp_path, options="MaxSessions 1") as server, opened(server) as store:
        put(store, "a", [data])
        with closing(store.read("a")) as reader:
            next(reader)
            assert whole(store, "a") == data
        assert logins(server) == 2


def test_who_made_the_connection_may_leave_first(sshd: Sshd) -> None:
    """A reader that is dropped ends its channel, and not what others do over the same connection."""
    data = content(40 << 20)
    with opened(sshd) as store:
        put(store, "a", [data])
        first = store.read("a")
        next(first)
        second = store.read("a")
        begun = next(second)
        for _ in range(20):
            next(first)
        first.close()
        assert begun + b"".join(second) == data
        put(store, "b", [data])
        assert whole(store, "b") == data
    assert logins(sshd) == 1
    assert not [words for words in children() if words.startswith("ssh ")]


def children() -> list[str]:
    """The command lines of this process's children."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == os.getpid():
                found.append((stat.parent / "cmdline").read_text().replace("\0", " "))
        except (OSError, ValueError):
            continue
    return found


def test_a_lost_connection_ends_all_its_channels_with_a_reason(sshd: Sshd) -> None:
    with opened(sshd, timeout=20) as store:
        put(store, "a", [content(64 << 20)])
        first, second = store.read("a"), store.read("a")
        next(first), next(second)
        sshd.signal(signal.SIGKILL)
        for reader in (first, second):
            with pytest.raises(Unavailable, match="connection"):
                list(reader)
        sshd.restart()
        assert names(store) == {"a"}


def test_connections_on_a_near_line_are_logins(sshd: Sshd) -> None:
    """Each may then keep a processor busy."""
    with opened(sshd, connections=3) as store:
        put(store, "a", slowly(content(40 << 20), lambda: logins(sshd) == 3))
    assert logins(sshd) == 3


def slowly(data: bytes, are_open: Callable[[], bool] = lambda: True) -> Iterator[bytes]:
    for at in range(0, len(data), 1 << 20):
        if at == 10 << 20:
            waited(are_open)
            time.sleep(1)       # for the first words with those that are opened meanwhile
        yield data[at:at + (1 << 20)]


def test_a_far_line_is_widened_without_a_login_first(sshd: Sshd) -> None:
    data = content(24 << 20)
    with Delay(sshd.port, 0.01) as delay:
        known = {"port": delay.port, "host_key": sshd.fingerprint()}
        with opened(sshd, connections=4, **known) as store:
            put(store, "a", slowly(data))
            assert whole(store, "a") == data
        assert logins(sshd) == 1
        with opened(sshd, connections=6, **known) as store:
            put(store, "b", slowly(data, lambda: logins(sshd) == 4))
        assert logins(sshd) == 4


def test_users_of_one_failure_are_all_told(sshd: Sshd) -> None:
    sshd.signal(signal.SIGKILL)
    failed: list[HaulierError] = []

    def act() -> None:
        try:
            store.stat("f")
        except HaulierError as error:
            failed.append(error)

    with opened(sshd) as store:
        at_once(act, act, act)
    assert len(failed) == 3 and all(isinstance(error, Unavailable) for error in failed)


def test_a_draft_goes_on_over_another_channel(sshd: Sshd) -> None:
    """What was yielded is safe whichever channel it went over."""
    data = content(30 << 20)
    with opened(sshd) as store:
        with closing(store.write(draft_for("f", size=len(data)), slowly(data))) as steps:
            draft = next(steps)
        draft = store.recover(draft)
        drain(store.write(draft, [data[draft.offset:]]))
        store.publish(draft)
        assert whole(store, "f") == data

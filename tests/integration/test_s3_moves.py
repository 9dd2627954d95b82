"""S3: publishing, going on after a crash, copying inside the service, against real servers."""
from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from haulier.core.draft import put
from haulier.core.leftover import discard
from haulier.model.errors import (
    AlreadyExists,
    Busy,
    HaulierError,
    Invalid,
    IsFolder,
    NotFound,
    Unavailable,
    Unsupported,
)
from haulier.model.files import Entry
from haulier.stores.s3.client import Call
from haulier.stores.s3.plan import State
from haulier.stores.s3.store import S3, Options
from haulier.stores.s3.upload import Target
from haulier.testing.servers import localstack, rgw
from haulier.testing.stores import content, draft_for, drain, names, whole
from integration import s3_places
from integration.s3_places import MIB, Between, Make, Server, plain, via

# Fixtures
ceph = s3_places.ceph
emulator = s3_places.emulator
server = s3_places.server
make = s3_places.make
between = s3_places.between
ceph_store = s3_places.ceph_store


# Publishing

def test_nothing_is_replaced_when_that_is_not_wanted(server: Server, make: Make) -> None:
    store = make(server)
    draft = drain(store.write(draft_for("f", replace=False), [b"mine"]))
    put(store, "f", [b"theirs"])
    with pytest.raises(AlreadyExists, match="f"):
        store.publish(draft)
    assert whole(store, "f") == b"theirs"


def test_the_service_itself_refuses_to_replace(emulator: localstack.LocalStack, make: Make) -> None:
    """As when somebody else is quicker between our look and our publish."""
    store = make(emulator)
    draft = drain(store.write(draft_for("f", replace=False), [b"mine"]))
    put(store, "f", [b"theirs"])
    target = Target(store._key("f"), State.load("f", draft.state))
    with pytest.raises(AlreadyExists):
        store._uploads.complete(target, store._uploads.parts(target, 4), replace=False)
    call = Call("PUT", store._key("f"), headers={"if-none-match": "*"}, pieces=[b"mine"])
    with pytest.raises(HaulierError):
        store._client.do(call)
    assert whole(store, "f") == b"theirs"


@pytest.mark.parametrize("body", [b"", b"some", content(17 * MIB)], ids=len)
@pytest.mark.parametrize("replace", [True, False])
def test_a_lost_answer_to_publish_is_made_good(server: Server, make: Make, body: bytes, replace: bool,
                                               between: Callable[..., Between]) -> None:
    last = threading.Event()

    def up(data: bytes) -> bytes:
        if data.startswith((b"POST", b"PUT")) and (b"uploadId=" in data or not body) and (
                b"partNumber" not in data):
            last.set()
        return data

    def down(data: bytes) -> bytes | None:
        return None if last.is_set() else data

    store = make(server, **via(between(server, up=up, down=down)))
    draft = drain(store.write(draft_for("f", replace=replace), [body]))
    with pytest.raises(Unavailable):
        store.publish(draft)
    again = make(server)
    assert again.publish(draft).size == len(body)
    assert again.publish(draft) == again.stat("f") and whole(again, "f") == body


def test_a_lost_answer_to_a_put_is_made_good(ceph: rgw.Rgw, make: Make,
                                             between: Callable[..., Between]) -> None:
    lose = threading.Event()

    def up(data: bytes) -> bytes:
        if data.startswith(b"PUT"):
            lose.set()
        return data

    store = make(ceph, **via(between(ceph, up=up, down=lambda data: None if lose.is_set() else data)))
    draft = draft_for("f", replace=False)
    first, = store.write_many([(draft, b"mine")])
    assert isinstance(first.error, Unavailable)
    again = make(ceph)
    second, = again.write_many([(draft, b"mine")])
    assert second.error is None
    third, = again.write_many([(draft, b"ours")])
    assert isinstance(third.error, AlreadyExists)


def test_published_files_are_known_to_another_process(ceph: rgw.Rgw, make: Make) -> None:
    draft = draft_for("f", replace=False)
    assert not [o.error for o in make(ceph).write_many([(draft, b"mine")]) if o.error]
    outcome, = make(ceph).publish_many([draft])
    assert outcome.entry == make(ceph).stat("f")
    missing, = make(ceph).publish_many([draft_for("never written")])
    assert isinstance(missing.error, NotFound)


def test_the_drafts_time_is_kept_as_others_write_it(server: Server, make: Make) -> None:
    store = make(server)
    put(store, "long", [b"x"], modified=1_600_000_000_250_000_000)
    put(store, "empty", [b""], modified=1_600_000_000_000_000_000)
    assert not [o.error for o in store.write_many([(draft_for("small", modified=5), b"x")]) if o.error]
    found = {path: store._head(path)["x-amz-meta-mtime"] for path in ("long", "empty", "small")}
    assert found == {"long": "1600000000.25", "empty": "1600000000", "small": "0.000000005"}


# Going on

def test_another_process_goes_on(server: Server, make: Make) -> None:
    data = content(35 * MIB)
    draft = draft_for("f", size=len(data))

    def dies() -> Iterator[bytes]:
        yield data[:20 * MIB]
        raise Unavailable("killed")

    with pytest.raises(Unavailable, match="killed"):
        for safe in make(server).write(draft, dies()):
            draft = safe
    assert draft.offset == 16 * MIB
    store = make(server)
    draft = store.recover(draft._replace(offset=8 * MIB))
    assert draft.offset == 16 * MIB and len(draft.state) < 250
    steps = list(make(server).write(draft, [data[16 * MIB:]]))
    assert steps[0].offset > 16 * MIB and steps[-1].offset == len(data)
    assert make(server).recover(steps[-1]) == steps[-1]
    assert make(server).publish(steps[-1]).size == len(data)
    assert whole(store, "f") == data


def test_an_upload_lost_behind_our_back(server: Server, make: Make) -> None:
    store, data = make(server), content(20 * MIB)
    draft = drain(store.write(draft_for("f", size=40 * MIB), [data[:16 * MIB]]))
    make(server).discard(draft)
    with pytest.raises(NotFound):
        drain(store.write(draft, [data[16 * MIB:]]))
    with pytest.raises(NotFound):
        store.recover(draft)
    with pytest.raises(NotFound):
        make(server).publish(draft)
    with pytest.raises(NotFound):
        store.publish(draft)
    store.discard(draft)


def test_parts_left_by_a_longer_try_do_no_harm(server: Server, make: Make) -> None:
    """The first try got further than its last note; the second ends earlier."""
    store = make(server)
    draft = drain(store.write(draft_for("f"), [content(32 * MIB)]))
    again = drain(make(server).write(draft._replace(offset=8 * MIB), [b"short end"]))
    if isinstance(server, rgw.Rgw):     # it insists on all parts that were ever sent
        with pytest.raises(NotFound, match="start it again"):
            make(server).publish(again)
        assert names(store) == set()
        return
    assert make(server).publish(again).size == 8 * MIB + 9
    assert whole(store, "f") == content(32 * MIB)[:8 * MIB] + b"short end"


def test_nothing_can_follow_a_short_part(ceph_store: S3) -> None:
    draft = drain(ceph_store.write(draft_for("f"), [b"the end"]))
    assert drain(ceph_store.write(draft, [])) == draft
    with pytest.raises(NotFound, match="start it again"):
        drain(ceph_store.write(draft, [b"and more"]))
    ceph_store.discard(draft)


def test_a_server_killed_while_it_receives(ceph: rgw.Rgw, make: Make) -> None:
    store, data = make(ceph), content(96 * MIB)
    draft = draft_for("f", size=len(data))

    def body() -> Iterator[bytes]:
        for at in range(0, len(data), MIB):
            if at == 80 * MIB:
                ceph.kill_gateway()
            yield data[at:at + MIB]

    try:
        with pytest.raises(Unavailable):
            for safe in store.write(draft, body()):
                draft = safe
    finally:
        ceph.start_gateway()
    draft = store.recover(draft)
    assert draft.offset >= 8 * MIB
    assert store.publish(drain(store.write(draft, [data[draft.offset:]]))).size == len(data)
    assert whole(store, "f") == data


def test_stale_connections_do_not_show(ceph: rgw.Rgw, make: Make,
                                       between: Callable[..., Between]) -> None:
    """The server closes kept connections, one right before a request goes out on it."""
    store = make(ceph, **via(proxy := between(ceph)))
    put(store, "f", [b"x"])
    for _ in range(3):
        proxy.drop()
        assert store.stat("f").size == 1
        proxy.drop()
        assert not [o.error for o in store.write_many([(draft_for("f"), b"y")]) if o.error]


def test_a_write_that_is_dropped_stops(ceph_store: S3) -> None:
    steps = ceph_store.write(draft_for("f"), [content(40 * MIB)])
    draft = next(steps)
    steps.close()
    ceph_store.discard(draft)
    assert names(ceph_store) == set() and list(ceph_store.drafts()) == []


def test_uploads_that_nobody_completed_are_found_and_thrown_away(server: Server, make: Make) -> None:
    store = make(server)
    for path in ("a/f", "odd ü+name", "a/f"):
        drain(store.write(draft_for(path), [content(9 * MIB)]))
    found = list(store.drafts())
    assert sorted(entry.path for entry in found) == ["a/f", "a/f", "odd ü+name"]
    assert all(entry.size == 9 * MIB and abs(time.time_ns() - (entry.modified or 0)) < 60e9 for entry in found)
    discard(store, found[0])
    assert len(list(store.drafts())) == 2
    for entry in found:
        discard(store, entry)
    assert list(store.drafts()) == []


# Reading and listing

def test_a_file_that_changes_while_it_is_read(server: Server, make: Make) -> None:
    store = make(server)
    put(store, "f", [content(100 * MIB)])
    reader = store.read("f")
    next(reader)
    put(store, "f", [content(100 * MIB, b"other")])
    with pytest.raises(Busy, match="f"):
        for _ in reader:
            pass


def test_pages(server: Server, make: Make) -> None:
    store = make(server)
    drafts = [(draft_for(f"d{n % 2}/{n:04d}"), b"") for n in range(2100)]
    assert not [o.error for o in store.write_many(drafts) if o.error]
    assert len({entry.path for entry in store.scan(deep=True)}) == 2100
    assert len(list(store.scan("d1"))) == 1050
    listing = store.scan(deep=True)
    assert next(listing).path == "d0/0000"
    assert list(store.scan()) == [] and next(listing).path == "d0/0002"


def test_keys_that_are_no_paths(server: Server, make: Make) -> None:
    store = make(server)
    for key in ("a//b", "a/../c", "folder/", "/front", "fine"):
        store._client.do(Call("PUT", store._root + key, pieces=[b"x"]))
    found = {entry.path: entry.fault for entry in store.scan(deep=True)}
    assert set(found) == {"a//b", "a/../c", "/front", "fine"}
    assert found["fine"] is None
    assert all(isinstance(found[path], Invalid) for path in found if path != "fine")
    with pytest.raises(IsFolder):
        store.stat("folder")


# Copies inside the service

def test_a_big_copy_is_made_in_parts(server: Server) -> None:
    root = secrets.token_hex(4)
    with plain(server, Options(prefix=root, copy_limit=MIB, copy_part=5 * MIB)) as store:
        put(store, "f", [content(17 * MIB)], modified=7)
        assert store.copy("f", "a/copy").size == 17 * MIB
        assert whole(store, "a/copy") == content(17 * MIB)
        assert store._head("a/copy")["x-amz-meta-mtime"] == "0.000000007"
        assert store.stat("a/copy").tag.endswith("-4")  # type: ignore[union-attr]
        assert store.move("a/copy", "b").size == 17 * MIB
        assert names(store) == {"f", "b"}


def test_moving_to_itself_loses_nothing(ceph_store: S3) -> None:
    put(ceph_store, "f", [b"x"])
    assert ceph_store.move("f", "f") == ceph_store.stat("f")
    assert ceph_store.copy("f", "f").size == 1
    with pytest.raises(AlreadyExists):
        ceph_store.move("f", "f", replace=False)


def test_a_pull_stays_inside_the_service(server: Server, make: Make) -> None:
    options = Options(prefix=secrets.token_hex(4), copy_part=5 * MIB)
    source = make(server)
    put(source, "f", [content(57 * MIB)])
    put(source, "empty", [b""])
    with plain(server, options) as store:
        steps = store.pull(draft_for("g"), source, source.stat("f"))
        draft = [next(steps), next(steps)][1]
        steps.close()
        assert draft.offset == 40 * MIB
    with plain(server, options) as store:
        draft = drain(store.pull(store.recover(draft), source, source.stat("f")))
        assert store.publish(draft).size == 57 * MIB
        assert whole(store, "g") == content(57 * MIB)
        empty = drain(store.pull(draft_for("e"), source, source.stat("empty")))
        assert store.publish(empty).size == 0
        put(source, "f", [b"changed"])
        with pytest.raises(Busy, match="f"):
            drain(store.pull(draft_for("h"), source, Entry("f", 57 * MIB, tag="0" * 32)))
        with pytest.raises(NotFound):
            drain(store.pull(draft_for("i"), source, Entry("none", 1)))
    other = make(server, access_key="another")
    with pytest.raises(Unsupported):
        source.pull(draft_for("x"), other, Entry("f", 1))

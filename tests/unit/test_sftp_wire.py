"""SFTP packets: what is written can be read, however the bytes arrive, and rubbish is refused."""
from __future__ import annotations

import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as some

from haulier.model.errors import AlreadyExists, Denied, NoSpace, NotFound, Unavailable, Unsupported
from haulier.stores.sftp import packet
from haulier.stores.sftp.checksum import digest_lines
from haulier.stores.sftp.packet import Attrs, Inbox, Malformed
from haulier.stores.sftp.status import check, code_of, error_for
from haulier.stores.sftp.writing import blocks

U32 = some.integers(0, (1 << 32) - 1)
ATTRS = some.builds(Attrs, some.none() | some.integers(0, (1 << 64) - 1), some.none() | U32,
                    some.none() | U32)
PACKETS = some.lists(some.tuples(U32, some.integers(100, 105), some.binary(min_size=4, max_size=3000)),
                     max_size=20)


def encoded(attrs: Attrs) -> bytes:
    return packet.attributes(size=attrs.size, mode=attrs.mode, mtime=attrs.mtime)


@given(ATTRS, some.binary(max_size=20))
def test_attributes_round_trip(attrs: Attrs, after: bytes) -> None:
    body = encoded(attrs)
    assert packet.attrs(body + after) == (attrs, len(body))


@given(some.integers(0, (1 << 64) - 1), U32, U32, U32, U32, U32)
def test_usual_attributes(size: int, uid: int, gid: int, mode: int, atime: int, mtime: int) -> None:
    body = struct.pack(">IQIIIII", 15, size, uid, gid, mode, atime, mtime)
    assert packet.attrs(body) == (Attrs(size, mode, mtime), 32)
    extra = struct.pack(">IQIIIII", 15 | 0x80000000, size, uid, gid, mode, atime, mtime)
    extra += struct.pack(">I", 1) + packet.text(b"a@b") + packet.text(b"c")
    assert packet.attrs(extra) == (Attrs(size, mode, mtime), len(extra))


@given(some.lists(some.tuples(some.binary(max_size=300), ATTRS), max_size=30))
def test_names_round_trip(listed: list[tuple[bytes, Attrs]]) -> None:
    body = struct.pack(">I", len(listed)) + b"".join(
        packet.text(name) + packet.text(b"-rw-") + encoded(attrs) for name, attrs in listed)
    assert list(packet.names(body)) == listed


@given(PACKETS, some.lists(some.integers(1, 5000), min_size=1))
def test_packets_come_out_as_they_went_in(packets: list[tuple[int, int, bytes]], steps: list[int]) -> None:
    line = b"".join(packet.HEAD.pack(5 + len(body), kind, number) + body for number, kind, body in packets)
    inbox, found, at, turn = Inbox(), [], 0, 0
    while at < len(line):
        room = inbox.room()
        count = min(len(room), steps[turn % len(steps)], len(line) - at)
        room[:count] = line[at:at + count]
        inbox.took(count)
        found += list(inbox.packets())
        at, turn = at + count, turn + 1
    assert found == [(number, kind, body[4:] if kind == packet.DATA else body)
                     for number, kind, body in packets]


def test_a_line_of_big_packets() -> None:
    body = hashlib.shake_128(b"x").digest(255 << 10)
    whole = packet.HEAD.pack(9 + len(body), packet.DATA, 7) + packet.U32.pack(len(body)) + body
    inbox, found, line = Inbox(), 0, whole * 20
    while line:
        room = inbox.room()
        count = min(len(room), 333_333, len(line))
        room[:count], line = line[:count], line[count:]
        inbox.took(count)
        for number, kind, data in inbox.packets():
            assert (number, kind, data) == (7, packet.DATA, body)
            found += 1
    assert found == 20


@pytest.mark.parametrize("rubbish", [b"Welcome to this server!\n", b"\0\0\0\1xxxxxxxx", b"\xff" * 20])
def test_rubbish_is_refused(rubbish: bytes) -> None:
    inbox = Inbox()
    inbox.room()[:len(rubbish)] = rubbish
    inbox.took(len(rubbish))
    with pytest.raises(Malformed):
        list(inbox.packets())


@given(some.binary(max_size=200))
def test_parsers_refuse_and_never_break(body: bytes) -> None:
    for parse in (packet.attrs, packet.string, packet.status, packet.extensions, packet.limits, packet.space,
                  lambda body: list(packet.names(body))):
        try:
            parse(body)
        except Malformed:
            continue


@given(U32, some.text(max_size=50))
def test_status_round_trip(code: int, said: str) -> None:
    body = packet.U32.pack(code) + packet.text(said.encode()) + packet.text(b"en")
    assert packet.status(body) == (code, said)
    assert code_of((packet.STATUS, body)) == code
    assert packet.status(packet.U32.pack(code)) == (code, "")     # as some old servers send it


@pytest.mark.parametrize(("code", "error"), [
    (2, NotFound), (3, Denied), (4, Unavailable), (6, Unavailable), (8, Unsupported), (11, AlreadyExists),
    (14, NoSpace), (15, NoSpace), (99, Unavailable)])
def test_status_codes_name_the_file(code: int, error: type[Exception]) -> None:
    reply = packet.STATUS, packet.U32.pack(code) + packet.text(b"oh") + packet.text(b"")
    with pytest.raises(error, match="a/file"):
        check("a/file", reply, "open")
    check("a/file", (packet.STATUS, bytes(4)), "open")
    with pytest.raises(Malformed):
        raise error_for("a/file", (packet.NAME, b""), "open")


@given(some.lists(some.binary(max_size=5000)), some.integers(2, 1000))
def test_blocks_are_the_same_bytes(body: list[bytes], size: int) -> None:
    found = list(blocks(body, size))
    assert b"".join(found) == b"".join(body)
    assert all(0 < len(block) <= size for block in found)
    assert len(found) <= 2 + 3 * sum(map(len, body)) // size


@given(some.lists(some.tuples(some.binary(min_size=1).filter(lambda name: b"\0" not in name), some.binary())))
def test_names_that_sha256sum_escapes(files: list[tuple[bytes, bytes]]) -> None:
    said = b"Welcome!\n"
    for name, data in files:
        escaped = name.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
        mark = b"\\" if escaped != name else b""
        said += mark + hashlib.sha256(data).hexdigest().encode() + b"  " + escaped + b"\n"
    assert list(digest_lines(said)) == [(name, hashlib.sha256(data).digest()) for name, data in files]

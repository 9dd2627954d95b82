"""Hostile, damaged and odd files against the decompress step."""
from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from haulier.model.errors import Corrupt, HaulierError, Invalid, NoSpace, Unsupported
from haulier.model.files import Part
from haulier.settings.spec import Env
from haulier.steps.decompress import Decompress, DecompressSpec
from haulier.steps.limits import Limits
from haulier.testing.steps import MOMENT, Watched, content, cut, drain, only

DATA = b"name;amount\n" + content(300) + b"haulier" * 30
STREAMS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress,
    "zst": lambda data: zstandard.ZstdCompressor(write_checksum=True).compress(data)}


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, **facts: Any) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo("x")
            info.filename = name  # as it is: the constructor would tidy it up
            info.compress_type = method
            for field, value in facts.items():
                setattr(info, field, value)
            archive.writestr(info, data)
    return file.getvalue()


def unpack(data: bytes, name: str = "in/a.gz", step: Decompress | None = None,
           chunk: int = 1 << 20) -> dict[str, bytes]:
    parts = (step or Decompress())(Part(name, cut(data, chunk), len(data)))
    return {part.name: drain(part) for part in parts}


# Truncated and damaged

@pytest.mark.parametrize("kind", [*STREAMS, "zip"])
@pytest.mark.parametrize("chunk", [1, 1 << 20])
def test_cut_off_anywhere_is_never_taken_for_whole(kind: str, chunk: int) -> None:
    packed = STREAMS[kind](DATA) if kind in STREAMS else zipped({"a": DATA})
    name = f"a.{kind}"
    for end in range(1, len(packed)):
        with pytest.raises(Corrupt, match=name):
            unpack(packed[:end], name, chunk=chunk)
    assert unpack(packed[:0], name) == {name: b""}
    assert unpack(packed, name, chunk=chunk) == {"a": DATA}


@pytest.mark.parametrize("kind", STREAMS)
def test_cut_off_in_a_later_stream(kind: str) -> None:
    one = STREAMS[kind](DATA)
    assert unpack(one + one, f"a.{kind}") == {"a": DATA + DATA}
    for end in range(1, len(one)):
        with pytest.raises(Corrupt):
            unpack(one + one[:end], f"a.{kind}")


@pytest.mark.parametrize("kind", [*STREAMS, "zip"])
@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_a_changed_byte_gives_the_same_content_or_an_error(kind: str, flip: int) -> None:
    """Never other content, never an exception of a library."""
    packed = STREAMS[kind](DATA) if kind in STREAMS else zipped({"a": DATA})
    for at in range(len(packed)):
        damaged = packed[:at] + bytes([packed[at] ^ flip]) + packed[at + 1:]
        try:
            found = unpack(damaged, f"a.{kind}")
        except HaulierError:
            continue
        assert list(found.values()) in ([DATA], [damaged], []), at
        assert kind == "zip" or found


@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from([*STREAMS, "zip"]), data=st.data())
def test_noise_in_a_file_gives_no_exception_of_a_library(kind: str, data: st.DataObject) -> None:
    packed = bytearray(STREAMS[kind](DATA) if kind in STREAMS else zipped({"a": DATA, "b/c": b""}))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(3, len(packed) - 1))
        noise = data.draw(st.binary(max_size=12))
        packed[at:at + data.draw(st.integers(0, 12))] = noise
    step = Decompress(Limits(1000, 1 << 20, 10))
    try:
        unpack(bytes(packed), "a", step)
    except HaulierError as error:
        assert "a: " in str(error)


MAGIC = (b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"\x52\x2a\x4d\x18",
         b"PK\3\4", b"PK\5\6")


@settings(deadline=None)
@given(st.binary(max_size=64), st.sampled_from([b"", *MAGIC]), st.integers(1, 20))
@example(b"", b"\x52\x2a\x4d\x18", 1)
def test_any_bytes_pass_or_are_refused(tail: bytes, head: bytes, chunk: int) -> None:
    data = head + tail
    is_packed = data.startswith(MAGIC) or data[1:4] == b"\x2a\x4d\x18"
    try:
        found = unpack(data, "a", chunk=chunk)
    except HaulierError:
        assert is_packed
    else:
        assert is_packed or found == {"a": data}


@pytest.mark.parametrize("kind, tail, is_fine", [
    ("gz", b"\0", True), ("gz", bytes(70_000), True), ("gz", b"\0x", False), ("gz", b"x", False),
    ("bz2", b"\0", False), ("bz2", b"x", False),
    ("xz", bytes(4), True), ("xz", bytes(3), False), ("xz", b"tail", False),
    ("zst", b"\0", False), ("zst", b"tail", False), ("zst", b"\x50\x2a\x4d\x18\1\0\0\0x", True),
    ("zst", b"\x50\x2a\x4d\x18\2\0\0\0x", False)])
@pytest.mark.parametrize("chunk", [1, 1 << 20])
def test_what_may_follow(kind: str, tail: bytes, is_fine: bool, chunk: int) -> None:
    packed = STREAMS[kind](DATA) + tail
    if is_fine:
        assert unpack(packed, f"a.{kind}", chunk=chunk) == {"a": DATA}
    else:
        with pytest.raises(Corrupt):
            unpack(packed, f"a.{kind}", chunk=chunk)


def test_beginnings_of_other_files_are_no_beginnings() -> None:
    for data in (b"\x1f\x8b\x09 not deflate", b"BZh9 was here", b"BZhello", b"PK is a name", b"B"):
        assert unpack(data, "in/a.txt") == {"in/a.txt": data}


def test_a_passing_part_keeps_its_size() -> None:
    assert only(Decompress()(Part("a", iter([b"hello"]), 5))).size == 5


# Bombs

@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zst"])
def test_a_bomb_is_stopped_early(kind: str) -> None:
    zeros = bytes(64 << 20)
    packed = {"gz": lambda: gzip.compress(zeros, 9), "bz2": lambda: bz2.compress(zeros),
              "xz": lambda: lzma.compress(zeros, preset=0),
              "zst": lambda: zstandard.compress(zeros)}[kind]()
    part = only(Decompress(Limits(500))(Part(f"b.{kind}", cut(packed, 1 << 20))))
    seen = 0
    with pytest.raises(Invalid, match=rf"b\.{kind}.*max_ratio"):
        for chunk in part.body:
            assert len(chunk) <= 1 << 20
            seen += len(chunk)
    assert seen <= 50 << 20
    assert len(drain(only(Decompress(Limits(None))(Part("b", iter([packed])))))) == 64 << 20


def test_a_small_file_may_have_any_ratio() -> None:
    packed = bz2.compress(bytes(15 << 20))
    assert len(packed) * 10_000 < 15 << 20
    assert len(unpack(packed, "a")["a"]) == 15 << 20


@pytest.mark.parametrize("kind", STREAMS)
def test_max_size(kind: str) -> None:
    packed = STREAMS[kind](bytes(3000))
    step = DecompressSpec.model_validate({"max_size": "2kB"}).build(Env())
    with pytest.raises(Invalid, match=r"a\.x.*max_size"):
        unpack(packed, "a.x", step)
    assert unpack(packed, "a.x", Decompress(Limits(size=3000))) == {"a.x": bytes(3000)}


def test_a_window_that_needs_too_much_memory_is_refused() -> None:
    huge = b"\x28\xb5\x2f\xfd\x00\xa8\x1d\x00\x00Q\x00\x00"
    with pytest.raises(Unsupported, match="memory"):
        unpack(huge, "a.zst")
    packed = bytearray(lzma.compress(b"x", preset=0))
    packed[16] = 30  # what the block's header says of the dictionary: 128 MiB
    packed[20:24] = struct.pack("<L", zlib.crc32(packed[12:20]))
    with pytest.raises(Unsupported, match="memory"):
        unpack(bytes(packed), "a.xz")


# ZIP archives

def test_members_hang_under_the_archives_folder() -> None:
    packed = zipped({"a.txt": b"A", "deep/er/b.txt": b"B", "empty": b"", "folder/": b""})
    expected = {"in/a.txt": b"A", "in/deep/er/b.txt": b"B", "in/empty": b""}
    assert unpack(packed, "in/x.zip") == expected
    assert unpack(packed, "in/x.bin") == expected
    assert unpack(packed, "x.zip") == {name[3:]: data for name, data in expected.items()}
    assert unpack(zipped({"räk.txt": b"A"}), "in/x.zip") == {"in/räk.txt": b"A"}
    assert unpack(zipped({}), "x.zip") == {}


def test_member_facts() -> None:
    packed = zipped({"a": DATA}, external_attr=0o100600 << 16,
                    extra=struct.pack("<HHBl", 0x5455, 5, 1, 1_500_000_000))
    part = only(Decompress()(Part("x.zip", iter([packed]), None, MOMENT, 0o644, {"k": 1})))
    assert (part.size, part.modified, part.mode, part.meta) == (
        len(DATA), 1_500_000_000 * 10**9, 0o600, {"k": 1})
    assert drain(part) == DATA


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_methods(method: int) -> None:
    assert unpack(zipped({"a": DATA}, method)) == {"in/a": DATA}


def test_methods_that_are_not_known_are_refused() -> None:
    with pytest.raises(Unsupported, match="method 14"):
        unpack(zipped({"a": DATA}, zipfile.ZIP_LZMA))


def test_members_may_be_read_in_any_order_and_late() -> None:
    packed = zipped({f"m{n}": content(300_000, b"%d" % n) for n in range(5)})
    parts = list(Decompress()(Part("x.zip", iter([packed]))))
    for n in (3, 1, 4, 0, 2):
        assert drain(parts[n]) == content(300_000, b"%d" % n)


@pytest.mark.parametrize("read", [0, 1, 2, 3])
def test_nothing_is_left_open_or_behind(tmp_path: Path, read: int) -> None:
    before = set(os.listdir("/proc/self/fd"))
    step = Decompress(scratch=tmp_path / "scratch")
    source = Watched([zipped({"a": content(600_000), "b": b"B", "c": b"C"})])
    parts = iter(step(source.part("x.zip")))
    for _ in range(read):
        part = next(parts)
        next(part.body)
        part.body.close()  # type: ignore[attr-defined]
    parts.close()  # type: ignore[attr-defined]
    assert list((tmp_path / "scratch").iterdir()) == [] if read else True
    assert set(os.listdir("/proc/self/fd")) == before
    assert source.closed == (1 if read else 0)


@pytest.mark.parametrize("name", [
    "../x", "a/../../x", "/etc/x", "a//b", "./a", "a/./b", "..", ".", "a/..", "C:/x", "c:x",
    "..\\x", "a\\..\\x", "\\\\host\\x", "a\\b", "/", "nul\0x", "../", "//x"])
@pytest.mark.parametrize("others", [{}, {"fine": b"x"}])
def test_names_that_escape_are_refused_before_anything_goes_out(
        name: str, others: dict[str, bytes]) -> None:
    part = Part("in/x.zip", iter([zipped({**others, name: b"evil"})]))
    with pytest.raises(Invalid, match=r"in/x\.zip"):
        next(iter(Decompress()(part)))


@pytest.mark.parametrize("facts, words", [
    ({"create_system": 3, "external_attr": 0o120777 << 16}, "link or a device"),
    ({"create_system": 3, "external_attr": 0o010644 << 16}, "link or a device")])
def test_links_and_devices_are_refused(facts: dict[str, int], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        unpack(zipped({"a": b"/etc/passwd"}, **facts))


def test_encrypted_members_are_refused() -> None:
    packed = bytearray(zipped({"fine": b"x", "a": b"secret"}))
    at = packed.rfind(b"PK\1\2")
    packed[at + 8] |= 1
    with pytest.raises(Invalid, match="'a': is encrypted"):
        unpack(bytes(packed))


def test_two_members_of_one_name_are_refused() -> None:
    packed = zipped({"a": b"1", "b": b"2"}).replace(b"b\x00", b"a\x00")
    at = packed.rfind(b"PK\1\2")
    packed = packed[:at + 46] + b"a" + packed[at + 47:]
    first = packed.rfind(b"PK\3\4")
    packed = packed[:first + 30] + b"a" + packed[first + 31:]
    with pytest.raises(Invalid, match="two members are called 'a'"):
        unpack(packed)


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b/c", "a")])
def test_a_member_that_is_also_a_folder_is_refused(names: tuple[str, str]) -> None:
    with pytest.raises(Invalid, match="'a' is a member and a folder"):
        unpack(zipped(dict.fromkeys(names, b"x")))


def test_number_of_members() -> None:
    packed = zipped({str(n): b"" for n in range(11)})
    with pytest.raises(Invalid, match="more than 10 members"):
        unpack(packed, step=Decompress(Limits(members=10)))
    assert len(unpack(packed, step=Decompress(Limits(members=11)))) == 11


def test_a_huge_directory_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    plain = zipfile.ZipInfo.__init__

    def counted(self: zipfile.ZipInfo, *args: Any, **facts: Any) -> None:
        made.append(1)
        plain(self, *args, **facts)

    packed = zipped({f"{n:060d}": b"" for n in range(2000)})
    monkeypatch.setattr(zipfile.ZipInfo, "__init__", counted)
    with pytest.raises(Invalid, match="more than 10 members"):
        unpack(packed, step=Decompress(Limits(members=10)))
    assert made == []


def test_the_declared_size_of_an_archive_is_limited_first() -> None:
    packed = zipped({"a": bytes(20 << 20), "b": bytes(20 << 20)})
    with pytest.raises(Invalid, match="max_ratio"):
        next(iter(Decompress(Limits(100))(Part("x.zip", iter([packed])))))
    with pytest.raises(Invalid, match="max_size"):
        next(iter(Decompress(Limits(None, 30 << 20))(Part("x.zip", iter([packed])))))


def test_an_archive_that_lies_about_a_size_is_corrupt() -> None:
    for declared in (0, 5, len(DATA) - 1, len(DATA) + 1, 10_000):
        packed = bytearray(zipped({"a": DATA}))
        at = packed.rfind(b"PK\1\2")
        packed[at + 24:at + 28] = struct.pack("<L", declared)
        with pytest.raises(Corrupt):
            unpack(bytes(packed))


def test_a_member_with_changed_bytes_is_corrupt() -> None:
    packed = bytearray(zipped({"a": DATA}, zipfile.ZIP_STORED))
    packed[100] ^= 1
    with pytest.raises(Corrupt, match="CRC"):
        unpack(bytes(packed))


def test_no_room_for_the_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> object:
        return Path("/dev/full").open("wb")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    source = Watched([zipped({"a": content(100_000)})])
    with pytest.raises(NoSpace, match=r"x\.zip"):
        next(iter(Decompress()(source.part("x.zip"))))
    assert source.closed == 1


def test_documents_can_be_unpacked_if_asked_for() -> None:
    packed = zipped({"a": b"x"})
    assert unpack(packed, "Book.XLSX") == {"Book.XLSX": packed}
    step = DecompressSpec(documents=()).build(Env())
    assert unpack(packed, "Book.XLSX", step) == {"a": b"x"}


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(
    st.text(st.characters(exclude_characters="/\\\0:", exclude_categories=["Cs"]), min_size=1,
            max_size=12).filter(lambda name: name not in (".", "..")),
    st.binary(max_size=2000), max_size=8))
def test_zip_round_trip(members: dict[str, bytes]) -> None:
    assert unpack(zipped(members), "x.zip") == members


def test_the_input_is_closed_when_a_file_is_refused() -> None:
    def check(data: bytes, name: str, error: type[Exception]) -> None:
        source = Watched([data])
        with pytest.raises(error):
            for part in Decompress(Limits(size=1))(source.part(name)):
                drain(part)
        assert source.closed == 1

    check(b"\x1f", "a.gz", Corrupt)
    check(gzip.compress(b"xyz"), "a.gz", Invalid)
    check(gzip.compress(b"x")[:-1], "a.gz", Corrupt)
    check(zipped({"../x": b""}), "a.zip", Invalid)
    check(b"PK\3\4", "a.zip", Corrupt)


def test_a_source_that_is_not_chunked_is_read_bit_by_bit() -> None:
    """A lazy source is asked for no more than is needed."""
    packed = gzip.compress(content(8 << 20), 0)
    taken = []

    def body() -> Iterator[bytes]:
        for chunk in cut(packed, 100_000):
            taken.append(1)
            yield chunk

    part = only(Decompress()(Part("a.gz", body())))
    assert len(taken) == 1
    next(part.body)
    assert len(taken) <= 2

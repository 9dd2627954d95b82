"""What the compressing steps make, as other programs read it."""
from __future__ import annotations

import gzip
import io
import os
import shutil
import subprocess
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from haulier.model.errors import Busy, Invalid
from haulier.model.files import Part
from haulier.ports import Step
from haulier.settings.spec import Env, StepSpec
from haulier.steps.body import blocks, stem_and_extension
from haulier.steps.compress import CompressSpec
from haulier.steps.compress_bz2 import CompressBz2Spec
from haulier.steps.decompress import Decompress
from haulier.steps.zip import ZipSpec, member_for
from haulier.steps.zstd import ZstdSpec
from haulier.testing.steps import MOMENT, content, cut, drain, only

TEXT = b"name;amount\r\n" + b"haulier;12,50\r\n" * 5000 + content(5000)
SPECS: list[StepSpec] = [CompressSpec(), CompressSpec(engine="zlib"), CompressBz2Spec(), ZipSpec(),
                         ZipSpec(engine="zlib", level=9), ZstdSpec(), ZstdSpec(level=19)]


def tool(*argv: str, data: bytes = b"") -> bytes:
    if not shutil.which(argv[0]):
        pytest.skip(f"no {argv[0]} here")
    return subprocess.run(argv, input=data, stdout=subprocess.PIPE, check=True).stdout


def pack(spec: StepSpec, data: bytes, name: str = "a.txt",
         modified: int | None = None) -> bytes:
    return drain(only(spec.build(Env())(Part(name, iter([data]), modified=modified))))


@pytest.mark.parametrize("spec, argv", [
    *((CompressSpec(level=level), "gzip -dc") for level in range(4)),
    *((CompressSpec(engine="zlib", level=level), "gzip -dc") for level in (1, 6, 9)),
    *((CompressBz2Spec(level=level), "bzip2 -dc") for level in (1, 9)),
    *((ZstdSpec(level=level), "zstd -dcq") for level in (1, 3, 19))], ids=repr)
def test_system_tools_read_it(spec: StepSpec, argv: str) -> None:
    for data in (b"", b"x", TEXT):
        assert tool(*argv.split(), data=pack(spec, data)) == data


@pytest.mark.parametrize("argv", ["gzip -9", "gzip -1n", "bzip2", "xz -3", "xz --check=none",
                                  "zstd -q", "zstd -q --no-check -19", "zstd -q --long=27"])
def test_what_system_tools_make_is_read(argv: str) -> None:
    for data in (b"", b"x", TEXT):
        packed = tool(*argv.split(), "-c", data=data)
        assert drain(only(Decompress()(Part("a", cut(packed, 1000))))) == data


@pytest.mark.parametrize("size", [None, len(TEXT)])
def test_unzip_reads_a_zip(tmp_path: Path, size: int | None) -> None:
    name = "räksmörgås & co.txt"
    part = Part(name, cut(TEXT, 999), size, MOMENT + 10**9, 0o640)
    path = tmp_path / "a.zip"
    path.write_bytes(drain(only(ZipSpec().build(Env())(part))))
    assert b"No errors" in tool("unzip", "-t", str(path))
    tool("unzip", "-q", str(path), "-d", str(tmp_path))
    found = tmp_path / name
    assert found.read_bytes() == TEXT
    assert found.stat().st_mtime_ns == MOMENT + 10**9
    assert found.stat().st_mode & 0o777 == 0o640
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        info, = archive.infolist()
        assert info.date_time == (2020, 9, 13, 12, 26, 40)
        assert info.extract_version == (20 if size else 45)


def test_a_zip_holds_the_base_name_only_and_a_fixed_date() -> None:
    data = pack(ZipSpec(), b"x", "in/folder/a.txt")
    info, = zipfile.ZipFile(io.BytesIO(data)).infolist()
    assert (info.filename, info.date_time) == ("a.txt", (1980, 1, 1, 0, 0, 0))
    for moment in (-10**18, 2**62 - 1):
        info, = zipfile.ZipFile(io.BytesIO(pack(ZipSpec(), b"x", modified=moment))).infolist()
        assert 1980 <= info.date_time[0] <= 2107


def test_a_zip_of_a_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(Invalid, match="no ZIP can hold it"):
        pack(ZipSpec(), b"x", os.fsdecode(b"\xff.txt"))


def test_fields_of_a_zip_over_4_gib_are_64_bits_wide() -> None:
    member = member_for(Part("a", iter(()), 5 << 30))
    size, packed = 5 << 30, (5 << 30) + 77
    head = b"\0" * 30  # stands in for member and data: only offsets count in the directory
    end = member.directory(1, packed, size, len(head))
    info, = zipfile.ZipFile(io.BytesIO(head + end)).infolist()
    assert (info.file_size, info.compress_size, info.CRC) == (size, packed, 1)
    assert member_for(Part("a", iter(()), 0xF0000001)).is_large
    assert not member_for(Part("a", iter(()), 0xF0000000)).is_large


def test_a_file_that_outgrows_its_zip_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haulier.steps.zip._SMALL", 1000)
    with pytest.raises(Busy, match="grew"):
        drain(only(ZipSpec().build(Env())(Part("a", iter([bytes(1001)]), 1000))))


@pytest.mark.parametrize("spec", [CompressSpec(), CompressSpec(engine="zlib")], ids=repr)
def test_a_gzip_header_has_no_time_and_no_name(spec: StepSpec) -> None:
    assert pack(spec, b"x", modified=MOMENT)[:8] == b"\x1f\x8b\x08\0\0\0\0\0"
    assert gzip.decompress(pack(spec, TEXT)) == TEXT


def test_zstd_has_a_checksum() -> None:
    packed = bytearray(pack(ZstdSpec(), b"hello"))
    packed[-1] ^= 1
    with pytest.raises(Exception, match="damaged"):
        drain(only(Decompress()(Part("a.zst", iter([bytes(packed)])))))


@pytest.mark.parametrize("spec", SPECS, ids=repr)
@settings(max_examples=25, deadline=None)
@given(data=st.binary(max_size=5000) | st.binary(max_size=30).map(lambda b: b * 40_000),
       chunk=st.integers(1, 100_000))
def test_round_trip(spec: StepSpec, data: bytes, chunk: int) -> None:
    chunk = max(chunk, len(data) // 1000)
    step: Step = spec.build(Env())
    packed = only(step(Part("in/a.txt", cut(data, chunk))))
    back = only(Decompress()(packed))
    assert (back.name, drain(back)) == ("in/a.txt", data)


@given(st.lists(st.binary(max_size=40)), st.integers(1, 30))
def test_blocks_hang_on_the_bytes_only(chunks: list[bytes], size: int) -> None:
    data = b"".join(chunks)
    found = [bytes(block) for block in blocks(chunks, size)]
    assert found == [data[at:at + size] for at in range(0, len(data), size)]


def test_a_long_zip_in_little_memory() -> None:
    block = content(1 << 20)
    tracemalloc.start()
    try:
        crc = 0
        for chunk in only(ZipSpec().build(Env())(Part("a", (block for _ in range(256))))).body:
            crc = zlib.crc32(chunk, crc)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind, facts", [
    (CompressSpec, {"level": 4}), (CompressSpec, {"engine": "zlib", "level": 0}),
    (CompressSpec, {"engine": "zlib", "level": 10}), (CompressSpec, {"level": -1}),
    (CompressSpec, {"levle": 1}), (CompressBz2Spec, {"level": 0}), (ZstdSpec, {"level": 20}),
    (ZipSpec, {"level": "much"})])
def test_settings_that_make_no_sense_are_refused(kind: type[StepSpec], facts: object) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate(facts)


@pytest.mark.parametrize("kind", [CompressSpec, CompressBz2Spec, ZipSpec, ZstdSpec])
def test_words_give_the_level(kind: type[StepSpec]) -> None:
    assert kind.model_validate(kind.from_word("2")).model_dump()["level"] == 2


@pytest.mark.parametrize("name, stem, extension", [
    ("a.txt", "a", ".txt"), ("a.tar.gz", "a", ".tar.gz"), ("a.b.txt", "a.b", ".txt"),
    ("a", "a", ""), (".profile", ".profile", ""), ("a.", "a.", ""), ("..txt", "..txt", ""),
    (".tar.gz", ".tar", ".gz"), ("A.TAR.BZ2", "A", ".TAR.BZ2")])
def test_stem_and_extension(name: str, stem: str, extension: str) -> None:
    assert stem_and_extension(name) == (stem, extension)

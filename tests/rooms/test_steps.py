"""Every step that ships passes the suite for steps."""
from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from haulier.ports import Step
from haulier.settings import registry
from haulier.settings.spec import Env
from haulier.steps.bash_script import BashScriptSpec
from haulier.steps.compress import CompressSpec
from haulier.steps.compress_bz2 import CompressBz2Spec
from haulier.steps.custom import FunctionStep
from haulier.steps.decompress import DecompressSpec
from haulier.steps.rename import RenameSpec
from haulier.steps.timestamp import Timestamp
from haulier.steps.zip import ZipSpec
from haulier.steps.zstd import ZstdSpec
from haulier.testing.steps import MIB, StepSuite, content

SHIPPED = ("bash_script", "compress", "compress_bz2", "decompress", "gpg_decrypt", "gpg_encrypt",
           "rename", "timestamp", "zip", "zstd")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_step_is_found_under_its_name_and_explains_itself(name: str) -> None:
    spec = registry.step(name)
    schema = spec.model_json_schema()
    assert schema["properties"].pop("type")["const"] == name
    assert schema["description"]
    for field, facts in schema["properties"].items():
        assert facts.get("description"), field


def gunzip(data: bytes) -> bytes:
    return gzip.decompress(data)


def unzstd(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()


def zipped(data: bytes) -> bytes:
    """An archive that says nothing of modes and times."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        info = zipfile.ZipInfo("a.txt")
        info.external_attr = 1 << 5
        archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def unzip(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["a.txt"]
        return archive.read("a.txt")


@pytest.mark.parametrize("level", [0, 1, 2, 3], scope="class")
class TestCompress(StepSuite):
    mebibytes = 16

    @pytest.fixture
    def step(self, level: int) -> Iterator[Step]:
        yield CompressSpec(level=level).build(Env())

    def plain(self, data: bytes) -> bytes:
        return gunzip(data)


class TestCompressZlib(StepSuite):
    mebibytes = 32

    @pytest.fixture
    def step(self) -> Iterator[Step]:
        yield CompressSpec(engine="zlib", level=1).build(Env())

    def plain(self, data: bytes) -> bytes:
        return gunzip(data)


class TestCompressBz2(StepSuite):
    mebibytes = 16
    examples = [("a.txt", b"", "a.txt.bz2", bz2.compress(b"")),
                ("a.txt", b"hello", "a.txt.bz2", bz2.compress(b"hello"))]

    @pytest.fixture
    def step(self) -> Iterator[Step]:
        yield CompressBz2Spec().build(Env())

    def plain(self, data: bytes) -> bytes:
        return bz2.decompress(data)


class TestZip(StepSuite):
    @pytest.fixture
    def step(self) -> Iterator[Step]:
        yield ZipSpec().build(Env())

    def plain(self, data: bytes) -> bytes:
        return unzip(data)


class TestZstd(StepSuite):
    @pytest.fixture
    def step(self) -> Iterator[Step]:
        yield ZstdSpec().build(Env())

    def plain(self, data: bytes) -> bytes:
        return unzstd(data)


class DecompressSuite(StepSuite):
    @pytest.fixture
    def step(self) -> Iterator[Step]:
        yield DecompressSpec().build(Env())


class TestDecompressGzip(DecompressSuite):
    name = "a.txt.gz"
    examples = [("a.txt.gz", gzip.compress(b"hello"), "a.txt", b"hello"),
                ("b.tgz", gzip.compress(b"") + gzip.compress(b"x"), "b.tar", b"x"),
                ("UPPER.GZ", gzip.compress(b"hello"), "UPPER", b"hello"),
                ("no suffix", gzip.compress(b"hello"), "no suffix", b"hello"),
                (".gz", gzip.compress(b"hello"), ".gz", b"hello")]

    def given(self, plain: bytes) -> bytes:
        return gzip.compress(plain, 1)


class TestDecompressBzip2(DecompressSuite):
    name = "a.txt.bz2"
    mebibytes = 16
    examples = [("a.txt.bz2", bz2.compress(b"hello"), "a.txt", b"hello"),
                ("b.tbz2", bz2.compress(b"") + bz2.compress(b"x"), "b.tar", b"x")]

    def given(self, plain: bytes) -> bytes:
        return bz2.compress(plain)


class TestDecompressXz(DecompressSuite):
    name = "a.txt.xz"
    examples = [("a.txt.xz", lzma.compress(b"hello"), "a.txt", b"hello"),
                ("b.txz", lzma.compress(b"") + bytes(8) + lzma.compress(b"x"), "b.tar", b"x")]

    def given(self, plain: bytes) -> bytes:
        return lzma.compress(plain, preset=0)


class TestDecompressZstd(DecompressSuite):
    name = "a.txt.zst"
    examples = [("a.txt.zst", zstandard.compress(b"hello"), "a.txt", b"hello"),
                ("b.tzst", zstandard.compress(b"") + b"\x5a\x2a\x4d\x18\2\0\0\0no"
                 + zstandard.compress(b"x"), "b.tar", b"x")]

    def given(self, plain: bytes) -> bytes:
        return zstandard.compress(plain, 1)


class TestDecompressZip(DecompressSuite):
    name = "a.txt.zip"
    streams = False

    def given(self, plain: bytes) -> bytes:
        return zipped(plain)

    def long(self) -> Iterator[bytes]:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive, archive.open("a.txt", "w") as member:
            for _ in range(self.mebibytes):
                member.write(content(MIB))
        file.seek(0)
        while chunk := file.read(MIB):
            yield chunk


class TestDecompressNothing(DecompressSuite):
    """What is not packed passes."""

    examples = [("a.txt", b"", "a.txt", b""), ("a.txt", b"h", "a.txt", b"h"),
                ("a.gz", b"not packed at all", "a.gz", b"not packed at all"),
                ("a.gz", b"", "a.gz", b""),
                ("book.xlsx", zipped(b"x"), "book.xlsx", zipped(b"x")),
                ("Book.XLSM", zipped(b"x"), "Book.XLSM", zipped(b"x"))]


class TestRename(StepSuite):
    examples = [("a.txt", b"x", "j_a.txt", b"x")]

    @pytest.fixture
    def step(self) -> Iterator[Step]:
        yield RenameSpec().build(Env(flow="j"))


class TestTimestamp(StepSuite):
    examples = [("a.txt", b"x", "20200913_a.txt", b"x")]

    @pytest.fixture
    def step(self) -> Iterator[Step]:
        yield Timestamp(zone="UTC", now=lambda: 1_600_000_000_000_000_000)


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
class TestBashScript(StepSuite):
    streams = False
    examples = [("a.txt", b"x", "a.txt", b"x")]

    @pytest.fixture
    def step(self, tmp_path: Path) -> Iterator[Step]:
        script = tmp_path / "nothing.sh"
        script.write_text("cat \"$1\" > /dev/null\n")
        scratch = tmp_path / "scratch"
        yield BashScriptSpec(path=script).build(Env(scratch=scratch))
        assert not scratch.exists() or list(scratch.iterdir()) == []


class TestFunction(StepSuite):
    streams = False
    examples = [("a.txt", b"x", "a.txt", b"x")]

    @pytest.fixture
    def step(self, tmp_path: Path) -> Iterator[Step]:
        scratch = tmp_path / "scratch"
        yield FunctionStep("same", lambda path, context: path, "j", scratch, repeatable=True)
        assert not scratch.exists() or list(scratch.iterdir()) == []

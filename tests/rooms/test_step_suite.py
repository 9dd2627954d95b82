"""The suite for steps finds the mistakes that it is there for."""
from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from haulier.model.errors import HaulierError
from haulier.model.files import Part
from haulier.steps.body import let_go, owned
from haulier.testing.steps import StepSuite


class Wrong:
    """A step that passes everything on, but for what `body` does wrong."""

    repeatable = True

    def __init__(self, body: Callable[[Iterator[bytes]], Iterator[bytes]], *,
                 closes: bool = True, eager: bool = False, **changes: Any) -> None:
        self.body, self.closes, self.eager, self.changes = body, closes, eager, changes

    def __call__(self, part: Part, /) -> Iterable[Part]:
        if self.eager:
            return iter([part.to(body=list(part.body))])
        return self._lazily(part)

    def _lazily(self, part: Part) -> Iterator[Part]:
        body = self.body(part.body)
        if self.closes:
            body = owned(body, lambda: let_go(part.body))
        size = self.changes.get("size")
        meta = {} if self.changes.get("forgets") else part.meta
        name = self.changes.get("name") or part.name
        yield Part(name, body, size, part.modified, part.mode, meta)


def same(body: Iterator[bytes]) -> Iterator[bytes]:
    yield from filter(None, body)


def swallows(body: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from same(body)
    except HaulierError:
        return


def wraps(body: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from same(body)
    except HaulierError as error:
        raise OSError("no") from error


def collects(body: Iterator[bytes]) -> Iterator[bytes]:
    data = b"".join(body)
    yield from (data[at:at + 1000] for at in range(0, len(data), 1000))


def hoards(body: Iterator[bytes]) -> Iterator[bytes]:
    held = []
    for chunk in same(body):
        held.append(chunk[:-1])
        yield chunk
    del held


def stops(body: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in body:
        if not chunk:
            return
        yield chunk


def loses_last_byte(body: Iterator[bytes]) -> Iterator[bytes]:
    last = b""
    for chunk in same(body):
        yield from filter(None, [last])
        last = chunk
    yield from filter(None, [last[:-1]])


def joins(body: Iterator[bytes]) -> Iterator[bytes]:
    data = b"".join(body)
    yield from filter(None, [data])


def as_text(body: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in same(body):
        yield chunk.replace(b"\r\n", b"\n")


def by_chunk(body: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in same(body):
        yield zlib.compress(chunk)


def inflate_all(data: bytes) -> bytes:
    out = b""
    while data:
        inflate = zlib.decompressobj()
        out += inflate.decompress(data)
        data = inflate.unused_data
    return out


def failures(step: Wrong, suite: StepSuite) -> set[str]:
    """The names of the tests that find fault with `step`."""
    found = set()
    for name, cases in CASES.items():
        for case in cases:
            try:
                getattr(suite, name)(step, *case)
            except pytest.skip.Exception:
                pass
            except (Exception, pytest.fail.Exception):
                found.add(name.removeprefix("test_"))
    return found


CASES: dict[str, list[tuple[Any, ...]]] = {
    name: [()] for name in dir(StepSuite) if name.startswith("test_")}
CASES["test_nothing_is_lost"] = [(0,), (1,), ((1 << 20) + 1,)]
CASES["test_an_error_of_the_input_passes"] = [(0,), (0.5,), (1,)]


class Small(StepSuite):
    mebibytes = 24


class Deflated(Small):
    def plain(self, data: bytes) -> bytes:
        return inflate_all(data)


def test_it_finds_no_fault_with_a_good_step() -> None:
    assert failures(Wrong(same), Small()) == set()


@pytest.mark.parametrize("step, test", [
    (Wrong(same, closes=False), "closes_its_input_when_nothing_is_taken"),
    (Wrong(same, closes=False), "closes_its_input_when_dropped_half_way"),
    (Wrong(same, eager=True), "nothing_is_read_before_a_part_is_asked_for"),
    (Wrong(swallows), "an_error_of_the_input_passes"),
    (Wrong(wraps), "an_error_of_the_input_passes"),
    (Wrong(collects), "output_begins_before_the_input_ends"),
    (Wrong(hoards), "memory_is_bounded"),
    (Wrong(stops), "empty_chunks_are_no_end"),
    (Wrong(loses_last_byte), "nothing_is_lost"),
    (Wrong(joins), "chunks_are_bytes_of_at_most_a_mebibyte"),
    (Wrong(as_text), "text_is_not_changed"),
    (Wrong(same, size=7), "size_is_true_or_unknown"),
    (Wrong(same, forgets=True), "metadata_and_folder_are_kept"),
    (Wrong(same, name="a.txt"), "metadata_and_folder_are_kept")])
def test_it_finds(step: Wrong, test: str) -> None:
    assert test in failures(step, Small())


def test_it_finds_a_compressor_that_depends_on_chunks() -> None:
    assert "chunks_do_not_matter" in failures(Wrong(by_chunk), Deflated())

"""The suite every step must pass. Subclass it, give it a step, and that is the test file.

    class TestMine(StepSuite):
        examples = [("a.txt", b"hello", "a.txt.mine", b"HELLO")]

        @pytest.fixture
        def step(self) -> Iterator[Step]:
            yield Mine(...)

A step that changes bytes says how they are read back (`plain`), and one that needs bytes of a
certain kind how they are made (`given`).
"""
from __future__ import annotations

import gc
import hashlib
import tracemalloc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from typing import ClassVar

import pytest

from ..model.errors import Cancelled, Unavailable
from ..model.files import Part, Stream
from ..ports import Step

MOMENT = 1_600_000_000_000_000_000
MIB = 1 << 20


def content(size: int, seed: bytes = b"haulier") -> bytes:
    """Bytes that look random and are the same every time."""
    return hashlib.shake_128(seed).digest(size)


def only(parts: Iterable[Part]) -> Part:
    """The one part that there is."""
    part, = parts
    return part


def drain(part: Part) -> bytes:
    return b"".join(part.body)


class Watched:
    """A body that tells how much was taken from it, and whether it was closed."""

    def __init__(self, chunks: Iterable[bytes], *, fails: bool = False) -> None:
        self.chunks, self.fails = chunks, fails
        self.taken = self.closed = 0

    def body(self) -> Stream:
        """The chunks; with `fails`, and then an error."""
        try:
            yield b""
            for chunk in self.chunks:
                self.taken += len(chunk)
                yield chunk
            if self.fails:
                raise Unavailable("source went away")
        finally:
            self.closed += 1

    def part(self, name: str, size: int | None = None) -> Part:
        """A part with this body, opened already."""
        self._kept = body = self.body()  # kept, so that nothing but close() closes it
        next(body)
        return Part(name, body, size, MOMENT, 0o640, {"kept": "yes"})


class StepSuite:
    """Override the `step` fixture; for a step that changes bytes also `given` or `plain`."""

    examples: ClassVar[Sequence[tuple[str, bytes, str, bytes]]] = ()
    """Name and bytes that go in, name and bytes that must come out."""
    name: ClassVar[str] = "a.txt"
    """A name that the step has something to do with."""
    streams: ClassVar[bool] = True
    """Whether output begins long before the input ends."""
    mebibytes: ClassVar[int] = 64
    """How long the long stream is."""
    memory: ClassVar[int] = 12 * MIB
    """Bytes that Python may hold at any time while the long stream passes."""

    @pytest.fixture
    def step(self) -> Iterator[Step]:
        raise NotImplementedError

    def given(self, plain: bytes) -> bytes:
        """What goes in so that `plain` comes out."""
        return plain

    def plain(self, data: bytes) -> bytes:
        """What is in the bytes that came out."""
        return data

    def long(self) -> Iterator[bytes]:
        """Input of `mebibytes` MiB, in chunks: what `given` makes, many times over."""
        block = self.given(content(MIB))
        for _ in range(self.mebibytes):
            yield from (block[at:at + MIB] for at in range(0, len(block), MIB))

    def part(self, plain: bytes, chunk: int = MIB) -> Part:
        data = self.given(plain)
        return Watched(cut(data, chunk)).part(self.name, len(data))

    # What comes out

    def test_examples(self, step: Step) -> None:
        if not self.examples:
            pytest.skip("has none")
        for name, data, new_name, new_data in self.examples:
            for at in (len(data) // 2, 0):
                part = only(step(Watched([data[:at], data[at:]]).part(name, len(data))))
                assert (part.name, drain(part)) == (new_name, new_data)

    @pytest.mark.parametrize("size", [0, 1, 4095, MIB, MIB + 1])
    def test_nothing_is_lost(self, step: Step, size: int) -> None:
        plain = content(size)
        assert self.plain(drain(only(step(self.part(plain))))) == plain

    def test_text_is_not_changed(self, step: Step) -> None:
        plain = b"one;two;three\r\n\0\xff" * 50_000
        assert self.plain(drain(only(step(self.part(plain))))) == plain

    def test_chunks_do_not_matter(self, step: Step) -> None:
        plain = content(300_000) + b"haulier" * 10_000
        whole = drain(only(step(self.part(plain))))
        assert self.plain(whole) == plain
        for chunk in (997, 64 * 1024, 256 * 1024 + 1):
            cut_up = drain(only(step(self.part(plain, chunk))))
            assert self.plain(cut_up) == plain
            assert cut_up == whole or not step.repeatable
        small = content(2000)
        tiny = drain(only(step(self.part(small, 1))))
        assert self.plain(tiny) == small

    def test_empty_chunks_are_no_end(self, step: Step) -> None:
        data = self.given(content(1000))
        part = Watched([b"", data[:500], b"", b"", data[500:], b""]).part(self.name)
        assert self.plain(drain(only(step(part)))) == content(1000)

    def test_repeatable_means_the_same_bytes_again(self, step: Step) -> None:
        if not step.repeatable:
            pytest.skip("says that it is not")
        data = self.given(content(MIB + 1))
        first, second = (drain(only(step(Watched([data]).part(self.name)))) for _ in range(2))
        assert first == second

    def test_chunks_are_bytes_of_at_most_a_mebibyte(self, step: Step) -> None:
        for plain in (content(3 * MIB), bytes(3 * MIB)):
            body = only(step(self.part(plain))).body
            assert all(type(chunk) is bytes and 0 < len(chunk) <= MIB for chunk in body)

    def test_size_is_true_or_unknown(self, step: Step) -> None:
        part = only(step(self.part(content(100_000))))
        data = drain(part)
        assert part.size in (None, len(data))

    def test_metadata_and_folder_are_kept(self, step: Step) -> None:
        data = self.given(b"x")
        part = only(step(Watched([data]).part(f"in/deep er/{self.name}", len(data))))
        assert (part.modified, part.mode, part.meta) == (MOMENT, 0o640, {"kept": "yes"})
        assert part.name.startswith("in/deep er/") and part.name.count("/") == 2
        drain(part)

    # When and how much is read

    def test_nothing_is_read_before_a_part_is_asked_for(self, step: Step) -> None:
        source = Watched([self.given(content(1000))])
        parts = step(source.part(self.name))
        assert source.taken == 0
        assert self.plain(b"".join(drain(part) for part in parts)) == content(1000)

    def test_output_begins_before_the_input_ends(self, step: Step) -> None:
        if not self.streams:
            pytest.skip("needs the whole of it")
        source = Watched(self.long())
        part = only(step(source.part(self.name)))
        next(part.body)
        assert source.taken <= 8 * MIB
        close(part)

    def test_memory_is_bounded(self, step: Step) -> None:
        limit = self.memory + len(self.given(content(MIB)))
        chunks = self.long()
        source = Watched(chain([next(chunks)], chunks))  # what it is made of is not counted
        gc.collect()
        tracemalloc.start()
        try:
            for part in step(source.part(self.name)):
                for _ in part.body:
                    pass
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < limit
        assert source.taken >= self.mebibytes * MIB // 2

    # Ends of all kinds

    def test_closes_its_input_at_the_end(self, step: Step) -> None:
        source = Watched([self.given(content(1000))])
        drain(only(step(source.part(self.name))))
        assert source.closed == 1

    def test_closes_its_input_when_dropped_half_way(self, step: Step) -> None:
        source = Watched(self.long())
        part = only(step(source.part(self.name)))
        next(part.body)
        close(part)
        assert source.closed == 1

    def test_closes_its_input_when_nothing_is_taken(self, step: Step) -> None:
        source = Watched([self.given(content(1000))])
        close(only(step(source.part(self.name))))
        assert source.closed == 1

    def test_closing_twice_is_fine(self, step: Step) -> None:
        part = only(step(self.part(content(1000))))
        drain(part)
        close(part)
        close(part)

    @pytest.mark.parametrize("share", [0, 0.5, 1])
    def test_an_error_of_the_input_passes(self, step: Step, share: float) -> None:
        data = self.given(content(MIB))
        source = Watched(cut(data[:int(len(data) * share)], 100_000), fails=True)
        with pytest.raises(Unavailable, match="source went away"):
            drain(only(step(source.part(self.name))))
        assert source.closed == 1

    def test_being_asked_to_stop_is_no_other_error(self, step: Step) -> None:
        def stop() -> None:
            raise Cancelled("stopped")

        source = Watched([self.given(content(1000))])
        with suppress(Cancelled):
            drain(only(step(replace(source.part(self.name), stop_if_asked=stop))))
        assert source.closed == 1

    def test_can_be_used_for_many_parts(self, step: Step) -> None:
        first, second = (only(step(self.part(content(MIB, seed)))) for seed in (b"1", b"2"))
        assert self.plain(drain(second)) == content(MIB, b"2")
        assert self.plain(drain(first)) == content(MIB, b"1")


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at:at + size] for at in range(0, len(data), size))


def close(part: Part) -> None:
    assert isinstance(part.body, Iterator)
    getattr(part.body, "close")()  # noqa: B009

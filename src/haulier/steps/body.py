"""Bodies of parts: how they are cut, handed on, and let go of."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import TypeAlias

from ..model.files import Stream
from ..model.names import joined, split

BLOCK = 256 * 1024
CHUNK = 1 << 20

Block: TypeAlias = bytes | bytearray | memoryview


def owned(chunks: Iterable[bytes], *release: Callable[[], None]) -> Stream:
    """`chunks` as a stream that calls every `release` once it ends, fails, is closed or dropped.

    That holds for a stream nobody ever took a byte from, too.
    """
    stream = _owned(chunks, release)
    next(stream)
    return stream


def _owned(chunks: Iterable[bytes], release: tuple[Callable[[], None], ...]) -> Stream:
    with ExitStack() as stack:
        for function in release:
            stack.callback(function)
        yield b""  # taken by owned(): only a generator that has started runs its exits
        yield from chunks


def let_go(body: Iterator[bytes]) -> None:
    """Close `body` if it can be closed."""
    close = getattr(body, "close", None)
    if close is not None:
        close()


def blocks(body: Iterable[bytes], size: int = BLOCK) -> Iterator[Block]:
    """The same bytes cut every `size` bytes, whatever the chunks were; the last may be shorter.

    Compressors answer differently to different chunks; a repeatable step must not.
    """
    held = bytearray()
    for chunk in body:
        at = 0
        if held:
            at = min(size - len(held), len(chunk))
            held += chunk[:at]
            if len(held) < size:
                continue
            yield held
            held = bytearray()
        view = memoryview(chunk)
        while len(view) - at >= size:
            yield view[at:at + size]
            at += size
        held += view[at:]
    if held:
        yield held


def pieces(data: bytes, size: int = CHUNK) -> Iterator[bytes]:
    """`data` in chunks that a stream may have; nothing if it is empty."""
    if 0 < len(data) <= size:
        yield data
        return
    for at in range(0, len(data), size):
        yield data[at:at + size]


def renamed(path: str, change: Callable[[str], str]) -> str:
    """`path` with its base name changed and its folder kept."""
    folder, name = split(path)
    return joined(folder, change(name))


def stem_and_extension(name: str) -> tuple[str, str]:
    """`a.tar.gz` as ('a', '.tar.gz'), `a.b.txt` as ('a.b', '.txt'), `.profile` as itself and ''."""
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem.strip(".") or not extension:
        return name, ""
    if stem.lower().endswith(".tar") and len(stem) > len(".tar"):
        return stem[:-4], f"{stem[-4:]}.{extension}"
    return stem, f".{extension}"

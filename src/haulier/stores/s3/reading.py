"""A file's bytes: one request for a small one, ranges fetched ahead for a big one."""
from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from typing import NamedTuple

from ...http.answer import Answer
from ...model.errors import Busy, Unavailable
from ...model.files import Stream
from .answers import tag
from .checksums import verify
from .client import Call, Client, Refused
from .pool import Leash

RANGE = 4 << 20
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class Wanted(NamedTuple):
    """What is asked of which file; `path` is what its reader calls it."""

    path: str
    key: str
    start: int
    end: int | None


class Ranges:
    """Reads ranges in order, up to `ahead` of them before they are asked for."""

    def __init__(self, client: Client, pool: Executor, *, ahead: int, checked: bool) -> None:
        self._client = client
        self._pool = pool
        self._ahead = ahead
        self._headers = {"x-amz-checksum-mode": "ENABLED"} if checked else {}
        self._leash = Leash()
        self._window: deque[Future[list[bytes]]] = deque()

    def read(self, wanted: Wanted) -> Stream:
        first = wanted.start + RANGE if wanted.end is None else min(wanted.end,
                                                                   wanted.start + RANGE)
        call = self._call(wanted, wanted.start, first)
        try:
            answer = self._client.open(call)
        except Refused as refused:
            if refused.why.status == 416:
                return      # it ends before
            raise refused.error from refused
        try:
            yield from self._all(wanted, call, answer)
        finally:
            self._client.release(call, answer)
            self._stop()

    def _call(self, wanted: Wanted, start: int, end: int, match: str = "") -> Call:
        headers = {**self._headers, "range": f"bytes={start}-{end - 1}"}
        if match:
            headers["if-match"] = f'"{match}"'
        return Call("GET", wanted.key, headers=headers, leash=self._leash)

    def _all(self, wanted: Wanted, call: Call, answer: Answer) -> Iterator[bytes]:
        begins, ends, size = _extent(answer)
        if answer.status == 200:    # the server took no notice of the range
            yield from _between(self._body(call, answer), wanted.start, wanted.end)
            return
        stop = size if wanted.end is None else min(wanted.end, size)
        rest = iter(range(ends, stop, RANGE))
        match = tag(answer.headers.get("etag", ""))
        self._look_ahead(wanted, rest, stop, match)
        if begins == 0 and ends == size:
            yield from self._verified(wanted, call, answer)
        else:
            yield from self._body(call, answer)
        while self._window:
            chunks = deque(self._window.popleft().result())
            self._look_ahead(wanted, rest, stop, match)
            while chunks:
                yield chunks.popleft()

    def _look_ahead(self, wanted: Wanted, rest: Iterator[int], stop: int, match: str) -> None:
        while len(self._window) < self._ahead and (start := next(rest, None)) is not None:
            call = self._call(wanted, start, min(start + RANGE, stop), match)
            self._window.append(self._pool.submit(self._fetch, wanted, call))

    def _fetch(self, wanted: Wanted, call: Call) -> list[bytes]:
        try:
            answer = self._client.open(call)
        except Refused as refused:
            if refused.why.status == 412:
                raise Busy(f"{wanted.path}: changed while it was being read") from refused
            raise refused.error from refused
        try:
            if answer.status != 206:
                raise Unavailable(f"{wanted.path}: the server left out the range it was asked for")
            return list(self._body(call, answer))
        finally:
            self._client.release(call, answer)

    def _verified(self, wanted: Wanted, call: Call, answer: Answer) -> Iterator[bytes]:
        chunks = []
        for chunk in self._body(call, answer):
            chunks.append(chunk)
            yield chunk
        verify(wanted.path, answer.headers, chunks)

    def _body(self, call: Call, answer: Answer) -> Iterator[bytes]:
        try:
            yield from answer.chunks()
        except OSError as error:
            raise self._client.lost(call, error) from error

    def _stop(self) -> None:
        for future in self._window:
            future.cancel()
        self._leash.cut()


def _extent(answer: Answer) -> tuple[int, int, int]:
    """Where the answer begins, where it ends, and the size of the file."""
    found = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", ""))
    if found:
        return int(found[1]), int(found[2]) + 1, int(found[3])
    return 0, answer.length or 0, answer.length or 0


def _between(chunks: Iterator[bytes], start: int, end: int | None) -> Iterator[bytes]:
    at = 0
    for chunk in chunks:
        piece = chunk[max(0, start - at):None if end is None else max(0, end - at)]
        at += len(chunk)
        if piece:
            yield piece
        if end is not None and at >= end:
            return

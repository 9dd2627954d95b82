"""Copies that the service makes itself, whole or part by part."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from typing import NamedTuple
from urllib.parse import quote

from ...model.errors import Busy, HaulierError
from ...model.files import Entry
from .client import Call, Client, Refused
from .upload import MARK, Sent, Target, Uploads, answered

_ABREAST = 8
_OUTSIDE = {"InvalidRange", "InvalidArgument"}
"""What services say of a range that the origin, as it was seen, did have."""
_KEPT = ("content-type", "content-encoding", "content-language", "content-disposition",
         "cache-control", "expires")


class Origin(NamedTuple):
    """The object to copy from, as it was seen."""

    bucket: str
    key: str
    entry: Entry

    def headers(self, start: int = 0, end: int | None = None) -> dict[str, str]:
        """What names it in a copy request; a range only if it is not all of it."""
        headers = {"x-amz-copy-source": quote(f"/{self.bucket}/{self.key}", safe="/~")}
        if self.entry.tag:
            headers["x-amz-copy-source-if-match"] = f'"{self.entry.tag}"'
        if end is not None and (start, end) != (0, self.entry.size):
            headers["x-amz-copy-source-range"] = f"bytes={start}-{end - 1}"
        return headers


def copy_whole(client: Client, origin: Origin, key: str, extra: Mapping[str, str]) -> None:
    """One request; Busy if the origin is no longer as it was seen."""
    try:
        answered(client, Call("PUT", key, headers={**extra, **origin.headers()}))
    except Refused as refused:
        raise changed(origin, refused) from refused


def copy_parts(uploads: Uploads, pool: Executor, target: Target, origin: Origin,
               start: int = 0) -> Iterator[int]:
    """The origin into an upload, several parts at a time: how many bytes in a row are there."""
    size, rule = origin.entry.size, target.state.plan
    number = 1 + start // rule.first
    while start < size:
        batch: list[Future[Sent]] = []
        while start < size and len(batch) < _ABREAST:
            end = min(start + rule.size(number), size)
            batch.append(pool.submit(_part, uploads, target, number, origin, start, end))
            start, number = end, number + 1
        for future in batch:
            future.exception()      # all of them, before one fails
        yield sum(future.result().size for future in batch)


def kept(headers: Mapping[str, str]) -> dict[str, str]:
    """What a copy takes over from its origin's headers."""
    return {name: value for name, value in headers.items()
            if name in _KEPT or (name.startswith("x-amz-meta-") and name != MARK)}


def changed(origin: Origin, refused: Refused) -> HaulierError:
    """The error for a refused copy."""
    if refused.why.status == 412 or refused.why.code in _OUTSIDE:
        return Busy(f"{origin.key}: changed while it was being copied")
    return refused.error


def _part(uploads: Uploads, target: Target, number: int, origin: Origin, start: int,
          end: int) -> Sent:
    try:
        return uploads.copy(target, number, end - start, origin.headers(start, end))
    except Refused as refused:
        raise changed(origin, refused) from refused

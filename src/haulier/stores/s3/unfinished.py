"""Multipart uploads that nobody has completed yet, as drafts."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...model.errors import NotFound
from ...model.files import Entry
from .answers import Element, moment, parsed, text
from .client import Call, Client
from .listing import fault
from .plan import LEAST, Plan, State

_UPLOADS = {"key-marker": "NextKeyMarker", "upload-id-marker": "NextUploadIdMarker"}
_PARTS = {"part-number-marker": "NextPartNumberMarker"}


def unfinished(client: Client, root: str, folder: str) -> Iterator[Entry]:
    """The uploads in and below `folder`, whatever program began them: S3 does not tell."""
    query = [("uploads", ""), ("prefix", f"{root}{folder}/" if folder else root)]   # encodings differ: none
    for page in _pages(client, "", query, _UPLOADS):
        for item in page.iter("Upload"):
            key, upload = text(item, "Key"), text(item, "UploadId")
            try:
                size, modified = _reached(client, key, upload, moment(text(item, "Initiated")))
            except NotFound:
                continue    # completed or aborted since
            path = key[len(root):]
            yield Entry(path, size, modified, State(upload, "", Plan(LEAST), "").dump(), fault=fault(path))


def _reached(client: Client, key: str, upload: str, begun: int | None) -> tuple[int, int | None]:
    """How many bytes are there, and when the last of them came."""
    size, last = 0, begun
    for page in _pages(client, key, [("uploadId", upload)], _PARTS):
        for part in page.iter("Part"):
            size += int(text(part, "Size") or 0)
            came = moment(text(part, "LastModified"))
            last = max(last or 0, came or 0) or None
    return size, last


def _pages(client: Client, key: str, query: Sequence[tuple[str, str]], marks: Mapping[str, str]
           ) -> Iterator[Element]:
    """Every page of a listing; `marks`: how to ask for the next, and where its value is in this one."""
    after: list[tuple[str, str]] = []
    while True:
        page = parsed(client.do(Call("GET", key, [*query, *after])).body,
                      "ListMultipartUploadsResult", "ListPartsResult")
        yield page
        after = [(name, text(page, element)) for name, element in marks.items()]
        if text(page, "IsTruncated") != "true" or not after[0][1]:
            return

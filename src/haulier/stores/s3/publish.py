"""The moment when a draft becomes a file: at once or not at all, and known again afterwards."""
from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from ...model.errors import AlreadyExists, Corrupt, HaulierError, NotFound, Unavailable
from ...model.files import Draft, Entry, Outcome
from .answers import entry, tag
from .checksums import is_scrambled, of_parts
from .client import Call, Client, Refused
from .plan import State
from .upload import MARK, Sent, Target, Uploads, described

_MULTIPART = re.compile(r"[0-9a-f]{32}-\d+")
_REMEMBERED = 20_000    # files published by put() whose publish() is still to come


class Publisher:
    """Completes uploads and puts small files; `key` turns a path into an object's key.

    Every object gets a mark in its metadata where it may be asked later whether it is ours: when
    the answer to a request was lost, or where nothing may be replaced.
    """

    def __init__(self, client: Client, uploads: Uploads, key: Callable[[str], str]) -> None:
        self._client = client
        self._uploads = uploads
        self._key = key
        self._put: OrderedDict[tuple[str, str], Entry] = OrderedDict()

    def put(self, work: tuple[Draft, bytes]) -> Outcome:
        """A whole small file, visible at once."""
        draft, data = work
        try:
            found = self._at_once(draft, data)
        except HaulierError as error:
            return Outcome(draft.path, error)
        self._put[draft.path, draft.temp] = found
        if len(self._put) > _REMEMBERED:
            self._put.popitem(last=False)
        return Outcome(draft.path, entry=found)

    def remembered(self, draft: Draft) -> Entry | None:
        """What put() made of this draft, told once."""
        return self._put.pop((draft.path, draft.temp), None)

    def publish(self, draft: Draft) -> Entry:
        if not draft.state:
            return self.remembered(draft) or self._found(draft)
        key, state = self._key(draft.path), State.load(draft.path, draft.state)
        if not draft.replace and (there := self._there(draft.path)) is not None:
            if not _is_ours(there, state.mark, draft.offset):
                raise _taken(draft)
            return entry(draft.path, there)
        if state.upload:
            return self._completed(draft, Target(key, state))
        headers = self._send(draft, b"", state.mark)
        return self._looked_at(draft, headers.get("etag", ""))

    def _completed(self, draft: Draft, target: Target) -> Entry:
        try:
            parts = self._uploads.parts(target, draft.offset)
            etag = self._uploads.complete(target, parts, replace=draft.replace)
        except (NotFound, Unavailable) as error:
            there = self._there(draft.path)     # completed, and the answer was lost?
            if there is not None and _is_ours(there, target.state.mark, draft.offset):
                return entry(draft.path, there)
            if isinstance(error, Unavailable):  # which some say of an upload that is gone
                self._uploads.parts(target, draft.offset, sure=True)
            raise
        return self._looked_at(draft, etag, parts)

    def _looked_at(self, draft: Draft, etag: str, parts: Sequence[Sent] = ()) -> Entry:
        """What is there just after it was published; as it was sent if somebody has taken it away at once."""
        there = self._there(draft.path)
        if there is None:
            return Entry(draft.path, draft.offset, None, tag(etag))
        if parts and there.get(MARK) == State.load(draft.path, draft.state).mark:
            _verify(draft, parts, there)
        return entry(draft.path, there)

    def _at_once(self, draft: Draft, data: bytes) -> Entry:
        mark = "" if draft.replace else f"{_short(draft.temp.encode())}-{_short(data)}"
        there = None if draft.replace else self._there(draft.path)
        if there is not None:
            if _is_ours(there, mark, len(data)):
                return entry(draft.path, there)
            raise _taken(draft)
        headers = self._send(draft, data, mark)
        return Entry(draft.path, len(data), None, tag(headers.get("etag", "")))

    def _send(self, draft: Draft, data: bytes, mark: str) -> Mapping[str, str]:
        headers = described(draft, mark)
        if not draft.replace:
            headers["if-none-match"] = "*"
        pieces = [data] if data else []
        call = Call("PUT", self._key(draft.path), (), headers, pieces, again=draft.replace)
        try:
            return self._uploads.put(call).headers
        except Refused as refused:
            if not draft.replace and refused.why.status in {409, 412}:
                raise _taken(draft) from refused
            if not draft.replace and refused.why.status == 501:
                return self._send(draft._replace(replace=True), data, mark)
            raise refused.error from refused

    def _found(self, draft: Draft) -> Entry:
        """What is there under a draft of which nothing is known but that it was put."""
        there = self._head(draft.path)
        if not draft.replace and not there.get(MARK, "").startswith(_short(draft.temp.encode())):
            raise _taken(draft)
        return entry(draft.path, there)

    def _head(self, path: str) -> Mapping[str, str]:
        return self._client.do(Call("HEAD", self._key(path))).headers

    def _there(self, path: str) -> Mapping[str, str] | None:
        try:
            return self._head(path)
        except NotFound:
            return None


def _verify(draft: Draft, parts: Sequence[Sent], there: Mapping[str, str]) -> None:
    size, found = int(there.get("content-length", "-1")), tag(there.get("etag", ""))
    if size != draft.offset:
        raise Corrupt(f"{draft.path}: {size} bytes arrived, {draft.offset} were sent")
    expected = of_parts([part.tag for part in parts])
    if (expected and found != expected and _MULTIPART.fullmatch(found)
            and not is_scrambled(there)):
        raise Corrupt(f"{draft.path}: the file is not made of the parts that were sent "
                      f"(its ETag is {found}, not {expected})")


def _is_ours(there: Mapping[str, str], mark: str, size: int) -> bool:
    return there.get(MARK) == mark and there.get("content-length") == str(size)


def _taken(draft: Draft) -> AlreadyExists:
    return AlreadyExists(f"{draft.path}: there is a file with this name")


def _short(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()

"""S3 as a store."""
from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from ...model.errors import AlreadyExists, Busy, HaulierError, IsFolder, NotFound, Unsupported
from ...model.files import Cap, Draft, Entry, Outcome, Stream
from ...model.names import checked
from ...ports import Store
from . import copying
from .answers import entry, tag
from .checksums import Proof, verify
from .client import Call, Client, Refused
from .copying import Origin
from .crew import Crew
from .listing import entries, folders, page
from .plan import PARTS, Plan, State, cut, plan
from .publish import Publisher
from .reading import Ranges, Wanted
from .sending import Sending
from .unfinished import unfinished
from .upload import Target, Uploads, described

IN_FLIGHT: Final = 64 << 20
"""Bytes of one file in memory at most, unless a single part is larger."""
AHEAD = 3
"""Ranges fetched before they are asked for: what is lost when the process dies, so not more than a part."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the store goes about it."""

    prefix: str = ""
    checksum: str = "auto"
    connections: int = 16
    part: int = 8 << 20
    even_parts: bool = False
    copy_limit: int = 5 << 30
    """Bytes above which a copy is made in parts."""
    copy_part: int = 256 << 20
    """Bytes of such a part; more at once takes the service long without a sign of life."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Headers of new objects: storage class, encryption."""


class S3(Store):
    """The files below a key prefix of one bucket.

    Cap.ATOMIC: a draft is a multipart upload until it is published, so nothing is listed before;
    but write_many() publishes each file at once, by the PUT that sends it, whole or not at all,
    and publish_many() then only tells what is there (`modified` is None where the server was not
    asked again). `modified` is when the object was stored: S3 lets nobody set it; the draft's own
    time is kept as metadata, `x-amz-meta-mtime`. move() is a copy followed by a delete.
    """

    caps = Cap.ATOMIC | Cap.RESUME | Cap.RANGE | Cap.COPY | Cap.MOVE | Cap.MANY | Cap.PULL
    lanes = 2

    def __init__(self, client: Client, options: Options) -> None:
        if options.checksum != "none":
            self.caps |= Cap.CHECKED
        self.part = options.part
        self._options = options
        self._client = client
        self._root = f"{options.prefix}/" if options.prefix else ""
        self._proof = Proof(options.checksum)
        self._uploads = Uploads(client, self._proof, options.extra)
        self._publisher = Publisher(client, self._uploads, self._key)
        self._pool = ThreadPoolExecutor(options.connections, "s3")

    def connect(self) -> None:
        """Ask the bucket something, unless it has answered before."""
        if self._client.is_welcome:
            return
        query = [("list-type", "2"), ("prefix", self._root), ("max-keys", "1")]
        try:
            self._client.ask(Call("GET", query=query))
        except Refused as refused:
            if refused.why.code != "AccessDenied":  # who may not list may still be allowed to write
                raise refused.error from refused

    def scan(self, prefix: str = "", *, deep: bool = False) -> Iterator[Entry]:
        folder = checked(prefix.rstrip("/")) if prefix else ""
        return entries(self._client, self._pool, self._root, folder, deep=deep)

    def folders(self, prefix: str = "") -> Iterator[str]:
        return folders(self._client, self._root, checked(prefix) if prefix else "")

    def drafts(self, prefix: str = "") -> Iterator[Entry]:
        return unfinished(self._client, self._root, checked(prefix) if prefix else "")

    def stat(self, path: str) -> Entry:
        try:
            return entry(path, self._head(path))
        except NotFound:
            if page(self._client, f"{self._key(path)}/", most=1).objects:
                raise IsFolder(f"{path}: not a file but a folder") from None
            raise

    def read(self, path: str, *, start: int = 0, end: int | None = None) -> Stream:
        key = self._key(path)
        if end is not None and end <= start:
            self.stat(path)
            return
        ahead = min(self._options.connections, AHEAD)
        ranges = Ranges(self._client, self._pool, ahead=ahead, checked=self._proof.is_native)
        yield from ranges.read(Wanted(path, key, start, end))

    def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
        key = self._key(draft.path)
        target = self._resumed(draft, key)
        rule = target.state.plan if target else plan(draft.size, self.part,
                                                     even=self._options.even_parts)
        number = rule.number(draft.offset)
        parts = cut(body, rule, number)
        first = next(parts, None)
        if first is None:
            yield draft if target else draft._replace(state=_nothing())
            return
        if rule.start(number) != draft.offset:
            raise NotFound(f"{draft.path}: its upload ended here: start it again")
        if target is None:
            target = self._uploads.begin(key, rule, described(draft))
            draft = draft._replace(state=target.state.dump())
            yield draft
        width = max(1, min(self._options.connections, IN_FLIGHT // rule.size(number) - 1))
        sending = Sending(self._uploads, self._pool, width, draft.offset, target)
        for offset in sending.send(chain([first], parts)):
            yield draft._replace(offset=offset)

    def publish(self, draft: Draft) -> Entry:
        return self._publisher.publish(draft)

    def discard(self, draft: Draft) -> None:
        """Abort the upload; what write_many() has published stays."""
        self._publisher.remembered(draft)
        with suppress(NotFound):
            state = State.load(draft.path, draft.state)
            if state.upload:
                self._uploads.abort(Target(self._key(draft.path), state))

    def recover(self, draft: Draft) -> Draft:
        if not draft.state:
            raise NotFound(f"{draft.path}: its upload is not known: start it again")
        state = State.load(draft.path, draft.state)
        if not state.upload:
            return draft
        target = Target(self._key(draft.path), state)
        return draft._replace(offset=self._uploads.reached(target, {draft.size, draft.offset}))

    def delete(self, path: str) -> None:
        self._head(path)
        self._client.do(Call("DELETE", self._key(path)))

    def copy(self, path: str, to: str) -> Entry:
        headers = self._head(path)
        origin = Origin(self._client.place.bucket, self._key(path), entry(path, headers))
        if path == to:
            return origin.entry
        if origin.entry.size <= self._options.copy_limit:
            copying.copy_whole(self._client, origin, self._key(to), self._options.extra)
        else:
            self._copy_in_parts(origin, to, headers)
        return self.stat(to)

    def move(self, path: str, to: str, *, replace: bool = True) -> Entry:
        if not replace and self._exists(to):
            raise AlreadyExists(f"{to}: there is a file with this name")
        moved = self.copy(path, to)
        if path != to:
            self._client.do(Call("DELETE", self._key(path)))
        return moved

    def pull(self, draft: Draft, source: Store, entry: Entry) -> Iterator[Draft]:
        if not isinstance(source, S3) or not self._is_beside(source):
            raise Unsupported(f"{draft.path}: only copied inside one S3 service with one set of "
                              "credentials")
        origin = Origin(source._client.place.bucket, source._key(entry.path), entry)
        return self._pulled(draft, origin)

    def read_many(self, entries: Iterable[Entry]) -> Iterator[Outcome]:
        return Crew(self._read_one, self._options.connections).each(entries)

    def write_many(self, drafts: Iterable[tuple[Draft, bytes]]) -> Iterator[Outcome]:
        return Crew(self._publisher.put, self._options.connections).each(drafts)

    def publish_many(self, drafts: Iterable[Draft]) -> Iterator[Outcome]:
        others = []
        for draft in drafts:
            found = None if draft.state else self._publisher.remembered(draft)
            if found is None:
                others.append(draft)
            else:
                yield Outcome(draft.path, entry=found)
        yield from Crew(self._publish_one, self._options.connections).each(others)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._client.close()

    def _key(self, path: str) -> str:
        return self._root + checked(path)

    def _head(self, path: str) -> Mapping[str, str]:
        return self._client.do(Call("HEAD", self._key(path))).headers

    def _exists(self, path: str) -> bool:
        try:
            self._head(path)
        except NotFound:
            return False
        return True

    def _resumed(self, draft: Draft, key: str) -> Target | None:
        """The upload to go on with, whose first `offset` bytes are there; None for a new one."""
        if not draft.state:
            if draft.offset:
                raise NotFound(f"{draft.path}: its upload is not known: start it again")
            return None
        if not draft.offset:
            self.discard(draft)
            return None
        target = Target(key, State.load(draft.path, draft.state))
        self._uploads.parts(target, draft.offset, sure=True)
        return target

    def _copy_in_parts(self, origin: Origin, to: str, headers: Mapping[str, str]) -> None:
        rule = plan(origin.entry.size, self._options.copy_part)
        target = self._uploads.begin(self._key(to), rule, copying.kept(headers))
        try:
            for _ in copying.copy_parts(self._uploads, self._pool, target, origin):
                pass
            parts = self._uploads.parts(target, origin.entry.size)
            self._uploads.complete(target, parts, replace=True)
        except BaseException:
            self._uploads.abort(target)
            raise

    def _is_beside(self, other: S3) -> bool:
        mine, its = self._client, other._client
        return (mine.place.endpoint_url == its.place.endpoint_url
                and mine.wallet().access == its.wallet().access)

    def _pulled(self, draft: Draft, origin: Origin) -> Iterator[Draft]:
        target = self._resumed(draft, self._key(draft.path))
        if not origin.entry.size:
            yield draft._replace(offset=0, state=_nothing())
            return
        if target is None:
            rule = plan(origin.entry.size, self._options.copy_part)
            target = self._uploads.begin(self._key(draft.path), rule, described(draft))
            draft = draft._replace(offset=0, state=target.state.dump())
        yield draft
        offset = draft.offset
        for done in copying.copy_parts(self._uploads, self._pool, target, origin, offset):
            offset += done
            yield draft._replace(offset=offset)

    def _read_one(self, entry: Entry) -> Outcome:
        try:
            return Outcome(entry.path, data=self._whole(entry))
        except HaulierError as error:
            return Outcome(entry.path, error)

    def _whole(self, listed: Entry) -> bytes:
        headers = {"x-amz-checksum-mode": "ENABLED"} if self._proof.is_native else {}
        if listed.tag:
            headers["if-match"] = f'"{listed.tag}"'
        try:
            answer = self._client.ask(Call("GET", self._key(listed.path), headers=headers))
        except Refused as refused:
            if refused.why.status == 412:
                raise _changed(listed) from refused
            raise refused.error from refused
        found = tag(answer.headers.get("etag", ""))
        if len(answer.body) != listed.size or (listed.tag and found != listed.tag):
            raise _changed(listed)
        verify(listed.path, answer.headers, [answer.body])
        return answer.body

    def _publish_one(self, draft: Draft) -> Outcome:
        try:
            return Outcome(draft.path, entry=self.publish(draft))
        except HaulierError as error:
            return Outcome(draft.path, error)


def _changed(listed: Entry) -> Busy:
    return Busy(f"{listed.path}: no longer as it was listed")


def _nothing() -> str:
    """The state of a draft without a byte, for which there is no upload."""
    return State("", secrets.token_hex(8), Plan(PARTS), "").dump()

"""Bodies on their way in: single puts, and the multipart protocol of S3."""
from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Container, Mapping
from typing import NamedTuple
from xml.sax.saxutils import escape

from ...http.answer import Answer
from ...model.errors import AlreadyExists, NotFound
from ...model.files import Draft
from .answers import Element, parsed, tag, text
from .checksums import ELEMENTS, HEADERS, Proof, combined
from .client import Call, Client, Refused
from .faults import refusal
from .plan import Cut, Plan, State
from .pool import Leash

MARK = "x-amz-meta-haulier-draft"
"""Metadata that says which draft an object was: how a lost answer to publish() is made good."""
_REMEMBERED = 256       # uploads


class Sent(NamedTuple):
    """One part as the server has it."""

    number: int
    tag: str
    size: int
    checksum: str = ""


class Target(NamedTuple):
    """An upload under way."""

    key: str
    state: State


def described(draft: Draft, mark: str = "") -> dict[str, str]:
    """Metadata of a draft: its time as rclone and others write it, and the mark."""
    headers = {}
    if draft.modified is not None:
        seconds, rest = divmod(draft.modified, 1_000_000_000)
        headers["x-amz-meta-mtime"] = f"{seconds}.{rest:09d}".rstrip("0").rstrip(".")
    if mark:
        headers[MARK] = mark
    return headers


class Uploads:
    """The multipart uploads of one bucket. `extra` headers make new objects what they should be."""

    def __init__(self, client: Client, proof: Proof, extra: Mapping[str, str]) -> None:
        self.proof = proof
        self.extra = extra
        self._client = client
        self._lock = threading.Lock()
        self._sent: OrderedDict[str, dict[int, Sent]] = OrderedDict()

    def put(self, call: Call) -> Answer:
        """A PUT of a whole object with proof of its arrival; Refused if refused."""
        return self._put(call._replace(headers={**self.extra, **call.headers}), None)[0]

    def begin(self, key: str, rule: Plan, headers: Mapping[str, str]) -> Target:
        """A new upload whose object will have these headers."""
        mark = secrets.token_hex(8)
        algorithm = self.proof.algorithm if self.proof.is_native else ""
        asked = {**self.extra, **headers, MARK: mark}
        if algorithm:
            asked["x-amz-checksum-algorithm"] = algorithm.upper()
            if algorithm == "crc64nvme":
                asked["x-amz-checksum-type"] = "FULL_OBJECT"
        try:
            answer = self._client.ask(Call("POST", key, [("uploads", "")], asked, again=False))
        except Refused as refused:
            if not (algorithm and refused.why.dislikes_checksum):
                raise refused.error from refused
            self.proof.give_up()
            return self.begin(key, rule, headers)
        upload = text(parsed(answer.body, "InitiateMultipartUploadResult"), "UploadId")
        return Target(key, State(upload, mark, rule, algorithm))

    def send(self, target: Target, part: Cut, leash: Leash) -> Sent:
        """Send one part; it replaces an earlier one of its number."""
        query = [("partNumber", str(part.number)), ("uploadId", target.state.upload)]
        call = Call("PUT", target.key, query, pieces=part.pieces, leash=leash)
        try:
            answer, checksum = self._put(call, target.state.checksum)
        except Refused as refused:
            raise refused.error from refused
        return self._keep(target, Sent(part.number, tag(answer.headers.get("etag", "")),
                                       part.size, checksum))

    def copy(self, target: Target, number: int, size: int, headers: Mapping[str, str]) -> Sent:
        """Have one part copied inside the service."""
        query = [("partNumber", str(number)), ("uploadId", target.state.upload)]
        result = answered(self._client, Call("PUT", target.key, query, headers))
        checksum = text(result, ELEMENTS.get(target.state.checksum, "-"))
        return self._keep(target, Sent(number, tag(text(result, "ETag")), size, checksum))

    def parts(self, target: Target, size: int, *, sure: bool = False) -> list[Sent]:
        """The parts that make up the first `size` bytes; NotFound if they are not all there.

        `sure`: ask the server, whatever is remembered.
        """
        with self._lock:
            known = {} if sure else dict(self._sent.get(target.state.upload, {}))
        found = _prefix(known, size) if known else None
        if found is None:
            found = _prefix(self._listed(target), size)
        if found is None:
            raise NotFound(f"{target.key}: parts of the upload are gone: start it again")
        for part in found:
            self._keep(target, part)
        return found

    def reached(self, target: Target, ends: Container[int | None]) -> int:
        """How many bytes in a row are there; a short part counts only where the file `ends`."""
        found, rule = self._listed(target), target.state.plan
        number = 1
        while (part := found.get(number)) is not None and part.size == rule.size(number):
            number += 1
        size = rule.start(number)
        return size + part.size if part is not None and size + part.size in ends else size

    def complete(self, target: Target, parts: list[Sent], *, replace: bool) -> str:
        """Make the object out of its parts: its ETag; AlreadyExists if not to `replace` one."""
        headers = self._whole(target, parts)
        if not replace:
            headers["if-none-match"] = "*"
        query = [("uploadId", target.state.upload)]
        call = Call("POST", target.key, query, headers, [_listing(target, parts)], again=False)
        try:
            result = answered(self._client, call)
        except Refused as refused:
            if not replace and refused.why.status in {409, 412}:
                raise AlreadyExists(f"{target.key}: there is a file with this name") from refused
            if not replace and refused.why.status == 501:
                return self.complete(target, parts, replace=True)
            raise refused.error from refused
        self.forget(target)
        return tag(text(result, "ETag"))

    def abort(self, target: Target) -> None:
        """Throw the parts away; fine if they are gone."""
        self.forget(target)
        try:
            self._client.do(Call("DELETE", target.key, [("uploadId", target.state.upload)]))
        except NotFound:
            pass

    def forget(self, target: Target) -> None:
        with self._lock:
            self._sent.pop(target.state.upload, None)

    def _put(self, call: Call, agreed: str | None) -> tuple[Answer, str]:
        proof = self.proof.headers(call.pieces, agreed)
        sent = call._replace(headers={**call.headers, **proof})
        try:
            answer = self._client.ask(sent)
        except Refused as refused:
            if not (self.proof.is_native and refused.why.dislikes_checksum):
                raise
            self.proof.give_up()
            return self._put(call, agreed)
        confirmed = self.proof.check(call.key, proof, answer.headers, call.pieces)
        return self._put(call, agreed) if confirmed is None else (answer, confirmed)

    def _keep(self, target: Target, part: Sent) -> Sent:
        with self._lock:
            self._sent.setdefault(target.state.upload, {})[part.number] = part
            while len(self._sent) > _REMEMBERED:
                self._sent.popitem(last=False)
        return part

    def _listed(self, target: Target) -> dict[int, Sent]:
        found: dict[int, Sent] = {}
        after = "0"
        while True:
            query = [("uploadId", target.state.upload), ("part-number-marker", after)]
            page = parsed(self._client.do(Call("GET", target.key, query)).body,
                          "ListPartsResult")
            for item in page.iter("Part"):
                number = int(text(item, "PartNumber"))
                checksum = text(item, ELEMENTS.get(target.state.checksum, "-"))
                found[number] = Sent(number, tag(text(item, "ETag")), int(text(item, "Size")),
                                     checksum)
            after = text(page, "NextPartNumberMarker")
            if text(page, "IsTruncated") != "true" or not after:
                return found

    @staticmethod
    def _whole(target: Target, parts: list[Sent]) -> dict[str, str]:
        """The checksum of the whole, where it follows from those of the parts."""
        if target.state.checksum != "crc64nvme" or not all(part.checksum for part in parts):
            return {}
        return {HEADERS["crc64nvme"]: combined([(part.checksum, part.size) for part in parts]),
                "x-amz-checksum-type": "FULL_OBJECT"}


def answered(client: Client, call: Call) -> Element:
    """The XML of an answer whose status 200 may still be followed by an error: Refused."""
    answer = client.ask(call)
    result = parsed(answer.body, "Error", "CopyObjectResult", "CopyPartResult",
                    "CompleteMultipartUploadResult")
    if result.tag == "Error":
        why = refusal(answer)
        raise Refused(call, why._replace(status=_status(why.code)), client.place)
    return result


def _status(code: str) -> int:
    return {"PreconditionFailed": 412, "ConditionalRequestConflict": 409,
            "NoSuchUpload": 404}.get(code, 500)


def _prefix(found: Mapping[int, Sent], size: int) -> list[Sent] | None:
    """The parts from 1 on that add up to `size`, or None."""
    parts: list[Sent] = []
    left = size
    while left > 0 and (part := found.get(len(parts) + 1)) is not None:
        parts.append(part)
        left -= part.size
    return parts if left == 0 else None


def _listing(target: Target, parts: list[Sent]) -> bytes:
    element = ELEMENTS.get(target.state.checksum, "")
    lines = ['<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">']
    for part in parts:
        proof = f"<{element}>{part.checksum}</{element}>" if element and part.checksum else ""
        lines.append(f"<Part><PartNumber>{part.number}</PartNumber>"
                     f"<ETag>&quot;{escape(part.tag)}&quot;</ETag>{proof}</Part>")
    return "".join([*lines, "</CompleteMultipartUpload>"]).encode()

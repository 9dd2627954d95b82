"""Proof that a body arrived as it was sent: a checksum header, or MD5 where a service knows none."""
from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...http.connection import Piece
from ...model.errors import Corrupt

HEADERS = {"crc64nvme": "x-amz-checksum-crc64nvme", "crc32c": "x-amz-checksum-crc32c",
           "sha256": "x-amz-checksum-sha256", "md5": "content-md5"}
ELEMENTS = {"crc64nvme": "ChecksumCRC64NVME", "crc32c": "ChecksumCRC32C",
            "sha256": "ChecksumSHA256"}
_MD5 = re.compile(r"[0-9a-f]{32}")
_WIDTH = {"crc64nvme": 8, "crc32c": 4}


def is_md5(tag: str) -> bool:
    """Whether an ETag has the form of an MD5 sum."""
    return _MD5.fullmatch(tag) is not None


def is_scrambled(headers: Mapping[str, str]) -> bool:
    """Whether the server encrypts in a way that makes ETags something else than MD5 sums."""
    return (headers.get("x-amz-server-side-encryption", "AES256") != "AES256"
            or "x-amz-server-side-encryption-customer-algorithm" in headers)


def digest(algorithm: str, pieces: Sequence[Piece]) -> bytes:
    """The checksum of a body, as bytes."""
    if algorithm in _WIDTH:
        from awscrt import checksums
        function: Any = checksums.crc32c if algorithm == "crc32c" else checksums.crc64nvme
        value = 0
        for piece in pieces:
            value = function(piece, value)
        return value.to_bytes(_WIDTH[algorithm], "big")
    hasher = hashlib.new(algorithm, usedforsecurity=False)
    for piece in pieces:
        hasher.update(piece)
    return hasher.digest()


def written(algorithm: str, pieces: Sequence[Piece]) -> str:
    """The checksum of a body, as it goes into a header."""
    return base64.b64encode(digest(algorithm, pieces)).decode()


def combined(parts: Sequence[tuple[str, int]]) -> str:
    """The CRC64NVME of a whole file out of those of its parts and their sizes."""
    from awscrt import checksums
    whole = 0
    for crc, size in parts:
        value = int.from_bytes(base64.b64decode(crc), "big")
        whole = checksums.combine_crc64nvme(whole, value, size)
    return base64.b64encode(whole.to_bytes(8, "big")).decode()


def of_parts(tags: Sequence[str]) -> str:
    """The ETag that S3 gives a file of several parts, '' if theirs are not MD5 sums."""
    if not all(map(is_md5, tags)):
        return ""
    joined = bytes.fromhex("".join(tags))
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(tags)}"


def verify(path: str, headers: Mapping[str, str], pieces: Sequence[Piece]) -> None:
    """Corrupt if the server sent a checksum of the whole object that it does not have."""
    for algorithm in ELEMENTS:
        said = headers.get(HEADERS[algorithm], "")
        if said and "-" not in said:
            if written(algorithm, pieces) != said:
                raise Corrupt(f"{path}: what arrived is not what the server sent ({algorithm})")
            return


class Proof:
    """What a store sends with bodies; learns from the answers what the service knows."""

    def __init__(self, setting: str) -> None:
        self.algorithm = "crc64nvme" if setting == "auto" else setting
        """crc64nvme, crc32c, sha256, md5 or none; md5 also once the service ignored another."""

    @property
    def is_native(self) -> bool:
        """Whether the service may know x-amz-checksum headers."""
        return self.algorithm in ELEMENTS

    def headers(self, pieces: Sequence[Piece], agreed: str | None = None) -> dict[str, str]:
        """What to send with a body; `agreed` is what its upload was created with, if anything."""
        algorithm = self.algorithm
        if agreed is not None and self.is_native:
            algorithm = agreed or "md5"
        if algorithm == "none":
            return {}
        return {HEADERS[algorithm]: written(algorithm, pieces)}

    def check(self, path: str, sent: Mapping[str, str], answer: Mapping[str, str],
              pieces: Sequence[Piece]) -> str | None:
        """Corrupt if what arrived differs; else the checksum that the server confirmed.

        '' if it confirmed none but the body's MD5; None if nothing is proven: send it again.
        """
        name = next((HEADERS[a] for a in ELEMENTS if HEADERS[a] in sent), "")
        if name and answer.get(name):
            if answer[name] != sent[name]:
                raise Corrupt(f"{path}: what arrived is not what was sent "
                              f"({name} is {answer[name]}, sent {sent[name]})")
            return sent[name]
        if name:
            self.give_up()
        is_proven = self._compare(path, answer, pieces) if sent else True
        return "" if is_proven or not name else None

    def give_up(self) -> None:
        """Use MD5 from now on: the service has refused or ignored the checksum."""
        self.algorithm = "md5"

    @staticmethod
    def _compare(path: str, answer: Mapping[str, str], pieces: Sequence[Piece]) -> bool:
        """Whether the ETag is an MD5 sum; Corrupt if it is another than the body's."""
        tag = answer.get("etag", "").strip('"')
        if not is_md5(tag) or is_scrambled(answer):
            return False
        if digest("md5", pieces).hex() != tag:
            raise Corrupt(f"{path}: what arrived is not what was sent (its ETag is not its MD5; "
                          "if this service's ETags never are, set checksum: none)")
        return True

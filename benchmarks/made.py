"""Buckets that are nowhere: `made-1000x16384` has a thousand objects of 16 KiB, worked out when asked for."""
from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from typing import NamedTuple, Self

PER_FOLDER = 1000
PAGE = 1000
FORM = re.compile(r"made-(\d+)x(\d+)")
TIME = "2025-11-01T10:00:00.000Z"


class Made(NamedTuple):
    """How many objects, and the size of each."""

    objects: int
    size: int

    @classmethod
    def of(cls, bucket: str) -> Self | None:
        match = FORM.fullmatch(bucket)
        return cls(int(match[1]), int(match[2])) if match else None

    @property
    def name(self) -> str:
        return f"made-{self.objects}x{self.size}"

    def has(self, key: str) -> bool:
        number = key[-11:-4]
        return number.isdigit() and int(number) < self.objects and key == key_of(int(number))

    def page(self, query: Mapping[str, str]) -> str:
        """The answer to ListObjectsV2; `delimiter` is taken for a slash."""
        prefix, token = query.get("prefix", ""), query.get("continuation-token", "")
        if query.get("delimiter") and "/" not in prefix:
            folders = range(-(-self.objects // PER_FOLDER))
            return _result("".join(f"<CommonPrefixes><Prefix>{folder_of(number * PER_FOLDER)}</Prefix></CommonPrefixes>"
                                   for number in folders if folder_of(number * PER_FOLDER).startswith(prefix)))
        first = int(token) if token else bisect_left(range(self.objects), prefix, key=key_of)
        last = min(first + min(int(query.get("max-keys", PAGE)), PAGE), self.objects)
        while last > first and not key_of(last - 1).startswith(prefix):
            last -= 1
        more = last < self.objects and last > first and key_of(last).startswith(prefix)
        facts = (f"<LastModified>{TIME}</LastModified><ETag>&quot;sink-1&quot;</ETag><Size>{self.size}</Size>"
                 "<StorageClass>STANDARD</StorageClass>")
        return _result("".join(f"<Contents><Key>{key_of(number)}</Key>{facts}</Contents>"
                               for number in range(first, last)),
                       f"<NextContinuationToken>{last}</NextContinuationToken>" if more else "")


def key_of(number: int) -> str:
    return f"{folder_of(number)}f{number:07d}.bin"


def folder_of(number: int) -> str:
    return f"d{number // PER_FOLDER:04d}/"


def _result(items: str, token: str = "") -> str:
    return ("<?xml version='1.0' encoding='UTF-8'?><ListBucketResult>"
            f"<IsTruncated>{'true' if token else 'false'}</IsTruncated>{token}{items}</ListBucketResult>")

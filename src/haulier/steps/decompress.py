"""Unpack what is packed, known by its first bytes: gzip, bzip2, xz, Zstandard and ZIP."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from ..model.errors import Corrupt
from ..model.files import Part
from ..settings.spec import Env
from .body import let_go, owned, renamed
from .inflate import Source, inflated
from .limits import USUAL, LimitedSpec, Limits
from .unzip import unzipped

_BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    "gz": (b"\x1f\x8b\x08",),
    "bz2": tuple(b"BZh%d" % level + block for level in range(1, 10)
                 for block in (b"1AY&SY", b"\x17rE8P\x90")),
    "xz": (b"\xfd7zXZ\0",),
    "zst": (b"\x28\xb5\x2f\xfd", *(bytes([n]) + b"\x2a\x4d\x18" for n in range(0x50, 0x60))),
    "zip": (b"PK\3\4", b"PK\5\6"),
}
_LONGEST = 10
_SUFFIXES = {
    "gz": {".gz": "", ".tgz": ".tar"},
    "bz2": {".bz2": "", ".tbz2": ".tar", ".tbz": ".tar"},
    "xz": {".xz": "", ".txz": ".tar"},
    "zst": {".zst": "", ".tzst": ".tar"},
    "zip": {".zip": ""},
}
_DOCUMENTS = (".docx", ".docm", ".xlsx", ".xlsm", ".xltx", ".xltm", ".pptx", ".pptm", ".odt", ".ods", ".odp", ".epub",
              ".jar", ".apk")


class DecompressSpec(LimitedSpec):
    """Unpack (gz, bz2, xz, zst, zip)"""

    type: Literal["decompress"] = "decompress"
    max_members: int = Field(10_000, ge=1)
    """A ZIP archive with more members than this is refused."""
    documents: tuple[str, ...] = _DOCUMENTS
    """Names that end so are left alone if they are ZIP archives inside: a workbook is one."""

    def build(self, env: Env) -> Decompress:
        return Decompress(Limits(self.max_ratio, self.max_size, self.max_members),
                          tuple(map(str.lower, self.documents)), env.scratch)


@dataclass(frozen=True, slots=True)
class Decompress:
    """Anything that is not packed passes as it is; truncated or damaged data is Corrupt."""

    limits: Limits = USUAL
    documents: tuple[str, ...] = _DOCUMENTS
    scratch: Path | None = None
    repeatable = True

    def __call__(self, part: Part, /) -> Iterable[Part]:
        source = Source(part.body, part.name)
        try:
            head = source.up_to(_LONGEST)
            source.back(head)
            kind = self._kind(part.name, head)
        except BaseException:
            let_go(part.body)
            raise
        body = owned(self._body(source, kind), lambda: let_go(part.body))
        if kind == "zip":
            yield from unzipped(part.to(body=body), self.limits, self.scratch)
        elif kind:
            yield part.to(name=renamed(part.name, lambda name: _stripped(name, kind)), body=body)
        else:
            yield part.to(body=body, size=part.size)

    def _kind(self, name: str, head: bytes) -> str:
        """Which format this is; '' if none."""
        for kind, beginnings in _BEGINNINGS.items():
            if head.startswith(beginnings):
                is_document = kind == "zip" and name.lower().endswith(self.documents)
                return "" if is_document else kind
            is_short = 0 < len(head) < _LONGEST and any(b.startswith(head) for b in beginnings)
            if is_short and _stripped(name, kind) != name:
                raise Corrupt(f"{name}: the compressed data ends too early; fetch the file again")
        return ""

    def _body(self, source: Source, kind: str) -> Iterator[bytes]:
        if kind in ("", "zip"):
            yield from source.rest()
            return
        out = 0
        for chunk in inflated(source, kind):
            out += len(chunk)
            self.limits.check(source.name, out, source.taken)
            yield chunk


def _stripped(name: str, kind: str) -> str:
    for suffix, instead in _SUFFIXES[kind].items():
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[:-len(suffix)] + instead
    return name

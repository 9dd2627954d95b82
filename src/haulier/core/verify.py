"""The delivery check: what arrived is what was sent, or Corrupt."""
from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..model.errors import Corrupt, HaulierError
from ..model.files import Cap, Entry
from ..model.flow import Check
from ..model.words import count
from ..ports import Store

BLOCK = 64 * 1024
SAMPLES = 8


class Expected(NamedTuple):
    """What must be found: size in bytes and SHA-256 (empty: not known)."""

    size: int
    sha256: bytes


def is_proven(store: Store, check: Check) -> bool:
    """Whether the store itself has already shown all that `check` asks for, digests included."""
    return check in (Check.EXISTS, Check.SIZE) or (check is Check.CHECKSUM and Cap.CHECKED in store.caps)


def check_size(path: str, found: int, expected: int) -> None:
    if found != expected:
        raise Corrupt(f"{path}: {count(expected, 'byte')} sent, {found} arrived")


def check_digest(path: str, found: bytes, expected: bytes) -> None:
    if expected and found != expected:
        digests = f"SHA-256 {found.hex()[:16]}…, sent {expected.hex()[:16]}…"
        raise Corrupt(f"{path}: what arrived differs from what was sent ({digests})")


def check_many(store: Store, check: Check, files: Mapping[str, tuple[Entry, Expected]]) -> Iterator[
        tuple[str, HaulierError | None]]:
    """Check files by their key; the entry says where each is now (perhaps under a temporary name)."""
    wrong: dict[str, HaulierError] = {}
    for key, (entry, expected) in files.items():
        if entry.size != expected.size:
            wrong[key] = Corrupt(f"{key}: {count(expected.size, 'byte')} sent, {entry.size} arrived")
    if not is_proven(store, check):
        rest = {entry.path: (key, entry, expected) for key, (entry, expected) in files.items()
                if key not in wrong}
        for path, found in _digests(store, check, [entry for _, entry, _ in rest.values()]):
            key, _, expected = rest[path]
            if isinstance(found, HaulierError):
                wrong[key] = found
            elif expected.sha256 and found != expected.sha256:
                wrong[key] = Corrupt(f"{key}: what arrived differs from what was sent (SHA-256)")
    for key in files:
        yield key, wrong.get(key)


def _digests(store: Store, check: Check, entries: Sequence[Entry]) -> Iterator[
        tuple[str, bytes | HaulierError]]:
    if check is Check.CHECKSUM and Cap.DIGEST in store.caps:
        for outcome in store.digests([entry.path for entry in entries]):
            yield outcome.path, outcome.error or outcome.data
        return
    for outcome in store.read_many(entries):
        yield outcome.path, outcome.error or hashlib.sha256(outcome.data).digest()


def check_one(store: Store, check: Check, where: str, expected: Expected, *,
              sample: Store | None = None, origin: str = "") -> None:
    """Check the one file at `where`; `origin` in `sample` has the same bytes, if there is one."""
    check_size(where, store.stat(where).size, expected.size)
    if is_proven(store, check):
        return
    if check is Check.SAMPLE and sample is not None:
        _compare_samples(store, where, sample, origin, expected.size)
    elif check is Check.CHECKSUM and Cap.DIGEST in store.caps:
        outcome, = store.digests([where])
        if outcome.error:
            raise outcome.error
        check_digest(where, outcome.data, expected.sha256)
    else:
        # A file that one store took from another without us has no digest yet.
        known = expected.sha256 or (sha256(sample.read(origin)) if sample is not None else b"")
        check_digest(where, sha256(store.read(where)), known)


def sha256(body: Iterable[bytes]) -> bytes:
    digest = hashlib.sha256()
    for chunk in body:
        digest.update(chunk)
    return digest.digest()


def _compare_samples(store: Store, where: str, sample: Store, origin: str, size: int) -> None:
    last = max(0, size - BLOCK)
    for start in sorted({last * n // (SAMPLES - 1) for n in range(SAMPLES)}):
        end = min(size, start + BLOCK)
        if same_bytes(store, where, sample, origin, start, end):
            continue
        raise Corrupt(f"{where}: bytes {start} to {end} differ from the source")


def same_bytes(one: Store, path: str, other: Store, origin: str, start: int, end: int) -> bool:
    """Whether two files hold the same bytes from `start` up to `end`."""
    return sha256(one.read(path, start=start, end=end)) == sha256(other.read(origin, start=start, end=end))

"""What becomes of a source file once its delivery is proven, and for how long archives are kept."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass

from ..model.errors import AlreadyExists, NotFound, Unsupported
from ..model.files import Cap, Draft, Entry, temporary
from ..model.flow import Action, Settle
from ..model.names import joined
from ..model.run import Transfer
from ..ports import Clock, Store

TRIES = 10_000


@dataclass(frozen=True, slots=True)
class Archive:
    """Where settled sources go.

    `prefix` is not None if the source's files are also in `store`, under that folder: then they
    are moved inside it. `folder` is the archive's own folder in `store`; `name` is for people.
    """

    store: Store
    folder: str
    name: str
    prefix: str | None = None


def settle(source: Store, transfer: Transfer, rule: Settle, archive: Archive | None, clock: Clock) -> str:
    """Settle one delivered source file; where it went, or '' if it stays or is gone.

    Doing it twice does no harm. A source that changed since it was sent is left alone.
    """
    if rule.action is Action.KEEP:
        return ""
    try:
        now = source.stat(transfer.path)
    except NotFound:
        return transfer.settled  # settled before, by a try whose answer was lost
    if not now.is_same_as(transfer.entry):
        return ""
    if rule.action is Action.DELETE:
        with suppress(NotFound):
            source.delete(transfer.path)
        return ""
    assert archive is not None
    return _archive(source, transfer, archive, clock, keep=rule.keep_original)


def _archive(source: Store, transfer: Transfer, archive: Archive, clock: Clock, *, keep: bool) -> str:
    for name in _free_names(joined(archive.folder, transfer.path)):
        try:
            if not keep and archive.prefix is not None and _moved(archive, transfer.path, name, clock):
                return joined(archive.name, name.removeprefix(archive.folder + "/"))
            _copied(source, transfer.entry, archive.store, name, clock)
            if not keep:
                with suppress(NotFound):
                    source.delete(transfer.path)
            return joined(archive.name, name.removeprefix(archive.folder + "/"))
        except AlreadyExists:
            continue
    raise AlreadyExists(f"{transfer.path}: {TRIES} files with this name are in the archive already")


def _free_names(path: str) -> Iterator[str]:
    yield path
    for number in range(1, TRIES):
        yield f"{path}.{number}"


def _moved(archive: Archive, path: str, name: str, clock: Clock) -> bool:
    if Cap.MOVE not in archive.store.caps:
        return False
    try:
        archive.store.move(joined(archive.prefix or "", path), name, replace=False)
    except Unsupported:  # another disk: copy and delete
        return False
    if Cap.MTIME in archive.store.caps:
        archive.store.touch(name, clock.now())
    return True


def _copied(source: Store, entry: Entry, store: Store, name: str, clock: Clock) -> None:
    # The archive's time is the moment of the backup, so that retention counts from there.
    draft = Draft(name, temporary(name, "arch"), entry.size, clock.now(), entry.mode, replace=False)
    try:
        with closing(source.read(entry.path)) as body:
            for safe in store.write(draft, body):
                draft = safe
        store.publish(draft)
        store.flush()
    except BaseException:
        store.discard(draft)
        raise


def expire(archive: Archive, days: float, clock: Clock) -> Iterator[str]:
    """Delete archived files older than `days`; yields each one's path."""
    oldest = clock.now() - int(days * 86400e9)
    for entry in archive.store.scan(archive.folder, deep=True):
        if entry.fault is None and entry.modified is not None and entry.modified < oldest:
            with suppress(NotFound):
                archive.store.delete(entry.path)
                yield entry.path

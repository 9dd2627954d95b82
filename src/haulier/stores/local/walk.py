"""Listing a folder tree: lazily, folder by folder, with a policy for symbolic links."""
from __future__ import annotations

import os
import stat as modes
from collections.abc import Iterable, Iterator
from enum import StrEnum, auto

from ...model.errors import Invalid, NotFound
from ...model.files import Entry, is_temporary
from ...model.names import joined
from .disk import translated, why


class Links(StrEnum):
    FOLLOW = auto()
    SKIP = auto()
    FAIL = auto()


def entry_of(path: str, found: os.stat_result) -> Entry:
    return Entry(path, found.st_size, found.st_mtime_ns, None, found.st_mode & 0o7777)


Folders = list[tuple[str, tuple[str, ...]]]
"""Folders still to be listed, each with the links that were crossed on the way to it."""


def walk(base: str, prefix: str, links: Links, *, deep: bool) -> Iterator[Entry]:
    """Files below `base + prefix`. `base` ends with a slash; paths are relative to it."""
    todo: Folders = [(prefix, ())]
    while todo:
        folder, crossed = todo.pop()
        try:
            found = os.scandir(base + folder)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            yield Entry(folder or ".", 0, fault=why(folder or base, error))
            continue
        below: Folders = []
        with found:
            yield from _inside(found, folder + "/" if folder else "", base, links, crossed, below)
        if deep:
            todo += reversed(below)


def _inside(found: Iterable[os.DirEntry[str]], start: str, base: str, links: Links,
            crossed: tuple[str, ...], below: Folders) -> Iterator[Entry]:
    for item in found:
        path = start + item.name
        try:
            if not item.is_file(follow_symlinks=False):
                yield from _other(item, path, base, links, crossed, below)
            elif path.isascii() and not path.endswith(".part"):  # nearly always
                yield entry_of(path, item.stat(follow_symlinks=False))
            else:
                yield from _file(path, item.stat(follow_symlinks=False))
        except FileNotFoundError:
            continue  # gone between listing and look: it was never there
        except OSError as error:
            yield Entry(path, 0, fault=why(path, error))


def _other(item: os.DirEntry[str], path: str, base: str, links: Links, crossed: tuple[str, ...],
           below: Folders) -> Iterator[Entry]:
    if item.is_symlink():
        yield from _link(item, path, base, links, crossed, below)
    elif item.is_dir(follow_symlinks=False):
        below.append((path, crossed))


def _file(path: str, found: os.stat_result) -> Iterator[Entry]:
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode(errors="backslashreplace")
        yield Entry(shown, 0, fault=Invalid(f"{shown}: the name is not valid UTF-8; rename the file"))
        return
    if not is_temporary(path):
        yield entry_of(path, found)


def _link(item: os.DirEntry[str], path: str, base: str, links: Links, crossed: tuple[str, ...],
          below: Folders) -> Iterator[Entry]:
    if links is Links.SKIP:
        return
    if links is Links.FAIL:
        yield Entry(path, 0, fault=Invalid(f"{path}: is a symbolic link, and links are set to fail"))
        return
    try:
        found = os.stat(item.path)
    except FileNotFoundError:
        yield Entry(path, 0, fault=Invalid(f"{path}: symbolic link to a file that is not there"))
        return
    if modes.S_ISREG(found.st_mode):
        yield from _file(path, found)
    elif modes.S_ISDIR(found.st_mode):
        goal = os.path.realpath(item.path)
        here = os.path.realpath(os.path.dirname(item.path))
        if any(at == goal or at.startswith(goal + "/") for at in (*crossed, here)):
            yield Entry(path, 0, fault=Invalid(f"{path}: symbolic link that leads back to a folder above it"))
        else:
            below.append((path, (*crossed, here, goal)))


def folders(base: str, prefix: str, links: Links) -> Iterator[str]:
    """The folders that a walk through `base + prefix` would come to next; NotFound if it is none."""
    try:
        with translated(prefix or base), os.scandir(base + prefix) as found:
            return iter([joined(prefix, item.name) for item in found if _is_folder(item, links)])
    except NotFound as error:
        hint = "" if prefix else "; is its disk mounted?"
        named = f"/{prefix}" if base == "/" else prefix
        raise NotFound(f"{named or base.rstrip('/')}: no such folder{hint}") from error


def _is_folder(item: os.DirEntry[str], links: Links) -> bool:
    try:
        return item.is_dir(follow_symlinks=links is Links.FOLLOW)
    except OSError:     # a link in a circle
        return False


def drafts(base: str, prefix: str) -> Iterator[Entry]:
    """What has a temporary name in and below `base + prefix`."""
    faults: list[OSError] = []
    for folder, _, names in os.walk(base + prefix, onerror=faults.append):
        for name in filter(is_temporary, names):
            full = os.path.join(folder, name)
            try:
                found = os.lstat(full)
                # A complete one bears its source's time already; what cannot be set tells when that was.
                yield entry_of(full.removeprefix(base), found)._replace(modified=found.st_ctime_ns)
            except FileNotFoundError:
                continue    # published or discarded since
    for fault in faults:
        if not isinstance(fault, FileNotFoundError | NotADirectoryError):
            path = os.fsdecode(fault.filename).removeprefix(base) or base
            yield Entry(path, 0, fault=why(path, fault))

"""Listing a folder tree: lazily, folder by folder, with a policy for symbolic links."""
from __future__ import annotations

import os
import stat as modes
from collections.abc import Iterable, Iterator
from enum import StrEnum, auto

from ...model.errors import Invalid
from ...model.files import Entry, is_temporary
from .disk import why


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

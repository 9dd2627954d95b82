"""What programs on the server say when they fail, as one of our errors."""
from __future__ import annotations

import re

from ...model.errors import (
    AlreadyExists,
    Denied,
    HaulierError,
    Invalid,
    IsFolder,
    NoSpace,
    NotFound,
    Unavailable,
    Unsupported,
)

_SAYINGS: tuple[tuple[str, type[HaulierError], str], ...] = (
    ("No space left on device|Quota exceeded|Disk quota exceeded|File too large", NoSpace,
     "no space left on the server"),
    ("Permission denied|Operation not permitted", Denied, "permission denied by the server"),
    ("Read-only file system", Denied, "the file system on the server is read-only"),
    ("Is a directory", IsFolder, "there is a folder with this name"),
    ("Not a directory", NotFound, "a part of its path is a file, not a folder"),
    ("File exists", AlreadyExists, "there is a file with this name"),
    ("File ?name too long", Invalid, "the server does not take this name (too long)"),
    ("[Nn]o such file(?: or directory)?|[Nn]onexistent directory|Directory nonexistent", NotFound,
     "no such file"),
    ("Too many levels of symbolic links|Symbolic link loop", NotFound, "a link that leads in a circle"),
    ("not a regular file", NotFound, "this is no regular file"),
    (r"has \d+ bytes", Unavailable, "somebody else is writing it, too"),
    ("not found|applet not found", Unsupported, "the server lacks a program that is needed for this"),
)
"""The C locale's messages, glibc's and musl's, and the shells' own; each at the end of a line."""


def error_for(path: str, said: bytes) -> HaulierError:
    """The error that a program's last words mean for `path`."""
    text = said.decode(errors="replace").strip()
    for pattern, kind, meaning in _SAYINGS:
        if found := re.search(rf": (?:{pattern})$", text, re.MULTILINE):
            hint = f" ({found[0][2:]}: {text[:200]})" if kind is Unsupported else ""
            return kind(f"{path}: {meaning}{hint}")
    return Unavailable(f"{path}: the server could not do it ({text[-200:] or 'it does not say why'})")


def refusal(place: str, said: bytes, lost: HaulierError) -> HaulierError:
    """The error for a login whose shell ended before it obeyed a single command."""
    text = " ".join(said.decode(errors="replace").split())[:200]
    if "sftp connections only" in text:
        return Unsupported(f"{place}: this account allows only SFTP; use type sftp")
    if isinstance(lost, Unavailable) and (text or re.search("closed it|not found", str(lost))):
        hint = f" (it said: {text})" if text else ""
        return Unsupported(f"{place}: this account runs no shell commands{hint}; "
                           "if it allows only SFTP, use type sftp")
    return lost

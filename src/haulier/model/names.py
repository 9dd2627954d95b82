"""Paths as data from outside: checked once on the way in and once on the way out."""
from __future__ import annotations

from .errors import Invalid


def checked(path: str) -> str:
    """`path` itself if it is relative, normal and stays inside its root; else Invalid."""
    if not path or path[0] == "/" or "\0" in path:
        raise Invalid(f"not a usable file name: {path!r}")
    if path[-1] == "/" or "//" in path or ("." in path and _has_dots(path)):
        raise Invalid(f"not a usable file name: {path!r} (empty, '.' or '..' in it)")
    return path


def _has_dots(path: str) -> bool:
    return (path[0] == "." or "/." in path) and any(piece in (".", "..") for piece in path.split("/"))


def joined(folder: str, name: str) -> str:
    """`folder/name`, or `name` where there is no folder."""
    return f"{folder}/{name}" if folder else name


def split(path: str) -> tuple[str, str]:
    """`path` as (folder, base name); the folder of a top-level file is ''."""
    folder, _, name = path.rpartition("/")
    return folder, name

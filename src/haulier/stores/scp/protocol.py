"""One file by the scp protocol, to `scp -t` or from `scp -f`.

The source speaks in lines (T: times, C: a file, E: end), the sink answers each, and each file's bytes, with
0, or with 1 or 2 and a message. See "How the SCP protocol works", J. Pechanec, 2007.
"""
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ...model.errors import Busy, HaulierError, Unavailable
from ...model.files import Draft
from .line import BLOCK, Line
from .trouble import error_for

_FILE = re.compile(rb"C[0-7]+ (\d+) .*")


def send(line: Line, draft: Draft, names: tuple[bytes, bytes], body: Iterable[bytes]) -> None:
    """Write a whole draft of known size; `names` are the server's for its file and its folder.

    After any failure the line is closed: the sink would take what comes next for more of the file.
    """
    assert draft.size is not None
    line.ask("sink", *names, "" if draft.mode is None else "-p")
    try:
        _agreed(line, draft.path)
        if draft.modified is not None:
            line.send(b"T%d 0 %d 0\n" % (draft.modified // 10**9, draft.modified // 10**9))
            _agreed(line, draft.path)
        line.send(b"C%04o %d f\n" % (0o666 if draft.mode is None else draft.mode, draft.size))
        _agreed(line, draft.path)
        left = draft.size
        for chunk in body:
            left -= len(chunk)
            if left < 0:
                break
            for at in range(0, len(chunk), BLOCK):
                line.send(chunk[at:at + BLOCK])
        if left:
            raise Busy(f"{draft.path}: not the announced {draft.size} bytes: changed while being read")
        line.send(b"\0E\n")
        _agreed(line, draft.path)
        _agreed(line, draft.path)
        line.answer(draft.path)
    except BaseException:
        line.close()
        raise


def receive(line: Line, path: str, name: bytes) -> Iterator[bytes]:
    """The bytes of the file that the server calls `name`."""
    line.ask("give", name)
    line.send(b"\0")
    try:
        if (kind := _byte(line)) != b"C":
            raise _error(line, path, kind)
        head = _FILE.fullmatch(b"C" + line.until(b"\n"))
        if not head:
            raise Unavailable(f"{path}: what came is not the scp protocol")
        line.send(b"\0")
        yield from line.exactly(int(head[1]))
        _agreed(line, path)
        line.send(b"\0")
        line.answer(path)
    except BaseException:
        line.close()
        raise


def _agreed(line: Line, path: str) -> None:
    if (kind := _byte(line)) != b"\0":
        raise _error(line, path, kind)


def _error(line: Line, path: str, kind: bytes) -> HaulierError:
    if kind in (b"\1", b"\2"):
        return error_for(path, line.until(b"\n"))
    return Unavailable(f"{path}: what came is not the scp protocol")


def _byte(line: Line) -> bytes:
    return next(line.exactly(1))

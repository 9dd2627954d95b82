"""What a database says went wrong, in our own errors; no other exception leaves this room."""
from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError, TimeoutError

from ..model.errors import (
    Busy,
    Corrupt,
    Denied,
    HaulierError,
    Invalid,
    NoSpace,
    Permanent,
    Unavailable,
)

SQLITE: dict[str, tuple[type[HaulierError], str]] = {
    "SQLITE_BUSY": (Busy, "another process has it locked"),
    "SQLITE_LOCKED": (Busy, "another process has it locked"),
    "SQLITE_FULL": (NoSpace, "the disk is full"),
    "SQLITE_IOERR_SHM": (NoSpace, "no room for the file beside it (-shm)"),
    "SQLITE_IOERR": (Unavailable, "the disk cannot be read or written"),
    "SQLITE_READONLY": (Denied, "it may not be written; check who owns the file and its folder"),
    "SQLITE_CANTOPEN": (Denied, "it cannot be opened; check who owns the file and its folder"),
    "SQLITE_PERM": (Denied, "it may not be opened"),
    "SQLITE_AUTH": (Denied, "it may not be opened"),
    "SQLITE_NOTADB": (Invalid, "the file is not a database"),
    "SQLITE_CORRUPT": (Corrupt, "the database file is damaged; restore a backup of it"),
    "SQLITE_TOOBIG": (Invalid, "a value is too big"),
}
POSTGRES: dict[str, tuple[type[HaulierError], str]] = {
    "08": (Unavailable, "the connection was lost"),
    "25006": (Unavailable, "the server is read-only at present"),
    "28": (Denied, "the server does not accept this user and password"),
    "3D000": (Invalid, "there is no such database"),
    "40": (Busy, "another process was in the way"),
    "42P01": (Denied, "its tables are not there, or hidden from this user"),
    "42501": (Denied, "this user may not do that"),
    "53100": (NoSpace, "the server's disk is full"),
    "53": (Unavailable, "the server has no room for more connections or memory"),
    "55P03": (Busy, "another process has it locked"),
    "57": (Unavailable, "the server is stopping or starting"),
    "58": (Unavailable, "the server has a system error"),
    "XX001": (Corrupt, "the database is damaged; restore a backup of it"),
}
# A refused connection has no code, only words; the server speaks them in its own language,
# so what is not recognised is taken for a server that is away.
WORDS: dict[str, tuple[type[HaulierError], str]] = {
    r'password|authentication|pg_hba|FATAL: +role "': POSTGRES["28"],
    r'FATAL: +database ".*" does not exist': POSTGRES["3D000"],
    r"FATAL: +sorry, too many clients": POSTGRES["53"],
}


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turns what goes wrong inside into our errors, which name the ledger at `place`."""
    try:
        yield
    except DBAPIError as error:
        raise _of_driver(place, error) from error
    except SQLAlchemyError as error:
        kind = Unavailable if isinstance(error, TimeoutError) else Permanent
        raise kind(f"ledger {place}: {error}") from error
    except UnicodeEncodeError as error:
        raise Invalid(f"ledger {place}: {error.object!r} is not valid text") from error
    except OSError as error:
        raise _of_system(place, error) from error


def is_missing_table(error: DBAPIError) -> bool:
    return (getattr(error.orig, "sqlstate", "") in ("42P01", "3F000")
            or "no such table" in str(error.orig))


def _of_driver(place: str, error: DBAPIError) -> HaulierError:
    origin, said = error.orig, " ".join(str(error.orig).split())
    name = getattr(origin, "sqlite_errorname", None)
    if name is not None:
        return _looked_up(SQLITE, name, place, said) or Permanent(f"ledger {place}: {said}")
    code = getattr(origin, "sqlstate", None)
    if code is not None:
        return _looked_up(POSTGRES, code, place, said) or Permanent(f"ledger {place}: {said}")
    for words, (kind, meaning) in WORDS.items():
        if re.search(words, said):
            return kind(f"ledger {place}: {meaning} ({said})")
    return Unavailable(f"ledger {place}: no answer from the database ({said})")


def _looked_up(table: dict[str, tuple[type[HaulierError], str]], code: str, place: str,
               said: str) -> HaulierError | None:
    """The entry for the longest beginning of `code` that the table has."""
    for end in range(len(code), 1, -1):
        if code[:end] in table:
            kind, meaning = table[code[:end]]
            return kind(f"ledger {place}: {meaning} ({said})")
    return None


def _of_system(place: str, error: OSError) -> HaulierError:
    in_the_way = error.errno in (errno.EEXIST, errno.ENOTDIR)
    reason = "a part of its path is a file, not a folder" if in_the_way else error.strerror or str(error)
    kinds: dict[int | None, type[HaulierError]] = {
        errno.EACCES: Denied, errno.EPERM: Denied, errno.EROFS: Denied, errno.ENOSPC: NoSpace,
        errno.EDQUOT: NoSpace, errno.EISDIR: Invalid, errno.ENOTDIR: Invalid,
        errno.EEXIST: Invalid, errno.ENAMETOOLONG: Invalid}
    return kinds.get(error.errno, Unavailable)(f"ledger {place}: {reason}")

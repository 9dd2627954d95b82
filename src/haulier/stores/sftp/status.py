"""What a server's status code means for a file."""
from __future__ import annotations

from ...model.errors import (
    AlreadyExists,
    Denied,
    HaulierError,
    Invalid,
    NoSpace,
    NotFound,
    Unavailable,
    Unsupported,
)
from .packet import STATUS, Malformed, Reply
from .packet import status as parsed

OK, EOF, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, BAD_MESSAGE = range(6)
UNSUPPORTED = 8

_MEANINGS: dict[int, tuple[type[HaulierError], str]] = {
    EOF: (Unavailable, "the file ends here"),
    NO_SUCH_FILE: (NotFound, "no such file"),
    PERMISSION_DENIED: (Denied, "permission denied by the server"),
    BAD_MESSAGE: (Invalid, "the server does not take this name (too long, or a character it refuses)"),
    6: (Unavailable, "the server has lost its connection"),
    7: (Unavailable, "the server has lost its connection"),
    UNSUPPORTED: (Unsupported, "the server does not do this"),
    # Codes of later versions of the protocol, which some servers send to everyone.
    11: (AlreadyExists, "there is a file with this name"),
    12: (Denied, "the file system is read-only"),
    14: (NoSpace, "no space left on the server"),
    15: (NoSpace, "the quota on the server is used up"),
    20: (Invalid, "the server does not take this name"),
}


def code_of(reply: Reply) -> int:
    """The status code of a reply; OK for a reply that carries something."""
    kind, body = reply
    return parsed(body)[0] if kind == STATUS else OK


def error_for(path: str, reply: Reply, doing: str) -> HaulierError:
    """The error that a STATUS reply means for `path`; `doing` names what was tried."""
    if reply[0] != STATUS:
        raise Malformed(f"an answer of an unexpected type ({reply[0]})")
    code, said = parsed(reply[1])
    if code in _MEANINGS:
        kind, meaning = _MEANINGS[code]
        return kind(f"{path}: {meaning}")
    return Unavailable(f"{path}: the server could not {doing} it ({said or code})")


def check(path: str, reply: Reply, doing: str) -> None:
    """Raise what a reply means unless it says that all went well."""
    if code_of(reply) != OK:
        raise error_for(path, reply, doing)

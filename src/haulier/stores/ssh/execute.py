"""Running one command on another machine."""
from __future__ import annotations

import os
import select

from ...model.errors import Unavailable
from .carrier import Carrier
from .dial import Dialer, with_right_key
from .login import Login

BLOCK = 1 << 16


def execute(dialer: Dialer, command: str, given: bytes = b"", *, patience: float | None = None) -> bytes:
    """What `command` prints when it is given `given`; its exit status is not looked at.

    Unavailable if nothing moves for `patience` seconds, or when the connection cannot be made.
    """
    return with_right_key(lambda kind: _once(
        dialer.connect(command, key_kind=kind), dialer.login, given, patience))


def _once(carrier: Carrier, login: Login, given: bytes, patience: float | None) -> bytes:
    try:
        said = _converse(carrier, login, given, patience)
        if not said:
            error = carrier.why()
            if login.host_key or "closed it" not in str(error):
                raise error
        return said
    finally:
        carrier.close()


def _converse(carrier: Carrier, login: Login, given: bytes, patience: float | None) -> bytes:
    rest, said = memoryview(given), bytearray()
    if not rest:
        carrier.finish()
    while True:
        if not _ready(carrier, bool(rest), patience):
            raise Unavailable(f"{login.place}: no answer for {patience:g} seconds")
        if rest and not (rest := _fed(carrier, rest)):
            carrier.finish()
        try:
            block = os.read(carrier.reader, BLOCK)
        except BlockingIOError:
            continue
        if not block:
            return bytes(said)
        said += block


def _fed(carrier: Carrier, rest: memoryview) -> memoryview:
    """What is left after writing as much as goes without waiting."""
    try:
        return rest[os.write(carrier.writer, rest[:BLOCK]):]
    except BlockingIOError:
        return rest
    except OSError as error:
        raise carrier.why() from error


def _ready(carrier: Carrier, writing: bool, patience: float | None) -> bool:
    poll = select.poll()
    poll.register(carrier.reader, select.POLLIN)
    if writing:
        poll.register(carrier.writer, select.POLLOUT | (
            select.POLLIN if carrier.writer == carrier.reader else 0))
    return bool(poll.poll(None if patience is None else patience * 1000))

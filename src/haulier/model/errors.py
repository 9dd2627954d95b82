"""Every error the program raises on purpose, and the one question asked of it: will a retry help?

HaulierError
├── Transient          a retry may help: wait and try again
│   ├── Unavailable    connection refused, lost or timed out
│   ├── Throttled      the far side asked for less (`retry_after`)
│   ├── Busy           locked, still being written, changed while being read
│   │   └── Held       another run is at it, and will do it
│   ├── Failed         a task did not do what it was to do
│   └── Later          what a task waits for is not there yet
├── Permanent          a retry cannot help: fail now and tell a person
│   ├── NotFound
│   │   └── IsFolder   there is a folder where a file was asked for
│   ├── AlreadyExists
│   ├── Denied         authentication or permission
│   ├── Unsupported    this store cannot do that
│   ├── Invalid        bad settings, bad name, bad request
│   ├── NoSpace
│   ├── Corrupt        what arrived is not what was sent
│   └── Malformed      a file is not what its format says
└── Stopped            asked to stop: not a failure
    ├── Cancelled
    ├── LeaseLost
    ├── Withdrawn      a person wants this one file paused or cancelled
    └── TimeUp         the run took longer than its job allows
"""
from __future__ import annotations


class HaulierError(Exception):
    """Base of every expected error. Anything else is a bug."""


class Transient(HaulierError):
    """A retry may help, not before `retry_after` seconds if that is given."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(Transient): ...
class Throttled(Transient): ...
class Busy(Transient): ...
class Held(Busy): ...
class Failed(Transient): ...


class Later(Transient):
    """Nothing is wrong, but what is waited for is not there; asked again after `retry_after` seconds (None: when
    a person has answered), and that is no try."""


class Permanent(HaulierError):
    """A retry cannot help."""


class NotFound(Permanent): ...
class IsFolder(NotFound): ...
class AlreadyExists(Permanent): ...
class Denied(Permanent): ...
class Unsupported(Permanent): ...


class Invalid(Permanent):
    """`each`: the mistakes, where several are told at once."""

    def __init__(self, *each: str) -> None:
        super().__init__("\n".join(each))
        self.each = each


class NoSpace(Permanent): ...
class Corrupt(Permanent): ...


class Malformed(Permanent):
    """`line`: of the file's text, from 1; 0 if there is none. `offset`: bytes before it, if that is known."""

    def __init__(self, message: str, *, line: int = 0, offset: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.offset = offset


class Stopped(HaulierError):
    """Work ended because it was asked to."""


class Cancelled(Stopped): ...
class LeaseLost(Stopped): ...


class Withdrawn(Stopped):
    """`pauses`: to be gone on with when a person says so; else never."""

    def __init__(self, message: str, *, pauses: bool) -> None:
        super().__init__(message)
        self.pauses = pauses


class TimeUp(Stopped): ...

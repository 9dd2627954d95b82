"""Which process is it, and is it still there?"""
from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import NamedTuple


class Process(NamedTuple):
    """One process of one machine, told from a later one with the same number by `born`."""

    host: str
    machine: str    # boot and process namespace: equal means that `pid` can be looked up here
    pid: int
    born: int       # clock ticks since boot; 0: not known

    def is_gone(self, seen_from: Process) -> bool:
        """Whether it is certain, from there, that this process has ended."""
        if self.machine != seen_from.machine:
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except (PermissionError, OverflowError):
            pass
        state, born = _status(self.pid)
        return state in ("Z", "X") or bool(self.born and born and self.born != born)


def this_process() -> Process:
    pid = os.getpid()
    return Process(socket.gethostname(), _machine(), pid, _status(pid)[1])


def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return socket.gethostname()


def _status(pid: int) -> tuple[str, int]:
    """State letter and start time of a process, proc(5); ('', 0) if they cannot be read."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "", 0
    return fields[0], int(fields[19])

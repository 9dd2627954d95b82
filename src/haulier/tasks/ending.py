"""The end of programs that are to run no longer: asked to first, then made to, wherever they have gone."""
from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

GRACE = 5.0
"""Seconds between SIGTERM and SIGKILL."""
_LAST = 5.0             # seconds for a killed program to be gone: it may hang in the system
_MARKS = ("HAULIER_RUN", "HAULIER_TASK", "HAULIER_TRY", "TMP_DIR")
"""TMP_DIR too: two workspaces may have runs of the same number."""

Ours = Callable[[int], bool]
"""Whether a process, by its number, is one that is to end."""


def end_family(leader: int, env: Mapping[str, str], grace: float = GRACE) -> int:
    """End all of a session, and everything else that has the marks of that try; how many there were."""
    marks = _marks({name: env[name] for name in _MARKS if name in env})
    return _end(lambda pid: _is_ours(pid, leader, marks), grace)


def kill_leftovers(run: int, task: str, folder: Path, grace: float = GRACE) -> int:
    """End the programs of all tries of a task that a dead process of ours has left; how many there were.

    `folder` is TMP_DIR of the run. Without `task`: of all tasks.
    """
    marks = _marks({"HAULIER_RUN": str(run), "TMP_DIR": str(folder), **({"HAULIER_TASK": task} if task else {})})
    return _end(lambda pid: _is_ours(pid, 0, marks), grace)


def _end(is_ours: Ours, grace: float) -> int:
    told: set[int] = set()
    until = time.monotonic()
    for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, _LAST)):
        until = max(until, time.monotonic()) + patience
        while handles := dict(_told(is_ours, number)):
            told |= set(handles.values())
            if not _gone(handles, until):
                break
    return len(told)


def _told(is_ours: Ours, number: signal.Signals) -> Iterator[tuple[int, int]]:
    """Send the signal to all of ours; a handle of each, with its number."""
    for pid in _processes():
        if not is_ours(pid):
            continue
        try:
            handle = os.pidfd_open(pid)
        except OSError:
            continue
        if is_ours(pid) and _sent(handle, number):      # asked again: by now the number may be somebody else's
            yield handle, pid
        else:
            os.close(handle)


def _sent(handle: int, number: signal.Signals) -> bool:
    try:
        signal.pidfd_send_signal(handle, number)
        signal.pidfd_send_signal(handle, signal.SIGCONT)    # one that was halted does not hear SIGTERM
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _gone(handles: Mapping[int, int], until: float) -> bool:
    """Whether all of them end in time; closes the handles."""
    poller, left = select.poll(), set(handles)
    for handle in handles:
        poller.register(handle, select.POLLIN)
    try:
        while left and (seconds := until - time.monotonic()) > 0:
            for handle, _ in poller.poll(seconds * 1000):
                poller.unregister(handle)
                left.remove(handle)
        return not left
    finally:
        for handle in handles:
            os.close(handle)


def _processes() -> Iterator[int]:
    own = os.getpid()
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != own:
            yield int(name)


def _marks(env: Mapping[str, str]) -> frozenset[bytes]:
    return frozenset(os.fsencode(f"{name}={value}") for name, value in env.items())


def _is_ours(pid: int, leader: int, marks: frozenset[bytes]) -> bool:
    """Of the leader's session (0: of none), or with all the marks. A process that is over is nobody's."""
    state, session = _state(pid)
    if state in "ZX":
        return False
    return (leader > 0 and session == leader) or (bool(marks) and marks <= _environment(pid))


def _state(pid: int) -> tuple[str, int]:
    """One letter, and the session; X if there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as opened:
            state, _, _, session = opened.read().rpartition(b")")[2].split()[:4]
    except (OSError, ValueError):
        return "X", 0
    return state.decode(), int(session)


def _environment(pid: int) -> frozenset[bytes]:
    try:
        with open(f"/proc/{pid}/environ", "rb") as opened:
            return frozenset(opened.read().split(b"\0"))
    except OSError:     # another user's, or gone
        return frozenset()

"""Runs a command and tells what it cost: `launch.py REPORT COMMAND …`

A process of its own, and a small one: what the parent has in memory counts for the peak of its child. REPORT
is a file descriptor: the command's process id goes there, and when it has ended a line of JSON.
"""
from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time

EVERY = 0.1     # seconds between two looks at the memory of a family


def main() -> None:
    report, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(report, False)
    begin = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, setsigdef=[signal.SIGPIPE, signal.SIGXFSZ])
    os.write(report, b"%d\n" % pid)
    together, ended = [0], threading.Event()
    watcher = threading.Thread(target=watch, args=(pid, together, ended))
    watcher.start()
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    wall = time.perf_counter() - begin
    ended.set()
    written = io_of(pid)
    watcher.join()
    _, status, usage = os.wait4(pid, 0)
    os.write(report, json.dumps({
        "code": os.waitstatus_to_exitcode(status), "wall": wall, "cpu": usage.ru_utime + usage.ru_stime,
        "itself": usage.ru_maxrss * 1024 / 1e6, "rss": max(usage.ru_maxrss * 1024, *together) / 1e6,
        "written": written}).encode())


def watch(pid: int, together: list[int], ended: threading.Event) -> None:
    """Note what a process and its children have in memory together, pages that they share counted once."""
    while not ended.wait(EVERY):
        family = [one for one in family_of(pid) if one == pid or not is_same_memory(one, pid)]
        if len(family) > 1:
            together.append(sum(map(share_of, family)))


def is_same_memory(child: int, parent: int) -> bool:
    """Whether a child was just begun with vfork: until it becomes its program, it is the parent in all but name."""
    kcmp = {"x86_64": 312, "aarch64": 272}.get(os.uname().machine)
    if kcmp is None:
        return False
    import ctypes
    return bool(ctypes.CDLL(None).syscall(kcmp, child, parent, 1, 0, 0) == 0)


def family_of(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        try:
            for thread in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{thread}/children") as file:
                    found += map(int, file.read().split())
        except OSError:
            continue
    return found


def share_of(pid: int) -> int:
    return 1024 * field(f"/proc/{pid}/smaps_rollup", "Pss:")


def io_of(pid: int) -> int:
    """Bytes that a process and the children that it outlived gave to write(2) and its like."""
    return field(f"/proc/{pid}/io", "wchar:")


def field(file: str, name: str) -> int:
    try:
        with open(file) as lines:
            return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
    except OSError:
        return 0


if __name__ == "__main__":
    main()

"""Hands that do tasks: a thread for each try, and one word when it ends."""
from __future__ import annotations

import errno
import json
import logging
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

from ...core import kept
from ...model.errors import HaulierError, Invalid, Later, NoSpace
from ...model.task import Key
from .stint import Halt, Stint

log = logging.getLogger("haulier.engine")
FULL = (errno.ENOSPC, errno.EDQUOT)

Work = Callable[[Stint], Mapping[str, Any]]
"""What is done in a try; its outputs."""


@dataclass(slots=True)
class End:
    """How a try ended: with outputs, or with an error."""

    key: Key
    stint: Stint
    outputs: Mapping[str, Any] = field(default_factory=dict)
    error: Exception | None = None


class Hands:
    """Those of one run."""

    def __init__(self) -> None:
        self._ends: SimpleQueue[End] = SimpleQueue()
        self.busy: dict[Key, Stint] = {}

    def begin(self, key: Key, stint: Stint, work: Work, largest: int = kept.LARGEST) -> None:
        """Do it in a thread of its own. `largest`: bytes that its outputs may be."""
        self.busy[key] = stint
        threading.Thread(target=self._do, args=(key, stint, work, largest), name=f"task {key}", daemon=True).start()

    def ended(self, seconds: float) -> list[End]:
        """All that have ended, waiting so long for the first."""
        found: list[End] = []
        try:
            found.append(self._ends.get(timeout=max(0.0, seconds)))
            while True:
                found.append(self._ends.get_nowait())
        except Empty:
            pass
        for end in found:
            del self.busy[end.key]
        return found

    def halt(self, how: Halt, which: Callable[[Key], bool] = lambda key: True) -> None:
        """All of them, or some, are to stop so."""
        for key, stint in self.busy.items():
            if which(key):
                stint.halt(how)

    def _do(self, key: Key, stint: Stint, work: Work, largest: int) -> None:
        end = End(key, stint)
        try:
            _open_log(stint)
            stint.check()
            end.outputs = _plain(key, work(stint), largest)
        except HaulierError as error:
            end.error = error
            if not isinstance(error, Later):
                _note(stint, f"haulier: {error}")
        except Exception as error:
            end.error = _blamed(stint, error)
        finally:
            stint.close()
            self._ends.put(end)


def _blamed(stint: Stint, error: Exception) -> Exception:
    """A disk that is full for that; all else is a bug of ours."""
    if isinstance(error, OSError) and error.errno in FULL:
        return NoSpace(f"{stint.task}: the disk with the folder of the run is full ({stint.log.parent})")
    log.exception("a bug in task %s of run %d", stint.task, stint.run)
    _note(stint, traceback.format_exc())
    return error


def _open_log(stint: Stint) -> None:
    try:
        stint.log.touch(0o600)
    except OSError as error:
        raise NoSpace(f"{stint.log}: the log of the task cannot be written ({error.strerror})") from error


def _plain(key: Key, outputs: Mapping[str, Any], largest: int) -> Mapping[str, Any]:
    """As they will be read again: JSON, and not too much of it."""
    try:
        text = kept.written(outputs)
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(f"{key}: its outputs are no JSON ({error})") from None
    if kept.size(text) > largest:
        raise Invalid(f"{key}: its outputs are {kept.size(text):,} bytes as JSON, and {largest:,} are taken; write "
                      "what is large to a file in TMP_DIR, and give its name")
    plain: Mapping[str, Any] = json.loads(text)
    return plain


def _note(stint: Stint, text: str) -> None:
    try:
        stint.say(text)
    except OSError:
        log.warning("%s: cannot be written", stint.log)

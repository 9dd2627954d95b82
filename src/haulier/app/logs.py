"""What a hub writes to its log: lines of JSON in files that are turned over, and short lines on a terminal."""
from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

from ..model.errors import Denied, Invalid

OURS = "haulier"
SIZE, KEPT = 10_000_000, 5
"""Bytes of one file, and how many older ones are kept."""


class Line(logging.Formatter):
    """One record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """`at` in UTC; a traceback is part of the text."""
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        facts = {key: getattr(record, key) for key in ("flow", "run") if hasattr(record, key)}
        return json.dumps({"at": at, "level": record.levelname, "logger": record.name, "text": text, **facts},
                          ensure_ascii=False)


class Short(logging.Formatter):
    """One record for a person at a terminal or in a service's journal."""

    def format(self, record: logging.LogRecord) -> str:
        """Its level only where that matters."""
        level = "" if record.levelno <= logging.INFO else f"{record.levelname.lower()}: "
        text = f"{datetime.fromtimestamp(record.created):%H:%M:%S} {level}{record.getMessage()}"
        return text + ("\n" + self.formatException(record.exc_info) if record.exc_info else "")


class Level(logging.Filter):
    """Lets our own records through from the level on that `asked` gives, which may change at any time."""

    def __init__(self, asked: Callable[[], str]) -> None:
        super().__init__()
        self._asked, self._known = asked, asked()

    def filter(self, record: logging.LogRecord) -> bool:
        """What others log is warnings, and goes through."""
        with suppress(Invalid):     # a hand edit with a mistake: what was said before holds
            self._known = self._asked()
        return not record.name.startswith(OURS) or record.levelno >= logging.getLevelNamesMapping()[self._known]


def begin(path: Path, level: Callable[[], str]) -> None:
    """From now on, what is logged goes to this file and to standard error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = RotatingFileHandler(path, maxBytes=SIZE, backupCount=KEPT, encoding="utf-8")
    except OSError as error:
        raise Denied(f"{path}: the log cannot be written ({error.strerror})") from error
    file.setFormatter(Line())
    shown = logging.StreamHandler(sys.stderr)
    shown.setFormatter(Short())
    root, chosen = logging.getLogger(), Level(level)
    root.handlers = [file, shown]
    for handler in root.handlers:
        handler.addFilter(chosen)
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(logging.DEBUG)

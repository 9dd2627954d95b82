"""SHA-256 beside the copying: in a thread of its own once a file is large enough to pay for it."""
from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Iterable

ALONE = 2 << 20
"""Bytes hashed in the caller's thread before a second thread is started."""


class Digest:
    """SHA-256 of what update() was given, in order. close() it if result() is not reached."""

    def __init__(self) -> None:
        self._sha = hashlib.sha256()
        self._alone = ALONE
        self._queue: queue.Queue[bytes | None] = queue.Queue(maxsize=8)
        self._thread: threading.Thread | None = None

    def update(self, chunk: bytes) -> None:
        if self._alone > 0:
            self._alone -= len(chunk)
            self._sha.update(chunk)
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="digest", daemon=True)
            self._thread.start()
        self._queue.put(chunk)

    def feed(self, body: Iterable[bytes]) -> None:
        """Hash all of `body` here and now."""
        for chunk in body:
            self._sha.update(chunk)

    def _run(self) -> None:
        while (chunk := self._queue.get()) is not None:
            self._sha.update(chunk)

    def close(self) -> None:
        if self._thread:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def result(self) -> bytes:
        """The digest, 32 bytes."""
        self.close()
        return self._sha.digest()


class Beside:
    """The SHA-256 of a body that a thread of its own reads, while others copy the same file."""

    def __init__(self, body: Iterable[bytes]) -> None:
        self._sha = hashlib.sha256()
        self._error: BaseException | None = None
        self._stop = False
        self._thread = threading.Thread(target=self._run, args=(body,), name="digest", daemon=True)
        self._thread.start()

    def _run(self, body: Iterable[bytes]) -> None:
        try:
            for chunk in body:
                self._sha.update(chunk)
                if self._stop:
                    break
        except BaseException as error:
            self._error = error

    def close(self) -> None:
        self._stop = True
        self._thread.join()

    def result(self) -> bytes:
        self._thread.join()
        if self._error:
            raise self._error
        return self._sha.digest()

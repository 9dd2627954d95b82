"""Rows to a function of the user's: what it raises refuses the row."""
from __future__ import annotations

import asyncio
import ctypes
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from ..core.functions import Halted, line, places
from ..model.errors import Cancelled, Invalid, Stopped, Transient
from ..model.files import go_on
from ..model.record import Fault, Row
from ..ports import FileKey, Refusal, Sink
from .hand import Hand
from .python_function import Function


class PythonSink(Sink):
    """What the function did is done. It is called in one thread, in the order of the rows, or by one event loop."""

    is_final = True

    def __init__(self, function: Function, *, is_batch: bool, concurrency: int, checkpoint: int = 0) -> None:
        self.checkpoint = checkpoint
        self._function, self._is_batch, self._concurrency = function, is_batch, concurrency
        self._hand = Hand("rows to a function", self._interrupt)
        self._check: Callable[[], None] = go_on
        self._runner: asyncio.Runner | None = None
        self._main: asyncio.Task[Any] | None = None
        self._thread: int | None = None
        self._is_over = False
        self._known: dict[str, Fault | None] = {}
        """What became of rows of a put that is not through, and of the last one: they may be put again."""

    def begin(self, file: FileKey, check: Callable[[], None] = go_on) -> bool:
        self._check = check
        self._known = {}
        return False

    def put(self, rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Refusal]:
        self._check()
        self._is_over = False
        self._known = {key: self._known[key] for key in keys if key in self._known}
        new = [at for at, key in enumerate(keys) if key not in self._known]
        if new:
            self._hand.do(lambda: self._work([rows[at] for at in new], [keys[at] for at in new]), self._check)
        return [Refusal(at, fault) for at, key in enumerate(keys) if (fault := self._known[key]) is not None]

    def commit(self) -> None:
        """Nothing to do: it is all done."""

    def abort(self) -> None:
        self._known = {}

    def close(self) -> None:
        if self._runner is not None and not self._hand.is_lost:
            self._hand.do(self._runner.close, go_on)
        self._runner = None
        self._hand.close()
        self._function.found.forget()

    def _interrupt(self) -> None:
        """What is awaited is cancelled; what does not hear that gets an exception thrown in."""
        again, self._is_over = self._is_over, True
        runner, main = self._runner, self._main
        if runner is not None and main is not None and not again:
            runner.get_loop().call_soon_threadsafe(main.cancel)
        elif self._thread is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), ctypes.py_object(Halted))

    # In the hand's thread

    def _work(self, rows: Sequence[Row], keys: Sequence[str]) -> None:
        self._thread = threading.get_ident()
        try:
            if self._is_batch:
                self._batch(rows, keys)
            elif self._function.is_async:
                self._awaited(self._all(rows, keys))
            else:
                self._one_by_one(rows, keys)
        except (Halted, asyncio.CancelledError):
            raise Cancelled("stopped") from None
        finally:
            self._thread = None

    def _one_by_one(self, rows: Sequence[Row], keys: Sequence[str]) -> None:
        for row, key in zip(rows, keys, strict=True):
            if self._is_over:
                raise Cancelled("stopped")
            try:
                self._function(row, key)
                self._known[key] = None
            except Exception as error:
                self._known[key] = _fault(error)

    async def _all(self, rows: Sequence[Row], keys: Sequence[str]) -> None:
        """As many at a time as may be; the first that means the whole file ends the others."""
        left = iter([*zip(rows, keys, strict=True)])

        async def worker() -> None:
            for row, key in left:
                try:
                    await self._function(row, key)
                    self._known[key] = None
                except Exception as error:
                    self._known[key] = _fault(error)

        workers = [asyncio.ensure_future(worker()) for _ in range(min(self._concurrency, len(rows)))]
        try:
            await asyncio.gather(*workers)
        finally:
            for one in workers:
                one.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    def _batch(self, rows: Sequence[Row], keys: Sequence[str]) -> None:
        try:
            said = self._function([*rows], [*keys])
            said = self._awaited(said) if asyncio.iscoroutine(said) else said
        except Exception as error:
            if len(rows) > 1 and not isinstance(error, Transient | Stopped):
                raise Invalid(f"{self._function.call}: {line(error)}; for rows that are to be refused, return "
                              "{place: reason}") from None
            self._known[keys[0]] = _fault(error)
            return
        wrong = places(self._function.call, said, len(rows))
        self._known |= {key: Fault("refused", str(wrong[at])[:300]) if at in wrong else None
                        for at, key in enumerate(keys)}

    def _awaited(self, work: Coroutine[Any, Any, Any]) -> Any:
        """One event loop for all calls, so that what the function keeps open stays of use."""
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.run(self._watched(work))

    async def _watched(self, work: Coroutine[Any, Any, Any]) -> Any:
        self._main = asyncio.current_task()
        try:
            return await work
        finally:
            self._main = None


def _fault(error: Exception) -> Fault:
    """What is wrong with the row; raised again if it says something of the whole file."""
    if isinstance(error, Transient | Stopped):
        raise error
    return Fault("refused", line(error))

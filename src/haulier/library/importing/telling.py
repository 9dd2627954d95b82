"""Rows to functions of the user's: each with its key, several at a time where they are async."""
from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from typing import Any

from ...core.functions import places
from ...model.errors import Denied, Stopped, Transient
from ...model.files import go_on
from ...model.record import Fault, Row
from ...ports import FileKey, Refusal, Sink
from .calls import Line
from .rowkey import Telling, current

Told = Callable[..., Any]
FATAL = (Transient, Stopped, Denied)
"""What says something of the whole file, and not of a row: it is tried again."""


class Calls(Sink):
    """What a function did is done. What it raises refuses its row; what `FATAL` has ends this go at the file."""

    is_final = True

    def __init__(self, function: Told, line: Line, concurrency: int = 8, given: Callable[[Row], Any] = lambda row: row,
                 checkpoint: int = 0) -> None:
        self.checkpoint = checkpoint
        self._function, self._line, self._concurrency, self._given = function, line, concurrency, given
        self._is_async, self._keyed = is_async(function), takes_key(function)
        self._refused: list[str] = []

    def refusals(self) -> list[str]:
        """What the function refused since this was asked."""
        found, self._refused = self._refused, []
        return found

    def begin(self, file: FileKey, check: Callable[[], None] = go_on) -> bool:
        return False

    def put(self, rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Refusal]:
        faults: dict[int, Fault] = {}
        todo = iter([*enumerate(zip(rows, keys, strict=True))])
        if self._is_async:
            self._line.wait(self._all(todo, faults, min(self._concurrency, len(rows))))
        else:
            for at, (row, key) in todo:
                self._line.check_late()
                self._one(at, row, key, faults)
        self._refused += [fault.reason for _, fault in sorted(faults.items())]
        return [Refusal(at, fault) for at, fault in sorted(faults.items())]

    def commit(self) -> None:
        """It is all done."""

    def abort(self) -> None:
        """What was done stays done."""

    def _one(self, at: int, row: Row, key: str, faults: dict[int, Fault]) -> None:
        token = current.set(Telling(key, self._line.check))
        try:
            self._line.ask(self._function, *self._said(row, key))
        except Exception as error:
            faults[at] = fault_of(error)
        finally:
            current.reset(token)

    def _said(self, row: Row, key: str) -> tuple[Any, ...]:
        return (self._given(row), key) if self._keyed else (self._given(row),)

    async def _all(self, todo: Iterator[tuple[int, tuple[Row, str]]], faults: dict[int, Fault], count: int) -> None:
        """After what is fatal nothing more is begun, and what is under way comes to its end."""
        broken: list[Exception] = []

        async def work() -> None:
            for at, (row, key) in todo:
                current.set(Telling(key, self._line.check))
                try:
                    await self._function(*self._said(row, key))
                except FATAL as error:
                    broken.append(error)
                except Exception as error:
                    faults[at] = fault_of(error)
                if broken:
                    return

        await asyncio.gather(*(asyncio.ensure_future(work()) for _ in range(count)))
        if broken:
            raise broken[0]


class BatchCalls(Calls):
    """The same for a function that gets a list of rows; it may return what is wrong, as {place: reason}."""

    def put(self, rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Refusal]:
        token = current.set(Telling(blake2b("\n".join(keys).encode(), digest_size=16).hexdigest(), self._line.check))
        try:
            given = [self._given(row) for row in rows]
            said = self._line.ask(self._function, *((given, [*keys]) if self._keyed else (given,)))
        except Exception as error:
            return [Refusal(at, fault_of(error)) for at in range(len(rows))]
        finally:
            current.reset(token)
        wrong = places("on_batch", said, len(rows))
        return [Refusal(at, Fault("refused", str(why)[:300])) for at, why in sorted(wrong.items())]


def is_async(function: Told) -> bool:
    """Whether what it gives is awaited, in each case."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None))  # noqa: B004 - whether calling it gives a coroutine


def takes_key(function: Told) -> bool:
    """Whether it wants the key too: a second argument that it cannot do without."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):     # written in C
        return False
    return len([one for one in parameters if one.default is one.empty
                and one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]) > 1


def fault_of(error: Exception) -> Fault:
    """What is wrong with the row; raised again if it says something of the whole file."""
    if isinstance(error, FATAL):
        raise error
    text = str(error).strip().split("\n")[0][:300]
    return Fault("refused", f"{type(error).__name__}: {text}" if text else type(error).__name__)

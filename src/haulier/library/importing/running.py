"""Bindings at work: one pass over all of them, or one every few minutes until the process is told to end."""
from __future__ import annotations

import asyncio
import inspect
import logging
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from ...ledger.books import Books
from ...model.errors import HaulierError, Invalid, Stopped
from .binding import PipelineBinding
from .calls import Line, aside
from .connections import kept
from .memory import USUAL, Where, looked_at, opened, url_of
from .result import PipelineResult
from .sources import Source
from .taking import Going, own

log = logging.getLogger("haulier.imports")
Factory = Callable[[], Iterable[PipelineBinding] | Awaitable[Iterable[PipelineBinding]]]


async def run_poll_cycle(bindings: Iterable[PipelineBinding], dry_run: bool = False, *, ledger: Where = USUAL
                         ) -> list[PipelineResult]:
    """One pass: a result for each file that was taken, was no good, or could not be taken. A binding that fails stops
    no other one.

    ledger: what is remembered where, as a URL or a path; by default HAULIER_LEDGER, or a file in the user's state
    folder. None: nothing is remembered, neither rows nor files; a process that dies tells again what it told, and a
    file that is in no archive is taken with each pass.
    """
    found: list[PipelineResult] = []
    every = list(bindings)
    _distinct(every)
    async with kept():
        for binding in every:
            found += await _polled(binding, dry_run, ledger)
    return found


async def run_loop(build_bindings: Factory, poll_interval: float = 300, dry_run: bool = False, *,
                   ledger: Where = USUAL) -> None:
    """A pass every `poll_interval` seconds, until the process gets SIGTERM or SIGINT, or this is cancelled.

    build_bindings: makes the bindings, anew for each pass; async or not. If it raises, the pass is left out. On a
    signal the rows that are under way are ended and remembered; the next start goes on behind them.
    """
    with _signals() as over:
        while not over.is_set():
            if not await _until(over, _pass(build_bindings, dry_run, ledger)):
                break
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), poll_interval)


async def _pass(build_bindings: Factory, dry_run: bool, ledger: Where) -> None:
    try:
        found = build_bindings()
        bindings: Sequence[PipelineBinding] = list(await found if inspect.isawaitable(found) else found)
    except Exception:
        log.exception("the bindings could not be made; this pass is left out")
        return
    try:
        for result in await run_poll_cycle(bindings, dry_run, ledger=ledger):
            _tell(result)
    except Exception:
        log.exception("this pass could not be ended")


def _distinct(bindings: Sequence[PipelineBinding]) -> None:
    """Invalid if two would remember their files under one name."""
    names = Counter(own(one).flow(one.name) for one in bindings)
    for one in bindings:
        if names[own(one).flow(one.name)] > 1:
            raise Invalid(f"two bindings are called {one.name}; the name is what their files are remembered under")


async def _polled(binding: PipelineBinding, dry_run: bool, ledger: Where) -> list[PipelineResult]:
    started = datetime.now(UTC)
    line = Line(asyncio.get_running_loop())
    try:
        return await aside(line, lambda: _gone(binding, dry_run, ledger, line))
    except Stopped as error:
        log.info("%s: %s", binding.name, error)
        return []
    except Exception as error:
        log.error("%s: %s", binding.name, error, exc_info=not isinstance(error, HaulierError))
        result = PipelineResult(binding.pipeline.name, "", binding.name, started, dry_run=dry_run, state="failed")
        result.fail(str(error) or type(error).__name__)
        return [result.over()]


def _gone(binding: PipelineBinding, dry_run: bool, ledger: Where, line: Line) -> list[PipelineResult]:
    if not isinstance(binding.source, Source):
        raise Invalid("its source is none: give a WatchedDirectorySource, an SFTPSource or a StoreSource")
    if not dry_run:
        with opened(ledger) as books:
            return Going(binding, books, line, url_of(ledger) if ledger else "").all()
    with looked_at(ledger) as known, _or_empty(known) as books:
        return Going(binding, books, line).rehearsed(is_known=known is not None)


@contextmanager
def _or_empty(known: Books | None) -> Iterator[Books]:
    if known is not None:
        yield known
        return
    with opened(None) as books:
        yield books


def _tell(result: PipelineResult) -> None:
    said = (f"{result.total_records} rows: {result.processed_count} taken, {result.error_count} errors, "
            f"{result.duplicate_count} came before")
    if result.success:
        log.info("%s: %s: %s: %s", result.source, result.file_name, result.state, said)
    else:
        log.error("%s: %s: %s: %s; %s", result.source, result.file_name, result.state, said,
                  result.errors[0] if result.errors else "see its rejects")


@contextmanager
def _signals() -> Iterator[asyncio.Event]:
    """Set by SIGTERM and SIGINT, where this is the main thread; else only who cancels ends it."""
    over, loop = asyncio.Event(), asyncio.get_running_loop()
    before = {}
    for sign in (signal.SIGTERM, signal.SIGINT):
        with suppress(ValueError, RuntimeError, NotImplementedError):
            kept = signal.getsignal(sign)
            loop.add_signal_handler(sign, over.set)
            before[sign] = kept
    try:
        yield over
    finally:
        for sign, kept in before.items():
            loop.remove_signal_handler(sign)
            signal.signal(sign, kept if kept is not None else signal.SIG_DFL)


async def _until(over: asyncio.Event, work: Awaitable[None]) -> bool:
    """Whether it came to its end; once `over` is set it is cancelled, and waited for."""
    task, waiting = asyncio.ensure_future(work), asyncio.ensure_future(over.wait())
    try:
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
            return True
        return False
    finally:
        waiting.cancel()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

"""What every pipeline is, and how ours take one file by itself."""
from __future__ import annotations

import asyncio
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import cast

from ...core.content import BytesContent, FileContent
from ...core.importing.account import told_of
from ...core.importing.fetching import fetched
from ...core.importing.order import Order
from ...core.importing.round import Way
from ...model.errors import HaulierError, Invalid, Malformed, Stopped
from ...model.intake import Incoming, IntakeState
from ...ports import ImportBook
from ...settings import registry
from ...settings.spec import Env
from .calls import Line, aside
from .connections import kept
from .files import SourceFile, content_of
from .memory import Where, looked_at, opened
from .result import PipelineResult, take

_PACKED = (b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"PK\3\4")


class BasePipeline(ABC):
    """Does something with a file. Write your own as a subclass: what it raises leaves the file for the next time."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What results call it."""

    @abstractmethod
    async def process(self, file: SourceFile, dry_run: bool = False) -> PipelineResult:
        """Take a file in; with `dry_run` nothing is changed anywhere. Raise Malformed for a file that is no good."""


class OwnPipeline(BasePipeline):
    """A pipeline of ours: rows are read, checked, told, and remembered."""

    tenant_id: str = ""
    recovers: bool = False
    """Whether a file that was begun is gone on with though it is not there any more."""
    ledger: Where = None
    """Where process() remembers what it took; None: nowhere."""

    @abstractmethod
    def order(self, flow: str) -> Order:
        """How rows are made."""

    @abstractmethod
    def way(self, order: Order, book: ImportBook, line: Line, stack: ExitStack) -> Way:
        """What is done with the rows of one file."""

    @abstractmethod
    def rehearse(self, order: Order, content: BytesContent | FileContent, book: ImportBook | None, line: Line,
                 result: PipelineResult) -> None:
        """What a file would come to, into the result; Malformed if it would not be taken."""

    def complete(self, way: Way, result: PipelineResult) -> None:
        """Add what the ledger does not know of the file that was taken last."""

    async def process(self, file: SourceFile, dry_run: bool = False) -> PipelineResult:
        """Take a file in by itself. With a `ledger` the same file, or payment, is taken once, and a file that was
        begun is gone on with; without one nothing is remembered: called twice, it tells each row twice."""
        line = Line(asyncio.get_running_loop())
        async with kept():
            return await aside(line, lambda: self._alone(file, dry_run, line))

    def flow(self, name: str) -> str:
        """What the ledger knows it by, under the name of its binding."""
        return f"{name}/{self.tenant_id or 'import'}"

    def tried(self, order: Order, content: BytesContent | FileContent, book: ImportBook | None, line: Line
              ) -> PipelineResult:
        """A dry run."""
        result = PipelineResult(self.name, content.name, dry_run=True, state="read")
        try:
            self.rehearse(order, content, book, line, result)
        except Malformed as error:
            result.state = IntakeState.REFUSED.value
            result.fail(told_of(error))
        return result.over()

    def _alone(self, file: SourceFile, dry_run: bool, line: Line) -> PipelineResult:
        result = PipelineResult(self.name, file.name, dry_run=dry_run)
        try:
            with unpacked(file) as content:
                return self._taken(content, result, line)
        except Stopped:
            raise
        except HaulierError as error:
            result.state = IntakeState.FAILED.value
            result.fail(str(error))
        return result.over()

    def _taken(self, content: BytesContent | FileContent, result: PipelineResult, line: Line) -> PipelineResult:
        order = self.order(self.flow(self.name))
        if result.dry_run:
            with looked_at(self.ledger) as known:
                return self.tried(order, content, known.imports if known else None, line)
        size, digest = measured(content)
        incoming = Incoming(order.flow, 0, content.name, "", size, digest, order.parser_name, order.version)
        with opened(self.ledger) as books, ExitStack() as stack:
            way = self.way(order, books.imports, line, stack)
            with failing(result):
                take(result, way.take(incoming, cast(FileContent, content), line.check), books.imports)
            self.complete(way, result)
        return result.over()


@contextmanager
def failing(result: PipelineResult, but: tuple[type[HaulierError], ...] = ()) -> Iterator[None]:
    """An error that may pass is part of the result."""
    try:
        yield
    except HaulierError as error:
        if isinstance(error, (Stopped, *but)):
            raise
        result.state = IntakeState.FAILED.value
        result.fail(str(error))


def measured(content: BytesContent | FileContent) -> tuple[int, str]:
    """Bytes, and their SHA-256."""
    digest, size = sha256(), 0
    for chunk in content.read():
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest()


@contextmanager
def unpacked(file: SourceFile) -> Iterator[BytesContent | FileContent]:
    """The file as parsers see it; Invalid if it is an archive with several files."""
    from ...stores.local import Local
    plain = content_of(file)
    head = next(iter(plain.read()), b"")
    if not head.startswith(_PACKED):
        yield plain
        return
    with tempfile.TemporaryDirectory(prefix="haulier-") as room:
        name = Path(file.name).name
        with file.open() as source, Path(room, name).open("wb") as packed:
            shutil.copyfileobj(source, packed)
        store = Local(room)
        found = fetched(store, store.stat(name), [registry.step("decompress")().build(Env())], Path(room), lambda: None)
        if len(found) != 1:
            raise Invalid(f"{file.name}: there are {len(found)} files in it; give them one by one, or from a source")
        yield FileContent(found[0].path, found[0].name)

"""What an import has on its sides, for tests: a far side that keeps rows, and processes that die."""
from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from haulier.core.importing.order import Order
from haulier.model.files import go_on
from haulier.model.intake import Incoming
from haulier.model.record import Fault, Row
from haulier.ports import FileKey, Refusal, Sink
from haulier.settings import registry
from haulier.settings.spec import Env

MOST = 60


class Died(BaseException):
    """The process is gone."""


class Mortal:
    """A book or a sink whose process dies when it is used for the n-th time, before or after that is done."""

    def __init__(self, inside: Any, life: list[int], *, after: bool) -> None:
        self._inside, self._life, self._after = inside, life, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inside, name)
        if not callable(found):
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            self._life[0] -= 1
            if self._life[0] == 0 and not self._after:
                raise Died
            result = found(*arguments, **named)
            if self._life[0] == 0:
                raise Died
            return result

        return call


class Shelf(Sink):
    """What a far side keeps: by key, and what was not final only once it was committed."""

    def __init__(self, *, is_final: bool, refuses: Callable[[Row], str] = lambda row: "") -> None:
        self.is_final = is_final
        self.kept: dict[str, Row] = {}
        self.effects = 0
        self.files: set[FileKey] = set()
        self._refuses = refuses
        self._draft: dict[str, Row] = {}
        self._file: FileKey | None = None

    def begin(self, file: FileKey, check: Callable[[], None] = go_on) -> bool:
        self._draft, self._file = {}, file
        return file in self.files and not self.is_final

    def put(self, rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Refusal]:
        out = []
        for at, (row, key) in enumerate(zip(rows, keys, strict=True)):
            if why := self._refuses(row):
                out.append(Refusal(at, Fault("refused", why)))
            elif self.is_final:
                self._keep(key, row)
            else:
                self._draft[key] = row
        return out

    def commit(self) -> None:
        for key, row in self._draft.items():
            self._keep(key, row)
        self._draft = {}
        if self._file and not self.is_final:
            self.files.add(self._file)

    def abort(self) -> None:
        self._draft = {}

    def _keep(self, key: str, row: Row) -> None:
        self.effects += key not in self.kept
        self.kept[key] = row


def order(parser: str, **more: Any) -> Order:
    kind = registry.parser(parser)
    return Order("nightly/take", kind.model_validate({"type": parser}).build(Env()), parser_name=parser,
                 version="1", **more)


def incoming(data: bytes, name: str = "in.csv", run: int = 0) -> Incoming:
    return Incoming("nightly/take", run, name, "inbox", len(data), hashlib.sha256(data).hexdigest(), "csv", "1")

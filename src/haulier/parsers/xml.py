"""XML of any kind: one row for each element at a path."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Literal

from pydantic import Field

from ..core.content import BytesContent
from ..model.errors import Malformed
from ..model.record import Batch, Mark, Row
from ..ports import START, Columns, Content, Guess, Parser
from ..settings.spec import Env, ParserSpec
from .guess_text import markup_of
from .xml_events import Closing, Opening
from .xml_reader import DEPTH, Reader
from .xml_rows import Rows, matcher, missed

_PARTS = 20
"""Elements of one kind in a record, about, at most."""
_PATH = r"^/{0,2}[^/\s]+(/[^/\s]+)*$"


class XmlSpec(ParserSpec):
    """XML

    One row for each element at a path. Namespaces do not matter: names are compared without prefix.
    """

    type: Literal["xml"] = "xml"
    record: str = Field(pattern=_PATH)
    """Where rows are: `Orders/Order` from the outermost element on, or `//Order` wherever it is."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Names of columns, and where each is in a record: `Buyer/Name`, `@id`, `Lines/Line/@no`. If there are none, all
    that a record has, named by its path. What is there several times is a list; `text` is the record's own text."""
    largest_record: int = Field(default=32, ge=1, le=1024)
    """MiB of one record, at most."""

    def build(self, env: Env) -> Xml:
        return Xml(self.record, self.columns, self.largest_record << 20)

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        if not markup_of(head):
            return None
        paths = _paths(head)
        if not paths:
            return None
        path = _likely(paths)
        count = paths[path]
        sure = 0.7 if count > 1 else 0.4
        return Guess(sure, {"record": path}, f"XML; {path} is there {count} times in its beginning")


class Xml(Parser):
    """Values are texts without blanks around them."""

    def __init__(self, record: str, columns: Mapping[str, str] | None = None, largest: int = 32 << 20) -> None:
        self._record = record if record.startswith("//") else record.removeprefix("/")
        self._columns, self._largest = columns or {}, largest

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        return self._parse(content, self._record)

    def reread(self, text: str, state: Mapping[str, Any]) -> Row:
        name = self._record.rpartition("/")[2]
        rows = [row for batch in self._parse(BytesContent(text.encode()), f"//{name}") for row in batch.rows]
        if len(rows) != 1:
            raise Malformed(f"there is to be one element {name}, not {len(rows)}")
        return rows[0]

    def _parse(self, content: Content, record: str) -> Iterator[Batch]:
        opening = Opening(record.rpartition("/")[2].rpartition(":")[2])
        opening.marked = True
        reader = Reader(content, {opening.name: opening}, largest=self._largest)
        rows = Rows(reader, matcher(record), self._columns)
        for events in reader:
            rows.run(events)
            if rows.is_full:
                yield rows.batch([])
        yield rows.batch([] if rows.number else [missed(record, rows.outermost)])


def _paths(head: bytes) -> Counter[str]:
    """How often each path is there, of elements that have others in them or attributes."""
    found: Counter[str] = Counter()
    path: list[str] = []
    more: list[bool] = []       # whether each has something in it
    given = False               # attributes
    try:
        for event in chain.from_iterable(Reader(BytesContent(head), {})):
            if event.__class__ is list:
                given = True
            elif event.__class__ is Opening:
                more = [*[True] * len(more), given]
                given = False
                path.append(event.name)
                if len(path) > DEPTH:
                    return Counter()
            elif event.__class__ is Closing:
                found["/".join(path)] += more.pop()
                path.pop()
    except Malformed:
        pass    # of course it ends too early
    return Counter({path: count for path, count in found.items() if count and "/" in path})


def _likely(paths: Counter[str]) -> str:
    """The one that is there most often, or what is around it: an order rather than its lines, but not all orders."""
    path = max(paths, key=lambda one: (paths[one], -one.count("/")))
    around = path.rpartition("/")[0]
    while paths[around] > 1 and paths[path] <= _PARTS * paths[around]:
        path, around = around, around.rpartition("/")[0]
    return path

"""What lists are asked for."""
from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias, TypeVar

from fastapi import Query
from pydantic import BaseModel

from ...model.errors import Invalid
from ...model.query import RunQuery, TransferQuery
from ...model.run import RunState, Trigger
from ...model.transfer import State
from .given import Limit, Number, Offset, Text
from .moment import MomentGiven, moment

E = TypeVar("E", bound=StrEnum)
Sort: TypeAlias = Literal["-created", "created", "-size", "size", "name", "-name", "-finished", "finished"]


class Stretch(BaseModel):
    """A part of a list."""

    limit: Limit = 50
    offset: Offset = 0


class Runs(Stretch):
    """Runs, newest first; `state` and `trigger` are words with commas between."""

    flow: Text = ""
    state: Text = ""
    trigger: Text = ""
    since: MomentGiven | None = None
    until: MomentGiven | None = None
    sort: Literal["-created"] = "-created"

    def query(self) -> RunQuery:
        """For the ledger."""
        return RunQuery(self.flow, words(RunState, "state", self.state), words(Trigger, "trigger", self.trigger),
                        _at(self.since), _at(self.until), self.limit, self.offset)


class Transfers(Stretch):
    """Transfers; `state` is words with commas between, `search` a part of a path or the beginning of a SHA-256.

    `connection`: of jobs that use it now.
    """

    flow: Text = ""
    connection: Text = ""
    run: Number = 0
    state: Text = ""
    search: Text = ""
    since: MomentGiven | None = None
    until: MomentGiven | None = None
    min_size: Number | None = None
    max_size: Number | None = None
    sort: Sort = "-created"

    def query(self) -> TransferQuery:
        """For the ledger."""
        return TransferQuery(self.flow, self.run, words(State, "state", self.state), self.search, _at(self.since),
                             _at(self.until), self.min_size, self.max_size, self.sort, self.limit, self.offset)


RunsAsked: TypeAlias = Annotated[Runs, Query()]
TransfersAsked: TypeAlias = Annotated[Transfers, Query()]
StretchAsked: TypeAlias = Annotated[Stretch, Query()]


def words(kind: type[E], key: str, text: str) -> tuple[E, ...]:
    """The words with commas between, as what they mean; Invalid if one means nothing."""
    return tuple(_word(kind, key, word.strip()) for word in text.split(",") if word.strip())


def _word(kind: type[E], key: str, word: str) -> E:
    known: Iterable[str] = [str(one) for one in kind]
    if word not in known:
        raise Invalid(f'{key}: there is no "{word}"; it can be {", ".join(known)}')
    return kind(word)


def _at(text: str | None) -> int | None:
    return None if text is None else moment(text)

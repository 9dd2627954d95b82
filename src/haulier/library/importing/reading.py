"""Parsers as objects of the user's: settings that are checked, and rows of texts and files."""
from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

from pydantic import ModelWrapValidatorHandler, ValidationError, model_validator

from ...core.content import BytesContent, FileContent
from ...model.errors import Invalid, Malformed, NotFound
from ...model.record import Row
from ...ports import Content, Parser
from ...settings.problems import Problem, Problems, translated
from ...settings.spec import Env, ParserSpec

AnyPath = str | os.PathLike[str]
C = TypeVar("C", bound=ParserSpec)


class Checked(ParserSpec):
    """Settings whose mistakes are raised as Invalid, all at once."""

    @model_validator(mode="wrap")
    @classmethod
    def _told(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as error:
            raise Problems(translated(error, data, cls, lambda where, text, hint: Problem(
                cls.__name__, 0, ".".join(map(str, where)), text, hint))) from None


class RowParser(Generic[C]):
    """Reads files of one format into rows. `config`: how such a file is written."""

    def __init__(self, config: C) -> None:
        self.config = config

    def build(self, encoding: str = "") -> Parser:
        """What reads a file a batch at a time. `encoding`: of files that say nothing, if the settings do not."""
        return in_encoding(self.config, encoding).build(Env())

    def parse(self, content: str | bytes) -> Iterator[Row]:
        """The rows of a text, or of the bytes of a file; Malformed at the first that is no good."""
        said = getattr(self.config, "encoding", None)
        name = said if said not in (None, "", "auto") else "utf-8"
        data = content.encode(name) if isinstance(content, str) else content
        yield from self.rows(BytesContent(data))

    def parse_file(self, path: AnyPath) -> Iterator[Row]:
        """The rows of a file of this machine; memory does not grow with it."""
        yield from self.rows(file_at(path))

    def rows(self, content: Content) -> Iterator[Row]:
        """The rows; Malformed at the first that is no good."""
        for batch in self.build().parse(content):
            if batch.rejects:
                first = batch.rejects[0]
                raise Malformed(f"{content.name}, line {first.line}: {first.faults[0].reason}", line=first.line)
            yield from batch.rows


def file_at(path: AnyPath) -> FileContent:
    """A file for parsers; NotFound if there is none."""
    found = Path(path)
    if not found.is_file():
        raise NotFound(f"{found}: no such file")
    return FileContent(found, found.name)


def in_encoding(config: ParserSpec, encoding: str) -> ParserSpec:
    """The settings, with that encoding if they have none of their own."""
    fields = type(config).model_fields
    if not encoding or "encoding" not in fields or getattr(config, "encoding", None) not in (None, "", "auto"):
        return config
    import codecs
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise Invalid(f"encoding: there is none called {encoding!r}") from None
    if name == "utf-8":
        return config       # a byte order mark is seen through
    written = {"iso8859-1": "latin-1"}.get(name, name)
    return config.model_validate({**config.model_dump(exclude_unset=True, by_alias=True), "encoding": written})

"""CSV and its relatives: values between marks, one record a line."""
from __future__ import annotations

from enum import StrEnum, auto
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ..ports import Guess, Parser
from ..settings.rules import listed
from ..settings.spec import Env, ParserSpec
from ..settings.units import Size
from .csv_header import Wanted
from .csv_parser import CsvParser, Rules
from .csv_records import Dialect
from .text import Encoding

_WORDS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " ", "none": ""}


def _mark(value: Any) -> Any:
    return "" if value is None else _WORDS.get(value, value) if isinstance(value, str) else value


def _usable(text: str) -> str:
    if text in {"\n", "\r", "\0"} or (not text.isprintable() and text != "\t" and not "\x01" <= text <= "\x1f"):
        raise ValueError("must be one character that does not end a line")
    return text


Char = Annotated[str, BeforeValidator(_mark), AfterValidator(_usable), Field(max_length=1)]
Names = Annotated[tuple[str, ...], BeforeValidator(listed)]


class Ragged(StrEnum):
    """What a row is that has not as many values as there are columns."""

    ERROR = auto()
    PAD = auto()
    TRUNCATE = auto()


class CsvSpec(ParserSpec):
    """CSV"""

    type: Literal["csv"] = "csv"
    delimiter: Annotated[Char, Field(min_length=1)] = ","
    """What stands between values: one character, or the word tab."""
    quote: Char = '"'
    """What stands around values that have a delimiter or the end of a line in them; none: nothing does."""
    escape: Char = ""
    """What stands before a character that is not meant as a mark."""
    doublequote: bool = True
    """Whether a quote inside quotes is written twice."""
    skip_space: bool = False
    """Whether blanks behind a delimiter are left out, so that a quote may come after them."""
    strict: bool = True
    """Whether a row with text behind a closing quote is refused."""
    encoding: Encoding | None = None
    """Such as cp1252; a byte it does not have is the fault of its row. None: a byte order mark says it, or it is
    UTF-8, or the file is refused."""
    fallback: Encoding | None = None
    """The encoding of files that have no byte order mark and are not UTF-8."""
    skip: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Lines at the beginning that are none of the table."""
    header: bool = True
    """Whether the first line has the names of the columns."""
    find_header: Names = ()
    """The header is the first line that has all these names, wherever it is."""
    names: Names = ()
    """The names of the columns, if the file has none or others are wanted."""
    rename_duplicates: bool = False
    """Whether columns without a name, or with one that another has too, get a number; else the file is refused."""
    ragged: Ragged = Ragged.ERROR
    """What to do with a row that has not as many values as there are columns. error: reject it; pad: what is missing
    is empty; truncate: and what is too much is dropped."""
    comment: Annotated[str, BeforeValidator(_mark), Field(max_length=10)] = ""
    """How lines begin that are none of the table."""
    longest: Annotated[Size, Field(ge=1024, le=64 << 20)] = 1 << 20
    """Characters of a row at most; a quote that is still open then is taken to be forgotten."""

    @model_validator(mode="after")
    def _no_two_alike(self) -> CsvSpec:
        marks = [mark for mark in (self.delimiter, self.quote, self.escape) if mark]
        if len(marks) != len(set(marks)):
            raise ValueError("delimiter, quote and escape must be different characters")
        if self.find_header and not self.header:
            raise ValueError("find_header looks for a header, and header: false says that there is none")
        return self

    def build(self, env: Env) -> Parser:
        dialect = Dialect(self.delimiter, self.quote, self.escape, self.doublequote, self.skip_space, self.strict,
                          self.comment)
        wanted = Wanted(self.header, self.skip, self.find_header, self.names, self.rename_duplicates)
        return CsvParser(Rules(dialect, wanted, self.encoding, self.fallback, self.ragged, self.longest))

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        from .csv_guess import guess
        return guess(name, head)

"""Rows to a file at any place: JSON lines, CSV or Parquet."""
from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import model_validator

from ..ports import Sink
from ..settings.forms import PlaceSetting
from ..settings.spec import Env, SinkSpec
from .file_name import NAMES, PLACEHOLDER

_ONE_ROOM = re.compile(r"[^\r\n\"]")


class FileSpec(SinkSpec):
    """File

    All rows of a file go into one file at a place, which is there when all of it is. The same source makes the same
    file under the same name, also after a crash.
    """

    type: Literal["file"] = "file"
    place: PlaceSetting
    """The folder, as a path, a connection with a path, or a URL."""
    format: Literal["jsonl", "csv", "parquet"] = "jsonl"
    """Parquet needs haulier[parquet]."""
    name: str = ""
    """Its name, with {stem} (the source's name without its ending), {name}, {digest} (which tells contents apart) and
    {date} in it. If empty, {stem}-{digest} and the ending of the format."""
    replace: bool = False
    """Write over a file of that name with other content; else the import fails."""
    delimiter: str = ","
    """CSV: what stands between values."""
    decimal: Literal[".", ","] = "."
    """CSV: what stands before decimals."""
    header: bool = True
    """CSV: begin with the names of the columns."""
    guard: bool = True
    """CSV: put a ' before texts that a spreadsheet would take for a formula (those that begin with = + - @)."""
    encoding: Literal["utf-8", "utf-8-sig", "cp1252", "latin-1"] = "utf-8"
    """CSV."""
    columns: tuple[str, ...] = ()
    """CSV and Parquet: these columns in this order. If empty, those of the first rows."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for found in PLACEHOLDER.findall(self.name):
            if found not in NAMES:
                raise ValueError(f"name: {{{found}}} is not known; there are {', '.join(NAMES)}")
        if "{date}" in self.name and "{digest}" not in self.name:
            raise ValueError("name: where {date} is {digest} must be too, so that the file is found again after a "
                             "crash on another day")
        if self.name and not PLACEHOLDER.search(self.name):
            raise ValueError("name: without {stem}, {name} or {digest} in it every source would get the same name")
        if len(self.delimiter) != 1 or not _ONE_ROOM.fullmatch(self.delimiter) or self.delimiter == self.decimal:
            raise ValueError("delimiter: one character, and not the one before decimals")
        return self

    def build(self, env: Env) -> Sink:
        from .file_formats import Csv, JsonLines, parquet
        from .file_sink import FileSink
        if self.format == "parquet":
            return FileSink(env, self.place, self.name or "{stem}-{digest}.parquet", parquet(self.columns),
                            replace=self.replace)
        if self.format == "csv":
            form = Csv(self.delimiter, self.decimal, self.encoding, self.columns, header=self.header, guard=self.guard)
            return FileSink(env, self.place, self.name or "{stem}-{digest}.csv", form, replace=self.replace)
        return FileSink(env, self.place, self.name or "{stem}-{digest}.jsonl", JsonLines(), replace=self.replace)

"""Rows to a function: `call: file.py:function`."""
from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from ..core.functions import file_parts
from ..model.errors import Invalid
from ..ports import Sink
from ..settings.spec import Env, SinkSpec


class PythonSpec(SinkSpec):
    """Python

    Calls a function of yours with each row, or with some at a time. It may be async. An error that it raises refuses
    the row; Transient and Stopped errors of haulier.model.errors mean that the file is tried again, or is to end.
    """

    type: Literal["python"] = "python"
    call: str
    """file.py:function in the folder of tasks. Its first argument is the row (or the list of rows); a second one, or
    one named `key` (`keys`), is the key, the same in every try: with it nothing needs to be done twice."""
    per: Literal["row", "batch"] = "row"
    """Called with one row, or with a list of them. For lists it may return what is wrong, as {place: reason}."""
    concurrency: int = Field(default=8, ge=1, le=1000)
    """Calls at a time of an async function for rows; others are called one after the other."""

    checkpoint: int = Field(default=0, ge=0)
    """Rows that it is called for before it is noted that it was; 0: some thousand, as they are read. For so many it may
    be called again after a crash: set 1 if it cannot tell by the key, though it takes longer."""

    @field_validator("call")
    @classmethod
    def _is_call(cls, call: str) -> str:
        try:
            file_parts(call)
        except Invalid as error:
            raise ValueError(str(error)) from None
        return call

    def build(self, env: Env) -> Sink:
        from .python_function import loaded
        from .python_sink import PythonSink
        return PythonSink(loaded(self.call, env.scripts), is_batch=self.per == "batch", concurrency=self.concurrency,
                          checkpoint=self.checkpoint)

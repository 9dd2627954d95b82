"""Rows that must be as a msgspec Struct says."""
from __future__ import annotations

import dataclasses
import re
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec.inspect import type_info
from msgspec.structs import FieldInfo, asdict, fields

from ..model.errors import Invalid
from ..model.record import Batch, Fault, Row
from .sifting import Verdict, failed, shown, sifted

_WHERE = re.compile(r" - at `\$\.?(.*?)`$")
_KEEP = object()
_LEAVE_OUT = object()


class StructValidator:
    """The fields of the Struct are what comes out; what else a row has is left out, unless the Struct forbids it.

    Texts become what the fields are. An empty text becomes None, or the default, where it cannot be the value.
    """

    def __init__(self, schema: type[msgspec.Struct]) -> None:
        self.schema = schema
        self._all: Any = list[schema]   # type: ignore[valid-type]
        self._fields = fields(schema)
        try:
            self._nested = [one.name for one in self._fields if "StructType(" in repr(type_info(one.type))]
        except TypeError as error:
            raise Invalid(f"{schema.__name__} cannot be a schema: {error}") from None
        self._blanks = {one.encode_name: _blank(one) for one in self._fields}

    def check(self, batch: Batch) -> Batch:
        """The whole batch at once; if any of it is wrong, row by row."""
        try:
            made = msgspec.convert(batch.rows, self._all, strict=False)
        except Exception:
            return sifted(batch, self._judge)
        return dataclasses.replace(batch, rows=[self._row(one) for one in made] if self._nested
                                   else list(map(asdict, made)))

    def _judge(self, row: Row) -> Verdict:
        try:
            return self._row(msgspec.convert(row, self.schema, strict=False))
        except msgspec.ValidationError:
            return self._carefully(row)
        except Exception as error:
            return failed(error)

    def _carefully(self, row: Row) -> Verdict:
        """Field by field, so that all faults are found and not the first."""
        values, faults = dict(row), []
        for one in self._fields:
            name = one.encode_name
            if row.get(name, _KEEP) == "" and (instead := self._blanks[name]) is not _KEEP:
                values[name] = instead
                if instead is _LEAVE_OUT:
                    del values[name]
            if name in values:
                faults += _wrong(one, values)
            elif one.required:
                faults.append(Fault("required", f"{name} must not be empty", name))
        if faults:
            return tuple(faults)
        try:
            return self._row(msgspec.convert(values, self.schema, strict=False))
        except msgspec.ValidationError as error:
            return (_fault(str(error), "", None),)
        except Exception as error:
            return failed(error)

    def _row(self, made: msgspec.Struct) -> Row:
        row = asdict(made)
        for name in self._nested:
            row[name] = _plain(row[name])
        return row


def _wrong(one: FieldInfo, values: Row) -> list[Fault]:
    """What is wrong with that field; a day that is wanted as a time becomes its midnight."""
    name = one.encode_name
    value = values[name]
    try:
        msgspec.convert(value, one.type, strict=False)
        return []
    except msgspec.ValidationError as error:
        fault = _fault(str(error), name, value)
    if type(value) is date and _takes(one.type, midnight := datetime(value.year, value.month, value.day)):
        values[name] = midnight
        return []
    return [fault]


def _fault(text: str, name: str, value: Any) -> Fault:
    where = _WHERE.search(text)
    said = text[:where.start()] if where else text
    inner = f"{name}.{where[1]}" if name and where and where[1][:1] not in "[" else name + (where[1] if where else "")
    return Fault("not_valid", f"{inner}: {said}" if inner else said, name or inner, shown(value))


def _blank(one: FieldInfo) -> object:
    """What an empty text stands for in that field: itself, None, or that there is none."""
    if _takes(one.type, ""):
        return _KEEP
    return None if _takes(one.type, None) else _LEAVE_OUT


def _takes(kind: Any, value: Any) -> bool:
    try:
        msgspec.convert(value, kind, strict=False)
    except Exception:
        return False
    return True


def _plain(value: Any) -> Any:
    """The same with dicts instead of Structs."""
    if isinstance(value, msgspec.Struct):
        return {name: _plain(one) for name, one in asdict(value).items()}
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple, set, frozenset)) else value

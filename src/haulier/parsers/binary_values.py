"""Values of binary formats as those that rows have."""
from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from ..model.record import SHOWN, Fault, Row


def plain(row: Row) -> Row | Fault:
    """Bytes as the text that they are, maps as mappings, durations and UUIDs as texts; or the fault of a row whose
    bytes are no text."""
    made: Row = {}
    for name, value in row.items():
        try:
            made[name] = _plain(value)
        except UnicodeDecodeError as error:
            return Fault("not_text", f"{name} holds bytes that are no text", name, error.object.hex()[:SHOWN])
    return made


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (timedelta, UUID)):
        return str(value)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(one, tuple) and len(one) == 2 for one in value):    # a map of Parquet
            return {str(_plain(name)): _plain(one) for name, one in value}
        return [_plain(one) for one in value]
    return value

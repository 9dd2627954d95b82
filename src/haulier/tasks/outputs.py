"""What a task leaves for those after it: JSON, however it was given."""
from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from ..model.errors import Failed

LARGEST = 1 << 20
"""Bytes that the outputs of one task may take."""
_LINE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_.-]*)=(.*)", re.DOTALL)


def written(path: Path) -> dict[str, Any]:
    """What a program wrote to the file of HAULIER_OUTPUT: lines `name=value`, or one JSON object; {} if nothing."""
    try:
        with open(path, "rb") as opened:
            data = opened.read(LARGEST + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Failed(f"the file of HAULIER_OUTPUT cannot be read: {error.strerror}") from error
    if len(data) > LARGEST:
        raise Failed(f"what was written to HAULIER_OUTPUT is larger than {LARGEST} bytes; write the name of a file "
                     "in TMP_DIR instead")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Failed("what was written to HAULIER_OUTPUT is not UTF-8 text") from None
    return _object(text) if text.lstrip()[:1] == "{" else _lines(text)


def _object(text: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Failed(f"what was written to HAULIER_OUTPUT begins like JSON, but is not one object: {error}") from None
    return found


def _lines(text: str) -> dict[str, Any]:
    found = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.removesuffix("\r"))
        if match is None:
            raise Failed(f"line {number} of what was written to HAULIER_OUTPUT is not name=value")
        found[match[1]] = match[2]
    return found


def returned(value: Any, who: str) -> dict[str, Any]:
    """What a function returned, as outputs: a mapping as it is, anything else as `value`."""
    if value is None:
        return {}
    try:
        text = json.dumps(dict(value) if isinstance(value, Mapping) else {"value": value}, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise Failed(f"{who} returned something that is no JSON: {error}") from None
    if len(text) > LARGEST:
        raise Failed(f"{who} returned more than {LARGEST} bytes; return the name of a file instead")
    found: dict[str, Any] = json.loads(text)
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")

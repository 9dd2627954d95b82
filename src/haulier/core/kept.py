"""How large the outputs of one task may be: they are kept with its run."""
from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

LARGEST = 64 * 1024
"""Bytes, as JSON."""


def written(outputs: Mapping[str, Any]) -> str:
    """As JSON; TypeError, ValueError or RecursionError if they cannot be."""
    return json.dumps(dict(outputs), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def size(text: str) -> int:
    """Bytes of what was written."""
    return len(text.encode(errors="surrogatepass"))


def fits(outputs: Mapping[str, Any]) -> bool:
    """Whether they can be kept."""
    return size(written(outputs)) <= LARGEST

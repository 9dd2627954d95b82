"""Numbers of things, in the right form."""
from __future__ import annotations


def count(number: int, noun: str) -> str:
    """`1 file`, `12 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

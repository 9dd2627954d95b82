"""What a column of a row must be."""
from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum, auto
from typing import Any


class Type(StrEnum):
    TEXT = auto()
    INTEGER = auto()
    DECIMAL = auto()
    FLOAT = auto()
    BOOL = auto()
    DATE = auto()
    DATETIME = auto()
    TIME = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where it comes from, its type, and what its values must be."""

    name: str
    type: Type = Type.TEXT
    source: str = ""                    # its name in the file; "" if it is the same
    required: bool = False              # empty is a fault
    default: Any = None                 # instead of an empty one
    minimum: Any = None                 # of numbers and dates, themselves allowed
    maximum: Any = None
    shortest: int | None = None         # characters of a text
    longest: int | None = None
    pattern: str = ""                   # a regular expression that all of the text matches
    choices: tuple[Any, ...] = ()
    unique: bool = False                # no value twice in one file
    known: frozenset[Any] | None = None     # a lookup: only these
    formats: tuple[str, ...] = ()       # of dates and times, as strptime has them; ISO 8601 if there are none
    decimal: str = "."                  # what stands before the fraction
    thousands: str = ""                 # what may stand between groups of digits
    nulls: tuple[str, ...] = ("",)      # texts that mean that there is none
    trim: bool = True                   # blanks around a value are none of it
    places: int | None = None           # decimals at most


MONEY = Decimal("0.00001")
"""The smallest part of a unit of money that occurs: five decimals (ISO 20022)."""

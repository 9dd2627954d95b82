"""What persons say of payments."""
from __future__ import annotations

from enum import StrEnum, auto
from typing import Annotated

from pydantic import Field, StringConstraints

from .given import Given, Text
from .moment import MOST


class Action(StrEnum):
    """What a person can say of a payment."""

    CONFIRM = auto()    # it is for one of its candidates
    SPLIT = auto()      # it is for these items
    REJECT = auto()     # it is for none of its candidates
    UNMATCH = auto()    # what was decided was wrong
    PARK = auto()
    IGNORE = auto()


class AllocationGiven(Given):
    """So much for that open item."""

    item: Annotated[Text, StringConstraints(min_length=1)]
    amount: Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,18}(\.[0-9]{1,18})?$")]


class Decision(Given):
    """What a person says of a payment as they saw it: `version`.

    `candidate` is of `confirm`, `allocations` are of `split`.
    """

    version: int = Field(ge=1, le=MOST, strict=True)
    action: Action
    candidate: int = Field(0, ge=0, le=99, strict=True)
    allocations: list[AllocationGiven] = Field([], max_length=1000)
    reason: Text = ""

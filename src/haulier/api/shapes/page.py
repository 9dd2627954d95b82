"""Part of a long list."""
from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """Some of what was asked for; `total` of it all, or, if `total_is_capped`, at least so many."""

    items: list[T]
    total: int
    total_is_capped: bool = False
    limit: int
    offset: int

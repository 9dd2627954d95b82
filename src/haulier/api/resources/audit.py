"""Who did what."""
from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from ..caller import Admin, At
from ..shapes import account
from ..shapes.asked import StretchAsked
from ..shapes.page import Page

router = APIRouter(prefix="/audit", tags=["audit"])


class Soundness(BaseModel):
    """Whether the audit log can be trusted."""

    is_unbroken: bool


@router.get("", summary="The audit log, newest first")
def list_deeds(_: Admin, desk: At, asked: StretchAsked) -> Page[account.Deed]:
    """Everything that changed something, and each sign-in that failed."""
    found = desk.hub.accounts.deeds(limit=asked.limit, offset=asked.offset)
    return Page(items=[account.deed(one) for one in found.items], total=found.total,
                total_is_capped=found.is_capped, limit=asked.limit, offset=asked.offset)


@router.get("/check", summary="Whether the audit log is whole")
def check(_: Admin, desk: At) -> Soundness:
    """Looks at every entry: each is chained to the one before."""
    return Soundness(is_unbroken=desk.hub.accounts.is_unbroken())

"""Payments of bank files, and persons who say what they are for."""
from __future__ import annotations

from fastapi import APIRouter

from ..caller import At, Viewer
from ..shapes import payment as shapes
from ..shapes.given import Id, Limit, Number, Text
from .imports import following

router = APIRouter(prefix="/imports", tags=["imports"])


@router.get("/review", summary="Payments that wait for a person")
def review(_: Viewer, desk: At, flow: Text = "", text: Text = "", after: Number = 0, limit: Limit = 100
           ) -> shapes.Payments:
    """Oldest first. `text` is a part of the payer's name, the reference or the amount."""
    found = desk.hub.imports.review(flow, text=text, after=after, limit=limit + 1)
    return shapes.Payments(items=[shapes.shown(one) for one in found[:limit]], next=following(found, limit))


@router.get("/{id}/payments", summary="The payments of an import")
def list_payments(_: Viewer, desk: At, id: Id, after: Number = 0, limit: Limit = 100) -> shapes.Payments:
    """In the order of the file."""
    desk.hub.imports.intake(id)
    found = desk.hub.imports.bookings(id, after=after, limit=limit + 1)
    return shapes.Payments(items=[shapes.shown(one) for one in found[:limit]], next=following(found, limit))


@router.get("/payments/{id}", summary="One payment and its trail")
def get_payment(_: Viewer, desk: At, id: Id) -> shapes.PaymentTrail:
    """With everything that was decided about it, and by whom."""
    return shapes.with_trail(desk.hub.imports.booking(id), desk.hub.imports.trail(id))

"""Payments of bank files, and persons who say what they are for."""
from __future__ import annotations

from dataclasses import replace
from typing import Annotated, NamedTuple

from anyio import to_thread
from fastapi import APIRouter, Query

from ...core.reconcile.decide import exchanged, split
from ...model.intake import Booking
from ...model.match import Match
from .. import owed
from ..caller import At, Caller, Operator, Viewer
from ..desk import Desk
from ..problem import Conflict
from ..saying import WORDS, said
from ..shapes import payment as shapes
from ..shapes.decision import Action, Decision
from ..shapes.given import Id, Limit, Number, Text
from ..shapes.moment import MOST
from .imports import following

router = APIRouter(prefix="/imports", tags=["imports"])


class Seen(NamedTuple):
    """A payment, and the import that it came with."""

    booking: Booking
    flow: str


@router.get("/review", summary="Payments that wait for a person")
def review(_: Viewer, desk: At, flow: Text = "", of: Annotated[int, Query(alias="import", ge=0, le=MOST)] = 0,
           text: Text = "", after: Number = 0, limit: Limit = 100) -> shapes.Payments:
    """Oldest first; of one flow with its task, of one import, or of all.

    `text` is a part of the payer's name, the reference or the amount.
    """
    found = desk.hub.imports.review(flow, intake=of, text=text, after=after, limit=limit + 1)
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


@router.get("/payments/{id}/items", summary="Open items that a payment may be for")
async def list_items(_: Viewer, desk: At, id: Id, text: Text = "") -> shapes.Items:
    """Those with the text in their number, a reference or a name; without a text the likely ones.

    409 if the import is gone or matches nothing now, 424 if whoever keeps the items does not answer.
    """
    seen = await to_thread.run_sync(_seen, desk, id)
    found = await owed.owed(desk, seen.flow, owed.meant(seen.booking, text))
    if found is None:
        raise _gone(seen)
    return await to_thread.run_sync(_listed, desk, seen, found)


@router.post("/payments/{id}/decide", summary="Say what a payment is for")
async def decide(caller: Operator, desk: At, id: Id, body: Decision) -> shapes.Payment:
    """It is told by the next run of its flow. Of an import that is gone candidates are confirmed as they stand.

    409 if somebody decided since that `version`; 422 if items would get more than is open of them.
    """
    seen = await to_thread.run_sync(_seen, desk, id, body.version)
    match = said(seen.booking.match, body)
    found = None
    if match.allocations:
        found = await owed.owed(desk, seen.flow, owed.named([part.item for part in match.allocations]))
        if found is None and body.action is Action.SPLIT:
            raise _gone(seen)
    return await to_thread.run_sync(_decided, desk, caller, seen, body, match, found)


def _seen(desk: Desk, id: int, version: int = 0) -> Seen:
    """Conflict if it is not of that version any more."""
    booking = desk.hub.imports.booking(id)
    if version and booking.version != version:
        raise Conflict(f"payment {id}: somebody decided about it meanwhile; look at it again",
                       shapes.shown(booking).model_dump(mode="json"))
    return Seen(booking, desk.hub.imports.intake(booking.intake).file.flow)


def _gone(seen: Seen) -> Conflict:
    return Conflict(f"payment {seen.booking.id}: its import {seen.flow} is in no flow that can run, or matches no"
                    " payments now, so nobody can be asked for open items; confirm a candidate, or park the payment")


def _listed(desk: Desk, seen: Seen, found: owed.Owed) -> shapes.Items:
    sums = owed.taken(desk, seen.flow, seen.booking, found)
    return shapes.Items(items=[
        shapes.item(one._replace(open=one.open - sums.get(one.id, owed.NOUGHT))) for one in found.items])


def _decided(desk: Desk, caller: Caller, seen: Seen, body: Decision, match: Match, found: owed.Owed | None
             ) -> shapes.Payment:
    """With the lock nobody else takes what is left of the items between the look and the decision."""
    before, word = seen.booking, WORDS[body.action]
    with desk.deciding:
        if found is not None:
            left = owed.left(desk, seen.flow, before, found)
            match = replace(split(before.match, match.allocations, left, overpay=found.overpay), reasons=match.reasons)
            match = exchanged(match, found.items)
        after = desk.hub.imports.decide(before.id, before.version, match, caller.name, word, body.reason)
    desk.forget("imports")
    caller.did(f"payment.{word}", f"payment {before.id}", body.reason)
    return shapes.shown(after)

"""What a person says of a payment, as a match."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from ..core.reconcile import decide
from ..model.match import Allocation, Match
from .shapes.decision import Action, Decision

WORDS = {Action.CONFIRM: "confirmed", Action.SPLIT: "split", Action.REJECT: "rejected", Action.UNMATCH: "unmatched",
         Action.PARK: "parked", Action.IGNORE: "ignored"}
_PLAIN: Mapping[Action, Callable[[Match, str], Match]] = {
    Action.REJECT: decide.reject, Action.UNMATCH: decide.unmatch, Action.PARK: decide.park,
    Action.IGNORE: decide.ignore}


def said(match: Match, body: Decision) -> Match:
    """The match, before anybody was asked what is open of its items. Invalid if it cannot be."""
    if body.action in _PLAIN:
        return _PLAIN[body.action](match, body.reason)
    if body.action is Action.CONFIRM:
        found = decide.confirm(match, body.candidate)
    else:
        found = decide.split(match, [Allocation(one.item, Decimal(one.amount)) for one in body.allocations])
    return replace(found, reasons=(body.reason,) if body.reason else ())

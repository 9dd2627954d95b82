"""The block of an import that says how payments are matched to open items."""
from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from ..core.reconcile.policy import Mode, Rules
from ..core.reconcile.references import SCHEMES
from ..model.match import Gap
from ..model.payment import Kind
from .rules import Form


def _mode(value: Any) -> Any:
    """YAML reads `off` as false; true is what a rule does if nothing is said against it."""
    return {False: Mode.OFF, True: Mode.MATCH}.get(value, value) if isinstance(value, bool) else value


def _list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


ModeSetting = Annotated[Mode, BeforeValidator(_mode)]
Amount = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


class ReconcileForm(Form):
    """How payments are matched to open items. The defaults match what is certain, and suggest the rest to a person.

    Each rule can `match` by itself, `suggest` to a person, or be `off`.
    """

    tolerance: Amount = Decimal(0)
    """So much may lack or be too much, in the payment's currency."""
    tolerance_percent: Annotated[Amount, Field(le=100)] = Decimal(0)
    """Or so many percent of what is open; the larger of the two counts."""
    difference: Literal["rounding", "fee", "discount", "fx"] = "rounding"
    """What such a difference is called."""
    window_days: Annotated[int, Field(ge=0, le=3660)] = 60
    """So many days may lie between a payment and the item's date, where no reference says which item is meant."""
    check_digit: str = ""
    """How our own payment numbers end: luhn, luhn_length, rf, qrr, belgian, finnish or kid; empty: as each looks."""
    within_tolerance: ModeSetting = Mode.MATCH
    """The reference is an item's, and the amount nearly."""
    partial: ModeSetting = Mode.MATCH
    """The reference is an item's, and the payment is less than what is open."""
    overpaid: ModeSetting = Mode.MATCH
    """The reference is an item's, and the payment is more than what is open: the rest is for no item."""
    rest_to_item: bool = False
    """What is paid too much is allocated to the item too."""
    message: ModeSetting = Mode.MATCH
    """All numbers in the text are items', and together they make the amount."""
    sums: ModeSetting = Mode.SUGGEST
    """Some of the items that are named make the amount."""
    together: ModeSetting = Mode.MATCH
    """Several payments of one file that name the same item make its amount."""
    party: ModeSetting = Mode.MATCH
    """The payer's account is known, the amount is exact, the date is near, and there is one such item."""
    amount: ModeSetting = Mode.SUGGEST
    """There is one item of that amount, and the names are alike."""
    returned: ModeSetting = Mode.MATCH
    """A payment that came back reopens what it was for."""
    similarity: Annotated[float, Field(ge=0, le=1)] = 0.75
    """How alike names must be, 0 to 1."""
    candidates: Annotated[int, Field(ge=1, le=3)] = 3
    """So many are shown to a person at most."""
    ignore: Annotated[list[Kind], BeforeValidator(_list)] = [Kind.BATCH, Kind.DETAIL]
    """Kinds of entries that are no payments: batch and detail; add fee and difference if they are booked elsewhere."""

    @field_validator("check_digit")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value and value not in SCHEMES:
            raise ValueError(f"must be one of {_listed(SCHEMES)}")
        return value

    def rules(self) -> Rules:
        """What core goes by."""
        names = ("tolerance", "tolerance_percent", "window_days", "within_tolerance", "partial", "overpaid",
                 "rest_to_item", "message", "sums", "together", "party", "amount", "returned", "similarity")
        return Rules(**{name: getattr(self, name) for name in names}, tolerance_is=Gap(self.difference),
                     scheme=self.check_digit, most_candidates=self.candidates, ignore=frozenset(self.ignore))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)

"""The block `reconcile` in a file."""
from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError

from haulier.core.reconcile.policy import Mode, Rules
from haulier.model.match import Gap
from haulier.model.payment import Kind
from haulier.settings.reconcile import ReconcileForm


def test_nothing_said_is_what_core_does_by_itself() -> None:
    assert ReconcileForm().rules() == Rules()


def test_what_is_said_is_what_is_done() -> None:
    rules = ReconcileForm.model_validate({
        "tolerance": "0.50", "tolerance_percent": 1, "difference": "discount", "window_days": 10,
        "check_digit": "luhn_length", "partial": "suggest", "overpaid": False, "party": "off", "ignore": "fee",
        "similarity": 0.9, "candidates": 2}).rules()
    assert rules == Rules(tolerance=Decimal("0.50"), tolerance_percent=Decimal(1), tolerance_is=Gap.DISCOUNT,
                          window_days=10, scheme="luhn_length", partial=Mode.SUGGEST, overpaid=Mode.OFF,
                          party=Mode.OFF, ignore=frozenset({Kind.FEE}), similarity=0.9, most_candidates=2)


@pytest.mark.parametrize("given", [
    {"tolerance": -1}, {"tolerance": "NaN"}, {"check_digit": "sum"}, {"partial": "maybe"}, {"similarity": 2},
    {"ignore": ["tips"]}, {"window_days": -1}, {"candidates": 0}, {"other": 1}])
def test_what_makes_no_sense_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ReconcileForm.model_validate(given)


def test_every_setting_is_explained() -> None:
    fields = ReconcileForm.model_json_schema()["properties"]
    assert all(field.get("description") for field in fields.values())

"""How payments are kept in the ledger: by place, so that a later version reads what an earlier one wrote."""
from __future__ import annotations

import json
from dataclasses import fields
from decimal import Decimal

from haulier.ledger.matchtext import MATCH, PAYMENT, match_of, match_text
from haulier.model.match import Match, MatchState
from haulier.model.payment import Payment
from haulier.testing.paymentbooks import FULL, FULL_MATCH

EARLIEST = [["1.50", "SEK"], "unmatched", [], "1.50"]
"""As one could be that had only the first of its fields."""


def test_every_field_is_kept() -> None:
    for kind, names in ((Payment, PAYMENT), (Match, MATCH)):
        assert sorted(names) == sorted(field.name for field in fields(kind)), kind


def test_what_was_written_before_there_were_more_fields() -> None:
    assert match_of(json.dumps(EARLIEST)) == Match(
        Payment(Decimal("1.50"), "SEK"), MatchState.UNMATCHED, rest=Decimal("1.50"))


def test_what_a_later_version_wrote() -> None:
    payment, *rest = json.loads(match_text(FULL_MATCH))
    assert match_of(json.dumps([[*payment, "new"], *rest, {"new": 1}])) == FULL_MATCH


def test_it_is_the_same_and_short() -> None:
    found = match_of(match_text(FULL_MATCH))
    assert found == FULL_MATCH and found.payment.more == FULL.more
    assert len(match_text(Match(Payment(Decimal("1.50"), "SEK"), MatchState.MATCHED))) < 200

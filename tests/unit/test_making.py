"""Objects of frozen classes made quickly are the same as others."""
from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, replace
from decimal import Decimal

import pytest

from haulier.model.making import maker
from haulier.model.match import Match, MatchState
from haulier.model.payment import Payment, make


def test_what_is_made_is_one_of_the_class() -> None:
    quick, slow = make(Decimal(1), "SEK", payer_name="A"), Payment(Decimal(1), "SEK", payer_name="A")
    assert type(quick) is Payment and quick == slow and repr(quick) == repr(slow)
    assert pickle.loads(pickle.dumps(quick)) == slow == replace(quick)
    assert quick.more == {} and quick.more is not make(Decimal(1), "SEK").more
    match = maker(Match)(quick, MatchState.UNMATCHED)
    assert match == Match(slow, MatchState.UNMATCHED) and match.reason == "unmatched"


def test_it_is_frozen_and_asks_for_what_it_needs() -> None:
    with pytest.raises(FrozenInstanceError):
        make(Decimal(1), "SEK").amount = Decimal(2)     # type: ignore[misc]
    with pytest.raises(TypeError, match="currency"):
        make(Decimal(1))

"""Real bank files, from their bytes to what their payments are for."""
from __future__ import annotations

from decimal import Decimal

import pytest

from haulier.core.reconcile.index import Index
from haulier.core.reconcile.proof import Proof
from haulier.core.reconcile.reconciler import Reconciler
from haulier.model.match import Match, MatchState, OpenItem
from haulier.model.payment import Payment
from haulier.parsers.bgmax import BgMax
from haulier.parsers.camt import CamtSpec
from haulier.ports import Parser
from haulier.settings.spec import Env
from haulier.testing.parsers import taken

from .conftest import expected, sample


def item(name: str, amount: str, currency: str = "SEK") -> OpenItem:
    return OpenItem(name, (name,), Decimal(amount), Decimal(amount), currency)


def matched(parser: Parser, folder: str, name: str, *items: OpenItem) -> list[Match]:
    """What became of its payments, proved."""
    payments = [Payment.of(row) for row in taken(parser, sample(folder, name)).rows]
    found, proof = Reconciler(Index(items)).match(payments), Proof()
    for match in found:
        proof.add(match)
    for currency, money in proof.money().items():
        assert money.balances
        assert money.total == sum(payment.amount for payment in payments if payment.currency == currency)
    return found


def given(match: Match) -> dict[str, str]:
    return {name: f"{amount:.0f}" for name, amount in match.allocations}


def test_bankgirots_own_example() -> None:
    found = matched(BgMax(), "bgmax", "BgMaxfil4.txt", item("665760", "300"), item("665869", "500"),
                    item("665661", "400"), item("657775", "600"), item("524967", "1900"), item("573964", "1700"),
                    item("573865", "400"), item("8012577", "1000", "EUR"), item("8013575", "1500", "EUR"),
                    item("8014573", "500", "EUR"))
    several, plain, split = found[:3]
    assert given(several) == {"665760": "300", "665869": "500", "665661": "400", "657775": "600"}
    assert (plain.rule, given(plain)) == ("reference", {"524967": "1900"})
    assert (split.rule, given(split), split.gap) == ("split", {"573964": "1700", "573865": "300"}, "underpaid")
    euros = [match for match in found if match.payment.currency == "EUR" and match.state is MatchState.MATCHED]
    assert [given(match) for match in euros] == [{"8012577": "1000", "8013575": "1500", "8014573": "500"}]


@pytest.mark.parametrize("name", sorted(expected("bgmax")))
def test_no_money_of_bgmax_is_lost(name: str) -> None:
    assert not any(match.state is MatchState.MATCHED for match in matched(BgMax(), "bgmax", name))


@pytest.mark.parametrize("name", sorted(name for name in expected("camt") if "pain" not in name))
def test_no_money_of_camt_is_lost(name: str) -> None:
    parser = CamtSpec.model_validate({}).build(Env())
    assert not any(match.allocations for match in matched(parser, "camt", name))

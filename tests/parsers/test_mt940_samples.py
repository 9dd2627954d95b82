"""MT940: real files, each with what is known of it, and beside the mt-940 package."""
from __future__ import annotations

from decimal import Decimal
from typing import Any

import mt940
import pytest

from haulier.core.content import BytesContent
from haulier.parsers.mt940 import Mt940, Mt940Spec
from parsers.conftest import expected, sample

KNOWN = expected("mt940")
IN_MONTHS_OF_THEIR_OWN = {"february_30.sta"}    # the package refuses the whole file


def parsed(data: bytes) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[Any]]:
    batches = list(Mt940().parse(BytesContent(data)))
    assert not [reject for batch in batches for reject in batch.rejects]
    return ([row for batch in batches for row in batch.rows],
            [one for batch in batches for one in batch.facts.get("statements", [])],
            [check for batch in batches for check in batch.checks])


@pytest.mark.parametrize("name", KNOWN)
def test_all_is_as_is_known(name: str) -> None:
    known = KNOWN[name]
    rows, statements, checks = parsed(sample("mt940", name))
    assert len(rows) == known["transactions"]
    assert [row["amount"] for row in rows] == [Decimal(one) for page in known["statements"] for one in page["amounts"]]
    assert len(statements) == len(known["statements"])
    for found, page in zip(statements, known["statements"], strict=True):
        assert (found["reference"], found["account"], found["number"]) == (
            page["reference"], page["account"], page["number"])
        assert found["entries"] == page["transactions"]
        assert Decimal(found["sum"]) == Decimal(page["sum"])
        _same_balances(found, page["balances"])
    balances = [check for check in checks if check.name == "closing balance"]
    stated = [page["balance_check"] for page in known["statements"] if page["balance_check"] != "not possible"]
    assert [check.holds for check in balances] == [one == "ok" for one in stated]


def _same_balances(found: dict[str, Any], known: dict[str, Any]) -> None:
    for mine, names in (("opening", ("60F", "60M")), ("closing", ("62F", "62M")), ("available", ("64",))):
        theirs = next((known[name] for name in names if name in known), None)
        assert (found[mine] is None) == (theirs is None)
        if theirs:
            assert Decimal(found[mine]["amount"]) == Decimal(theirs["amount"])
            assert found[mine]["date"][2:].replace("-", "") == theirs["date"]
            assert found["currency"] == theirs["currency"]


@pytest.mark.parametrize("name", sorted(KNOWN.keys() - IN_MONTHS_OF_THEIR_OWN))
def test_the_package_finds_the_same(name: str) -> None:
    data = sample("mt940", name)
    rows, _, _ = parsed(data)
    theirs = [entry for found in mt940.parse(data.decode("utf-8-sig")) for entry in [found.data]
              if "amount" in entry]
    assert [row["amount"] for row in rows] == [entry["amount"].amount for entry in theirs]
    assert [row["valued"] for row in rows] == [entry["date"] for entry in theirs]


@pytest.mark.parametrize("name", KNOWN)
def test_it_is_seen_what_they_are(name: str) -> None:
    guess = Mt940Spec.guess(name, sample("mt940", name)[:4096])
    assert guess and guess.score >= 0.9

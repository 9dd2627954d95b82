"""Which of the drafts at a place unfinished transfers still need, however the place is written."""
from __future__ import annotations

import pytest

from haulier.core.leftover import Needed
from haulier.model.files import Draft, Entry
from haulier.model.run import Transfer
from haulier.model.transfer import State

TEMP = "in/2026/.big.habc1.part"


def unfinished(state: State = State.WAITING, *, draft: bool = True) -> Needed:
    begun = Draft("in/2026/big", TEMP, offset=5) if draft else None
    return Needed([Transfer(1, "big", "in/2026/big", Entry("big", 9), state, draft=begun)])


@pytest.mark.parametrize("path", [
    TEMP, f"above/{TEMP}", "2026/.big.habc1.part", ".big.habc1.part",   # from the place, above it, below it
    "in/2026/big", "bucket/in/2026/big"])                               # as S3 lists it
def test_a_draft_that_a_transfer_goes_on_with_is_needed(path: str) -> None:
    assert Entry(path, 5) in unfinished()
    assert Entry(path, 5) in unfinished(State.COPYING)


@pytest.mark.parametrize("path", ["in/2026/.big.habc2.part", "in/2025/.big.habc1.part", "6/.big.habc1.part", "ig"])
def test_another_draft_is_not(path: str) -> None:
    assert Entry(path, 5) not in unfinished()


def test_what_is_over_or_begins_anew_needs_none() -> None:
    assert Entry(TEMP, 5) not in unfinished(State.FAILED)
    assert Entry(TEMP, 5) not in unfinished(draft=False)

"""Runs whose process is gone, as they are told."""
from __future__ import annotations

import pytest

from haulier.api.shapes.run import shown
from haulier.model.run import LOST, OVER, Run, RunState


@pytest.mark.parametrize("state", RunState)
def test_what_is_over_is_lost_no_more(state: RunState) -> None:
    """Which runs are lost is remembered for a second, in which somebody may cancel one."""
    told = shown(Run(7, "nightly", "", "", state, 1), lost=True)
    assert told.lost is (state not in OVER) and (told.error == LOST) is told.lost

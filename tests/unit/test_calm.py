"""Searches for garbage: off while parts are made, as they were between them and behind the last."""
from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from haulier.core.calm import Calm, calmly


def _seen() -> Iterator[bool]:
    yield gc.isenabled()
    yield gc.isenabled()


def test_parts_are_made_in_calm_and_no_longer() -> None:
    found = [(inside, gc.isenabled()) for inside in calmly(_seen())]
    assert found == [(False, True), (False, True)]
    assert gc.isenabled()


def test_who_has_it_off_keeps_it_off() -> None:
    gc.disable()
    try:
        with Calm():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def _broken() -> Iterator[int]:
    yield 1
    raise ValueError


def test_an_error_does_not_leave_it_off() -> None:
    with pytest.raises(ValueError):
        list(calmly(_broken()))
    assert gc.isenabled()

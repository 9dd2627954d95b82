"""What hinders everything is said once, though many threads meet it at one moment."""
from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from haulier.engine import trouble
from haulier.engine.trouble import Trouble
from haulier.model.errors import NoSpace


@contextmanager
def meanwhile(act: Callable[[], None]) -> Iterator[list[str]]:
    """What is said; for each of the first lines another one does that as well, just then."""
    class Between(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())
            if len(said) < 5:
                act()

    said, handler = list[str](), Between()
    trouble.log.addHandler(handler)
    try:
        yield said
    finally:
        trouble.log.removeHandler(handler)


def test_it_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trouble, "CALM", 0.0)
    one, full = Trouble(), NoSpace("the disk is full")
    with meanwhile(lambda: one.say(full)) as said:
        one.say(full)
        one.say(full)
    assert said == ["the disk is full; everything goes on when that is over"]
    with meanwhile(one.may_be_over) as said:
        one.may_be_over()
        one.may_be_over()
    assert said == ["what was wrong is over; everything goes on"]
    with meanwhile(lambda: one.say(full)) as said:
        one.say(full)
    assert len(said) == 1, "it has begun anew"

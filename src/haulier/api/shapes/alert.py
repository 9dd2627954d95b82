"""Channels of alerts, for the wire."""
from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from ..problem import Mistake
from .given import Text
from .job import Draft
from .moment import Moment


class Alert(BaseModel):
    """A channel as it is written, and how it stands with it. `place` is where it goes, without a secret.

    `waiting`: messages that are to be sent; `given_up`: those that could not be.
    """

    name: str
    form: dict[str, Any]
    yaml: str
    version: str
    place: str
    problems: list[Mistake]
    waiting: int
    sent: int
    given_up: int
    last_sent: Moment | None
    last_error: str
    last_error_at: Moment | None


class Alerts(BaseModel):
    """All channels, in the order of haulier.yaml."""

    items: list[Alert]


class NewAlert(Draft):
    """One more channel."""

    name: Text


class AlertCheck(Draft):
    """A draft to be looked at; `name`: the channel that it is to replace, whose secrets its dots stand for."""

    name: Text | None = None


class AlertTested(BaseModel):
    """What came of a test message."""

    ok: bool
    text: str
    seconds: float

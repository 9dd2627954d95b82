"""Headers by which web servers say how long they want to be left alone."""
from __future__ import annotations

from email.utils import formatdate

import pytest

from haulier.core import rate_limit, retry_after

NOW = 1_800_000_000.25
AT = formatdate(NOW + 30, usegmt=True)


@pytest.mark.parametrize(("headers", "wait"), [
    ({}, 0), ({"date": AT}, 0),
    ({"ratelimit-remaining": "0", "ratelimit-reset": "30"}, 30),
    ({"ratelimit-remaining": "1", "ratelimit-reset": "30"}, 0),
    ({"ratelimit-limit": "10", "ratelimit-remaining": "0"}, 0),
    ({"ratelimit": "limit=100, remaining=0, reset=30"}, 30),
    ({"ratelimit": "limit=100, remaining=10, reset=30"}, 0),
    ({"ratelimit": '"minute";r=0;t=30'}, 30), ({"ratelimit": '"minute"; r=0; t=30'}, 30),
    ({"ratelimit": '"minute";r=10;t=30'}, 0), ({"ratelimit": '"day";r=9;t=4000, "minute";t=30;r=0;pk=:eA==:'}, 30),
    ({"ratelimit": "r=0"}, 0), ({"ratelimit": ";;,=,"}, 0),
    ({"ratelimit-policy": '"minute";q=0;w=60'}, 0),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "30"}, 30),
    ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": "30"}, 30),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800000030"}, 29.75),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800000030250"}, 30),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": AT}, 29.75),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1799999999"}, 0),     # over
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1900000000"}, 0),     # years ahead: it means something else
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "90000"}, 0),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, 0),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 400}, 0),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "-5"}, 0)])
def test_a_quota_that_is_used_up(headers: dict[str, str], wait: float) -> None:
    assert rate_limit.pause(headers, NOW) == pytest.approx(wait, abs=1e-3)


@pytest.mark.parametrize(("said", "wait"), [
    ("3", 3), (" 3 ", 3), ("0.5", 0.5), (AT, 29.75), (formatdate(NOW - 9, usegmt=True), 0), ("", None), (None, None),
    ("nan", None), ("inf", None), ("-1", None), ("soon", None), ("9" * 400, 365 * 86400)])
def test_retry_after(said: str | None, wait: float | None) -> None:
    assert retry_after.seconds(said, NOW) == (wait if wait is None else pytest.approx(wait, abs=1e-3))

"""Sizes, durations and rates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from haulier.model.errors import Invalid
from haulier.model.words import duration_text, size_text
from haulier.settings.units import (
    Duration,
    Rate,
    Size,
    duration,
    rate,
    size,
)


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [
        ("0", 0),
        ("4096", 4096),
        (4096, 4096),
        (8.0, 8),
        ("1b", 1),
        ("7 bytes", 7),
        ("8MB", 8_000_000),
        ("8 mb", 8_000_000),
        ("10MiB", 10 << 20),
        ("1.5 GB", 1_500_000_000),
        (".5k", 512),
        ("8M", 8 << 20),
        ("1K", 1024),
        ("2G", 2 << 30),
        ("3TiB", 3 << 40),
        ("1PB", 10**15),
        (" 1kB ", 1000),
        ("1.0009kB", 1000),
    ],
)
def test_sizes(text: object, bytes_: int) -> None:
    assert size(text) == bytes_


@pytest.mark.parametrize(
    "text",
    [
        "",
        "MB",
        "-1",
        -1,
        "1,5MB",
        "1e3",
        "5ib",
        "10 MBs",
        "1 0MB",
        "ten",
        True,
        None,
        [],
        1.5,
        float("nan"),
        float("inf"),
        "٣MB",
        "9" * 100,
        "10MB/s",
    ],
)
def test_no_sizes(text: object) -> None:
    with pytest.raises(Invalid, match="size"):
        size(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("2h", 7200),
        ("7d", 604800),
        ("1w", 604800),
        ("1h30m", 5400),
        ("1d 2h", 93600),
        ("250ms", 0.25),
        ("1.5m", 90),
        ("30", 30),
        (2, 2),
        (0.5, 0.5),
        ("0", 0),
        ("1H", 3600),
    ],
)
def test_durations(text: object, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "h", "-1s", -1, "5 parsecs", "1h30", "s1", True, None, float("inf"), "1" * 61 + "s", "1y"]
)
def test_no_durations(text: object) -> None:
    with pytest.raises(Invalid, match="duration"):
        duration(text)


@pytest.mark.parametrize(
    ("text", "speed"),
    [
        ("10MB/s", 10_000_000),
        ("10M", 10 << 20),
        ("1MiB/sec", 1 << 20),
        ("80Mbit/s", 10_000_000),
        ("8bit/s", 1),
        ("100 kbits/s", 12_500),
        (5000, 5000),
    ],
)
def test_rates(text: object, speed: int) -> None:
    assert rate(text) == speed


@pytest.mark.parametrize("text", ["0", 0, "10MB/h", "7bit/s", "fast", None, "/s", "10Mbit", "8Mbps"])
def test_no_rates(text: object) -> None:
    with pytest.raises(Invalid, match="rate"):
        rate(text)


@given(st.integers(0, 1 << 60))
def test_a_size_reads_back_as_it_was_written(value: int) -> None:
    assert size(size_text(value)) == value


@given(st.integers(0, 10**10))
def test_a_duration_reads_back_as_it_was_written(milliseconds: int) -> None:
    assert duration(duration_text(milliseconds / 1000)) == milliseconds / 1000


@given(
    st.integers(0, 10**6),
    st.sampled_from(["B", "kB", "MB", "GB", "KiB", "MiB", "K", "M", "G"]),
    st.sampled_from(["", " ", "  "]),
)
def test_a_bigger_number_is_a_bigger_size(number: int, unit: str, space: str) -> None:
    assert size(f"{number}{space}{unit}") < size(f"{number + 1}{space}{unit}")


@given(st.text(max_size=40))
def test_any_text_is_a_value_or_invalid(text: str) -> None:
    for parse in (size, duration, rate):
        try:
            assert parse(text) >= 0
        except Invalid as error:
            assert len(str(error)) < 120


def test_fields_take_them_and_say_what_is_wrong() -> None:
    class Form(BaseModel):
        part: Size = 0
        pause: Duration = 0
        speed: Rate = 1

    form = Form.model_validate({"part": "8MB", "pause": "2h", "speed": "1MB/s"})
    assert (form.part, form.pause, form.speed) == (8_000_000, 7200.0, 1_000_000)
    with pytest.raises(ValidationError, match="write it like 10MB"):
        Form.model_validate({"part": "big"})
    fields = Form.model_json_schema()["properties"]
    assert fields["part"]["type"] == ["string", "integer"]
    assert fields["pause"]["examples"] == ["90s", "2h", "7d"]

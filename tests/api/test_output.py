"""What tasks printed, cut into parts."""
from __future__ import annotations

from pathlib import Path

import pytest

from haulier.api.past.output import part


@pytest.mark.parametrize("limit", [16, 17, 18, 19, 1000])
def test_no_character_is_cut_in_two(tmp_path: Path, limit: int) -> None:
    text = "aå日本\N{ROCKET}\n" * 50
    log = tmp_path / "log"
    log.write_text(text)
    read, after = "", 0
    while after < len(text.encode()):
        found = part(log, after, limit, is_over=True)
        assert found and found.after == after < found.next <= after + limit and found.size == len(text.encode())
        read, after = read + found.text, found.next
    assert read == text and found.is_over
    for back in range(1, 30):
        found = part(log, -back, 1000, is_over=True)
        assert found and text.endswith(found.text) and found.size - found.after == len(found.text.encode()) <= back


def test_what_is_no_text_is_read_all_the_same(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"\x80\x80\x80\x80\xff\xf0\x9f\x9a")
    found = part(log, 0, 100, is_over=False)
    assert found and found.next == 5 and not found.is_over       # the last three may be the begin of one
    found = part(log, found.next, 100, is_over=True)
    assert found and found.text == "\N{REPLACEMENT CHARACTER}" and found.is_over
    with log.open("r+b") as file:
        file.truncate(1 << 40)      # a hole: nothing of it is read that is not asked for
    found = part(log, -64, 16, is_over=True)
    assert found and (len(found.text), found.next) == (16, (1 << 40) - 48)
    assert part(tmp_path / "none", 0, 16, is_over=True) is None

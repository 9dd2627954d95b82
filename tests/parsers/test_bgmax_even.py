"""BgMax: lines that are all as long are read in a quicker way, with the same result as any others."""
from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haulier.core.content import BytesContent
from haulier.model.errors import Malformed
from haulier.model.record import Notice
from haulier.parsers.bgmax import BgMax
from haulier.parsers.bgmax_scan import only_payments
from haulier.parsers.lines import blocks, even
from haulier.testing.banks import Deposit, Paid, bgmax_lines, check_digit

PAYER = check_digit("378351")
ONE, OTHER = Deposit(), Deposit(serial=2, currency="EUR")


def payment(at: int) -> Paid:
    """Most are alike; a few have more records, wrong digits, a deduction or parts."""
    return Paid(Decimal(-at if at % 23 == 22 else at + 1), check_digit(str(at)) if at % 7 else f"nr {at}",
                payer=str(378351 * 10 + at % 19 // 18), code="2" if at % 13 == 12 else "", name=f"Kund {at}",
                street="Gatan" if at % 11 == 10 else "", org="5560360793" if at % 17 == 16 else "",
                extra=[("x", Decimal(at + 1))] if at % 29 == 28 else ())


LINES = list(bgmax_lines([(ONE, map(payment, range(60))), (OTHER, map(payment, range(40)))]))
SETTINGS: dict[str, Any] = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}

Edit = Callable[[str], str]
damage: st.SearchStrategy[Edit] = st.one_of(
    st.sampled_from([str.rstrip, lambda line: line + " ", lambda line: line[:40], lambda line: "",
                     lambda line: f"{line or 'x'}\n{line}"]),
    st.builds(lambda at, text: lambda line: f"{line[:at]}{text}{line[at + len(text):]}",
              st.integers(0, 79), st.sampled_from(["0", "15", "05", "21", "22", "99", "7", "\t", "\0", " ", "å", "x"])),
    st.builds(lambda at: lambda line: f"{line[:at] or 'x'}\n{line[at + 1:]}", st.integers(1, 78)))
"""No line begins with an LF: behind a CR it would be no line."""


def all_of(lines: list[str], end: str, chunk: int, encoding: str) -> dict[str, Any]:
    """Whatever is told of a file with these lines, but how many bytes there are."""
    content = BytesContent("".join(line + end for line in lines).encode(encoding), chunk=chunk)
    parser = BgMax(strict=False)
    found: dict[str, Any] = {"rows": [], "numbers": [], "lines": [], "raw": [], "rejects": [], "checks": [],
                             "notices": [], "facts": [], "error": ""}
    try:
        for batch in parser.parse(content):
            for name in ("rows", "numbers", "lines", "rejects", "checks", "notices"):
                found[name] += getattr(batch, name)
            found["raw"] += [batch.raw(at) for at in range(len(batch.rows))]
            found["facts"] += batch.facts.items()
    except Malformed as error:
        found["error"] = str(error)
    found["proof"] = []
    try:
        found["proof"] += parser.checks(content)
    except Malformed as error:
        found["proof_error"] = str(error)
    # Notices come behind the checks of their block, and those of one kind behind those of another.
    found["proof"].sort(key=lambda one: (isinstance(one, Notice), isinstance(one, Notice) and one.code))
    found["notices"].sort(key=lambda one: one.code)
    return found


@settings(max_examples=150, **SETTINGS)
@given(st.lists(st.tuples(st.integers(0, len(LINES) - 1), damage), max_size=2), st.booleans(),
       st.sampled_from([82 * 7, 1000, 1 << 16]), st.sampled_from(["latin-1", "utf-8"]))
def test_lines_that_are_all_as_long_say_what_others_do(edits: list[tuple[int, Edit]], stripped: bool, chunk: int,
                                                       encoding: str) -> None:
    lines = [line.rstrip() for line in LINES] if stripped else list(LINES)
    for at, edit in edits:
        lines[at] = edit(lines[at])
    usual = all_of(lines, "\r", chunk, encoding)    # nothing is seen to be even where there is no LF
    assert all_of(lines, "\r\n", chunk, encoding) == usual
    assert all_of(lines, "\n", chunk, encoding) == usual


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_lines_of_bankgirot_are_even(end: str) -> None:
    content = BytesContent("".join(line + end for line in LINES).encode(), chunk=1000)
    found = list(blocks(content, "latin-1"))
    assert all(block.step == 81 for block in found)
    assert sum(only_payments(block) for block in found) > len(found) // 2


@settings(max_examples=300, **SETTINGS)
@given(st.lists(st.sampled_from([b"ab", b"cd", b"efg", b"\t", b"\n", b"\r\n", b"\r", b"\n" * 4, "å".encode(),
                                 b"ab\n" * 5, b"ab\r\n" * 5])), st.integers(1, 40))
def test_blocks_have_the_lines_of_the_file(parts: list[bytes], chunk: int) -> None:
    data = b"".join(parts)
    found = list(blocks(BytesContent(data, chunk=chunk), "utf-8"))
    lines = [line for block in found for line in block.lines]
    assert lines == [line.decode() for line in data.splitlines()]
    for block in found:
        assert block.longest == max(len(line.encode()) for line in block.lines)
        assert block.first == lines.index(block.lines[0], block.first - 1) + 1
        if block.step:
            assert {len(line) for line in block.lines} == {block.step - 1}


def test_even_lines_are_even() -> None:
    assert even(b"ab\r\ncd\r\n") == (b"ab\ncd", 3)
    assert even(b"ab\ncd\n") == (b"ab\ncd", 3)
    for data in (b"ab\r\ncd\n", b"ab\ncde\n", b"ab\rcd\r", b"ab\ncd", b"abcd\na\n\n\n\n", b"", b"\n\n", b"abc\na\rc\n"):
        assert even(data) == (data, 0)

"""Reads a BgMax file for its totals alone, and for its deposits before their payments."""
from __future__ import annotations

import re
from collections.abc import Iterator

from ..model.errors import Malformed
from ..model.record import Check, Notice
from ..ports import Content
from . import bgmax_records as records
from .bgmax_controls import Controls
from .bgmax_records import EXTRAS, FOLLOWERS, MONEY, PAYMENT, WIDTH, Deposited
from .lines import Block, blocks
from .notices import Notices

_ENDS = re.compile(r"\n[01]5[^\n]*")


def proof(content: Content, encoding: str, *, test: bool) -> Iterator[Check | Notice]:
    """What the file says of itself beside what is found in it."""
    notices = Notices()
    controls = Controls(notices, test=test)
    for block in blocks(content, encoding):
        yield from _totals(block, controls)
        yield from notices.take()
    yield from controls.finish()
    yield from notices.take()


def is_changed(line: str) -> bool:
    """Whether somebody put a TAB into a line, or more than there is room for."""
    line = line.rstrip(" \t\x1a\x00")
    return "\t" in line or len(line) > WIDTH


def has_amount(line: str) -> bool:
    """Whether a payment's amount can be read: totals are of those only."""
    amount = line[37:55]
    return amount.isdecimal() and len(amount) == 18 and amount.isascii()


def deposits(content: Content, encoding: str) -> Iterator[Deposited | None]:
    """Of each section in turn, what its record 15 says; None if it has none that is whole."""
    is_open = False
    for block in blocks(content, encoding):
        for mark in _ENDS.findall("\n" + "\n".join(block.lines)):
            if mark.startswith("\n05"):
                if is_open:
                    yield None
                is_open = True
            elif is_open:
                is_open = False
                yield _deposit(mark[1:])
    if is_open:
        yield None


def _deposit(line: str) -> Deposited | None:
    try:
        return records.deposit_of(line, 0)
    except Malformed:
        return None     # is said when its turn comes


def _totals(block: Block, controls: Controls) -> Iterator[Check]:
    changed = any("\t" in line or len(line) > WIDTH for line in block.lines)
    for number, line in enumerate(block.lines, block.first):
        code = line[:2]
        if code in MONEY:
            if controls.section is None:
                controls.inside(code, number)
            if has_amount(line) and not (changed and is_changed(line)):
                count(controls, code, int(line[37:55]))
        elif code in FOLLOWERS:
            if code in EXTRAS:
                controls.references += 1
        elif line:
            yield from controls.take(code, line, number)


def count(controls: Controls, code: str, minor: int) -> None:
    """One more payment or deduction."""
    controls.count += 1
    if code == PAYMENT:
        controls.payments += 1
        controls.amount += minor
    else:
        controls.deductions += 1
        controls.amount -= minor

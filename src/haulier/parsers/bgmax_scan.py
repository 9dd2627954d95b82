"""Reads a BgMax file for its totals alone, and for its deposits before their payments."""
from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator

from ..model.errors import Malformed
from ..model.record import Check, Notice
from ..ports import Content
from . import bgmax_records as records
from .bgmax_controls import Controls
from .bgmax_records import DEDUCTION, EXTRAS, FOLLOWERS, MONEY, PAYMENT, Deposited
from .giro import WIDTH
from .lines import Block, blocks, even, pieces

_OTHER = re.compile(r"\n(?!20|2[5-9])[^\n]*")       # lines that are neither payments nor texts of payments
_PAID = re.compile(r"\n20.{35}([0-9]{18})")
_ENDS = re.compile(rb"\n[01]5[^\n]*")


def proof(content: Content, encoding: str, controls: Controls) -> Iterator[Check | Notice]:
    """What the file says of itself beside what is found in it."""
    for block in blocks(content, encoding):
        yield from _totals(block, controls)
        yield from controls.notices.take()
    yield from controls.finish()
    yield from controls.notices.take()


def any_changed(block: Block) -> bool:
    """Whether one of its lines may be."""
    return "\t" in block.text or (block.longest > WIDTH and max(map(len, block.lines)) > WIDTH)


def only_payments(block: Block) -> bool:
    """Whether it is seen at once that there are only payments and texts of payments in it."""
    return bool(block.step) and not (block.text[::block.step].strip("2") or block.text[1::block.step].strip("056789"))


def is_changed(line: str) -> bool:
    """Whether somebody put a TAB into a line, or more than there is room for."""
    line = line.rstrip(" \t\x1a\x00")
    return "\t" in line or len(line) > WIDTH


def mended(lines: list[str]) -> list[str]:
    """The same; payments that somebody changed cannot be read any more, and what adds to them is as it was before."""
    return [line if not is_changed(line) else f"{line[:2]}\t" if line[:2] in MONEY
            else line.expandtabs(8)[:WIDTH] if line[:2] in FOLLOWERS else line for line in lines]


def is_amount(text: str) -> bool:
    """Whether a payment's amount can be read: totals are of those only."""
    return len(text) == 18 and text.isdecimal() and text.isascii()


def deposits(content: Content, encoding: str) -> Iterator[Deposited | None]:
    """Of each section in turn, what its record 15 says; None if it has none that is whole."""
    is_open = False
    for _, data in pieces(content):
        plain, step = even(data.removeprefix(BOM_UTF8))
        if step and not plain[::step].strip(b"2"):
            continue    # payments only: most of a long file is so
        for mark in _ENDS.findall(b"\n" + plain.replace(b"\r", b"\n")):
            if mark.startswith(b"\n05"):
                if is_open:
                    yield None
                is_open = True
            elif is_open:
                is_open = False
                yield _deposit(mark[1:].decode(encoding, "replace"))
    if is_open:
        yield None


def _deposit(line: str) -> Deposited | None:
    try:
        return records.deposit_of(line, 0)
    except Malformed:
        return None     # is said when its turn comes


def _totals(block: Block, controls: Controls) -> Iterator[Check]:
    if only_payments(block) and not any_changed(block):
        _paid(f"\n{block.text}", controls, block.first)
        return
    text = "\n".join(["", *mended(block.lines)]) if any_changed(block) else f"\n{block.text}"
    at, number = 0, block.first
    for other in _OTHER.finditer(text):
        _paid(text[at:other.start()], controls, number)
        number += text.count("\n", at, other.start())
        at, line = other.end(), other.group()[1:]
        code = line[:2]
        if code in EXTRAS:
            controls.references += 1
        elif code == DEDUCTION:
            controls.inside(code, number)
            if is_amount(line[37:55]):
                controls.deducted += 1
                controls.amount -= int(line[37:55])
        elif line:
            yield from controls.take(code, line, number)
        number += 1
    _paid(text[at:], controls, number)


def _paid(text: str, controls: Controls, number: int) -> None:
    """Payments that follow one another."""
    if controls.section is None and (start := f"{text}\n".find("\n20")) >= 0:
        controls.inside(PAYMENT, number + text.count("\n", 0, start))
    amounts = _PAID.findall(text)
    controls.paid += len(amounts)
    controls.amount += sum(map(int, amounts))

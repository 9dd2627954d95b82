"""The upright pieces of the lines between two layers: beside each other where they would be on top of each other."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .layers import Item

MOST = 24
"""Tracks in one gap. Where that is not enough nobody could follow a line anyway."""


class _Net(NamedTuple):
    """Lines that share one upright piece: all of its starts lead to the same ends."""

    starts: list[Item]
    top: float
    bottom: float
    goes_down: bool
    start: float

    @property
    def order(self) -> tuple[bool, float]:
        """Of those that go up the upper ones first, of those that go down the lower ones: so fewer cross."""
        return self.goes_down, -self.start if self.goes_down else self.start


def tracked(layer: Sequence[Item]) -> tuple[dict[Item, int], int]:
    """The track of each item whose lines to the next layer turn, and how many tracks there are."""
    tracks: list[list[tuple[float, float]]] = []
    found: dict[Item, int] = {}
    for net in sorted((net for net in _nets(layer) if net.top < net.bottom), key=lambda net: net.order):
        at = next((at for at, others in enumerate(tracks)
                   if all(net.bottom < top or bottom < net.top for top, bottom in others)), len(tracks))
        if at == len(tracks):
            tracks.append([])
        tracks[at].append((net.top, net.bottom))
        found.update(dict.fromkeys(net.starts, at % MOST))
    return found, min(len(tracks), MOST)


def _nets(layer: Sequence[Item]) -> Iterator[_Net]:
    starts: dict[frozenset[Item], list[Item]] = {}
    for item in layer:
        if item.after:
            starts.setdefault(frozenset(item.after), []).append(item)
    for ends, items in starts.items():
        heights = [item.y for item in ends]
        start = sum(item.y for item in items) / len(items)
        down = sum(heights) / len(heights) > start
        heights += [item.y for item in items]
        yield _Net(items, min(heights), max(heights), down, start)

"""Finds the messages in a file of ISO 20022: in `Document`, in envelopes, with any namespace or none."""
from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from ..model.errors import Malformed
from .xml_events import Place

_FIRST = re.compile(r"V\d\d$")      # .01 has its version in the name
_NUMBER = re.compile(r"(pain\.00[128])\.\d{3}\.\d\d$")       # the oldest have nothing but their number for a name
_NAMES = {"pain.001": "CstmrCdtTrfInitn", "pain.002": "CstmrPmtStsRpt", "pain.008": "CstmrDrctDbtInitn"}
_OURS = re.compile(r":xsd:\$?([a-z]{4}\.\d{3}\.[\w.]+)$")


class Message(NamedTuple):
    root: str           # such as BkToCstmrStmt
    element: str        # the same as it stands
    namespace: str      # "" if there is none


class Messages:
    """Knows a message when it begins."""

    def __init__(self, known: Collection[str], kinds: str) -> None:
        self._known, self._kinds = known, kinds
        self._documents, self._found = 0, 0
        self._outermost = ""
        self._spaces: list[str] = []    # the innermost last

    def found(self, path: list[str], attributes: dict[str, str], place: Place) -> Message | None:
        """The message that this element is; Malformed if it is another message than those that are known."""
        element = path[-1]
        if len(path) == 1:
            self._outermost = element
            self._spaces = []
        self._spaces += [space for name, space in attributes.items() if name == "xmlns" or name.startswith("xmlns:")]
        del self._spaces[:-50]
        root = _NAMES[old[1]] if (old := _NUMBER.match(element)) else _FIRST.sub("", element)
        if root in self._known:
            self._found += 1
            return Message(root, element, self._namespace())
        if path[-2:-1] == ["Document"]:
            raise Malformed(f"line {place[1]}: unsupported message {self._kind()} ({element[:80]}): expected "
                            f"{self._kinds}", line=place[1], offset=place[0])
        if element == "Document":
            self._documents += 1
        return None

    def end(self) -> None:
        """Malformed if there was none."""
        if self._found:
            return
        what = "its Document is empty" if self._documents else f"its outermost element is {self._outermost[:80]!r}"
        raise Malformed(f"no message in this file: {what}; expected {self._kinds}")

    def _namespace(self) -> str:
        ours = [space for space in self._spaces if _OURS.search(space) and ":head." not in space]
        others = [space for space in self._spaces if "XMLSchema-instance" not in space and ":head." not in space]
        return (ours or others or [""])[-1]

    def _kind(self) -> str:
        found = _OURS.search(self._namespace())
        return found[1] if found else "of no known namespace"

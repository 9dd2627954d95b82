"""Rows out of the events of a JSON document."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..model.errors import Malformed
from ..model.record import Fault
from .json_text import DIGITS

Event = tuple[str, Any]
_OPENS = frozenset({"start_map", "start_array"})
_CLOSES = frozenset({"end_map", "end_array"})
_TURNS = _OPENS | _CLOSES
_KINDS = {"map": "an object", "array": "a list", "string": "a text", "number": "a number", "boolean": "true or false",
          "null": "null"}


@dataclass(slots=True)
class Element:
    """One element of the list: a value, where it begins, and what is wrong with it."""

    line: int
    value: Any
    fault: Fault | None = None


@dataclass(slots=True)
class Walk:
    """Follows events (start_map, map_key …) to the list at `path`, and makes its elements."""

    path: list[str]
    deepest: int
    line: int = 1               # of the events that come now: whoever has them says it
    found: bool = False         # whether the path led somewhere
    ready: list[Element] = field(default_factory=list)
    _at: list[str | None] = field(default_factory=list)     # the name in each object around; None in lists
    _inside: bool = False       # of the list at the path
    _stack: list[Any] = field(default_factory=list)         # what is being made, the outermost first
    _key: str = ""
    _begun: int = 0
    _fault: Fault | None = None

    @property
    def busy(self) -> bool:
        """Whether an element has begun and is not whole."""
        return bool(self._stack)

    def take(self, events: Iterable[Event]) -> None:
        """Follow some more; Malformed if they lead to no rows."""
        stack, key = self._stack, self._key
        top = stack[-1] if stack else None
        for event, value in events:
            if top is None or event in _TURNS:
                self._key = key
                self._turn(event, value)
                top, key = stack[-1] if stack else None, self._key
            elif event == "map_key":
                key = value
                if key in top:
                    self._fault = Fault("name_twice", f"{key} stands twice in one object; which is right?", key)
            else:
                if event == "number" and type(value) is Decimal and not -DIGITS <= value.adjusted() <= DIGITS:
                    self._fault = Fault("bad_number", f"a number has more than {DIGITS} digits", key)
                if type(top) is dict:
                    top[key] = value
                else:
                    top.append(value)
        self._key = key

    def _turn(self, event: str, value: Any) -> None:
        """Into something or out of it, and all that is not in an element."""
        if not self._stack:
            self._outside(event, value)
        elif event in _CLOSES:
            self._close()
        else:
            self._open(event)

    def _outside(self, event: str, value: Any) -> None:
        """Between the elements, before all of them and behind them."""
        if self._inside and event == "end_array":
            self._inside = False
        elif self._inside:
            self._element(event, value)
        elif event == "map_key":
            self._at[-1] = value
        elif event in _CLOSES:
            self._at.pop()
        elif self._at == self.path:
            self._arrive(event, value)
        elif event in _OPENS:
            self._deeper(len(self._at) + 1)
            self._at.append(None)

    def _arrive(self, event: str, value: Any) -> None:
        where = ".".join(self.path) or "the document"
        if self.found:
            raise Malformed(f"{where} stands twice", line=self.line)
        self.found = True
        if event == "start_array":
            self._inside = True
        elif event == "start_map":
            self._element(event, value)
        else:
            raise Malformed(f"{where} is {_KINDS[event]}; a list of objects is wanted, or one object", line=self.line)

    def _element(self, event: str, value: Any) -> None:
        self._begun, self._fault = self.line, None
        if event != "start_map":
            kind = _KINDS[event.removeprefix("start_")]
            self._fault = Fault("not_an_object", f"there is {kind}, where an object is wanted")
        if event in _OPENS:
            self._stack.append({} if event == "start_map" else [])
        else:
            self.ready.append(Element(self._begun, value, self._fault))

    def _open(self, event: str) -> None:
        made: Any = {} if event == "start_map" else []
        if type(top := self._stack[-1]) is dict:
            top[self._key] = made
        else:
            top.append(made)
        self._stack.append(made)
        self._deeper(len(self._at) + len(self._stack))

    def _close(self) -> None:
        made = self._stack.pop()
        if not self._stack:
            self.ready.append(Element(self._begun, made, self._fault))

    def _deeper(self, depth: int) -> None:
        if depth > self.deepest:
            raise Malformed(f"lists and objects are nested more than {self.deepest} deep (max_depth)", line=self.line)

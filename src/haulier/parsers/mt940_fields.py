"""Fields of SWIFT messages: `:61:…` and the lines that go on with it."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..ports import Content
from .bank_lines import decoded, lines

_FIELD = re.compile(r":(\d\d[A-Z]?|NS):(.*)", re.DOTALL)
_KIND = re.compile(r"\{2:[IOEN](94[0-4])|:?(94[0-4]):?\s*$")
_MOST = 500
"""Lines of one field that are kept: of :86: there are six in the standard, some 20 with talkative banks."""
_WIDEST = 4_000
"""Characters of a line that goes on with a field: there are 65 in the standard."""
END = "-"
KIND = "kind"


@dataclass(slots=True)
class Field:
    """One field: its tag, such as `61` or `60F`; END where a message ends, KIND where it is said what comes."""

    tag: str
    line: int
    texts: list[str] = field(default_factory=list)
    cut: int = 0        # lines that were too many

    @property
    def text(self) -> str:
        """Its lines as one: what was folded is unfolded."""
        return "".join(self.texts)

    @property
    def raw(self) -> str:
        return f":{self.tag}:" + "\n".join(self.texts)


def fields(content: Content, encoding: str = "") -> Iterator[Field]:
    """All fields of all messages, in order. What stands around messages is left out."""
    current = Field(END, 0)
    for number, line in _lines(content, encoding):
        if (found := _opened(line, number)) is not None:
            yield current
            current = found
        elif current.tag not in (END, KIND):
            _more(current, line)
    yield current


def _lines(content: Content, encoding: str) -> Iterator[tuple[int, str]]:
    """Those that are not blank, without the blanks that some files have before each; HBCI ends them with @@."""
    indent, is_joined = None, False
    for number, raw in lines(content.read()):
        line = decoded(raw, encoding)
        if indent is None and line.strip():
            indent, is_joined = line[:len(line) - len(line.lstrip())], "@@:" in line
        for part in line.split("@@") if is_joined else (line,):
            if part and not part.isspace():
                yield number, part.removeprefix(indent or "")


def _opened(line: str, number: int) -> Field | None:
    """The field that begins with this line; None if it goes on with one."""
    if line[0] == ":":
        if found := _FIELD.match(line):
            return Field(found[1], number, [found[2]])
        return Field(KIND, number, [kind[2]]) if (kind := _KIND.match(line)) else None
    if line[0] == "{":
        return _block(line, number)
    if line.strip() == "-" or line.startswith(("-}", "-----")):
        return Field(END, number)
    return Field(KIND, number, [kind[2]]) if (kind := _KIND.match(line)) else None


def _block(line: str, number: int) -> Field | None:
    """The start of a message, such as `{1:…}{2:O940…}{4:`; a field may follow at once."""
    head, has_text, rest = line.partition("{4:")
    if has_text and rest.startswith(":"):
        return _opened(rest, number)
    if not re.match(r"\{[1-5S]:", line):
        return None
    kind = _KIND.search(head)
    return Field(KIND, number, [kind[1]]) if kind and kind[1] else Field(END, number)


def _more(current: Field, line: str) -> None:
    if len(current.texts) < _MOST and len(line) <= _WIDEST:
        current.texts.append(line)
    else:
        current.cut += 1

"""What an answer means for the rows that were sent.

| answer | meaning |
|---|---|
| 200-299 | all are taken, unless there is a result for each that says otherwise |
| 207, or a list with a status for each | row by row |
| 408, 425, 429, 500, 502, 503, 504 | asked again, after Retry-After if it says so |
| 500, 502, 504 as long as may be | of many: each half is asked; a row alone: refused, if the API answers for others |
| 400, 404, 409, 410, 422 | a row alone: refused, or done if it came before; of many: each half is asked |
| 413 | of many: each half is asked; a row alone: refused |
| 401, 403, 407 | Denied: nothing more is sent |
| any other | Invalid, or Unavailable from 500 on |

A 409 to a request whose first answer was lost may only mean that the first is still being worked on: it is asked again
a few times, until the server has its first answer to give.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import Any, NamedTuple

import msgspec

from ..model.errors import Denied, Invalid, Unavailable
from ..model.record import Fault
from .http_line import Answer

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
OF_THE_SERVER = frozenset({500, 502, 504})
"""It is there, and did not come to an end: with all that it is asked, or with one row."""
OF_THE_ROW = frozenset({400, 404, 409, 410, 422})
TOO_LARGE = 413
_LISTS = ("results", "items", "data", "rows", "errors")
"""Where a 207 has its results. In other answers only `results` counts: the others may be the rows as they were kept."""
_TEXTS = ("message", "detail", "error", "title", "reason", "errors")
_WORDS = ("code", "type", "error", "title")


class Word(Enum):
    """What is to be done with a row."""

    TAKEN = auto()
    REFUSED = auto()
    AGAIN = auto()


class Verdict(NamedTuple):
    """On one row."""

    word: Word
    fault: Fault | None = None


class Half(Exception):
    """The rows are to be asked for in two halves."""


TAKEN, RETRY = Verdict(Word.TAKEN), Verdict(Word.AGAIN)


class Judge:
    """`already`: words that say that a row came before; `hidden`: what no text may repeat."""

    def __init__(self, shown: str, already: Sequence[str], hidden: Sequence[str]) -> None:
        self._shown, self._already, self._hidden = shown, frozenset(already), hidden

    def verdicts(self, answer: Answer, count: int) -> Sequence[Verdict]:
        """For each row; Half, or one of our errors, if there is none."""
        status, said = answer.status, _json(answer)
        each = _each(said, count, status)
        if each is not None:
            return [self._of_one(one, status) for one in each]
        if status == 207:
            raise Invalid(f"{self._shown} answered 207 without a result for each row; it must have a list of them")
        if 200 <= status < 300:
            return [TAKEN] * count
        if self.knows(answer):
            return [TAKEN] * count
        if status in OF_THE_ROW or status == TOO_LARGE:
            if count > 1:
                raise Half
            return [Verdict(Word.REFUSED, self._fault(status, said))]
        raise self._error(status)

    def knows(self, answer: Answer) -> bool:
        """Whether it says that the rows came before."""
        return answer.status in (409, 422) and self._came_before(_json(answer))

    def fault(self, answer: Answer) -> Fault:
        """Of a row alone that was answered so."""
        return self._fault(answer.status, _json(answer))

    def _error(self, status: int) -> Exception:
        said = f"{self._shown} answered {status}"
        if status in (401, 403):
            return Denied(f"{said}: not allowed; check auth and headers")
        if status == 407:
            return Denied(f"{said}: the proxy before it wants another sign-in; check HTTP_PROXY")
        if 300 <= status < 400:
            return Invalid(f"{said}: a redirect, which is not followed; set the address that it leads to")
        if status >= 500:
            return Unavailable(said)
        return Invalid(f"{said}: it does not take such requests; check url, method and headers")

    def _of_one(self, said: Any, whole: int) -> Verdict:
        status = _status(said)
        if status in AGAIN or status == 424:    # 424: only because another row was refused
            return RETRY
        if status is not None and status < 300:
            return TAKEN
        if status in (409, 422) and self._came_before(said):
            return TAKEN
        if status is not None or _is_refused(said, whole):
            return Verdict(Word.REFUSED, self._fault(status or 0, said))
        return TAKEN

    def _came_before(self, said: Any) -> bool:
        return any(word in self._already for word in _words(said))

    def _fault(self, status: int, said: Any) -> Fault:
        text = " ".join(_text(said).split())
        for secret in self._hidden:
            text = text.replace(secret, "…")
        return Fault(f"http_{status}" if status else "refused",
                     (f"the API answered {status}" if status else "the API refused it")
                     + (f": {text[:300]}" if text else ""))


def _json(answer: Answer) -> Any:
    try:
        return msgspec.json.decode(answer.body) if answer.body else None
    except (msgspec.DecodeError, RecursionError):
        return None


def _each(said: Any, count: int, status: int) -> Sequence[Any] | None:
    """The results for each row. A refusal of all has some only if each has a status: else nobody knows what became of
    the others."""
    names = _LISTS if status == 207 else _LISTS[:1]
    lists = [said.get(name) for name in names] if isinstance(said, Mapping) else [said]
    for one in lists:
        if not isinstance(one, list) or len(one) != count:
            continue
        if 200 <= status < 300 or all(_status(each) is not None for each in one):
            return one
    return None


def _status(said: Any) -> int | None:
    if isinstance(said, Mapping):
        for name in ("status", "statusCode", "status_code"):
            value = said.get(name)
            if isinstance(value, int) and not isinstance(value, bool) and 100 <= value < 600:
                return value
    return None


def _is_refused(said: Any, whole: int) -> bool:
    if not isinstance(said, Mapping):
        return False
    if said.get("ok") is False or said.get("success") is False or said.get("error") or said.get("errors"):
        return True
    return whole == 207 and str(said.get("status")).lower() in ("error", "failed", "rejected", "invalid", "refused")


def _words(said: Any) -> Sequence[str]:
    if not isinstance(said, Mapping):
        return ()
    inner = [_words(one) for name in ("error", "detail") if isinstance(one := said.get(name), Mapping)]
    return [*(str(said.get(name)) for name in _WORDS if isinstance(said.get(name), str)),
            *(word for words in inner for word in words)]


def _text(said: Any) -> str:
    """What a person is told of it."""
    if isinstance(said, str):
        return said
    if isinstance(said, list):
        return "; ".join(filter(None, map(_text, said[:5])))
    if isinstance(said, Mapping):
        field = next((str(said[name]) for name in ("field", "loc", "path") if said.get(name)), "")
        texts = [text for name in (*_TEXTS, "msg") if (text := _text(said.get(name)))]
        return f"{field}: {texts[0]}" if field and texts else (texts[0] if texts else "")
    return ""

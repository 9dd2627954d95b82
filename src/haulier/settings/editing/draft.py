"""What a job or a connection would be with a form or a text that somebody gives: both of them, and the mistakes."""
from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple

from ...model.errors import Invalid
from ..problems import Problem, Problems, Where
from ..secrets import Secrets
from . import rendering
from .apart import Apart
from .changes import GONE, is_same
from .hidden import Models, arranged, secrets
from .masking import masked, masked_text, restored, sealed, shown, with_comments_of, words
from .revising import revised

_LARGEST = 10_000       # values
_LONGEST = 256 * 1024   # characters
_DEEPEST = 40
TOO_MUCH = "more, or more deeply nested, than anybody writes"


class Checked(NamedTuple):
    """A draft as it may be shown, as a form and as text, and what is wrong with it; keys and lines are of the text."""

    form: Any
    yaml: str
    problems: tuple[Problem, ...]


class Given(NamedTuple):
    """What somebody wants: a form, or a text, or a form whose layout and comments the text has."""

    form: Any = None
    yaml: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be written: a text and what it says; `value` is GONE where it says nothing."""

    text: str
    value: Any
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """What drafts of one thing are made with."""

    apart: Apart
    models: Callable[[Any], Models]
    keys: Secrets
    text: str = ""
    """What is in the file now, if anything."""
    value: Any = field(default=GONE, repr=False)
    """And what that says."""

    def draft(self, given: Given) -> Draft:
        """The draft, with the problems of what cannot be read, kept or sealed in it."""
        if given.form is None and given.yaml is None:
            raise Invalid(f"nothing is given for {self.apart.name}: give a form or a text")
        text = self.text if given.yaml is None else _tidy(given.yaml)
        if given.yaml is not None and not is_readable(text):
            return Draft(text, GONE, (Problem(self.apart.name, 1, "", TOO_MUCH),))
        try:
            said = self.apart.value(text) if text.strip() else None
        except Problems as error:
            if given.yaml is not None:
                return Draft(text, GONE, error.problems)
            raise
        if given.form is not None:
            return self._drafted(text, given.form, None)
        return self._drafted(text, said, words(text))

    def changed(self, keys: Mapping[str, Any]) -> Draft:
        """What is in the file, with these keys as they are given; nothing else is sealed or looked at."""
        value = arranged({**self.value, **keys}, self.models(self.value))
        return Draft(self._written(self.text, value), value)

    def shown(self, draft: Draft, problems: tuple[Problem, ...] = ()) -> Checked:
        """The draft with dots for the secrets that it has from the file."""
        if draft.value is GONE:
            return Checked(None, draft.text, draft.problems)
        hidden = shown(draft.value, self.models(draft.value), secrets(self.value, self.models(self.value)))
        return Checked(plain(masked(draft.value, hidden)), masked_text(draft.text, hidden), problems)

    def as_it_is(self) -> Checked:
        """What is in the file, with dots for every secret."""
        hidden = secrets(self.value, self.models(self.value))
        return Checked(plain(masked(self.value, hidden)), masked_text(self.text, hidden), ())

    def _drafted(self, text: str, wanted: Any, typed: set[str] | None) -> Draft:
        """`typed`: what of `wanted` somebody wrote just now, if not all of it."""
        if not isinstance(wanted, dict) or not _is_bearable(wanted):
            said = TOO_MUCH if isinstance(wanted, dict) else "must be a mapping of keys to values"
            return Draft(text, GONE, (self.apart.problem(text, (), said),))
        told: list[tuple[Where, str, str]] = []

        def tell(where: Where, text: str, hint: str) -> None:
            told.append((where, text, hint))

        models, old = self.models(wanted), self.models(self.value)
        value = sealed(wanted, models, typed, self.keys, tell)
        value = restored(value, self.value, masked(self.value, secrets(self.value, old)), tell)
        value = arranged(value, models)
        try:
            text = self._written(with_comments_of(self.text, text) if self.text else text, value)
        except Invalid as error:
            return Draft(text, GONE, (self.apart.problem(text, (), str(error)),))
        return Draft(text, value, tuple(self.apart.problem(text, *one) for one in told))

    def _written(self, text: str, value: Mapping[str, Any]) -> str:
        if not value:
            return "{}\n"
        if text.strip():
            return revised(text, value, self.apart.value).rstrip("\n") + "\n"
        fresh = "\n".join(rendering.block(value)) + "\n"
        try:
            if is_same(self.apart.value(fresh), value):
                return fresh
        except Problems:
            pass
        raise Invalid("there is a key in it that is no key of a YAML file")


def refuse(problems: Iterable[Problem]) -> None:
    """Problems if there are any."""
    if found := [*problems]:
        raise Problems(found)


def plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value)


def _tidy(text: str) -> str:
    """Plain line ends, at the left edge, without a mark that a document begins."""
    text = re.sub(r"\A---[ ]*\n", "", re.sub(r"\r\n?", "\n", text).lstrip("\ufeff\n"))
    return textwrap.dedent(text).strip("\n") + "\n"


def is_readable(text: str) -> bool:
    """Whether it can be read in a moment: brackets in brackets take longer the deeper they are."""
    depths = accumulate(1 if one in "[{" else -1 for one in re.findall(r"[\[\]{}]", text))
    return len(text) <= _LONGEST and max(depths, default=0) <= 2 * _DEEPEST


def _is_bearable(value: Any) -> bool:
    """Whether it is small enough to be worked on, with every alias written out."""
    sizes: dict[int, int] = {}

    def size(one: Any, depth: int) -> int:
        if not isinstance(one, dict | list) or depth > _DEEPEST:
            return 1 if depth <= _DEEPEST else _LARGEST
        if id(one) not in sizes:
            sizes[id(one)] = 1 + sum(size(item, depth + 1) for item in (one.values() if isinstance(one, dict) else one))
        return sizes[id(one)]

    return size(value, 0) < _LARGEST

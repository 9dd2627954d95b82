"""From what was written for a plugin to its Spec: variables filled in, mistakes located."""
from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias, TypeVar, get_args

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError

from ..model.errors import Invalid
from .plugin import inside_of
from .problems import Problem, Problems, Where, translated
from .secrets import Secrets, is_reference
from .spec import Spec

S = TypeVar("S", bound=Spec[Any])
MASK = "********"
Locate: TypeAlias = Callable[[Where, str, str], Problem]
"""Makes a problem from the way to a setting, a text and a hint."""


def filled(spec: type[S], written: Mapping[str, Any], secrets: Secrets, locate: Locate, *,
           later: Callable[[str], str] | None = None) -> S:
    """The spec; Problems with every mistake.

    `${NAME}` is replaced in everything but secrets: those stay references until they are used,
    and are only checked. An empty secret is none. With `later` nothing is replaced, and secrets are
    checked as it makes them: without what is filled in later, by others.
    """
    filling, hidden = _Filling(spec, written, secrets, locate, later), secret_fields(spec)
    settings = {key: filling.of(value, (key,), secret=key in hidden)
                for key, value in written.items() if not (key in hidden and value == "")}
    problems = filling.problems
    try:
        made = spec.model_validate(settings)
    except ValidationError as error:
        told = {problem.key for problem in problems}
        found = [*translated(error, settings, spec, locate)]
        problems += [problem for problem in found if problem.key not in told]
    except Invalid as error:
        problems.append(locate((), str(error), ""))
    if problems:
        raise Problems(filling.hidden(problem) for problem in problems)
    return made


@cache
def secret_fields(spec: type[BaseModel]) -> frozenset[str]:
    """The names (and aliases) of the fields that hold secrets."""
    fields = [(name, field) for name, field in spec.model_fields.items()
              if _holds_secret(field.annotation)]
    return frozenset({name for name, _ in fields} | {field.alias or name for name, field in fields})


def masked(spec: type[BaseModel], written: Mapping[str, Any]) -> dict[str, Any]:
    """What was written, as it may be shown: references stay, secrets become stars."""
    hidden = secret_fields(spec)

    def of(value: Any, where: Where) -> Any:
        if where[0] not in hidden and isinstance(value, Mapping):
            return {key: of(one, (*where, key)) for key, one in value.items()}
        if where[0] not in hidden and isinstance(value, list):
            return [of(one, (*where, at)) for at, one in enumerate(value)]
        is_safe = where[0] not in hidden and not (len(where) > 1 and is_secret(spec, where, written))
        return value if is_safe or not value or is_reference(str(value)) else MASK

    return {key: of(value, (key,)) for key, value in written.items()}


def is_secret(annotation: Any, where: Where, written: Any) -> bool:
    """Whether a setting's text, or one inside it, is a secret. `written`: the settings that `where` leads through."""
    if annotation in (SecretStr, SecretBytes):
        return True
    inside = _item(written, where)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields
        field = next((one for name, one in fields.items() if where and where[0] in (name, one.alias)), None)
        if field is None:
            return False
        settings = inside_of(field.metadata)
        return is_secret(settings.spec(inside) if settings else field.annotation, where[1:], inside)
    return any(is_secret(one, rest, found) for one in get_args(annotation)
               for rest, found in ((where, written), (where[1:], inside)))


def _item(written: Any, where: Where) -> Any:
    try:
        return written[where[0]] if where else None
    except (KeyError, IndexError, TypeError):
        return None


class _Filling:
    """Fills in, and remembers what must not be repeated in a message."""

    def __init__(self, spec: type[BaseModel], written: Mapping[str, Any], secrets: Secrets, locate: Locate,
                 later: Callable[[str], str] | None) -> None:
        self._spec, self._written = spec, written
        self._secrets, self._locate, self._later = secrets, locate, later
        self._shown: dict[str, str] = {}
        self.problems: list[Problem] = []

    def of(self, value: Any, where: Where, *, secret: bool) -> Any:
        if isinstance(value, str):
            inside = not secret and len(where) > 1 and is_secret(self._spec, where, self._written)
            return self._text(value, where, secret=secret or inside)
        if isinstance(value, Mapping):
            return {key: self.of(one, (*where, key), secret=secret) for key, one in value.items()}
        if isinstance(value, list):
            return [self.of(one, (*where, at), secret=secret) for at, one in enumerate(value)]
        if secret and value is not None:
            self._hide(str(value), "…")
        return value

    def _text(self, text: str, where: Where, *, secret: bool) -> str:
        try:
            if secret:
                if not is_reference(text):
                    self._hide(text, "…")
                self._secrets.check(self._later(text) if self._later else text)
            if secret or self._later:
                return text
            done = self._secrets.fill(text)
        except Invalid as error:
            self.problems.append(self._locate(where, str(error), ""))
            return text
        if done != text:
            self._hide(done, text)
        return done

    def _hide(self, value: str, behind: str) -> None:
        self._shown |= {value: behind, repr(value)[1:-1]: behind, json.dumps(value)[1:-1]: behind}

    def hidden(self, problem: Problem) -> Problem:
        """`problem` without anything that came from a secret or a variable."""
        for value in sorted(filter(None, self._shown), key=len, reverse=True):
            problem = problem._replace(text=problem.text.replace(value, self._shown[value]),
                                       hint=problem.hint.replace(value, self._shown[value]))
        return problem


def _holds_secret(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(_holds_secret(field.annotation) for field in annotation.model_fields.values())
    return annotation in (SecretStr, SecretBytes) or any(map(_holds_secret, get_args(annotation)))

"""Give files other names: `a.txt` of job `j` becomes `j_a.txt`."""
from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, Literal, Self

from pydantic import field_validator, model_validator

from ..model.errors import Invalid
from ..model.files import Part
from ..model.names import checked, joined, split
from ..settings.problems import nearest
from ..settings.spec import Env, StepSpec
from .body import stem_and_extension
from .moment import CLOCK, DAY, Zone, local

_TIMES = {"date": DAY, "time": CLOCK}
_KNOWN = ("name", "stem", "ext", "job", *_TIMES)


class RenameSpec(StepSpec):
    """Rename

    With no settings, the job's name and `_` go before the name.
    """

    type: Literal["rename"] = "rename"
    prefix: str = ""
    """Goes before the name."""
    suffix: str = ""
    """Goes before the extension."""
    template: str = ""
    """The new name, with {name} {stem} {ext} {job} {date} {time} or {date:%Y-%m} in it, such as
    {stem}_{date}{ext}. A `/` puts the file into a subfolder."""
    zone: Zone = "local"
    """Whose clock: local for this machine's, or a name such as Europe/Stockholm."""

    @classmethod
    def from_word(cls, argument: str) -> Mapping[str, Any]:
        return {"template": argument}

    @field_validator("prefix", "suffix")
    @classmethod
    def _is_part_of_a_name(cls, text: str) -> str:
        if "/" in text or "\0" in text:
            raise ValueError(f"{text!r}: no part of a file's name (for a subfolder use template)")
        return text

    @field_validator("template")
    @classmethod
    def _has_known_placeholders(cls, template: str) -> str:
        for _, placeholder, pattern in _pieces(template):
            if placeholder is not None:
                _check_placeholder(placeholder, pattern)
        if template:
            _check_result(template)
        return template

    @model_validator(mode="after")
    def _is_one_way(self) -> Self:
        if self.template and (self.prefix or self.suffix):
            raise ValueError("give a template, or prefix and suffix, but not both")
        return self

    def build(self, env: Env) -> Rename:
        template = self.template or self._affixed(env)
        uses_job = any(placeholder == "job" for _, placeholder, _ in _pieces(template))
        if uses_job and (not env.flow or "/" in env.flow or "\0" in env.flow):
            raise Invalid(f"rename: the job's name ({env.flow!r}) cannot be part of a file's name; "
                          "give a prefix or another template")
        return Rename(template, env.flow, self.zone)

    def _affixed(self, env: Env) -> str:
        if not self.prefix and not self.suffix:
            return "{job}_{name}"
        prefix, suffix = (text.replace("{", "{{").replace("}", "}}")
                          for text in (self.prefix, self.suffix))
        return f"{prefix}{{stem}}{suffix}{{ext}}"


@dataclass(frozen=True, slots=True)
class Rename:
    """Bytes pass untouched. `now` gives nanoseconds since the epoch, and is asked for each file."""

    template: str
    job: str = ""
    zone: str = "local"
    now: Callable[[], int] = time.time_ns
    repeatable = True

    def __call__(self, part: Part, /) -> Iterable[Part]:
        folder, name = split(part.name)
        yield part.to(name=joined(folder, self.renamed(name)))

    def renamed(self, name: str) -> str:
        """The new path for a base name; Invalid if it is no usable one."""
        new = "".join(text + ("" if placeholder is None else self._value(name, placeholder, form))
                      for text, placeholder, form in _pieces(self.template))
        try:
            return checked(new)
        except Invalid as error:
            raise Invalid(f"{name}: rename with {self.template!r}: {error}") from error

    def _value(self, name: str, placeholder: str, pattern: str) -> str:
        if placeholder in _TIMES:
            return local(self.now(), self.zone).strftime(pattern or _TIMES[placeholder])
        stem, extension = stem_and_extension(name)
        return {"name": name, "stem": stem, "ext": extension, "job": self.job}[placeholder]


def _pieces(template: str) -> Iterator[tuple[str, str | None, str]]:
    """Text, the placeholder after it (None at the end) and how that is to be written."""
    for text, placeholder, pattern, conversion in Formatter().parse(template):
        if conversion:
            raise ValueError(f"!{conversion} has no meaning here")
        yield text, placeholder, pattern or ""


def _check_placeholder(placeholder: str, pattern: str) -> None:
    if placeholder not in _KNOWN:
        raise ValueError(f"{{{placeholder}}} is not known; {nearest(placeholder, _KNOWN)}")
    if pattern and placeholder not in _TIMES:
        raise ValueError(f"{{{placeholder}:{pattern}}}: only date and time take a format")
    if pattern and "%" not in pattern:
        raise ValueError(f"{{{placeholder}:{pattern}}}: the format has no % in it; try %Y-%m")


def _check_result(template: str) -> None:
    try:
        Rename(template, "job").renamed("name.ext")
    except Invalid as error:
        raise ValueError(str(error)) from error

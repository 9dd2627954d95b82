"""From options to the rules that core goes by; every mistake names its option."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from ..model.errors import Invalid
from ..model.flow import Rules
from ..settings import registry
from ..settings.filling import filled
from ..settings.problems import Problem, Problems, Where, translated
from ..settings.rules import FiltersForm, Form, LimitsForm
from ..settings.secrets import Secrets
from ..settings.spec import StepSpec
from ..settings.units import duration
from ..settings.workspace import Workspace

F = TypeVar("F", bound=Form)
OPTIONS = {"bandwidth": "bwlimit"}
"""What options are called that are not named after their setting."""


def limited(rules: Rules, *, lanes: int | None, bandwidth: str | None, retries: int | None) -> Rules:
    """`rules` with these limits, where they are given."""
    asked = _form(LimitsForm, {"lanes": lanes, "bandwidth": bandwidth}).limits()
    limits = replace(rules.limits, **{key: value for key, value in (
        ("lanes", asked.lanes), ("bandwidth", asked.bandwidth)) if value is not None})
    if retries is not None and retries < 0:
        raise Problems([Problem("--retries", 0, "", "must be at least 0")])
    retry = rules.retry if retries is None else replace(rules.retry, tries=retries + 1)
    return replace(rules, limits=limits, retry=retry)


def filtered(rules: Rules, **filters: Any) -> Rules:
    """`rules` with these settings of filters, which replace the rules' own where they are given."""
    own = {"hidden": rules.filters.hidden, "temp_suffixes": rules.filters.temp_suffixes}
    form = _form(FiltersForm, own | filters)
    return replace(rules, filters=form.filters(include=rules.filters.include, exclude=rules.filters.exclude))


def age(option: str, text: str) -> float:
    """Seconds."""
    try:
        return duration(text)
    except Invalid as error:
        raise Problems([Problem(option, 0, "", str(error), "")]) from None


def steps(words: Iterable[str], workspace: Workspace | None) -> tuple[StepSpec, ...]:
    """The steps that words stand for, as in the list of steps of a job."""
    secrets = (workspace or Workspace(Path.cwd())).secrets
    return tuple(_step(word, secrets) for word in words)


def _step(word: str, secrets: Secrets) -> StepSpec:
    def locate(where: Where, text: str, hint: str = "") -> Problem:
        return Problem(f"--step {word}", 0, ".".join(map(str, where)), text, hint)

    name, colon, argument = word.partition(":")
    try:
        spec = registry.step(name.strip())
        settings = spec.from_word(argument) if colon else {}
    except Invalid as error:
        raise Problems([locate((), str(error))]) from None
    return filled(spec, {key: value for key, value in settings.items() if key != "type"}, secrets, locate)


def _form(form: type[F], written: Mapping[str, Any]) -> F:
    given = {key: value for key, value in written.items() if value is not None}
    try:
        return form.model_validate(given)
    except ValidationError as error:
        raise Problems(translated(error, given, form, _problem)) from None


def _problem(where: Where, text: str, hint: str) -> Problem:
    name = str(where[0]) if where else ""
    return Problem(f"--{OPTIONS.get(name, name).replace('_', '-')}", 0, "", text, hint)

"""Channels of alerts as they are written: who is told, of what, how often."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from ..model.alert import AlertKind
from ..model.errors import Invalid
from ..ports import Channel
from . import registry
from .filling import filled
from .problems import Problem, Problems, Where
from .rules import Patterns, listed
from .secrets import Secrets
from .spec import Env, Spec
from .units import Duration
from .yamlfile import Document

USUAL = (AlertKind.FAILED, AlertKind.CRASHED, AlertKind.WARNED, AlertKind.LATE, AlertKind.RECOVERED, AlertKind.ASKED)


class AlertSpec(Spec[Channel]):
    """A way to tell somebody."""

    events: Annotated[tuple[AlertKind, ...], BeforeValidator(listed), Field(min_length=1)] = USUAL
    """What is told: failed, crashed, warned, late, recovered, asked, done."""
    jobs: Patterns = ()
    """Of which jobs and flows, as `payroll*`; none: of all."""
    quiet: Duration = 900.0
    """After a message, what is of the same job and kind waits so long and becomes one message."""

    def place(self, env: Env) -> str:
        """Where it goes, in short and without a secret."""
        raise NotImplementedError(type(self).__name__)


@dataclass(frozen=True, slots=True)
class Channels:
    """Those that can be used, and the mistakes of the others."""

    specs: Mapping[str, AlertSpec]
    broken: Mapping[str, tuple[Problem, ...]]


def read(document: Document, written: Any, secrets: Secrets) -> Channels:
    """Of `alerts` in haulier.yaml."""
    specs: dict[str, AlertSpec] = {}
    broken: dict[str, tuple[Problem, ...]] = {}
    for name, one in written.items() if isinstance(written, dict) else ():     # else the settings tell of it
        try:
            specs[str(name)] = made(document, ("alerts", name), one, secrets)
        except Problems as error:
            broken[str(name)] = error.problems
    return Channels(specs, broken)


def made(document: Document, where: Where, written: Any, secrets: Secrets) -> AlertSpec:
    """One channel; Problems with every mistake in it."""
    def locate(inside: Where, text: str, hint: str = "") -> Problem:
        return document.problem((*where, *inside), text, hint)

    if not isinstance(written, dict):
        raise Problems([locate((), "must be a mapping of keys to values")])
    settings = dict(written)
    kind = settings.pop("type", None)
    if not isinstance(kind, str):
        raise Problems([locate(("type",), "required, but not there", ", ".join(registry.names("alerts")))])
    try:
        spec = spec_of(kind)
    except Invalid as error:
        raise Problems([locate(("type",), str(error))]) from None
    return filled(spec, settings, secrets, locate)


def spec_of(kind: str) -> type[AlertSpec]:
    """The settings class of a kind of channel; Invalid if there is none."""
    spec = registry.find("alerts", kind)
    if not issubclass(spec, AlertSpec):
        raise Invalid(f"alert {kind} is not a plugin: {spec!r} is no AlertSpec")
    return spec

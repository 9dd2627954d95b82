"""From the settings of a task to its Spec: when a flow is read, and when the task begins."""
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from ...core.template import ROOTS, Reference, Scope, filled_text, reference
from ...core.template import filled as with_values
from ...model.errors import Invalid
from ...model.graph import Node
from .. import registry
from ..filling import Locate, filled, is_secret
from ..problems import Problem, Where, translated
from ..secrets import Secrets, prefix
from ..spec import TaskSpec
from ..yamlfile import key_text

_ANY = re.compile(r"\$\$\{|\$\{([^{}]*)\}")


def at_load(spec: type[TaskSpec], settings: Mapping[str, Any], secrets: Secrets, locate: Locate,
            declared: Iterable[str] | None) -> TaskSpec:
    """The spec with all `${…}` still in it; Problems with every mistake.

    `declared` None: a run may be given any parameter, so that none of `${x}` is known to be a secret that is missing.
    """
    names = {*(declared or ()), *ROOTS}

    def without(text: str) -> str:
        if prefix(text) not in ("", "plain") and any(one.root in names for one in _found(text)):
            raise Invalid("where a secret is cannot be put together from ${…}; write it out")
        return _ANY.sub(lambda match: "" if any(declared is None or one.root in names for one in _found(match[0]))
                        else match[0], text)

    return filled(spec, settings, secrets, locate, later=without)


def at_start(node: Node, scope: Scope, declared: Iterable[str], secrets: Secrets) -> dict[str, Any]:
    """The settings of a task that begins, with all `${…}` replaced; Invalid if one refers to nothing.

    In secrets, what is filled in is no reference to another secret, whatever is in it.
    """
    spec = registry.task(node.type)
    names = frozenset(declared)

    def of(value: Any, where: Where) -> Any:
        if isinstance(value, Mapping):
            return {key: of(one, (*where, key)) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [of(one, (*where, at)) for at, one in enumerate(value)]
        if isinstance(value, str) and is_secret(spec, where, node.settings):
            return _secret(value, scope, names, secrets)
        return with_values(value, scope, names)

    return {key: of(value, (key,)) for key, value in node.settings.items()}


def stood_in(settings: Mapping[str, Any], declared: Iterable[str] | None) -> Mapping[str, Any] | None:
    """The settings with some text for what is filled in later; None if it is not known what type that has."""
    names = {*(declared or ()), *ROOTS}
    unknown = False

    def of(value: Any) -> Any:
        nonlocal unknown
        if isinstance(value, Mapping):
            return {key: of(one) for key, one in value.items()}
        if isinstance(value, list):
            return [of(one) for one in value]
        if not isinstance(value, str) or not any(declared is None or one.root in names for one in _found(value)):
            return value
        unknown |= bool(_ANY.fullmatch(value)) or declared is None
        return _ANY.sub(lambda match: "x" if any(one.root in names for one in _found(match[0])) else match[0], value)

    found = {key: of(value) for key, value in settings.items()}
    return None if unknown else found


def spec_of(node: Node, settings: Mapping[str, Any]) -> TaskSpec:
    """The spec of a task whose settings are filled in; Invalid with every mistake, one line each."""
    spec = registry.task(node.type)
    try:
        return spec.model_validate(settings)
    except ValidationError as error:
        found = translated(error, settings, spec, lambda where, text, hint: Problem("", 0, key_text(where), text, hint))
        raise Invalid(*(f"{problem.key}: {problem.said()}".removeprefix(": ") for problem in found)) from None


def _found(text: str) -> list[Reference]:
    """What may be filled in when the task begins."""
    return [found for match in _ANY.finditer(text) if match[1] and (found := reference(match[1]))]


def _secret(text: str, scope: Scope, declared: Iterable[str], secrets: Secrets) -> str:
    kind = prefix(text)
    if kind == "plain":
        return filled_text(text, scope, declared, lambda value: value)
    done = filled_text(text, scope, declared, lambda value: value.replace("${", "$${"))
    if done == text:
        return text
    if kind:
        raise Invalid("where a secret is cannot be put together from ${…}")
    return f"plain:{secrets.fill(done)}" if "${" in done or prefix(done) else done

"""`haulier specs`"""
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...model.errors import Invalid
from .. import completing
from ..options import AsJson
from ..session import Session, complain
from ..words import plain, table

if TYPE_CHECKING:
    from ...settings.registry import AnySpec

command = typer.Typer(add_completion=False)
GROUPS = ("stores", "steps", "parsers", "sinks", "items", "tasks", "triggers", "adapters")
_FORMATS = {"size": "size", "duration": "duration", "rate": "rate", "password": "secret"}
_PLAIN = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false",
          "array": "list", "object": "mapping", "null": ""}


@command.command()
def specs(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(
        metavar="NAME", autocompletion=completing.specs, show_default=False,
        help="One of them, with its settings; jobs: all that may be in jobs.yaml.")] = "",
    json: AsJson = False,
) -> None:
    """Show every kind of place and step; with a name, its settings. --json gives the JSON Schema."""
    session = Session.of(ctx, json=json)
    from ...settings import registry, schema
    if name == "jobs":
        session.tell("spec", group="files", name="jobs", schema=schema.of_jobs())
        session.say("the keys of jobs.yaml are many: haulier specs jobs --json, as a JSON Schema")
        return
    found = [(group, one) for group in GROUPS for one in registry.names(group)
             if name in ("", one, f"{group}/{one}")]
    if not found:
        from ...settings.problems import nearest
        known = [one for group in GROUPS for one in registry.names(group)]
        raise Invalid(f"nothing is called {name}; {nearest(name, known)}")
    rows = []
    for group, one in found:
        try:
            spec = registry.find(group, one)
        except Invalid as error:
            complain(f"haulier: {plain(str(error))}")
            continue
        session.tell("spec", group=group, name=one, title=_title(spec), schema=schema.of_spec(spec, one))
        rows.append([group, one, _title(spec)])
        if name and not session.is_json:
            _describe(session, group, one, spec)
    for line in table(rows) if rows and not name else ():
        session.say(line)


def _title(spec: AnySpec) -> str:
    return (spec.__doc__ or "").strip().partition("\n")[0].rstrip(".")


def _describe(session: Session, group: str, name: str, spec: AnySpec) -> None:
    from ...settings.schema import of_spec
    schemes = getattr(spec, "schemes", ())
    urls = f" ({', '.join(f'{scheme}://' for scheme in schemes)})" if schemes else ""
    session.say(f"{name}: {_title(spec)}{urls}, one of the {group}")
    found = of_spec(spec, name)
    rows = [_row(key, field, found) for key, field in found["properties"].items() if key != "type"]
    for line in table(rows) if rows else ["  no settings"]:
        session.say(f"  {line}")


def _row(key: str, field: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    if key in schema.get("required", ()):
        default = "required"
    else:
        value = field.get("default")
        default = "" if value in (None, "", [], {}) else f"default {_written(value)}"
    return [key, _kind(field, schema), default, " ".join(str(field.get("description", "")).split())]


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind(field: dict[str, Any], schema: dict[str, Any]) -> str:
    """The type of a setting in words; empty for null."""
    if "$ref" in field:
        return _kind(schema.get("$defs", {}).get(field["$ref"].rpartition("/")[2], {}), schema)
    if words := field.get("enum", [field["const"]] if "const" in field else []):
        return " | ".join(map(str, words))
    if field.get("format") in _FORMATS:
        return _FORMATS[field["format"]]
    kind: Any = field.get("type", "any")
    several = field.get("anyOf") or field.get("oneOf") or (
        [{"type": one} for one in kind] if isinstance(kind, list) else [])
    if several:
        return " or ".join(filter(None, dict.fromkeys(_kind(one, schema) for one in several)))
    if kind == "array" and "items" in field:
        return f"list of {_kind(field['items'], schema)}"
    return str(_PLAIN.get(kind, kind))

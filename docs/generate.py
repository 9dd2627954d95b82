"""Writes the generated parts of the documentation. Usage: scripts/docs [--check]

A page says where such a part goes, and everything between the two lines is replaced:

    <!-- generated: NAME -->
    <!-- end of NAME -->

With --check nothing is written; exit status 1 if a page is not up to date.
"""
from __future__ import annotations

import ast
import configparser
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from haulier.model.errors import Invalid
from haulier.model.transfer import ACTIVE, FINAL, STEPS, State
from haulier.model.words import duration_text, size_text
from haulier.settings import arrivals, columns, forms, oidc, options, registry, rules, schedules, schema, timetable
from haulier.settings import imports as of_imports
from haulier.settings.flows import forms as of_flows
from haulier.tasks.http import AuthForm
from haulier.tasks.importing import MatchForm, OutletForm

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "src" / "haulier"
PART = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end of \2 -->)", re.DOTALL)


# Tables of settings

def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    cells = list(head)
    yield "| " + " | ".join(cells) + " |"
    yield "|" + "---|" * len(cells)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def settings_of(found: dict[str, Any], *, skip: frozenset[str] = frozenset()) -> Iterator[str]:
    """The table of one JSON Schema's properties."""
    yield from table(("key", "type", "default", "meaning"), (
        (f"`{key}`", KINDS.get((found.get("title"), key)) or kind(field, found), default(key, field, found),
         meaning(field))
        for key, field in found.get("properties", {}).items() if key not in skip))


def kind(field: dict[str, Any], found: dict[str, Any]) -> str:
    """The type of a setting in words; empty for null."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return FORMS.get(name) or kind(found.get("$defs", {}).get(name, {}), found)
    words = field.get("enum", [field["const"]] if "const" in field else [])
    if words:
        return ", ".join(f"`{word}`" for word in words if word != "")
    several = field.get("anyOf") or field.get("oneOf") or field.get("allOf") or ()
    form = field.get("format")
    if form in ("size", "duration", "rate", "password") and not any("$ref" in one for one in several):
        return "mapping of secrets" if field.get("type") == "object" else form.replace("password", "secret")
    if several:
        return " or ".join(dict.fromkeys(filter(None, (kind(one, found) for one in several))))
    if field.get("type") == "array":
        return f"list of {kind(field['items'], found)}" if field.get("items") else "list"
    plain = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true`, `false`",
             "object": "mapping", "null": ""}
    return plain.get(str(field.get("type")), "name or mapping")


def default(key: str, field: dict[str, Any], found: dict[str, Any]) -> str:
    if key in found.get("required", ()):
        return "**required**"
    value, form = field.get("default"), str(field.get("format") or "")
    if value in (None, "", [], [""], {}) or isinstance(value, dict) or form == "password":
        return ""
    return " ".join(f"`{shown(key, one, form)}`" for one in (value if isinstance(value, list) else [value]))


def shown(key: str, value: Any, form: str) -> str:
    """A value as people write it."""
    if form == "duration":
        return duration_text(value)
    if key == "part_size":
        return size_text(value)
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def meaning(field: dict[str, Any]) -> str:
    return " ".join(str(field.get("description", "")).split())


# Jobs and haulier.yaml

PLACES = {"source": forms.SourceForm, "destination": forms.PlaceForm}
BLOCKS: dict[str, Any] = {
    "schedule": schedules.ScheduleForm, "arrival": arrivals.ArrivalForm, "expect": arrivals.ExpectForm,
    "filters": rules.FiltersForm, "complete": rules.CompleteForm, "settle": rules.SettleForm,
    "limits": rules.LimitsForm, "retry": rules.RetryForm, "processing": forms.ProcessingForm,
    "verification": forms.VerificationForm, "backup": forms.BackupForm}
FORMS = {form.__name__: f"[mapping](#{key})" for key, form in {**PLACES, **BLOCKS}.items()}
FORMS |= {"GlobalLimitsForm": "mapping, see below", "HoursForm": "mappings, see below",
          "HistoryForm": "mapping, see below", "OidcForm": "mapping, see below", "RolesForm": "mapping, see below",
          "FlowScheduleForm": "[mapping](#schedule)",
          "ArrivingForm": "[mapping](#arrival)", "AuthForm": "[mapping](#auth)"}
OF_IMPORTS: dict[str, Any] = {
    "schema": columns.ColumnForm, "rejects": of_imports.RejectsForm, "answer": of_imports.AnswerForm,
    "settle": of_imports.AfterForm, "reconcile": MatchForm, "matched, unmatched": OutletForm}
FORMS |= {form.__name__: f"[mapping](imports.md#{key.replace(', ', '-')})" for key, form in OF_IMPORTS.items()}


def said(form: Any) -> str:
    return inspect.cleandoc(form.__doc__ or "").partition("\n")[0]


def jobs() -> Iterator[str]:
    yield from settings_of(schema._of_model(forms.JobForm))
    for key, form in {**PLACES, **BLOCKS}.items():
        yield from ("", f"### {key}", "", said(form), "")
        yield from settings_of(schema._of_model(form))


def settings() -> Iterator[str]:
    found = schema._of_model(options.WorkspaceForm)
    found["properties"]["ledger"]["default"] = "sqlite:///state/ledger.db"
    found["properties"]["ledger"].pop("format", None)
    yield from settings_of(found)
    yield from ("", "Keys of `limits`:", "")
    yield from settings_of(schema._of_model(options.GlobalLimitsForm))
    yield from ("", "Keys of a row of `timetable`:", "")
    yield from settings_of(schema._of_model(timetable.HoursForm))
    yield from ("", "Keys of `history`:", "")
    yield from settings_of(schema._of_model(options.HistoryForm))
    yield from ("", "Keys of `oidc` ([how to use it](hub.md#signing-in-through-the-companys-own-login)):", "")
    yield from settings_of(schema._of_model(oidc.OidcForm))
    yield from ("", "Keys of `roles`:", "")
    yield from settings_of(schema._of_model(oidc.RolesForm))


# Flows

OF_FLOWS: dict[str, tuple[str, Any]] = {
    "A flow": ("The keys of a file. A key that begins with `x-` is for people.", of_flows.FlowForm),
    "A parameter": ("The keys of one of `params`. A value alone is its default: `min: 10`.", of_flows.ParamForm),
    "A task": ("The keys that every task may have, whatever its type is.", of_flows.TaskForm),
    "schedule": (schedules.FlowScheduleForm.__doc__ or "", schedules.FlowScheduleForm),
    "arrival": (" ".join((of_flows.ArrivingForm.__doc__ or "").split()), of_flows.ArrivingForm),
    "retry": ("When to try again. A number alone is `tries`.", rules.RetryForm),
    "foreach with files": ("For each of the files at a place.", of_flows.FilesForm)}
KINDS = {("ProcessingForm", "steps"): "list of name or mapping",
         ("ParamForm", "default"): "anything", ("TaskForm", "foreach"): "list, text or mapping",
         ("FlowForm", "params"): "mapping of [parameters](#a-parameter)",
         **{("FlowForm", key): "list of [tasks](#a-task)" for key in ("tasks", "on_success", "on_failure")},
         ("Web request", "json"): "anything", ("Script", "env"): "mapping of texts or secrets",
         ("Import", "schema"): "mapping or list of [columns](imports.md#schema)",
         ("ColumnForm", "default"): "anything", **{("ColumnForm", key): "number or date" for key in ("min", "max")}}
"""What schemas do not say, by title and key."""


def flows() -> Iterator[str]:
    for title, (text, form) in OF_FLOWS.items():
        yield from (f"### {title}", "", text, "")
        found = settings_of(schema._of_model(form), skip=frozenset({"config_ref"}))
        yield from elsewhere(found, "jobs.md", "source", "filters", "complete")
        yield ""


def tasks() -> Iterator[str]:
    yield from elsewhere(plugins("tasks"), "jobs.md", "complete")
    yield from ("### auth", "", "How a web request signs in.", "")
    yield from settings_of(schema._of_model(AuthForm))


def elsewhere(lines: Iterable[str], page: str, *anchors: str) -> Iterator[str]:
    """Links to these anchors lead to another page."""
    return (re.sub(rf"\(#({'|'.join(anchors)})\)", rf"({page}#\1)", line) for line in lines)


# Imports

def imports() -> Iterator[str]:
    found = schema.of_spec(registry.find("tasks", "import"), "import")
    yield from elsewhere(settings_of(found, skip=frozenset({"type"})), "jobs.md", "complete")
    for key, form in OF_IMPORTS.items():
        yield from ("", f"### {key}", "", said(form), "")
        yield from settings_of(schema._of_model(form))


def rows(group: str, kind: str) -> Iterator[str]:
    """Plugins whose names others of that page have too."""
    yield from elsewhere(plugins(group, kind), "flows.md", "auth")


# Plugins

def plugins(group: str, kind: str = "") -> Iterator[str]:
    for name in registry.names(group):
        try:
            spec = registry.find(group, name)
        except Invalid as error:
            sys.stderr.write(f"docs: {error}\n")
            continue
        title, _, more = inspect.cleandoc(spec.__doc__ or name).partition("\n")
        yield from (f"### {name} {kind}".rstrip(), "", f"{title.rstrip('.')}.", "")
        if more.strip():
            yield from (*more.strip().splitlines(), "")
        schemes = ", ".join(f"`{scheme}://…`" for scheme in getattr(spec, "schemes", ()))
        if schemes:
            yield from (f"Addresses: {schemes}", "")
        found = schema.of_spec(spec, name)
        if set(found["properties"]) > {"type"}:
            yield from settings_of(found, skip=frozenset({"type"}))
        else:
            yield "It has no settings."
        yield ""


def presets() -> Iterator[str]:
    from haulier.stores.s3.presets import PRESETS
    yield from table(("`preset`", "service", "endpoint", "region"), (
        (f"`{name}`", one.title, f"`{one.endpoint_url}`" if one.endpoint_url else "", one.region)
        for name, one in PRESETS.items()))


# What stores can do

def caps() -> Iterator[str]:
    """The members of Cap with the comments beside them, and which stores declare them."""
    told = dict(re.findall(r"^    ([A-Z]+) = auto\(\) *# (.+)$", (SOURCES / "model" / "files.py").read_text(),
                           re.MULTILINE))
    stores = {room.name: declared(room) for room in sorted((SOURCES / "stores").iterdir())
              if (room / "store.py").exists()}
    yield from table(("cap", *stores, "meaning"), (
        (name, *(found.get(name, "") for found in stores.values()), text) for name, text in told.items()))


def declared(room: Path) -> dict[str, str]:
    """`yes` for caps that a store always has; `maybe` for those that settings or the server decide."""
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse((room / "store.py").read_text())):
        if not isinstance(node, ast.Assign | ast.AugAssign):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = {getattr(target, "id", "") for target in targets}
        word = "yes" if isinstance(node, ast.Assign) and names & {"caps", "CAPS"} else "maybe"
        for one in ast.walk(node.value):
            if isinstance(one, ast.Attribute) and getattr(one.value, "id", "") == "Cap":
                found[one.attr] = "yes" if "yes" in (word, found.get(one.attr)) else "maybe"
    found.pop("NONE", None)
    return found


# Drawings

def states() -> Iterator[str]:
    """The states of a transfer, from the table that the ledger goes by."""
    yield from ("```mermaid", "stateDiagram-v2", f"    [*] --> {State.QUEUED}")
    shared = {signal: {old for (old, by), new in STEPS.items() if by is signal and new is goal}
              for (_, signal), goal in STEPS.items()}
    for (old, signal), new in STEPS.items():
        if len(shared[signal]) < 3:
            yield f"    {old} --> {new}: {signal}"
    for state in State:
        if state in FINAL:
            yield f"    {state} --> [*]"
    yield from ("```", "", "These steps start from several states:", "")
    grouped: dict[tuple[str, str], list[State]] = {}
    for (old, signal), new in STEPS.items():
        if len(shared[signal]) >= 3:
            grouped.setdefault((signal, new), []).append(old)
    yield from table(("signal", "from", "to"), (
        (signal, in_order(olds), new) for (signal, new), olds in grouped.items()))
    yield from ("", f"At work: {in_order(ACTIVE)}. Final: {in_order(FINAL)}.")


def in_order(states: Iterable[State]) -> str:
    return ", ".join(state for state in State if state in set(states))


def rooms() -> Iterator[str]:
    """Who imports whom, from the source; the layers from .importlinter."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / ".importlinter")
    layers = [[name.strip() for name in line.split("|")]
              for line in settings["importlinter:contract:layers"]["layers"].split("\n") if line.strip()]
    names = [name for layer in layers for name in layer]
    yield from ("```mermaid", "flowchart TD")
    for name in names:
        yield f"    {name}[{name}]"
    imports = {name: imported_by(name, names) for name in names}
    for name in names:
        for other in sorted(imports[name], key=names.index):
            # What is reached through another room anyway would only make the drawing unreadable.
            if not any(other in reached(between, imports) for between in imports[name] - {other}):
                yield f"    {name} --> {other}"
    yield from ("```", "")
    yield from table(("room", "what it is for"), (
        (f"`{name}`", purpose(name)) for name in names))


def imported_by(room: str, names: list[str]) -> set[str]:
    found: set[str] = set()
    for path in files_of(room):
        package = ["haulier", *path.relative_to(SOURCES).with_suffix("").parts[:-1]]
        for node in ast.walk(ast.parse(path.read_text())):
            found |= {name.split(".")[1] for name in modules(node, package) if name.count(".")}
    return (found & set(names)) - {room}


def modules(node: ast.AST, package: list[str]) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom):
        above = package[:len(package) - node.level + 1] if node.level else []
        start = ".".join([*above, *([node.module] if node.module else [])])
        yield start
        yield from (f"{start}.{name.name}" for name in node.names)
    elif isinstance(node, ast.Import):
        yield from (name.name for name in node.names)


def reached(room: str, imports: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    todo = [room]
    while todo:
        for other in imports[todo.pop()] - found:
            found.add(other)
            todo.append(other)
    return found


def files_of(room: str) -> list[Path]:
    one = SOURCES / f"{room}.py"
    return [one] if one.exists() else sorted((SOURCES / room).rglob("*.py"))


def purpose(room: str) -> str:
    one = SOURCES / f"{room}.py"
    path = one if one.exists() else SOURCES / room / "__init__.py"
    return (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]


def errors() -> Iterator[str]:
    from haulier.model import errors as module
    tree = inspect.cleandoc(module.__doc__ or "").partition("\n\n")[2]
    yield from ("```text", *tree.splitlines(), "```")


# Files that people copy

def deployed(name: str, kind: str) -> Iterator[str]:
    """The file itself, which tests use as it is."""
    yield from (f"```{kind}", *(ROOT / "deploy" / name).read_text().splitlines(), "```")


PARTS: dict[str, Callable[[], Iterable[str]]] = {
    "rooms": rooms, "states": states, "caps": caps, "jobs": jobs, "settings": settings, "errors": errors,
    "stores": lambda: plugins("stores"), "steps": lambda: plugins("steps"), "alerts": lambda: plugins("alerts"),
    "flows": flows, "tasks": tasks, "presets": presets, "nginx": lambda: deployed("nginx.conf", "nginx"),
    "imports": imports, "parsers": lambda: rows("parsers", "parser"), "sinks": lambda: rows("sinks", "sink"),
    "items": lambda: rows("items", "items")}


def written(page: str, name: str = "page") -> str:
    """The page with every generated part made anew."""
    def part(match: re.Match[str]) -> str:
        if match[2] not in PARTS:
            sys.exit(f"docs: {name}: nothing is called {match[2]}; there is {', '.join(PARTS)}")
        text = "\n".join(line.rstrip() for line in PARTS[match[2]]()).strip()
        return f"{match[1]}\n{text}\n\n{match[3]}"
    return PART.sub(part, page)


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        sys.stderr.write(f"{__doc__}")
        return 2
    stale = []
    for path in sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]):
        before = path.read_text("utf-8")
        after = written(before, path.name)
        if after != before:
            stale.append(str(path.relative_to(ROOT)))
            if not arguments:
                path.write_text(after, "utf-8")
    for name in stale:
        sys.stdout.write(f"{name} is not up to date; run scripts/docs\n" if arguments else f"wrote {name}\n")
    return 1 if arguments and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""JSON Schema of what may be written: for forms, for editors, for `haulier specs`."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from ..core.importing.settling import After
from ..model.errors import Invalid
from ..model.flow import Action
from . import registry
from .filling import secret_fields
from .flows.forms import FilesForm, FlowForm, ParamForm, TaskForm
from .forms import JobForm, PlaceForm, SourceForm
from .plugin import MARK
from .spec import Spec

Schema = dict[str, Any]
IN_PLACE = ("source", "recursive", "complete", "steps", "settle")
"""Settings of an import that stand in the job itself."""
_AFTER = ("on_success", "on_failure")
_PLAIN = ["string", "number", "boolean", "array", "null"]
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def of_spec(spec: type[Spec[Any]], name: str = "") -> Schema:
    """The settings of one plugin; with a name, `type` is that name and required."""
    schema = _of_model(spec)
    schema["title"] = _title(spec)
    schema.pop("description", None)
    fields = schema.setdefault("properties", {})
    for key in secret_fields(spec) & fields.keys():
        fields[key] |= {"writeOnly": True, "format": "password"}
    fields.pop("type", None)
    if name:
        schema["properties"] = {"type": {"const": name}, **fields}
        schema["required"] = ["type", *(key for key in schema.get("required", ()) if key != "type")]
    return schema


def of_group(group: str) -> dict[str, Schema]:
    """Every plugin of a group (`stores`, `steps` …) that can be loaded, by name."""
    found = {}
    for name in registry.names(group):
        try:
            found[name] = of_spec(registry.find(group, name), name)
        except Invalid:
            continue        # said to whoever uses it
    return found


def of_jobs() -> Schema:
    """jobs.yaml as a whole: `source` and `destination` by `type`, every step, every rule."""
    stores, steps = of_group("stores"), of_group("steps")
    job = _of_model(JobForm)
    definitions = job.pop("$defs", {})
    for key in ("SourceForm", "PlaceForm"):
        definitions.pop(key, None)
    job["properties"]["source"] = _place(SourceForm, stores)
    job["properties"]["destination"] = _place(PlaceForm, stores)
    job["properties"]["settle"]["anyOf"].insert(0, {"enum": [str(action) for action in Action]})
    job["properties"]["schedule"]["anyOf"].insert(0, {"type": "string"})
    job["properties"]["arrival"]["anyOf"].insert(0, {"type": "boolean"})
    definitions["ProcessingForm"]["properties"]["steps"]["items"] = _step(steps)
    definitions |= {"Job": job, "ImportJob": _import_job(job)}
    definitions |= {f"store.{name}": _settings_only(schema) for name, schema in stores.items()}
    definitions |= {f"step.{name}": schema for name, schema in steps.items()}
    for schema in [*definitions.values()]:
        _lift(schema, definitions)
    return {"$schema": _DRAFT, "title": "Jobs", "type": "object", "additionalProperties": False,
            "properties": {"jobs": {"type": ["array", "null"], "items": {
                "if": {"required": ["import"]}, "then": _ref("ImportJob"), "else": _ref("Job")}}},
            "patternProperties": {"^x-": {}}, "$defs": definitions}


def _import_job(job: Schema) -> Schema:
    """A job that takes files in: what it shares with others, and the settings of the task that it is."""
    task = of_spec(registry.find("tasks", "import"))
    own, needed = task["properties"], ("type", *IN_PLACE)
    shared = {key: job["properties"][key] for key in (
        "job_id", "enabled", "description", "tags", "schedule", "arrival", "timezone", "source", "processing",
        "recursive", "complete", "retry", "timeout")}
    inside = {"type": "object", "additionalProperties": False, "description": task["title"],
              "properties": {key: one for key, one in own.items() if key not in needed},
              "required": [key for key in task["required"] if key not in needed]}
    own["schema"] = _or(own["schema"], {"type": "object"})
    settle = _or(own["settle"], {"enum": [str(one) for one in After]})
    return {"title": "Import", "type": "object", "additionalProperties": False, "$defs": task["$defs"],
            "required": ["job_id", "source", "import"], "properties": {**shared, "settle": settle, "import": inside}}


def of_flows() -> Schema:
    """The file of a flow as a whole: every key, and every task by its `type`."""
    types = of_group("tasks")
    flow, task, param = _of_model(FlowForm), _of_model(TaskForm), _of_model(ParamForm)
    definitions: Schema = {"Files": _of_model(FilesForm), "Param": param}
    for schema in (flow, task, *types.values()):
        _lift(schema, definitions)
    definitions |= {f"task.{name}": _task(task, name, schema) for name, schema in types.items()}
    for schema in [*definitions.values()]:
        _lift(schema, definitions)
    tasks = {"type": "array", "items": {"oneOf": [_ref(f"task.{name}") for name in types]}}
    flow["properties"] |= {
        "tasks": {**tasks, "minItems": 1, "description": "What is done."},
        **{key: {**flow["properties"][key], "anyOf": [tasks, {"type": "null"}]} for key in _AFTER},
        "params": {"type": ["object", "null"], "description": flow["properties"]["params"]["description"],
                   "additionalProperties": {"anyOf": [_ref("Param"), {"type": _PLAIN}]}},
        "version": _or(flow["properties"]["version"], {"type": "number"}),
        "keep_tmp": _or(flow["properties"]["keep_tmp"], {"type": "boolean"}),
        "schedule": _or(flow["properties"]["schedule"], {"type": "string"}),
        "retry": _or(flow["properties"]["retry"], {"type": "integer", "minimum": 1})}
    return {"$schema": _DRAFT, **flow, "title": "Flow", "patternProperties": {"^x-": {}}, "$defs": definitions}


def _task(common: Schema, name: str, schema: Schema) -> Schema:
    """A task of one type; one that does not say its type is a script."""
    own = {key: value for key, value in schema["properties"].items() if key not in common["properties"]}
    properties = {**common["properties"], **own, "type": {"const": name}}
    properties["foreach"] = {"description": properties["foreach"].get("description", ""), "anyOf": [
        {"type": "null"}, {"type": "array"}, {"type": "string", "pattern": r"^\$\{.+\}$"}, _ref("Files")]}
    properties["when"] = _or(properties["when"], {"type": "boolean"})
    properties["depends_on"] = _or(properties["depends_on"], {"type": "string"})
    properties["retry"] = _or(properties["retry"], {"type": "integer", "minimum": 1})
    required = {"id", *schema.get("required", ())} - ({"type"} if name == "script" else set())
    return {**schema, "properties": properties, "required": sorted(required), "title": schema["title"]}


def _or(schema: Schema, other: Schema) -> Schema:
    """The one or the other."""
    kept: Schema = {key: schema[key] for key in ("description", "default") if key in schema}
    rest = {key: value for key, value in schema.items() if key not in kept}
    return {**kept, "anyOf": [*rest.get("anyOf", [rest]), other]}


def _of_model(model: type[BaseModel]) -> Schema:
    schema = model.model_json_schema(ref_template="#/$defs/{model}")
    definitions: Schema = schema.pop("$defs", {})
    for one in [schema, *definitions.values()]:
        _put_plugins(one, definitions)
    return {**schema, "$defs": definitions} if definitions else schema


def _put_plugins(schema: Any, definitions: Schema) -> None:
    """Where the settings of a plugin belong: the shapes of all of its group, or a name alone."""
    if isinstance(schema, list):
        for one in schema:
            _put_plugins(one, definitions)
    elif isinstance(schema, dict):
        if group := schema.get(MARK):
            shapes = of_group(group)
            for shape in shapes.values():
                _lift(shape, definitions)
            schema |= {MARK: group, "anyOf": [{"enum": list(shapes)}, *shapes.values()]}
        else:
            for one in list(schema.values()):
                _put_plugins(one, definitions)


def _place(form: type[PlaceForm], stores: Mapping[str, Schema]) -> Schema:
    """One shape per store, told apart by `type`; and the one that only names a connection."""
    shapes = [_shape(form, {"type": {"const": name}, "connection": {"anyOf": [
        {"type": "null"}, {"type": "string"}, _ref(f"store.{name}")]}}, "type") for name in stores]
    shapes.append(_shape(form, {"type": False, "connection": {"type": "string"}}, "connection"))
    return {"title": _title(form), "oneOf": shapes}


def _shape(form: type[PlaceForm], own: Schema, required: str) -> Schema:
    schema = _of_model(form)
    schema["properties"] |= own
    schema["required"] = [required]
    schema["title"] = str(own["type"]["const"]) if own["type"] else "a connection by name"
    return schema


def _settings_only(schema: Schema) -> Schema:
    """For a `connection` block: nothing is required, as variables and jobs may fill it in."""
    return {**schema, "required": [key for key in schema["required"] if key not in
                                   ("type", "path", "bucket")]}


def _step(steps: Mapping[str, Schema]) -> Schema:
    words = "|".join(sorted(steps))
    return {"anyOf": [
        {"type": "string", "pattern": f"^({words})(:.*)?$"},
        {"oneOf": [_ref(f"step.{name}") for name in steps]},
        {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": False,
         "properties": {name: {"type": ["object", "null", "string"]} for name in steps}}]}


def _lift(schema: Schema, definitions: Schema) -> None:
    """Move the definitions inside a plugin's schema up, where its references look for them."""
    inner: Schema = schema.pop("$defs", {})
    others = {name: f"{name}.{len(definitions)}" for name, one in inner.items() if definitions.get(name, one) != one}
    for one in (schema, *inner.values()) if others else ():
        _rename(one, {f"#/$defs/{name}": f"#/$defs/{other}" for name, other in others.items()})
    for name, one in inner.items():
        definitions[others.get(name, name)] = one


def _rename(schema: Any, refs: Mapping[str, str]) -> None:
    """Another definition has the name already that these references are by."""
    if isinstance(schema, dict) and schema.get("$ref") in refs:
        schema["$ref"] = refs[schema["$ref"]]
    for one in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        _rename(one, refs)


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _title(model: type[BaseModel]) -> str:
    return (model.__doc__ or model.__name__).strip().splitlines()[0].rstrip(".")



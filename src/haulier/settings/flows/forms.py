"""What may be written in the file of a flow: the keys of the flow, of its parameters and of every task."""
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from ...core.params import checked
from ...model.errors import Invalid
from ...model.graph import Keep, Kind, Param
from ...model.schedule import Overlap
from ..arrivals import ArrivalForm
from ..forms import PlaceForm, SourceForm
from ..rules import CompleteForm, FiltersForm, Form, Patterns, RetryForm, listed
from ..schedules import FlowScheduleSetting, Timezone
from ..units import Duration

_KINDS = {"string": "text", "str": "text", "int": "integer", "float": "number", "bool": "boolean", "array": "list",
          "object": "mapping", "dict": "mapping"}
_INFERRED = ((str, Kind.TEXT), (bool, Kind.BOOLEAN), (int, Kind.INTEGER), (float, Kind.NUMBER), (list, Kind.LIST),
             (dict, Kind.MAPPING))
_ID = re.compile(r"(?!\.+$)[A-Za-z0-9_.-]{1,100}", re.ASCII)


def _tries(value: Any) -> Any:
    return {"tries": value} if isinstance(value, int | float) and not isinstance(value, bool) else value


def _keep(value: Any) -> Any:
    return {True: Keep.ALWAYS, False: Keep.NEVER}[value] if isinstance(value, bool) else value


def _number_too(value: Any) -> Any:
    """A version such as 1.0 need not be in quotes."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _condition(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError("not usable as an id: it has letters, digits, _, . and -, and at most 100 of them")
    return text


RetrySetting: TypeAlias = Annotated[RetryForm | None, BeforeValidator(_tries)]
Id: TypeAlias = Annotated[str, AfterValidator(_id), WithJsonSchema({"type": "string", "pattern": f"^{_ID.pattern}$"})]
Text: TypeAlias = Annotated[str | None, BeforeValidator(_number_too)]


class ParamForm(Form):
    """A parameter: what a run can be told."""

    type: Annotated[Kind | None, BeforeValidator(lambda word: _KINDS.get(word, word) if isinstance(word, str) else word)
                    ] = None
    """text, integer, number, boolean, date, list or mapping; if it is not said, that of the default."""
    default: Any = None
    """What it is if a run is not told."""
    required: bool = False
    """Whether a run must be told."""
    choices: Annotated[tuple[Any, ...], BeforeValidator(listed)] = ()
    """All that it may be."""
    description: str | None = None
    """For people."""

    def param(self, name: str) -> Param:
        """What core goes by; Invalid if the default or a choice is none of its type."""
        kind = self.type or _kind(self.default, self.choices)
        one = Param(name, Kind.TEXT if kind is Kind.LIST else kind)
        choices = tuple(choice if kind is Kind.LIST else checked(one, choice) for choice in self.choices)
        param = Param(name, kind, None, self.required, choices, self.description or "")
        default = None if self.default is None else checked(param, self.default)
        return Param(name, kind, default, self.required, choices, param.description)


class FilesForm(PlaceForm):
    """Files at a place, for `foreach`: a task for each of them."""

    include: Patterns = ()
    """Globs, or `re:` and a regular expression; any of them; none: every file."""
    exclude: Patterns = ()
    """None of these."""
    recursive: bool = False
    """Also files in folders below."""


class ArrivingForm(ArrivalForm):
    """Files that come start the flow. It is told which in the parameter `files`, if it has one or takes any; each of
    them starts it once, whatever becomes of it."""

    source: SourceForm
    """Where they come."""
    recursive: bool = False
    """Also folders below it."""
    filters: FiltersForm | None = None
    """Which files."""
    complete: CompleteForm | None = None
    """When a file is ready."""


class TaskForm(Form):
    """What every task may have, whatever its type is; all other keys are those of its type."""

    id: Id
    """Its name, once in the flow: letters, digits, `_`, `.` and `-`."""
    type: str = "script"
    """What it does: script, python, transfer, import, http, wait, approve or flow."""
    description: str | None = None
    """For people."""
    depends_on: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()
    """The ids of the tasks that must be over before."""
    when: Annotated[str | None, BeforeValidator(_condition)] = None
    """A condition, looked at when all it needs is over, such as `tasks.fetch.state == "failed"`."""
    foreach: Any = None
    """Do it for each of these: a list, `${…}` that gives one, or a mapping that names files."""
    retry: RetrySetting = None
    """How often it is tried, or when; by default as the flow says, else once."""
    timeout: Annotated[Duration, Field(gt=0)] | None = None
    """Longest time of one try."""
    allow_failure: bool = False
    """Whether the flow goes on, and is done, if it fails."""


class FlowForm(Form):
    """A flow: tasks, in the order of what they need."""

    name: str | None = None
    """Its title; it is called by the name of its file."""
    description: str | None = None
    """For people."""
    version: Text = None
    """For people."""
    tags: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()
    """To find it by."""
    params: Annotated[Any, WithJsonSchema({"type": ["object", "null"]})] = None
    """Its parameters by name; a flow without this key takes any."""
    schedule: FlowScheduleSetting | None = None
    """Cron, as `0 2 * * *`; or words, as `every 15m`, `daily at 02:00`; or a mapping; none: only when started."""
    arrival: ArrivingForm | None = None
    """Files that come start it."""
    timezone: Timezone | None = None
    """Of the schedule and of `${run.date}`; by default the workspace's."""
    enabled: bool = True
    """Whether its schedule starts it."""
    concurrency: Annotated[int, Field(ge=1, le=1024)] | None = None
    """Tasks at a time."""
    overlap: Overlap = Overlap.QUEUE
    """A run that is started by hand while another goes on: wait for its end (queue), refuse (skip), or start
    (parallel)."""
    timeout: Annotated[Duration, Field(gt=0)] | None = None
    """Longest time of a whole run."""
    retry: RetrySetting = None
    """For tasks that do not say it themselves."""
    keep_tmp: Annotated[Keep, BeforeValidator(_keep)] = Keep.NEVER
    """Whether the temporary folder stays when the run is over: never, on_failure or always."""
    tasks: Any
    """What is done."""
    on_failure: Any = None
    """Tasks for when all others are over and one has failed."""
    on_success: Any = None
    """Tasks for when all others are over and none has failed."""


def _kind(default: Any, choices: tuple[Any, ...]) -> Kind:
    value = default if default is not None else choices[0] if choices else ""
    found = next((kind for type_, kind in _INFERRED if isinstance(value, type_)), None)
    if found is None:
        raise Invalid("a default that no file can hold")
    return found


def written_param(value: Any) -> Mapping[str, Any]:
    """`{default: 3}` for 3: a parameter may be written as its default only."""
    return {} if value is None else value if isinstance(value, dict) else {"default": value}

"""What a file of schedules says: the entries of the seed's format, and more keys."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationError

from ...core.params import given
from ...model.errors import Invalid, NotFound
from ...model.schedule import Schedule
from ..problems import Problem, Where, nearest, translated
from ..rules import Form
from ..schedules import FlowScheduleForm
from ..yamlfile import Document
from .loaded import LoadedFlows

_TIMES = ("every", "at", "on", "timezone", "misfire", "misfire_max", "overlap")


class EntryForm(Form):
    """When a flow starts. Beside these: every, at, on, timezone, misfire, misfire_max, overlap, as in a flow's file."""

    flow_name: str
    """The flow."""
    cron_expression: str | None = None
    """5 fields, 0 and 7 are Sunday; 6 fields: seconds first; or @hourly, @daily and the like."""
    enabled: bool = True
    """Whether it starts anything."""
    description: str | None = None
    """For people."""
    params: Annotated[dict[str, Any], BeforeValidator(lambda value: {} if value is None else value)] = {}
    """The parameters of its runs."""
    last_run: Any = None
    """Accepted and not used."""
    next_run: Any = None
    """Accepted and not used."""
    every: Any = None
    """hourly, daily, weekly, monthly, or an interval such as 15m."""
    at: Any = None
    """HH:MM."""
    on: Any = None
    """Days."""
    timezone: Any = None
    """Such as Europe/Stockholm."""
    misfire: Any = None
    """skip, once or all."""
    misfire_max: Any = None
    """With all: for so many at most."""
    overlap: Any = None
    """skip, queue or parallel."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The schedule of one flow."""

    flow: str
    form: FlowScheduleForm
    enabled: bool = True
    description: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    at: Problem | None = None
    """Where it is written: a problem without text."""

    def schedule(self, zone: str, *, enabled: bool = True) -> Schedule:
        """What core goes by; `zone` is where clocks hang if it does not say."""
        return self.form.schedule(timezone=zone, enabled=self.enabled and enabled)

    def written(self) -> dict[str, Any]:
        """As it stands in the file."""
        made = self.form.schedule(timezone="UTC")
        when = {"cron_expression": made.cron} if made.cron else {"every": f"{made.every}s"}
        more = self.form.model_dump(mode="json", exclude_defaults=True, include=set(_TIMES[3:]))
        more |= {"params": dict(self.params)} if self.params else {}
        more = {"enabled": self.enabled, "description": self.description or None, **more}
        return {"flow_name": self.flow, **when, **more}

    def problem(self, text: str, hint: str = "") -> Problem:
        """A mistake in it."""
        return (self.at or Problem("", 0, "", ""))._replace(text=text, hint=hint)


@dataclass(frozen=True, slots=True)
class Entries:
    """All that make sense, and every mistake that was found."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()

    def entry(self, flow: str) -> Entry:
        """That of a flow; NotFound if it has none."""
        for entry in self.entries:
            if entry.flow == flow:
                return entry
        hint = nearest(flow, [entry.flow for entry in self.entries]) or "there are none"
        raise NotFound(f'no schedule of "{flow}"; {hint}')

    def params(self, flow: str) -> Mapping[str, Any]:
        """What its runs are told; nothing if it has no entry."""
        return next((entry.params for entry in self.entries if entry.flow == flow), {})


def made(flow: str, *, cron: str | None = None, every: Any = None, at: str | None = None, description: str = "",
         enabled: bool = True, params: Mapping[str, Any] | None = None, **more: Any) -> Entry:
    """An entry from what somebody asks for; Invalid if it makes no sense. `cron` wins over `every`.

    `more` are on, timezone, misfire, misfire_max and overlap.
    """
    asked = {"cron": cron} if cron is not None else {"every": every, "at": at}
    settings = {key: value for key, value in {**asked, **more}.items() if value is not None}
    try:
        form = FlowScheduleForm.model_validate(settings)
    except ValidationError as error:
        found = translated(error, settings, FlowScheduleForm, lambda where, text, hint: Problem(
            "", 0, ".".join(map(str, where)), text, hint))
        raise Invalid(*(f"{one.key}: {one.said()}".removeprefix(": ") for one in found)) from None
    return Entry(flow, form, enabled, description, given((), params or {}, takes_any=True))


def read(document: Document) -> Entries:
    """Every entry; mistakes in one hide no other."""
    data = document.data
    if not isinstance(data, dict) or not isinstance(data.get("schedules", []), list | None):
        return Entries(problems=(document.problem((), 'must be a mapping with the key "schedules", a list'),))
    problems = [document.problem((key,), "unknown key", 'did you mean "schedules"?')
                for key in data if key != "schedules" and not key.startswith("x-")]
    found: dict[str, Entry] = {}
    for at, written in enumerate(data.get("schedules") or []):
        entry = _entry(document, ("schedules", at), written, problems)
        if entry and entry.flow in found:
            problems.append(entry.problem(f'"{entry.flow}" has a schedule before this one, which counts'))
        elif entry:
            found[entry.flow] = entry
    return Entries(tuple(found.values()), tuple(problems))


def schedules(loaded: LoadedFlows, entries: Entries, zone: str) -> dict[str, Schedule]:
    """That of every flow that has one: in its own file, or else among the entries."""
    own = {flow.name: flow.schedule(zone) for flow in loaded.flows}
    listed = {entry.flow: entry for entry in entries.entries}
    for flow in loaded.flows:
        if own[flow.name] is None and flow.name in listed:
            own[flow.name] = listed[flow.name].schedule(flow.form.timezone or zone, enabled=flow.enabled)
    return {name: schedule for name, schedule in own.items() if schedule}


def _entry(document: Document, where: Where, written: Any, problems: list[Problem]) -> Entry | None:
    def located(found: Where, text: str, hint: str) -> Problem:
        keys = ("cron_expression" if key == "cron" else key for key in found)
        return document.problem((*where, *keys), text.replace("needs cron or", "needs cron_expression or"), hint)

    if not isinstance(written, dict):
        problems.append(document.problem(where, "must be a mapping of keys to values"))
        return None
    times = {key: written[key] for key in _TIMES if written.get(key) is not None}
    if written.get("cron_expression") is not None:
        times["cron"] = written["cron_expression"]
    try:
        form = EntryForm.model_validate(written)
        schedule = FlowScheduleForm.model_validate(times)
    except ValidationError as error:
        model = EntryForm if error.title == EntryForm.__name__ else FlowScheduleForm
        problems += translated(error, written if model is EntryForm else times, model, located)
        return None
    at = document.problem((*where, "flow_name"), "")
    return Entry(form.flow_name, schedule, form.enabled, form.description or "", form.params, at)

"""Plugins by group and name, loaded when first used; a broken one stops nothing else."""
from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution, entry_points
from typing import Any, cast

from ..core.spelling import nearest
from ..model.errors import Invalid
from .spec import ItemsSpec, ParserSpec, SinkSpec, Spec, StepSpec, StoreSpec, TaskSpec

AnySpec = type[Spec[Any]]

_registered: dict[tuple[str, str], AnySpec] = {}


def register(group: str, name: str, spec: AnySpec) -> None:
    """Add a plugin from Python; it comes before an installed one of that name."""
    _registered[group, name] = spec


def unregister(group: str, name: str) -> None:
    """Take a registered plugin out again; fine if it is not there."""
    _registered.pop((group, name), None)


def names(group: str) -> tuple[str, ...]:
    """Every name in a group (`stores`, `steps` …), sorted; nothing is imported."""
    added = {name for kind, name in _registered if kind == group}
    return tuple(sorted({*_own(group), *_others(group), *added}))


def has(group: str, name: str) -> bool:
    """Whether there is a plugin of that name; only for one that is not ours everybody's are looked through."""
    return (group, name) in _registered or name in _own(group) or name in _others(group)


def stores() -> tuple[str, ...]:
    """The names of all stores."""
    return names("stores")


def steps() -> tuple[str, ...]:
    """The names of all steps."""
    return names("steps")


def find(group: str, name: str) -> AnySpec:
    """The settings class of a plugin; Invalid if there is none or it cannot be imported."""
    if (group, name) in _registered:
        return _registered[group, name]
    point = _own(group).get(name) or _others(group).get(name)
    if point is None:
        raise Invalid(f"no such {_noun(group)} yet: {name}; {nearest(name, names(group))}")
    return _loaded(group, point)


def store(name: str) -> type[StoreSpec]:
    """The settings class of a store."""
    return cast("type[StoreSpec]", _of_kind(find("stores", name), StoreSpec, "store", name))


def step(name: str) -> type[StepSpec]:
    """The settings class of a step."""
    return cast("type[StepSpec]", _of_kind(find("steps", name), StepSpec, "step", name))


def task(name: str) -> type[TaskSpec]:
    """The settings class of a type of task."""
    return cast("type[TaskSpec]", _of_kind(find("tasks", name), TaskSpec, "type of task", name))


def parser(name: str) -> type[ParserSpec]:
    """The settings class of a parser."""
    return cast("type[ParserSpec]", _of_kind(find("parsers", name), ParserSpec, "parser", name))


def sink(name: str) -> type[SinkSpec]:
    """The settings class of a sink."""
    return cast("type[SinkSpec]", _of_kind(find("sinks", name), SinkSpec, "sink", name))


def items(name: str) -> type[ItemsSpec]:
    """The settings class of a source of open items."""
    return cast("type[ItemsSpec]", _of_kind(find("items", name), ItemsSpec, "source of open items", name))


def for_scheme(scheme: str) -> tuple[str, type[StoreSpec]]:
    """The store that a URL scheme means, with its name; Invalid if there is none."""
    known: set[str] = set()
    broken = []
    for name in sorted(stores(), key=lambda name: (name != scheme, name)):
        try:
            spec = store(name)
        except Invalid as error:
            broken.append(str(error))
            continue
        if scheme in spec.schemes:
            return name, spec
        known |= set(spec.schemes)
    hints = [nearest(scheme, known), *broken]
    raise Invalid("; ".join([f"no store for {scheme}:// addresses", *filter(None, hints)]))


@cache
def _own(group: str) -> Mapping[str, EntryPoint]:
    """This package's own plugins: one small file to read."""
    try:
        found = distribution(__name__.partition(".")[0]).entry_points
    except PackageNotFoundError:
        return {}
    return {point.name: point for point in found if point.group == f"haulier.{group}"}


@cache
def _others(group: str) -> Mapping[str, EntryPoint]:
    """Everybody's plugins: reads the metadata of every installed package."""
    return {point.name: point for point in entry_points(group=f"haulier.{group}")}


def _loaded(group: str, point: EntryPoint) -> AnySpec:
    try:
        spec = point.load()
    except Exception as error:
        raise Invalid(f"{_noun(group)} {point.name} cannot be loaded from {point.value}: "
                      f"{type(error).__name__}: {error}") from error
    return cast("AnySpec", _of_kind(spec, Spec, _noun(group), point.name))


def _of_kind(spec: Any, kind: type[Any], noun: str, name: str) -> Any:
    if not (isinstance(spec, type) and issubclass(spec, kind)):
        raise Invalid(f"{noun} {name} is not a plugin: {spec!r} is no {kind.__name__}")
    return spec


def _noun(group: str) -> str:
    return "source of open items" if group == "items" else group.removesuffix("s")

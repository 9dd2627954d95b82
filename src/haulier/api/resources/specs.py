"""What can be set, as JSON Schema: forms are made from this."""
from __future__ import annotations

from functools import lru_cache
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from ...model.errors import Invalid
from ...settings import registry, schema
from ...settings.options import WorkspaceForm
from ..caller import Viewer
from ..shapes.naming import Naming

router = APIRouter(prefix="/specs", tags=["specs"])
KINDS = ("steps", "alerts", "parsers", "sinks", "items")


class StepKind(Naming):
    """One action on a file on its way; or one channel of alerts, one format, one place for rows or open items."""

    title: str
    schema_: dict[str, Any]


class StoreKind(StepKind):
    """One kind of place; `presets` are settings of services that are well known."""

    schemes: list[str]
    presets: list[dict[str, Any]]


class Specs(BaseModel):
    """Everything that can be set."""

    job: dict[str, Any]
    settings: dict[str, Any]
    stores: dict[str, StoreKind]
    steps: dict[str, StepKind]
    alerts: dict[str, StepKind]
    parsers: dict[str, StepKind]
    sinks: dict[str, StepKind]
    items: dict[str, StepKind]
    units: dict[str, list[str]]


@router.get("", summary="All that can be set")
def specs(_: Viewer) -> Specs:
    """`job` is jobs.yaml as a whole, with every store and step in it."""
    return _specs()


@lru_cache(1)
def _specs() -> Specs:
    """Plugins do not change while a program runs."""
    kinds = {group: {name: StepKind(title=one["title"], schema=one) for name, one in schema.of_group(group).items()}
             for group in KINDS}
    stores = {name: _store(name, one) for name, one in schema.of_group("stores").items()}
    return Specs(job=schema.of_jobs(), settings=WorkspaceForm.model_json_schema(), stores=stores, **kinds,
                 units={"size": ["kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"],
                        "duration": ["ms", "s", "m", "h", "d", "w"], "rate": ["kB/s", "MB/s", "GB/s", "Mbit/s"]})


def _store(name: str, one: dict[str, Any]) -> StoreKind:
    try:
        spec = registry.store(name)
    except Invalid:
        return StoreKind(title=one["title"], schema=one, schemes=[], presets=[])
    return StoreKind(title=one["title"], schema=one, schemes=[*spec.schemes],
                     presets=[{"name": key, **preset} for key, preset in spec.presets.items()])

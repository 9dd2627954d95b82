"""The workspace's settings."""
from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from ...settings.editing import options
from ..caller import Admin, At, Viewer
from ..desk import Desk
from ..editor import changing
from ..shapes.given import Given, Text

router = APIRouter(prefix="/settings", tags=["settings"])


class Limits(BaseModel):
    """What all jobs and flows together may use."""

    lanes: int
    per_connection: int
    tasks: int
    bandwidth: int | str | None
    timetable: list[dict[str, Any]]


class Settings(BaseModel):
    """As they are in haulier.yaml, or as usual where that says nothing. `version` is for a change."""

    limits: Limits
    timezone: str
    log_level: str | None
    public_url: str
    version: str


class SettingsChange(Given):
    """What is to be different; what is left out stays. `version`: of what was looked at."""

    limits: dict[str, Any] | None = None
    timezone: Text | None = None
    log_level: Text | None = None
    public_url: Text | None = None
    version: Text


@router.get("", summary="The workspace's settings")
def get_settings(_: Viewer, desk: At) -> Settings:
    """Those that can be changed here."""
    return _shown(desk)


@router.put("", summary="Change the workspace's settings")
def change_settings(caller: Admin, desk: At, body: SettingsChange) -> Settings:
    """In haulier.yaml; they hold at once. 409 if it has changed since."""
    form = body.model_dump(exclude_unset=True, exclude={"version"})
    with changing(desk, _of):
        options.replace(desk.hub.live.workspace, form, body.version)
    caller.did("settings.changed", ", ".join(sorted(form)))
    return _shown(desk)


def _shown(desk: Desk) -> Settings:
    return _of(options.shown(desk.hub.live.workspace))


def _of(found: options.EditedSettings) -> Settings:
    return Settings(**found.form, version=found.version)

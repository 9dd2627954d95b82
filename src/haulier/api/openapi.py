"""The description of the API: what FastAPI finds, and what it cannot know."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from .caller import COOKIE
from .problem import MEDIA, Problem

_PROBLEM = {"content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "It was refused: 401 not signed in, 403 not allowed, 404 not there, 409 does not go with "
                           "how things are, 413 too long, 422 not usable, "
                           "424 a place did not do its part, 429 too often", **_PROBLEM},
    "5XX": {"description": "It could not be done: 500 a bug, 503 the database is away",
            **_PROBLEM}}
TAGS = {
    "session": "Signing in, by cookie.", "overview": "Everything at a glance.",
    "jobs": "Jobs, as they are in the workspace's files.", "connections": "Named places.",
    "flows": "Graphs of tasks, as they are in the workspace's files.",
    "runs": "Executions of jobs and flows.", "tasks": "What runs of flows consist of.",
    "transfers": "Single files on their way.",
    "imports": "Files that were taken in, their rejects and payments.",
    "events": "What happened and what happens.", "logs": "What the hub wrote down.",
    "specs": "JSON Schema of everything that can be set.", "schedules": "When jobs and flows start.",
    "stats": "Counts over time.", "users": "Who may sign in.", "tokens": "Programs' ways in.",
    "audit": "Who did what.", "settings": "The workspace's settings.", "operation": "For monitoring.",
    "fileflow": "Routes and shapes of an older program, for clients that were written for it.",
}


def describe(app: FastAPI, routers: Iterable[tuple[str, APIRouter]]) -> dict[str, Any]:
    """The whole description; each operation has `x-role`, the least role that may use it, or none."""
    whole = get_openapi(title=app.title, version=app.version, summary="The hub over HTTP", routes=app.routes,
                        tags=[{"name": name, "description": text} for name, text in TAGS.items()])
    parts = whole.setdefault("components", {})
    parts.setdefault("schemas", {}).update(_schemas())
    parts["securitySchemes"] = {"cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                                "token": {"type": "http", "scheme": "bearer"}}
    for path, method, role in _roles(routers):
        operation = whole["paths"][path][method]
        operation["security"] = [{"cookie": []}, {"token": []}] if role else []
        if role:
            operation["x-role"] = role
    return whole


def _schemas() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), "Problem": schema}


def _roles(routers: Iterable[tuple[str, APIRouter]]) -> Iterator[tuple[str, str, str]]:
    for prefix, router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.include_in_schema and router.include_in_schema:
                found = (getattr(one.call, "role", "") for one in route.dependant.dependencies)
                role = next(filter(None, found), "")
                yield from ((prefix + route.path_format, method.lower(), str(role)) for method in route.methods or ())

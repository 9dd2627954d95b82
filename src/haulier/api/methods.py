"""What can be done at an address: the framework's own answer looks no further than its first route."""
from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.routing import compile_path


class Methods:
    """Every address of the API, and its methods."""

    def __init__(self, routers: Iterable[tuple[str, APIRouter]]) -> None:
        routes = [(prefix + route.path_format, _with_head(route.methods or set()))
                  for prefix, router in routers for route in router.routes if isinstance(route, APIRoute)]
        self._routes = [(path, compile_path(path)[0], methods) for path, methods in routes]

    def of(self, path: str) -> str:
        """As the header Allow has them."""
        exact = [methods for written, _, methods in self._routes if written == path]
        found = exact or [methods for _, pattern, methods in self._routes if pattern.match(path)]
        return ", ".join(sorted({method for methods in found for method in methods}))


def _with_head(methods: set[str]) -> set[str]:
    return methods | {"HEAD"} if "GET" in methods else methods


def allowed(request: Request) -> str:
    """What can be done at the address that was asked; '' if that is not known."""
    found: Methods | None = getattr(request.app.state, "methods", None)
    return found.of(request.url.path) if found else ""

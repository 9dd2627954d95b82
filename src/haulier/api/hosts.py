"""By which names the hub may be asked: a page of somebody else can lead a browser here under a name of its own."""
from __future__ import annotations

from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ..core.loopback import is_here
from . import problem


class Hosts:
    """Around the application of a hub at `address`. On loopback it answers to the names of loopback and to `names`.

    Elsewhere it cannot know what it is called.
    """

    def __init__(self, app: ASGIApp, address: str, names: Callable[[], Collection[str]]) -> None:
        self._app, self._names = app, names
        self._is_near = is_here(_name(address))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_near and scope["type"] in ("http", "websocket"):
            name = _name("//" + Headers(scope=scope).get("host", "localhost"))  # programs may leave it out
            if not is_here(name) and name not in self._names():
                await problem.misdirected(name)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""

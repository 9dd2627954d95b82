"""HEAD, for those who only look whether something is there: as GET, but that nothing follows the headers."""
from __future__ import annotations

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Heads:
    """Around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        is_over = False

        async def only_headers(message: Message) -> None:
            nonlocal is_over
            if is_over:     # a stream would go on for ever: for it the one who asked is gone
                raise OSError
            await send(message)
            if message["type"] == "http.response.start":
                is_over = True
                await send({"type": "http.response.body", "body": b""})

        try:
            await self._app({**scope, "method": "GET"}, receive, only_headers)
        except (OSError, ClientDisconnect):
            if not is_over:
                raise

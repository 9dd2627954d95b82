"""What holds for every answer: headers that tell browsers what not to do, bounded bodies, no bug in plain sight."""
from __future__ import annotations

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..model.errors import Unavailable
from . import problem

LARGEST = 2 << 20
"""Bytes of a request's body: the longest jobs file that anybody has written is far below that."""
POLICY = ("default-src 'none'; script-src 'self'{scripts}; style-src 'self'; img-src 'self' data:; font-src 'self'; "
          "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
STOPPING = Unavailable("the hub was stopped before it could answer; ask again in a moment", retry_after=5)


class Shield:
    """Around the whole application. `scripts`: digests of the scripts that are written into the page itself."""

    def __init__(self, app: ASGIApp, scripts: tuple[str, ...] = ()) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": POLICY.format(scripts="".join(f" '{one}'" for one in scripts)),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def guarded(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                self._add_to(MutableHeaders(scope=message))
            await send(message)

        try:
            await self._app(scope, _bounded(scope, receive), guarded)
        except asyncio.CancelledError:      # by the server, which stops and waits for no answer any longer
            if has_begun:
                raise
            await problem.answer(STOPPING)(scope, receive, guarded)
        except Exception as error:
            sent = problem.bug(error, f"{scope['method']} {scope['path']!r}")
            if not has_begun:
                await sent(scope, receive, guarded)

    def _add_to(self, headers: MutableHeaders) -> None:
        for name, value in self._headers.items():
            headers[name] = value
        headers.setdefault("Cache-Control", "no-store")


def _bounded(scope: Scope, receive: Receive) -> Receive:
    """Refuses a body that says it is too long, and one that turns out to be."""
    announced = Headers(scope=scope).get("content-length", "")
    taken = int(announced) if announced.isdecimal() and len(announced) < 20 else 0

    async def counted() -> Message:
        nonlocal taken
        if taken > LARGEST:
            raise _too_long()
        message = await receive()
        if not announced:
            taken += len(message.get("body", b""))
        if taken > LARGEST:
            raise _too_long()
        return message

    return counted


def _too_long() -> HTTPException:
    return HTTPException(413, f"a request may have {LARGEST} bytes, and this one has more")

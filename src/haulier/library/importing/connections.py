"""The connections that all clients of a loop share, kept while a pipeline is at work."""
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

import httpx

AT_ONCE = 64
_IDLE = 30      # seconds after which a connection that nobody uses is closed
_DIRECT = {f"all://{name}": None for name in ("localhost", "127.0.0.1", "[::1]")}
"""Never asked through a proxy, whatever the environment says."""


class _Pool:
    """`pipelines` are at work and may send more; `asking`: requests that are under way."""

    def __init__(self) -> None:
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE, keepalive_expiry=_IDLE)
        self.client = httpx.AsyncClient(limits=limits, follow_redirects=False, mounts=_DIRECT)
        self.asking = 0


_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, _Pool] = WeakKeyDictionary()
_pipelines: WeakKeyDictionary[asyncio.AbstractEventLoop, int] = WeakKeyDictionary()


async def send(request: httpx.Request) -> httpx.Response:
    """What the server answers."""
    pool = _pool()
    pool.asking += 1
    try:
        return await pool.client.send(request)
    finally:
        pool.asking -= 1


def build(method: str, url: str, **what: object) -> httpx.Request:
    """A request, to be sent perhaps several times."""
    return _pool().client.build_request(method, url, **what)  # type: ignore[arg-type]


@asynccontextmanager
async def kept() -> AsyncIterator[None]:
    """Connections are kept as long as one of these lasts; after the last they are closed, unless others use them."""
    loop = asyncio.get_running_loop()
    _pipelines[loop] = _pipelines.get(loop, 0) + 1
    try:
        yield
    finally:
        _pipelines[loop] -= 1
        pool = _pools.get(loop)
        if pool and not _pipelines[loop] and not pool.asking:
            await close_connections()


async def close_connections() -> None:
    """Let go of the connections of this loop. They are made anew when they are needed."""
    pool = _pools.pop(asyncio.get_running_loop(), None)
    if pool is not None:
        await pool.client.aclose()


def _pool() -> _Pool:
    loop = asyncio.get_running_loop()
    found = _pools.get(loop)
    if found is None:
        found = _pools[loop] = _Pool()
    return found

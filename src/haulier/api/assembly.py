"""The application, put together."""
from __future__ import annotations

from functools import cache

from fastapi import APIRouter, FastAPI

from . import openapi, pages, problem
from .desk import Desk
from .heads import Heads
from .hosts import Hosts
from .hub import Hub
from .methods import Methods
from .older import fileflow
from .resources import (
    alerts,
    arrivals,
    audit,
    connections,
    events,
    flows,
    imports,
    jobs,
    logs,
    oidc,
    operation,
    overview,
    payments,
    rejects,
    runs,
    schedules,
    session,
    settings,
    sheet,
    socket,
    specs,
    stats,
    tasks,
    tokens,
    transfers,
    users,
)
from .shield import Shield

V1 = "/api/v1"
ROUTERS: tuple[tuple[str, APIRouter], ...] = (
    *((V1, one.router) for one in (session, oidc, overview, jobs, flows, connections, runs, tasks, transfers, sheet,
                                   arrivals, events, socket, logs, specs, schedules, stats, users, tokens, audit,
                                   settings, alerts, payments, rejects, imports)),
    *(("", one.router) for one in (operation, fileflow)),
)


def create(hub: Hub) -> FastAPI:
    """The hub's whole HTTP side; serve it with one process."""
    app = FastAPI(title="Haulier", version=hub.version, openapi_url=None, docs_url=None, redoc_url=None,
                  redirect_slashes=False, responses=openapi.PROBLEMS,
                  generate_unique_id_function=lambda route: "_".join([*map(str, route.tags[:1]), route.name]))
    app.state.desk = Desk(hub)
    app.state.methods = Methods(ROUTERS)
    problem.install(app)
    files = pages.Pages()
    app.add_middleware(Hosts, address=hub.address, names=lambda: hub.live.standing.names())
    app.add_middleware(Heads)
    app.add_middleware(Shield, scripts=files.scripts)
    for prefix, router in ROUTERS:
        app.include_router(router, prefix=prefix)
    app.include_router(pages.router(files))
    app.openapi = cache(lambda: openapi.describe(app, ROUTERS))  # type: ignore[method-assign]
    return app

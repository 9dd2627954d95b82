"""What the shell offers when Tab is pressed. Whatever goes wrong, it offers nothing."""
from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import typer


def _offered(ctx: typer.Context, incomplete: str,
             known: Callable[[typer.Context], Iterable[str]]) -> list[str]:
    with suppress(Exception):
        return [name for name in known(ctx) if name.startswith(incomplete)]
    return []


def _jobs(ctx: typer.Context) -> Iterable[str]:
    from ..app import workspace_at
    loaded = workspace_at(ctx.params.get("workspace")).loaded
    return sorted({*(job.id for job in loaded.jobs), *(loaded.broken or {})})


def _flows(ctx: typer.Context) -> Iterable[str]:
    from ..settings.documents import FLOWS
    from ..settings.flows.folder import files
    from ..settings.workspace import find
    around, named = find(), ctx.find_root().params.get("flows")
    return [path.stem for path in files(named or (around.path if around else Path()) / FLOWS)]


def _connections(ctx: typer.Context) -> Iterable[str]:
    from ..app import workspace_at
    return workspace_at(ctx.params.get("workspace")).connections.names()


def jobs(ctx: typer.Context, incomplete: str) -> list[str]:
    """Ids of jobs."""
    return _offered(ctx, incomplete, _jobs)


def flows(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of flows."""
    return _offered(ctx, incomplete, _flows)


def flows_and_jobs(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of both: they share one set of names."""
    return sorted({*flows(ctx, incomplete), *jobs(ctx, incomplete)})


def connections(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of connections."""
    return _offered(ctx, incomplete, _connections)


def places(ctx: typer.Context, incomplete: str) -> list[str]:
    """Beginnings of places; where there are none, the shell offers files."""
    return _offered(ctx, incomplete, lambda ctx: [f"{name}:" for name in _connections(ctx)])


def steps(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of steps."""
    from ..settings import registry
    return _offered(ctx, incomplete, lambda _: registry.steps())


def specs(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of everything that has settings."""
    from ..settings import registry
    return _offered(ctx, incomplete, lambda _: ["jobs", *registry.stores(), *registry.steps()])

"""`haulier token`"""
from __future__ import annotations

import time
from typing import Annotated

import typer

from ...model.account import Role
from ..options import AsJson, InWorkspace
from ..session import Session
from ..words import moment, plain, stamp

command = typer.Typer(add_completion=False, no_args_is_help=True)


@command.callback()
def token() -> None:
    """Give programs a way in."""


@command.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.", show_default=False)],
    role: Annotated[Role, typer.Option("--role", help="What it may do.")] = Role.VIEWER,
    days: Annotated[int | None, typer.Option("--days", metavar="N", min=1, show_default=False,
                                             help="How long it lasts; by default for ever.")] = None,
    workspace: InWorkspace = None,
    json: AsJson = False,
) -> None:
    """Make a token and print it, once: only its digest is kept. It goes into `Authorization: Bearer …`."""
    session = Session.of(ctx, json=json)
    from contextlib import closing

    from ...api.signin.passwords import kept, new_token
    from ...ledger import books
    expires = None if days is None else time.time_ns() + days * 86_400 * 10**9
    with closing(books(session.workspace(workspace).ledger_url())) as opened:
        text = new_token()
        opened.accounts.add_token(kept(text), name, role, "command line", expires)
        opened.accounts.note("command line", "token.made", name, f"as {role}")
    session.tell("token", name=name, role=role, token=text, expires=stamp(expires))
    session.say(text)
    until = f" until {moment(expires)}" if expires else ""
    session.note(f"{plain(name)}: {role}{until}; it is not shown again")

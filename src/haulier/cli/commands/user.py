"""`haulier user`"""
from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ...model.account import Role
from ..options import AsJson, InWorkspace
from ..session import Session
from ..words import moment, plain, stamp, table

if TYPE_CHECKING:
    from ...ports import Accounts

command = typer.Typer(add_completion=False, no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="What the user signs in with.", show_default=False)]


@command.callback()
def user() -> None:
    """Say who may sign in to the dashboard."""


@command.command("list")
def list_all(ctx: typer.Context, workspace: InWorkspace = None, json: AsJson = False) -> None:
    """List the users."""
    session = Session.of(ctx, json=json)
    with _accounts(session, workspace) as accounts:
        users = accounts.users()
    for one in users:
        session.tell("user", name=one.name, role=one.role, created=stamp(one.created), last_login=stamp(one.last_login),
                     issuer=one.issuer or None)
    rows = [[plain(one.name), one.role, moment(one.last_login), plain(one.issuer) or "here"] for one in users]
    for line in table([["name", "role", "last sign-in", "signs in"], *rows]) if rows else ["there are no users yet"]:
        session.say(line)


@command.command()
def add(
    ctx: typer.Context, name: Name,
    role: Annotated[Role, typer.Option("--role", help="viewer looks, operator also runs, admin also changes."
                                       )] = Role.VIEWER,
    workspace: InWorkspace = None, json: AsJson = False,
) -> None:
    """Add a user. The password is asked for, or is the first line of standard input."""
    session = Session.of(ctx, json=json)
    with _accounts(session, workspace) as accounts:
        from ...model.errors import AlreadyExists, Invalid
        users = accounts.users()
        if any(one.name == name for one in users):
            raise AlreadyExists(f'there is a user called "{name}"; give a new password with: haulier user passwd')
        if not users and role is not Role.ADMIN:
            raise Invalid("the first user has to be an admin: add --role admin")
        made = accounts.put_user(name, role=role, password=_digest())
        accounts.note("command line", "user.added", name, f"as {role}")
    session.tell("user", name=made.name, role=made.role)
    session.say(f"{plain(made.name)} may sign in, as {made.role}")


@command.command()
def passwd(ctx: typer.Context, name: Name, workspace: InWorkspace = None, json: AsJson = False) -> None:
    """Give a user another password, and end the sessions of whoever had the old one."""
    session = Session.of(ctx, json=json)
    with _accounts(session, workspace) as accounts:
        accounts.password(name)
        made = accounts.put_user(name, password=_digest())
        accounts.note("command line", "user.password", name)
    session.tell("user", name=made.name, role=made.role)
    session.say(f"{plain(made.name)} has a new password")


@contextmanager
def _accounts(session: Session, workspace: str | None) -> Iterator[Accounts]:
    from contextlib import closing

    from ...ledger import books
    with closing(books(session.workspace(workspace).ledger_url())) as opened:
        yield opened.accounts


def _digest() -> str:
    from ...api.signin.passwords import Passwords
    if sys.stdin.isatty():
        asked = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        asked = sys.stdin.readline().rstrip("\n")
    return Passwords().digest(str(asked))

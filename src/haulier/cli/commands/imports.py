"""`haulier import`"""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import completing
from ..failures import DONE, SOME_FAILED
from ..options import AsJson, InWorkspace
from ..session import Session
from ..words import plain

if TYPE_CHECKING:
    from ...core.importing.fetching import Fetched
    from ...core.importing.order import Order

command = typer.Typer(add_completion=False, no_args_is_help=True)
FILE = typer.Argument(metavar="FILE", autocompletion=completing.places, show_default=False,
                      help="A file: a path, a URL, or connection:path; packed or not.")
IntakeId = Annotated[int, typer.Argument(metavar="ID", show_default=False, help="Of the file, as list tells.")]
RejectId = Annotated[int, typer.Argument(metavar="REJECT", show_default=False, help="As rejects tells.")]


@command.callback()
def imports() -> None:
    """Look at a file before it is taken in; see what was taken, and put rejects right."""


@command.command()
def suggest(ctx: typer.Context, file: Annotated[str, FILE], workspace: InWorkspace = None, json: AsJson = False
            ) -> None:
    """Tell which parser reads a file, and with which settings. Changes nothing."""
    session = Session.of(ctx, json=json)
    around = session.workspace_if_any(workspace)
    from ...app import importing
    from ..importing import as_yaml
    with importing.files_at(around, file, Path.cwd()) as found:
        for one in found:
            looked = importing.suggested(one)
            for name, guess in looked:
                session.tell("suggestion", file=one.name, parser=name, score=round(guess.score, 2), why=guess.why,
                             settings=dict(guess.settings))
            if not looked:
                session.say(plain(importing.unknown(one)))
                continue
            best, others = looked[0], looked[1:]
            why = f" ({best.guess.why})" if best.guess.why else ""
            session.say(f"# {plain(one.name)}: {best.parser}{plain(why)}")
            written: dict[str, Any] = {"parser": {"type": best.parser, **importing.without_schema(best.guess.settings)}}
            if "schema" in best.guess.settings:
                written["schema"] = best.guess.settings["schema"]
            session.say(as_yaml(written))
            if others:
                session.say(f"# or: {', '.join(f'{name} ({guess.score:.0%})' for name, guess in others)}")


@command.command()
def check(  # noqa: PLR0913 - options
    ctx: typer.Context, file: Annotated[str, FILE],
    parser: Annotated[str | None, typer.Option("--parser", "-p", metavar="NAME", show_default=False,
                                               help="The format; by default the likeliest.")] = None,
    settings: Annotated[list[str] | None, typer.Option(
        "--set", metavar="KEY=VALUE", show_default=False, help="A setting of the parser, such as delimiter=;")] = None,
    flow: Annotated[str | None, typer.Option(
        "--flow", metavar="FLOW[/TASK]", autocompletion=completing.flows, show_default=False,
        help="As the import of that flow would read it: parser, schema, mapping and limits.")] = None,
    rows: Annotated[int, typer.Option("--rows", metavar="N", help="Show the first rows.")] = 0,
    workspace: InWorkspace = None, json: AsJson = False,
) -> None:
    """Read a file to its end and tell what would come of it: rows, rejects, totals. Changes nothing."""
    session = Session.of(ctx, json=json)
    around = session.workspace_if_any(workspace)
    from ...app import importing
    from ...model.errors import Invalid
    from ..importing import settings_of, tell_trial
    spec = order = None
    if flow is not None:
        if around is None:
            raise Invalid("--flow: this folder is in no workspace; name one with --workspace")
        spec, order = importing.import_of(around, flow)
    with importing.files_at(around, file, Path.cwd(), spec) as found:
        bad = [one for one in found
               if not _checked(session, one, order or _order(around, one, parser, settings_of(settings)), rows)]
        if around and spec and order and spec.reconcile and not bad:
            for one in found:
                tell_trial(session, one, importing.tried(around, spec, order, one))
    raise typer.Exit(SOME_FAILED if bad else DONE)


def _order(around: Any, file: Fetched, parser: str | None, settings: dict[str, Any]) -> Order:
    from ...app import importing
    from ...model.errors import Invalid
    if parser is None:
        looked = importing.suggested(file)
        if not looked:
            raise Invalid(importing.unknown(file))
        parser, settings = looked[0].parser, {**looked[0].guess.settings, **settings}
    return importing.order_for(around, Path.cwd(), parser, settings)


def _checked(session: Session, file: Fetched, order: Order, rows: int) -> bool:
    """Whether all of it is good."""
    from ...app import importing
    from ..importing import tell_check, tell_rows
    if rows:
        tell_rows(session, importing.first_rows(order, file, rows))
    return tell_check(session, file, order)


@command.command("list")
def list_intakes(
    ctx: typer.Context,
    flow: Annotated[str, typer.Argument(metavar="[FLOW/TASK]", show_default=False, help="Only of this import.")] = "",
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="So many.")] = 20,
    workspace: InWorkspace = None, json: AsJson = False,
) -> None:
    """List files that were taken in, the last one first."""
    session = Session.of(ctx, json=json)
    from ..importing import memory, tell_intakes
    with memory(session, workspace) as book:
        tell_intakes(session, book.intakes(flow, limit=limit) if book else (), flow)


@command.command()
def show(ctx: typer.Context, intake: IntakeId, workspace: InWorkspace = None, json: AsJson = False) -> None:
    """Tell all of one file: its rows, its money, its totals and what was odd."""
    session = Session.of(ctx, json=json)
    from ..importing import known, memory, tell_intake
    with memory(session, workspace) as book:
        tell_intake(session, known(book).intake(intake))


@command.command()
def rejects(
    ctx: typer.Context, intake: IntakeId,
    all_: Annotated[bool, typer.Option("--all", help="Also those that were replayed or dropped.")] = False,
    workspace: InWorkspace = None, json: AsJson = False,
) -> None:
    """List the rows of a file that could not be taken, and why."""
    session = Session.of(ctx, json=json)
    from ..importing import known, memory, tell_rejects
    with memory(session, workspace) as book:
        tell_rejects(session, known(book), intake, every=all_)


@command.command()
def fix(  # noqa: PLR0913 - options
    ctx: typer.Context, reject: RejectId,
    values: Annotated[list[str] | None, typer.Option("--set", metavar="COLUMN=VALUE", show_default=False,
                                                     help="The right value of a column.")] = None,
    text: Annotated[str, typer.Option("--text", metavar="TEXT", show_default=False,
                                      help="Or the whole row anew, as it stands in the file.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Or as it is: whoever refused it may take it now.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="It is never to be taken.")] = False,
    workspace: InWorkspace = None, json: AsJson = False,
) -> None:
    """Put a reject right. The next run of its flow takes it; nothing else of its file is read again."""
    session = Session.of(ctx, json=json)
    from getpass import getuser

    from ...model.errors import Invalid
    from ..importing import known, memory, texts_of
    given = texts_of(values)
    if (bool(given or text), again, drop).count(True) != 1:
        raise Invalid("say one thing: --set COLUMN=VALUE, --text, --again, or --drop")
    with memory(session, workspace) as book:
        if given:       # beside what was given before
            given = {**known(book).reject(reject).fixed, **given}
        done = (known(book).drop(reject, getuser()) if drop
                else known(book).fix(reject, getuser(), given, text, again=again))
    session.tell("reject", id=done.id, state=done.state, fixed=dict(done.fixed), text=done.text)
    session.say(f"reject {done.id}: {done.state}" + ("" if drop else "; it is taken with the next run of its flow"))

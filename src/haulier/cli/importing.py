"""What is said of files that are taken in."""
from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..model.errors import Invalid, Malformed, NotFound
from .session import Session
from .words import moment, plain, stamp, table

if TYPE_CHECKING:
    from ..core.importing.fetching import Fetched
    from ..core.importing.order import Order
    from ..core.importing.taking import Rehearsal
    from ..model.intake import Intake
    from ..model.record import Reject, Row
    from ..ports import ImportBook

SHOWN = 20
"""Rejects and notices that are told to people one by one."""


def as_yaml(value: Mapping[str, Any]) -> str:
    """As it may be put into a flow."""
    from ruamel.yaml import YAML
    writer, out = YAML(typ="safe", pure=True), io.StringIO()
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False     # type: ignore[assignment]
    writer.dump(json.loads(json.dumps(value, default=str)), out)
    return out.getvalue().rstrip("\n")


def settings_of(words: Sequence[str] | None) -> dict[str, Any]:
    """`key=value`, the value as YAML has it; one that is a single sign is that sign."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError
    found: dict[str, Any] = {}
    for name, text in _pairs(words):
        try:
            found[name] = YAML(typ="safe", pure=True).load(text) if len(text) > 1 or text.isdigit() else text
        except YAMLError:
            found[name] = text
    return found


def texts_of(words: Sequence[str] | None) -> dict[str, str]:
    """`column=value`, as they are."""
    return dict(_pairs(words))


def _pairs(words: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    for word in words or ():
        name, sign, text = word.partition("=")
        if not sign or not name:
            raise Invalid(f"--set: {word!r} is not written NAME=VALUE")
        yield name, text


@contextmanager
def memory(session: Session, workspace: str | None) -> Iterator[ImportBook | None]:
    """What was taken in, in this workspace or folder, or else by this user; None if nothing has happened yet."""
    from .. import app
    found = app.kept(session.workspace_if_any(workspace), session.flows_of(workspace))
    if found is None:
        yield None
        return
    with closing(found):
        yield found.imports


def known(book: ImportBook | None) -> ImportBook:
    """NotFound if there is none."""
    if book is None:
        raise NotFound("nothing was taken in here yet")
    return book


def tell_rows(session: Session, rows: Sequence[Row]) -> None:
    """The first rows, as they go on."""
    for row in rows:
        shown = {name: _plain(value) for name, value in row.items()}
        session.tell("row", row=shown)
        session.say(plain("  ".join(f"{name}={value}" for name, value in shown.items() if value not in (None, "", []))))


def tell_check(session: Session, file: Fetched, order: Order) -> bool:
    """What would come of a file; whether all of it is good."""
    from ..app.importing import content
    from ..core.importing.account import Unfit, told_of
    from ..core.importing.taking import rehearsed
    try:
        found = rehearsed(order, content(file))
    except Malformed as error:
        session.tell("check", file=file.name, parser=order.parser_name, error=str(error), line=error.line or None)
        said = told_of(error).removeprefix(f"{file.name}: ")
        session.say(f"{plain(file.name)}: {order.parser_name}: would be refused: {plain(said)}")
        if isinstance(error, Unfit):
            _say_rejects(session, error.account.rejects)
        return False
    report = found.account.report()
    counts = found.counts
    session.tell("check", file=file.name, parser=order.parser_name, **counts._asdict(), report=report,
                 rejects=[_reject(one) for one in found.rejects])
    session.say(f"{plain(file.name)}: {order.parser_name}: {counts.rows:,} rows: {counts.accepted:,} good, "
                f"{counts.rejected:,} rejected")
    _say_details(session, found, report)
    return not counts.rejected and not report["checks_failed"]


def tell_trial(session: Session, file: Fetched, found: Mapping[str, Any]) -> None:
    """What its payments would be matched with."""
    session.tell("matching", file=file.name, **found)
    states = ", ".join(f"{count:,} {state}" for state, count in found["states"].items())
    session.say(f"  {found['payments']:,} payments: {states} ({found['match_rate']:.0%} by itself)")
    for currency, money in found["money"].items():
        session.say(f"  {currency} {money['total']} = {money['matched']} matched + {money['unmatched']} unmatched + "
                    f"{money['duplicates']} duplicate + {money['ignored']} no money of its own")
    for word, counts in (("by", found["rules"]), ("because", found["reasons"])):
        for name, count in counts.items():
            session.say(f"    {count:>8,} {word} {name}")


def _say_details(session: Session, found: Rehearsal, report: Mapping[str, Any]) -> None:
    for line in _checks(report):
        session.say(line)
    for notice in report["notices"][:SHOWN]:
        session.say(f"  {_at(notice['line'])}{plain(notice['text'])}")
    _say_rejects(session, found.rejects)
    if found.counts.rejected > SHOWN:
        session.say(f"  … and {found.counts.rejected - SHOWN:,} more rejects")


def _say_rejects(session: Session, rejects: Sequence[Reject]) -> None:
    for reject in rejects[:SHOWN]:
        for fault in reject.faults:
            session.say(f"  {_at(reject.line, reject.number)}{_fault(fault.column, fault.value, fault.reason)}")


def _checks(report: Mapping[str, Any]) -> list[str]:
    """Totals of the file, those that do not hold first."""
    every = sorted(report.get("checks", ()), key=lambda one: one["holds"])
    rows = [[f"  {plain(one['name'])}", plain(one["where"]), one["said"], "=" if one["holds"] else "but found",
             one["found"]] for one in every[:SHOWN]]
    lines = table(rows, right=frozenset({2})) if rows else []
    return lines + ([f"  … and {len(every) - SHOWN} more totals"] if len(every) > SHOWN else [])


def tell_intakes(session: Session, intakes: Sequence[Intake], flow: str = "") -> None:
    """One line each; `flow`: only those of this import were asked for."""
    rows = []
    for one in intakes:
        session.tell("intake", **facts_of(one))
        counts = one.counts
        rows.append([str(one.id), moment(one.started), one.state.value, f"{counts.accepted:,}/{counts.rows:,}",
                     f"{counts.rejected:,}" if counts.rejected else "", plain(one.file.flow), plain(one.file.name)])
    for line in table([["id", "begun", "state", "accepted", "rejected", "import", "file"], *rows],
                      right=frozenset({0, 3, 4})) if rows else [_nothing(flow)]:
        session.say(line)


def _nothing(flow: str) -> str:
    hint = "" if "/" in flow else "; an import is called FLOW/TASK"
    return f"{plain(flow)}: nothing was taken in by it yet{hint}" if flow else "nothing was taken in here yet"


def tell_intake(session: Session, intake: Intake) -> None:
    """All of it."""
    session.tell("intake", **facts_of(intake), report=dict(intake.report))
    counts, file = intake.counts, intake.file
    said = f"; {intake.error}" if intake.error else ""
    session.say(f"{plain(file.name)} of {plain(file.place)}, {file.flow}, {file.parser}: {intake.state}{plain(said)}")
    session.say(f"  rows {counts.rows:,} = {counts.accepted:,} accepted + {counts.rejected:,} rejected + "
                f"{counts.duplicates:,} that came before")
    for currency, money in intake.money.items():
        session.say(f"  {currency} {money.total:,} = {money.matched:,} matched + {money.unmatched:,} unmatched + "
                    f"{money.duplicates:,} duplicate + {money.ignored:,} no money of its own")
    for line in _checks(intake.report):
        session.say(line)
    for notice in intake.report.get("notices", ())[:SHOWN]:
        session.say(f"  {_at(notice['line'])}{plain(notice['text'])}")
    for reject in intake.report.get("rejects", ())[:SHOWN]:
        for fault in reject["faults"]:
            session.say(f"  {_at(reject['line'], reject['number'])}"
                        f"{_fault(fault['column'], fault['value'], fault['reason'])}")


def tell_rejects(session: Session, book: ImportBook, intake: int, *, every: bool) -> None:
    """Each with its faults."""
    book.intake(intake)
    after = 0
    while page := book.kept(intake, after=after, limit=500):
        after = page[-1].id
        for one in page:
            if every or one.state in ("open", "fixed"):
                session.tell("reject", id=one.id, state=one.state, fixed=dict(one.fixed), **_reject(one.reject))
                for fault in one.reject.faults:
                    session.say(f"{one.id:>6}  {one.state:<8}  {_at(one.reject.line, one.reject.number)}"
                                f"{_fault(fault.column, fault.value, fault.reason)}")


def facts_of(one: Intake) -> dict[str, Any]:
    """As JSON, without its report."""
    money = {currency: {name: str(value) for name, value in each._asdict().items()}
             for currency, each in one.money.items()}
    return {"id": one.id, **one.file._asdict(), "state": one.state.value, **one.counts._asdict(), "money": money,
            "tries": one.tries, "started": stamp(one.started), "finished": stamp(one.finished),
            "error": one.error or None, "origin": one.origin or None}


def _reject(one: Reject) -> dict[str, Any]:
    row = None if one.row is None else {name: _plain(value) for name, value in one.row.items()}
    return {"number": one.number, "line": one.line or None, "stage": one.stage.value, "raw": one.raw, "row": row,
            "faults": [fault._asdict() for fault in one.faults]}


def _plain(value: Any) -> Any:
    """As JSON has it; numbers with decimals as text, exactly."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, Decimal):
        return format(value, "f")
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _at(line: int, number: int = 0) -> str:
    return f"line {line:,}: " if line else f"row {number:,}: " if number else ""


def _fault(column: str, value: str, reason: str) -> str:
    return plain(": ".join(filter(None, (column, repr(value) if value else "", reason))))

"""Running a flow: told as it goes, stopped when asked, its end as an exit status."""
from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..app.carrying import Order, carry
from ..app.ground import Ground
from ..model.errors import Busy, HaulierError, Invalid
from ..model.run import RunState
from . import failures
from .flow_reporting import FlowReporter
from .session import Session
from .stopping import gently


def params_of(text: str | None, pairs: Sequence[str]) -> Mapping[str, Any]:
    """Parameters from a JSON object, or a file with one, and from `name=value`; Invalid if they are none."""
    found: dict[str, Any] = dict(_object(text)) if text else {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise Invalid(f"--param {pair}: write name=value")
        found[name] = value
    return found


def _object(text: str) -> Mapping[str, Any]:
    is_text = text.lstrip().startswith("{")
    where = "--params" if is_text else text
    try:
        found = json.loads(text if is_text else Path(text).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Invalid(f"--params {text}: neither a JSON object nor a file that can be read ({error.strerror})"
                      ) from None
    except ValueError as error:
        raise Invalid(f"{where}: this is not valid JSON: {error}") from None
    if not isinstance(found, dict):
        raise Invalid(f"{where}: must be a JSON object, such as {{\"date\": \"2026-11-30\"}}")
    return found


def run(session: Session, ground: Ground, order: Order, *, quiet: bool) -> int:
    """Run the flow to its end; the exit status."""
    with gently() as stopping:
        reporter = FlowReporter(session, stopping, ground.runs, quiet=quiet)
        try:
            result = carry(ground, order, reporter)
        except KeyboardInterrupt:
            session.note(f"haulier: interrupted; go on with: haulier run {order.flow} --resume")
            return failures.INTERRUPTED
        except Busy as error:
            failures.tell(error, session)
            return failures.NOT_BEGUN
        except HaulierError as error:
            failures.tell(error, session)
            return failures.status_of(error)
    reporter.sum_up(result.run, order.flow, result.state, result.error)
    return failures.DONE if result.state is RunState.DONE else failures.SOME_FAILED


def rehearse(session: Session, ground: Ground, order: Order, *, quiet: bool) -> int:
    """Show what a run would do, and write the script that does it; the exit status."""
    from ..app.rehearsing import rehearsed
    found = rehearsed(ground, order.flow, order.params)
    for at, node in enumerate(found.nodes, 1):
        session.tell("task", task=node.id, kind=node.type, needs=list(node.needs), when=node.when or None)
        needs = f", after {', '.join(node.needs)}" if node.needs else ""
        when = f", when {node.when}" if node.when else ""
        session.say(f"{at}. {node.id} ({node.type}{needs}{when})")
    session.tell("script", path=str(found.script) if found.script else None, why=found.untold or None)
    if found.script:
        session.say(f"script: {' '.join(map(shlex.quote, (str(found.script), *found.arguments)))}")
    else:
        session.note(f"no script can be written: {found.untold}")
    return failures.DONE

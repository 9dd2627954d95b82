"""Runs that people want, or do not any more: what they are told is checked first, and whether one may begin now."""
from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ..core.params import given
from ..core.spelling import nearest
from ..model.errors import HaulierError, Invalid
from ..model.graph import Param
from ..model.run import Run, Trigger, Wish
from ..model.schedule import Overlap
from ..settings.flows.reading import Flow
from ..settings.problems import Problem, Problems
from .caller import Caller, Way
from .desk import Desk
from .problem import Conflict


def usual(caller: Caller) -> Trigger:
    """What starts a run that somebody asks for."""
    return Trigger.API if caller.way is Way.TOKEN else Trigger.HAND


def told(flow: Flow, values: Mapping[str, Any]) -> str:
    """The parameters as a run is wanted with them; Problems with every mistake, each under `params.<name>`."""
    wrong = [_problem(name, text) for name, text in _mistakes(flow, values)]
    if wrong:
        raise Problems(wrong)
    flow.given(values)
    return json.dumps(dict(values)) if values else ""


def alone(desk: Desk, flow: Flow, want: Callable[[], Run]) -> Run:
    """What `want` returns; Conflict if the flow refuses a run while another goes on, and one does."""
    if flow.graph.overlap is not Overlap.SKIP:
        return want()
    with desk.wanting:
        busy = next((run for run in desk.hub.agenda.open() if run.flow == flow.name), None)
        if busy:
            raise Conflict(f"{flow.name}: run {busy.id} is {busy.state}, and the flow's overlap is skip:"
                           " wait until that run is over, or cancel it")
        return want()


def end_all(desk: Desk, name: str) -> None:
    """Cancel the runs of a job that is not there any more: nobody could go on with them."""
    for run in desk.hub.agenda.open():
        if run.flow == name:
            with suppress(HaulierError):    # over meanwhile
                desk.hub.engine.wish(run.id, Wish.CANCEL)


def _mistakes(flow: Flow, values: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    known = {param.name: param for param in flow.graph.params}
    found = []
    for name in {**known, **values}:
        if name not in known and not flow.graph.takes_any:
            found.append((name, f"no parameter is called so; {nearest(name, known) or 'the flow takes none'}"))
        elif text := _mistake(known.get(name), name, values):
            found.append((name, text))
    return found


def _mistake(param: Param | None, name: str, values: Mapping[str, Any]) -> str:
    one = {name: values[name]} if name in values else {}
    try:
        json.dumps(one, ensure_ascii=False).encode()
        given([param] if param else [], one, takes_any=param is None)
    except UnicodeEncodeError:
        return "has half a character in it"
    except Invalid as error:
        return str(error).removeprefix(f'parameter "{name}"').removeprefix(":").strip()
    return ""


def _problem(name: str, text: str) -> Problem:
    said, _, hint = text.partition("; ")
    return Problem("", 0, f"params.{_shown(name)}", said, hint)


def _shown(name: str) -> str:
    return name.encode(errors="replace").decode()

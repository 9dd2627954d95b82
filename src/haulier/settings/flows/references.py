"""What a task refers to: that it is there, and that it is known when the task begins."""
from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

from ...core.expression import parsed
from ...core.template import OF_TASK, Reference, references
from ...model.errors import Invalid
from ...model.graph import Node
from ..problems import Where, nearest

RUN = ("id", "flow", "slot", "date", "trigger", "priority")
"""What is known of a run."""


class Wrong(NamedTuple):
    """A mistake in a task: where, what, and what to do."""

    where: Where
    text: str
    hint: str = ""


class Known(NamedTuple):
    """What a task can refer to."""

    tasks: Collection[str]
    """The ids of all tasks."""
    is_before: Callable[[str], bool]
    """Whether a task is over when it begins."""
    params: frozenset[str] | None
    """None: any."""


def wrong(node: Node, known: Known) -> Iterator[Wrong]:
    """Every reference of a task that is to nothing."""
    for where, one in references(node.settings):
        yield from _wrong(where, one, known, f"${{{one.text}}}: ", has_item=node.foreach is not None)
    for where, one in references(node.foreach):
        yield from _wrong(("foreach", *where), one, known, f"${{{one.text}}}: ", has_item=False)
    yield from _in_condition(node, known)


def _in_condition(node: Node, known: Known) -> Iterator[Wrong]:
    if not node.when:
        return
    try:
        found = parsed(node.when).references
    except Invalid as error:
        yield Wrong(("when",), str(error))
        return
    for one in found:
        if one.root in ("item", "index"):
            yield Wrong(("when",), f"{one.text}: a condition is looked at once, before there is an item")
        else:
            yield from _wrong(("when",), one, known, f"{one.text}: ", has_item=False)


def _wrong(where: Where, one: Reference, known: Known, said: str, *, has_item: bool) -> Iterator[Wrong]:
    names = one.pieces[1:]
    if one.root in ("item", "index") and not has_item:
        yield Wrong(where, f"{said}there is no {one.root} here", "it goes with foreach")
    elif one.root == "params" and names and known.params is not None and names[0] not in known.params:
        yield Wrong(where, f'{said}no parameter is called "{names[0]}"',
                    nearest(str(names[0]), known.params) or "the flow has none")
    elif one.root == "run" and names and names[0] not in RUN:
        yield Wrong(where, f'{said}"{names[0]}" is not known of a run', nearest(str(names[0]), RUN))
    elif one.root == "tasks":
        yield from _of_task(where, names, known, said)


def _of_task(where: Where, names: tuple[Any, ...], known: Known, said: str) -> Iterator[Wrong]:
    task, *more = names or ("",)
    if task not in known.tasks:
        yield Wrong(where, f'{said}no task is called "{task}"', nearest(str(task), known.tasks))
    elif not known.is_before(task):
        yield Wrong(where, f'{said}"{task}" may not be over yet', f'add "{task}" to depends_on')
    elif not more:
        yield Wrong(where, f"{said}what of it? It has {', '.join(OF_TASK)}", f"such as tasks.{task}.state")
    elif more[0] not in OF_TASK:
        yield Wrong(where, f'{said}a task has no "{more[0]}"', nearest(str(more[0]), OF_TASK))

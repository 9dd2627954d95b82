"""Changes of the workspace's files: what was changed by somebody else meanwhile is a conflict, shown as it is now."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import BaseModel

from ..model.errors import Invalid
from ..settings.editing.files import Conflict as Changed
from ..settings.problems import Problem, Problems
from .desk import Desk
from .problem import Conflict
from .shapes.job import Draft


@contextmanager
def changing(desk: Desk, shown: Callable[[Any], BaseModel]) -> Iterator[None]:
    """Afterwards the hub has the files as they are; `shown` makes a conflict's `current` of what is there."""
    try:
        yield
    except Changed as error:
        current = shown(error.current).model_dump(mode="json") if error.current is not None else None
        raise Conflict(str(error), current) from None
    finally:
        desk.hub.live.refresh()


def draft_of(body: Draft) -> dict[str, Any]:
    """The form and the text of a draft; Invalid if it has neither."""
    if body.form is None and body.yaml is None:
        raise Problems([Problem("", 0, "", "nothing is given", "send a form or yaml")])
    for text in (body.yaml or "", repr(body.form)):
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Invalid("half of a character pair in a text: this is not Unicode") from None
    return {"form": body.form, "yaml": body.yaml}

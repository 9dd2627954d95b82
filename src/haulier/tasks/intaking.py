"""An import at work: the files that are ready are found, and each of them is taken."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from ..core.importing.answer import answer
from ..core.importing.listing import Listing
from ..core.importing.round import Ground, Walk, Way
from ..core.importing.settling import Settling
from ..model.flow import Rules
from ..model.intake import Intake
from ..ports import Doing, ImportBook, Step
from ..settings.places import shown as without_password

Place = Mapping[str, Any] | str


@dataclass(frozen=True, slots=True)
class Import:
    """An import as a task."""

    place: Place
    rules: Rules
    steps: Sequence[Step]
    settling: Settling
    way: Callable[[str, ImportBook, ExitStack], Way]
    """What is done with the rows of files of an import that is called so; closed with the stack."""
    answers: tuple[Place, str] | None = None
    """Where rejects are sent to, and what such a file is called."""

    def run(self, doing: Doing) -> Mapping[str, Any]:
        """How many files and rows came to what."""
        with ExitStack() as stack:
            store = stack.enter_context(doing.store(self.place))
            way = self.way(f"{doing.flow}/{doing.task}", doing.imports, stack)
            ground = Ground(store, shown(self.place), doing.folder / f".import-{doing.task}", self.steps, self.settling)
            walk = Walk(way, ground, doing.imports, doing.run, doing.say, doing.check,
                        lambda intake: self._answer(doing, intake))
            listing = Listing(store, self.rules, lambda one: doing.say(f"{one.entry.path}: not taken: {one.reason}"),
                              doing.check, lambda paths: doing.imports.seen(way.order.flow, paths))
            return walk.all(listing.ready()).outputs()

    def _answer(self, doing: Doing, intake: Intake) -> str:
        if self.answers is None:
            return ""
        place, name = self.answers
        with doing.store(place) as store:
            return answer(doing.imports, intake, store, name)


def shown(source: Place) -> str:
    """The place, for people."""
    if isinstance(source, str):
        return without_password(source)
    named = source.get("connection")
    return f"{named if isinstance(named, str) else source.get('type', '')}:{source.get('path', '')}"

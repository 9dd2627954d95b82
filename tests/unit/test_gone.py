"""What is not there any more: published and taken away, or lost."""
from __future__ import annotations

from contextlib import suppress

import pytest

from haulier.model.errors import Cancelled
from haulier.model.files import Cap, Draft, Entry, is_temporary, temporary
from haulier.model.flow import Action, Check, Rules, Settle
from haulier.model.transfer import State
from haulier.testing.stores import content
from unit.journeys import Counting, World, contents, leftovers
from unit.test_journey import FILES, Gzip, Rotten, source_of


class Quick(Counting):
    """An atomic store whose files are taken away when they are published, or when they were asked about."""

    caps = Counting.caps | Cap.ATOMIC

    def __init__(self, *, asked: bool) -> None:
        super().__init__()
        self.asked, self.taken = asked, dict[str, bytes]()

    def publish(self, draft: Draft) -> Entry:
        entry = super().publish(draft)
        if not self.asked:
            self.taken[draft.path] = self.files.pop(draft.path)[0]
        return entry

    def stat(self, path: str) -> Entry:
        entry = super().stat(path)
        if not is_temporary(path) and self.asked:
            self.taken[path] = self.files.pop(path)[0]
        return entry


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("check", [Check.CHECKSUM, Check.READBACK, Check.SAMPLE])
@pytest.mark.parametrize("steps", [(), (Gzip(),)])
def test_objects_may_be_taken_before_they_are_checked(steps: tuple[Gzip, ...], check: Check, asked: bool) -> None:
    """Where the check comes after publishing, what is not there any more has arrived."""
    world = World(source_of(FILES), target := Quick(asked=asked), Rules(check), steps)
    world.add_all()
    world.attempt()
    assert {t.path: t.state for t in world.transfers.values()} == dict.fromkeys(FILES, State.DONE)
    assert sorted(target.published) == sorted(target.taken) and len(target.taken) == len(FILES)


@pytest.mark.parametrize("size", [1000, 700_000])
@pytest.mark.parametrize("steps", [(), (Gzip(),)])
def test_what_arrived_damaged_is_not_taken_for_published(steps: tuple[Gzip, ...], size: int) -> None:
    """A draft that is gone was published: so one that failed is not freed before that is stored."""
    source = source_of({"f": content(size)})
    taken = k = 0
    while taken == k:
        k += 1
        world = World(source, target := Rotten(), Rules(Check.READBACK, settle=Settle(Action.DELETE)), steps)
        world.add_all()
        taken = world.attempt(steps=k)
        world.finish()
        assert world.transfers[1].state is State.FAILED, k
        assert target.files == {} and contents(source) == {"f": content(size)}
    assert k > 2


class Dying(Counting):
    """The process dies when it publishes for the first time."""

    lives = False

    def publish(self, draft: Draft) -> Entry:
        if not self.lives:
            self.lives = True
            raise Cancelled("killed")
        return super().publish(draft)


def test_a_draft_with_less_than_was_noted_was_not_published() -> None:
    world = World(source_of({"f": content(700_000)}), target := Dying())
    world.add_all()
    with suppress(Cancelled):
        world.attempt()
    torn = temporary("f", "feed1")
    assert world.transfers[1].sha256 and leftovers(target) == [torn]
    target.files[torn] = (content(100_000), 1, None)
    world.finish()
    assert world.transfers[1].state is State.DONE and contents(target) == {"f": content(700_000)}

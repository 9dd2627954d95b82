"""Steps that give several parts: killed between publishing one and the next, the file is finished all the same."""
from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress

import pytest

from haulier.core.draft import put
from haulier.model.errors import Cancelled, Corrupt, Denied, Unavailable
from haulier.model.files import Cap, Draft, Entry, Part
from haulier.model.flow import Action, Check, Conflict, Rules, Settle
from haulier.model.transfer import State
from haulier.testing.faulty import Faulty
from haulier.testing.memory import Memory
from haulier.testing.stores import content
from unit.journeys import Counting, World, contents, leftovers

LINES = [content(200_000, b"a").replace(b"\n", b"-"), b"", b"small", content(150_000, b"d").replace(b"\n", b"-")]
FILE = b"\n".join(LINES)
PARTS = {f"abc.{n}": line for n, line in enumerate(LINES)}
KEEPING = (Conflict.SKIP, Conflict.FAIL, Conflict.NEWER)


class Split:
    """One part for each line, in chunks."""

    repeatable = True
    salt = 0

    def __call__(self, part: Part) -> Iterable[Part]:
        for n, line in enumerate(b"".join(part.body).split(b"\n")):
            yield part.to(name=f"{part.name}.{n}", body=self.body(line))

    def body(self, line: bytes) -> Iterator[bytes]:
        yield from (line[at:at + 50_000] for at in range(0, len(line), 50_000))


class Salted(Split):
    """Other bytes each time, as an encryption makes."""

    repeatable = False
    salt = 8

    def body(self, line: bytes) -> Iterator[bytes]:
        yield secrets.token_bytes(self.salt)
        yield from super().body(line)


def world_of(target: Memory | Faulty, rules: Rules, step: Split, data: bytes = FILE) -> World:
    source = Memory()
    put(source, "abc", [data])
    world = World(source, target, rules, (step,))
    world.add_all()
    return world


def killed(rules: Rules, at: int, late: bool, step: Split, data: bytes) -> tuple[World, int]:
    """A world whose process died at the `at`-th call of its target; and how many calls there were."""
    target = Counting()
    faulty = Faulty(target, at=at, late=late, error=lambda: Cancelled("killed"))
    world = world_of(faulty, rules, step, data)
    with suppress(Cancelled):
        world.attempt()
    world.target = target
    return world, faulty.count


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("check", [Check.SIZE, Check.READBACK])
@pytest.mark.parametrize("conflict", list(Conflict))
@pytest.mark.parametrize("lines", [1, 4])
def test_killed_at_every_call(conflict: Conflict, check: Check, late: bool, lines: int) -> None:
    rules, data = Rules(check, conflict=conflict), b"\n".join(LINES[:lines])
    between = 0
    for at in range(1, killed(rules, 0, late, Split(), data)[1] + 1):
        world, _ = killed(rules, at, late, Split(), data)
        target = world.target
        assert isinstance(target, Counting)
        between += 0 < len(contents(target)) < lines
        world.finish()
        assert {t.state for t in world.transfers.values()} == {State.DONE}, f"at {at}: {world.transfers[1].error}"
        assert contents(target) == dict(list(PARTS.items())[:lines]), f"at {at}"
        assert leftovers(target) == [], f"at {at}"
        if conflict in (Conflict.FAIL, Conflict.SKIP):
            assert len(target.published) == lines, f"at {at}: published twice"
    assert between >= lines - 1


@pytest.mark.parametrize("conflict", [Conflict.OVERWRITE, Conflict.FAIL])
@pytest.mark.parametrize(("step", "lines"), [(Split(), 1), (Split(), 2), (Salted(), 1)])
def test_killed_twice(conflict: Conflict, step: Split, lines: int) -> None:
    """At any call, and then at any call of the next try, which may have written over what was whole."""
    rules, data = Rules(Check.READBACK, conflict=conflict), b"\n".join(LINES[:lines])
    for at in range(1, killed(rules, 0, False, step, data)[1] + 1):
        again = calls = 0
        while again <= calls:
            again += 1
            world, _ = killed(rules, at, False, step, data)
            target = world.target
            assert isinstance(target, Counting)
            world.target = faulty = Faulty(target, at=again, error=lambda: Cancelled("killed"))
            with suppress(Cancelled):
                world.attempt()
            calls, world.target = faulty.count, target
            world.finish()
            assert {t.state for t in world.transfers.values()} == {State.DONE}, f"at {at}, {again}"
            found = {path: data[step.salt:] for path, data in contents(target).items()}
            assert found == dict(list(PARTS.items())[:lines]), f"at {at}, {again}"
            assert leftovers(target) == [], f"at {at}, {again}"


def between_two(rules: Rules, step: Split) -> tuple[World, Counting]:
    """Killed when the first part was published and the others were not."""
    target = Stopping()
    world = world_of(target, rules, step)
    with suppress(Cancelled):
        world.attempt()
    assert list(contents(target)) == ["abc.0"]
    return world, target


class Stopping(Counting):
    """Does not live to see a second file published, once."""

    asked = 0

    def publish(self, draft: Draft) -> Entry:
        self.asked += 1
        if self.asked == 2:
            raise Cancelled("killed")
        return super().publish(draft)


@pytest.mark.parametrize("conflict", KEEPING)
@pytest.mark.parametrize("name", ["abc.0", "abc.2"])
@pytest.mark.parametrize("size", [len(LINES[0]), len(LINES[2]), 7])
def test_a_file_of_somebody_else_stays(conflict: Conflict, name: str, size: int) -> None:
    world, target = between_two(Rules(conflict=conflict), Split())
    put(target, name, [content(size, b"theirs")])
    before = contents(target)
    world.finish()
    assert world.transfers[1].state is (State.FAILED if conflict is Conflict.FAIL else State.SKIPPED)
    assert contents(target) == before


def test_what_was_there_before_the_first_try_is_not_ours() -> None:
    """Even with the very bytes that we would have made: the rule is asked before anything is published."""
    target = Counting()
    put(target, "abc.2", [LINES[2]])
    target.published.clear()
    world = world_of(target, Rules(conflict=Conflict.FAIL), Split())
    world.finish()
    assert world.transfers[1].state is State.FAILED and "abc.2" in world.transfers[1].error
    assert target.published == [] and leftovers(target) == []


def test_steps_that_give_other_bytes_replace_nothing() -> None:
    world, target = between_two(Rules(conflict=Conflict.FAIL), Salted())
    before = contents(target)
    world.finish()
    assert world.transfers[1].state is State.FAILED and "abc.0: the target has a file" in world.transfers[1].error
    assert contents(target) == before


@pytest.mark.parametrize("settle", [Settle(), Settle(Action.DELETE)])
def test_the_name_of_what_was_made_is_told_once_it_is_there(settle: Settle) -> None:
    world, _ = between_two(Rules(conflict=Conflict.FAIL, settle=settle), Split())
    assert world.transfers[1].target == "abc", "the steps are given this again"
    world.finish()
    assert world.transfers[1].target == "abc.0 (and 3 more)"
    assert world.transfers[1].written == sum(map(len, LINES))


@pytest.mark.parametrize("lines", [[content(200_000, b"a").replace(b"\n", b"-"), b"rest"], [b"", LINES[0]]])
def test_a_part_that_was_taken_does_not_stand_for_the_others(lines: list[bytes]) -> None:
    """The draft noted last, of one part of several, is not all there was."""
    target = Stopping()
    world = world_of(target, Rules(), Split(), b"\n".join(lines))
    world.clock.now = lambda: next(ticks)  # type: ignore[method-assign]
    ticks = iter(range(0, 10**15, 10**9))
    with suppress(Cancelled):
        world.attempt()
    target.delete("abc.0")
    world.finish()
    assert {t.state for t in world.transfers.values()} == {State.DONE}
    assert contents(target)["abc.1"] == lines[1] and target.published.count("abc.1") == 1


def test_a_receiver_that_is_quicker_than_the_comparison() -> None:
    class Taking(Stopping):
        """Has the first part taken when it is read for a second time."""

        def read(self, path: str, *, start: int = 0, end: int | None = None):  # type: ignore[no-untyped-def]
            if path == "abc.0":
                self.files.pop(path, None)
            return super().read(path, start=start, end=end)

    world = world_of(target := Taking(), Rules(conflict=Conflict.SKIP), Split())
    with suppress(Cancelled):
        world.attempt()
    world.finish()
    assert world.transfers[1].state is State.DONE
    assert contents(target) == PARTS


def test_a_step_that_fails_the_second_time_is_no_conflict() -> None:
    class Failing(Split):
        tries = 0

        def body(self, line: bytes) -> Iterator[bytes]:
            self.tries += 1
            if self.tries > len(LINES):
                raise Corrupt("abc: the archive is damaged")
            yield from super().body(line)

    world, _ = between_two(Rules(conflict=Conflict.SKIP), Failing())
    world.attempt()
    assert world.transfers[1].state is State.FAILED and "is damaged" in world.transfers[1].error


def test_an_atomic_store_keeps_what_it_has() -> None:
    target = Stopping()
    target.caps |= Cap.ATOMIC
    world = world_of(target, Rules(Check.READBACK, conflict=Conflict.FAIL), Split())
    with suppress(Cancelled):
        world.attempt()
    world.finish()
    assert world.transfers[1].state is State.DONE and contents(target) == PARTS
    assert sorted(target.published) == sorted(PARTS)


@pytest.mark.parametrize("error", [Unavailable("gone"), Denied("no")])
def test_going_on_with_a_later_part(error: Exception) -> None:
    """A draft was noted for the second part: the first is made anew, and the second is not mistaken for it."""
    class Torn(Counting):
        fails = True

        def write(self, draft, body):  # type: ignore[no-untyped-def]
            for safe in super().write(draft, body):
                yield safe
                if self.fails and draft.path == "abc.3" and safe.offset:
                    self.fails = False
                    raise error

    world = world_of(target := Torn(), Rules(), Split())
    world.clock.now = lambda: next(ticks)  # type: ignore[method-assign]
    ticks = iter(range(0, 10**15, 10**9))
    world.attempt()
    assert contents(target) == {}
    world.attempt()
    assert world.transfers[1].state is State.DONE, world.transfers[1].error
    assert contents(target) == PARTS and leftovers(target) == []

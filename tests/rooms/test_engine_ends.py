"""How runs end that cannot go straight on: groups, timeouts, and what an earlier run left unsettled."""
from __future__ import annotations

import gzip
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from haulier.core.archive import Archive
from haulier.core.draft import put
from haulier.model.errors import Denied, TimeUp, Unavailable
from haulier.model.files import Part
from haulier.model.flow import Action, Check, Completion, Conflict, Settle
from haulier.model.retry import Retry
from haulier.model.run import RunState
from haulier.model.transfer import State
from haulier.ports import Ledger
from haulier.testing.memory import Memory
from haulier.testing.stores import content
from rooms.test_engine import NOW, book, filled, run  # noqa: F401 - a fixture
from unit.journeys import Counting, contents, leftovers

ONCE = replace(NOW, retry=Retry(tries=1))
DELETE = replace(ONCE, settle=Settle(Action.DELETE))


class Gzip:
    repeatable = True

    def __call__(self, part: Part) -> Iterable[Part]:
        yield part.to(name=part.name + ".gz", body=[gzip.compress(b"".join(part.body), mtime=0)])


class Script(Gzip):
    """Counts how often it is run."""

    repeatable = False

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, part: Part) -> Iterable[Part]:
        self.runs += 1
        return super().__call__(part)


class Split:
    repeatable = True

    def __call__(self, part: Part) -> Iterable[Part]:
        data = b"".join(part.body)
        for number in (1, 2):
            yield part.to(name=f"{part.name}.{number}", body=[data])


class Picky(Memory):
    """Refuses to show one file."""

    def read(self, path: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:  # type: ignore[override]
        if path == "z":
            raise Denied("z: no permission")
        yield from super().read(path, start=start, end=end)


# Groups

@pytest.mark.parametrize("check", list(Check))
@pytest.mark.parametrize("size", [1, 300_000])
@pytest.mark.parametrize("step", [None, Gzip, Script])
def test_a_group_is_copied_once_and_then_published(book: Ledger, check: Check, size: int, step: type | None) -> None:  # noqa: F811
    source, target = filled(Memory(), a=content(size), b=content(size, b"b")), Counting()
    steps = (step(),) if step else ()
    result = run(book, source, target, replace(ONCE, group=True, check=check), steps=steps)
    assert result.state is RunState.DONE and len(target.published) == 2
    assert target.received == sum(map(len, contents(target).values()))
    assert all(one.runs == 2 for one in steps if isinstance(one, Script))


@pytest.mark.parametrize("size", [1, 300_000])
def test_a_group_of_files_that_fall_into_several_is_refused_and_leaves_nothing(book: Ledger, size: int) -> None:  # noqa: F811
    source, target = filled(Memory(), a=content(size), b=content(size)), Counting()
    result = run(book, source, target, replace(ONCE, group=True), steps=(Split(),))
    assert result.progress.failed == 2 and target.files == {}
    assert "give several files" in book.transfers()[0].error
    assert run(book, source, target, ONCE, steps=(Split(),)).state is RunState.DONE
    assert set(contents(target)) == {"a.1", "a.2", "b.1", "b.2"}


@pytest.mark.parametrize("step", [None, Gzip, Script, Split])
@pytest.mark.parametrize("size", [1, 300_000])
def test_a_group_that_fails_leaves_no_drafts(book: Ledger, size: int, step: type | None) -> None:  # noqa: F811
    source, target = filled(Picky(), a=content(size), b=content(size), z=b"1"), Counting()
    result = run(book, source, target, replace(ONCE, group=True), steps=(step(),) if step else ())
    assert result.progress.failed == 3 and target.files == {}


# Settled by the next run

class Stuck(Memory):
    """Deletes nothing while it is stuck."""

    is_stuck = True

    def delete(self, path: str) -> None:
        if self.is_stuck:
            raise Unavailable("gone")
        super().delete(path)


@pytest.mark.parametrize("conflict", list(Conflict))
def test_a_delivered_file_is_settled_whatever_lies_at_the_target(book: Ledger, conflict: Conflict) -> None:  # noqa: F811
    source, target = filled(Stuck(), a=b"1", b=content(500_000)), Counting()
    rules = replace(DELETE, conflict=conflict)
    assert run(book, source, target, rules).progress.waiting == 2
    source.is_stuck = False     # type: ignore[attr-defined]
    assert run(book, source, target, rules).state is RunState.DONE
    assert contents(source) == {} and len(target.published) == 2     # type: ignore[arg-type]
    assert {transfer.state for transfer in book.transfers()} == {State.DONE}


def test_a_marker_that_outlived_its_file_goes_with_the_next_run(book: Ledger) -> None:  # noqa: F811
    class StuckMarker(Stuck):
        def delete(self, path: str) -> None:
            if self.is_stuck and path.endswith(".ok"):
                raise Unavailable("gone")
            Memory.delete(self, path)

    source = StuckMarker()
    filled(source, **{"a": b"1", "a.ok": b""})
    rules = replace(DELETE, complete=Completion(settle_seconds=0, marker="{name}.ok"))
    assert run(book, source, Counting(), rules).progress.waiting == 1
    assert set(source.files) == {"a.ok"}
    source.is_stuck = False
    assert run(book, source, Counting(), rules).state is RunState.DONE
    assert source.files == {}


# Timeouts

class Slow(Memory):
    """Gives 64 KiB every tenth of a second, for as long as it is slow."""

    pace = 0.1

    def read(self, path: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:  # type: ignore[override]
        for chunk in super().read(path, start=start, end=end):
            time.sleep(self.pace)
            yield chunk


def test_a_run_that_takes_too_long_stops_and_the_next_goes_on(book: Ledger) -> None:  # noqa: F811
    source, target = filled(slow := Slow(), small=b"1", big=content(6_000_000)), Counting()
    with pytest.raises(TimeUp, match=r"job: not done after 5 s, its timeout; the next run goes on"):
        run(book, source, target, replace(ONCE, timeout=5))     # in which the small one is done, on a busy machine too
    stopped, = book.runs()
    assert stopped.state is RunState.FAILED and "its timeout" in stopped.error
    assert set(contents(target)) == {"small"} and leftovers(target)
    first, slow.pace = target.received, 0
    result = run(book, source, target, replace(ONCE, timeout=60))
    assert result.state is RunState.DONE and contents(target)["big"] == content(6_000_000)
    assert target.received - first < 6_000_000
    assert leftovers(target) == []


def test_a_plan_that_takes_too_long_stops_too(book: Ledger) -> None:  # noqa: F811
    class Long(Memory):
        def scan(self, prefix: str = "", *, deep: bool = False) -> Iterator[object]:  # type: ignore[override]
            for entry in super().scan(prefix, deep=deep):
                time.sleep(0.0005)
                yield entry

    source = filled(Long(), **{str(number): b"1" for number in range(3000)})
    run(book, source, Counting(), NOW)
    with pytest.raises(TimeUp):
        run(book, source, Counting(), replace(ONCE, timeout=0.6))


def test_a_group_that_takes_too_long_publishes_nothing_and_is_whole_the_next_time(book: Ledger) -> None:  # noqa: F811
    source, target = filled(slow := Slow(), a=content(300_000), big=content(6_000_000)), Counting()
    with pytest.raises(TimeUp):
        run(book, source, target, replace(ONCE, group=True, timeout=0.6))
    assert contents(target) == {}
    slow.pace = 0
    assert run(book, source, target, replace(ONCE, group=True)).state is RunState.DONE
    assert set(contents(target)) == {"a", "big"} and leftovers(target) == []


def test_archives_are_named_in_the_ledger(book: Ledger) -> None:  # noqa: F811
    place = Memory()
    source = filled(Memory(), a=b"1")
    put(place, "old/a", [b"an older one"])
    rules = replace(ONCE, settle=Settle(Action.ARCHIVE, location="/old"))
    run(book, source, Counting(), rules, archive=Archive(place, "old", "/old"))
    assert [transfer.settled for transfer in book.transfers()] == ["/old/a.1"]

"""Settling files with their markers, killed at every call."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pytest

from haulier.core.archive import Archive
from haulier.core.draft import put
from haulier.core.plan import Plan, Verdict
from haulier.core.route import Route
from haulier.model.errors import Busy, Cancelled, Denied
from haulier.model.flow import Action, Check, Completion, Filters, Rules, Settle
from haulier.model.run import Seen
from haulier.model.transfer import State
from haulier.testing.faulty import Faulty
from haulier.testing.memory import Memory
from haulier.testing.stores import content
from unit.journeys import Counting, FakeClock, World, contents

SECOND = 10**9
SMALL, BIG = b"x", content(300_000)
DELETE = Settle(Action.DELETE)
INSIDE = Settle(Action.ARCHIVE, folder="done")
OUTSIDE = Settle(Action.ARCHIVE, location="/backups")


@dataclass
class Marked(World):
    """Files that are complete when their marker is there."""

    marker: str = "{name}.ok"
    archive: Archive = field(default_factory=lambda: Archive(Memory(), "", ""))

    def route(self) -> Route:
        return replace(super().route(), archive=self.archive)

    def plan(self) -> dict[str, Verdict]:
        def seen(paths: object) -> dict[str, Seen]:
            return {}

        plan = Plan(self.source, self.target, self.rules, self.clock, seen)
        return {decision.entry.path: decision.verdict for chunk in plan.decisions() for decision in chunk}

    def add_planned(self) -> None:
        self.add_all()
        moved = {path for path, verdict in self.plan().items() if verdict is Verdict.MOVE}
        self.transfers = {t.id: t for t in self.transfers.values() if t.path in moved}


def world_of(settle: Settle, marker: str = "{name}.ok", source: Memory | None = None) -> Marked:
    source = source or Memory()
    rules = Rules(Check.SIZE, settle=settle, recursive=True, filters=Filters(exclude=("done/*", "*.log")),
                  complete=Completion(settle_seconds=0, marker=marker))
    archive = Archive(source, "done", "done", prefix="") if settle.folder else Archive(Counting(), "", "/backups")
    return Marked(source, Counting(), rules, marker=marker, archive=archive)


def filled(world: Marked, **files: bytes) -> Memory:
    assert isinstance(world.source, Memory)
    for name, data in files.items():
        put(world.source, name.replace("_", "."), [data])
    return world.source


def left(world: Marked) -> dict[str, bytes]:
    """What is in the source and not in its archive."""
    assert isinstance(world.source, Memory)
    return {path: data for path, data in contents(world.source).items() if not path.startswith("done/")}


def kept_in(world: Marked) -> Memory:
    """The store that the archive is in."""
    store = getattr(world.archive.store, "inner", world.archive.store)
    assert isinstance(store, Memory)
    return store


def archived(world: Marked) -> dict[str, bytes]:
    folder = world.archive.folder
    return {path.removeprefix(f"{folder}/"): data for path, data in contents(kept_in(world)).items()
            if path.startswith(folder)}


@pytest.mark.parametrize("settle", [DELETE, INSIDE, OUTSIDE], ids=["delete", "inside", "outside"])
@pytest.mark.parametrize("marker", ["{name}.ok", "{stem}.ok"])
@pytest.mark.parametrize("data", [SMALL, BIG], ids=["small", "big"])
def test_a_marker_goes_with_its_file(settle: Settle, marker: str, data: bytes) -> None:
    world = world_of(settle, marker)
    sign = marker.replace("{name}", "a.csv").replace("{stem}", "a")
    put(filled(world, a_csv=data, b_csv=data), sign, [b"rows: 1"])
    world.add_planned()
    world.attempt()
    assert {t.path: t.state for t in world.transfers.values()} == {"a.csv": State.DONE}
    assert left(world) == {"b.csv": data}
    assert archived(world) == ({} if settle is DELETE else {"a.csv": data, sign: b"rows: 1"})


@pytest.mark.parametrize("settle", [Settle(), replace(OUTSIDE, keep_original=True)])
def test_a_marker_stays_where_its_file_does(settle: Settle) -> None:
    world = world_of(settle)
    source = filled(world, a_csv=SMALL, a_csv_ok=b"")
    world.add_planned()
    world.attempt()
    assert set(contents(source)) == {"a.csv", "a.csv.ok"}


def test_a_marker_goes_after_the_last_file_that_it_marks() -> None:
    class Picky(Memory):
        def read(self, path: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:  # type: ignore[override]
            if path == "a.pdf" and refused:
                raise Denied("a.pdf: no permission")
            yield from super().read(path, start=start, end=end)

    refused = True
    world = world_of(DELETE, "{stem}.ok", Picky())
    source = filled(world, a_csv=SMALL, a_xml=BIG, a_pdf=SMALL, a_log=b"no file of this job", a_ok=b"")
    world.add_planned()
    world.attempt()
    assert set(contents(source)) == {"a.pdf", "a.log", "a.ok"}
    refused = False
    world.attempt()
    assert set(contents(source)) == {"a.log"}


def killed(settle: Settle, marker: str, at: int, late: bool) -> tuple[Marked, Faulty]:
    """A world whose process died at the `at`-th call of its source."""
    world = world_of(settle, marker)
    source = filled(world, a_csv=SMALL, b_csv=BIG)
    for name in ("a", "b"):
        put(source, marker.replace("{name}", f"{name}.csv").replace("{stem}", name), [b""])
    world.add_planned()
    world.source = faulty = Faulty(source, at=at, late=late, error=lambda: Cancelled("killed"))
    if settle is INSIDE:
        world.archive = replace(world.archive, store=faulty)
    with suppress(Cancelled):
        world.attempt()
    faulty.at = 0
    return world, faulty


@pytest.mark.parametrize("settle", [DELETE, INSIDE, OUTSIDE], ids=["delete", "inside", "outside"])
@pytest.mark.parametrize("marker", ["{name}.ok", "{stem}.ok"])
@pytest.mark.parametrize("late", [False, True])
def test_killed_at_every_call(settle: Settle, marker: str, late: bool) -> None:
    """No marker goes before its file, none stands for the next file of its name, and none stays."""
    between = 0
    for at in range(1, killed(settle, marker, 0, late)[1].count + 1):
        world, faulty = killed(settle, marker, at, late)
        source = faulty.inner
        assert isinstance(source, Memory)
        for name in ("a", "b"):
            sign = marker.replace("{name}", f"{name}.csv").replace("{stem}", name)
            if f"{name}.csv" in source.files:
                assert sign in source.files, f"at {at}"
                continue
            if sign in source.files:
                between += 1
                put(source, f"{name}.csv", [b"half of the ne"], modified=source.files[sign][1] + 10 * SECOND)
                assert world.plan()[f"{name}.csv"] is Verdict.WAIT, f"at {at}"
                source.delete(f"{name}.csv")
        world.finish()
        assert {t.state for t in world.transfers.values()} == {State.DONE}
        assert [path for path in source.files if not path.startswith("done/")] == [], f"at {at}"
        if settle is not DELETE:
            signs = [marker.replace("{name}", f"{name}.csv").replace("{stem}", name) for name in ("a", "b")]
            assert sorted(archived(world)) == sorted(["a.csv", "b.csv", *signs]), "each once"
            times = {name: time for name, (_, time, _) in kept_in(world).files.items() if name.endswith(".csv")}
            assert set(times.values()) == {world.clock.now()}, "retention counts from the backup"
    assert between >= 2


def test_the_next_file_is_taken_when_it_has_a_marker_of_its_own() -> None:
    world = world_of(DELETE)
    source = filled(world, a_csv_ok=b"")
    put(source, "a.csv", [b"new"], modified=source.files["a.csv.ok"][1] + 10 * SECOND)
    assert world.plan()["a.csv"] is Verdict.WAIT
    put(source, "a.csv.ok", [b""], modified=source.files["a.csv"][1])
    assert world.plan()["a.csv"] is Verdict.MOVE


def test_what_came_meanwhile_stays_with_its_marker() -> None:
    world = world_of(DELETE)
    source = filled(world, a_csv=SMALL, a_csv_ok=b"")
    world.add_planned()
    world.attempt(steps=2)      # delivered, and killed before it was settled
    put(source, "a.csv", [b"new"])
    put(source, "a.csv.ok", [b""])
    world.finish()
    assert set(contents(source)) == {"a.csv", "a.csv.ok"}


def test_a_marker_that_cannot_go_is_told() -> None:
    class Stuck(Memory):
        def delete(self, path: str) -> None:
            if path.endswith(".ok"):
                raise Denied(f"{path}: no permission")
            super().delete(path)

    for marker in ("{name}.ok", "{stem}.ok"):
        world = world_of(DELETE, marker, Stuck())
        source = filled(world, a_csv=SMALL, a_csv_ok=b"", a_ok=b"")
        world.add_planned()
        world.attempt()
        assert world.transfers[1].state is State.FAILED and ".ok: no permission" in world.transfers[1].error
        assert "a.csv" not in source.files


def test_without_markers_nobody_looks_for_them() -> None:
    world = world_of(DELETE, "")
    source = filled(world, a_csv=SMALL, b_csv=BIG)
    world.add_planned()
    listed = []

    class Quiet(Faulty):
        def scan(self, prefix: str = "", *, deep: bool = False):  # type: ignore[no-untyped-def]
            listed.append(prefix)
            return super().scan(prefix, deep=deep)

    world.source = Quiet(source)
    world.attempt()
    assert source.files == {} and listed == []



def test_what_was_archived_before_is_not_taken_for_this_file() -> None:
    """The same bytes on another day: both are kept, each for as long as retention says."""
    world, clock = world_of(OUTSIDE), FakeClock()
    source = filled(world, a_csv=SMALL)
    now, entry = clock.now(), source.stat("a.csv")
    put(world.archive.store, "a.csv", [SMALL], modified=now - 5 * SECOND)
    assert world.archive.take(source, entry, clock, since=now, keep=True) == "/backups/a.csv.1"
    assert world.archive.take(source, entry, clock, since=now) == "/backups/a.csv.1"
    assert set(archived(world)) == {"a.csv", "a.csv.1"} and source.files == {}


def test_a_file_that_changes_while_it_is_archived_stays() -> None:
    class Growing(Memory):
        def read(self, path: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:  # type: ignore[override]
            yield from super().read(path, start=start, end=end)
            put(self, path, [BIG, b"more"])

    world = world_of(OUTSIDE, "", Growing())
    source = filled(world, a_csv=BIG)
    with pytest.raises(Busy, match=r"a\.csv: changed while it was being archived"):
        world.archive.take(source, source.stat("a.csv"), FakeClock(), since=0)
    assert contents(source) == {"a.csv": BIG + b"more"}
    assert isinstance(world.archive.store, Memory) and world.archive.store.files == {}

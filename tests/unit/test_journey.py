"""The journey of a batch under every fault and every crash."""
from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable

import pytest

from haulier.core.archive import Archive
from haulier.core.draft import put
from haulier.model.errors import Corrupt, HaulierError, NoSpace, Unavailable
from haulier.model.files import Cap, Part
from haulier.model.flow import Action, Check, Conflict, Rules, Settle
from haulier.model.transfer import State
from haulier.testing.faulty import Faulty
from haulier.testing.memory import Memory
from haulier.testing.stores import content
from unit.journeys import Counting, World, contents, leftovers

FILES = {"small/a": content(1000, b"a"), "small/b": b"", "big/c": content(700_000, b"c"),
         "big/d": content(300_001, b"d")}


def source_of(files: dict[str, bytes]) -> Memory:
    store = Memory()
    for path, data in files.items():
        put(store, path, [data])
    return store


class Gzip:
    repeatable = True

    def __call__(self, part: Part) -> Iterable[Part]:
        def packed() -> Iterable[bytes]:
            yield gzip.compress(b"".join(part.body), mtime=0)
        yield part.to(name=part.name + ".gz", body=packed())


@pytest.mark.parametrize("check", list(Check))
def test_everything_arrives(check: Check) -> None:
    world = World(source_of(FILES), target := Counting(), Rules(check=check))
    world.add_all()
    world.attempt()
    assert {t.state for t in world.transfers.values()} == {State.DONE}
    assert contents(target) == FILES and leftovers(target) == []
    assert all(len(t.sha256) == 32 for t in world.transfers.values())


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize("error", [lambda: Unavailable("gone"), lambda: NoSpace("full")])
def test_a_fault_at_every_call(side: str, late: bool, error: Callable[[], HaulierError]) -> None:
    """After any one fault: old content or new, nothing hidden for good, and a second try completes."""
    old = {path: b"old " + path.encode() for path in FILES}

    def attempt(at: int) -> Faulty:
        source, target = source_of(FILES), Counting()
        for path, data in old.items():
            put(target, path, [data])
        faulty = Faulty(source if side == "source" else target, at=at, late=late, error=error)
        world = World(faulty if side == "source" else source, faulty if side == "target" else target,
                      Rules(check=Check.READBACK))
        world.add_all(source)
        world.attempt()
        found = contents(target)
        assert set(found) == set(FILES)
        for path, data in found.items():
            assert data in (old[path], FILES[path]), f"torn {path} at {at}"
        for transfer in world.transfers.values():
            if transfer.state is State.DONE:
                assert found[transfer.path] == FILES[transfer.path]
        world.finish()
        assert {t.state for t in world.transfers.values()} == {State.DONE}, at
        assert contents(target) == FILES
        assert leftovers(target) == [], at
        return faulty

    total = attempt(0).count
    assert total > 20
    for at in range(1, total + 1):
        attempt(at)


@pytest.mark.parametrize("check", [Check.SIZE, Check.CHECKSUM])
@pytest.mark.parametrize("steps", [(), (Gzip(),)])
def test_a_crash_at_every_durable_step(steps: tuple[Gzip, ...], check: Check) -> None:
    """Killed after any stored step: nothing is published twice, and all arrives."""
    k = 0
    while True:
        world = World(source_of(FILES), target := Counting(), Rules(check), steps=steps)
        world.add_all()
        taken = world.attempt(steps=k)
        world.finish()
        assert {t.state for t in world.transfers.values()} == {State.DONE}
        assert len(target.published) == len(FILES), f"published twice after step {k}"
        assert leftovers(target) == []
        if taken < k:
            break
        k += 1
    assert k > 4


def test_a_receiver_may_take_files_at_once() -> None:
    """Published, taken by somebody, and only then the crash: not sent again."""
    world = World(source_of({"keep": b"x", "pay.xml": b"1"}), target := Counting())
    world.add_all()
    world.attempt(steps=1)          # published, but the process dies before that is stored
    del target.files["pay.xml"]
    world.finish()
    assert target.published.count("pay.xml") == 1
    assert {t.state for t in world.transfers.values()} == {State.DONE}


def test_small_files_that_were_copied_go_on_together() -> None:
    """Killed before, while or after they were published: no byte is sent again, and there is no step for each file."""
    files = {f"f{n}": b"%d" % n for n in range(50)}
    world = World(source_of(files), target := Counting())
    world.add_all()
    world.attempt(steps=1)
    assert len(target.published) == 50 and {t.state for t in world.transfers.values()} == {State.VERIFYING}
    for transfer in list(world.transfers.values())[:30]:     # as if it had been killed before these
        draft = world.route().draft_left(transfer)
        assert draft
        target.move(draft.path, draft.temp)
        target.published.remove(draft.path)
    target.files[draft.temp] = (b"", 0, None)
    target.received = 0
    assert world.attempt() <= 4
    assert contents(target) == files and leftovers(target) == []
    assert sorted(target.published) == sorted(files), "each of them once"
    assert target.received == 2, "one draft was cut, so its two bytes were sent again"


def test_after_a_power_cut_a_draft_that_is_gone_is_sent_again() -> None:
    """A crash of the machine may take a draft with it: that is no proof that it was published."""
    from dataclasses import replace
    target = Counting()
    target.caps |= Cap.NEAR
    world = World(source_of({"keep": b"x", "pay.xml": b"1"}), target)
    world.add_all()
    world.attempt(steps=1)
    del target.files["pay.xml"]
    target.files["keep"] = (b"\0", 1, None)     # a name that outlived its content
    route = world.route
    world.route = lambda: replace(route(), booted=1)  # type: ignore[method-assign]
    world.finish()
    assert contents(target) == {"keep": b"x", "pay.xml": b"1"}
    assert {t.state for t in world.transfers.values()} == {State.DONE}


def test_resume_sends_only_the_rest() -> None:
    data = content(2_000_000)
    source = source_of({"f": data})
    target = Counting()
    world = World(Faulty(source, at=25), target)
    world.add_all(source)
    world.clock.now = lambda: next(ticks)  # type: ignore[method-assign]
    ticks = iter(range(0, 10**15, 10**9))
    world.attempt()
    first = target.received
    assert world.transfers[1].state is State.WAITING and world.transfers[1].draft
    world.attempt()
    assert world.transfers[1].state is State.DONE
    assert contents(target) == {"f": data}
    assert first > 500_000
    assert target.received <= len(data) + target.part


@pytest.mark.parametrize("change", ["content", "size", "front"])
def test_a_changed_source_starts_over(change: str) -> None:
    data = content(2_000_000)
    source = source_of({"f": data})
    target = Counting()
    world = World(Faulty(source, at=25), target)
    world.add_all(source)
    world.attempt()
    other = {"content": data[:-1] + b"x", "size": data + b"x", "front": b"x" + data[1:]}[change]
    put(source, "f", [other])
    entry = source.stat("f")
    world.transfers[1] = world.transfers[1]._replace(entry=entry)
    world.source = source
    world.finish()
    assert contents(target) == {"f": other}


def test_a_source_that_changes_while_it_is_copied_waits() -> None:
    class Growing(Memory):
        def read(self, path, *, start=0, end=None):  # type: ignore[no-untyped-def]
            yield from super().read(path, start=start, end=end)
            put(self, path, [content(600_000, b"new")])

    source = Growing()
    put(source, "f", [content(500_000)])
    world = World(source, target := Counting())
    world.add_all()
    world.attempt()
    assert world.transfers[1].state is State.WAITING
    assert "changed" in world.transfers[1].error
    assert contents(target) == {}


class Rotten(Counting):
    """Flips a bit of what it is given, once it is asked to."""

    def write(self, draft, body):  # type: ignore[no-untyped-def]
        def flipped():  # type: ignore[no-untyped-def]
            for chunk in body:
                yield bytes([chunk[0] ^ 1]) + chunk[1:] if chunk else chunk
        return super().write(draft, flipped())


@pytest.mark.parametrize("check", [Check.CHECKSUM, Check.READBACK, Check.SAMPLE])
@pytest.mark.parametrize("size", [1000, 700_000])
def test_what_arrives_damaged_is_not_published(check: Check, size: int) -> None:
    source = source_of({"f": content(size)})
    world = World(source, target := Rotten(), Rules(check=check, settle=Settle(Action.DELETE)))
    world.add_all()
    world.attempt()
    assert world.transfers[1].state is State.FAILED
    assert world.transfers[1].kind == Corrupt.__name__
    assert target.files == {} and contents(source) == {"f": content(size)}


def test_steps_and_their_names() -> None:
    world = World(source_of(FILES), target := Counting(), Rules(check=Check.READBACK), (Gzip(),))
    world.add_all()
    world.attempt()
    assert {p: gzip.decompress(d) for p, d in contents(target).items()} == {
        p + ".gz": d for p, d in FILES.items()}


def test_one_file_into_several_and_none() -> None:
    class Split:
        repeatable = True

        def __call__(self, part: Part) -> Iterable[Part]:
            data = b"".join(part.body)
            for n in range(len(data)):
                yield part.to(name=f"{part.name}.{n}", body=[data[n:n + 1]])

    world = World(source_of({"abc": b"abc", "none": b""}), target := Counting(), steps=(Split(),))
    world.add_all()
    world.attempt()
    assert contents(target) == {"abc.0": b"a", "abc.1": b"b", "abc.2": b"c"}
    assert {t.state for t in world.transfers.values()} == {State.DONE}


def test_a_failing_step_fails_its_file_alone() -> None:
    class Picky:
        repeatable = True

        def __call__(self, part: Part) -> Iterable[Part]:
            if part.name == "small/a":
                raise ValueError("do not like it")
            yield part

    world = World(source_of(FILES), target := Counting(), steps=(Picky(),))
    world.add_all()
    world.attempt()
    states = {t.path: t.state for t in world.transfers.values()}
    assert states.pop("small/a") is State.FAILED
    assert set(states.values()) == {State.DONE}
    assert "small/a" not in contents(target)


def test_two_files_with_one_name_at_the_target() -> None:
    class Same:
        repeatable = True

        def __call__(self, part: Part) -> Iterable[Part]:
            yield part.to(name="same")

    world = World(source_of({"a": b"a", "b": b"b"}), target := Counting(), steps=(Same(),))
    world.add_all()
    world.attempt()
    assert sorted(t.state for t in world.transfers.values()) == [State.DONE, State.FAILED]
    assert len(target.published) == 1


@pytest.mark.parametrize("size", [10, 700_000])
def test_known_bytes_are_not_sent_again(size: int) -> None:
    import hashlib
    source = source_of({"f": content(size)})
    world = World(source, target := Counting())
    world.add_all()
    world.transfers[1] = world.transfers[1]._replace(known=hashlib.sha256(content(size)).digest())
    world.attempt()
    assert world.transfers[1].state is State.SKIPPED
    assert target.files == {}


@pytest.mark.parametrize("conflict", [Conflict.SKIP, Conflict.FAIL])
@pytest.mark.parametrize("size", [10, 700_000])
def test_conflict_rule_holds_at_publish(conflict: Conflict, size: int) -> None:
    source, target = source_of({"f": content(size)}), Counting()
    put(target, "f", [b"mine"])
    world = World(source, target, Rules(conflict=conflict))
    world.add_all()
    world.attempt()
    assert world.transfers[1].state is (State.SKIPPED if conflict is Conflict.SKIP else State.FAILED)
    assert contents(target) == {"f": b"mine"} and leftovers(target) == []


@pytest.mark.parametrize("inside", [True, False])
def test_settling(inside: bool) -> None:
    source, target = source_of(FILES), Counting()
    place = source if inside else Counting()
    archive = Archive(place, "done", "done", prefix="" if inside else None)
    put(place, "done/small/a", [b"an older one"])
    world = World(source, target, Rules(settle=Settle(Action.ARCHIVE, folder="done")))
    world.add_all()
    world.transfers = {t.id: t for t in world.transfers.values() if not t.path.startswith("done")}
    from dataclasses import replace
    route = world.route
    world.route = lambda: replace(route(), archive=archive)  # type: ignore[method-assign]
    world.attempt()
    assert contents(target) == FILES
    kept = {p.removeprefix("done/"): d for p, d in contents(place).items() if p.startswith("done/")}
    assert kept == FILES | {"small/a": b"an older one", "small/a.1": FILES["small/a"]}
    assert not [p for p in contents(source) if not p.startswith("done/")]


def test_delete_leaves_a_source_that_changed_since() -> None:
    source, target = source_of({"f": b"1"}), Counting()
    world = World(source, target, Rules(settle=Settle(Action.DELETE)))
    world.add_all()
    from haulier.core.journey import carry
    world.transfers[1] = world.transfers[1]._replace(state=State.COPYING)
    for reports in carry(world.route(), list(world.transfers.values())):
        for report in reports:
            world.apply(report)
        if world.transfers[1].state is State.SETTLING:
            put(source, "f", [b"2"])
    assert contents(source) == {"f": b"2"} and contents(target) == {"f": b"1"}

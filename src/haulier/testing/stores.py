"""The suite every store must pass. Subclass it, give it a store, and that is the test file.

    class TestMine(StoreSuite):
        @pytest.fixture
        def store(self) -> Iterator[Store]:
            yield Mine(...)          # empty
"""
from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from ..core.draft import put
from ..core.leftover import discard
from ..model.errors import AlreadyExists, Busy, HaulierError, Invalid, NotFound, Unavailable, Unsupported
from ..model.files import Cap, Draft, Entry, temporary
from ..ports import Store

MOMENT = 1_600_000_000_000_000_000
ACCELERATORS = {Cap.MOVE: "move", Cap.COPY: "copy", Cap.DIGEST: "digests", Cap.PULL: "pull",
                Cap.MANY: "write_many"}


def content(size: int, seed: bytes = b"haulier") -> bytes:
    """Bytes that look random and are the same every time."""
    return hashlib.shake_128(seed).digest(size)


def whole(store: Store, path: str) -> bytes:
    return b"".join(store.read(path))


def names(store: Store) -> set[str]:
    return {entry.path for entry in store.scan(deep=True)}


def draft_for(path: str, **facts: Any) -> Draft:
    return Draft(path, temporary(path, "t1"))._replace(**facts)


def drain(steps: Iterator[Draft]) -> Draft:
    *_, last = steps
    return last


class StoreSuite:
    """Override the `store` fixture with one that yields an empty store."""

    many: ClassVar[int] = 10_000
    """How many files the big listing has."""
    has_folders: ClassVar[bool] = True
    """Whether a folder can be missing, rather than empty; not where folders are but parts of names."""
    odd: ClassVar[tuple[str, ...]] = (
        "space in name", "åäö", "日本", "q?&=#%20+", "a.b..c", "-dash", "UPPER", "new\nline", "tab\t",
        "quote'\"`$x", "back\\slash", "*[a]?", "~tilde", "x" * 200)
    """Names that must survive."""

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        raise NotImplementedError

    # Reading and writing

    @pytest.mark.parametrize("size", [0, 1, 4095, 1 << 20, (1 << 20) + 1, 9 << 20])
    def test_what_is_written_is_read(self, store: Store, size: int) -> None:
        data = content(size)
        assert put(store, "a/b.bin", [data[:size // 2], data[size // 2:]]).size == size
        assert whole(store, "a/b.bin") == data
        assert store.stat("a/b.bin").size == size

    def test_odd_names(self, store: Store) -> None:
        for name in self.odd:
            put(store, f"deep {name}/{name}"[:250] if len(name) < 100 else name, [b"x"])
        found = names(store)
        for name in self.odd:
            path = f"deep {name}/{name}"[:250] if len(name) < 100 else name
            assert path in found
            assert store.stat(path).size == 1 and whole(store, path) == b"x"

    @pytest.mark.parametrize("path", ["", "/etc/x", "../x", "a/../../x", "a//b", "./a", "a/", "n\0l"])
    def test_names_that_escape_are_refused(self, store: Store, path: str) -> None:
        with pytest.raises(Invalid):
            put(store, path, [b"x"])
        with pytest.raises((Invalid, NotFound)):
            whole(store, path)

    def test_missing_file(self, store: Store) -> None:
        for path in ("nothing", "nothing/here"):
            with pytest.raises(NotFound, match="nothing"):
                store.stat(path)
            with pytest.raises(NotFound, match="nothing"):
                store.delete(path)
            with pytest.raises(NotFound, match="nothing"):
                whole(store, path)
            assert list(store.scan(path)) == []
            assert list(store.scan(path, deep=True)) == []

    def test_a_folder_is_not_a_file(self, store: Store) -> None:
        put(store, "folder/file", [b"x"])
        with pytest.raises(HaulierError):
            store.stat("folder")
        with pytest.raises(HaulierError):
            whole(store, "folder")

    def test_read_from_the_middle(self, store: Store) -> None:
        data = content(3 << 20)
        put(store, "f", [data])
        for start, end in ((7, None), (0, 0), (1 << 20, (2 << 20) + 5), (len(data), None), (5, 6)):
            assert b"".join(store.read("f", start=start, end=end)) == data[start:end]

    def test_chunks_are_bytes_of_at_most_a_mebibyte(self, store: Store) -> None:
        put(store, "f", [content(3 << 20)])
        assert all(type(chunk) is bytes and 0 < len(chunk) <= 1 << 20 for chunk in store.read("f"))

    def test_reader_can_be_dropped(self, store: Store) -> None:
        put(store, "f", [content(9 << 20)])
        reader = store.read("f")
        next(reader)
        reader.close()
        assert whole(store, "f") == content(9 << 20)
        store.delete("f")
        assert names(store) == set()

    # Listing

    def test_scan_shallow_and_deep(self, store: Store) -> None:
        for path in ("top", "in/one", "in/deeper/two", "inside"):
            put(store, path, [b"x"])
        assert {e.path for e in store.scan()} == {"top", "inside"}
        assert {e.path for e in store.scan("in")} == {"in/one"}
        assert {e.path for e in store.scan("in", deep=True)} == {"in/one", "in/deeper/two"}
        assert names(store) == {"top", "in/one", "in/deeper/two", "inside"}

    def test_folders(self, store: Store) -> None:
        for path in ("top", "in/one", "in/deeper/two", "in/other/deep/three", "inside/x"):
            put(store, path, [b"x"])
        assert sorted(store.folders()) == ["in", "inside"]
        assert sorted(store.folders("in")) == ["in/deeper", "in/other"]
        assert list(store.folders("inside")) == []

    def test_a_missing_folder_is_no_empty_one(self, store: Store) -> None:
        put(store, "a/f", [b"x"])
        for path in ("b", "a/b", "a/f"):
            if self.has_folders:
                with pytest.raises(NotFound, match=path):
                    next(store.folders(path), None)
            else:
                assert list(store.folders(path)) == []

    def test_scan_and_stat_agree(self, store: Store) -> None:
        put(store, "a/f", [b"abc"])
        listed, = store.scan(deep=True)
        assert listed.is_same_as(store.stat("a/f")) and listed.fault is None

    def test_a_change_of_equal_size_shows(self, store: Store) -> None:
        put(store, "f", [b"AAAA"], modified=MOMENT)
        before = store.stat("f")
        put(store, "f", [b"BBBB"], modified=MOMENT + 5_000_000_000)
        assert not store.stat("f").is_same_as(before)

    def test_big_listing(self, store: Store) -> None:
        drafts = [(draft_for(f"{n % 7}/{n:05d}"), b"%d" % n) for n in range(self.many)]
        assert not [o.error for o in store.write_many(iter(drafts)) if o.error]
        assert not [o.error for o in store.publish_many(iter([d for d, _ in drafts])) if o.error]
        assert {e.path: e.size for e in store.scan(deep=True)} == {d.path: len(b) for d, b in drafts}
        assert len(list(store.scan("3"))) == len(range(3, self.many, 7))

    # Atomic publish

    def test_replace_longer_with_shorter(self, store: Store) -> None:
        put(store, "f", [b"long old content"])
        put(store, "f", [b"new"])
        assert whole(store, "f") == b"new"

    def test_nothing_visible_before_publish(self, store: Store) -> None:
        put(store, "f", [b"old"])
        draft = drain(store.write(draft_for("f"), [content(9 << 20)]))
        assert whole(store, "f") == b"old"
        assert draft.offset == 9 << 20
        assert store.publish(draft).size == 9 << 20
        assert names(store) == {"f"}

    def test_broken_body_keeps_old_content(self, store: Store) -> None:
        def broken() -> Iterator[bytes]:
            yield content(9 << 20)
            raise Unavailable("source went away")

        put(store, "old", [b"old"])
        for path in ("old", "new"):
            with pytest.raises(Unavailable, match="source went away"):
                put(store, path, broken())
        assert whole(store, "old") == b"old"
        assert names(store) == {"old"}

    def test_discard_leaves_nothing(self, store: Store) -> None:
        draft = drain(store.write(draft_for("a/f"), [content(9 << 20)]))
        store.discard(draft)
        store.discard(draft)
        assert names(store) == set()

    def test_publish_without_replace(self, store: Store) -> None:
        put(store, "f", [b"old"])
        with pytest.raises(AlreadyExists, match="f"):
            put(store, "f", [b"new"], replace=False)
        assert whole(store, "f") == b"old"
        assert put(store, "g", [b"new"], replace=False).size == 3
        assert names(store) == {"f", "g"}

    def test_concurrent_writers(self, store: Store) -> None:
        errors: list[BaseException] = []

        def write(n: int) -> None:
            try:
                for m in range(5):
                    path = f"own/{n}-{m}"
                    put(store, path, [content(50_000, b"%d" % n)])
                draft = Draft("shared", temporary("shared", f"w{n}"))
                store.publish(drain(store.write(draft, [content(300_000, b"%d" % n)])))
            except BaseException as error:
                errors.append(error)
        threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert whole(store, "shared") in [content(300_000, b"%d" % n) for n in range(6)]
        assert len(names(store)) == 31

    def test_metadata(self, store: Store) -> None:
        put(store, "f", [b"x"], modified=MOMENT, mode=0o640)
        entry = store.stat("f")
        if Cap.MTIME in store.caps:
            assert entry.modified == MOMENT
            store.touch("f", MOMENT + 9_000_000_000)
            assert store.stat("f").modified == MOMENT + 9_000_000_000
        if Cap.MODE in store.caps:
            assert entry.mode == 0o640

    # Going on after a crash

    def test_resume(self, store: Store) -> None:
        data = content(4 * store.part + 12345)
        draft = draft_for("a/f", size=len(data))

        def dies() -> Iterator[bytes]:
            for at in range(0, 3 * store.part, 1 << 18):
                yield data[at:at + (1 << 18)]
            raise Unavailable("killed")

        with pytest.raises(Unavailable, match="killed"):
            for safe in store.write(draft, dies()):
                draft = safe
        assert names(store) == set()
        if Cap.RESUME in store.caps:
            assert draft.offset >= store.part
        else:
            draft = draft._replace(offset=0, state="")
        if draft.offset:
            draft = store.recover(draft)
        done = drain(store.write(draft, [data[draft.offset:]]))
        assert done.offset == len(data)
        store.publish(done)
        assert whole(store, "a/f") == data
        assert names(store) == {"a/f"}

    def test_resume_of_nothing_says_so(self, store: Store) -> None:
        if Cap.RESUME not in store.caps:
            pytest.skip("cannot resume")
        draft = draft_for("a/f", size=4 * store.part)
        for safe in store.write(draft, [content(2 * store.part)]):
            draft = safe
        store.discard(draft)
        with pytest.raises(NotFound):
            drain(store.write(draft._replace(offset=store.part), [b"more"]))
        with pytest.raises(NotFound):
            store.recover(draft)

    def test_drafts_that_were_left_are_found(self, store: Store) -> None:
        left = drain(store.write(draft_for("a/b/f"), [content(9 << 20)]))
        put(store, "a/whole", [b"x"])
        try:
            found, = store.drafts()
        except Unsupported:
            return
        assert found.path == (left.path if Cap.ATOMIC in store.caps else left.temp)
        assert found.size == 9 << 20 and found.modified
        assert list(store.drafts("a/b")) == list(store.drafts("a")) == [found]
        assert list(store.drafts("b")) == list(store.drafts("a/b/c")) == []
        discard(store, found)
        assert list(store.drafts()) == [] and names(store) == {"a/whole"}

    # Accelerators

    def test_caps_tell_the_truth(self, store: Store) -> None:
        for cap, name in ACCELERATORS.items():
            overridden = getattr(type(store), name) is not getattr(Store, name)
            assert overridden or cap not in store.caps, f"{cap} is declared, {name} is not there"

    def test_move(self, store: Store) -> None:
        put(store, "old", [b"x"])
        if Cap.MOVE not in store.caps:
            with pytest.raises(Unsupported):
                store.move("old", "new")
            return
        put(store, "new/name", [b"in the way"])
        with pytest.raises(AlreadyExists):
            store.move("old", "new/name", replace=False)
        assert store.move("old", "new/name").size == 1
        assert store.move("new/name", "other/folder/f", replace=False).size == 1
        assert names(store) == {"other/folder/f"}
        with pytest.raises(NotFound):
            store.move("nothing", "x")

    def test_copy(self, store: Store) -> None:
        put(store, "old", [content(100_000)])
        if Cap.COPY not in store.caps:
            with pytest.raises(Unsupported):
                store.copy("old", "new")
            return
        assert store.copy("old", "a/new").size == 100_000
        assert whole(store, "a/new") == whole(store, "old") == content(100_000)
        with pytest.raises(NotFound):
            store.copy("nothing", "x")

    def test_digests(self, store: Store) -> None:
        put(store, "f", [b"abc"])
        put(store, "g\nodd ' name", [b""])
        if Cap.DIGEST not in store.caps:
            with pytest.raises(Unsupported):
                list(store.digests(["f"]))
            return
        found = {o.path: o for o in store.digests(["f", "missing", "g\nodd ' name"])}
        assert found["f"].data == hashlib.sha256(b"abc").digest()
        assert found["g\nodd ' name"].data == hashlib.sha256(b"").digest()
        assert isinstance(found["missing"].error, NotFound)

    def test_many_small_files(self, store: Store) -> None:
        files = {f"d{n % 3}/{n}": content(n * 500) for n in range(300)}
        drafts = [draft_for(path, size=len(data), modified=MOMENT) for path, data in files.items()]
        outcomes = list(store.write_many((draft, files[draft.path]) for draft in drafts))
        assert {o.path for o in outcomes} == set(files) and not any(o.error for o in outcomes)
        published = {o.path: o for o in store.publish_many(drafts)}
        assert {path: o.entry and o.entry.size for path, o in published.items()} == {
            path: len(data) for path, data in files.items()}
        entries = list(store.scan(deep=True))
        read = {o.path: o.data for o in store.read_many(entries)}
        assert read == files

    def test_many_with_troubles_among_them(self, store: Store) -> None:
        for path in ("a", "b", "grown"):
            put(store, path, [b"x"])
        listed = [*store.scan(), Entry("gone", 1)]
        put(store, "grown", [b"xy"])
        read = {o.path: o for o in store.read_many(listed)}
        assert read["a"].data == read["b"].data == b"x"
        assert isinstance(read["gone"].error, NotFound)
        assert isinstance(read["grown"].error, Busy)
        drafts = [draft_for("ok"), draft_for("a/below a file"), draft_for("b", replace=False),
                  draft_for("ok2")]
        wrote = {o.path: o for o in store.write_many((draft, b"new") for draft in drafts)}
        assert not wrote["ok"].error and not wrote["ok2"].error
        good = [draft for draft in drafts if not wrote[draft.path].error]
        published = {o.path: o for o in store.publish_many(good)}
        assert isinstance(published.get("b", wrote["b"]).error, AlreadyExists)
        assert whole(store, "b") == b"x"
        assert whole(store, "ok") == whole(store, "ok2") == b"new"

    def test_connect_before_the_first_use(self, store: Store) -> None:
        store.connect()
        put(store, "f", [b"x"])
        store.connect()
        assert whole(store, "f") == b"x"

    def test_close_twice(self, store: Store) -> None:
        store.close()
        store.close()

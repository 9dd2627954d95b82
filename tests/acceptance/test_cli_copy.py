"""haulier copy and haulier ls: places, options, names, exit statuses."""
from __future__ import annotations

import gzip
import os

ODD = ("[red]bold.txt", "new\nline", "-rf", "tab\there", "esc\x1b[31m", "åäö 日本", "q?&=#%20", "back\\slash")


def make(haulier, files: dict[str, str | bytes], folder: str = "src") -> None:
    for name, content in files.items():
        path = haulier.at / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def test_a_file_to_a_name_and_into_a_folder(haulier):
    make(haulier, {"a": "1"})
    assert "1 file done, 1 B" in haulier("copy", "src/a", "b").out
    haulier("copy", "src/a", "dst/")
    haulier("copy", "src/a", "dst/sub/c")
    (haulier.at / "there").mkdir()
    haulier("copy", "src/a", "there")
    assert (haulier.at / "b").read_text() == "1"
    assert haulier.files("dst") == {"a": b"1", "sub/c": b"1"} and haulier.files("there") == {"a": b"1"}


def test_a_folder_with_everything_in_it(haulier):
    files = {"a": "1", "sub/b": "2", ".hidden": "3", "c.tmp": "4", "sub/deep/empty": ""}
    make(haulier, files)
    found = haulier("copy", "src", "dst", "--json")
    assert {one["path"] for one in found.of("file")} == set(files)
    assert found.of("summary")[0]["done"] == 5
    assert haulier.files("dst") == haulier.files("src")
    assert "nothing moved; 5 skipped" in haulier("copy", "src", "dst", "--fail-empty", code=3).out
    haulier("copy", "src", "flat", "--no-recursive", "-q")
    assert set(haulier.files("flat")) == {"a", ".hidden", "c.tmp"}


def test_a_folder_is_not_copied_into_itself(haulier):
    make(haulier, {"a": "1", "sub/b": "2"})
    calls = [("copy", "src", target, option) for target in ("src/new", "src/sub", "src/sub/new")
             for option in ("-n", "-q")]
    for (_, _, target, _), told in zip(calls, haulier.each(*calls, code=2), strict=True):
        assert f"{target} is inside" in told.err
    haulier("copy", "src", "src/new", "--no-recursive")
    haulier("copy", "src", "src2")
    assert haulier.files("src") == {"a": b"1", "sub/b": b"2", "new/a": b"1"}
    assert haulier.files("src2") == haulier.files("src")


def test_dry_run_changes_nothing_at_all(haulier):
    make(haulier, {"a": "1", "b": "2"})
    done = haulier("copy", "src", "dst", "--dry-run")
    assert done.out.splitlines()[-1] == "2 files to move, 2 B"
    assert not (haulier.at / "dst").exists() and not (haulier.home / "state").exists()
    haulier("copy", "src/a", "dst/a")
    before = haulier("history", "--json").lines
    found = haulier("copy", "src", "dst", "-n", "--json").of("decision")
    assert {(one["path"], one["verdict"], one["reason"]) for one in found} == {
        ("a", "skip", "the target has it already"), ("b", "move", None)}
    assert haulier("history", "--json").lines == before and haulier.files("dst") == {"a": b"1"}


def test_a_source_that_is_missing_cannot_begin(haulier):
    file, folder, told, office, gopher = haulier.each(
        ("copy", "typo", "dst"), ("copy", "typo/", "dst"), ("copy", "typo", "dst", "--json"),
        ("copy", "office:x", "dst"), ("copy", "gopher://x/y", "dst"), code=2)
    assert "no such f" in file.err and "no such f" in folder.err
    assert told.of("error")[0]["kind"] == "NotFound"
    assert 'no connection is called "office"' in office.err and "no store for gopher://" in gopher.err
    assert not (haulier.at / "dst").exists()


def test_wrong_values_name_their_option_all_at_once(haulier):
    make(haulier, {"a": "1"})
    done, more, step, conflict = haulier.each(
        ("copy", "src", "dst", "--lanes", "0", "--bwlimit", "fast"),
        ("copy", "src", "dst", "--min-size", "1x", "--max-age", "x", "--include", "re:("),
        ("copy", "src", "dst", "--step", "compres"), ("copy", "src", "dst", "--conflict", "maybe"), code=2)
    assert done.err.splitlines() == ["--bwlimit: not a rate: write it like 10MB/s or 80Mbit/s",
                                     "--lanes: must be at least 1"]
    for said in ("--min-size: not a size", "--max-age: not a duration", "--include: not a regular"):
        assert said in more.err
    assert 'did you mean "compress"?' in step.err and "overwrite" in conflict.err


def test_filters(haulier):
    make(haulier, {"a.csv": "1", "b.csv": "22", "c.txt": "333", "d.txt": "4444", "old.csv": "1"})
    os.utime(haulier.at / "src/old.csv", (1e9, 1e9))

    expected = {("--include", "*.csv", "--include", "re:d.*", "--exclude", "b*"): {"a.csv", "old.csv", "d.txt"},
                ("--min-size", "2", "--max-size", "3"): {"b.csv", "c.txt"}, ("--min-age", "30d"): {"old.csv"}}
    told = haulier.each(*(("copy", "src", "dst", "-n", "--json", *options) for options in expected))
    assert [{one["path"] for one in found.of("decision") if one["verdict"] == "move"} for found in told] == [
        *expected.values()]


def test_steps_change_names_and_bytes(haulier):
    make(haulier, {"a": "text" * 100})
    haulier("copy", "src", "dst", "--step", "compress", "--check", "readback")
    assert set(haulier.files("dst")) == {"a.gz"}
    assert gzip.decompress(haulier.files("dst")["a.gz"]) == b"text" * 100


def test_conflicts(haulier):
    make(haulier, {"a": "new"})
    make(haulier, {"a": "older"}, "dst")
    assert "1 skipped" in haulier("copy", "src", "dst", "--conflict", "skip").out
    done = haulier("copy", "src", "dst", "--conflict", "fail", code=1)
    assert done.err == "failed: a: the target has a file with this name\n"
    haulier("copy", "src", "dst", "--conflict", "fail", "-n", code=1)
    assert haulier.files("dst") == {"a": b"older"}
    haulier("copy", "src", "dst")
    assert haulier.files("dst") == {"a": b"new"}


def test_delete_source_deletes_what_has_arrived(haulier):
    make(haulier, {"a": "1", "sub/b": "2"})
    (haulier.at / "dst/a/in-the-way").mkdir(parents=True)
    haulier("copy", "src", "dst", "--delete-source", code=1)
    assert haulier.files("src") == {"a": b"1"} and haulier.files("dst") == {"sub/b": b"2"}


def test_odd_names_arrive_and_are_shown_safely(haulier):
    make(haulier, dict.fromkeys(ODD, "x"))
    haulier("copy", "src", "dst", "-q")
    assert set(haulier.files("dst")) == set(ODD)
    listed, plan, entries, gone, arrived = haulier.each(
        ("ls", "src"), ("copy", "src", "other", "-n"), ("ls", "src", "--json"), ("why", "gone\x1b"),
        ("why", "new\nline"), code=(0, 0, 0, 1, 0))
    for text in (listed.out, plan.out):
        assert "[red]bold.txt" in text and "new\\nline" in text and "esc\\x1b[31m" in text
        assert "\x1b" not in text and "tab\\there" in text
    assert {one["path"] for one in entries.of("entry")} == set(ODD)
    assert "No run has ever seen gone\\x1b." in gone.out
    assert "It arrived as new\\nline" in arrived.out


def test_odd_names_that_fail_are_shown_safely(haulier):
    make(haulier, {"[red]": "x", "new\nline\x1b": "x"})
    for name in ("[red]", "new\nline\x1b"):
        (haulier.at / "dst" / name / "in-the-way").mkdir(parents=True)
    lines = sorted(haulier("copy", "src", "dst", code=1).err.splitlines())
    assert lines[0].startswith("failed: [red]: ") and lines[1].startswith("failed: new\\nline\\x1b: ")
    assert len(lines) == 2


def test_names_with_a_leading_dash_come_after_two_dashes(haulier):
    make(haulier, {"-a": "1"}, ".")
    haulier("copy", "--", "-a", "-b")
    assert (haulier.at / "-b").read_text() == "1"
    assert "-a" in haulier("ls", "--", "-a").out


def test_ls_lists_folders_and_files_of_one_level_or_all_files_or_one(haulier):
    make(haulier, {"b": "22", "a": "1", "sub/c": "333", "sub/deep/d": "4444", "other/e": ""})
    os.utime(haulier.at / "src/a", (1e9, 1e9))
    listed, told, deep, one_file, nothing = haulier.each(
        ("ls", "src"), ("ls", "src", "--json"), ("ls", "-r", "src", "--json"), ("ls", "src/a", "--json"),
        ("ls", "src/nothing"), code=(0, 0, 0, 0, 2))
    lines = listed.out.splitlines()
    assert [line.split()[-1] for line in lines] == ["other/", "sub/", "a", "b"]
    assert lines[2] == "             1  2001-09-09 01:46:40  a"
    found = told.of("entry")
    assert [(one["kind"], one["path"], one["bytes"]) for one in found] == [
        ("folder", "other", None), ("folder", "sub", None), ("file", "a", 1), ("file", "b", 2)]
    assert {one["path"] for one in deep.of("entry")} == {
        "a", "b", "sub/c", "sub/deep/d", "other/e"}
    entry, = one_file.of("entry")
    assert (entry["path"], entry["bytes"], entry["modified"]) == ("a", 1, "2001-09-09T01:46:40.000000Z")
    assert "no such file or folder" in nothing.err
    assert not (haulier.home / "state").exists()


def test_the_ledger_is_where_the_environment_says(haulier):
    make(haulier, {"a": "1"})
    haulier.environ = {"HAULIER_LEDGER": f"sqlite:///{haulier.at}/mine.db"}
    haulier("copy", "src", "dst")
    assert (haulier.at / "mine.db").exists() and not (haulier.home / "state").exists()
    assert len(haulier("history", "--json").of("run")) == 1


def test_a_ledger_that_cannot_be_opened_is_said(haulier):
    make(haulier, {"a": "1"})
    haulier.environ = {"HAULIER_LEDGER": f"sqlite:///{haulier.at}/src/a/x.db"}
    assert haulier("copy", "src", "dst", code=2).err.startswith("haulier: ledger ")
    assert not (haulier.at / "dst").exists()

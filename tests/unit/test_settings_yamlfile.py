"""Files that people edit: lines, comments, and syntax errors that tell no values."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haulier.settings.problems import Problems
from haulier.settings.yamlfile import parse, read, replace_file

WRITTEN = """\
# Everything we move.
jobs:
    # the first one
    - job_id: a   # short
      source: {type: local, path: "in"}

      tags: ['x', "y"]
    -   job_id: b
        destination:
            path: >-
                folded
                text
x-notes: &n {k: 0123}
again: *n
"""

TIDY = """\
# Everything we move.
jobs:
    # the first one
    - job_id: a   # short
      source: { type: local,  path: "in" }

      tags: [ 'x', "y" ]      # two

    - job_id: b
      destination:
        path: >-
            folded
            text
# the end
"""


def test_every_key_has_its_line() -> None:
    document = parse(WRITTEN, "jobs.yaml")
    assert document.line(("jobs",)) == 2
    assert document.line(("jobs", 0, "job_id")) == 4
    assert document.line(("jobs", 0, "source", "path")) == 5
    assert document.line(("jobs", 0, "tags", 1)) == 7
    assert document.line(("jobs", 1, "destination", "path")) == 10
    assert document.line(("jobs", 1, "destination", "missing", "deeper")) == 9
    assert document.line(("jobs", 7)) == 2
    assert document.line(()) == 1


def test_data_is_plain_python() -> None:
    data = parse(WRITTEN, "jobs.yaml").data
    assert data["jobs"][0] == {"job_id": "a", "source": {"type": "local", "path": "in"}, "tags": ["x", "y"]}
    assert data["jobs"][1]["destination"]["path"] == "folded text"
    kinds: set[type] = set()

    def walk(value: object) -> None:
        kinds.add(type(value))
        for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(one)

    walk(data)
    assert kinds == {dict, list, str, int}


def test_an_edit_changes_its_own_lines_only() -> None:
    document = parse(TIDY, "jobs.yaml")
    assert document.text() == TIDY
    document.tree["jobs"][0]["source"]["path"] = "elsewhere"
    document.tree["jobs"][1]["enabled"] = True
    before, after = TIDY.splitlines(), document.text().splitlines()
    assert [line for line in before if line not in after] == ['      source: { type: local,  path: "in" }']
    assert [line for line in after if line not in before] == [
        '      source: {type: local, path: "elsewhere"}',
        "      enabled: true",
    ]


def test_a_file_of_mixed_layout_keeps_it_until_it_is_edited() -> None:
    document = parse(WRITTEN, "jobs.yaml")
    assert document.text() == WRITTEN
    document.tree["jobs"][1]["enabled"] = True
    assert "# the first one" in document.text()


def test_an_edit_of_spaces_in_a_value_is_an_edit() -> None:
    document = parse("a: { b: 'x  y' }\nc: 1\n", "x.yaml")
    document.tree["a"]["b"] = "x y"
    assert parse(document.text(), "x.yaml").data == {"a": {"b": "x y"}, "c": 1}


@given(st.lists(st.integers(0, 3), max_size=6), st.text("ab #:'\"{\n", max_size=8))
def test_what_is_saved_is_what_was_set(path: list[int], value: str) -> None:
    document = parse(WRITTEN, "jobs.yaml")
    for number in path:
        document.tree["jobs"].append({"job_id": value, "n": number})
        document.tree["jobs"][0]["source"]["path"] = value + str(number)
    assert parse(document.text(), "jobs.yaml").data == plain(document.tree)


def plain(node: object) -> object:
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items()}
    return [plain(one) for one in node] if isinstance(node, list) else node


@pytest.mark.parametrize(
    "layout",
    [
        "jobs:\n- a: 1\n  b:\n    c: 2\n",
        "jobs:\n  - a: 1\n    b:\n      c: 2\n",
        "jobs:\n  # first\n\n  - a: 1 # why\n",
        "connections:\n    office:\n        type: sftp\n",
        "jobs: []\n",
    ],
)
def test_a_file_is_written_as_it_was_read(layout: str) -> None:
    assert parse(layout, "x.yaml").text() == layout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: hunter2\n", "x.yaml:2:1: a: this key was given before"),
        ("a: 1\nb:\n\tc: hunter2\n", "x.yaml:3:1: YAML is indented with spaces, not tabs"),
        ("a:\n  - b\n\t- c\n", "x.yaml:3:1: YAML is indented with spaces, not tabs"),
        ("a: *hunter2\n", "x.yaml:1:4: nothing is called that"),
        ("a: !hunter2 b\n", "tags are not used here"),
        ("a: 'hunter2\nb: 1\n", "x.yaml:1:4: the quotes are not closed"),
        ("a: hunter2: b\n", 'x.yaml:1:11: a ": " that does not belong here'),
        ("a: [hunter2\nb: 1\n", "a bracket that is not closed"),
        ("a: @hunter2\n", "x.yaml:1:4: a character that no plain value may begin with"),
        ("a: 1\nhunter2\n", 'a key without its ":"'),
        ("a: 1\n---\nb: 2\n", "more than one document"),
        ("a: 1\nb: hunter2\x01\n", "x.yaml:2:11: a character that no text file may hold"),
        ("a: 2026-99-99\n", "not usable"),
    ],
)
def test_a_syntax_error_is_one_clear_line(text: str, said: str) -> None:
    with pytest.raises(Problems) as caught:
        parse(text, "x.yaml")
    assert said in str(caught.value)
    assert len(caught.value.problems) == 1 and "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value) and caught.value.__cause__ is None


def test_aliases_cannot_blow_a_file_up() -> None:
    levels = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    assert len(parse(levels, "x.yaml").data) == 60


def test_json_has_lines_too() -> None:
    document = parse('{"jobs": [\n\t{"job_id":"a",\n\t "source": {"path": "in"}}\n]}', "jobs.json")
    assert document.line(("jobs", 0, "source", "path")) == 3
    document.tree["jobs"][0]["job_id"] = "b"
    assert '"job_id": "b"' in document.text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1,\n "a": 2}', "x.json: a: this key was given before"),
        ('{"a": 1,\n b: 2}', "x.json:2:2: this is not valid JSON"),
    ],
)
def test_json_errors(text: str, said: str) -> None:
    with pytest.raises(Problems, match=said):
        parse(text, "x.json")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: \xe5\n")
    with pytest.raises(Problems, match="latin:2: this file is not UTF-8 text"):
        read(tmp_path / "latin.yaml", "latin")
    with pytest.raises(Problems, match=r"none\.yaml: cannot be read: No such file"):
        read(tmp_path / "none.yaml")
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbfa: 1\r\n")
    assert read(tmp_path / "bom.yaml").data == {"a": 1}


def test_saving_replaces_whole_keeps_mode_and_the_last_version(tmp_path: Path) -> None:
    path = tmp_path / "jobs.yaml"
    path.write_text("a: 1 # one\n")
    path.chmod(0o640)
    document = read(path)
    document.tree["a"] = 2
    document.save(path)
    assert path.read_text() == "a: 2 # one\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "jobs.yaml.bak").read_text() == "a: 1 # one\n"
    replace_file(path, "a: 3\n")
    assert (tmp_path / "jobs.yaml.bak").read_text() == "a: 2 # one\n"
    assert sorted(os.listdir(tmp_path)) == ["jobs.yaml", "jobs.yaml.bak"]


@settings(max_examples=200)
@given(st.text(alphabet=st.sampled_from("ab:-#&*!|>'\"%@`{}[],? \n\t0\\~<="), max_size=40))
def test_any_text_is_a_document_or_problems(text: str) -> None:
    try:
        parse(text, "x.yaml")
    except Problems as error:
        assert all(problem.file == "x.yaml" for problem in error.problems)

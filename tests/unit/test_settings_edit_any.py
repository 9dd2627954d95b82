"""Any sequence of edits leaves files that say what was asked for, and the comments of everything else."""
from __future__ import annotations

import json
import re
import tempfile
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from haulier.settings.editing import connections, jobs, options
from haulier.settings.editing.changes import is_same
from haulier.settings.editing.nodes import tree
from haulier.settings.editing.rendering import block, flow, indented, item, pair
from haulier.settings.editing.revising import revised
from haulier.settings.problems import Problems
from haulier.settings.workspace import Workspace
from haulier.settings.yamlfile import parse

FILES = ["""\
# c0
x-shared: &s {type: local, path: /s}   # c1
jobs:
    # c2

    # c3
    - job_id: one   # c4
      # c5
      source: &in
          type: local
          path: 'in' # c6

      tags: [ a,  "b" ]  # c7
      destination: *s
      # c8

    -   job_id: two
        source: *in   # c9
        destination: {<<: *s, path: "/two"}
        processing:
            enabled: true
            steps:
            # c10
            - compress   # c11
            -   type: zip
                level: 3   # c12
        description: |
            some
              lines

    - {job_id: three, source: *in, destination: {type: local,   # c13
        path: out}}
# c14
x-more: 1   # c15
""", """\
# c0
jobs: [{job_id: one, source: {type: local, path: in}, destination: {type: local, path: out}},
  {job_id: two, tags: [a], source: {type: local, path: in}, destination: {type: local, path: out}}]   # c1
""", """\
jobs:
- &one
  job_id: one  # c0
  source: {type: local, path: in}
  destination: {type: local, path: out}
# c1
- <<: *one
  job_id: two
  check: exists
- <<: *one
  job_id: three

# c2
""", '{"jobs": [{"job_id": "one", "source": {"type": "local", "path": "in"}, "destination": {"type": "local", '
    '"path": "o"}}]}', "# c0\n", "jobs: []   # c0\n", ""]

words = st.text("abc: #-'\"{}[],&*!|>%@`é\n\t0.${", min_size=1, max_size=8).filter(lambda text: "${" not in text)
paths = st.text("ab /.#:'é", min_size=1, max_size=6).map(lambda text: f"/{text}")
names = st.sampled_from(["one", "two", "three", "four", "a b", "5", "yes", "#x", "ö:", "'q'", "- d"])
places = st.fixed_dictionaries({"type": st.just("local"), "path": paths})
blocks: dict[str, st.SearchStrategy[Any]] = {
    "enabled": st.booleans(), "description": words | st.none(), "tags": st.lists(words, max_size=3),
    "schedule": st.sampled_from(["0 2 * * *", "daily at 02:00", {"every": "15m"},
                                 {"cron": "@daily", "overlap": "skip"}]),
    "processing": st.fixed_dictionaries({"enabled": st.booleans(), "steps": st.lists(st.sampled_from(
        ["compress", "zip", {"zip": {"level": 3}}, {"type": "zip", "level": 2}, {"compress": {"level": 1}}]),
        max_size=4)}),
    "filters": st.fixed_dictionaries({}, optional={
        "exclude": st.lists(st.sampled_from(["*.tmp", "a#b", "re:.*"]), min_size=1), "min_size": st.sampled_from(
            [0, 10, "1MB"]), "hidden": st.booleans(), "temp_suffixes": st.lists(words, max_size=2)}),
    "settle": st.sampled_from(["keep", "delete", {"action": "archive", "retention_days": 90}, {"action": "keep"}]),
    "check": st.sampled_from(["exists", "size"]), "limits": st.fixed_dictionaries({"lanes": st.integers(1, 9)}),
}
forms = st.fixed_dictionaries({"job_id": names, "source": places, "destination": places}, optional=blocks)
LIGHT = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
"""Without the phase that looks at every line that runs."""
COMMENT = re.compile(r"# c\d+\b")


class Editor:
    """A workspace with one file, and what it should say."""

    def __init__(self, home: Path, text: str) -> None:
        self.name = "configs/jobs.json" if text.startswith("{") else "configs/jobs.yaml"
        (home / "configs").mkdir()
        (home / self.name).write_text(text)
        self.workspace = Workspace(home, {})
        self.forms = {job.id: jobs.shown(self.workspace, job.id).form for job in self.workspace.loaded.jobs}

    @property
    def text(self) -> str:
        return (self.workspace.path / self.name).read_text()

    def put(self, old: str | None, form: Any, *, as_text: bool) -> None:
        if form["job_id"] != old and form["job_id"] in self.forms:
            return
        given: Any = {"form": form}
        if as_text:
            checked = jobs.check(self.workspace, form=form, id=old)
            assert checked.problems == () and is_same(checked.form, form)
            given = {"yaml": checked.yaml}
        if old is None:
            jobs.add(self.workspace, **given)
            self.forms[form["job_id"]] = form
        else:
            jobs.replace(self.workspace, old, version=jobs.shown(self.workspace, old).version, **given)
            self.forms = {form["job_id"] if id == old else id: form if id == old else one
                          for id, one in self.forms.items()}

    def remove(self, id: str) -> None:
        jobs.remove(self.workspace, id, jobs.shown(self.workspace, id).version)
        del self.forms[id]

    def enable(self, id: str, enabled: bool) -> None:
        jobs.set_enabled(self.workspace, id, enabled)
        if self.forms[id].get("enabled", True) is not enabled:
            self.forms[id] = {**self.forms[id], "enabled": enabled}

    def own_comments(self, id: str) -> set[str]:
        return set(COMMENT.findall(jobs.shown(self.workspace, id).yaml))

    def is_right(self) -> None:
        loaded = self.workspace.again().loaded
        assert not loaded.problems and [job.id for job in loaded.jobs] == [*self.forms]
        for id, form in self.forms.items():
            found = jobs.shown(self.workspace, id)
            assert is_same(found.form, form), (found.form, form)
            checked = jobs.check(self.workspace, yaml=found.yaml, id=id)
            assert checked.problems == () and is_same(checked.form, form) and checked.yaml == found.yaml


@settings(max_examples=80, deadline=None, phases=LIGHT)
@given(st.data())
def test_any_sequence_of_edits(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        editor = Editor(Path(folder), data.draw(st.sampled_from(FILES)))
        for _ in range(data.draw(st.integers(1, 6))):
            text, id = editor.text, data.draw(st.sampled_from([*editor.forms, None]))
            own = editor.own_comments(id) if id else set()
            kind = data.draw(st.sampled_from(["put", "put", "change", "remove", "enable"])) if id else "put"
            if kind == "remove":
                editor.remove(id)
            elif kind == "enable":
                editor.enable(id, data.draw(st.booleans()))
            else:
                form = data.draw(forms)
                if kind == "change":        # some keys only, of what is there
                    form = {**editor.forms[id], **{key: form[key] for key in data.draw(st.sets(
                        st.sampled_from([*form]), max_size=2))}}
                editor.put(id, form, as_text=data.draw(st.booleans()))
            editor.is_right()
            assert set(COMMENT.findall(text)) - own <= set(COMMENT.findall(editor.text))


# Whatever is given

texts = st.text(max_size=9) | words | st.sampled_from(["${X}", "sealed:x", "file:x", "••••••", "plain:", "local",
                                                       "sftp", "a"])
anything = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | texts, lambda inner: st.lists(
    inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6)
places_of_any = st.fixed_dictionaries({}, optional={
    "type": anything, "path": anything, "connection": st.dictionaries(st.sampled_from(
        ["host", "password", "pasword", "port", "token"]), anything) | anything})
forms_of_any = st.fixed_dictionaries({}, optional={
    "job_id": texts | anything, "source": places_of_any, "destination": places_of_any,
    "processing": st.fixed_dictionaries({"steps": st.lists(st.dictionaries(st.sampled_from(
        ["type", "gpg_encrypt", "passphrase"]), anything), max_size=2) | anything}),
    "schedule": anything, "filters": anything, "settle": anything, "x": anything}) | anything


@settings(max_examples=150, deadline=None, phases=LIGHT)
@given(st.one_of(forms_of_any), st.none() | st.sampled_from(["one", "two"]), st.data())
def test_whatever_is_given_has_mistakes_or_none_and_raises_nothing(form: Any, id: str | None,
                                                                  data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Editor(Path(folder), FILES[0]).workspace
        yaml = data.draw(st.none() | st.text(alphabet=st.sampled_from("ab:-#&*!|>'\"{}[],? \n\t0<•")))
        if form is None and yaml is None:
            return
        found = jobs.check(workspace, form=form, yaml=yaml, id=id)
        json.dumps(found.form, allow_nan=False)
        assert found.problems or jobs.check(workspace, yaml=found.yaml, id=id).problems == ()
        if yaml is not None:
            jobs.check(workspace, yaml=yaml, id=id)
        if form is not None:
            connections.check(workspace, form=form)
        with suppress(Problems):
            options.check(workspace, form if isinstance(form, dict) else {"limits": form, "timezone": form})


# The parts

leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9) | words | (
    st.sampled_from(["yes", "1e5", "0x1f", "1_000", "2026-01-01", "1:30", "=", "<<", "~", "null", "12e3", "0o7",
                     ".5", "+1", "_1", "a\nb", "a\n", "\na",
                      "a\n\n", " a\nb", "a \nb", "#", "a: b", "- a", "\x85", "\u2028"]))
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
    st.text(max_size=5) | words, inner, max_size=4), max_leaves=12)


@settings(max_examples=400, deadline=None, phases=LIGHT)
@given(values)
def test_any_value_is_written_so_that_it_is_read_again(value: Any) -> None:
    assert is_same(parse(f"a: {flow(value)}\n", "x.yaml").data["a"], value)
    lines = ["x: 1", *pair("a", value), "b:", *indented(item(value)), "c:", *indented(block({"d": value})), "y: 1", ""]
    assert is_same(parse("\n".join(lines), "x.yaml").data,
                   {"x": 1, "a": value, "b": [value], "c": {"d": value}, "y": 1})


@settings(max_examples=400, deadline=None, phases=LIGHT)
@given(st.text(alphabet=st.sampled_from("ab:-#&*!|>'\"{}[],? \n\t0<"), max_size=40))
def test_the_spans_of_any_text_are_in_it_and_in_order(text: str) -> None:
    try:
        parse(text, "x.yaml")
    except Exception:
        return
    root = tree(text)
    for node in root.all() if root else ():
        assert 0 <= node.start <= node.content <= node.end <= len(text)
        children = [one for pair in node.pairs for one in pair] + node.items
        assert all(one.end <= other.start for one, other in pairwise(children))


DOCUMENT = """\
# c0
a: {b: 1, c: [x,   'y']}   # c1
d:   # c2
  # c3
  - e   # c4
  - f: 1
    g: "two"  # c5
  -
h: |
  lines
i:
j: &j {k: 1}
l: *j
m:
  <<: *j   # c6
  n: 2
# c7
"""


def unshared(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: unshared(one) for key, one in value.items()}
    return [unshared(one) for one in value] if isinstance(value, list) else value


def ways(value: Any, where: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(*where, key) for key, _ in inside] + [way for key, one in inside for way in ways(one, (*where, key))]


@settings(max_examples=250, deadline=None, phases=LIGHT)
@given(st.data())
def test_any_change_of_a_value_is_made_and_touches_no_comment_elsewhere(data: st.DataObject) -> None:
    def read(text: str) -> Any:
        return parse(text, "x.yaml").data

    new = unshared(read(DOCUMENT))
    *way, last = data.draw(st.sampled_from(ways(new)))
    at = new
    for piece in way:
        at = at[piece]
    kind = data.draw(st.sampled_from(["set", "remove", "add"]))
    if kind == "remove":
        del at[last]
    elif kind == "set":
        at[last] = data.draw(values)
    elif isinstance(at, list):
        at.insert(last, data.draw(values))
    else:
        at["new"] = data.draw(values)
    after = revised(DOCUMENT, new, read)
    assert is_same(read(after), new)
    lost = set(COMMENT.findall(DOCUMENT)) - set(COMMENT.findall(after))
    assert lost <= {"a": {"# c1"}, "d": {"# c2", "# c3", "# c4", "# c5"}, "m": {"# c6"}, "j": {"# c6"}}.get(
        [*way, last][0], set())

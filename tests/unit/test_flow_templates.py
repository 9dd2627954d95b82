"""`${…}` and conditions: what they refer to, and that nothing else can be reached."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haulier.core.expression import parsed
from haulier.core.template import filled, filled_text, references
from haulier.model.errors import Invalid

SCOPE: dict[str, Any] = {
    "params": {"date": "2026-11-30", "count": 3, "names": ["a", "b"], "host": {"name": "x", "port": 22}, "on": True},
    "tasks": {"fetch": {"state": "done", "outputs": {"path": "/tmp/x", "rows": [{"n": 5}]}},
              "get-data": {"state": "failed", "outputs": {}},
              "a.b": {"state": "skipped", "outputs": {"v": None}}},
    "run": {"id": 7, "flow": "nightly", "date": "2026-11-30"},
    "item": {"path": "in/a.csv"}, "index": 2}


@pytest.mark.parametrize(("text", "value"), [
    ("${params.count}", 3), ("${count}", 3), ("${names}", ["a", "b"]), ("${params.names[1]}", "b"),
    ("${names[-1]}", "b"), ("--n=${count}", "--n=3"), ("${names}!", '["a", "b"]!'), ("${params.host.port}", 22),
    ('${params["host"].name}', "x"),
    ("${on}/${date}", "true/2026-11-30"), ("${tasks.fetch.outputs.path}", "/tmp/x"),
    ("${tasks.fetch.outputs.rows[0].n}", 5), ("${tasks.get-data.state}", "failed"), ("${tasks.a.b.state}", "skipped"),
    ("${tasks.a.b.outputs.v}", None), ('${tasks["a.b"].state}', "skipped"), ("${item.path}", "in/a.csv"),
    ("${item}", {"path": "in/a.csv"}), ("${index}", 2), ("${ run.id }", 7),
    ("${HOME}", "${HOME}"), ("$(date)", "$(date)"), ("$HOME {date} ${", "$HOME {date} ${"), ("${a b}", "${a b}"),
    ("$${date}", "${date}"), ("$${params.no}", "${params.no}"), ("${unknown.thing}", "${unknown.thing}"), ("", ""),
    ({"a": ["${count}", {"b": "${date}"}], "c": 1.5}, {"a": [3, {"b": "2026-11-30"}], "c": 1.5}),
])
def test_references_are_replaced_and_keep_their_type(text: Any, value: Any) -> None:
    found = filled(text, SCOPE)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(("text", "said"), [
    ("${params.dat}", r'\$\{params.dat\}: no parameter called "dat" was given; did you mean "date"\?'),
    ("x ${tasks.fetsh.state}", r'\$\{tasks.fetsh.state\}: no task is called "fetsh"; did you mean "fetch"\?'),
    ("${tasks.fetch.outputs.pth}", '"pth" is not in tasks.fetch.outputs; did you mean "path"?'),
    ("${tasks.fetch.outputs.rows[3]}", r"tasks.fetch.outputs.rows has no item \[3\], it has 1"),
    ("${params.date.x}", "params.date is text: there is no x in it"),
    ("${names.x}", "params.names is a list"),
    (["ok", {"a": "${run.nr}"}], '"nr" is not in run; known: date, flow, id'),
])
def test_what_refers_to_nothing_is_a_mistake(text: Any, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        filled(text, SCOPE)


def test_a_parameter_that_was_not_given() -> None:
    with pytest.raises(Invalid, match='"day" was not given, nor was any'):
        filled("${day}", {"params": {}}, declared=["day"])
    assert filled("${day}", {"params": {}}) == "${day}"


def test_an_item_is_there_only_with_foreach() -> None:
    with pytest.raises(Invalid, match="the task has no foreach"):
        filled("${item}", {"params": {}})


def test_what_is_filled_in_is_not_read_again() -> None:
    scope = {"params": {"a": "${params.b}", "b": "secret"}}
    assert filled("${a}-${params.a}", scope) == "${params.b}-${params.b}"


def test_texts_with_secrets_keep_their_own_references() -> None:
    text = filled_text("$${x} ${TOKEN} ${date}", SCOPE, (), str.upper)
    assert text == "$${x} ${TOKEN} 2026-11-30"


def test_references_are_found_with_their_place() -> None:
    found = {(where, one.pieces) for where, one in references({"a": ["${x.y}", "$${z} ${tasks.a.b.state}"], "b": 1})}
    assert found == {(("a", 0), ("x", "y")), (("a", 1), ("tasks", "a.b", "state"))}


@pytest.mark.parametrize(("text", "value"), [
    ('tasks.get-data.state == "failed" and params.count > 2', True), ('tasks.a.b.state in ["done", "skipped"]', True),
    ('tasks["get-data"].state != "failed"', False), ("tasks.fetch.outputs.rows[0].n >= 5", True),
    ("len(params.names) == 2", True), ("not params.on or false", False), ('"a" in params.names', True),
    ('"c" not in params.names', True), ('"port" in params.host', True), ("1 < params.count < 3", False),
    ("params.count in (1, 2, 3)", True), ("params.names[params.count] == 1 and false or true", None),
    ("-1 < params.count", True), ("(params.on)", True), ('"x" == params.host["name"]', True), ("null == none", True),
    ("params.on and\n  params.count", True), ("1 == 1.0", True), ('item.path == "in/a.csv" and index == 2', True),
    ("false and params.missing", False), ('params.names[params["count"]] == 1', None), ('params.count == "3"', False),
])
def test_conditions(text: str, value: bool | None) -> None:
    if value is None:
        with pytest.raises(Invalid, match=r"has no item \[3\], it has 2"):
            parsed(text).holds(SCOPE)
    else:
        assert parsed(text).holds(SCOPE) is value


@pytest.mark.parametrize(("text", "said"), [
    ("params.count = 1", r"column \d+: this is no condition; compare with =="),
    ("params.on && true", "column 12: this is no condition; and, or, not are written as words"),
    ("", "an empty condition"), ("params.on ==", "column 12: this is no condition"),
    ("count == 1", 'column 1: nothing is called "count"; a parameter is written params.count'),
    ('tasks.fetch.state == "faild"', 'column 22: no task ends as \'faild\'; did you mean "failed"?'),
    ('params.x == "é" and y', "column 21: nothing is called"),
    ("${params.on}", "column 1: in a condition names stand by themselves"),
    ("params.count + 1 > 2", "do not calculate"), ("true if params.on else false", "no if"),
    ("params.on is true", "compare with =="), ("params.names[0:1]", "column 14: one index"),
    ('params.date.upper() == "X"', r"only len\(…\) can be called"), ("__import__('os')", r"only len\(…\)"),
    ("[x for x in params.names]", "has no place"), ("(lambda: 1)()", "only len"), ('f"{params}"', "no f-strings"),
    ("b'x' == 1", "has no place"), ("(" * 500 + "1" + ")" * 500, "this is no condition"), ("1" * 3000, "longer than"),
    ("not " * 200 + "true", "too deep"), ("~1 == 2", "has no place"), ("len(params.names, 1)", "only len"),
])
def test_conditions_that_make_no_sense(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        parsed(text)


@pytest.mark.parametrize(("text", "said"), [
    ('params.count < "a"', "a number cannot be compared with text"), ("len(params.count)", "a number has no length"),
    ("1 in params.date", "a number cannot be compared with text"), ("params.cont == 1", 'did you mean "count"?'),
    ("params.count.__class__ == 1", "params.count is a number: there is no __class__ in it"),
    ("params.names.append == 1", "params.names is a list"),
    ("params.keys == 1", 'no parameter called "keys" was given'),
])
def test_conditions_that_cannot_be_answered(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said.replace("?", r"\?")):
        parsed(text).holds(SCOPE)


def test_a_condition_says_what_it_asks_for() -> None:
    found = parsed('tasks.a.b.state == "done" and params.x in item.y').references
    assert [one.pieces for one in found] == [("tasks", "a.b", "state"), ("params", "x"), ("item", "y")]


@settings(max_examples=150, deadline=None)
@given(st.text("tasks.param()[]'\"=<>!andor not123,-+*{}:@~%^&|`$#\n\t;\\é\0", max_size=40))
def test_no_text_does_more_than_to_be_refused(text: str) -> None:
    try:
        parsed(text).holds(SCOPE)
    except Invalid:
        pass

"""The JSON Schema of a flow's file: what editors and forms go by is what is taken."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema_rs
import pytest

from haulier.settings.schema import of_flows

pytestmark = pytest.mark.usefixtures("task_types")

GOOD: dict[str, Any] = {
    "name": "x", "version": 2, "retry": 3, "keep_tmp": True, "schedule": "daily at 02:00", "x-any": 1, "timeout": "2h",
    "params": {"a": 1, "b": {"type": "date", "required": True}, "c": None},
    "tasks": [{"id": "a", "script": "x.py", "depends_on": "w", "when": True, "foreach": "${x}", "args": ["--a", 1]},
              {"id": "w", "type": "wait", "for": "1m", "retry": {"tries": 2}, "foreach": {"connection": "o"}},
              {"id": "f", "type": "flow", "flow": "x", "foreach": [1]}, {"id": "t", "type": "transfer", "source": {}}],
    "on_failure": [{"id": "h", "type": "script", "script": "x.py"}]}


@cache
def checker() -> Any:
    """Made once: with the types of tasks of these tests."""
    return jsonschema_rs.Draft202012Validator(of_flows())


def test_what_is_right_is_right() -> None:
    schema = of_flows()
    jsonschema_rs.meta.validate(schema)
    assert [error.message for error in checker().iter_errors(GOOD)] == []
    assert "description" in schema["$defs"]["task.script"]["properties"]["depends_on"]


@pytest.mark.parametrize("change", [
    {"tasks": []}, {"tasks": None}, {"taks": []}, {"concurrency": 0}, {"overlap": "pile"}, {"retry": "x"},
    {"tasks": [{"id": "a"}]}, {"tasks": [{"script": "x"}]}, {"tasks": [{"id": "a", "script": "x", "typo": 1}]},
    {"tasks": [{"id": "a", "type": "none"}]}, {"tasks": [{"id": "a b", "script": "x"}]},
    {"params": {"a": {"typ": "date"}}}, {"tasks": [{"id": "a", "script": "x", "foreach": "many"}]},
], ids=json.dumps)
def test_what_is_wrong_is_wrong(change: dict[str, Any]) -> None:
    assert not checker().is_valid({**GOOD, **change})

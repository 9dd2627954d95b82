"""JSON Schema of what may be written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import SecretStr

from haulier.settings import registry, schema
from haulier.settings.spec import StoreSpec


class Depot(StoreSpec):
    """Shown as this. Not this."""

    host: str
    """Name of the host."""
    password: SecretStr | None = None
    """Its password."""


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for value in node.values() for ref in references(value)]
    return [ref for value in node for ref in references(value)] if isinstance(node, list) else []


def test_one_spec_is_a_form() -> None:
    found = schema.of_spec(Depot, "depot")
    assert found["title"] == "Shown as this. Not this"
    assert found["required"] == ["type", "host"] and found["additionalProperties"] is False
    assert found["properties"]["type"] == {"const": "depot"}
    assert found["properties"]["host"]["description"] == "Name of the host."


def test_secrets_are_marked() -> None:
    password = schema.of_spec(Depot)["properties"]["password"]
    assert password["writeOnly"] is True and password["format"] == "password"


@pytest.mark.parametrize("group", ["stores", "steps"])
def test_every_installed_plugin_has_one(group: str) -> None:
    found = schema.of_group(group)
    assert found and all(one["title"] for one in found.values())
    for name, one in found.items():
        assert one["properties"]["type"] == {"const": name}
        for key, field in one["properties"].items():
            assert key == "type" or field.get("description"), f"{group} {name}: {key} has no help"


def test_jobs_are_one_schema_with_every_reference_inside() -> None:
    whole = schema.of_jobs()
    json.dumps(whole)
    for ref in references(whole):
        assert ref.removeprefix("#/$defs/") in whole["$defs"], ref
    job = whole["$defs"]["Job"]
    assert job["required"] == ["job_id", "source", "destination"]
    shapes = job["properties"]["source"]["oneOf"]
    assert {shape["title"] for shape in shapes} == {*schema.of_group("stores"), "a connection by name"}
    assert "file_pattern" in shapes[0]["properties"]
    for key, field in job["properties"].items():
        assert field.get("description") or "oneOf" in field or "anyOf" in field, key


def test_a_broken_plugin_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    own = {**registry._own("stores"), "gone": EntryPoint("gone", "no_such_module:X", "haulier.stores")}
    monkeypatch.setattr(registry, "_own", lambda group: own if group == "stores" else {})
    assert "gone" in registry.stores() and "gone" not in schema.of_group("stores")

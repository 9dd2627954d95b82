"""The form of every kind of place and step: what is typed in is what is written, and what is written is shown."""
from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from ruamel.yaml import YAML

from haulier.settings import schema
from web.conftest import Open
from web.hub import same_in_the_end

STORES = schema.of_group("stores")
STEPS = schema.of_group("steps")
TYPED = {"duration": "90s", "size": "8MiB", "rate": "10MB/s", "path": "/srv/some/where"}
OWN = {"host_key": "SHA256:" + "A" * 43, "template": "{stem}_{date}{ext}", "format": "%Y", "storage_class": "GLACIER", "endpoint_url": "https://s3.example.com",
       "zone": "Europe/Stockholm", "prefix": "new_", "suffix": "_old"}


def flat(field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """The one shape of a field besides nothing."""
    if "$ref" in field:
        return {**definitions[field["$ref"].rsplit("/", 1)[1]], **{key: value for key, value in field.items() if key != "$ref"}}
    shapes = [one for one in field.get("anyOf", ()) if one.get("type") != "null"]
    return {**flat(shapes[0], definitions), **field} if len(shapes) == 1 else field


def sample(key: str, field: dict[str, Any]) -> Any:
    """A value that the field takes and that is not its default."""
    kinds = [field["type"]] if isinstance(field.get("type"), str) else field.get("type", [])
    if field.get("writeOnly"):
        return "${SOME_SECRET}"
    if "enum" in field:
        return next(one for one in reversed(field["enum"]) if one != field.get("default"))
    if key in OWN:
        return OWN[key]
    if field.get("format") in TYPED:
        return TYPED[field["format"]]
    if "boolean" in kinds:
        return not field.get("default")
    if "integer" in kinds or "number" in kinds:
        least = int(field.get("minimum", field.get("exclusiveMinimum", 0))) + 1
        return next(one for one in (least, least + 1) if one != field.get("default"))
    if "array" in kinds:
        return ["one", "two"]
    if "object" in kinds:
        return {"NAME": "value"}
    return "something"


def fill(scope: Locator, id: str, value: Any) -> None:
    """Type it into the field of that name."""
    field = scope.locator(f'[id="{id}"], [id="{id}-{value}"]').first
    if not field.is_visible():
        scope.locator("details:not([open]) > summary").first.click()
    tag = field.evaluate("(one) => one.tagName + ':' + one.type")
    if tag == "INPUT:checkbox":
        field.set_checked(value)
    elif tag == "INPUT:radio":
        field.check()
    elif tag.startswith("SELECT"):
        field.select_option(str(value))
    else:
        lines = value if isinstance(value, list) else [f"{key}={one}" for key, one in value.items()] if isinstance(value, dict) else [str(value)]
        field.fill("\n".join(lines))
        field.blur()


def written(page: Page, label: str) -> Any:
    return YAML(typ="safe").load(page.get_by_label(label).input_value())


def values(one: dict[str, Any]) -> dict[str, Any]:
    definitions = one.get("$defs", {})
    found = {key: sample(key, flat(field, definitions)) for key, field in one["properties"].items() if "const" not in field}
    found.pop("preset", None)
    return found


def shown_in_form(scope: Locator, id: str, value: Any) -> None:
    if isinstance(value, bool):
        field = scope.locator(f'[id="{id}"]')
        expect(field).to_be_checked(checked=value)
    elif scope.locator(f'[id="{id}"]').count():
        text = "\n".join(value) if isinstance(value, list) else "\n".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
        expect(scope.locator(f'[id="{id}"]')).to_have_value(text)
    else:
        expect(scope.locator(f'[id="{id}-{value}"]')).to_be_checked()


@pytest.mark.parametrize("kind", STORES)
def test_a_store_as_a_connection(opened: Open, kind: str) -> None:
    page = opened("/ui/new-connection")
    form = page.get_by_role("form", name="Connection")
    form.get_by_label("Kind").select_option(kind)
    wanted = values(STORES[kind])
    for key, value in wanted.items():
        fill(form, key, value)
    text = page.get_by_label("Connection as YAML")
    same_in_the_end(lambda: written(page, "Connection as YAML"), {"type": kind, **wanted})
    text.fill(text.input_value())
    for key, value in wanted.items():
        shown_in_form(form, key, value)


@pytest.mark.parametrize("name", STEPS)
def test_a_step_of_a_job(opened: Open, name: str) -> None:
    page = opened("/ui/jobs/reports/edit")
    steps = page.get_by_role("region", name="Steps", exact=True)
    steps.get_by_role("button", name="Add step").click()
    page.get_by_role("button", name=STEPS[name]["title"], exact=True).click()
    wanted = values(STEPS[name])
    for key, value in wanted.items():
        fill(steps, f"processing.steps[0].{key}", value)
    whole = {"enabled": True, "steps": [{"type": name, **wanted} if wanted else name]}
    same_in_the_end(lambda: (written(page, "Job as YAML") or {}).get("processing"), whole)
    for key, value in wanted.items():
        shown_in_form(steps, f"processing.steps[0].{key}", value)


def test_a_known_service_fills_in_the_rest(opened: Open) -> None:
    page = opened("/ui/new-connection")
    page.get_by_label("Kind").select_option("s3")
    page.get_by_label("Provider").select_option("spaces-ams3")
    expect(page.get_by_label("Endpoint")).to_have_attribute("placeholder", "https://ams3.digitaloceanspaces.com")
    expect(page.get_by_label("Connection as YAML")).to_have_value(re.compile("preset: spaces-ams3"))
    assert "digitalocean" not in page.get_by_label("Connection as YAML").input_value()


def test_a_secret_is_sealed_and_can_only_be_replaced(hub: Any, opened: Open) -> None:
    page = opened("/ui/new-connection")
    page.get_by_label("Name", exact=True).fill("sealed-place")
    page.get_by_label("Host", exact=True).fill("files.example.com")
    page.get_by_label("Password optional").fill("very secret")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile("/ui/connections/sealed-place"))
    field = page.get_by_label("Password optional")
    expect(field).to_have_value("sealed")
    assert "very secret" not in page.content() + (hub.home / "haulier.yaml").read_text()
    page.get_by_role("button", name="Replace Password").click()
    expect(field).to_have_value("")
    page.get_by_role("button", name="Keep the old one").click()
    expect(field).to_have_value("sealed")
    page.get_by_label("Host", exact=True).fill("other.example.com")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("sealed-place saved").last).to_be_visible()
    assert "other.example.com" in (hub.home / "haulier.yaml").read_text() and "sealed:" in (hub.home / "haulier.yaml").read_text()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete connection").click()
    expect(page).to_have_url(re.compile("/ui/connections$"))


def test_every_key_of_a_job_has_a_field(opened: Open) -> None:
    page = opened("/ui/jobs/reports/edit")
    form = page.get_by_role("form", name="Job")
    expect(form).to_be_visible()
    older = {"verification", "backup"}      # read, and written anew as check and settle
    for key in schema.of_jobs()["$defs"]["Job"]["properties"].keys() - older - {"enabled", "processing"}:
        names = form.locator(f'[id="{key}"], [id^="{key}."], [id^="{key}-"], [name="{key}"], [name^="{key}."]')
        assert names.count(), key

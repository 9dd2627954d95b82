"""Jobs that take files in, made and changed in the browser: by hand and by suggestion, tried before they are run."""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from haulier.settings import schema
from web.conftest import Heard, Open
from web.hub import Hub, put, same_in_the_end, until
from web.test_forms import flat, sample, written
from web.test_jobs import forget, section, yaml_of
from web.test_pages import findings

ROWS = "order;customer;amount;day\n1001;Åsa & Co;1200,50;2026-11-20\n1002;Berg AB;89,00;2026-11-20\n1003;Cederlund;14O,00;2026-11-21\n"
JOB = """\

  - job_id: shop-in   # of the web shop
    source: { type: local, path: shop, file_pattern: "*.csv" }
    complete: { settle_seconds: 0 }
    import:
      parser: { type: csv, delimiter: ";" }   # as the shop writes it
      schema:
        order: integer required
        amount: { type: decimal, decimal: "," }
      sink: { type: file, place: out, name: "{stem}.jsonl" }
"""
PLACES = {"parsers": ("import.parser", "Format", "Format"), "sinks": ("import.sink", "Destination", "Rows go to"),
          "items": ("import.reconcile.items", "Destination", "Open items from")}


@pytest.fixture
def shop(hub: Hub) -> Iterator[str]:
    """A file of a shop, and a job that takes it in."""
    (hub.home / "shop").mkdir(exist_ok=True)
    (hub.home / "shop" / "orders.csv").write_text(ROWS)
    jobs = hub.home / "configs" / "jobs.yaml"
    before = jobs.read_text()
    put(jobs, before.rstrip("\n") + JOB)
    until(lambda: hub.client().get("/jobs/shop-in").status_code == 200)
    yield "shop-in"
    put(jobs, before)
    until(lambda: hub.client().get("/jobs/shop-in").status_code == 404)


def wanted(field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A value for every field of these settings, also of those inside."""
    return {key: worth(key, flat(one, definitions), definitions) for key, one in field["properties"].items() if "const" not in one}


def worth(key: str, field: dict[str, Any], definitions: dict[str, Any]) -> Any:
    items = flat(field.get("items", {}), definitions)
    if "properties" in field or "properties" in items:
        return [wanted(items, definitions)] if "properties" in items else wanted(field, definitions)
    return {"NAME": "${SOME_SECRET}"} if field.get("writeOnly") and field.get("type") == "object" else sample(key, field)


TYPE = """async ([id, value]) => {
  const field = document.getElementById(id) ?? document.getElementById(`${id}-${value}`);
  if (!field) throw new Error(`no field ${id}`);
  const lines = Array.isArray(value) ? value : typeof value === "object" ? Object.entries(value).map((pair) => pair.join("=")) : [String(value)];
  if (field.type === "checkbox") { if (field.checked !== value) field.click(); }
  else if (field.type === "radio") field.click();
  else {
    field.value = lines.join("\\n");
    for (const kind of ["input", "change", "focusout"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
  }
  await new Promise((done) => setTimeout(done));
}"""
"""A value into a field, as typing has it, whether it is folded away or not: there are many."""


SHOWN = """(all) => all.filter(([id, value]) => {
  const field = document.getElementById(id) ?? document.getElementById(`${id}-${value}`);
  const text = Array.isArray(value) ? value.join("\\n") : typeof value === "object" ? Object.entries(value).map((pair) => pair.join("=")).join("\\n")
    : String(value);
  return field.type === "checkbox" ? field.checked !== value : field.type === "radio" ? !field.checked : field.value !== text;
})"""
"""The fields that do not show what they should."""
MISSING = """(keys) => keys.filter((key) => !document.querySelector(
  `form :is([id="${key}"], [id^="${key}."], [id^="${key}-"], [name="${key}"], [name^="${key}."])`))"""
"""Keys without a field."""


def fill_in(scope: Locator, id: str, value: Any, field: dict[str, Any], definitions: dict[str, Any]) -> None:
    for key, one in value.items():
        inner = flat(field["properties"][key], definitions)
        items = flat(inner.get("items", {}), definitions)
        if "properties" in inner:
            fill_in(scope, f"{id}.{key}", one, inner, definitions)
        elif "properties" in items:
            group = scope.get_by_role("group", name=re.compile(f"^{key}", re.IGNORECASE)).first
            group.get_by_role("button", name=re.compile("^Add ")).last.click()
            fill_in(group, f"{id}.{key}[0]", one[0], items, definitions)
        else:
            scope.page.evaluate(TYPE, [f"{id}.{key}", one])


def leaves(id: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What stands in single fields."""
    for key, one in value.items():
        if isinstance(one, list) and isinstance(one[0], dict):
            yield from leaves(f"{id}.{key}[0]", one[0])
        elif isinstance(one, dict) and "NAME" not in one:
            yield from leaves(f"{id}.{key}", one)
        else:
            yield f"{id}.{key}", one


@pytest.mark.parametrize("group", PLACES)
def test_everything_that_can_be_set_is_written_and_shown(opened: Open, group: str) -> None:
    page = opened("/ui/new-job?kind=import")
    id, region, label = PLACES[group]
    if group == "items":
        page.get_by_role("radio", name="They are matched as payments").check()
    scope = section(page, region)

    def now() -> Any:
        found = written(page, "Job as YAML") or {}
        for key in id.split("."):
            found = found.get(key) or {}
        return found

    for kind, spec in schema.of_group(group).items():
        definitions = spec.get("$defs", {})
        scope.get_by_label(label, exact=True).select_option(kind)
        value = wanted(spec, definitions)
        fill_in(scope, id, value, spec, definitions)
        whole = {"type": kind, **value} if value else kind
        same_in_the_end(now, whole)
        assert page.evaluate(SHOWN, [*leaves(id, value)]) == []


def test_every_key_of_an_import_has_a_field(opened: Open) -> None:
    page = opened("/ui/new-job?kind=import")
    expect(page.get_by_role("form", name="Job")).to_be_visible()
    definitions = schema.of_jobs()["$defs"]
    job = definitions["ImportJob"]["properties"]
    elsewhere = {"enabled", "processing", "import", "schedule", "timezone"}     # in the heading, or when there is a schedule
    inside = [f"import.{key}" for key in job["import"]["properties"].keys() - {"reconcile", "schema"}]
    assert page.evaluate(MISSING, [*(job.keys() - elsewhere), *inside]) == []
    page.get_by_role("radio", name="They are matched as payments").check()
    assert page.evaluate(MISSING, [f"import.reconcile.{key}" for key in definitions["MatchForm"]["properties"]]) == []


def test_an_import_is_suggested_tried_and_run(shop: str, hub: Hub, opened: Open, heard: Heard) -> None:
    heard.expected.append("422")
    page = opened("/ui/jobs")
    page.get_by_role("link", name="New job").click()
    page.get_by_role("radio", name="Import").check()
    section(page, "Job").get_by_label("Name", exact=True).fill("web-orders")
    source = section(page, "Source")
    source.get_by_label("Connection", exact=True).select_option(label="Folder on this machine")
    source.get_by_label("Path", exact=True).fill("shop")
    source.get_by_label("Settle time").fill("0")
    section(page, "Format").get_by_role("button", name="Suggest format and columns").click()
    expect(section(page, "Format").get_by_role("status")).to_contain_text("shop/orders.csv is csv")
    expect(section(page, "Format").get_by_label("Delimiter", exact=True)).to_have_value(";")
    columns = section(page, "Columns")
    columns.get_by_label("Type of amount").select_option("decimal")
    columns.get_by_role("button", name="More for amount").click()
    columns.get_by_label("Decimal sign").fill(",")
    columns.get_by_role("button", name="Remove day").click()
    section(page, "Destination").get_by_label("Rows go to").select_option(label="File")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(section(page, "Destination").get_by_label("Place", exact=True)).to_be_focused()
    section(page, "Destination").get_by_label("Place", exact=True).fill("taken")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("web-orders saved").last).to_be_visible()
    text = (hub.home / "configs" / "jobs.yaml").read_text()
    assert "order: integer" in text and 'amount: {' in text.replace("amount:\n", "amount: {") and "day:" not in text
    check = section(page, "Check")
    check.get_by_role("button", name="Check", exact=True).click()
    trial = check.get_by_role("listitem").filter(has_text="orders.csv")
    expect(trial).to_contain_text("Would be taken in part")
    expect(trial).to_contain_text("2 good")
    expect(trial.get_by_role("table").get_by_role("row").last).to_contain_text("14O,00")
    assert hub.client().get("/imports?flow=web-orders/import").json()["items"] == []
    page.get_by_role("button", name="Save and run").click()
    expect(page).to_have_url(re.compile("/ui/runs/"))
    until(lambda: hub.client().get("/imports?flow=web-orders/import").json()["items"])
    page.goto(f"{hub.url}/ui/jobs/web-orders")
    expect(section(page, "What it does")).to_contain_text("csv, 3 columns")
    page.get_by_role("link", name="All imports").click()
    expect(page.get_by_role("grid", name="Imports").locator("tbody tr")).to_have_count(1)
    forget(hub, "web-orders")


def test_columns_are_changed_without_a_pointer_and_comments_stay(shop: str, hub: Hub, opened: Open) -> None:
    page = opened(f"/ui/jobs/{shop}/edit")
    columns, yaml = section(page, "Columns"), yaml_of(page)
    columns.get_by_role("textbox", name="Name of column 1").focus()
    for key in ("End", "_", "n", "o", "Tab", "Tab", "Tab", "Space"):
        page.keyboard.press(key)
    expect(yaml).to_have_value(re.compile("order_no: integer\n"))
    columns.get_by_role("button", name="Add column").press("Enter")
    name = columns.get_by_role("textbox", name="Name of column 3")
    expect(name).to_be_focused()
    name.fill("amount")             # there is one: nothing of it is lost
    expect(yaml).to_have_value(re.compile("- name: order_no|name: amount", re.DOTALL))
    name.fill("customer")
    expect(yaml).to_have_value(re.compile("customer"))
    columns.get_by_role("button", name="More for amount").press("Enter")
    columns.get_by_label("Decimals optional").fill("many")
    columns.get_by_label("Decimals optional").press("Tab")
    expect(columns.get_by_label("Decimals optional")).to_have_attribute("aria-invalid", "true")
    expect(columns).to_contain_text("must be a whole number")
    columns.get_by_label("Decimals optional").fill("2")
    page.keyboard.press("Control+s")
    expect(page.get_by_text(f"{shop} saved").last).to_be_visible()
    text = (hub.home / "configs" / "jobs.yaml").read_text()
    assert "# as the shop writes it" in text and "# of the web shop" in text and "# What the tests move." in text


def test_what_is_typed_as_yaml_is_shown_and_kinds_turn_into_each_other(shop: str, opened: Open) -> None:
    page = opened("/ui/new-job")
    section(page, "Job").get_by_label("Name", exact=True).fill("either")
    section(page, "Destination").get_by_label("Path", exact=True).fill("kept")
    page.get_by_role("radio", name="Import").check()
    expect(section(page, "Format")).to_be_visible()
    expect(section(page, "Job").get_by_label("Name", exact=True)).to_have_value("either")
    page.get_by_role("radio", name="Transfer").check()
    expect(section(page, "Destination").get_by_label("Path", exact=True)).to_have_value("kept")
    yaml_of(page).fill("job_id: either\nsource: {type: local, path: shop}\nimport:\n  parser: bgmax\n  reconcile:\n"
                       "    items: {type: csv, file: open.csv}\n    message: suggest\n    unmatched: {sink: http}\n")
    expect(section(page, "Format").get_by_label("Format", exact=True)).to_have_value("bgmax")
    outcome = section(page, "Destination")
    expect(outcome.get_by_role("radio", name="They are matched as payments")).to_be_checked()
    expect(outcome.get_by_label("Numbers in the text")).to_have_value("suggest")
    expect(outcome).to_contain_text("required, but not there")


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_the_editor_of_an_import_is_for_everybody(shop: str, opened: Open, theme: str, width: int) -> None:
    page = opened(f"/ui/jobs/{shop}/edit", theme=theme, width=width, bypass_csp=True)
    section(page, "Columns").get_by_role("button", name="More for amount").click()
    section(page, "Check").get_by_role("button", name="Check", exact=True).click()
    expect(section(page, "Check").get_by_role("listitem")).to_have_count(1)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_viewer_may_check_and_change_nothing(shop: str, opened: Open) -> None:
    page: Page = opened(f"/ui/jobs/{shop}", "viewer")
    section(page, "Check").get_by_role("button", name="Check", exact=True).click()
    expect(section(page, "Check")).to_contain_text("1 rejected")
    page.goto(page.url + "/edit")
    expect(section(page, "Columns").get_by_role("textbox", name="Name of column 1")).to_have_attribute("readonly", "")
    expect(section(page, "Columns").get_by_role("button", name="Add column")).to_have_attribute("aria-disabled", "true")
    expect(section(page, "Format").get_by_role("button", name="Suggest format and columns")).to_have_attribute("aria-disabled", "true")


def test_columns_are_put_in_another_order(shop: str, hub: Hub, opened: Open) -> None:
    """With the keys, and by dragging."""
    page = opened(f"/ui/jobs/{shop}/edit")
    columns, jobs = section(page, "Columns"), hub.home / "configs" / "jobs.yaml"
    columns.get_by_role("button", name="Move amount, use arrow keys").press("ArrowUp")
    expect(columns.get_by_role("button", name="Move amount, use arrow keys")).to_be_focused()
    expect(columns.get_by_role("status")).to_have_text("amount is now column 1 of 2")
    expect(yaml_of(page)).to_have_value(re.compile("name: amount.*name: order", re.DOTALL))
    page.keyboard.press("Control+s")
    expect(page.get_by_text(f"{shop} saved").last).to_be_visible()
    assert re.search("name: amount.*name: order.*required: true", jobs.read_text(), re.DOTALL)
    grip = columns.get_by_role("button", name="Move amount, use arrow keys")
    grip.drag_to(columns.get_by_role("textbox", name="Name of column 2"))
    expect(columns.get_by_role("textbox", name="Name of column 2")).to_have_value("amount")


def test_another_format_keeps_what_both_have(shop: str, opened: Open) -> None:
    page = opened(f"/ui/jobs/{shop}/edit")
    form, yaml = section(page, "Format"), yaml_of(page)
    expect(form.get_by_label("Delimiter", exact=True)).to_have_value(";")
    page.evaluate(TYPE, ["import.parser.fallback", "cp1252"])
    expect(yaml).to_have_value(re.compile("fallback: cp1252"))
    form.get_by_label("Format", exact=True).select_option("fixed")
    expect(yaml).to_have_value(re.compile(r"parser:\s*\{?\s*type: fixed,?\s+fallback: cp1252"))
    assert "delimiter" not in yaml.input_value()
    form.get_by_label("Format", exact=True).select_option("bgmax")
    expect(yaml).to_have_value(re.compile("parser: bgmax"))

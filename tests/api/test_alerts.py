"""Channels of alerts: added, changed, tried and removed; and a job that fails tells of it."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.hubs import Place, until
from haulier.model.account import Role
from haulier.testing.servers.receiver import Receiver

ALERTS = "/api/v1/alerts"
TYPED = "typed-into-a-form"


@pytest.fixture(autouse=True)
def settings_as_they_were(hub: Place) -> Iterator[None]:
    before = (hub.home / "haulier.yaml").read_text()
    yield
    (hub.home / "haulier.yaml").write_text(before)
    hub.made.live.refresh()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as there:
        yield there


def test_a_channel_is_added_changed_and_removed(hub: Place) -> None:
    admin = hub.client()
    form = {"type": "webhook", "url": f"https://chat.example.com/{TYPED}", "headers": {"X-Key": TYPED}, "jobs": ["r*"]}
    made = admin.post(ALERTS, json={"name": "ops", "form": form})
    assert made.status_code == 201, made.text
    one = made.json()
    assert (one["name"], one["place"], one["problems"], one["waiting"]) == ("ops", "chat.example.com", [], 0)
    assert TYPED not in made.text and TYPED not in (hub.home / "haulier.yaml").read_text()
    assert admin.post(ALERTS, json={"name": "ops", "form": form}).status_code == 422
    assert hub.client(Role.VIEWER).get(ALERTS).json() == {"items": [one]}
    body = {"form": {**one["form"], "quiet": "1h"}, "version": one["version"]}
    changed = admin.put(f"{ALERTS}/ops", json=body)
    assert changed.status_code == 200 and changed.json()["place"] == "chat.example.com", "its dots are the old secret"
    stale = admin.put(f"{ALERTS}/ops", json=body)
    assert stale.status_code == 409 and stale.json()["current"]["form"] == changed.json()["form"]
    assert admin.put(f"{ALERTS}/opps", json=body).status_code == 404
    gone = admin.delete(f"{ALERTS}/ops", params={"version": changed.json()["version"]})
    assert gone.status_code == 204 and admin.get(ALERTS).json() == {"items": []}
    deeds = [deed.what for deed in hub.accounts.deeds(limit=3).items]
    assert deeds == ["alert.removed", "alert.changed", "alert.added"]


def test_mistakes_come_back_by_their_key(hub: Place) -> None:
    admin = hub.client()
    for form, key in (({"type": "pigeon"}, "type"), ({}, "type"), ({"type": "webhook"}, "url"),
                      ({"type": "webhook", "url": "chat.example.com/hook"}, "url"),
                      ({"type": "webhook", "url": "https://a", "headers": {"X": "ä"}}, "headers"),
                      ({"type": "webhook", "url": "${NOT_SET_ANYWHERE}"}, "url"),
                      ({"type": "email", "host": "m", "from": "a@b.c", "to": "nobody"}, "to"),
                      ({"type": "webhook", "url": "https://a", "events": ["never"]}, "events[0]")):
        checked = admin.post(f"{ALERTS}/check", json={"form": form}).json()
        assert key in [one["key"] for one in checked["problems"]], (form, checked)
        assert admin.post(ALERTS, json={"name": "ops", "form": form}).status_code == 422
    for name in ("", "a b", "../x"):
        body = {"name": name, "form": {"type": "webhook", "url": "https://a"}}
        assert admin.post(ALERTS, json=body).status_code == 422


def test_a_hand_written_mistake_stops_neither_the_hub_nor_other_channels(hub: Place, receiver: Receiver) -> None:
    (hub.home / "haulier.yaml").write_text(
        f"alerts:\n  good.one:\n    type: webhook\n    url: {receiver.url}\n  bad:\n    type: webhook\n    ulr: x\n")
    hub.made.live.refresh()
    good, bad = hub.client().get(ALERTS).json()["items"]
    assert good["problems"] == [] and bad["problems"][0]["file"] == "haulier.yaml" and bad["problems"][0]["line"]
    assert hub.client().post(f"{ALERTS}/good.one/test").json()["ok"]
    tested = hub.client().post(f"{ALERTS}/bad/test").json()
    assert not tested["ok"] and "haulier.yaml" in tested["text"]


def test_a_channel_is_tried(hub: Place, receiver: Receiver) -> None:
    admin = hub.client()
    admin.post(ALERTS, json={"name": "ops", "form": {"type": "webhook", "url": receiver.url, "secret": TYPED}})
    for role in (Role.OPERATOR, Role.VIEWER):
        assert hub.client(role).post(f"{ALERTS}/ops/test").status_code == 403
    tested = admin.post(f"{ALERTS}/ops/test")
    assert tested.json()["ok"] and receiver.posts[0].said["kind"] == "test"
    receiver.answers = [(403, {})]
    tested = admin.post(f"{ALERTS}/ops/test")
    assert tested.status_code == 200 and not tested.json()["ok"] and "answered 403" in tested.json()["text"]
    assert admin.post(f"{ALERTS}/nobody/test").status_code == 404


def test_a_job_that_fails_tells_of_it(hub: Place, receiver: Receiver) -> None:
    admin = hub.client()
    body = {"public_url": "https://hub.example.com", "version": admin.get("/api/v1/settings").json()["version"]}
    changed = admin.put("/api/v1/settings", json=body).json()
    assert changed["public_url"] == "https://hub.example.com"
    body = {"public_url": "hub", "version": changed["version"]}
    assert admin.put("/api/v1/settings", json=body).status_code == 422
    made = admin.post(ALERTS, json={"name": "ops", "form": {"type": "webhook", "url": receiver.url}})
    assert made.status_code == 201, made.text
    until(lambda: hub.made.books.alerts.position() is not None)
    run = admin.post("/api/v1/jobs/nowhere/run").json()["id"]
    until(lambda: receiver.posts)
    said = receiver.posts[0].said
    assert (said["kind"], said["job"], said["run"]) == ("failed", "nowhere", run)
    assert said["link"] == f"https://hub.example.com/ui/runs/{run}" and "not-there" in said["text"]
    one = until(lambda: [one for one in admin.get(ALERTS).json()["items"] if one["sent"]])[0]
    assert one["last_sent"] and not one["last_error"]
    assert 'haulier_alerts_total{channel="ops",outcome="sent"} 1' in hub.client(Role.VIEWER).get("/metrics").text

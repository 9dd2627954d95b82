"""Users, tokens, and the audit log."""
from __future__ import annotations

import pytest

from api.hubs import PASSWORD, Place
from haulier.model.account import Role

V1 = "/api/v1"


def test_users_come_change_and_go(hub: Place) -> None:
    admin = hub.client()
    body = {"name": "eva", "role": "viewer", "password": PASSWORD}
    assert admin.post(f"{V1}/users", json=body).json()["role"] == "viewer"
    assert admin.post(f"{V1}/users", json=body).status_code == 409
    assert "eva" in [one["name"] for one in admin.get(f"{V1}/users").json()]
    session = hub.browser("eva")
    assert admin.put(f"{V1}/users/eva", json={"role": "operator"}).json()["role"] == "operator"
    assert session.get(f"{V1}/session").status_code == 401      # another role: sign in again
    assert admin.put(f"{V1}/users/eva", json={"password": "short"}).status_code == 422
    assert admin.put(f"{V1}/users/eva", json={"password": "quite another one"}).status_code == 200
    assert hub.browser("eva", "quite another one").get(f"{V1}/session").json()["user"]["role"] == "operator"
    assert admin.delete(f"{V1}/users/eva").status_code == 204
    assert admin.delete(f"{V1}/users/eva").status_code == admin.put(f"{V1}/users/eva", json={}).status_code == 404


def test_one_admin_stays(hub: Place) -> None:
    admin = hub.client()
    assert admin.put(f"{V1}/users/admin", json={"role": "viewer"}).status_code == 409
    assert admin.delete(f"{V1}/users/admin").status_code == 409
    assert hub.browser().get(f"{V1}/session").json()["user"]["role"] == "admin"


@pytest.mark.parametrize("name", ["", "a b", "../x", "<b>", "x" * 65, "command line", "é"])
def test_names_that_are_none(hub: Place, name: str) -> None:
    answer = hub.client().post(f"{V1}/users", json={"name": name, "role": "viewer", "password": PASSWORD})
    assert answer.status_code == 422 and PASSWORD not in answer.text


def test_a_token_is_shown_once(hub: Place) -> None:
    admin = hub.browser()
    made = admin.post(f"{V1}/tokens", json={"name": "ci", "role": "operator", "expires_days": 7}).json()
    assert made["token"].startswith("hlr_") and len(made["token"]) == 44 and made["owner"] == "admin"
    assert made["expires"] > made["created"]
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert hub.client(None).get(f"{V1}/session", headers=headers).json()["user"]["role"] == "operator"
    listed = admin.get(f"{V1}/tokens")
    assert made["token"] not in listed.text
    told = next(one for one in listed.json() if one["id"] == made["id"])
    assert "token" not in told and told["last_used"]
    assert admin.post(f"{V1}/tokens", json={"name": "ci", "role": "viewer"}).status_code == 409
    assert admin.delete(f"{V1}/tokens/{made['id']}").status_code == 204
    assert admin.delete(f"{V1}/tokens/{made['id']}").status_code == 404
    assert hub.client(None).get(f"{V1}/session", headers=headers).status_code == 401


def test_tokens_make_no_tokens(hub: Place) -> None:
    assert hub.client().post(f"{V1}/tokens", json={"name": "x", "role": "viewer"}).status_code == 409
    for days in (0, -1, 5000, 1.5, "x"):
        body = {"name": "x", "role": "viewer", "expires_days": days}
        assert hub.browser().post(f"{V1}/tokens", json=body).status_code == 422


def test_everything_that_was_done_is_in_the_audit_log(hub: Place) -> None:
    admin = hub.browser()
    admin.post(f"{V1}/users", json={"name": "noted", "role": "viewer", "password": PASSWORD})
    admin.delete(f"{V1}/users/noted")
    hub.client(None).post(f"{V1}/session", json={"username": "admin", "password": "wrong"})
    told = admin.get(f"{V1}/audit", params={"limit": 3}).json()
    assert [(one["who"], one["what"], one["about"], one["address"]) for one in told["items"]] == [
        ("admin", "session.refused", "admin", "127.0.0.1"), ("admin", "user.removed", "noted", "127.0.0.1"),
        ("admin", "user.added", "noted", "127.0.0.1")]
    assert told["total"] > 3 and PASSWORD not in str(told)
    assert admin.get(f"{V1}/audit", params={"offset": told["total"]}).json()["items"] == []
    assert admin.get(f"{V1}/audit/check").json() == {"is_unbroken": True}
    assert hub.client(Role.OPERATOR).get(f"{V1}/audit").status_code == 403

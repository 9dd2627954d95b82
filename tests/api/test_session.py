"""Coming in: by password and cookie, by token; and who does not come in."""
from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from argon2 import PasswordHasher, extract_parameters

from api.hubs import PASSWORD, TOKENS, Place
from haulier.api import first_admin
from haulier.api.caller import COOKIE, LASTS
from haulier.api.signin.passwords import Passwords, kept
from haulier.ledger import books
from haulier.model.account import Role

V1 = "/api/v1"


@pytest.fixture(autouse=True)
def forgiven(hub: Place) -> Iterator[None]:
    yield
    hub.clock.ahead += 3 * 3600 * 10**9     # what one test tried does not slow the next
    for throttle in (hub.app.state.desk.by_name, hub.app.state.desk.by_address):
        throttle._tries.clear()
    hub.clock.ahead = 0


def deeds(hub: Place) -> list[tuple[str, str, str]]:
    return [(one.who, one.what, one.about) for one in hub.accounts.deeds(limit=20).items]


def test_a_password_opens_a_session(hub: Place) -> None:
    client = hub.client(None)
    answer = client.post(f"{V1}/session", json={"username": "admin", "password": PASSWORD})
    assert answer.status_code == 200 and answer.json()["user"]["role"] == "admin"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=") and "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert "Path=/" in cookie and "Secure" not in cookie and "Domain" not in cookie
    assert client.get(f"{V1}/session").json()["user"]["last_login"] is not None
    assert ("admin", "session.opened", "admin") in deeds(hub)


def test_the_cookie_goes_over_tls_only_where_there_is_tls(hub: Place) -> None:
    answer = hub.client(None, headers={"X-Forwarded-Proto": "https"}).post(     # as a proxy on this machine says it
        f"{V1}/session", json={"username": "admin", "password": PASSWORD})
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(("name", "noted"), [("admin", "admin"), ("nobody", "somebody unknown")])
def test_a_wrong_password_opens_nothing_and_is_noted(hub: Place, name: str, noted: str) -> None:
    answer = hub.client(None).post(f"{V1}/session", json={"username": name, "password": "wrong"})
    assert answer.status_code == 401 and answer.json()["detail"] == "wrong name or password"
    assert "set-cookie" not in answer.headers and deeds(hub)[0] == (noted, "session.refused", noted)


def test_unknown_users_take_as_long_as_wrong_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords()
    digest = passwords.digest(PASSWORD)
    compared: list[str] = []
    real = PasswordHasher.verify

    def noted(self: PasswordHasher, hash: str, password: bytes) -> bool:
        compared.append(hash)
        return real(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    assert not passwords.is_right("wrong", digest) and not passwords.is_right("wrong", None)
    known, unknown = compared   # one look each, and what a look costs is written in what is looked at
    assert known == digest and extract_parameters(known) == extract_parameters(unknown)


def test_no_password_is_too_odd_to_be_wrong() -> None:
    passwords = Passwords()
    digest = passwords.digest(PASSWORD)
    assert not passwords.is_right("x" * 10_000, digest) and not passwords.is_right("\ud800", digest)


def test_only_digests_are_kept(hub: Place) -> None:
    secret = hub.browser().cookies[COOKIE]
    assert len(secret) >= 43
    hub.made.books.ledger.runs()
    with closing(sqlite3.connect(hub.home / "state" / "ledger.db")) as database:
        dump = "\n".join(database.iterdump())
    assert secret not in dump and PASSWORD not in dump and TOKENS[Role.ADMIN] not in dump
    assert kept(secret) in dump and "argon2id" in dump


def test_signing_out_ends_the_session_everywhere(hub: Place) -> None:
    browser = hub.browser()
    other = hub.client(None, cookies={COOKIE: browser.cookies[COOKIE]})
    assert other.get(f"{V1}/session").status_code == 200
    assert browser.delete(f"{V1}/session").status_code == 204
    assert other.get(f"{V1}/session").status_code == 401 and COOKIE not in browser.cookies


def test_each_sign_in_is_a_new_session(hub: Place) -> None:
    planted = {"Cookie": f"{COOKIE}={'a' * 43}"}
    answer = hub.client(None).post(f"{V1}/session", json={"username": "admin", "password": PASSWORD}, headers=planted)
    assert answer.status_code == 200 and "a" * 43 not in answer.headers["set-cookie"]
    assert hub.client(None).get(f"{V1}/session", headers=planted).status_code == 401


def test_a_session_that_is_used_lasts_longer(hub: Place) -> None:
    key = kept(hub.browser().cookies[COOKIE])
    before = hub.accounts.session(key)
    assert before and abs(before.expires - hub.clock.now() - LASTS) < 60 * 10**9
    client = hub.browser()
    key = kept(client.cookies[COOKIE])
    hub.accounts.open_session(key, "admin", hub.clock.now() + 3600 * 10**9)     # as if eleven hours had passed
    assert client.get(f"{V1}/session").status_code == 200
    after = hub.accounts.session(key)
    assert after and after.expires > hub.clock.now() + LASTS - 60 * 10**9


def test_a_session_that_is_not_used_ends(hub: Place) -> None:
    client = hub.browser()
    hub.accounts.open_session(kept(client.cookies[COOKIE]), "admin", time.time_ns() - 1)
    answer = client.get(f"{V1}/session")
    assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer hlr_wrong", "Bearer wrong",
                                           "Basic YTpi", f"Bearer {'x' * 5000}", "Bearer hlr_\xe9"])
def test_what_is_not_known_does_not_come_in(hub: Place, authorization: str) -> None:
    headers = {"Authorization": authorization.encode("latin1")} if authorization else {}
    assert hub.client(None).get(f"{V1}/jobs", headers=headers).status_code == 401


def test_tokens_come_in_without_anything_else(hub: Place) -> None:
    told = hub.client(Role.VIEWER).get(f"{V1}/session").json()["user"]
    assert told == {"name": "viewer (token viewer-token)", "role": "viewer", "created": None, "last_login": None,
                    "issuer": None}


def test_an_expired_token_does_not_come_in(hub: Place) -> None:
    hub.accounts.add_token(kept("hlr_old"), "old", Role.VIEWER, "admin", time.time_ns() - 1)
    answer = hub.client(None).get(f"{V1}/session", headers={"Authorization": "Bearer hlr_old"})
    assert answer.status_code == 401


def test_a_token_may_no_more_than_its_owner_may_now(hub: Place) -> None:
    hub.accounts.put_user("falling", role=Role.ADMIN, password=Passwords().digest(PASSWORD))
    hub.accounts.add_token(kept("hlr_falling"), "all", Role.ADMIN, "falling")
    headers = {"Authorization": "Bearer hlr_falling"}
    assert hub.client(None).get(f"{V1}/users", headers=headers).status_code == 200
    hub.accounts.put_user("falling", role=Role.VIEWER)
    assert hub.client(None).get(f"{V1}/users", headers=headers).status_code == 403
    hub.accounts.remove_user("falling")
    assert hub.client(None).get(f"{V1}/session", headers=headers).status_code == 401


# Pages of other sites


def test_a_change_by_cookie_needs_our_header(hub: Place) -> None:
    browser = hub.browser()
    del browser.headers["X-Haulier"]
    assert browser.get(f"{V1}/users").status_code == 200
    assert browser.post(f"{V1}/users", json={}).status_code == 403
    assert browser.delete(f"{V1}/session").status_code == 403
    assert browser.post(f"{V1}/users", json={}, headers={"X-Haulier": "1"}).status_code == 422


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1"])
def test_a_change_from_another_page_is_refused(hub: Place, origin: str) -> None:
    for client in (hub.browser(), hub.client()):
        assert client.post(f"{V1}/users", json={}, headers={"Origin": origin}).status_code == 403
        assert client.post(f"{V1}/users", json={}, headers={"Origin": hub.url}).status_code == 422
    login = {"username": "admin", "password": PASSWORD}
    assert hub.client(None).post(f"{V1}/session", json=login, headers={"Origin": origin}).status_code == 403


def test_a_form_of_another_page_cannot_sign_in(hub: Place) -> None:
    text = '{"username": "admin", "password": "' + PASSWORD + '"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = hub.client(None).post(f"{V1}/session", content=text, headers={"Content-Type": kind})
        assert answer.status_code == 422


# Trying again and again


def test_too_many_wrong_passwords_slow_down_and_the_right_one_too(hub: Place) -> None:
    client = hub.client(None)
    with hub.clock.standing():
        statuses = [client.post(f"{V1}/session", json={"username": "operator", "password": "wrong"}).status_code
                    for _ in range(7)]
        answer = client.post(f"{V1}/session", json={"username": "operator", "password": PASSWORD})
    assert statuses == [401] * 5 + [429] * 2
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) >= 1
    assert hub.browser("viewer").get(f"{V1}/session").status_code == 200    # others are not held up
    hub.clock.ahead += 2 * 10**9
    assert client.post(f"{V1}/session", json={"username": "operator", "password": PASSWORD}).status_code == 200


def test_one_address_that_tries_many_names_slows_down(hub: Place) -> None:
    client = hub.client(None)
    with hub.clock.standing():
        statuses = [client.post(f"{V1}/session", json={"username": f"name{number}", "password": "x"}).status_code
                    for number in range(21)]
    assert statuses == [401] * 20 + [429]


def test_a_body_that_is_no_sign_in(hub: Place) -> None:
    for body in ({}, {"username": "a"}, {"username": 1, "password": 2}, [], "x", {"username": "a\0", "password": "b"},
                 {"username": "a", "password": "b", "more": 1}, {"username": "a" * 2000, "password": "b"}):
        assert hub.client(None).post(f"{V1}/session", json=body).status_code == 422


# One's own password


def test_a_new_password_ends_other_sessions_and_not_this_one(hub: Place) -> None:
    hub.accounts.put_user("mover", role=Role.VIEWER, password=Passwords().digest(PASSWORD))
    here, there = hub.browser("mover"), hub.browser("mover")
    body = {"old": PASSWORD, "new": "another long one"}
    assert here.post(f"{V1}/session/password", json={**body, "old": "wrong"}).status_code == 403
    assert here.post(f"{V1}/session/password", json={**body, "new": "short"}).status_code == 422
    assert here.post(f"{V1}/session/password", json=body).status_code == 204
    assert here.get(f"{V1}/session").status_code == 200 and there.get(f"{V1}/session").status_code == 401
    assert hub.browser("mover", "another long one")
    assert hub.client(Role.VIEWER).post(f"{V1}/session/password", json=body).status_code == 409


def test_the_first_start_makes_an_admin_once(hub: Place, tmp_path: Path) -> None:
    with closing(books(f"sqlite:///{tmp_path}/ledger.db")) as fresh:
        password = first_admin(fresh.accounts)
        assert password and len(password) == 20 and password.isalnum()
        user, = fresh.accounts.users()
        assert user.role is Role.ADMIN and Passwords().is_right(password, fresh.accounts.password(user.name))
        assert first_admin(fresh.accounts) is None
    assert first_admin(hub.accounts) is None

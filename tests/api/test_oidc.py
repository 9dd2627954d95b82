"""Signing in through a real issuer (Glewlwyd): who comes in, as what, and who does not."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.hubs import PASSWORD, Place, until
from haulier.api.caller import COOKIE, LASTS, STEP
from haulier.api.resources.oidc import ATTEMPT, BACK
from haulier.api.signin.passwords import kept
from haulier.model.account import Role
from haulier.testing.servers import glewlwyd
from haulier.testing.servers.glewlwyd import CLIENT, SECRET, Glewlwyd

V1 = "/api/v1"
PEOPLE = {"anna": ["chiefs", "staff"], "oskar": ["night"], "vera": ["staff"], "nora": ["guests"], "admin2": ["chiefs"],
          "viewer": ["chiefs"]}
SETTINGS = """\
oidc:
  issuer: {issuer}
  client_id: {client}
  client_secret: ${{LOGIN_SECRET}}
  name: Norrvik
  roles: {{ admin: chiefs, operator: [night, day], viewer: staff }}
"""


@pytest.fixture(scope="module")
def login(hub: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Glewlwyd]:
    """A login that knows the hub, and is known to it."""
    try:
        glewlwyd.program()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    with Glewlwyd(tmp_path_factory.mktemp("login"), hub.url + BACK, PEOPLE) as server:
        for name in PEOPLE:
            server.agree(name)
        with (hub.home / ".env").open("a") as env:
            env.write(f"LOGIN_SECRET={SECRET}\n")
        settle(hub, SETTINGS.format(issuer=server.issuer, client=CLIENT))
        yield server


@pytest.fixture(autouse=True)
def forgiven(hub: Place) -> Iterator[None]:
    yield
    for throttle in (hub.app.state.desk.by_name, hub.app.state.desk.by_address):
        throttle._tries.clear()


def settle(hub: Place, settings: str) -> None:
    (hub.home / "haulier.yaml").write_text(settings)
    hub.made.live.refresh()
    assert hub.made.live.workspace.is_readable(), hub.made.live.workspace.loaded.problems


def browser(hub: Place) -> httpx.Client:
    """One that nobody is signed in with."""
    return hub.client(None, headers={"X-Haulier": "1"})


def begun(client: httpx.Client, to: str = "/") -> str:
    """Where a browser is sent that wants to sign in."""
    answer = client.get(f"{V1}/session/oidc", params={"to": to})
    assert answer.status_code == 303 and answer.headers["set-cookie"].startswith(f"{ATTEMPT}=")
    return answer.headers["location"]


def brought(login: Glewlwyd, where: str, name: str) -> str:
    """Where the issuer sends somebody back to who has signed in there."""
    with httpx.Client(base_url=login.url, trust_env=False, timeout=20, verify=False) as person:
        person.post("/api/auth/", json={"username": name, "password": glewlwyd.PASSWORD}).raise_for_status()
        return person.get(f"{where}&g_continue").headers["location"]


def entered(hub: Place, login: Glewlwyd, name: str, to: str = "/") -> tuple[httpx.Client, str]:
    """A browser that has been there and is back, and where it was led."""
    client = browser(hub)
    back = brought(login, begun(client, to), name)
    assert back.startswith(hub.url + BACK)
    return client, client.get(back).headers["location"]


def refused(client: httpx.Client) -> str | None:
    """What the sign-in page is told, once."""
    answers = [client.get(f"{V1}/session/ways").json()["refused"] for _ in range(2)]
    assert answers[1] is None
    told: str | None = answers[0]
    return told


def deeds(hub: Place, limit: int = 2) -> list[tuple[str, str, str, str]]:
    return [(one.who, one.what, one.about, one.text) for one in reversed(hub.accounts.deeds(limit=limit).items)]


@pytest.mark.parametrize(("name", "role"), [("anna", Role.ADMIN), ("oskar", Role.OPERATOR), ("vera", Role.VIEWER)])
def test_groups_decide_the_role(hub: Place, login: Glewlwyd, name: str, role: Role) -> None:
    client, led = entered(hub, login, name, "/ui/jobs?tag=a")
    assert led == "/ui/jobs?tag=a" and refused(client) is None
    user = client.get(f"{V1}/session").json()["user"]
    assert (user["name"], user["role"], user["issuer"]) == (name, role, login.issuer) and user["last_login"]
    assert deeds(hub) == [(name, "user.added", name, f"role {role}, by {login.issuer}"),
                          (name, "session.opened", name, f"through {login.issuer}")]
    assert client.post(f"{V1}/jobs/reports/run").status_code == (403 if role is Role.VIEWER else 202)
    assert client.get(f"{V1}/users").status_code == (200 if role is Role.ADMIN else 403)
    assert client.delete(f"{V1}/session").status_code == 204 and client.get(f"{V1}/session").status_code == 401


def test_the_issuer_is_told_what_it_needs_and_no_more(hub: Place, login: Glewlwyd) -> None:
    asked = httpx.URL(begun(browser(hub))).params
    assert asked["redirect_uri"] == hub.url + BACK and asked["code_challenge_method"] == "S256"
    assert asked["scope"] == "openid profile email" and asked["response_type"] == "code"
    assert SECRET not in str(asked) and min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43


def test_the_cookie_of_a_sign_in_is_for_the_way_back_alone(hub: Place, login: Glewlwyd) -> None:
    cookie = browser(hub).get(f"{V1}/session/oidc").headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and f"Path={BACK};" in cookie and "Max-Age=600" in cookie
    client = browser(hub)
    answer = client.get(brought(login, begun(client), "vera"))
    session, attempt = answer.headers.get_list("set-cookie")
    assert session.startswith(f"{COOKIE}=") and "SameSite=strict" in session and "HttpOnly" in session
    assert attempt.startswith(f'{ATTEMPT}=""') and "Max-Age=0" in attempt


def test_a_lost_group_is_a_lost_role(hub: Place, login: Glewlwyd) -> None:
    before = entered(hub, login, "admin2")[0]
    assert before.get(f"{V1}/users").status_code == 200
    login.regroup("admin2", ["staff"])
    after = entered(hub, login, "admin2")[0]
    assert after.get(f"{V1}/session").json()["user"]["role"] == "viewer"
    assert before.get(f"{V1}/session").status_code == 401       # it was an admin's
    assert deeds(hub)[0] == ("admin2", "user.changed", "admin2", f"role viewer, by {login.issuer}")
    login.regroup("admin2", ["guests"])
    client, led = entered(hub, login, "admin2")
    assert led == "/login" and "no group of admin2" in str(refused(client))


def test_who_is_in_no_group_is_refused(hub: Place, login: Glewlwyd) -> None:
    client, led = entered(hub, login, "nora", "/ui/jobs")
    assert led == "/login" and client.get(f"{V1}/session").status_code == 401
    text = "Norrvik names no group of nora that may come in; ask an admin of Haulier which may"
    assert refused(client) == text and deeds(hub, 1) == [("nora", "session.refused", "nora", text)]
    assert not any(user.name == "nora" for user in hub.accounts.users())


def test_a_user_of_the_hub_is_not_taken_over(hub: Place, login: Glewlwyd) -> None:
    client, led = entered(hub, login, "viewer")
    assert led == "/login" and "another user called \"viewer\"" in str(refused(client))
    assert deeds(hub, 1)[0][1] == "session.refused"
    user = hub.browser("viewer").get(f"{V1}/session").json()["user"]
    assert (user["role"], user["issuer"]) == ("viewer", None)


@pytest.mark.parametrize("change", [{"role": "admin"}, {"password": PASSWORD}])
def test_what_is_decided_there_is_not_changed_here(hub: Place, login: Glewlwyd, change: dict[str, str]) -> None:
    client = entered(hub, login, "vera")[0]
    answer = hub.client().put(f"{V1}/users/vera", json=change)
    assert answer.status_code == 409 and "vera signs in through" in answer.json()["detail"]
    answer = client.post(f"{V1}/session/password", json={"old": "", "new": PASSWORD})
    assert answer.status_code == 409 and "no password here" in answer.json()["detail"]
    for password in ("", PASSWORD, glewlwyd.PASSWORD):
        tried = {"username": "vera", "password": password}
        assert browser(hub).post(f"{V1}/session", json=tried).status_code == 401


def test_somebody_who_was_removed_begins_anew(hub: Place, login: Glewlwyd) -> None:
    client = entered(hub, login, "vera")[0]
    assert hub.client().delete(f"{V1}/users/vera").status_code == 204
    assert client.get(f"{V1}/session").status_code == 401
    assert entered(hub, login, "vera")[0].get(f"{V1}/session").json()["user"]["role"] == "viewer"


def test_sessions_from_there_are_not_prolonged(hub: Place, login: Glewlwyd) -> None:
    client = entered(hub, login, "vera")[0]
    key = kept(client.cookies[COOKIE])
    ends = hub.accounts.session(key)
    hub.clock.ahead = 2 * STEP
    try:
        assert client.get(f"{V1}/session").status_code == 200
    finally:
        hub.clock.ahead = 0
    assert ends and hub.accounts.session(key) == ends and ends.expires - ends.created <= LASTS


def test_an_answer_counts_once(hub: Place, login: Glewlwyd) -> None:
    client = browser(hub)
    where = begun(client)
    secret = client.cookies[ATTEMPT]
    back = brought(login, where, "vera")
    assert client.get(back).headers["location"] == "/"
    thief = hub.client(None, cookies={ATTEMPT: secret})
    assert thief.get(back).headers["location"] == "/login" and "begin again" in str(refused(thief))
    assert deeds(hub, 1)[0][:2] == ("somebody unknown", "session.refused")


def test_an_answer_counts_in_the_browser_that_asked(hub: Place, login: Glewlwyd) -> None:
    """Else somebody could be signed in as somebody else, without seeing it."""
    back = brought(login, begun(browser(hub)), "vera")
    victim = browser(hub)
    begun(victim)
    assert victim.get(back).headers["location"] == "/login" and "begin again" in str(refused(victim))
    assert browser(hub).get(back).headers["location"] == "/login"
    assert victim.get(f"{V1}/session").status_code == 401


def test_a_code_that_was_made_up_or_is_of_another_sign_in(hub: Place, login: Glewlwyd) -> None:
    client = browser(hub)
    good = httpx.URL(brought(login, begun(client), "vera"))
    for code in ("made-up", good.params["code"]):
        state = httpx.URL(begun(client)).params["state"]
        answer = client.get(BACK, params={"code": code, "state": state})
        assert answer.headers["location"] == "/login" and "refused it" in str(refused(client))


@pytest.mark.parametrize(("more", "text"), [
    ({"error": "access_denied"}, r"Norrvik did not let you in (access_denied)"),
    ({"error": "<b>Call 555-1234</b>"}, "Norrvik did not let you in (for a reason of its own)"),
    ({"code": "x", "iss": "https://login.example.org"}, "this answer is not from")])
def test_answers_that_are_none(hub: Place, login: Glewlwyd, more: dict[str, str], text: str) -> None:
    client = browser(hub)
    state = httpx.URL(begun(client)).params["state"]
    assert client.get(BACK, params={"state": state, **more}).headers["location"] == "/login"
    assert text in str(refused(client))


def test_guessing_is_slowed_down(hub: Place, login: Glewlwyd) -> None:
    client = browser(hub)
    told = set()
    with hub.clock.standing():
        for _ in range(21):
            client.get(BACK, params={"code": "x", "state": "y"})
            told.add(str(refused(client)))
    assert len(told) == 2 and any("too many failed tries" in text for text in told)


@pytest.mark.parametrize("to", ["//example.org", "https://example.org/", "/\\example.org"])
def test_it_leads_nowhere_else(hub: Place, login: Glewlwyd, to: str) -> None:
    assert entered(hub, login, "vera", to)[1] == "/"


def test_passwords_may_be_off(hub: Place, login: Glewlwyd) -> None:
    settings = SETTINGS.format(issuer=login.issuer, client=CLIENT)
    settle(hub, f"{settings}  passwords: false\n")
    try:
        client = browser(hub)
        assert client.get(f"{V1}/session/ways").json() == {
            "passwords": False, "oidc": {"name": "Norrvik"}, "refused": None}
        for path in (f"{V1}/session", "/api/auth/login"):
            answer = client.post(path, json={"username": "admin", "password": PASSWORD})
            assert answer.status_code == 403 and "Norrvik" in answer.json()["detail"]
        assert entered(hub, login, "vera")[1] == "/"
    finally:
        settle(hub, settings)
    assert hub.browser().get(f"{V1}/session").status_code == 200


def test_behind_a_proxy_it_comes_back_through_it(hub: Place, login: Glewlwyd) -> None:
    settings = SETTINGS.format(issuer=login.issuer, client=CLIENT)
    settle(hub, f"public_url: https://haulier.example.com/\n{settings}")
    try:
        answer = browser(hub).get(f"{V1}/session/oidc")
        assert httpx.URL(answer.headers["location"]).params["redirect_uri"] == f"https://haulier.example.com{BACK}"
        assert "Secure" in answer.headers["set-cookie"]
    finally:
        settle(hub, settings)


def test_without_it_there_is_nothing(hub: Place, login: Glewlwyd) -> None:
    settings = SETTINGS.format(issuer=login.issuer, client=CLIENT)
    settle(hub, "")
    try:
        client = browser(hub)
        assert client.get(f"{V1}/session/ways").json() == {"passwords": True, "oidc": None, "refused": None}
        assert client.get(f"{V1}/session/oidc").status_code == 404 == client.get(BACK).status_code
    finally:
        settle(hub, settings)


def test_a_secret_that_is_not_there_is_a_mistake_of_the_settings(hub: Place, login: Glewlwyd, tmp_path: Path) -> None:
    settings = SETTINGS.format(issuer=login.issuer, client=CLIENT)
    (hub.home / "haulier.yaml").write_text(settings.replace("LOGIN_SECRET", "NOT_THERE"))
    try:
        until(lambda: not hub.made.live.workspace.is_readable())
        problem, = (one for one in hub.made.live.workspace.loaded.problems if one.file == "haulier.yaml")
        assert (problem.line, problem.key) == (4, "oidc.client_secret") and "${NOT_THERE} is not set" in problem.text
        assert browser(hub).get(f"{V1}/session/oidc").status_code == 303    # as it was before
    finally:
        settle(hub, settings)

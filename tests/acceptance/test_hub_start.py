"""The hub as people meet it: the first start, signing in, looking whether it runs, stopping it."""
from __future__ import annotations

import re

import httpx

from acceptance.hubs import Hub, Hubs


def sign_in(address: str, name: str, password: str, **headers: str) -> httpx.Response:
    return httpx.post(f"{address}/api/v1/session", json={"username": name, "password": password}, headers=headers)


def who(address: str, signed_in: httpx.Response) -> httpx.Response:
    return httpx.get(f"{address}/api/v1/session", cookies=signed_in.cookies)


def test_the_first_start_prints_address_and_password_once(hubs: Hubs) -> None:
    workspace = hubs.home / "new"
    assert hubs.run("init", workspace)[0] == 0
    process = hubs.start("start", workspace, "--port", "0")
    assert process.stdout
    try:
        greeting = "".join(process.stdout.readline().decode() for _ in range(3))    # one line is of the log
        found = re.search(r"^Haulier is at (http://127\.0\.0\.1:(\d+))$", greeting, re.M)
        given = re.search(r"^Sign in as admin with the password (\w{20}) \(it is not shown again\)", greeting, re.M)
        assert found and given, greeting
        address, port, password = found[1], found[2], given[1]
        assert httpx.get(address + "/health").json() == {"status": "healthy"}
        assert httpx.get(address + "/").text.startswith("<!doctype html>")
        assert sign_in(address, "admin", password + "x").status_code == 401
        assert who(address, sign_in(address, "admin", password)).json()["user"]["role"] == "admin"
        assert hubs.run("stop", workspace) == (0, f"stopped (process {process.pid})\n")
        rest = process.communicate(timeout=30)[0].decode()
        assert process.returncode == 0
    finally:
        process.kill()
    hubs.workspace = workspace
    again = Hub(hubs, "--port", port)
    assert again.said == {"type": "hub", "address": address, "user": None, "password": None}
    plain = sign_in(address, "admin", password)
    proxied = sign_in(address, "admin", password, **{"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"})
    assert plain.status_code == proxied.status_code == 200
    assert [("Secure" in one.headers["Set-Cookie"]) for one in (plain, proxied)] == [False, True]
    audit = httpx.get(f"{address}/api/v1/audit", cookies=plain.cookies).json()["items"]
    assert {one["address"] for one in audit if one["what"] == "session.opened"} == {"127.0.0.1", "192.0.2.7"}
    assert address in hubs.log() and password not in rest + hubs.log()
    kept = [path for path in workspace.rglob("*") if path.is_file() and password.encode() in path.read_bytes()]
    assert not kept, "it is nowhere but in the digest"


def test_status_and_stop_tell_the_truth(hubs: Hubs) -> None:
    workspace = hubs.workspace
    assert hubs.run("status", workspace) == (1, "hub: not running; start it with: haulier start\n")
    assert hubs.run("stop", workspace) == (0, "no hub is running here\n")
    hub = hubs.start_hub()
    assert hub.said["user"] == "admin" and len(hub.said["password"]) == 20
    code, out = hubs.run("status", workspace)
    assert code == 0 and out.startswith(f"hub: {hub.address}, process {hub.process.pid}, since ")
    hub.kill()
    assert hubs.run("status", workspace)[0] == 1, "what a killed hub has left is not taken for a hub"
    hubs.settings("log_level: WARNING\n")
    hub = hubs.start_hub()
    assert hubs.log().count("listens") == 1, "the first one's"
    hubs.settings("log_level: INFO\n")
    code, out = hubs.run("stop", "--json", workspace)
    assert (code, out) == (0, f'{{"type": "hub", "pid": {hub.process.pid}, "stopped": true}}\n')
    assert hub.process.wait(20) == 0, "it has ended when `stop` says so"
    assert hubs.log().count('"text": "stopped"') == 1, "the level is the one that is written now"


def test_users_and_tokens_come_in_with_their_roles(hubs: Hubs) -> None:
    code, out = hubs.run("user", "add", "eva", "--workspace", hubs.workspace)
    assert code == 2 and out == "haulier: the first user has to be an admin: add --role admin\n"
    for name, role in (("adam", "admin"), ("eva", "viewer")):
        made, = hubs.told_with("a long password\n", "user", "add", name, "--role", role)
        assert made == {"type": "user", "name": name, "role": role}
    token = hubs.told("token", "create", "prometheus", "--days", "3")[0]["token"]
    hub = hubs.start_hub()
    assert hub.said["password"] is None, "there is an admin, so that none needs to be made"
    with httpx.Client(base_url=hub.address, headers={"Authorization": f"Bearer {token}"}) as api:
        assert "haulier_runs" in api.get("/metrics").text
        assert api.get("/api/v1/runs").status_code == 200
        assert api.get("/api/v1/users").status_code == 403
    assert httpx.get(hub.address + "/metrics").status_code == 401
    eva = sign_in(hub.address, "eva", "a long password")
    assert who(hub.address, eva).json()["user"]["role"] == "viewer"
    assert hubs.told_with("another password\n", "user", "passwd", "eva")[0]["name"] == "eva"
    assert who(hub.address, eva).status_code == 401, "who had the old password is out"
    assert [one["name"] for one in hubs.told("user", "list")] == ["adam", "eva"]

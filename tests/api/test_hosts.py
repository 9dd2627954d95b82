"""By which names a hub may be asked."""
from __future__ import annotations

import socket

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from api.hubs import TOKENS, Place
from haulier.model.account import Role

V1 = "/api/v1"


@pytest.mark.parametrize(("host", "status"), [
    ("localhost:7345", 200), ("127.0.0.1", 200), ("[::1]:80", 200), ("hub.localhost", 200),
    ("Haulier.Example.com", 200), ("haulier.example.com:8443", 200), ("evil.example", 421),
    ("public.example", 200), ("localhost.evil.example", 421), ("10.0.0.1", 421),
    ("[", 421), ("", 421), ("haulier.example.com.evil.example", 421)])
def test_on_loopback_the_hub_answers_to_its_own_names(hub: Place, host: str, status: int) -> None:
    path = hub.home / "haulier.yaml"
    before = path.read_text()
    try:
        path.write_text("hosts: [haulier.example.COM]\npublic_url: https://public.example:8443\n")
        hub.made.live.refresh()
        for address in ("/health", "/", f"{V1}/runs"):
            answer = hub.client().get(address, headers={"Host": host})
            assert answer.status_code == status, answer.text
            assert answer.headers["x-frame-options"] == "DENY" and (status == 200 or "hosts" in answer.json()["detail"])
    finally:
        path.write_text(before)
        hub.made.live.refresh()


def test_a_socket_is_not_reached_under_another_name_either(hub: Place) -> None:
    wanted = {"Authorization": f"Bearer {TOKENS[Role.OPERATOR]}", "Origin": "http://evil.example"}
    with socket.create_connection(("127.0.0.1", int(hub.url.rpartition(":")[2])), 10) as line, \
            pytest.raises(InvalidStatus) as refused:
        connect("ws://evil.example/api/v1/ws", sock=line, additional_headers=wanted, proxy=None)
    assert refused.value.response.status_code == 421

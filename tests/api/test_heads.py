"""Whoever asks with HEAD is told what GET would say, without its body."""
from __future__ import annotations

import httpx
import pytest

from api.hubs import Place

V1 = "/api/v1"


@pytest.mark.parametrize("path", ["/", "/health", f"{V1}/overview", f"{V1}/jobs", f"{V1}/jobs/none", "/no/such/place"])
def test_it_has_the_headers_of_get(hub: Place, path: str) -> None:
    with hub.client() as client:
        there, looked = client.get(path), client.head(path)
    assert (looked.status_code, looked.content) == (there.status_code, b"")
    assert {*looked.headers} == {*there.headers} and looked.headers["content-type"] == there.headers["content-type"]


@pytest.mark.parametrize("path", [f"{V1}/events", f"{V1}/logs/stream", f"{V1}/transfers.csv"])
def test_a_stream_does_not_go_on(hub: Place, path: str) -> None:
    with hub.client() as client:
        for _ in range(3):      # over one connection: nothing of the last answer is in the way of the next
            looked = client.head(path, timeout=20)
            assert (looked.status_code, looked.content) == (200, b"")


def test_who_may_not_read_may_not_look(hub: Place) -> None:
    with httpx.Client(base_url=hub.url) as client:
        assert client.head(f"{V1}/jobs").status_code == 401


def test_it_does_nothing_where_there_is_nothing_to_read(hub: Place) -> None:
    with hub.client() as client:
        path = f"{V1}/session/password"
        assert client.head(path).status_code == client.get(path).status_code == 404
        assert "HEAD" in client.post(f"{V1}/overview").headers["allow"]

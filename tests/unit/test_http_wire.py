"""HTTP/1.1 as the sink for APIs reads and writes it."""
from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulier.sinks import http_wire
from haulier.sinks.http_wire import LARGEST, Answer, Broken, read, written


def test_a_request() -> None:
    data = written("POST", "/rows?a=1", http_wire.lines({"host": "x", "a": "b"}), b"{}")
    assert data == b"POST /rows?a=1 HTTP/1.1\r\nhost: x\r\na: b\r\ncontent-length: 2\r\n\r\n{}"


@pytest.mark.parametrize(("said", "found"), [
    (b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX-A:  b \r\n\r\n{}more",
     Answer(201, {"content-length": "2", "x-a": "b"}, b"{}")),
    (b"HTTP/1.1 204 \r\n\r\n", Answer(204, {}, b"")),
    (b"HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n", Answer(200, {"content-length": "0"}, b"")),
    (b"HTTP/1.1 200 OK\ncontent-length: 1\n\nx", Answer(200, {"content-length": "1"}, b"x")),
    (b"HTTP/1.1 200 OK\r\n\r\nto the end", Answer(200, {}, b"to the end", False)),
    (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", Answer(200, {"content-length": "1"}, b"x", False)),
    (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx",
     Answer(200, {"connection": "Keep-Alive", "content-length": "1"}, b"x")),
    (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
     Answer(200, {"connection": "close", "content-length": "1"}, b"x", False)),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 204 \r\n\r\n",
     Answer(204, {}, b"")),
    (b"HTTP/1.1 200 OK\r\nA: 1\r\nA: 2\r\n folded: 3\r\nContent-Length: 0\r\n\r\n",
     Answer(200, {"a": "1, 2", "content-length": "0"}, b"")),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: x\r\n\r\n",
     Answer(200, {"transfer-encoding": "chunked"}, b"abc0123456789"))])
def test_answers(said: bytes, found: Answer) -> None:
    assert read(io.BytesIO(said)) == found


def test_what_is_too_large_is_read_no_further() -> None:
    start = b"HTTP/1.1 200 OK\r\n"
    long = read(io.BytesIO(start + b"content-length: 99999999999\r\n\r\n" + b"x" * (LARGEST + 9)))
    assert len(long.body) == LARGEST and not long.keeps
    chunk = b"%x\r\n%b\r\n" % (LARGEST - 5, b"x" * (LARGEST - 5))
    many = read(io.BytesIO(start + b"transfer-encoding: chunked\r\n\r\n" + chunk * 2))
    assert len(many.body) == LARGEST and not many.keeps
    assert len(read(io.BytesIO(start + b"\r\n" + b"x" * (LARGEST + 9))).body) == LARGEST


def test_what_has_no_body() -> None:
    asked = read(io.BytesIO(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), bare=True)
    assert asked.body == b"" and asked.keeps


@pytest.mark.parametrize("said", [
    b"SSH-2.0-x\r\n",
    b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc", b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\nabc", b"HTTP/1.1 200 OK\r\nx: " + b"y" * 70_000 + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 300 + b"\r\n", b"HTTP/1.1 100 Continue\r\n\r\n" * 30,
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-5\r\nabc\r\n",
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc"])
def test_what_is_no_answer(said: bytes) -> None:
    with pytest.raises(Broken):
        read(io.BytesIO(said))


def test_nothing_is_a_connection_that_was_closed() -> None:
    with pytest.raises(ConnectionError):
        read(io.BytesIO(b""))


@given(st.lists(st.sampled_from([b"HTTP/1.1 ", b"200", b" OK", b"\r\n", b"\n", b"content-length: ", b"5", b"x", b"-",
                                 b":", b"transfer-encoding: chunked", b"\0", b"\xff", b";", b"100"]), max_size=30))
def test_whatever_comes_is_an_answer_or_none(parts: list[bytes]) -> None:
    try:
        assert 0 <= read(io.BytesIO(b"".join(parts))).status < 1000
    except (Broken, ConnectionError):
        pass

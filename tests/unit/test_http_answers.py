"""HTTP/1.1 as the S3 store and the sink for APIs read it; and as the sink writes it."""
from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulier.http.answer import answered
from haulier.http.connection import Broken, Connection, is_slow, wait_at_most
from haulier.sinks.http_line import LARGEST, Line
from haulier.sinks.http_place import Place
from haulier.sinks.http_request import Request, lines, written


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes
    stays: bool = True


def read(said: bytes, method: str = "POST") -> Answer:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        answer = answered(Connection(ours), method)
        return Answer(answer.status, answer.headers, answer.read(), answer.is_reusable)


def test_a_request() -> None:
    data = written("POST", "/rows?a=1", lines({"host": "x", "a": "b"}), b"{}")
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
    (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
     Answer(200, {"content-length": "1"}, b"x")),
    (b"HTTP/1.1 200 OK\r\nA: 1\r\nA: 2\r\n folded: 3\r\nContent-Length: 0\r\n\r\n",
     Answer(200, {"a": "1, 2", " folded": "3", "content-length": "0"}, b"")),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: x\r\n\r\n",
     Answer(200, {"transfer-encoding": "chunked"}, b"abc0123456789"))])
def test_answers(said: bytes, found: Answer) -> None:
    assert read(said) == found


def rows_heard(said: bytes) -> tuple[bytes, bool]:
    """What the sink for APIs has of an answer, and whether it goes on with that connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve() -> None:
            opened = server.accept()[0]
            with opened:
                opened.recv(1 << 16)
                try:
                    opened.sendall(said)
                except ConnectionError:
                    pass        # it was not read to the end
        thread = threading.Thread(target=serve)
        thread.start()
        line = Line(Place("127.0.0.1", server.getsockname()[1], False, 10, 10))
        try:
            body = line.exchange("POST", Request("/", b"", b"{}")).body
            return body, line._connection is not None
        finally:
            line.close()
            thread.join()


def test_what_is_too_large_is_read_no_further() -> None:
    start = b"HTTP/1.1 200 OK\r\n"
    chunk = b"%x\r\n%b\r\n" % (LARGEST - 5, b"x" * (LARGEST - 5))
    for said in (b"content-length: 99999999999\r\n\r\n" + b"x" * (LARGEST + 9),
                 b"transfer-encoding: chunked\r\n\r\n" + chunk * 2, b"\r\n" + b"x" * (LARGEST + 9)):
        body, goes_on = rows_heard(start + said)
        assert len(body) == LARGEST and not goes_on
    assert rows_heard(start + b"content-length: 3\r\n\r\nabc") == (b"abc", True)


def test_a_limit_that_must_not_be_passed() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n01234")
        answer = answered(Connection(ours), "GET")
        with pytest.raises(Broken, match="longer than 4 bytes"):
            answer.read(4)


def test_one_answer_after_the_other() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"
                       b"HTTP/1.1 404 \r\ncontent-length: 1\r\n\r\nb")
        connection = Connection(ours)
        assert [(one.status, one.read()) for one in (answered(connection, "GET") for _ in "12")] == [
            (200, b"a"), (404, b"b")]


@pytest.mark.parametrize("seconds", [0.05, 0.5])
def test_who_says_nothing_is_waited_for_so_long(seconds: float) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wait_at_most(ours, seconds)
        with pytest.raises(OSError) as caught:
            answered(Connection(ours), "GET")
        assert is_slow(caught.value)


@pytest.mark.parametrize("method", ["HEAD", "CONNECT"])
def test_what_has_no_body(method: str) -> None:
    asked = read(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", method)
    assert asked.body == b"" and asked.stays


@pytest.mark.parametrize("said", [
    b"SSH-2.0-x\r\n",
    b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc", b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\nabc", b"HTTP/1.1 200 OK\r\nx: " + b"y" * 70_000 + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 300 + b"\r\n", b"HTTP/1.1 100 Continue\r\n\r\n" * 30,
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-5\r\nabc\r\n",
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc"])
def test_what_is_no_answer(said: bytes) -> None:
    with pytest.raises(Broken):
        read(said)


def test_nothing_is_a_connection_that_was_closed() -> None:
    with pytest.raises(ConnectionError):
        read(b"")


@given(st.lists(st.sampled_from([b"HTTP/1.1 ", b"200", b" OK", b"\r\n", b"\n", b"content-length: ", b"5", b"x", b"-",
                                 b":", b"transfer-encoding: chunked", b"\0", b"\xff", b";", b"100"]), max_size=30))
def test_whatever_comes_is_an_answer_or_none(parts: list[bytes]) -> None:
    try:
        assert 0 <= read(b"".join(parts)).status < 1000
    except (Broken, ConnectionError):
        pass

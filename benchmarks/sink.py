"""A server that speaks just enough S3 to show what a client costs: bodies are thrown away or made up.

Not a store: it checks no signature and keeps no byte. `python -m benchmarks.sink` prints its port.
"""
from __future__ import annotations

import asyncio
import sys
from urllib.parse import parse_qsl, unquote, urlsplit

from .made import Made

BUFFER = 1 << 20
XML = "<?xml version='1.0' encoding='UTF-8'?>"
BLOCK = memoryview(bytes(range(256)) * 4096)
parts: dict[str, dict[str, int]] = {}
"""Sizes of the parts of each key: a part may come twice."""


class Sink(asyncio.BufferedProtocol):
    """One connection: requests one after another, bodies dropped where they are received."""

    def __init__(self) -> None:
        self.buffer = bytearray(BUFFER)
        self.view = memoryview(self.buffer)
        self.head = b""
        self.left = 0
        self.request = ("", "", "")
        self.checksum = ""
        self.unsent = range(0)      # of the body of an answer, by offset
        self.is_full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return self.view

    def buffer_updated(self, count: int) -> None:
        if self.left > count:
            self.left -= count
            return
        data, self.left, was = bytes(self.view[self.left:count]), 0, self.left
        if was:
            self.answer()
        self.head += data
        while b"\r\n\r\n" in self.head:
            head, _, rest = self.head.partition(b"\r\n\r\n")
            self.head = rest
            self.begin(head.decode("latin-1"))

    def begin(self, head: str) -> None:
        line, *fields = head.split("\r\n")
        method, path, _ = line.split(" ")
        values = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        self.request = method, path, values.get("range", "")
        # As a store does that has compared it: the checksum comes back.
        self.checksum = "".join(f"{name}: {value}\r\n" for name, value in values.items()
                                if name.startswith("x-amz-checksum-") and name.count("-") == 3)
        size = int(values.get("content-length", 0))
        if values.get("expect", "").lower() == "100-continue":
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        url = urlsplit(path)
        if method == "PUT" and not url.query.startswith("uploads"):
            key = unquote(url.path)
            real = int(values.get("x-amz-decoded-content-length", size))
            part = url.query.partition("partNumber=")[2].partition("&")[0]
            parts.setdefault(key, {})[part] = real
        taken = min(size, len(self.head))
        self.head = self.head[taken:]
        self.left = size - taken
        if not self.left:
            self.answer()

    def answer(self) -> None:
        method, path, ranged = self.request
        url = urlsplit(path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        place = unquote(url.path)
        bucket, _, key = place.strip("/").partition("/")
        made = Made.of(bucket)
        if method == "POST" and "uploads" in query:
            parts[place] = {}
            self.say(f"{XML}<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>")
        elif method == "POST":
            self.say(f"{XML}<CompleteMultipartUploadResult><ETag>\"sink-1\"</ETag></CompleteMultipartUploadResult>")
        elif method not in ("GET", "HEAD"):
            self.say("")
        elif "list-type" in query or not key:
            self.say((made or Made(0, 0)).page(query))
        elif made:
            self.send(made.size if made.has(key) else None, ranged, with_body=method == "GET")
        else:
            self.send(sum(parts[place].values()) if place in parts else None, ranged, with_body=method == "GET")

    def say(self, body: str, status: str = "200 OK") -> None:
        self.transport.write(f"HTTP/1.1 {status}\r\nETag: \"sink-1\"\r\n{self.checksum}"
                             f"Content-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

    def send(self, size: int | None, ranged: str, *, with_body: bool) -> None:
        if size is None:
            self.say("", "404 Not Found")
            return
        status, wanted, extra = "200 OK", range(size), ""
        if ranged:
            first, _, last = ranged.removeprefix("bytes=").partition("-")
            wanted = range(int(first), min(int(last) + 1 if last else size, size))
            status, extra = "206 Partial Content", f"Content-Range: bytes {wanted.start}-{wanted.stop - 1}/{size}\r\n"
        self.transport.write(
            f"HTTP/1.1 {status}\r\nETag: \"sink-1\"\r\nContent-Length: {len(wanted)}\r\nAccept-Ranges: bytes\r\n{extra}"
            "Last-Modified: Sat, 01 Nov 2025 10:00:00 GMT\r\n\r\n".encode())
        if with_body:
            self.unsent = wanted
            self.pump()

    def pump(self) -> None:
        """Byte n of any object is n modulo 256."""
        while self.unsent and not self.is_full:
            block = BLOCK[self.unsent.start % len(BLOCK):][:len(self.unsent)]
            self.unsent = self.unsent[len(block):]
            self.transport.write(block)

    def pause_writing(self) -> None:
        self.is_full = True

    def resume_writing(self) -> None:
        self.is_full = False
        self.pump()


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)  # ends when whoever started it dies


if __name__ == "__main__":
    asyncio.run(serve())

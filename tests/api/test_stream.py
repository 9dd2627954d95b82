"""What happens, told as it happens: nothing twice, nothing left out, whoever was away included."""
from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import httpx
import pytest

from api.hubs import Place, until
from api.test_runs import files, over, start  # noqa: F401 - a fixture
from haulier.api.stream import fan
from haulier.model.account import Role
from haulier.model.run import RunState, Totals

V1 = "/api/v1"


class Listener:
    """Reads a stream in a thread, into `messages` as (kind, id, data)."""

    def __init__(self, client: httpx.Client, path: str, **how: Any) -> None:
        self.messages: list[tuple[str, int | None, Any]] = []
        self.raw: list[str] = []
        self.is_over = False
        self._stack = ExitStack()
        self.answer = self._stack.enter_context(client.stream("GET", path, timeout=60, **how))
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        message: dict[str, str] = {}
        try:
            for line in self.answer.iter_lines():
                self.raw.append(line)
                if line:
                    key, _, value = line.partition(": ")
                    message[key] = value
                elif "event" in message:
                    self.messages.append((message["event"], int(message["id"]) if "id" in message else None,
                                          json.loads(message["data"])))
                    message = {}
                else:
                    message = {}
        except httpx.HTTPError:
            pass
        self.is_over = True

    def ids(self) -> list[int]:
        return [id for kind, id, _ in self.messages if kind == "event" and id]

    def kinds(self) -> list[str]:
        return [kind for kind, _, _ in self.messages]

    def close(self) -> None:
        line = self.answer.extensions["network_stream"].get_extra_info("socket")
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)     # a plain close waits for the thread that reads
        self._thread.join(5)
        self._stack.close()


@contextmanager
def listening(hub: Place, path: str = f"{V1}/events", role: Role = Role.VIEWER, **how: Any) -> Iterator[Listener]:
    queues = hub.app.state.desk.feed._fan._queues
    before = {*queues}
    listener = Listener(hub.client(role), path, **how)
    try:
        if path.endswith("/events"):    # others may just be leaving
            until(lambda: {*queues} - before or listener.is_over)
        yield listener
    finally:
        listener.close()


def stored(hub: Place, after: int = 0) -> list[int]:
    return [one.id for one in hub.made.books.reader.events(after, limit=100_000)]


def last(hub: Place) -> int:
    found = hub.made.books.reader.events(0, limit=1, newest=True)
    return found[0].id if found else 0


def listeners(hub: Place) -> int:
    return len(hub.app.state.desk.feed._fan._queues)


def test_events_are_told_as_they_happen(hub: Place, files: list[str]) -> None:  # noqa: F811
    with listening(hub) as listener:
        assert listener.answer.headers["content-type"].startswith("text/event-stream")
        assert listener.answer.headers["cache-control"] == "no-store"
        until(lambda: listeners(hub) and hub.app.state.desk.feed._position >= 0)
        before = last(hub)
        run = start(hub)["id"]
        until(lambda: any(data.get("kind") == "run.queued" for _, _, data in listener.messages))
        over(hub, run)
        until(lambda: [id for id in listener.ids() if id > before] == stored(hub, before))
        assert listener.ids() == sorted(set(listener.ids()))
        event = [data for _, _, data in listener.messages if data.get("kind") == "run.started"][-1]
        assert (event["flow"], event["run"]) == ("reports", run) and event["at"].endswith("Z")


@pytest.mark.parametrize("how", [lambda id: {"headers": {"Last-Event-ID": str(id)}},
                                 lambda id: {"params": {"after": id}}], ids=["header", "query"])
def test_whoever_was_away_is_told_what_was_missed(hub: Place, files: list[str], how: Any) -> None:  # noqa: F811
    before = last(hub)
    over(hub, start(hub)["id"])
    with listening(hub, **how(before)) as listener:
        until(lambda: listener.ids() == stored(hub, before))
        until(lambda: "jobs" in listener.kinds())
        over(hub, start(hub)["id"])
        until(lambda: listener.ids()[-1] == last(hub))
        assert listener.ids() == stored(hub, before)


def test_coming_and_going_in_the_middle_of_much(hub: Place) -> None:
    """Many who come back again and again, while events are written: each sees every event once."""
    before = last(hub)
    books = hub.made.books
    stop = threading.Event()

    def happen() -> None:
        while not stop.is_set():
            run = books.ledger.start("made up", source="a", target="b")
            books.ledger.finish(run, RunState.DONE, Totals())

    thread = threading.Thread(target=happen)
    thread.start()
    try:
        seen: list[list[int]] = [[], [], []]
        for ids in seen * 6:
            with listening(hub, params={"after": ids[-1] if ids else before}) as listener:
                until(lambda listener=listener: len(listener.ids()) > 7)
                ids += listener.ids()
    finally:
        stop.set()
        thread.join()
    every = stored(hub, before)
    for ids in seen:
        assert ids == every[:len(ids)] and len(ids) > 30


def test_too_much_to_be_told_is_to_be_fetched(hub: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haulier.api.stream.feed.MISSED", 3)
    while last(hub) <= 10:
        run = hub.made.books.ledger.start("made up", source="a", target="b")
        hub.made.books.ledger.finish(run, RunState.DONE, Totals())
    for after in (1, 10**12):
        with listening(hub, params={"after": after}) as listener:
            until(lambda listener=listener: "reload" in listener.kinds())
            _, id, data = next(one for one in listener.messages if one[0] == "reload")
            assert data == {} and id > 10
            until(lambda listener=listener, id=id: listener.ids() == stored(hub, id))


def test_what_happens_while_a_listener_arrives_is_told(
        hub: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haulier.api.stream.feed.PAUSE", 5)      # it waits a second to be told anything
    path = hub.home / "configs" / "jobs.yaml"
    with listening(hub) as listener:
        until(lambda: listeners(hub))
        path.write_text(path.read_text() + "# changed\n")
        hub.made.live.refresh()
        until(lambda: "jobs" in listener.kinds())


def test_progress_is_told_at_most_once_a_second(hub: Place, files: list[str]) -> None:  # noqa: F811
    path = hub.home / "configs" / "jobs.yaml"
    before = path.read_text()
    (hub.home / "in" / "one.big").write_bytes(os.urandom(1 << 20) * 64)
    with listening(hub) as listener:
        until(lambda: listeners(hub))
        path.write_text(before + "  - job_id: slow\n    source: { type: local, path: in, file_pattern: \"*.big\" }\n"
                        "    destination: { type: local, path: out }\n    complete: { settle_seconds: 0 }\n"
                        "    limits: { bandwidth: 2MB/s }\n    processing: { enabled: true, steps: [compress] }\n")
        hub.made.live.refresh()
        until(lambda: "jobs" in listener.kinds())
        run = start(hub, "slow", priority="urgent")["id"]
        at = [time.monotonic()]

        def reports() -> list[Any]:
            return [data for kind, _, data in listener.messages if kind == "progress"]

        until(lambda: len([one for one in reports() if one["transfers"]]) >= 3)
        assert len(reports()) <= time.monotonic() - at[0] + 2
        told = [one for one in reports() if one["transfers"]][-1]
        about, = told["transfers"].values()
        assert about["size"] == 64 << 20 and 0 < about["moved"] <= about["size"] and about["state"] == "copying"
        assert about["speed"] and told["runs"][str(run)]["speed"] and told["runs"][str(run)]["files"] == 1
        hub.client().post(f"{V1}/runs/{run}/cancel")
    path.write_text(before)
    hub.made.live.refresh()
    over(hub, run)


def test_silence_has_a_heartbeat_and_whoever_is_not_welcome_any_more_is_cut(
        hub: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fan, "HEARTBEAT", 0.2)
    browser = hub.browser("viewer")
    listener = Listener(browser, f"{V1}/events")
    until(lambda: ": still here" in listener.raw)
    assert not listener.is_over
    assert browser.delete(f"{V1}/session").status_code == 204
    until(lambda: listener.is_over)
    listener.close()


def test_a_listener_that_leaves_is_forgotten(hub: Place) -> None:
    until(lambda: listeners(hub) == 0)
    with listening(hub), listening(hub):
        until(lambda: listeners(hub) == 2)
    until(lambda: listeners(hub) == 0)


def test_too_many_listeners_are_refused(hub: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fan, "LISTENERS", 1)
    until(lambda: listeners(hub) == 0)
    with listening(hub):
        until(lambda: listeners(hub) == 1)
        answer = hub.client().get(f"{V1}/events")
        assert answer.status_code == 429 and answer.headers["retry-after"]


def test_streams_need_signing_in(hub: Place) -> None:
    for path in ("events", "logs/stream"):
        assert hub.client(None).get(f"{V1}/{path}").status_code == 401


def test_the_log_is_followed(hub: Place) -> None:
    path = hub.home / "logs" / "haulier.log"
    path.parent.mkdir(exist_ok=True)
    line = {"at": "2026-11-25T20:15:00.000Z", "level": "INFO", "logger": "x", "text": "old"}
    path.write_text(json.dumps(line) + "\n")
    with listening(hub, f"{V1}/logs/stream") as listener:
        until(lambda: ": from now on" in listener.raw)
        with path.open("a") as file:
            file.write(json.dumps({**line, "text": "new\nline <b>", "flow": "reports", "run": 3}) + "\n")
        until(lambda: listener.messages)
        assert listener.messages == [("line", None, {**line, "text": "new\nline <b>", "flow": "reports", "run": 3})]
    path.unlink()


def test_a_slow_listener_is_told_to_fetch_everything() -> None:
    import asyncio

    async def scenario() -> list[bytes]:
        queue = fan.Queue()
        for number in range(fan.QUEUED):
            queue.put([b"%d" % number], b"reload")
        queue.put([b"one more"], b"reload")
        queue.put([b"after"], b"reload")
        return await queue.get()

    assert asyncio.run(scenario()) == [b"reload", b"after"]


def test_trouble_with_the_database_ends_no_stream(hub: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from haulier.model.errors import Unavailable
    monkeypatch.setattr(fan, "TROUBLE", 0.1)
    reader = type(hub.made.books.reader)
    plain = reader.events
    with listening(hub) as listener:
        until(lambda: listeners(hub) and hub.app.state.desk.feed._position >= 0)
        before = last(hub)

        def away(*_: object, **__: object) -> Any:
            tried.append(1)
            raise Unavailable("the database is away")

        tried: list[int] = []
        monkeypatch.setattr(reader, "events", away)
        until(lambda: len(tried) > 3)
        monkeypatch.setattr(reader, "events", plain)
        over(hub, start(hub, "nowhere")["id"])
        until(lambda: (found := [id for id in listener.ids() if id > before]) and found == stored(hub, before))

"""An accounts system with an HTTP API on loopback: it keeps what is posted, once for each key, and misbehaves as told.

A row is posted alone, as a list, or as an object with a list in it, to any path. `Idempotency-Key` is honoured: the
same request again gets the first answer and has no second effect. A list's rows have their own keys in `key_field`.
`python -m haulier.testing.servers.books` is one in a process of its own, at the port it prints, until its input ends.
"""
from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from .bookdesk import Desk


class Answer(NamedTuple):
    """What a request is told; `cuts`: the connection is closed instead, as when an answer is lost on its way."""

    status: int = 201
    said: Any = None
    headers: Mapping[str, str] = {}
    cuts: bool = False


class Asked(NamedTuple):
    """A request as it came. `headers` have their names in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


def nobody(row: Any) -> str:
    """No row is refused."""
    return ""


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


@dataclass
class Books:
    """Attributes may be changed while it runs."""

    port: int = 0
    key_field: str = "key"
    token: str = ""                     # asked for as a bearer token: else 401
    answers: list[Answer] = field(default_factory=list)
    """Come first, one for each request, without any effect."""
    losing: int = 0                     # so many requests have their effect, and their answers are lost
    refuses: Callable[[Any], str] = nobody
    """Why a row is refused (422), as a text; empty if it is not."""
    tells_each: bool = False            # a list with refused rows: 207 and a result for each; else 422, none kept
    limit: int = 0                      # rows in one request: more are 413
    delay: float = 0.0                  # seconds before each answer
    deaf: bool = False                  # keys are not heeded: the same row twice has two effects
    again: int = 0                      # a key that is known gets this status (as 409) instead of the first answer
    asked: list[Asked] = field(default_factory=list)
    kept: list[Any] = field(default_factory=list)
    effects: Counter[str] = field(default_factory=Counter)
    """How often the row of a key was kept: all are 1 if nothing was posted twice."""
    _known: dict[str, tuple[bytes, Answer]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _gone: threading.Event = field(default_factory=threading.Event)
    _desk: Desk | None = None

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/rows"

    @property
    def twice(self) -> Mapping[str, int]:
        """The keys with more than one effect."""
        return {key: count for key, count in [*self.effects.items()] if count > 1}

    def up(self) -> None:
        """Listen, at the same port as before."""
        self._gone.clear()
        self._desk = Desk(self.port, self._handled)
        self.port = self._desk.port

    def down(self) -> None:
        """Cut all connections and refuse new ones; what was kept stays."""
        self._gone.set()
        if self._desk is not None:
            self._desk.close()
        self._desk = None

    def _handled(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if method == "GET":
            return Answer(200, {"rows": len(self.kept), "twice": len(self.twice)})
        if self.delay:
            self._gone.wait(self.delay)
        with self._lock:
            self.asked.append(Asked(method, path, headers, body))
            if self.answers:
                return self.answers.pop(0)
            if self.token and headers.get("authorization") != f"Bearer {self.token}":
                return Answer(401, {"error": "who are you?"})
            answer = self._posted("" if self.deaf else headers.get("idempotency-key", ""), body)
            if self.losing:
                self.losing -= 1
                return answer._replace(cuts=True)
            return answer

    def _posted(self, key: str, body: bytes) -> Answer:
        if key and key in self._known:
            first, answer = self._known[key]
            if self.again:
                return Answer(self.again, {"code": "already_exists", "error": "this key came before"})
            return answer if first == body else Answer(422, {"code": "idempotency_key_reused"})
        said = json.loads(body)
        lists = [said] if isinstance(said, list) else [*filter(_is_rows, said.values())]
        answer = self._listed(lists[0]) if lists else self._alone(key, said)
        if key and answer.status < 400:
            self._known[key] = body, answer
        return answer

    def _alone(self, key: str, row: Any) -> Answer:
        if why := self.refuses(row):
            return Answer(422, {"error": why})
        self._keep(key, row)
        return Answer()

    def _listed(self, rows: Sequence[Any]) -> Answer:
        if self.limit and len(rows) > self.limit:
            return Answer(413)
        why = [self.refuses(row) for row in rows]
        if any(why) and not self.tells_each:
            return Answer(422, {"error": next(filter(None, why))})
        for row, refused in zip(rows, why, strict=True):
            own = "" if self.deaf else str(row.get(self.key_field) or "")
            if not refused and not (own and own in self.effects):
                self._keep(own, row)
        if not any(why):
            return Answer()
        return Answer(207, [{"status": 422, "error": refused} if refused else {"status": 201} for refused in why])

    def _keep(self, key: str, row: Any) -> None:
        self.effects[key or json.dumps(row, sort_keys=True)] += 1
        self.kept.append(row)


def main() -> None:
    """Until standard input ends."""
    import sys
    with Books() as books:
        sys.stdout.write(f"{books.port}\n")
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            sys.stdin.read()


if __name__ == "__main__":
    main()

"""Alerts: what is to be sent, every method of the port as one transaction."""
from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from ..model.alert import BAD, AlertKind, Bundle, Message, News, Outbox, Said
from ..ports import Alerts
from .database import Database
from .dialects.dialect import quoted
from .story import cleaned

MOST = 1000
"""Messages of one channel that wait; then the oldest is given up."""
SECOND = 1_000_000_000
ALIKE = "channel = ? AND flow = ? AND kind = ?"
WAITING = "ended IS NULL AND tries = 0"
OPEN_BAD = f"SELECT max(due) FROM alerts WHERE channel = ? AND flow = ? AND kind IN {quoted(BAD)} AND ended IS NULL"
DUE = "SELECT * FROM alerts WHERE channel = ? AND ended IS NULL AND due <= ? AND until <= ? ORDER BY due, id LIMIT 1"
OVERDUE = ("UPDATE alerts SET ended = ?, error = 'too many were waiting' WHERE channel = ? AND ended IS NULL AND id <="
           " (SELECT id FROM alerts WHERE channel = ? AND ended IS NULL ORDER BY id DESC LIMIT 1 OFFSET ?)")


class SqlAlerts(Alerts):
    """May be used by many threads, but by no child of a fork."""

    def __init__(self, database: Database) -> None:
        self._database, self._dialect = database, database.dialect

    def position(self) -> int | None:
        with self._database.read() as conn:
            found: int | None = self._dialect.run(conn, "SELECT event FROM positions WHERE name = 'alerts'").scalar()
        return found

    def follow(self, before: int | None, after: int | None, news: Sequence[News], now: int) -> bool:
        with self._database.write() as conn:
            if not self._moved(conn, before, after):
                return False
            for one in news:
                self._keep(conn, one, now)
            for channel in sorted({one.channel for one in news}):
                self._bound(conn, channel, now)
            return True

    def claim(self, channel: str, now: int, until: int) -> Message | None:
        with self._database.read() as conn:     # mostly there is none, and nobody is held up
            if self._dialect.run(conn, DUE, channel, now, now).first() is None:
                return None
        with self._database.write() as conn:
            row = self._dialect.run(conn, DUE + self._dialect.exclusive, channel, now, now).first()
            if row is None:
                return None
            self._dialect.run(conn, "UPDATE alerts SET tries = tries + 1, until = ? WHERE id = ?", until, row.id)
        return Message(row.id, row.channel, row.flow, AlertKind(row.kind), row.created, _read(row.bundle),
                       row.tries + 1)

    def settle(self, message: Message, now: int, *, error: str = "", again: int | None = None) -> bool:
        error = cleaned(error)
        with self._database.write() as conn:
            ended = now if again is None else None
            done = self._dialect.run(
                conn, "UPDATE alerts SET ended = ?, error = ?, until = 0, due = coalesce(?, due)"
                      " WHERE id = ? AND tries = ? AND ended IS NULL", ended, error or None, again, message.id,
                message.tries)
            if done.rowcount:
                self._count(conn, message.channel, now, error, given_up=int(bool(error) and again is None))
            return bool(done.rowcount)

    def outboxes(self) -> Mapping[str, Outbox]:
        with self._database.read() as conn:
            waiting = dict(self._dialect.run(
                conn, "SELECT channel, count(*) FROM alerts WHERE ended IS NULL GROUP BY channel").all())
            rows = self._dialect.run(conn, "SELECT name, sent, given_up, last_sent, last_error, last_error_at"
                                           " FROM channels").all()
        found = {name: Outbox(number) for name, number in waiting.items()}
        return found | {name: Outbox(waiting.get(name, 0), sent, given_up, last, error or "", at)
                        for name, sent, given_up, last, error, at in rows}

    def drop(self, channel: str) -> None:
        with self._database.write() as conn:
            self._dialect.run(conn, "DELETE FROM alerts WHERE channel = ? AND ended IS NULL", channel)
            self._dialect.run(conn, "DELETE FROM channels WHERE name = ?", channel)

    def prune(self, before: int) -> None:
        with self._database.write() as conn:
            self._dialect.run(conn, "DELETE FROM alerts WHERE coalesce(ended, due) < ?", before)

    def _moved(self, conn: Connection, before: int | None, after: int | None) -> bool:
        """Compare and set: of many that go on from one event, one succeeds."""
        if before is None:
            done = self._dialect.run(conn, "INSERT INTO positions (name, event) VALUES ('alerts', ?)"
                                           " ON CONFLICT DO NOTHING", after)
        elif after is None:
            done = self._dialect.run(conn, "DELETE FROM positions WHERE name = 'alerts' AND event = ?", before)
        else:
            done = self._dialect.run(conn, "UPDATE positions SET event = ? WHERE name = 'alerts' AND event = ?",
                                     after, before)
        return bool(done.rowcount)

    def _keep(self, conn: Connection, news: News, now: int) -> None:
        """Into the message that waits already, or as a new one, when the quiet time after the last one is over."""
        alike, run = (news.channel, news.flow, news.kind.value), self._dialect.run
        held = run(conn, f"SELECT id, due, bundle FROM alerts WHERE {ALIKE} AND {WAITING} ORDER BY id LIMIT 1"
                   + self._dialect.exclusive, *alike).first()
        last = run(conn, f"SELECT max(at) FROM alerts WHERE {ALIKE} AND id <> ?", *alike,
                   held.id if held else 0).scalar()
        due = max(now + int(news.delay * SECOND), 0 if last is None else last + int(news.quiet * SECOND))
        if news.kind is AlertKind.RECOVERED:    # not before what it recovered from
            due = max(due, run(conn, OPEN_BAD, *alike[:2]).scalar() or 0)
        elif news.kind in BAD:                  # a recovery that nobody has heard of is no news any more
            run(conn, f"DELETE FROM alerts WHERE {ALIKE} AND {WAITING}", *alike[:2], AlertKind.RECOVERED.value)
        if held:
            due = min(due, held.due)
            run(conn, "UPDATE alerts SET at = ?, due = ?, bundle = ? WHERE id = ?", due, due,
                _written(_read(held.bundle).added(news.said)), held.id)
        else:
            run(conn, "INSERT INTO alerts (channel, flow, kind, created, at, due, bundle) VALUES (?, ?, ?, ?, ?, ?, ?)",
                *alike, now, due, due, _written(Bundle((news.said,))))

    def _bound(self, conn: Connection, channel: str, now: int) -> None:
        dropped = self._dialect.run(conn, OVERDUE, now, channel, channel, MOST).rowcount
        if dropped:
            self._count(conn, channel, now, f"more than {MOST} messages were waiting", given_up=dropped)

    def _count(self, conn: Connection, channel: str, now: int, error: str, *, given_up: int) -> None:
        self._dialect.run(conn, "INSERT INTO channels (name) VALUES (?) ON CONFLICT DO NOTHING", channel)
        if error:
            self._dialect.run(conn, "UPDATE channels SET given_up = given_up + ?, last_error = ?, last_error_at = ?"
                                    " WHERE name = ?", given_up, error, now, channel)
        else:
            self._dialect.run(conn, "UPDATE channels SET sent = sent + 1, last_sent = ? WHERE name = ?", now, channel)


def _written(bundle: Bundle) -> str:
    return cleaned(json.dumps(bundle))


def _read(text: str) -> Bundle:
    said, more, failed = json.loads(text)
    return Bundle(tuple(Said(at, words, run, count, tuple((path, why) for path, why in files))
                        for at, words, run, count, files in said), more, failed)

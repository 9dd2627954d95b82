"""Follows the events and keeps what channels are to be told of them; the rest is the couriers' work."""
from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence, Set
from typing import NamedTuple

from ..model import alert
from ..model.alert import AlertKind
from ..model.errors import HaulierError
from ..ports import Agenda, Alerts, Clock, Reader
from .courier import Courier, Open
from .news import Heard, News
from .trouble import Trouble

log = logging.getLogger("haulier.alerts")
EVERY = 1.0
PAGE = 1000
KEPT = 14 * 86_400 * 10**9
"""Nanoseconds that a message is kept once it is over."""
HOUR = 3600 * 10**9
PATIENCE = 5.0


class Subscriber(NamedTuple):
    """A channel as it is set: what it wants to hear, of which flows, and seconds between two messages of a kind."""

    events: Set[AlertKind]
    wants: Callable[[str], object]
    quiet: float
    open: Open


class Views(NamedTuple):
    """Of the ledger."""

    alerts: Alerts
    agenda: Agenda
    reader: Reader


class Alerting:
    """`subscribers` are asked for at every look, `address` at every message."""

    def __init__(self, views: Views, clock: Clock, subscribers: Callable[[], Mapping[str, Subscriber]],
                 address: Callable[[], str]) -> None:
        self._alerts, self._reader, self._clock = views.alerts, views.reader, clock
        self._news = News(views.agenda, views.reader)
        self._subscribers, self._address = subscribers, address
        self._couriers: dict[str, Courier] = {}
        self._pruned = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="alerts", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What is kept is sent when a hub is there again."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)
        for courier in self._couriers.values():
            courier.stop()
        end = time.monotonic() + PATIENCE
        for courier in self._couriers.values():
            courier.stop(max(0.0, end - time.monotonic()))

    def look(self) -> None:
        """Everything that happened since the last look."""
        subscribers = self._subscribers()
        self._engage(subscribers)
        while self._follow(subscribers):
            pass
        now = self._clock.now()
        if not 0 <= now - self._pruned < HOUR:
            self._alerts.prune(now - KEPT)
            self._pruned = now

    def _work(self) -> None:
        trouble = Trouble()
        while not self._over.is_set():
            try:
                self.look()
                trouble.may_be_over()
            except HaulierError as error:
                trouble.say(error)
            except Exception:
                if not self._over.is_set():     # else the ledger is being closed
                    log.exception("a bug in the alerts")
            self._over.wait(EVERY)

    def _engage(self, subscribers: Mapping[str, Subscriber]) -> None:
        """A courier for each channel; for one that is gone none, and what waits for it is not sent."""
        for name in self._couriers.keys() - subscribers.keys():
            self._couriers.pop(name).stop()
            self._alerts.drop(name)
        for name, one in subscribers.items():
            if name in self._couriers:
                self._couriers[name].open = one.open
            else:
                courier = self._couriers[name] = Courier(name, one.open, self._address, self._alerts, self._clock)
                courier.start()

    def _follow(self, subscribers: Mapping[str, Subscriber]) -> bool:
        """One page of events; whether there may be another one. With nobody to tell, there is nothing to go on from."""
        before, now = self._alerts.position(), self._clock.now()
        if not subscribers:
            if before is not None:
                self._alerts.follow(before, None, (), now)
            return False
        if before is None:
            last = self._reader.events(0, limit=1, newest=True)
            self._alerts.follow(None, last[0].id if last else 0, (), now)
            return False
        events = self._reader.events(before, limit=PAGE)
        if events:
            news = [one for heard in self._news.of(events) for one in _for(subscribers, heard)]
            self._alerts.follow(before, events[-1].id, news, now)
        return len(events) == PAGE and not self._over.is_set()


def _for(subscribers: Mapping[str, Subscriber], heard: Heard) -> Sequence[alert.News]:
    return [alert.News(name, heard.flow, heard.kind, heard.said, one.quiet, heard.delay)
            for name, one in subscribers.items() if heard.kind in one.events and one.wants(heard.flow)]

"""Carries the messages of one channel away, in a thread of its own: a slow receiver holds up nobody else."""
from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from ..core.letter import letter
from ..model.alert import Message
from ..model.errors import HaulierError, Permanent, Transient
from ..model.retry import Retry
from ..ports import Alerts, Channel, Clock
from .trouble import Trouble

log = logging.getLogger("haulier.alerts")
EVERY = 1.0
LEASE = 120_000_000_000
"""Nanoseconds after which a message is tried again whose sender is gone: longer than any channel takes."""
RETRY = Retry(base=2.0, cap=300.0, window=86_400.0)
SECOND = 1_000_000_000

Open = Callable[[], Channel]
"""Makes the channel as it is set now; Invalid if it is not set well."""


class Courier:
    """From `start` to `stop`; what it did not get rid of, the next one does."""

    def __init__(self, channel: str, open_: Open, address: Callable[[], str], alerts: Alerts, clock: Clock) -> None:
        self.open = open_
        self._channel, self._address, self._alerts, self._clock = channel, address, alerts, clock
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"alerts-{channel}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 0.0) -> None:
        """Begin nothing any more, and wait so long for what is under way."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _work(self) -> None:
        trouble = Trouble()
        while not self._over.is_set():
            try:
                if self.carry():
                    continue
                trouble.may_be_over()
            except HaulierError as error:       # the ledger's
                trouble.say(error)
            except Exception:
                if not self._over.is_set():     # else the ledger is being closed
                    log.exception("a bug in the alerts")
            self._over.wait(EVERY)

    def carry(self) -> bool:
        """Try to send one message; whether there was one."""
        now = self._clock.now()
        message = self._alerts.claim(self._channel, now, now + LEASE)
        if message is None:
            return False
        try:
            self.open().send(letter(message, self._address()))
        except HaulierError as error:
            self._failed(message, error)
        except Exception as error:      # a plugin's bug: its message may have its secret in it
            log.exception("alerts: a bug in the channel %s", self._channel)
            self._failed(message, Permanent(f"a bug in this channel: {type(error).__name__}"))
        else:
            self._alerts.settle(message, self._clock.now())
        return True

    def _failed(self, message: Message, error: HaulierError) -> None:
        now, since = self._clock.now(), message.created
        pause = None if isinstance(error, Permanent) else RETRY.pause(message.tries, (now - since) / SECOND, since)
        if pause is not None and isinstance(error, Transient) and error.retry_after:
            pause = max(pause, min(error.retry_after, 3600.0))
        again = None if pause is None else now + int(pause * SECOND)
        if again is None:
            log.error("alerts: %s: a message of %s (%s) was given up after %s tries: %s", self._channel, message.flow,
                      message.kind, message.tries, error)
        elif message.tries == 1:
            log.warning("alerts: %s: %s; it is tried again", self._channel, error)
        self._alerts.settle(message, now, error=str(error), again=again)

"""The files of a source that are there, and whole, the oldest first."""
from __future__ import annotations

import logging
from collections.abc import Callable

from ...core.importing.listing import Known, Listing
from ...model.files import Entry
from ...model.flow import Rules
from ...ports import Store

log = logging.getLogger("haulier.imports")


def ready(store: Store, rules: Rules, check: Callable[[], None], seen: Known = lambda paths: {}) -> list[Entry]:
    """Those that are not taken now are in the log, and why."""
    listing = Listing(store, rules, lambda one: log.info("%s: not taken: %s", one.entry.path, one.reason), check, seen)
    return sorted(listing.ready(), key=lambda one: (one.modified or 0, one.path))

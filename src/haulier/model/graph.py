"""A flow as a graph of tasks: what is to be done, in which order, and with which parameters."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any

from .retry import Retry
from .schedule import Overlap

ONCE = Retry(tries=1)
"""A task is tried once, unless its flow says otherwise."""


class Kind(StrEnum):
    """The type of a parameter."""

    TEXT = auto()
    INTEGER = auto()
    NUMBER = auto()
    BOOLEAN = auto()
    DATE = auto()       # 2026-11-30, kept as that text
    LIST = auto()
    MAPPING = auto()


class Phase(StrEnum):
    """When a task has its turn."""

    MAIN = auto()
    ON_SUCCESS = auto()     # after all of them, if none failed
    ON_FAILURE = auto()     # after all of them, if one failed


class Keep(StrEnum):
    """What becomes of a run's temporary folder at its end."""

    NEVER = auto()
    ON_FAILURE = auto()
    ALWAYS = auto()


@dataclass(frozen=True, slots=True)
class Param:
    """What a run can be told. Without `default` (None) and not `required` it is left out."""

    name: str
    kind: Kind = Kind.TEXT
    default: Any = None
    required: bool = False
    choices: tuple[Any, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """One task. `settings` are those of its type as written: `${…}` in them is filled in when it begins."""

    id: str
    type: str = "script"
    needs: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    when: str = ""                  # an expression; empty: if all it needs is done
    foreach: Any = None             # a list, `${…}` that gives one, or a mapping that names files; None: once
    retry: Retry = ONCE
    timeout: float | None = None    # seconds for one try
    allow_failure: bool = False     # whether the run goes on, and is done, if it fails
    phase: Phase = Phase.MAIN


@dataclass(frozen=True, slots=True)
class Graph:
    """All nodes of one flow, in the order of its file; no cycles, and all that is needed is there."""

    flow: str                       # as it is called in the ledger
    nodes: tuple[Node, ...]
    params: tuple[Param, ...] = ()
    title: str = ""                 # `name` in its file
    description: str = ""
    version: str = ""
    tags: tuple[str, ...] = ()
    concurrency: int | None = None  # tasks at a time; None: as the place where it runs says
    timeout: float | None = None    # seconds for the whole run
    overlap: Overlap = Overlap.QUEUE
    keep: Keep = Keep.NEVER
    takes_any: bool = False         # whether parameters that it does not name are taken too

    def node(self, id: str) -> Node:
        """KeyError if there is none."""
        for one in self.nodes:
            if one.id == id:
                return one
        raise KeyError(id)

"""Connections as they are written: in haulier.yaml, or in a file of their own."""
from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .documents import CONNECTIONS, SETTINGS, Documents
from .problems import Problem, Where
from .yamlfile import Document


@dataclass(frozen=True, slots=True)
class Definition:
    """A connection as it was written, and where."""

    document: Document
    where: Where
    settings: Mapping[str, Any] = field(repr=False)

    def locate(self, where: Where, text: str, hint: str = "") -> Problem:
        """A mistake in it."""
        return self.document.problem((*self.where, *where), text, hint)


def defined(documents: Documents) -> Iterator[tuple[str, Definition]]:
    """Every connection by its name; of two with the same, that of haulier.yaml comes last."""
    for name in (CONNECTIONS, SETTINGS):
        document, _ = documents.of(name)
        written = documents.mapping(name).get("connections")
        for key, one in (written.items() if isinstance(written, dict) else ()):
            if document and isinstance(one, dict):
                yield str(key), Definition(document, ("connections", key), one)


def misshapen(documents: Documents, taken: Container[object]) -> Iterator[Problem]:
    """What is wrong with configs/connections.yaml as a whole; `taken`: the names in haulier.yaml."""
    document, _ = documents.of(CONNECTIONS)
    if document is None or document.data is None:
        return
    written = documents.mapping(CONNECTIONS).get("connections")
    if not isinstance(written, dict):
        yield document.problem((), 'must be a mapping with the key "connections"')
        return
    for key in document.data:
        if key != "connections" and not str(key).startswith("x-"):
            yield document.problem((key,), "unknown key", 'did you mean "connections"?')
    for key, one in written.items():
        if not isinstance(one, dict):
            yield document.problem(("connections", key), "must be a mapping of keys to values")
        elif key in taken:
            yield document.problem(("connections", key), f"{SETTINGS} has a connection "
                                   "of this name too", "every connection needs its own name")

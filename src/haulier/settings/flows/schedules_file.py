"""The file with the schedules of flows that have none of their own: `schedules.json`."""
from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...model.errors import Invalid, NotFound
from ..locking import alone, translated
from ..problems import Problem, Problems, nearest
from ..yamlfile import Document, parse, read_text, replace_file
from .entries import Entries, Entry, read
from .loaded import LoadedFlows


class SchedulesFile:
    """One file; every change is whole or not at all, and the last version stays beside it as `.bak`.

    A file that cannot be read is never written over: its changes raise Problems.
    """

    def __init__(self, path: Path, shown: str = "") -> None:
        self._path, self._shown = path, shown or str(path)

    def read(self) -> Entries:
        """What it says, and all its mistakes; a file that is not there says nothing."""
        try:
            document = self._document()
        except Problems as error:
            return Entries(problems=error.problems)
        return read(document) if document else Entries()

    def add(self, entry: Entry, loaded: LoadedFlows) -> bool:
        """Add it, or put it in the place of the one that its flow has; whether there was one.

        NotFound if there is no such flow, Problems if it cannot run, Invalid if it has a schedule of its own or
        does not take these parameters.
        """
        flow = loaded.flow(entry.flow)
        if flow.form.schedule:
            raise Invalid(f"{flow.name} has a schedule in {flow.file}; change that one, or take it out there first")
        flow.given(entry.params)
        with self._changed() as listed:
            places = _places(listed, entry.flow)
            for at in reversed(places[1:]):
                del listed[at]
            at = places[0] if places else len(listed)
            listed[at:at + 1] = [entry.written()]
        return bool(places)

    def remove(self, flow: str) -> None:
        """Take out that of a flow; NotFound if it has none here."""
        with self._changed() as listed:
            for at in reversed(self._found(listed, flow)):
                del listed[at]

    def enable(self, flow: str, enabled: bool = True) -> None:
        """Let that of a flow start it, or not; NotFound if it has none here."""
        with self._changed() as listed:
            for at in self._found(listed, flow):
                listed[at]["enabled"] = enabled

    def _found(self, listed: list[Any], flow: str) -> list[int]:
        found = _places(listed, flow)
        if not found:
            known = [one["flow_name"] for one in listed if isinstance(one, dict) and "flow_name" in one]
            raise NotFound(f'{self._shown} has no schedule of "{flow}"; '
                           f"{nearest(flow, map(str, known)) or 'there are none'}")
        return found

    def _document(self) -> Document | None:
        if not self._path.exists():
            return None
        return parse(read_text(self._path, self._shown), self._shown)

    @contextmanager
    def _changed(self) -> Iterator[list[Any]]:
        """The list as it is now, to be changed by one process at a time."""
        with translated(self._shown):
            self._path.parent.mkdir(0o700, parents=True, exist_ok=True)
            with alone(self._path.parent, f"{self._shown}: another process is changing it; try again"):
                document = self._document()
                data = _mapping(document)
                listed = list(data.get("schedules") or [])
                yield listed
                text = json.dumps({**data, "schedules": listed}, indent=2, ensure_ascii=False) + "\n"
                replace_file(self._path, text)


def _mapping(document: Document | None) -> Mapping[str, Any]:
    """What the file says; Problems if that is no list of schedules."""
    if document is None:
        return {}
    data = document.data
    if not isinstance(data, dict) or not isinstance(data.get("schedules", []), list | None):
        raise Problems([document.problem((), 'must be a mapping with the key "schedules", a list',
                                         "correct it or take it away; it is not written over")])
    return data


def _places(listed: list[Any], flow: str) -> list[int]:
    return [at for at, one in enumerate(listed) if isinstance(one, dict) and one.get("flow_name") == flow]


def mistakes(entries: Entries, loaded: LoadedFlows) -> list[Problem]:
    """Those of the file, and of schedules that are fine by themselves: of no flow, of one with its own, with
    parameters that it does not take. The others go on."""
    found = [*entries.problems]
    for entry in entries.entries:
        try:
            flow = loaded.flow(entry.flow)
            flow.given(entry.params)
        except Problems:
            continue        # told with the flow
        except (NotFound, Invalid) as error:
            found.append(entry.problem(str(error).replace("\n", "; ")))
            continue
        if flow.form.schedule:
            found.append(entry.problem(f"{flow.file} has a schedule of its own, which counts", "take this one out"))
    return found

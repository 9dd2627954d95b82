"""Jobs with `import` in the place of a destination: each is a flow with one task, and is called as the job."""
from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..forms import usable
from ..problems import Problem, Where
from ..secrets import Secrets
from ..yamlfile import Document
from .reading import CheckTransfer, LoadedFlows, Source, load

KEY = "import"
TASK = "import"
"""The id of the task."""
_OF_TASK = ("source", "recursive", "complete", "settle")


def is_import(written: Any) -> bool:
    """Whether a job takes files in."""
    return isinstance(written, dict) and KEY in written


def sources(document: Document) -> Iterator[Source]:
    """Those of a file of jobs, as flows; a job without a name is left to those who read jobs."""
    data = document.data if isinstance(document.data, dict) else {}
    jobs = data.get("jobs")
    for at, written in enumerate(jobs if isinstance(jobs, list) else ()):
        if is_import(written) and isinstance(written.get("job_id"), str):
            moved = _Moved(document, at, written)
            yield Source(document.file, moved, [*_of_name(moved, written["job_id"])], name=written["job_id"])


def names(flows: LoadedFlows, files: Collection[str]) -> frozenset[str]:
    """Of the flows that are jobs; `files` are those with jobs."""
    return frozenset([*(flow.name for flow in flows.flows if flow.file in files),
                      *(name for name, found in flows.broken.items() if found[0].file in files)])


def problems(document: Document, tasks: Path, secrets: Secrets, transfers: CheckTransfer) -> tuple[Problem, ...]:
    """The mistakes in those of a file of jobs, without a look at others; see reading.load()."""
    return load(sources(document), tasks, secrets, (), transfers).problems


def _of_name(moved: Document, name: str) -> Iterator[Problem]:
    try:
        usable(name)
    except ValueError as error:
        yield moved.problem(("name",), str(error))


class _Moved(Document):
    """The flow that a job stands for; mistakes are told where they stand in its file."""

    def __init__(self, document: Document, at: int, written: Mapping[str, Any]) -> None:
        super().__init__(document.file, _flow(written))
        self._document, self._at = document, at

    def line(self, where: Where) -> int:
        return self._document.line(self._there(where))

    def problem(self, where: Where, text: str, hint: str = "") -> Problem:
        return self._document.problem(self._there(where), text, hint)

    def _there(self, where: Where) -> Where:
        here: Where = ("jobs", self._at)
        if where[:2] != ("tasks", 0):
            if where == ("name",):
                return (*here, "job_id")
            return here if where[:1] in (("tasks",), ()) else (*here, *where)
        rest = where[2:]
        if rest[:1] == ("steps",):
            return (*here, "processing", *rest)
        return (*here, *rest) if rest[:1] and rest[0] in _OF_TASK else (*here, KEY, *rest)


def _flow(written: Mapping[str, Any]) -> dict[str, Any]:
    """What it says, as a flow says it. Keys that belong to neither stay, so that they are told as unknown."""
    inside = written[KEY]
    task = {**(inside if isinstance(inside, Mapping) else {"parser": inside}), "id": TASK, "type": "import"}
    task |= {key: written[key] for key in _OF_TASK if key in written}
    processing = written.get("processing")
    if isinstance(processing, Mapping) and processing.get("enabled"):
        task["steps"] = processing.get("steps")
    apart = (*_OF_TASK, KEY, "job_id", "arrival", "processing")
    flow = {key: value for key, value in written.items() if key not in apart}
    if written.get("arrival"):
        flow["arrival"] = _arrival(written["arrival"], written.get("source"))
    return {"name": written["job_id"], **flow, "tasks": [task]}


def _arrival(arrival: Any, source: Any) -> Any:
    """Where a flow says its source too."""
    more = {} if arrival is True else arrival if isinstance(arrival, Mapping) else {"every": arrival}
    return {"source": source, **more}

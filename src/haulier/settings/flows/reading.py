"""Flows as they are in the files: each one ready to run, or its mistakes."""
from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from pydantic import ValidationError

from ...core.graph import cycles, ordered
from ...model.errors import Invalid
from ...model.graph import Graph, Node, Param
from ..problems import Problem, Problems, Where, nearest, translated
from ..secrets import Secrets
from ..yamlfile import Document
from .forms import FlowForm, ParamForm, written_param
from .loaded import Flow as Flow
from .loaded import LoadedFlows as LoadedFlows
from .loaded import arriving
from .nodes import Nodes

_PARAM = "letters, digits, _ and -, and no digit first"


CheckTransfer: TypeAlias = Callable[[Document, Where, Mapping[str, Any]], Iterable[Problem]]


class Source(NamedTuple):
    """A file with a flow: its name, and what it says, or why it cannot be read."""

    file: str
    document: Document | None
    problems: Sequence[Problem] = ()
    name: str = ""
    """What it is called, if not by the name of its file."""

    @property
    def flow(self) -> str:
        """What the flow is called."""
        return self.name or Path(self.file).stem


def load(sources: Iterable[Source], tasks: Path, secrets: Secrets, jobs: Collection[str] = (),
         transfers: CheckTransfer | None = None) -> LoadedFlows:
    """Every flow of every file; mistakes in one hide no other. `tasks` is the folder with their scripts.

    `transfers` finds the mistakes in a transfer that is written in a flow as a job is.
    """
    reader = _Reader(tasks, secrets, jobs, transfers)
    for source in sources:
        reader.read(source)
    reader.check_others()
    return reader.loaded()


class _One:
    """A flow while it is read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = [*source.problems]
        self.flow: Flow | None = None
        self.files: set[Path] = set()
        self.others: list[tuple[str, str, Where]] = []

    def wrong(self, where: Where, text: str, hint: str = "") -> None:
        """Note a mistake."""
        if self.source.document:
            self.problems.append(self.source.document.problem(where, text, hint))

    def located(self, where: Where = ()) -> Callable[[Where, str, str], Problem]:
        """Makes problems below `where`."""
        document = self.source.document
        assert document is not None
        return lambda found, text, hint: document.problem((*where, *found), text, hint)


class _Reader:
    def __init__(self, tasks: Path, secrets: Secrets, jobs: Collection[str], transfers: CheckTransfer | None) -> None:
        self._tasks, self._secrets, self._jobs = tasks, secrets, jobs
        self._transfers = transfers
        self._found: dict[str, _One] = {}

    def _check(self, document: Document, where: Where, settings: Mapping[str, Any]) -> Iterable[Problem]:
        return self._transfers(document, where, settings) if self._transfers else ()

    def read(self, source: Source) -> None:
        one = _One(source)
        name = source.flow
        if name in self._found:
            self._found[name].wrong((), f"{source.file} is a flow of this name too", "rename one of the files")
            return
        self._found[name] = one
        if name in self._jobs:
            one.wrong((), f'a job is called "{name}" too', "jobs and flows need different names: rename the file")
        if source.document is not None:
            self._read(source.document, one)

    def _read(self, document: Document, one: _One) -> None:
        if not isinstance(document.data, dict):
            one.wrong((), "must be a mapping of keys to values")
            return
        written = {key: value for key, value in document.data.items() if not str(key).startswith("x-")}
        form = _form(written, one)
        params = _params(written.get("params"), one) if written.get("params") is not None else None
        nodes = Nodes(document, self._tasks, self._secrets, params,
                      form.retry.retry() if form and form.retry else None)
        nodes.read(written)
        one.problems += nodes.problems
        one.files, one.others = nodes.files, nodes.others
        for where, settings in nodes.transfers:
            told = {problem.key for problem in one.problems}
            one.problems += (found for found in self._check(document, where, settings) if found.key not in told)
        for where, settings in nodes.sources:
            checked = self._check(document, where, {**settings, "destination": settings["source"]})
            one.problems += (found for found in checked if ".destination" not in found.key)
        if form and form.arrival:
            one.problems += (found for found in self._check(document, ("arrival",), arriving(written["arrival"]))
                             if ".destination" not in found.key)
        if form and not one.problems:
            graph = _graph(one.source.flow, form, params, nodes.nodes)
            one.flow = Flow(graph, form, one.source.file, document.line(()))
            _check_schedule(one, one.flow)

    def check_others(self) -> None:
        """The flows and jobs that tasks name are there, and no flow runs itself."""
        for one in self._found.values():
            for type, name, where in one.others:
                known = self._found if type == "flow" else self._jobs
                if name not in known:
                    noun = "flow" if type == "flow" else "job"
                    one.wrong(where, f'no {noun} is called "{name}"', nearest(name, known) or "there are none")
        graph = [Node(name, needs=tuple(other for type, other, _ in one.others if type == "flow"))
                 for name, one in self._found.items()]
        for cycle in cycles(graph):
            one = self._found[cycle[0]]
            where = next(where for type, name, where in one.others if (type, name) == ("flow", cycle[1]))
            one.wrong(where, f"these flows run each other: {' → '.join(cycle)}")

    def loaded(self) -> LoadedFlows:
        """What came out."""
        found = self._found
        return LoadedFlows(
            tuple(one.flow for one in found.values() if one.flow and not one.problems),
            tuple(problem for one in found.values() for problem in Problems(one.problems).problems),
            {name: tuple(one.problems) for name, one in found.items() if one.problems},
            frozenset(path for one in found.values() for path in one.files))


def _form(written: dict[Any, Any], one: _One) -> FlowForm | None:
    try:
        return FlowForm.model_validate(written)
    except ValidationError as error:
        one.problems += translated(error, written, FlowForm, one.located())
        return None


def _params(written: Any, one: _One) -> tuple[Param, ...]:
    if not isinstance(written, dict):
        one.wrong(("params",), "must be a mapping of names to parameters")
        return ()
    found = (_param(str(name), value, one) for name, value in written.items())
    return tuple(filter(None, found))


def _param(name: str, value: Any, one: _One) -> Param | None:
    where: Where = ("params", name)
    if not (name.isascii() and name.replace("-", "_").isidentifier() and name[0] != "-" and len(name) <= 100):
        one.wrong(where, f"not usable as the name of a parameter: {_PARAM}")
    settings = written_param(value)
    try:
        return ParamForm.model_validate(settings).param(name)
    except ValidationError as error:
        one.problems += translated(error, settings, ParamForm, one.located(where))
    except Invalid as error:
        one.wrong(where, str(error))
    return Param(name)


def _graph(name: str, form: FlowForm, params: tuple[Param, ...] | None, nodes: list[Node]) -> Graph:
    ordered(nodes)      # Invalid if a mistake was overlooked
    return Graph(name, tuple(nodes), params or (), form.name or name, form.description or "", form.version or "",
                 form.tags, form.concurrency, form.timeout, form.overlap, form.keep_tmp, takes_any=params is None)


def _check_schedule(one: _One, flow: Flow) -> None:
    """What starts by itself is told nothing, or which files have come."""
    for key, values in (("schedule", {}), ("arrival", flow.told([]))):
        if getattr(flow.form, key) is None:
            continue
        try:
            flow.given(values)
        except Invalid as error:
            for line in str(error).splitlines():
                one.wrong((key,), line, "a flow that starts by itself needs a default for it")

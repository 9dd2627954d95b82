"""The tasks in the file of a flow: each as a node of its graph, with every mistake in it."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ...core.graph import cycles, upstream
from ...core.template import reference
from ...model.errors import Invalid
from ...model.graph import ONCE, Node, Param, Phase
from ...model.retry import Retry
from .. import registry
from ..problems import Problem, Problems, Where, nearest, translated
from ..secrets import Secrets
from ..spec import TaskSpec
from ..yamlfile import Document
from .forms import FilesForm, TaskForm
from .references import Known, wrong
from .tasks import at_load, stood_in

PHASES = {"tasks": Phase.MAIN, "on_success": Phase.ON_SUCCESS, "on_failure": Phase.ON_FAILURE}
_OWN = frozenset(TaskForm.model_fields)
_OTHERS = {"flow": "flow", "transfer": "job"}
"""The keys with which tasks of these types name what they run."""


class Nodes:
    """Those of one file. Their mistakes are in `problems`."""

    def __init__(self, document: Document, tasks: Path, secrets: Secrets, params: tuple[Param, ...] | None,
                 retry: Retry | None) -> None:
        self._document, self._tasks, self._secrets = document, tasks, secrets
        self._names = None if params is None else frozenset(param.name for param in params)
        self._retry = retry or ONCE
        self._places: dict[str, Where] = {}
        self.nodes: list[Node] = []
        self.problems: list[Problem] = []
        self.files: set[Path] = set()
        """Scripts that were looked at."""
        self.others: list[tuple[str, str, Where]] = []
        """The flows and jobs that are run by tasks: type of the task, name, and where it is named."""

        self.transfers: list[tuple[Where, Mapping[str, Any]]] = []
        """Those that are written as jobs are: as far as it is known what they will be."""

        self.sources: list[tuple[Where, Mapping[str, Any]]] = []
        """The same of imports: only where their files come from."""

    def read(self, written: Mapping[str, Any]) -> None:
        """All of a flow."""
        for key, phase in PHASES.items():
            for where, one in self._listed(key, written.get(key)):
                self._read(where, one, phase)
        self._check_needs()
        for node in self.nodes:
            self._check_references(node)

    def _listed(self, key: str, written: Any) -> Iterator[tuple[Where, dict[Any, Any]]]:
        if not isinstance(written, list):
            if written is not None:
                self._wrong((key,), "must be a list of tasks")
            return
        if key == "tasks" and not written:
            self._wrong((key,), "there are none", "a flow needs at least one task")
        for at, one in enumerate(written):
            if isinstance(one, dict):
                yield (key, at), one
            else:
                self._wrong((key, at), "must be a mapping of keys to values")

    def _read(self, where: Where, written: dict[Any, Any], phase: Phase) -> None:
        settings = {key: value for key, value in written.items() if key not in _OWN}
        form = self._form(where, {key: value for key, value in written.items() if key in _OWN})
        spec = self._spec(where, written.get("type", "script"), settings)
        if spec is not None:
            self._check_file(where, spec, settings)
        name = written.get("id")
        if isinstance(name, str) and name in self._places:
            line = self._document.line((*self._places[name], "id"))
            self._wrong((*where, "id"), f'"{name}" is already the task at {self._document.file}:{line}',
                        "every task needs its own id")
            return
        if form is None:
            if isinstance(name, str):       # for those that need it
                self._places[name] = where
            return
        self._check_foreach(where, form.foreach)
        self._note_other(where, form.type, settings)
        self._places[form.id] = where
        retry = form.retry.retry() if form.retry else self._retry
        self.nodes.append(Node(form.id, form.type, tuple(dict.fromkeys(form.depends_on)), settings,
                               form.description or "", form.when or "", form.foreach, retry, form.timeout,
                               form.allow_failure, phase))

    def _form(self, where: Where, written: dict[str, Any]) -> TaskForm | None:
        """What is wrong in one key hides no mistake in another."""
        try:
            return TaskForm.model_validate(written)
        except ValidationError as error:
            self.problems += translated(error, written, TaskForm, lambda found, text, hint: self._document.problem(
                (*where, *found), text, hint))
            bad = {one["loc"][0] for one in error.errors(include_url=False, include_input=False)}
            return None if "id" in bad else self._form(where, {key: written[key] for key in written.keys() - bad})

    def _spec(self, where: Where, name: Any, settings: dict[Any, Any]) -> TaskSpec | None:
        if not isinstance(name, str):
            return None     # said already
        if not registry.has("tasks", name):
            self._wrong((*where, "type"), "no such type of task", nearest(name, registry.names("tasks")))
            return None
        try:
            spec = registry.task(name)
        except Invalid as error:
            self._wrong((*where, "type"), str(error))
            return None

        def locate(found: Where, text: str, hint: str) -> Problem:
            if text == "unknown key" and len(found) == 1:
                keys = {field.alias or name for name, field in spec.model_fields.items()} | _OWN
                hint = nearest(str(found[0]), keys)
            return self._document.problem((*where, *found), text, hint)

        try:
            return at_load(spec, settings, self._secrets, locate, self._names)
        except Problems as error:
            self.problems += error.problems
            return None

    def _check_file(self, where: Where, spec: TaskSpec, settings: Mapping[str, Any]) -> None:
        key = next((key for key in ("script", "call") if key in settings), "type")
        name = settings.get("script")
        if isinstance(name, str) and "${" not in name and "\0" not in name:
            self.files.add(self._tasks / name)
        try:
            path = spec.file(self._tasks)
        except Invalid as error:
            self._wrong((*where, key), str(error).removeprefix(f"{key}: "), self._alike(settings.get(key)))
        except (OSError, ValueError) as error:
            self._wrong((*where, key), getattr(error, "strerror", "") or "not usable as the name of a file")
        else:
            self.files |= {path} if path else set()

    def _alike(self, name: Any) -> str:
        """A script that may have been meant by one that is not there."""
        if not isinstance(name, str) or "\0" in name:
            return ""
        path = self._tasks / name
        try:
            found = [] if path.exists() else [one.name for one in path.parent.iterdir() if one.is_file()]
        except OSError:
            return ""
        hint = nearest(path.name, found)
        return hint if hint.startswith("did") else ""

    def _check_foreach(self, where: Where, written: Any) -> None:
        here = (*where, "foreach")
        if isinstance(written, dict):
            try:
                FilesForm.model_validate(written)
            except ValidationError as error:
                self.problems += translated(error, written, FilesForm, lambda found, text, hint:
                                            self._document.problem((*here, *found), text, hint))
        elif isinstance(written, str):
            if not (written.startswith("${") and written.endswith("}") and reference(written[2:-1])):
                self._wrong(here, "must be a list, one ${…} that gives a list, or a mapping that names files")
        elif written is not None and not isinstance(written, list):
            self._wrong(here, "must be a list, one ${…} that gives a list, or a mapping that names files")

    def _note_other(self, where: Where, type: str, settings: Mapping[str, Any]) -> None:
        key = _OTHERS.get(type, "")
        name = settings.get(key)
        if isinstance(name, str) and name and "${" not in name:
            self.others.append((type, name, (*where, key)))
        elif type == "transfer" and name is None and (known := stood_in(settings, self._names)) is not None:
            self.transfers.append((where, known))
        elif type == "import" and isinstance(source := settings.get("source"), dict) and (
                known := stood_in({"source": source}, self._names)) is not None:
            self.sources.append((where, known))

    def _check_needs(self) -> None:
        phases = {node.id: node.phase for node in self.nodes}
        for node in self.nodes:
            for at, need in enumerate(node.needs):
                where = (*self._places[node.id], "depends_on", at)
                if need not in self._places:
                    self._wrong(where, f'no task is called "{need}"', nearest(need, self._places))
                elif phases.get(need, node.phase) is not node.phase:
                    self._wrong(where, *_other_phase(need, node.phase, phases[need]))
        for cycle in cycles(self.nodes):
            where = (*self._places[cycle[0]], "depends_on")
            self._wrong(where, f"these tasks wait for each other: {' → '.join(cycle)}")

    def _check_references(self, node: Node) -> None:
        known = Known(self._places.keys(), self._before(node), self._names)
        for one in wrong(node, known):
            self._wrong((*self._places[node.id], *one.where), one.text, one.hint)

    def _before(self, node: Node) -> Callable[[str], bool]:
        """Whether a task is over when this one begins; all that it needs is looked for when it is asked for."""
        @cache
        def reached() -> set[str]:
            main = (one.id for one in self.nodes if one.phase is Phase.MAIN and node.phase is not Phase.MAIN)
            return upstream(self.nodes, node.id).union(main)

        return lambda id: id in node.needs or id in reached()

    def _wrong(self, where: Where, text: str, hint: str = "") -> None:
        self.problems.append(self._document.problem(where, text, hint))


def _other_phase(need: str, own: Phase, other: Phase) -> tuple[str, str]:
    if own is Phase.MAIN:
        return f'"{need}" is in {other}, and begins when this is over', "it cannot be needed here"
    if other is Phase.MAIN:
        return f'"{need}" is over before this begins', "take it out: all of tasks can be named here"
    return f'"{need}" is in {other}, and only one of both has its turn', "it cannot be needed here"

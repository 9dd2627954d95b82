"""Flows written as functions: `@flow` and `@task`."""
from __future__ import annotations

import functools
import inspect
import math
import re
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, NoReturn, ParamSpec, TypeVar, cast, overload

from ..app.carrying import Ended, carry_work
from ..app.ground import ground
from ..engine.graph.site import GraphWork, Site
from ..model.errors import Invalid
from ..model.graph import Graph, Node
from ..model.retry import Retry
from ..model.run import RunState
from ..model.schedule import Overlap
from ..ports import Doing
from ..tasks.functions import as_ours
from ..tasks.python import in_process
from .project import AnyPath, FlowFailed, given, told

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
_NAMES = {"task": re.compile(r"(?!\.+$)[\w.-]{1,100}"), "flow": re.compile(r"(?![.\s])[^/\0-\x1f\x7f]{1,200}(?<!\s)")}
LEAST = 0.001
"""Seconds."""
_tracing = threading.local()


@dataclass(frozen=True, slots=True, eq=False)
class Promise:
    """What a task will give: to be handed to other tasks, or returned by the flow. Nobody can look at it before."""

    task: str

    def _looked_at(self, *_: object) -> NoReturn:
        raise Invalid(f"what {self.task} gives is not known while the flow is put together: hand it to a task, which "
                      "can look at it, calculate with it and make text of it")

    __bool__ = __str__ = __format__ = __iter__ = __len__ = __getitem__ = _looked_at
    __lt__ = __le__ = __gt__ = __ge__ = __add__ = __radd__ = __sub__ = __mul__ = __int__ = __float__ = _looked_at
    __eq__ = __ne__ = _looked_at
    __hash__ = None  # type: ignore[assignment]


@dataclass
class _Trace:
    """A flow while its function runs: what it calls becomes its nodes."""

    nodes: dict[str, Node] = field(default_factory=dict)
    functions: dict[str, Callable[..., Any]] = field(default_factory=dict)

    def add(self, one: Task[..., Any], values: Mapping[str, Any]) -> Promise:
        """One more node; the second of a name is called name-2."""
        id, at = one.name, 1
        while id in self.nodes:
            at += 1
            id = f"{one.name}-{at}"
        needs = tuple(dict.fromkeys(promise.task for promise in _promises(values)))
        self.nodes[id] = replace(one.node, id=id, needs=needs, settings={"args": dict(values)})
        self.functions[id] = one.function
        return Promise(id)


@dataclass
class Task(Generic[P, R]):
    """A function that is a task where a flow calls it, and a function everywhere else."""

    function: Callable[P, R]
    name: str
    node: Node

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        trace: _Trace | None = getattr(_tracing, "trace", None)
        if trace is None:
            return self.function(*args, **kwargs)
        bound = inspect.signature(self.function).bind(*args, **kwargs)
        bound.apply_defaults()
        return cast(R, trace.add(self, bound.arguments))     # what stands for its result until it has run


@dataclass
class Flow(Generic[P, R]):
    """A function whose tasks are run side by side where they can be, tried again, and not done again after a crash."""

    function: Callable[P, R]
    name: str
    place: Mapping[str, AnyPath | None]
    graph: Graph

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it to its end; what the function returned, with what tasks gave. FlowFailed if it fails."""
        return self._run(args, kwargs, resume=False)

    def resume(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """The same, going on with the last run: tasks that are done are not done again."""
        return self._run(args, kwargs, resume=True)

    def traced(self, *args: P.args, **kwargs: P.kwargs) -> Graph:
        """Its tasks, and what needs what, with these arguments; nothing is run."""
        return self._traced(args, kwargs)[0]

    def _run(self, args: tuple[Any, ...], kwargs: dict[str, Any], *, resume: bool) -> R:
        graph, trace, result = self._traced(args, kwargs)
        place = ground(given(**self.place))

        def work(site: Site) -> GraphWork:
            return GraphWork(graph, replace(site, build=_Builder(trace.functions)))

        ended: Ended = carry_work(place, graph, work, resume=resume)
        execution = told(place, self.name, ended.run, ended.state)
        if ended.state is not RunState.DONE:
            raise FlowFailed(f"{self.name}: run {ended.run}: {ended.error or ended.state}", execution)
        return cast(R, _resolved(result, {id: found.get("value") for id, found in execution.outputs.items()}))

    def _traced(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Graph, _Trace, Any]:
        if getattr(_tracing, "trace", None) is not None:
            raise Invalid(f"{self.name}: a flow cannot be called in another one; call its tasks, or a function of both")
        trace = _tracing.trace = _Trace()
        try:
            result = self.function(*args, **kwargs)
        finally:
            _tracing.trace = None
        return replace(self.graph, nodes=tuple(trace.nodes.values())), trace, result


@dataclass(frozen=True, slots=True)
class _Builder:
    """Makes the tasks of one run: the functions are those of this process."""

    functions: Mapping[str, Callable[..., Any]]

    def __call__(self, node: Node, scope: Mapping[str, Any], names: Collection[str]) -> _Call:
        values = {id: scope["tasks"][id]["outputs"].get("value") for id in node.needs}
        return _Call(node.id, self.functions[node.id], _resolved(node.settings["args"], values))


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of a function, as a task."""

    name: str
    function: Callable[..., Any]
    args: Mapping[str, Any]

    def run(self, doing: Doing) -> Mapping[str, Any]:
        """What it returned, as `value`; what it raised is a failure, with the traceback in the log."""
        def act(_: object) -> Mapping[str, Any]:
            with as_ours(self.name):
                return {"value": _applied(self.function, self.args)}
        return in_process(doing, act, self.name)


def _applied(function: Callable[..., Any], values: Mapping[str, Any]) -> Any:
    bound = inspect.signature(function).bind_partial()
    bound.arguments.update(values)
    return function(*bound.args, **bound.kwargs)


def _promises(value: Any) -> Iterator[Promise]:
    """All that are in it, at any depth."""
    if isinstance(value, Promise):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _promises(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _promises(one)


def _resolved(value: Any, results: Mapping[str, Any]) -> Any:
    """The same, with what the tasks gave in the place of promises; without any, it is what it was."""
    if isinstance(value, Promise):
        return results.get(value.task)      # None: it was allowed to fail
    if next(_promises(value), None) is None:
        return value
    if isinstance(value, Mapping):
        return {key: _resolved(one, results) for key, one in value.items()}
    make = getattr(value, "_make", type(value))     # of a named tuple
    return make([_resolved(one, results) for one in value])


def _checked(noun: str, function: Callable[..., Any], name: str, facts: Mapping[str, tuple[Any, float]]) -> str:
    """The name; Invalid if a function, its name or a number cannot be that of a task or a flow. `facts`: by option the
    number, or None, and the least that it may be."""
    found = name or getattr(function, "__name__", "")
    if not _NAMES[noun].fullmatch(found):
        raise Invalid(f'@{noun} {found!r}: not usable as a name; write @{noun}(name="…") with letters, digits, _, . '
                      "and -")
    kinds = (inspect.iscoroutinefunction, inspect.isasyncgenfunction, inspect.isgeneratorfunction)
    if any(is_kind(function) for is_kind in kinds):
        raise Invalid(f"@{noun} {found}: it must have done everything when it returns: neither async, nor with yield")
    for option, (value, least) in facts.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not (is_number and least <= value < math.inf):
            raise Invalid(f"@{noun} {found}: {option} is {value!r}, and must be a number, {least:g} or more")
    return found


def _like(function: Callable[..., Any], made: T) -> T:
    """Named and documented as the function is."""
    functools.update_wrapper(cast(Any, made), function)
    return made


@overload
def task(function: Callable[P, R], /) -> Task[P, R]: ...
@overload
def task(*, name: str = "", tries: int = 1, pause: float = 2.0, timeout: float | None = None,
         allow_failure: bool = False) -> Callable[[Callable[P, R]], Task[P, R]]: ...


def task(function: Callable[P, R] | None = None, /, *, name: str = "", tries: int = 1, pause: float = 2.0,
         timeout: float | None = None, allow_failure: bool = False) -> Any:
    """A function that is a task. What it is given and returns is kept, so it must be JSON.

    `tries`: how often in all, with `pause` seconds before the second, and more before the others; `timeout`: seconds.
    """
    def made(function: Callable[P, R]) -> Task[P, R]:
        facts = {"tries": (tries, 1), "pause": (pause, 0), "timeout": (timeout, LEAST)}
        id, retry = _checked("task", function, name, facts), Retry(base=pause, tries=tries)
        node = Node(id, "python", retry=retry, timeout=timeout, allow_failure=allow_failure,
                    description=inspect.getdoc(function) or "")
        return _like(function, Task(function, node.id, node))
    return made(function) if function else made


@overload
def flow(function: Callable[P, R], /) -> Flow[P, R]: ...
@overload
def flow(*, name: str = "", concurrency: int | None = None, timeout: float | None = None,
         output_dir: AnyPath | None = None, workspace: AnyPath | None = None
         ) -> Callable[[Callable[P, R]], Flow[P, R]]: ...


def flow(function: Callable[P, R] | None = None, /, *, name: str = "", concurrency: int | None = None,
         timeout: float | None = None, output_dir: AnyPath | None = None, workspace: AnyPath | None = None) -> Any:
    """A function that is a flow: it calls tasks, and hands what they give to others.

    It runs first, to find out which tasks there are; so it cannot look at what they give, only pass it on.
    """
    def made(function: Callable[P, R]) -> Flow[P, R]:
        title = _checked("flow", function, name, {"concurrency": (concurrency, 1), "timeout": (timeout, LEAST)})
        graph = Graph(title, (), title=title, description=inspect.getdoc(function) or "", concurrency=concurrency,
                      timeout=timeout, overlap=Overlap.PARALLEL, takes_any=True)
        place = {"output": output_dir, "workspace": workspace}
        return _like(function, Flow(function, title, place, graph))
    return made(function) if function else made

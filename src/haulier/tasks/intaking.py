"""An import at work: its settings made live, the files that are ready found, and each of them taken."""
from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core.importing.answer import answer
from ..core.importing.mapping import Mapper
from ..core.importing.matching import Matching
from ..core.importing.order import Duplicates, Order
from ..core.importing.posting import Outlet, Outlets
from ..core.importing.round import Ground, Walk, Way
from ..core.importing.settling import Settling
from ..core.importing.ways import PaymentWay, SinkWay
from ..core.plan import Plan, Verdict
from ..model.files import Entry
from ..model.flow import Dedup, Filters, Rules
from ..model.intake import Intake
from ..ports import Doing, ImportBook, Step, Store
from ..settings import registry
from ..settings.jobs import step_of
from ..settings.spec import Env

if TYPE_CHECKING:
    from .importing import ImportSpec, OutletForm


@dataclass(frozen=True, slots=True)
class Import:
    """An import as a task."""

    spec: ImportSpec
    env: Env

    def run(self, doing: Doing) -> Mapping[str, Any]:
        """How many files and rows came to what."""
        spec, env = self.spec, self.env
        settling = spec.settle.settling()
        with ExitStack() as stack:
            store = stack.enter_context(doing.store(place_of(spec)))
            way = way_of(spec, env, f"{doing.flow}/{doing.task}", doing.imports, stack)
            ground = Ground(store, shown(spec.source), doing.folder / f".import-{doing.task}", steps_of(spec, env),
                            settling)
            walk = Walk(way, ground, doing.imports, doing.run, doing.say, doing.check, self._answer(doing))
            return walk.all(ready(store, rules_of(spec, settling), doing)).outputs()


    def _answer(self, doing: Doing) -> Callable[[Intake], str]:
        """What sends rejects back, if somebody wants them."""
        form = self.spec.rejects.answer
        if form is None:
            return lambda intake: ""

        def send(intake: Intake) -> str:
            with doing.store(form.place) as store:
                return answer(doing.imports, intake, store, form.name)

        return send


def way_of(spec: ImportSpec, env: Env, flow: str, book: ImportBook, stack: ExitStack) -> Way:
    """What is done with rows; closed with the stack."""
    order = order_of(spec, env, flow)
    if spec.sink:
        return SinkWay(order, stack.enter_context(spec.sink.build(env)), book)
    form = spec.reconcile
    assert form is not None
    items = stack.enter_context(closing(form.items.build(env)))
    matched, unmatched = (_outlet(one, env, stack) for one in (form.matched, form.unmatched))
    return PaymentWay(order, Matching(items, form.rules(), Outlets(matched, unmatched)), book)


def _outlet(form: OutletForm | None, env: Env, stack: ExitStack) -> Outlet:
    if form is None:
        return Outlet()
    return Outlet(stack.enter_context(form.sink.build(env)), Mapper(form.mapping) if form.mapping else None)


def ready(store: Store, rules: Rules, doing: Doing) -> Iterator[Entry]:
    """The files that are there and whole; what is said of the others is in the log."""
    flow = f"{doing.flow}/{doing.task}"
    plan = Plan(store, store, rules, _Clock(doing.check), lambda paths: doing.imports.seen(flow, paths))
    for decisions in plan.decisions():
        for one in decisions:
            if one.verdict is Verdict.MOVE:
                yield one.entry
            elif one.verdict in (Verdict.WAIT, Verdict.FAIL):
                doing.say(f"{one.entry.path}: not taken: {one.reason}")


@dataclass(frozen=True, slots=True)
class _Clock:
    """Time that passes; waiting ends when the task is to end."""

    check: Callable[[], None]

    def now(self) -> int:
        return time.time_ns()

    def sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, 0.2))


def place_of(spec: ImportSpec) -> Mapping[str, Any] | str:
    """The place as a task asks for it."""
    if isinstance(spec.source, str):
        return spec.source
    return {key: value for key, value in spec.source.items() if key != "file_pattern"}


def shown(source: Mapping[str, Any] | str) -> str:
    """The place, for people."""
    if isinstance(source, str):
        return source
    named = source.get("connection")
    return f"{named if isinstance(named, str) else source.get('type', '')}:{source.get('path', '')}"


def order_of(spec: ImportSpec, env: Env, flow: str) -> Order:
    """How rows are made."""
    written = spec.model_dump_json(exclude_unset=True, by_alias=True)
    is_money = type(spec.parser).money
    strict = getattr(spec.parser, "strict", False) if spec.strict is None else spec.strict
    return Order(
        flow, spec.parser.build(env), tuple(form.column(env.home) for form in spec.schema_), spec.others,
        None, Mapper(spec.mapping, rest=spec.rest) if spec.mapping else None, spec.key,
        spec.duplicates or (Duplicates.ROWS if is_money else Duplicates.FILES), spec.rejects.policy(), bool(strict),
        hashlib.sha256(written.encode()).hexdigest()[:16], str(getattr(spec.parser, "type", "")))


def steps_of(spec: ImportSpec, env: Env) -> Sequence[Step]:
    """What is done to files before they are read."""
    found = []
    for one in spec.steps:
        name, settings, _ = step_of(one)
        kind = registry.step(name)
        written = kind.from_word(settings) if isinstance(settings, str) else settings
        found.append(kind.model_validate(written).build(env))
    return found


def rules_of(spec: ImportSpec, settling: Settling) -> Rules:
    """Which files are taken: not those in the folders that they are moved to."""
    away = tuple(f"{folder}/*" for folder in (settling.archive, settling.errors) if folder)
    own = spec.source.get("file_pattern") if isinstance(spec.source, dict) else None
    include = spec.patterns or ((own,) if own else ())
    dedup = Dedup.OFF if spec.duplicates is Duplicates.OFF else Dedup.CONTENT
    return Rules(dedup=dedup, filters=Filters(include=include, exclude=away),
                 complete=spec.complete.completion(), recursive=spec.recursive)

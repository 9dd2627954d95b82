"""Take files in: `parser: bgmax`, `sink: {type: http, url: …}`."""
from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from ..core.importing.mapping import Mapper
from ..core.importing.matching import Matching
from ..core.importing.order import Duplicates, Order
from ..core.importing.posting import Outlet, Outlets
from ..core.importing.round import Way
from ..core.importing.settling import Settling
from ..core.importing.ways import PaymentWay, SinkWay
from ..model.errors import Invalid
from ..model.flow import Dedup, Filters, Rules
from ..ports import ImportBook, Step, Validator
from ..settings import registry
from ..settings.columns import SchemaSetting
from ..settings.forms import PlaceSetting
from ..settings.imports import AfterForm, AfterSetting, RejectsForm
from ..settings.jobs import step_of
from ..settings.plugin import Plugin
from ..settings.reconcile import ReconcileForm
from ..settings.rules import CompleteForm, Form, Patterns, listed
from ..settings.spec import Env, ItemsSpec, ParserSpec, SinkSpec, TaskSpec
from .intaking import Import


def _rules(value: Any) -> Any:
    try:
        if isinstance(value, Mapping):
            Mapper(value)
    except Invalid as error:
        raise ValueError(str(error)) from None
    return value


def _steps(value: Any) -> Any:
    try:
        for one in listed(value):
            name, settings, _ = step_of(one)
            spec = registry.step(name)
            spec.model_validate(spec.from_word(settings) if isinstance(settings, str) else settings)
    except Invalid as error:
        raise ValueError(str(error)) from None
    return listed(value)


MappingSetting = Annotated[dict[str, Any], BeforeValidator(_rules)]


class OutletForm(Form):
    """Who is told of payments."""

    sink: Annotated[SinkSpec, Plugin("sinks")]
    """Where their rows go."""
    mapping: MappingSetting = {}
    """How their rows are made; if empty, all that is known is told."""


class MatchForm(ReconcileForm):
    """Payments are matched with what they are for."""

    items: Annotated[ItemsSpec, Plugin("items")]
    """Where open items come from."""
    matched: OutletForm | None = None
    """Who is told of payments that were matched: a row for each item."""
    unmatched: OutletForm | None = None
    """Who is told of those that a person has to look at, with the reason."""


class ImportSpec(TaskSpec):
    """Import

    Reads the rows of files, checks them and gives them to another system, each once.
    """

    type: Literal["import"] = "import"
    source: PlaceSetting
    """Where files come from: `connection:folder`, a folder, or a mapping as `source` of a job."""
    patterns: Patterns = Field(default=(), validation_alias=AliasChoices("patterns", "pattern"))
    """Which files; if empty, all of them."""
    recursive: bool = False
    """Whether files in folders below it count too."""
    complete: CompleteForm = CompleteForm()
    """When a file is ready."""
    steps: Annotated[list[Any], BeforeValidator(_steps)] = Field(["decompress"], repr=False)
    """What is done to a file before it is read, as `processing.steps` of a job."""
    parser: Annotated[ParserSpec, Plugin("parsers")]
    """The format: its name, or a mapping with `type` and settings."""
    schema_: SchemaSetting = Field((), alias="schema")
    """The columns that come out and what they must be: `amount: decimal`, or a mapping of details; if empty, all."""
    others: bool = False
    """Whether other columns go on too, as they are."""
    model: str = ""
    """Instead of a schema a class of pydantic or msgspec: `shapes.py:Product` in the folder of tasks."""
    mapping: MappingSetting = {}
    """New columns: `{column}`, `{first} {last}`, or a constant. If empty, rows go on as they are."""
    rest: bool = False
    """Whether columns that no rule of the mapping uses go on too."""
    key: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()
    """Columns that make two rows the same; if empty, all of them."""
    duplicates: Duplicates | None = None
    """What is not taken twice: rows, files, or off; by default rows of bank files, and files of others."""
    strict: bool | None = None
    """Whether nothing is taken of a file whose own totals do not hold; by default as the parser has it."""
    sink: Annotated[SinkSpec | None, Plugin("sinks")] = None
    """Where rows go."""
    reconcile: MatchForm | None = None
    """Instead of a sink, for payments: what they are for."""
    rejects: RejectsForm = RejectsForm()
    """Rows that are no good."""
    settle: AfterSetting = AfterForm()
    """What becomes of files: keep, archive, delete, or a mapping."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.schema_ and self.model:
            raise ValueError("schema and model are both given; only one can say what rows must be")
        if (self.sink is None) == (self.reconcile is None):
            raise ValueError("give a sink for the rows, or reconcile them if they are payments: one of both")
        if self.reconcile and self.mapping:
            raise ValueError("payments are matched as they are: a mapping belongs to reconcile.matched or unmatched")
        return self

    def build(self, env: Env) -> Import:
        settling = self.settle.settling()
        answers = self.rejects.answer
        return Import(place_of(self), rules_of(self, settling), steps_of(self, env), settling,
                      lambda flow, book, stack: way_of(self, env, (flow, book), stack),
                      (answers.place, answers.name) if answers else None)


def way_of(spec: ImportSpec, env: Env, where: tuple[str, ImportBook], stack: ExitStack) -> Way:
    """What is done with rows of the import that is called so; closed with the stack."""
    flow, book = where
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


def place_of(spec: ImportSpec) -> Mapping[str, Any] | str:
    """The place as a task asks for it."""
    if isinstance(spec.source, str):
        return spec.source
    return {key: value for key, value in spec.source.items() if key != "file_pattern"}


def order_of(spec: ImportSpec, env: Env, flow: str) -> Order:
    """How rows are made."""
    written = spec.model_dump_json(exclude_unset=True, by_alias=True)
    parser, is_money = spec.parser, type(spec.parser).money
    if is_money and spec.strict is not None and "strict" in type(parser).model_fields:
        parser = parser.model_copy(update={"strict": spec.strict})      # it proves its files itself
    return Order(
        flow, parser.build(env), tuple(form.column(env.home) for form in spec.schema_), spec.others,
        _validator(spec, env), Mapper(spec.mapping, rest=spec.rest) if spec.mapping else None, spec.key,
        spec.duplicates or (Duplicates.ROWS if is_money else Duplicates.FILES), spec.rejects.policy(),
        bool(spec.strict) or _asks_for_proof(parser), hashlib.sha256(written.encode()).hexdigest()[:16],
        str(getattr(parser, "type", "")))


def _asks_for_proof(parser: ParserSpec) -> bool:
    """Whether it was told to be strict about what it finds out only at the end of a file."""
    return any(getattr(parser, name, False) for name in ("strict_balances", "strict_totals"))


def _validator(spec: ImportSpec, env: Env) -> Validator | None:
    """That of a class of pydantic or msgspec."""
    if not spec.model:
        return None
    from ..core.functions import importable
    from ..validators.found import validator
    from .functions import named
    with importable(env.scripts):
        return validator(named(spec.model, env.scripts))


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

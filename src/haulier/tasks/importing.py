"""Take files in: `parser: bgmax`, `sink: {type: http, url: …}`."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from ..core.importing.mapping import Mapper
from ..core.importing.order import Duplicates
from ..settings import registry
from ..settings.columns import SchemaSetting
from ..settings.imports import AfterForm, AfterSetting, RejectsForm
from ..settings.jobs import step_of
from ..settings.plugin import Plugin
from ..settings.reconcile import ReconcileForm
from ..settings.rules import CompleteForm, Form, Patterns, listed
from ..settings.spec import Env, ItemsSpec, ParserSpec, SinkSpec, TaskSpec
from .intaking import Import


def _rules(value: Any) -> Any:
    if isinstance(value, Mapping):
        Mapper(value)
    return value


def _steps(value: Any) -> Any:
    for one in listed(value):
        name, settings, _ = step_of(one)
        spec = registry.step(name)
        spec.model_validate(spec.from_word(settings) if isinstance(settings, str) else settings)
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
    source: str | dict[str, Any]
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
        return Import(self, env)

"""Looking at a file before it is taken: what reads it, and what would come of it. Nothing is changed."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from ..core.content import FileContent
from ..core.importing.fetching import Fetched, fetched
from ..core.importing.matching import trial
from ..core.importing.order import Duplicates, Order
from ..core.importing.passing import Passing
from ..model.errors import Invalid, Malformed, NotFound
from ..model.files import go_on
from ..model.graph import Node
from ..model.record import Row
from ..parsers.encoding_guess import single_byte
from ..parsers.text import decoding
from ..ports import Guess, Items
from ..settings import registry
from ..settings.filling import filled
from ..settings.flows.tasks import at_start
from ..settings.problems import Problem, translated
from ..settings.spec import ParserSpec
from ..settings.workspace import Workspace
from ..steps.scratch import scratch
from ..tasks.importing import ImportSpec, order_of, steps_of
from .backfilling import told
from .places import opened, store_at

HEAD = 64 * 1024
"""Bytes by which formats are guessed."""
ZIP, LARGEST = b"PK\3\4", 16 << 20
"""What an archive begins with; its contents stand at its end, so more of it is looked at."""


class Looked(NamedTuple):
    """A format that may be a file's."""

    parser: str
    guess: Guess


@contextmanager
def files_at(workspace: Workspace | None, place: str, folder: Path, spec: ImportSpec | None = None
             ) -> Iterator[list[Fetched]]:
    """The file that somebody typed, brought here and unpacked; several, if it is an archive."""
    around = workspace or Workspace(folder)
    with ExitStack() as stack:
        store, entry = stack.enter_context(opened(workspace, place, folder))
        if entry is None:
            raise NotFound(f"{place}: is a folder; name a file in it")
        room = stack.enter_context(scratch())
        env = around.env(scratch=room)
        steps = steps_of(spec, env) if spec else [registry.step("decompress")().build(env)]
        here = room / "import"
        here.mkdir()
        found = fetched(store, entry, steps, here, go_on)
        if not found:
            raise Invalid(f"{place}: an archive with no file in it")
        yield found


def suggested(file: Fetched) -> list[Looked]:
    """What may read it, the likeliest first."""
    with file.path.open("rb") as body:
        head = body.read(HEAD)
        if head.startswith(ZIP):
            head += body.read(LARGEST)
    found = formats(file.name, head)
    return [one._replace(guess=_decodable(file, one)) for one in found]


def _decodable(file: Fetched, looked: Looked) -> Guess:
    """With an encoding, if the beginning of a text is UTF-8 and not all of it."""
    settings = looked.guess.settings
    if "encoding" in settings or "fallback" not in registry.parser(looked.parser).model_fields:
        return looked.guess
    try:
        decoding(content(file))
    except Malformed as error:
        with file.path.open("rb") as body:
            body.seek(error.offset or 0)
            return looked.guess._replace(settings={**settings, "encoding": single_byte(body.read(HEAD))})
    return looked.guess


def formats(name: str, head: bytes) -> list[Looked]:
    """What may read a file that is called so and begins so, the likeliest first."""
    found = []
    for parser in registry.names("parsers"):
        try:
            guess = registry.parser(parser).guess(name, head)
        except Invalid:
            continue        # a plugin that is broken, or needs what is not installed
        if guess and guess.score > 0:
            found.append(Looked(parser, guess))
    return sorted(found, key=lambda one: (-one.guess.score, one.parser))


def unknown(file: Fetched) -> str:
    """What is said of one that no parser may read."""
    said = "no parser knows it; name one: haulier import check --parser NAME" if file.size else "it is empty"
    return f"{file.name}: {said}"


def without_schema(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The parser's own: a guess can tell columns too, and these belong to the import."""
    return {name: value for name, value in settings.items() if name != "schema"}


def order_for(workspace: Workspace | None, folder: Path, parser: str, settings: Mapping[str, Any]) -> Order:
    """How rows of a file are made with a parser alone; Invalid with every mistake in its settings."""
    around = workspace or Workspace(folder)
    kind = registry.parser(parser)

    def locate(where: tuple[str | int, ...], text: str, hint: str) -> Problem:
        return Problem("", 0, ".".join(map(str, where)), text, hint)

    spec: ParserSpec = filled(kind, {"type": parser, **without_schema(settings)}, around.secrets, locate)
    return Order("check", spec.build(around.env()), duplicates=Duplicates.FILES, strict=False, parser_name=parser)


def import_of(workspace: Workspace, name: str) -> tuple[ImportSpec, Order]:
    """The import that a flow has: `flow`, or `flow/task` if it has several; and how it makes rows."""
    flow, _, task = name.partition("/")
    nodes = [node for node in workspace.flows.flow(flow).graph.nodes if node.type == "import"]
    chosen = [node for node in nodes if node.id == task] if task else nodes
    if len(chosen) != 1:
        known = ", ".join(f"{flow}/{node.id}" for node in nodes) or "none"
        raise NotFound(f"{name}: name one import of the flow {flow}; it has: {known}")
    settings = _filled(workspace, flow, chosen[0])
    try:
        spec = ImportSpec.model_validate(settings)
    except ValidationError as error:
        found = translated(error, settings, ImportSpec, lambda where, text, hint: Problem(
            flow, 0, ".".join(map(str, where)), text, hint))
        raise Invalid("\n".join(map(str, found))) from None
    return spec, order_of(spec, workspace.env(flow), f"{flow}/{chosen[0].id}")


def _filled(workspace: Workspace, flow: str, node: Node) -> dict[str, Any]:
    """Its settings with the parameters that runs of its schedule have; what needs more than those stays as it is."""
    found = dict(node.settings)
    try:
        params = workspace.flows.flow(flow).given(told(workspace, flow, {}))
    except Invalid:     # it asks for some that only persons give
        return found
    for name, value in node.settings.items():
        with suppress(Invalid):
            found |= at_start(replace(node, settings={name: value}), {**params, "params": params}, params,
                              workspace.secrets)
    return found


@contextmanager
def items_of(workspace: Workspace, spec: ImportSpec) -> Iterator[Items]:
    """The open items of an import that matches payments."""
    assert spec.reconcile is not None
    env = replace(workspace.env(), store=lambda place: store_at(workspace, place))
    with closing(spec.reconcile.items.build(env)) as items:
        yield items


def tried(workspace: Workspace, spec: ImportSpec, order: Order, file: Fetched) -> dict[str, Any]:
    """What its payments would be matched with."""
    assert spec.reconcile is not None
    with items_of(workspace, spec) as items:
        return trial(order, items, spec.reconcile.rules(), content(file))


def first_rows(order: Order, file: Fetched, count: int) -> list[Row]:
    """The first rows as they would go on."""
    found: list[Row] = []
    for ready in Passing(replace(order, duplicates=Duplicates.FILES), file.digest).batches(content(file)):
        found += islice(ready.rows, count - len(found))
        if len(found) >= count:
            break
    return found


def content(file: Fetched) -> FileContent:
    return FileContent(file.path, file.name)

"""Payments of bank files, matched with what they are for, and told."""
from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any

from ...core.content import BytesContent, FileContent
from ...core.importing.matching import Matching, trial
from ...core.importing.order import Duplicates, Order, Policy
from ...core.importing.posting import Outlet, Outlets
from ...core.importing.round import Way
from ...core.importing.taking import rehearsed
from ...core.importing.ways import PaymentWay
from ...core.reconcile.policy import Rules
from ...model.errors import Invalid
from ...model.match import Match, MatchState
from ...ports import ImportBook
from ...settings import registry
from ...settings.problems import nearest
from .calls import Line
from .foreign import Chosen, chosen
from .items import items_of
from .memory import Where
from .pipeline import OwnPipeline
from .result import PipelineResult
from .telling import Calls, Told

FORMATS = {"sepa": {"type": "camt", "ledger": True}, "camt.052": {"type": "camt", "ledger": True},
           "camt.053": {"type": "camt"}, "camt.054": {"type": "camt", "ledger": True}}
"""Formats by the names that they have here. Files of camt.052 and camt.054 are taken for payments if they are named."""


class ReconciliationPipeline(OwnPipeline):
    """Matches the payments of bank files with open items, and tells of each.

    file_format: bgmax, sepa (camt.054 and its relatives), camt, mt940 or another format of banks. on_matched(match):
    called for each item that a payment is for, with `match.invoice_id` and `match.payment`; on_unmatched(match): for
    each that a person has to look at, with `match.reason`. Both may be async. Nobody is told before all payments of a
    file are matched and remembered; of duplicates nobody is told.

    items: what is open: a list of mappings or OpenItem, a function (async or not) that gives one, or one that is asked
    for references, an object with lookup(), a CSV file, the address of an API or a database, or settings of one; None:
    what the variable HAULIER_ITEMS says. live: whether what is open falls there once payments were told. rules: how
    exact matches are. config: settings of the parser. strict: whether nothing is taken of a file whose own totals do
    not hold.
    """

    recovers = True

    def __init__(  # noqa: PLR0913 - options
                 self, file_format: str, tenant_id: str = "", on_matched: Told | None = None,
                 on_unmatched: Told | None = None, encoding: str = "", *, items: Any = None, currency: str = "",
                 live: bool | None = None, rules: Rules | None = None, config: Any = None, strict: bool | None = None,
                 concurrency: int = 8, checkpoint_rows: int = 100, pipeline_name: str = "",
                 ledger: Where = None) -> None:
        self._format, self.tenant_id, self.ledger = file_format, tenant_id, ledger
        self._chosen = _chosen(file_format, config, encoding)
        self._matched, self._unmatched = on_matched, on_unmatched
        self._items, self._currency, self._live = items, currency, live
        self._rules, self._concurrency, self._page = rules or Rules(), max(1, concurrency), max(1, checkpoint_rows)
        self._strict = self._chosen.strict if strict is None else strict
        self._name = pipeline_name or f"{file_format}-reconciliation"

    @property
    def name(self) -> str:
        """What results call it."""
        return self._name

    def order(self, flow: str) -> Order:
        """How payments are read."""
        return Order(flow, self._chosen.parser, duplicates=Duplicates.ROWS, policy=Policy(first=0),
                     strict=self._strict, version=self._chosen.version, parser_name=self._chosen.name)

    def way(self, order: Order, book: ImportBook, line: Line, stack: ExitStack) -> Way:
        """Payments are matched, and told."""
        items = stack.enter_context(closing(items_of(self._items, line, self._currency, self._live)))
        matched, unmatched = (self._outlet(one, line, stack) for one in (self._matched, self._unmatched))
        return PaymentWay(order, Matching(items, self._rules, Outlets(matched, unmatched, self._page)), book)

    def complete(self, way: Way, result: PipelineResult) -> None:
        """What those who were told refused."""
        outlets = way.matching.outlets if isinstance(way, PaymentWay) else Outlets()
        for sink in (outlets.matched.sink, outlets.unmatched.sink):
            for reason in sink.refusals() if isinstance(sink, Calls) else ():
                result.fail(reason)

    def rehearse(self, order: Order, content: BytesContent | FileContent, book: ImportBook | None, line: Line,
                 result: PipelineResult) -> None:
        """Every payment is read, and matched with what is open now."""
        found = rehearsed(order, content, book, line.check)
        with closing(items_of(self._items, line, self._currency, self._live)) as items:
            proof = trial(order, items, self._rules, content, line.check, book)
        result.count(found.counts, {**found.account.report(), **proof})
        result.refuse(found.rejects, found.counts.rejected)

    def _outlet(self, function: Told | None, line: Line, stack: ExitStack) -> Outlet:
        if function is None:
            return Outlet()
        calls = stack.enter_context(Calls(function, line, self._concurrency, lambda row: row["match"]))
        return Outlet(calls, rows=lambda match: [{"match": part} for part in parts(match)])


def parts(match: Match) -> list[Match]:
    """One match for each item that it is for. Together they have its amount: what is for no item is with the last."""
    if match.state is not MatchState.MATCHED or len(match.allocations) < 2:
        return [match]
    found, last = [], len(match.allocations) - 1
    for at, one in enumerate(match.allocations):
        rest = match.rest if at == last else match.rest * 0
        more = {**match.payment.more, "payment_amount": match.payment.amount}
        payment = replace(match.payment, amount=one.amount + rest, more=more)
        found.append(replace(match, payment=payment, allocations=(one,), rest=rest))
    return found


def _chosen(name: str, config: Any, encoding: str) -> Chosen:
    if config is not None:
        return chosen(config, encoding)
    known = {one for one in registry.names("parsers") if _is_money(one)} | set(FORMATS)
    if name not in known:
        raise Invalid(f"file_format: {name!r} is no format of payments; {nearest(name, known)}")
    return chosen(FORMATS.get(name, {"type": name}), encoding)


def _is_money(name: str) -> bool:
    try:
        return registry.parser(name).money
    except Invalid:
        return False

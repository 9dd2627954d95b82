"""One bank file matched with open items, with nothing remembered and nobody told."""
from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ...core.content import BytesContent
from ...core.importing.account import told_of
from ...core.importing.payments import payments_of
from ...core.reconcile.policy import Rules
from ...core.reconcile.proof import Proof
from ...core.reconcile.reconciler import Reconciler
from ...model.errors import Malformed
from ...model.intake import Money
from ...model.match import Match, MatchState
from .calls import Line, aside
from .foreign import Chosen, chosen
from .items import items_of


@dataclass
class ReconciliationResult:
    """What the payments of a file are for. Amounts are as the file has them, of all currencies together: `money` has
    them one by one, proved to the last cent."""

    total_payments: int = 0
    matched_count: int = 0
    unmatched_count: int = 0
    matched_amount: Decimal = Decimal(0)
    unmatched_amount: Decimal = Decimal(0)
    errors: list[str] = field(default_factory=list)
    matched: list[Match] = field(default_factory=list)
    unmatched: list[Match] = field(default_factory=list)
    """Those that a person has to look at, duplicates, and entries that are no payments: `match.reason` says why."""
    money: Mapping[str, Money] = field(default_factory=dict)
    tenant_id: str = ""
    import_batch_id: str = ""


class ReconciliationService:
    """items, currency, live, rules: as ReconciliationPipeline has them."""

    def __init__(self, items: Any = None, *, currency: str = "", live: bool | None = None, rules: Rules | None = None
                 ) -> None:
        self._items, self._currency, self._live, self._rules = items, currency, live, rules

    async def reconcile_bgmax(self, content: str | bytes, tenant_id: str = "", import_batch_id: str = ""
                              ) -> ReconciliationResult:
        """A BgMax file; what it lacks is among `errors`."""
        return await self.reconcile("bgmax", content, tenant_id, import_batch_id)

    async def reconcile_sepa(self, content: str | bytes, tenant_id: str = "", import_batch_id: str = ""
                             ) -> ReconciliationResult:
        """An account report (camt.052, camt.053, camt.054)."""
        return await self.reconcile({"type": "camt", "ledger": True}, content, tenant_id, import_batch_id)

    async def reconcile(self, parser: Any, content: str | bytes, tenant_id: str = "", import_batch_id: str = ""
                        ) -> ReconciliationResult:
        """A file of any format of banks, by its name or as a parser."""
        result = ReconciliationResult(tenant_id=tenant_id, import_batch_id=import_batch_id)
        data = content.encode() if isinstance(content, str) else content
        line = Line(asyncio.get_running_loop())
        await aside(line, lambda: self._reconciled(chosen(parser, ""), data, line, result))
        return result

    def _reconciled(self, parser: Chosen, data: bytes, line: Line, result: ReconciliationResult) -> None:
        with closing(items_of(self._items, line, self._currency, self._live)) as items:
            reconciler, proof = Reconciler(items, self._rules), Proof()
            found: dict[int, Match] = {}
            try:
                for batch in parser.parser.parse(BytesContent(data)):
                    payments, wrong = payments_of(batch.rows)
                    numbers = [number for at, number in enumerate(batch.numbers) if at not in wrong]
                    result.errors += [f"line {one.line}: {one.faults[0].reason}" for one in batch.rejects]
                    result.errors += [f"line {batch.lines[at]}: {one[0].reason}" for at, one in wrong.items()]
                    found |= zip(numbers, reconciler.match(payments, numbers), strict=True)
            except Malformed as error:
                result.errors.append(told_of(error))
                return
            found |= dict(reconciler.finish())
        for match in found.values():
            proof.add(match)
        _tell(result, [*found.values()], proof.money())


def _tell(result: ReconciliationResult, found: list[Match], money: Mapping[str, Money]) -> None:
    result.money, result.total_payments = money, len(found)
    result.matched = [one for one in found if one.state is MatchState.MATCHED]
    result.unmatched = [one for one in found if one.state is not MatchState.MATCHED]
    result.matched_count, result.unmatched_count = len(result.matched), len(result.unmatched)
    result.matched_amount = sum((one.matched for one in money.values()), Decimal(0))
    result.unmatched_amount = sum((one.total - one.matched for one in money.values()), Decimal(0))

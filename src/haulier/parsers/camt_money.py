"""Amounts of the transactions of an entry: their parts of it, what they were before, what they cost."""
from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ..model.record import Row
from .iso_cells import currency, number
from .xml_paths import Values

SIDES = {"CRDT": 1, "DBIT": -1}
_ORIGINALS = (("Instructed", "InstructedCcy"), ("Amt", "Ccy"), ("TxAmt", "TxCcy"), ("Counter", "CounterCcy"))
_MONEYS = frozenset({"Instructed", "TxAmt", "Counter", "Rate", "Chrgs"})


def parts_of(details: Sequence[Values], row: Row, amount: Decimal, *, flipped: bool
           ) -> tuple[list[Decimal | None], tuple[tuple[str, str], ...]]:
    """What each of its transactions is of it, as far as that is said; together they may be less or more than it.
    `flipped`: it has the other sign than it says, and so have they."""
    own = [own_part(detail, row["currency"]) for detail in details]
    if not any(own):    # some banks only say what was ordered
        ordered = [instructed(detail, row["currency"]) for detail in details]
        own = ordered if sum(part or Decimal(0) for part in ordered) == abs(amount) else own
    parts = [None if part is None else _signed(part, detail, amount, flipped=flipped)
             for part, detail in zip(own, details, strict=True)]
    if len(parts) > 1 and None not in parts and sum(filter(None, parts)) != amount:
        absolute = [(part or Decimal(0)).copy_sign(amount) for part in parts]
        if sum(absolute) == amount:
            return [*absolute], (("detail_side", "its transactions add up only if their own CdtDbtInd is ignored"),)
    return parts, ()


def own_part(detail: Values, wanted: str) -> Decimal | None:
    """What it says to be, if that is in the wanted currency."""
    for key, unit in (("Amt", "Ccy"), ("TxAmt", "TxCcy"), ("Counter", "CounterCcy")):
        text = detail.get(key)
        if text and detail.get(unit, wanted) == wanted:
            return number(text, "amount")
    return None


def instructed(detail: Values, wanted: str) -> Decimal | None:
    """What was ordered, if that is in the wanted currency."""
    text = detail.get("Instructed")
    return number(text, "amount") if text and detail.get("InstructedCcy", wanted) == wanted else None


def _signed(part: Decimal, detail: Values, amount: Decimal, *, flipped: bool) -> Decimal:
    side = SIDES.get(detail.get("CdtDbtInd", ""))
    is_out = amount < 0 if side is None else (side < 0) != flipped
    return -part if is_out else part


def fill_moneys(row: Row, detail: Values, entry: Values) -> None:
    """What it was before it was changed into the account's currency, and what it cost."""
    unit = row["currency"]
    for values in (detail, entry):
        if _MONEYS.isdisjoint(values) and values.get("Ccy", unit) == unit:
            continue    # as most are
        if "Rate" in values and row["rate"] is None:
            row["rate"] = number(values["Rate"], "rate")
        if values is entry and row["amount"] != row["entry_amount"] and not _is_alone(detail, entry):
            break       # what is left to be read is of all its transactions together
        _original(row, values)
        if "Chrgs" in values and row["charges"] is None:
            row["charges"] = _charges(values["Chrgs"], unit)


def _is_alone(detail: Values, entry: Values) -> bool:
    """Whether it is its only transaction."""
    return bool(detail) and len(entry.get("NtryDtls/TxDtls") or entry.get("TxDtls") or ()) == 1


def _original(row: Row, values: Values) -> None:
    for key, unit in _ORIGINALS:
        if values.get(unit, row["currency"]) != row["currency"] and not row["original_currency"]:
            row["original_amount"] = number(values.get(key, ""), "original_amount").copy_sign(row["amount"])
            row["original_currency"] = currency(values[unit], "original_currency")


def _charges(groups: Sequence[Values], unit: str) -> Decimal | None:
    """Those in that currency: a number in another would be taken for one in this."""
    found = None
    for group in groups:
        records = [record for record in group.get("Rcrd", (group,)) if "Amt" in record]
        for record in records:
            if record.get("Ccy", unit) != unit:
                continue
            part = number(record["Amt"], "charges")
            found = (found or Decimal(0)) + (-part if record.get("CdtDbtInd") == "CRDT" else part)
        if not records and "Total" in group and group.get("TotalCcy", unit) == unit:
            found = (found or Decimal(0)) + number(group["Total"], "charges")
    return found

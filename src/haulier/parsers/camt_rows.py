"""The payments that an entry of an account report is made of."""
from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from ..model.record import Row
from .camt_details import fill_numbers, fill_other_side, fill_references, fill_texts
from .camt_money import SIDES, fill_moneys, instructed, own_part, parts_of
from .iso_cells import Bad, currency, day, given, number
from .xml_paths import Values

STATUSES = {None: "booked", "BOOK": "booked", "PDNG": "pending", "FUTR": "pending", "INFO": "info"}
_RETURNS = {"RRTN", "UPDD", "PRDD", "UPCT", "UPCQ", "ARET"}
_FEES = {"CHRG", "FEES", "COMM", "COME", "COMI", "COMT"}
_TRUE = {"true", "1"}
_NOTHING: Values = {}


class Around(NamedTuple):
    """What an entry stands in."""

    format: str
    money: bool         # its rows are money; else they tell of money that is elsewhere
    flips: bool         # reversals have the sign of what they take back
    statement: str
    account: str
    currency: str


class Entry(NamedTuple):
    """One entry, read."""

    rows: list[Row]
    amount: Decimal
    currency: str
    status: str
    reversal: bool
    details: Sequence[Values]
    odd: tuple[tuple[str, str], ...] = ()   # codes and texts of notices


def form_of(around: Around) -> Row:
    """All columns, with what is the same for all entries of a statement."""
    return {
        "amount": None, "currency": around.currency, "kind": "payment", "status": "booked", "format": around.format,
        "account": around.account, "booked": None, "valued": None, "reference": "", "references": None,
        "payer_name": "", "payer_account": "", "payer_org": "", "payer_address": "", "text": "", "bank_reference": "",
        "reason": "", "batch": "", "original_amount": None, "original_currency": "", "rate": None, "charges": None,
        "identity": "", "nature": "payment", "end_to_end": "", "entry_reference": "", "code": "", "uetr": "",
        "instruction": "", "transaction": "", "statement": around.statement, "entry": 0, "entry_amount": None,
        "reversal": False, "line": 0,
    }


def read(entry: Values, around: Around, form: Row, place: int) -> Entry:
    """Its rows; Bad if it cannot be taken."""
    side = SIDES.get(entry.get("CdtDbtInd", ""))
    if side is None:
        raise Bad("side", "CdtDbtInd is neither CRDT nor DBIT", "amount", entry.get("CdtDbtInd", ""))
    reversal = entry.get("RvslInd") in _TRUE
    amount = number(entry.get("Amt", ""), "amount")
    flipped = reversal and around.flips
    if (side < 0) != flipped:
        amount = -amount
    row = _outline(entry, around, form, amount)
    row["entry"], row["reversal"] = place, reversal
    details = entry.get("NtryDtls/TxDtls") or entry.get("TxDtls") or ()
    odd: tuple[tuple[str, str], ...] = ()
    if len(details) <= 1 and (not details or _is_all(details[0], entry, row)):
        rows = [_filled(row, entry, details, amount)]
        if row["nature"] == "payment" and promised(entry) > 1:
            row["nature"] = "batch"
    else:
        parts, odd = parts_of(details, row, amount, flipped=flipped)
        rows = _rows(entry, row, details, parts)
    if entry.get("Sts") not in STATUSES:
        odd = (*odd, ("unknown_status", f"status {entry['Sts']!r} is not known; the entry is taken as information"))
    for each in rows:
        _finish(each, around)
    return Entry(rows, amount, row["currency"], row["status"], reversal, details, odd)


def _is_all(detail: Values, entry: Values, row: Row) -> bool:
    """Its only transaction has the same amount, or none in this currency; some write 0 where they know none."""
    if detail.get("Amt") == entry["Amt"] and detail.get("Ccy") == entry.get("Ccy"):
        return True
    part = own_part(detail, row["currency"])
    return not part or abs(part) == abs(row["amount"]) or instructed(detail, row["currency"]) == abs(row["amount"])


def _outline(entry: Values, around: Around, form: Row, amount: Decimal) -> Row:
    """What is the same for all of its payments."""
    row = form.copy()
    row["amount"] = row["entry_amount"] = amount
    row["currency"] = currency(entry.get("Ccy") or around.currency)
    row["status"] = STATUSES.get(entry.get("Sts"), "info")
    row["booked"], row["valued"] = day(entry.get("Booked"), "booked"), day(entry.get("Valued"), "valued")
    row["references"] = []
    row["bank_reference"] = given(entry.get("AcctSvcrRef"))
    row["entry_reference"] = entry.get("NtryRef", "")
    if batches := entry.get("NtryDtls/Btch") or entry.get("Btch"):
        row["batch"] = _batch(batches, "PmtInfId") or _batch(batches, "MsgId")
    domain = entry.get("Domain")
    row["code"] = (f"{domain}-{entry.get('Family', '')}-{entry.get('Sub', '')}" if domain else entry.get("Own", ""))
    return row


def _batch(batches: Sequence[Values], key: str) -> str:
    return next((str(batch[key]) for batch in batches if key in batch), "")


def promised(entry: Values) -> int:
    """How many transactions its batches say to have."""
    batches = entry.get("NtryDtls/Btch") or entry.get("Btch")
    if not batches:
        return 0
    return sum(int(text) for batch in batches
               if (text := batch.get("NbOfTxs", "")).isascii() and text.isdigit() and len(text) < 16)


def _rows(entry: Values, outline: Row, details: Sequence[Values], parts: list[Decimal | None]) -> list[Row]:
    amount = outline["amount"]
    if not any(part is not None for part in parts):
        rows = [_filled(outline, entry, details, amount)]   # nobody knows whose it is how much
    else:
        rows = [_filled(_copy(outline), entry, [detail], part)
                for detail, part in zip(details, parts, strict=True) if part is not None]
    rest = amount - sum(row["amount"] for row in rows)
    if rest:
        left = [detail for detail, part in zip(details, parts, strict=True) if part is None]
        rows.append(_filled(_copy(outline), entry, left, rest) | {"nature": "difference"})
    if len(rows) > 1:
        for at, row in enumerate(rows, 1):
            row["identity"] = str(at)
    return rows


def _copy(outline: Row) -> Row:
    return outline | {"references": []}


def _filled(row: Row, entry: Values, details: Sequence[Values], amount: Decimal | None) -> Row:
    """With what these transactions say: mostly one, none for an entry alone."""
    row["amount"] = amount
    first = details[0] if details else _NOTHING
    returned = first.get("RtrInf", ()) if len(details) < 2 else [
        each for detail in details if "RtrInf" in detail for each in detail["RtrInf"]]
    sub = first.get("Sub") or entry.get("Sub")
    if returned or sub in _RETURNS:
        row["nature"] = "return"
        row["reason"] = next((each["Reason"] for each in returned if "Reason" in each), "")
    elif row["reversal"]:
        row["nature"] = "reversal"
    elif sub in _FEES:
        row["nature"] = "fee"
    if own := given(first.get("AcctSvcrRef")):
        row["entry_reference"] = row["entry_reference"] or row["bank_reference"]    # the details of 054 are found by it
        row["bank_reference"] = own
    fill_other_side(row, first)
    fill_moneys(row, first, entry)
    fill_texts(row, entry, details, returned)
    if details:
        fill_numbers(row, first)
    fill_references(row, details)
    if row["batch"] and "PmtInfId" not in first:
        _refer_to_batch(row, entry)
    return row


def _refer_to_batch(row: Row, entry: Values) -> None:
    """The number of our order, of an entry whose transactions do not have it."""
    if number := _batch(entry.get("NtryDtls/Btch") or entry.get("Btch") or (), "PmtInfId"):
        row["references"].append(["batch", number, None])


def _finish(row: Row, around: Around) -> None:
    """Its kind and its identity, which needs all else."""
    row["kind"] = row["nature"] if around.money else "detail"
    bank = row["bank_reference"] or "|".join(filter(None, (
        row["entry_reference"], given(row["end_to_end"]), row["uetr"])))
    if not bank:
        row["identity"] = ""
        return
    what = row["status"] if around.money else f"detail {row['status']}"
    row["identity"] = (f"{what}|{row['account']}|{row['booked'] or row['valued'] or ''}|{row['currency']}|"
                       f"{row['amount']}|{bank}|{row['identity']}")

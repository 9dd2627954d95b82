"""The payments that an entry of an account report is made of."""
from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from ..model.record import Row
from .camt_money import SIDES, fill_moneys, instructed, own_part, parts_of
from .iso_cells import Bad, currency, day, given, joined, number, structured
from .xml_paths import Values

_STATUS = {None: "booked", "BOOK": "booked", "PDNG": "pending", "FUTR": "pending", "INFO": "info"}
_RETURNS = {"RRTN", "UPDD", "PRDD", "UPCT", "UPCQ", "ARET"}
_FEES = {"CHRG", "FEES", "COMM", "COME", "COMI", "COMT"}
_REFERENCES = (("end_to_end", "EndToEndId"), ("mandate", "MndtId"), ("batch", "PmtInfId"))
_OTHER_NUMBERS = (("uetr", "UETR"), ("instruction", "InstrId"), ("transaction", "TxId"))
_BEST = {"structured", "ocr", "rf", "qrr", "kid", "invoice", "end_to_end"}
_GIVEN_BACK = "PMNT-ICDT-ARET"     # a payment of its own, as for what was bought by phone
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
    if (side < 0) != (reversal and around.flips):
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
        parts, odd = parts_of(details, row, amount)
        rows = _rows(entry, row, details, parts)
    if entry.get("Sts") not in _STATUS:
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
    row["status"] = _STATUS.get(entry.get("Sts"), "info")
    row["booked"], row["valued"] = day(entry.get("Booked"), "booked"), day(entry.get("Valued"), "valued")
    row["references"] = []
    row["bank_reference"] = given(entry.get("AcctSvcrRef"))
    row["entry_reference"] = entry.get("NtryRef", "")
    row["batch"] = _batch(entry)
    domain = entry.get("Domain")
    row["code"] = (f"{domain}-{entry.get('Family', '')}-{entry.get('Sub', '')}" if domain else entry.get("Own", ""))
    return row


def _batch(entry: Values) -> str:
    for batch in entry.get("NtryDtls/Btch") or entry.get("Btch") or ():
        if text := batch.get("PmtInfId") or batch.get("MsgId"):
            return str(text)
    return ""


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
    _other_side(row, first)
    fill_moneys(row, first, entry)
    _texts(row, entry, details, returned)
    if details:
        _numbers(row, first)
    _references(row, details)
    return row


_DEBTOR = ("Dbtr", "DbtrAcct", "UltmtDbtr")
_CREDITOR = ("Cdtr", "CdtrAcct", "UltmtCdtr")


def _other_side(row: Row, detail: Values) -> None:
    """Who paid; for what went out, who got it. Of what came back, that is who was it then; what we return is new."""
    back = row["nature"] in ("return", "reversal") and not (row["entry_amount"] < 0 and row["code"] == _GIVEN_BACK)
    for party, account, ultimate in ((_DEBTOR, _CREDITOR) if (row["entry_amount"] < 0) == back else
                                     (_CREDITOR, _DEBTOR)):
        name = detail.get(party) or detail.get(ultimate, "")
        number = detail.get(account, "")
        if (name or number) and (not number or number != row["account"]):    # some name us on both sides, or turned
            row["payer_name"], row["payer_account"] = name, number
            row["payer_org"] = detail.get(party + "Org", "")
            if lines := detail.get(party + "Address"):
                row["payer_address"] = " ".join(line.strip() for line in lines)
            return


def _texts(row: Row, entry: Values, details: Sequence[Values], returned: Sequence[Values]) -> None:
    lines: list[str] = []
    for detail in details:
        if "Texts" in detail:
            lines.append(joined(detail["Texts"]))
        for remittance in detail.get("RmtInf/Strd", ()):
            if "Said" in remittance:
                lines += [text.strip() for text in remittance["Said"]]
        if "AddtlTxInf" in detail:
            lines.append(detail["AddtlTxInf"])
    lines += [joined(each["Said"]) for each in returned if "Said" in each]
    if "AddtlNtryInf" in entry:
        lines.append(entry["AddtlNtryInf"])
    if lines:
        row["text"] = "\n".join(filter(None, lines))


def _references(row: Row, details: Sequence[Values]) -> None:
    found: list[list[Any]] = row["references"]
    for detail in details:
        for remittance in detail.get("RmtInf/Strd", ()):
            found += structured(remittance)
    for detail in details:
        for kind, key in _REFERENCES:
            if key in detail and (text := given(detail[key])):
                found.append([kind, text, None])
    if found and found[0][0] in _BEST:
        row["reference"] = found[0][1]
    for kind, key in (("bank", "bank_reference"), ("free", "text")):
        if row[key]:
            found.append([kind, row[key], None])


def _numbers(row: Row, detail: Values) -> None:
    row["end_to_end"] = detail.get("EndToEndId", "")
    for column, key in _OTHER_NUMBERS:
        if key in detail:
            row[column] = detail[key]
    if "PmtInfId" in detail and not row["batch"]:
        row["batch"] = detail["PmtInfId"]


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

"""What the transactions of an entry say: who paid, what for, and how others call it."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..model.record import Row
from .iso_cells import given, joined, structured
from .xml_paths import Values

_REFERENCES = (("end_to_end", "EndToEndId"), ("mandate", "MndtId"), ("batch", "PmtInfId"))
_OTHER_NUMBERS = (("uetr", "UETR"), ("instruction", "InstrId"), ("transaction", "TxId"))
_BEST = {"structured", "ocr", "rf", "qrr", "kid", "invoice", "end_to_end"}
_GIVEN_BACK = "PMNT-ICDT-ARET"     # a payment of its own, as for what was bought by phone
_DEBTOR = ("Dbtr", "DbtrAcct", "UltmtDbtr")
_CREDITOR = ("Cdtr", "CdtrAcct", "UltmtCdtr")


def fill_other_side(row: Row, detail: Values) -> None:
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


def fill_texts(row: Row, entry: Values, details: Sequence[Values], returned: Sequence[Values]) -> None:
    """What was written to whoever gets it."""
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


def fill_references(row: Row, details: Sequence[Values]) -> None:
    """What it is for, the best first; needs its text and the bank's number."""
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


def fill_numbers(row: Row, detail: Values) -> None:
    """What others call it."""
    row["end_to_end"] = detail.get("EndToEndId", "")
    for column, key in _OTHER_NUMBERS:
        if key in detail:
            row[column] = detail[key]
    if "PmtInfId" in detail and not row["batch"]:
        row["batch"] = detail["PmtInfId"]

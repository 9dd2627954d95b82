"""What banks write into :86: and behind :61:, taken apart."""
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from . import mt940_german as german
from .mt940_told import RF, Told, charge, money, see_structured

_SLASHED = re.compile(r"/(EREF|REMI|IBAN|BIC|NAME|BENM|ORDP|MARF|CSID|TRTP|ISDT|PREF|KREF|RTRN|PURP|ADDR|CNTP|UDTR|UCRD"
                      r"|ULTB|ULTD|RFB|ROC|OCMT|CHGS|EXCH|INIT|TRCD|SVCL|CDTRREFTP|CDTRREF|BBAN|BUSP|PY|PT)/")
_LABEL = re.compile(r"\b(REK|IBAN|BIC|NAAM|OMSCHRIJVING|KENMERK|BETALINGSKENM\.|MACHTIGING|INCASSANT): ?")
_BANK = re.compile(r"[A-Z]{6}[A-Z0-9]{2,5}")
_ACCOUNT = re.compile(r"[A-Z]{2}\d\d[A-Z0-9]{11,30}|P?\d{9,10}")
_HOLDER = re.compile(r"(?=.{15} \S)(NONREF|P?\d{9,10}) +(\S.*)")
_REFERENCE = 16
_WIDTH = 64
"""Characters of a full line of :86:: 65, or twice 32."""


def is_account(text: str) -> bool:
    """Whether it is an IBAN, and not a reference: those have 16 characters at most."""
    return len(text) > 16 and bool(_ACCOUNT.fullmatch(text)) and text[:2].isalpha()


def holder_of(text: str, details: Sequence[str], lines: Sequence[str]) -> tuple[str, str] | None:
    """Account and name of who stands where a reference belongs: in its 16 characters and behind them, or with the name
    in the next line and both again in :86:."""
    if found := _HOLDER.fullmatch(text):
        return "" if found[1] == "NONREF" else found[1], found[2]
    name = "".join(details).strip()
    return (text, name) if text and name and lines and lines[0].strip() == f"{text} {name}" else None


def told(texts: Sequence[str], details: Sequence[str]) -> Told:
    """From the lines of :86: and those that follow the first one of :61:."""
    whole = "".join(texts)
    if found := german.BEGIN.match(whole):
        made = german.told(found, whole)
    elif _SLASHED.search(whole):
        made = _slashed(whole, texts)
    elif "NAAM: " in whole:
        made = _labelled(texts)
    else:
        made = Told(remittance=_unfolded(texts))
    _add_details(made, details)
    return made


def _unfolded(lines: Sequence[str]) -> str:
    """Lines as they were written; one that is full goes on in the next, be it in the middle of a number."""
    text = ""
    for line in lines:
        written = line.rstrip()
        text += line if len(written) >= _WIDTH else f"{written}\n"
    return text.strip()


def _slashed(text: str, lines: Sequence[str]) -> Told:
    """`/EREF/…/NAME/…/REMI/…`."""
    parts = _pairs(text)
    made = Told(remittance=_remitted(parts.get("REMI", parts.get("PY", ""))),
                booking=parts.get("TRTP") or parts.get("BUSP", ""),
                end_to_end=parts.get("EREF", ""), mandate=parts.get("MARF", ""),
                batch=parts.get("PREF") or parts.get("KREF", ""),
                structured=parts.get("CDTRREF") or _referred(parts.get("RFB", "")),
                reason=parts.get("RTRN", ""), account=parts.get("IBAN") or parts.get("BBAN", ""),
                name=parts.get("NAME", ""), original=money(parts.get("OCMT", "")),
                charges=charge(parts.get("CHGS", "")), rate=charge(parts.get("EXCH", "")))
    _see_other(made, next((parts[key] for key in ("CNTP", "BENM", "ORDP") if parts.get(key)), ""))
    see_structured(made, parts.get("REMI", ""))
    if not (made.remittance or made.name or made.account or made.structured or made.batch or made.end_to_end):
        made.remittance = _unfolded(lines)
    return made


def _referred(text: str) -> str:
    """A reference; some banks write more behind it."""
    word = text.partition(" ")[0]
    return word if RF.fullmatch(word) else text[:_REFERENCE].strip()


def _see_other(made: Told, text: str) -> None:
    """Account / bank / name / town; or account / name / what for, where no bank is told."""
    account, bank, name, *more = [*text.split("/"), "", "", ""]
    if not any(map(str.isdigit, account)):
        account, bank, name, more = "", account, bank, [name, *more]
    if bank and not _BANK.fullmatch(bank):
        account, name, more = account, bank, [name, *more]
        made.remittance = made.remittance or " ".join(filter(None, more)).strip()
    made.account, made.name = made.account or account, made.name or name


def _labelled(lines: Sequence[str]) -> Told:
    """`IBAN: … NAAM: … OMSCHRIJVING: …`, in columns of 32 characters."""
    before, *found = _LABEL.split("\n".join(lines))
    parts = {label: value.strip(" /\n") for label, value in zip(found[::2], found[1::2], strict=True)}
    folded = {label: "".join(map(str.strip, value.split("\n"))) for label, value in parts.items()}
    name, text = parts.get("NAAM", "").replace("\n", " "), parts.get("OMSCHRIJVING", "")
    return Told(remittance=_unfolded([*before.split("\n"), *text.split("\n")]), name=name,
                account=folded.get("IBAN") or folded.get("REK", ""), end_to_end=folded.get("KENMERK", ""),
                mandate=folded.get("MACHTIGING", ""), structured=folded.get("BETALINGSKENM.", ""))


def _pairs(text: str) -> dict[str, str]:
    """Values by name, the first of each that is not empty."""
    if not (marks := list(_SLASHED.finditer(text))):
        return {}
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    parts: dict[str, str] = {}
    for mark, end in zip(marks, ends, strict=True):
        if value := text[mark.end():end].strip().strip("/").strip():
            parts.setdefault(mark[1], value)
    if (before := text[:marks[0].start()].strip()):
        parts.setdefault("REMI", before)
    return parts


def _remitted(text: str) -> str:
    """What was remitted: `USTD//text`, `STRD/CUR/reference`, or the text itself."""
    for kind in ("USTD//", "USTD/"):
        text = text.removeprefix(kind)
    return text


def _add_details(made: Told, details: Sequence[str]) -> None:
    text = "".join(details).strip()
    parts = _pairs(text)
    made.original = made.original or money(parts.get("OCMT", ""))
    made.charges = made.charges if made.charges is not None else charge(parts.get("CHGS", ""))
    made.rate = made.rate if made.rate is not None else charge(parts.get("EXCH", ""))
    if not made.account and _ACCOUNT.fullmatch(text):
        made.account = text
    elif text and not _is_only(parts):
        made.booking = "\n".join(filter(None, (made.booking, text)))


def _is_only(parts: Mapping[str, str]) -> bool:
    return bool(parts) and parts.keys() <= {"OCMT", "CHGS", "EXCH"}

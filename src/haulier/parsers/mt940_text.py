"""What banks write into :86: and behind :61:, taken apart."""
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .mt940_entry import Bad, amount_of

_GERMAN = re.compile(r"\s*(?:(\d{3,4})([?<>~^@&#|])(?=\d\d)|([?<>~^])(?=[02]0))")
_SPLITS = {mark: re.compile(rf"{re.escape(mark)}(?=\d\d)") for mark in "?<>~^@&#|"}
_PLUS = frozenset({"EREF", "KREF", "MREF", "CRED", "DEBT", "SVWZ", "ABWA", "ABWE", "IBAN", "PURP", "COAM", "OAMT",
                   "RREF", "ANAM", "BIC"})
_COLON = frozenset({"EREF", "KREF", "MREF", "IBAN", "BIC"})
_SLASHED = re.compile(r"/(EREF|REMI|IBAN|BIC|NAME|BENM|ORDP|MARF|CSID|TRTP|ISDT|PREF|KREF|RTRN|PURP|ADDR|CNTP|UDTR|UCRD"
                      r"|ULTB|ULTD|RFB|ROC|OCMT|CHGS|EXCH|INIT|TRCD|SVCL|CDTRREFTP|CDTRREF|BBAN|BUSP|PY|PT)/")
_LABEL = re.compile(r"\b(REK|IBAN|BIC|NAAM|OMSCHRIJVING|KENMERK|BETALINGSKENM\.|MACHTIGING|INCASSANT): ?")
_TAX = re.compile(r"ISSUER: CUR +REF: (\d{16})", re.IGNORECASE)
_BANK = re.compile(r"[A-Z]{6}[A-Z0-9]{2,5}")
_ACCOUNT = re.compile(r"[A-Z]{2}\d\d[A-Z0-9]{11,30}|P?\d{9,10}")
_HOLDER = re.compile(r"(?=.{15} \S)(NONREF|P?\d{9,10}) +(\S.*)")
_MONEY = re.compile(r"([A-Z]{3})?([\d,.]+)")
_NOTHING = frozenset({"", "NONREF", "NOTPROVIDED", "NOT PROVIDED", "EREF", "MARF", "PREF", "KREF+", "EREF+", "NOREF"})
_REFERENCE = 16
_PIECE = 27
"""Characters of a full piece of a German :86:."""
_WIDTH = 64
"""Characters of a full line of :86:: 65, or twice 32."""
_RF = re.compile(r"RF\d\d[A-Z0-9]{1,21}")


@dataclass(slots=True)
class Told:
    """What an entry's texts say."""

    code: str = ""              # of the kind of business: the German GVC
    remittance: str = ""        # what the payer wrote
    booking: str = ""           # what the bank calls it
    end_to_end: str = ""
    mandate: str = ""
    batch: str = ""             # the customer's reference of many payments
    structured: str = ""        # a creditor reference
    name: str = ""
    account: str = ""
    reason: str = ""            # of a return
    original: tuple[str, Decimal] | None = None     # currency, amount
    charges: Decimal | None = None
    rate: Decimal | None = None


def is_reference(text: str) -> bool:
    """Whether it names something: banks write NONREF and the like where there is none."""
    return bool(text) and text.strip().upper() not in _NOTHING


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
    if found := _GERMAN.match(whole):
        made = _german(found[1] or "", _SPLITS[found[2] or found[3]].split(whole[found.end():]))
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


def national(lines: Sequence[str]) -> list[str]:
    """The lines of a field :NS: as a German :86: has them."""
    return ["?00", *(f"?{_NATIONAL.get(line[:2], '10')}{line[2:]}" for line in lines)]


_NATIONAL = {**{f"{at:02}": f"{at + 19}" for at in range(1, 11)}, "11": "60", "12": "61", "13": "62", "14": "63",
             "15": "32", "16": "33", "17": "00", "33": "30", "34": "31"}


def _german(code: str, pieces: Sequence[str]) -> Told:
    """`166?00GUTSCHRIFT?20EREF+…?21SVWZ+…?30bank?31account?32name`."""
    parts: dict[str, str] = {}
    used: list[str] = []
    for piece in pieces:
        key = piece[:2]
        if key[0] == "2" or "60" <= key <= "63":
            used.append(piece[2:])
        else:
            parts[key] = parts.get(key, "") + piece[2:]
    named = _named("".join(used))
    made = Told(code, booking=parts.get("00", "").strip(), remittance=_remittance(used, named),
                name=_name(parts.get("32", ""), parts.get("33", "")),
                account=(parts.get("38") or parts.get("31") or named.get("IBAN", "")).replace(" ", ""))
    made.end_to_end, made.mandate, made.batch = (named.get(key, "").strip() for key in ("EREF", "MREF", "KREF"))
    made.original, made.charges = _money(named.get("OAMT", "")), _charge(named.get("COAM", ""))
    made.reason = parts.get("34", named.get("MTLG", "")).strip() if code in RETURNS else ""
    _see_structured(made, made.remittance)
    return made


def _name(first: str, second: str) -> str:
    """In two pieces: one that is full goes on in the next."""
    return (first + second if len(first) >= _PIECE or second[:1] == " " else f"{first} {second}").strip()


def _remittance(pieces: Sequence[str], named: Mapping[str, str]) -> str:
    """What the payer wrote. Pieces that are not full end with a word, but numbers are never torn."""
    text, last, is_changed = "", _PIECE, False
    for piece in pieces:
        if last < _PIECE and text[-1:] != " " and not (text[-1:].isdigit() and piece[:1].isdigit()):
            text, is_changed = f"{text} ", True
        text += piece
        last = len(piece)
    if is_changed and (spaced := _named(text)).keys() == named.keys():   # no name of a part was torn itself
        named = spaced
    return named.get("SVWZ", named[""]).replace("  ", " ").strip()


RETURNS = frozenset({"108", "109", "159", "181", "184"})
"""Kinds of business of German banks where a payment comes back."""


def _named(text: str) -> dict[str, str]:
    """Each part by its name; what stands before the first has none. The first of a name counts."""
    marks = _marks(text)
    if not marks:
        return {"": text}
    found = {"": text[:marks[0][0]]}
    for (_, start, name), end in zip(marks, [*(mark[0] for mark in marks[1:]), len(text)], strict=True):
        found.setdefault(name, text[start:end])
    return found


def _marks(text: str) -> list[tuple[int, int, str]]:
    """Where names of parts begin and end: EREF+, EREF: and the like. (A regular expression takes ten times as long.)"""
    found = []
    for sign, names in (("+", _PLUS), (": ", _COLON), (":", frozenset({"MTLG"}))):
        at = text.find(sign)
        while at >= 0:
            name = text[max(0, at - 4):at]
            if name in names or (name := name[-3:]) in names:
                found.append((at - len(name), at + len(sign), name))
            at = text.find(sign, at + 1)
    return sorted(found)


def _slashed(text: str, lines: Sequence[str]) -> Told:
    """`/EREF/…/NAME/…/REMI/…`."""
    parts = _pairs(text)
    made = Told(remittance=_remitted(parts.get("REMI", parts.get("PY", ""))),
                booking=parts.get("TRTP") or parts.get("BUSP", ""),
                end_to_end=parts.get("EREF", ""), mandate=parts.get("MARF", ""),
                batch=parts.get("PREF") or parts.get("KREF", ""),
                structured=parts.get("CDTRREF") or parts.get("RFB", "")[:_REFERENCE].strip(),
                reason=parts.get("RTRN", ""), account=parts.get("IBAN") or parts.get("BBAN", ""),
                name=parts.get("NAME", ""), original=_money(parts.get("OCMT", "")),
                charges=_charge(parts.get("CHGS", "")), rate=_charge(parts.get("EXCH", "")))
    _see_other(made, next((parts[key] for key in ("CNTP", "BENM", "ORDP") if parts.get(key)), ""))
    _see_structured(made, parts.get("REMI", ""))
    if not (made.remittance or made.name or made.account or made.structured or made.batch or made.end_to_end):
        made.remittance = _unfolded(lines)
    return made


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


def _see_structured(made: Told, text: str) -> None:
    pieces = text.split("/")
    if pieces[0] == "STRD" and len(pieces) > 2:
        made.structured = made.remittance = pieces[2].strip()
    elif not made.structured and (found := _TAX.search(text)):
        made.structured = found[1]
    elif not made.structured and (found := _RF.fullmatch(text.replace(" ", ""))):
        made.structured = found[0]


def _add_details(made: Told, details: Sequence[str]) -> None:
    text = "".join(details).strip()
    parts = _pairs(text)
    made.original = made.original or _money(parts.get("OCMT", ""))
    made.charges = made.charges if made.charges is not None else _charge(parts.get("CHGS", ""))
    made.rate = made.rate if made.rate is not None else _charge(parts.get("EXCH", ""))
    if not made.account and _ACCOUNT.fullmatch(text):
        made.account = text
    elif text and not _is_only(parts):
        made.booking = "\n".join(filter(None, (made.booking, text)))


def _is_only(parts: Mapping[str, str]) -> bool:
    return bool(parts) and parts.keys() <= {"OCMT", "CHGS", "EXCH"}


def _money(text: str) -> tuple[str, Decimal] | None:
    found = _MONEY.match(text.strip().lstrip("+"))
    try:
        return (found[1] or "", amount_of(found[2])) if found else None
    except Bad:
        return None


def _charge(text: str) -> Decimal | None:
    money = _money(text)
    return money[1] if money else None

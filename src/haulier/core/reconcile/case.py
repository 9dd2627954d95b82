"""One payment on the desk, with what it says of itself."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ...model.match import OpenItem
from ...model.payment import Kind, Payment, Reference, RefKind
from .digits import is_number, luhn_near
from .references import SCHEMES, alnum, checked, is_bad, keys
from .tokens import tokens

# Tuples, for a set asks each enum for its hash, which is slow.
SURE = (RefKind.STRUCTURED, RefKind.OCR, RefKind.RF, RefKind.QRR, RefKind.KID, RefKind.INVOICE)
OURS = (RefKind.END_TO_END, RefKind.MANDATE)
"""What we gave with an order of ours, and what others put there as they like."""
_ORIGINS = (RefKind.END_TO_END, RefKind.BANK, RefKind.MANDATE)
_SHORTEST, _LONGEST = 5, 25      # digits of a number that may be mistyped
_PAYMENT, _BACK = Kind.PAYMENT, (Kind.RETURN, Kind.REVERSAL)
Keys = tuple[str, ...]


def is_back(payment: Payment) -> bool:
    """Whether it takes an earlier payment back. Details of a return are one, where details are not ignored."""
    kind = payment.kind
    return kind is not _PAYMENT and (kind in _BACK or (kind is Kind.DETAIL and payment.reason != ""))


class Referred(Protocol):
    """What has references."""

    @property
    def references(self) -> Sequence[Reference]: ...

    @property
    def bank_reference(self) -> str: ...


def origins(payment: Referred) -> list[str]:
    """The references by which a return names the payment that it is about, the surest first."""
    texts = [one.text for kind in _ORIGINS for one in payment.references if one.kind is kind]
    return list(dict.fromkeys(text for text in (*texts, payment.bank_reference) if keys(text)))


class Named(NamedTuple):
    """A reference with the forms that it is looked up in."""

    reference: Reference
    keys: Keys


class Meaning(NamedTuple):
    """Items. `is_one`: one number stands for all. `is_sure`: it is a structured reference, and none is unknown."""

    items: list[OpenItem]
    is_one: bool = True
    is_sure: bool = True


class Case:
    """What is asked of one payment, worked out when it is wanted."""

    # What most payments never need is the class's: there is a case for each of a million payments.
    ours: Sequence[Named] = ()
    is_known: bool = True           # whether any number that it gives is an item's
    said: Meaning | None = None     # by its references
    meant: Meaning | None = None    # by references and text
    same: Sequence[OpenItem] | None = None  # those of exactly its amount
    _bad: Named | bool | None = False   # False: not asked yet
    _words: tuple[tuple[Keys, tuple[Keys, ...]], ...] | None = None

    def __init__(self, payment: Payment, number: int) -> None:
        self.payment = payment
        self.number = number
        self.sure: list[Named] = []
        references = payment.references
        if not references and payment.reference:
            references = (Reference(RefKind.INVOICE, payment.reference),)
        for reference in references:
            kind = reference.kind
            if kind in SURE:
                found = keys(reference.text)
                if found and (not self.sure or all(found != one.keys for one in self.sure)):
                    self.sure.append(Named(reference, found))
            elif kind in OURS and (found := keys(reference.text)):
                self.ours = [*self.ours, Named(reference, found)]

    @property
    def named(self) -> list[Named]:
        return [*self.sure, *self.ours] if self.ours else self.sure

    @property
    def words(self) -> tuple[tuple[Keys, tuple[Keys, ...]], ...]:
        """Each number in the text: the forms of the whole word, and of the parts of it."""
        if self._words is None:
            self._words = tuple((keys(token.whole), tuple(filter(None, map(keys, token.parts))))
                                for token in tokens("\n".join(self._texts())))
        return self._words

    def skip_words(self) -> None:
        """Its text is not asked: a reference and the amount say enough."""
        self._words = ()

    def _texts(self) -> list[str]:
        payment = self.payment
        free = [one.text for one in payment.references if one.kind is RefKind.FREE or " " in one.text.strip()]
        if payment.reference and not payment.references:
            free.append(payment.reference)
        return [text for text in dict.fromkeys([*free, payment.text]) if text]

    def bad(self, scheme: str) -> Named | None:
        """The first reference whose check digit is wrong."""
        if isinstance(self._bad, bool):
            self._bad = next((one for one in self.sure if is_bad(one.reference.text, one.reference.kind, scheme)), None)
        return self._bad

    def loose(self, scheme: str) -> Named | None:
        """All that it gives, if that is a number as OCR numbers are, with a wrong check digit: where a bank knows that
        it is wrong, it is none of these any more, but a text."""
        references = self.payment.references
        numbers = [one.text.strip() for one in references if one.kind is RefKind.FREE]
        if self.sure or len(numbers) != 1 or not (is_number(numbers[0]) and _SHORTEST <= len(numbers[0]) <= _LONGEST):
            return None
        reference = Reference(RefKind.OCR, numbers[0])
        return Named(reference, keys(reference.text)) if is_bad(reference.text, RefKind.OCR, scheme) else None


def misspelt(named: Named, scheme: str) -> list[str]:
    """Numbers with a good check digit that differ from a bad one in one digit, or in two that changed places."""
    text = alnum(named.reference.text)
    start = 2 if text.startswith("RF") else 0
    if not is_number(text[start:]):
        return []
    own = checked(named.reference.text, named.reference.kind, scheme).scheme
    return luhn_near(text) if own == "luhn" else [one for one in _near(text, start) if SCHEMES[own](one)]


def _near(text: str, start: int) -> list[str]:
    ends = range(start, len(text))
    changed = [text[:at] + digit + text[at + 1:] for at in ends for digit in "0123456789" if digit != text[at]]
    swapped = [text[:at] + text[at + 1] + text[at] + text[at + 2:] for at in ends[:-1] if text[at] != text[at + 1]]
    return changed + swapped

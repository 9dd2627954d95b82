"""Check digits of payment references: each function says whether the last digits are what the others make them."""
from __future__ import annotations

from itertools import pairwise

_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
_TWICE = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_CARRY = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)
_KID_WEIGHTS = (2, 3, 4, 5, 6, 7)
_FINNISH_WEIGHTS = (7, 3, 1)


def is_number(text: str) -> bool:
    """Whether it is ASCII digits and nothing else."""
    return text.isascii() and text.isdigit()


def luhn(digits: str) -> bool:
    """Modulus 10: bankgiro, plusgiro, organisation number, Swedish OCR, KID."""
    if len(digits) < 2 or not is_number(digits):
        return False
    data = digits.encode()
    return (sum(data[-1::-2]) + sum(data[-2::-2].translate(_DOUBLED)) - 48 * len(data)) % 10 == 0


def luhn_near(digits: str) -> list[str]:
    """Right numbers that differ from a wrong one in one digit, or in two that changed places. Each digit has one value
    that makes the sum right: that is found much quicker than by trying all of them."""
    data, last = [int(digit) for digit in digits], len(digits) - 1
    counts = [_TWICE[digit] if (last - at) % 2 else digit for at, digit in enumerate(data)]
    total = sum(counts)
    found = []
    for at, count in enumerate(counts):
        wanted = (count - total) % 10
        digit = _TWICE.index(wanted) if (last - at) % 2 else wanted
        found.append(f"{digits[:at]}{digit}{digits[at + 1:]}")
    for at, (one, other) in enumerate(pairwise(data)):
        swapped = (other + _TWICE[one]) if (last - at) % 2 == 0 else (_TWICE[other] + one)
        if one != other and (total - counts[at] - counts[at + 1] + swapped) % 10 == 0:
            found.append(f"{digits[:at]}{other}{one}{digits[at + 2:]}")
    return found


def luhn_with_length(digits: str) -> bool:
    """OCR with a length digit: the last but one is the length of all, modulus 10."""
    return luhn(digits) and int(digits[-2]) == len(digits) % 10


def rf(text: str) -> bool:
    """ISO 11649: RF, two check digits, up to 21 letters and digits; modulus 97."""
    if not is_rf(text):
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1


def is_rf(text: str) -> bool:
    """Whether it has the shape of ISO 11649, in capitals and without blanks."""
    return (5 <= len(text) <= 25 and text.startswith("RF") and is_number(text[2:4])
            and text.isascii() and text.isalnum() and text == text.upper())


def qrr(digits: str) -> bool:
    """The Swiss QR reference and the ESR number: 27 digits, modulus 10 recursive."""
    if len(digits) != 27 or not is_number(digits):
        return False
    carry = 0
    for digit in digits[:-1]:
        carry = _CARRY[(carry + int(digit)) % 10]
    return (10 - carry) % 10 == int(digits[-1])


def belgian(digits: str) -> bool:
    """The structured communication +++123/1234/12345+++: modulus 97, where 97 stands for 0."""
    return len(digits) == 12 and is_number(digits) and (int(digits[:10]) % 97 or 97) == int(digits[10:])


def finnish(digits: str) -> bool:
    """The viitenumero: 4 to 20 digits, weights 7, 3, 1 from the right."""
    digits = digits.lstrip("0")
    if not 4 <= len(digits) <= 20 or not is_number(digits):
        return False
    total = sum(int(digit) * _FINNISH_WEIGHTS[at % 3] for at, digit in enumerate(reversed(digits[:-1])))
    return -total % 10 == int(digits[-1])


def kid(text: str) -> bool:
    """The Norwegian KID: 2 to 25 digits, modulus 10, or modulus 11 whose tenth digit is a hyphen."""
    return 2 <= len(text) <= 25 and (luhn(text) or _modulus_11(text))


def _modulus_11(text: str) -> bool:
    body, last = text[:-1], text[-1]
    if not is_number(body) or not (last == "-" or is_number(last)):
        return False
    total = sum(int(digit) * _KID_WEIGHTS[at % 6] for at, digit in enumerate(reversed(body)))
    wanted = -total % 11
    return last == ("-" if wanted == 10 else str(wanted))

"""References: the forms they are looked up in, and check digits against published examples."""
from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulier.core.reconcile import digits
from haulier.core.reconcile.references import SCHEMES, Checked, checked, keys
from haulier.model.payment import RefKind


@pytest.mark.parametrize(("text", "expected"), [
    ("00040147", ("40147",)),
    ("146 048", ("146048",)),
    ("F-145928", ("F145928", "145928")),
    ("k10093", ("K10093", "10093")),
    ("INV-2024/0017", ("INV20240017", "20240017")),
    ("RF18 5390 0754 7034", ("RF18539007547034", "539007547034")),
    ("rf18539007547034", ("RF18539007547034", "539007547034")),
    ("+++090/9337/55493+++", ("90933755493",)),
    ("21 00000 00003 13947 14300 09017", ("210000000003139471430009017",)),
    ("A1", ("A1",)),
    ("Ö-1001", ("Ö1001", "1001")),
    ("NOTPROVIDED", ()), ("not provided", ()), ("NONREF", ()), ("", ()), ("   ", ()), ("0000", ()), ("+-/", ()),
])
def test_forms_of_a_reference(text: str, expected: tuple[str, ...]) -> None:
    assert keys(text) == expected


@given(st.text(max_size=40))
def test_the_first_form_is_its_own_first_form(text: str) -> None:
    forms = keys(text)
    assert all(forms)
    assert len(set(forms)) == len(forms)
    if forms:
        assert keys(forms[0])[0] == forms[0]


@given(st.text(string.ascii_letters + string.digits, max_size=20), st.integers(0, 5))
def test_case_blanks_and_leading_zeros_do_not_matter(text: str, zeros: int) -> None:
    assert keys(" ".join("0" * zeros + text.lower())) == keys(text.upper())


def test_a_number_is_found_with_and_without_its_prefix_but_not_with_another_one() -> None:
    assert keys("1001")[0] in keys("INV-1001") and keys("1001")[0] == keys("inv 1001")[1]
    assert keys("539007547034")[0] in keys("RF18 5390 0754 7034")
    assert keys("CRE-1001")[0] not in keys("INV-1001") and keys("INV-1001")[0] not in keys("CRE-1001")


# Numbers that the makers of the schemes publish as examples.
GOOD = [
    ("rf", "RF18539007547034"), ("rf", "RF471234567890"), ("rf", "RF712348231"),
    ("qrr", "210000000003139471430009017"), ("qrr", "000000000000000000000000000"),
    ("belgian", "090933755493"), ("belgian", "010806817183"), ("belgian", "000000009797"),
    ("finnish", "1234561"), ("finnish", "2348236"),
    ("kid", "2345676"), ("kid", "123456785"), ("kid", "1234567890128"),
    ("luhn", "9912346"), ("luhn", "79927398713"), ("luhn", "5560360793"),
    ("luhn_length", "655969"), ("luhn_length", "657866"), ("luhn_length", "7495575"),
]


@pytest.mark.parametrize(("scheme", "number"), GOOD)
def test_published_numbers_are_good(scheme: str, number: str) -> None:
    assert SCHEMES[scheme](number)


@pytest.mark.parametrize(("scheme", "number"), [pair for pair in GOOD if pair[1].strip("0")])
def test_one_wrong_digit_is_found(scheme: str, number: str) -> None:
    for at in range(len(number)):
        if number[at].isdigit():
            wrong = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1:]
            if scheme != "kid":     # two kinds: what one calls wrong the other may take
                assert not SCHEMES[scheme](wrong), wrong


def test_modulus_11_may_end_with_a_hyphen() -> None:
    hyphens = [number for number in range(100, 400) if digits.kid(f"{number}-")]
    assert hyphens
    assert not any(digits.kid(f"{number}-") for number in range(100, 400) if number not in hyphens)
    # Weights 2, 3, 4 from the right: 3*2 + 2*3 + 1*4 = 16, and 11 - 16 % 11 = 6.
    assert digits.kid("1236")


@pytest.mark.parametrize("scheme", SCHEMES)
@given(text=st.text(max_size=30))
def test_any_text_has_an_answer(scheme: str, text: str) -> None:
    assert SCHEMES[scheme](text) in (True, False)
    for kind in RefKind:
        checked(text, kind, scheme)


@given(st.text(string.digits, min_size=2, max_size=12).filter(lambda text: not digits.luhn(text)))
def test_numbers_beside_a_wrong_one_are_those_that_trying_finds(text: str) -> None:
    places = range(len(text))
    tried = [text[:at] + digit + text[at + 1:] for at in places for digit in string.digits]
    tried += [text[:at] + text[at + 1] + text[at] + text[at + 2:] for at in places[:-1] if text[at] != text[at + 1]]
    assert digits.luhn_near(text) == [one for one in tried if digits.luhn(one)]


def test_what_a_check_digit_says() -> None:
    assert checked("RF18 5390 0754 7034") == ("rf", Checked.OK)
    assert checked("RF19 5390 0754 7034") == ("rf", Checked.BAD)
    assert checked("+++090/9337/55493+++") == ("belgian", Checked.OK)
    assert checked("+++090/9337/55494+++") == ("belgian", Checked.BAD)
    assert checked("21 00000 00003 13947 14300 09018") == ("qrr", Checked.BAD)
    assert checked("9912346", RefKind.OCR) == ("luhn", Checked.OK)
    assert checked("9912347", RefKind.OCR) == ("luhn", Checked.BAD)
    assert checked("9912346", RefKind.OCR, "luhn_length") == ("luhn_length", Checked.BAD)
    assert checked("2345676", RefKind.KID) == ("kid", Checked.OK)
    assert checked("F-145928", RefKind.INVOICE).state is Checked.NONE
    assert checked("123450").state is Checked.NONE     # nobody knows of which kind it is
    assert checked("100252            1000014", RefKind.OCR).state is Checked.NONE

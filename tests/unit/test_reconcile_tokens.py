"""Numbers in what payers write."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulier.core.reconcile.tokens import MOST, tokens


def words(text: str) -> list[str]:
    return [token.whole for token in tokens(text)]


def test_texts_of_real_files() -> None:
    assert words("faktura 146048 kund nr 88") == ["146048"]
    assert words("K10093 f145928") == ["K10093", "F145928"]
    assert words("Minerva 00040147") == ["00040147"]
    assert words("100252            1000014") == ["100252", "1000014"]
    assert words("extra refnr 665869 657775 665661\n665760")[:4] == ["665869", "657775", "665661", "665760"]
    assert tokens("146509/1727")[0] == ("146509/1727", ("146509", "1727"))
    assert tokens("144997+145354")[0] == ("144997+145354", ("144997", "145354"))


@pytest.mark.parametrize(("text", "expected"), [
    ("EREF+INV-2024-17 SVWZ+Rechnung 4711, 4712", ["INV-2024-17", "4711", "4712"]),
    ("text123SVWZ+RE 4711", ["TEXT123", "4711"]),
    ("EREF+NOTPROVIDED SVWZ+4711", ["4711"]),
    ("/RFB/RF18539007547034", ["RF18539007547034"]),
    ("/ROC/123456", ["123456"]),
    ("Thank you RF18 5390 0754 7034 bye", ["RF18 5390 0754 7034"]),
    ("paid +++090/9337/55493+++", ["+++090/9337/55493+++"]),
    ("***090/9337/55493***", ["***090/9337/55493***"]),
    ("QR 21 00000 00003 13947 14300 09017", ["21 00000 00003 13947 14300 09017"]),
    ("no.12345;67890", ["NO.12345", "67890"]),
    ("thank you", []), ("room 12", []), ("", []),
])
def test_tags_and_printed_forms(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_number_that_is_cut_at_the_end_of_a_line_is_whole_again() -> None:
    assert "146048" in words("betalning av faktura 146\n048 tack")
    assert "146048" not in words("rum 146 \n048 tack")      # there was a blank: they are two


@given(st.text(max_size=300))
def test_any_text_is_looked_through(text: str) -> None:
    found = tokens(text)
    assert len(found) <= MOST
    assert all(token.whole and all(token.parts) for token in found)


def test_a_long_text_is_no_long_work() -> None:
    assert len(tokens("1234 " * 20_000)) == 1
    assert len(tokens("RF12 " * 20_000)) <= MOST
    assert len(tokens("1-" * 50_000 + "\n" + "a." * 50_000)) <= MOST

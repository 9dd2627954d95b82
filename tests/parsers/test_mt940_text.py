"""What stands in :86: and behind :61:, as banks write it."""
from __future__ import annotations

from decimal import Decimal

import pytest

from haulier.parsers.mt940_text import told


def test_german_subfields() -> None:
    says = told(["166?00GUTSCHRIFT?100399?20EREF+EndToEndId TFNR 22 004?21 00001?22",
                 "SVWZ+Verw CTSc-01 BC-PPP TF?23Nr 22 004?30DRESDEFF508?31DE1450880",
                 "0500194785000?32KARL?33        KAUFMANN?34000"], [])
    assert (says.code, says.booking) == ("166", "GUTSCHRIFT")
    assert says.end_to_end == "EndToEndId TFNR 22 004 00001"
    assert says.remittance == "Verw CTSc-01 BC-PPP TFNr 22 004"
    assert (says.name, says.account) == ("KARL        KAUFMANN", "DE14508800500194785000")
    assert says.reason == ""


def test_a_direct_debit_that_came_back() -> None:
    says = told(["109?00SEPA-LASTSCHR. RETOURE CORE?109075/629?20EREF+A1.200080779.",
                 "400143254?21.4961336 KREF+SEPA-DA202006?2201221740-34972000-P1 MR",
                 "EF+2?230852HW2723821 CRED+DE41EON0?240000129793 OAMT+11,85 SVWZ+?",
                 "25SONSTIGE GRUENDE?34901?31DE50712345600200691329"], ["/OCMT/EUR11,85//CHGS/EUR0,50/"])
    assert (says.end_to_end, says.mandate) == ("A1.200080779.400143254.4961336", "20852HW2723821")
    assert says.batch == "SEPA-DA20200601221740-34972000-P1"
    assert says.remittance == "SONSTIGE GRUENDE"
    assert (says.original, says.charges) == (("", Decimal("11.85")), Decimal("0.50"))
    assert says.reason == "901"
    assert says.booking == "SEPA-LASTSCHR. RETOURE CORE"


@pytest.mark.parametrize(("pieces", "text"), [
    ("?20RE 2023-77?21KD 4711", "RE 2023-77 KD 4711"),          # a piece that is not full ends with a word
    ("?20Rechnung 123?21456", "Rechnung 123456"),               # but numbers are never torn
    (f"?20{'x' * 27}?21yz", "x" * 27 + "yz"),                   # a full one goes on
    ("?20SVWZ+RE 1 ?21KD 2", "RE 1 KD 2"),
    ("?20Was ist? RE 7", "Was ist? RE 7")])
def test_pieces_are_joined(pieces: str, text: str) -> None:
    assert told([f"166?00X{pieces}?32NAME"], []).remittance == text


@pytest.mark.parametrize("mark", ["?", "<", "~", "^"])
def test_other_marks_of_subfields(mark: str) -> None:
    says = told([f"020{mark}00UZNANIE{mark}20Faktura 7{mark}32JAN{mark}38PL081060007600007777777", "77777"], [])
    assert (says.remittance, says.name, says.account) == ("Faktura 7", "JAN", "PL08106000760000777777777777")


def test_slashes() -> None:
    says = told(["/EREF/E-1/BENM//NAME/CONTRA ACCOUN", "T HOLDER/REMI/Invoice 7/2023/ISDT/2013-07-11"],
                ["NL70ABNA0987654321"])
    assert (says.end_to_end, says.name, says.account) == ("E-1", "CONTRA ACCOUNT HOLDER", "NL70ABNA0987654321")
    assert says.remittance == "Invoice 7/2023"


def test_overviews_of_dutch_banks() -> None:
    says = told(["/TRTP/SEPA OVERBOEKING/IBAN/NL02ABNA0457180536/BIC/ABNANL2A/NAME/A. Smit/REMI/FACT 99",
                 "/EREF/NOTPROVIDED"], [])
    assert (says.account, says.name, says.remittance) == ("NL02ABNA0457180536", "A. Smit", "FACT 99")
    says = told(["/EREF/EV123/MARF/M1//CSID/NL32/CNTP/NL32INGB0000012345/INGBNL2A/ING BANK NV///REMI/USTD//Memo/"], [])
    assert (says.account, says.name, says.remittance) == ("NL32INGB0000012345", "ING BANK NV", "Memo")
    assert says.mandate == "M1"


def test_structured_references() -> None:
    assert told(["/EREF/X/REMI/STRD/CUR/9001123412341234"], []).structured == "9001123412341234"
    assert told(["166?20SVWZ+RF18539007547034?32N"], []).structured == "RF18539007547034"
    assert told(["/EREF/X/REMI/USTD//hello"], []).structured == ""


def test_reasons_of_returns() -> None:
    assert told(["/EREF/X/RTRN/AC04/REMI/back"], []).reason == "AC04"


def test_plain_lines_stay_lines_but_full_ones_go_on() -> None:
    assert told(["one", "two"], []).remittance == "one\ntwo"
    assert told([f"{'a' * 58}123456", "7890 rest"], []).remittance == f"{'a' * 58}1234567890 rest"


def test_what_follows_an_entry_line_is_kept() -> None:
    assert told(["text"], ["911-TRANSAKCJA IPH"]).booking == "911-TRANSAKCJA IPH"
    assert told(["text"], ["P001234567"]).account == "P001234567"
    assert told([], []).remittance == ""


def test_subfields_without_a_code_before_them() -> None:
    says = told([">20Faktura 77/2025>3111222233334", "44455556666>32BIURO NOWAK"], [])
    assert (says.remittance, says.account, says.name) == ("Faktura 77/2025", "1122223333444455556666", "BIURO NOWAK")
    assert told(["8300<00PROWIZJA<20za marzec<32BANK"], []).name == "BANK", "four digits are a code too"
    assert told(["?77 what is this"], []).remittance == "?77 what is this"


def test_names_in_two_pieces() -> None:
    assert told(["051?32SCHMIDT, ANNA?33AACHEN"], []).name == "SCHMIDT, ANNA AACHEN"
    assert told([f"051?32{'N' * 27}?33amen GmbH"], []).name == "N" * 27 + "amen GmbH"


def test_labels_in_columns() -> None:
    says = told(["SEPA OVERBOEKING                 IBAN: NL56ABNA0101010199",
                 "BIC: ABNANL2A                    NAAM: DE GROENE WINKEL NOORD BV",
                 "OMSCHRIJVING: FACTUUR 2025-114", "KENMERK: A-2025-11-11 10:20:47/AB",
                 "0000000009"], [])
    assert (says.name, says.account) == ("DE GROENE WINKEL NOORD BV", "NL56ABNA0101010199")
    assert says.remittance == "SEPA OVERBOEKING\nFACTUUR 2025-114"
    assert says.end_to_end == "A-2025-11-11 10:20:47/AB0000000009"
    says = told(["FACTUREN 17 EN 18", "REK: NL65INGB0123456799/NAAM: JANSEN"], [])
    assert (says.remittance, says.account, says.name) == ("FACTUREN 17 EN 18", "NL65INGB0123456799", "JANSEN")
    says = told(["SEPA OVERBOEKING  IBAN: NL86INGB0002445599", "NAAM: DIENST", "BETALINGSKENM.: 1234123412340000"], [])
    assert says.structured == "1234123412340000"


def test_structured_references_of_dutch_banks() -> None:
    says = told(["/EREF/77/BENM//NAME/Dienst/REMI//CDTRREFTP//CD/SC", "OR/ISSR/CUR/CDTRREF/8234567899874500/ISDT/2025"
                 "-12-27"], [])
    assert (says.structured, says.name, says.remittance) == ("8234567899874500", "Dienst", "")
    says = told(["/TRTP/ACCEPTGIRO/IBAN/NL86INGB0002445599/NAME/DIENST/REMI/Issuer: CUR   Ref: 4420043232690000"], [])
    assert says.structured == "4420043232690000"


def test_who_is_told_without_a_bank() -> None:
    says = told(["/BENM/300000000000199", "/MALA KOMPANIJA DOO", "/faktura 12//160", "/usluga"], [])
    assert (says.account, says.name) == ("300000000000199", "MALA KOMPANIJA DOO")
    assert says.remittance == "faktura 12 160 usluga"
    assert told(["/ORDP/JAN JANSEN/REMI/x"], []).name == "JAN JANSEN"
    says = told(["/RTRN/MS03//BUSP/Incasso//BENM/NL50INGB0001234599/INGBNL2A/WINKEL///EREF/E1/"], [])
    assert (says.reason, says.booking, says.name) == ("MS03", "Incasso", "WINKEL")


def test_no_text_is_lost_beside_an_amount() -> None:
    says = told(["/OCMT/USD2853,12/", "PAYMENT OF INVOICE 20401", "/OGB/A BANK /VA/12"], [])
    assert says.original == ("USD", Decimal("2853.12"))
    assert "PAYMENT OF INVOICE 20401" in says.remittance


def test_padded_lines_end_where_their_text_ends() -> None:
    assert told(["BETALINGSKENM.  123456700".ljust(65), "FACTUUR 987654300".ljust(65)], []).remittance == (
        "BETALINGSKENM.  123456700\nFACTUUR 987654300")


def test_a_long_creditor_reference_is_whole() -> None:
    assert told(["/RFB/RF18000000000539007547034/REMI/INV 7/"], []).structured == "RF18000000000539007547034"
    assert told(["/RFB/1234567890123456and what the bank says/"], []).structured == "1234567890123456"

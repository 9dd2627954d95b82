"""BgMax: however a file is spoilt, the proof and the reading find the same, and no money is lost between them."""
from __future__ import annotations

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haulier.core.content import BytesContent
from haulier.model.errors import Malformed
from haulier.model.record import Check
from haulier.parsers.bgmax import BgMax
from haulier.testing.banks import Deposit, Paid, bgmax_file, check_digit
from haulier.testing.parsers import taken

PAYER = check_digit("378351")
LINES = bgmax_file([
    (Deposit(), [Paid(Decimal(100), "1", payer=PAYER, name="A", extra=[("x", Decimal(90)), ("y", Decimal(-1))]),
                 Paid(Decimal(-30), "2", payer=PAYER), Paid(Decimal("0.01"), "åäö", payer=PAYER, texts=["a", "b"])]),
    (Deposit(serial=2, currency="EUR"), [Paid(Decimal(5), "3", payer=PAYER, street="s", city="c", org="5560360793")]),
]).decode("latin-1").split("\r\n")[:-1]

line = st.one_of(
    st.sampled_from(LINES),
    st.sampled_from(["", " ", "\x1a", "99new", "\t", "20", "2\t0", "15", "7", "05\t", "22" + "9" * 90]),
    st.builds(lambda text, at, other: text[:at] + other + text[at + len(other):], st.sampled_from(LINES),
              st.integers(0, 82), st.text("0129 \tåT٣²_-+x", min_size=1, max_size=9)))
paid = st.builds(lambda text, at, other: text[:at] + other + text[at + len(other):], st.sampled_from(
    [text for text in LINES if text[:1] == "2" and text[:2] < "25"]), st.integers(30, 60), st.sampled_from("0٣ x9²"))
edit = st.tuples(st.integers(0, len(LINES)), st.integers(0, 3), st.lists(line | paid, max_size=2))


def spoilt(edits: list[tuple[int, int, list[str]]]) -> list[str]:
    lines = list(LINES)
    for at, count, new in edits:
        lines[at:at + count] = new
    return lines


def proof(data: bytes) -> tuple[list[Check], bool]:
    found: list[Check] = []
    try:
        for one in BgMax().checks(BytesContent(data)):
            found += [one] if isinstance(one, Check) else []
    except Malformed:
        return found, False
    return found, True


@settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.lists(edit, max_size=4), st.sampled_from(["\r\n", "\n", "\r"]), st.sampled_from(["utf-8", "utf-8-sig"]),
       st.sampled_from([1, 50, 1 << 18]))
def test_the_proof_and_the_reading_agree(edits: list[tuple[int, int, list[str]]], newline: str, encoding: str,
                                         chunk: int) -> None:
    data = newline.join([*spoilt(edits), ""]).encode(encoding)
    checks, whole = proof(data)
    lenient, strict = taken(BgMax(strict=False), data, chunk=chunk), taken(BgMax(), data, chunk=chunk)
    assert whole is not bool(lenient.error)
    if whole:
        assert lenient.checks == checks
        count = sum(text.startswith(("20", "21")) for text in spoilt(edits))
        assert len(lenient.rows) + len(lenient.rejects) == count
    if not whole or not all(check.holds for check in checks):
        assert strict.error and not strict.rows
    else:
        assert strict.rows == lenient.rows and not strict.error
        said = sum(check.said for check in checks if check.name == "section amount")
        money = [*(row["amount"] for row in strict.rows), *(one.row and one.row["amount"] for one in strict.rejects)]
        if None not in money:
            assert sum(money) == said

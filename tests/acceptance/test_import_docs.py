"""The worker for bank files that docs/imports.md shows, as it stands there, against real servers."""
from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from acceptance.imports import TOKEN, Office, payments, reference, words_of
from haulier.testing.banks import Paid

PAGE = Path(__file__).parents[2] / "docs" / "imports.md"


def worker(office: Office) -> str:
    """The flow of the page; only its addresses are others."""
    found = re.search(r"^```yaml flows/payments.yaml\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    text = found[1].replace("bank:outbox", office.source)
    return text.replace("https://erp.example.com/api", office.books.url.removesuffix("/rows"))


def erp(file: Path, count: int) -> None:
    """Its invoices, in the columns that the page names."""
    with closing(sqlite3.connect(file)) as line, line:
        line.execute("CREATE TABLE invoices (number, ocr, amount, unpaid, date, customer)")
        line.executemany("INSERT INTO invoices VALUES (?, ?, ?, ?, '2025-03-14', ?)", (
            (f"inv{n}", reference(n), f"{n}.00", f"{n}.00", f"Payer {n}") for n in range(1, count + 1)))


def test_the_worker_for_bank_files(office: Office) -> None:
    """From SFTP to the API and into the archive; the file that does not balance beside its report."""
    erp(office.program.at / "erp.db", 20)
    with (office.program.at / ".env").open("a") as env:
        env.write(f"ERP_TOKEN={TOKEN}\n")
    (office.program.at / "flows" / "payments.yaml").write_text(worker(office))
    office.books.token = TOKEN
    good = payments(range(1, 9), Paid(Decimal(7), "", name="Somebody"))
    for name, data in (("first.bgm", good), ("short.bgm", good.replace(b"\r\n70", b"\r\n7000000009\r\n70", 1))):
        os.utime(office.deliver(name, data), (1, 1))    # not so fresh that it has to be looked at again
    done = office.take("payments", code=1)
    office.take("payments")
    kept = sorted(office.books.kept, key=lambda row: Decimal(row["amount"]))
    unknown, = (row for row in kept if "invoice" not in row)
    assert (unknown["amount"], unknown["reason"], unknown["payer_name"]) == ("7.00", "no_reference", "Somebody")
    assert [row for row in kept if row is not unknown] == [
        {"invoice": f"inv{n}", "amount": f"{n}.00", "currency": "SEK", "paid_at": "2025-03-14"} for n in range(1, 9)]
    assert office.names == {"done/first.bgm", "bad/short.bgm", "bad/short.bgm.report.json"}
    assert not office.books.twice and TOKEN not in words_of(done)

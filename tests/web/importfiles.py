"""Imports with real files: a bank's payments that are matched with open items, and orders of which some are no good."""
from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from haulier.testing.banks import Deposit, Paid, bgmax, check_digit

ODD = """orders <img src=x onerror="document.title='owned'">&amp;.csv"""
MARKED = """<b onmouseover="document.title='owned'">Åsa</b> & Son"""
PAYMENTS = "payments <i>1.bgm"
BANK = """\
name: bank
description: What customers paid
tasks:
  - id: take
    type: import
    source: bank
    patterns: "*.bgm"
    complete: {settle_seconds: 0}
    parser: bgmax
    reconcile:
      items: {type: csv, file: open.csv, between: "|"}
      message: suggest
      overpaid: suggest
      matched: {sink: {type: file, place: out, name: "matched-{stem}.jsonl"}}
      unmatched: {sink: {type: file, place: out, name: "unmatched-{stem}.jsonl"}}
    settle: archive
"""
ORDERS = """\
name: orders
description: Orders of the web shop
tasks:
  - id: take
    type: import
    source: orders
    patterns: "*.csv"
    complete: {settle_seconds: 0}
    parser: {type: csv, delimiter: ";", ragged: error}
    schema:
      order: integer required
      amount: {type: decimal, decimal: ",", min: 0}
      day: date
      customer: text
    mapping: {id: "{order}", total: "{amount}", on: "{day}", who: "{customer}", source: shop}
    sink: {type: file, place: out, name: "{stem}-{digest}.jsonl"}
    settle: keep
"""
TABLE = f"""\
order;amount;day;customer
1;12,50;2026-11-20;Kvarnby Bygg AB
2;twelve;2026-11-20;{MARKED}
3;7,00;2026-13-01;Lindström & Söner
4;8,00;2026-11-21;Hamnkontoret
five;-3,00;yesterday;Åkeri Norr HB
6;1,00
7;99,90;2026-11-22;S. Johansson
"""
ITEMS = """\
id,references,open,currency,date,names
20311,{a}|20311,11900.00,SEK,2026-12-01,Kvarnby Bygg AB
20318,{b}|20318,6500.00,SEK,2026-12-01,Kvarnby Bygg AB
20290,{c},18400.00,SEK,2026-11-08,Kvarnby Fastigheter
20330,{d},45120.00,SEK,2026-11-30,Lindström & Söner
20341,{e},399.00,SEK,2026-11-30,S. Johansson
20355,{f},7850.00,SEK,2026-11-28,Norrfrakt AB
20360,{g},640.00,SEK,2026-11-28,Hamnkontoret
20361,{h},1200.00,SEK,2026-11-28,Hamnkontoret
20377,{i},2500.00,SEK,2026-11-28,Skärgårdens Bageri
"""
REFERENCES = {letter: check_digit(f"20{3110 + at}") for at, letter in enumerate("abcdefghi")}


def paid() -> list[Paid]:
    """Some that are matched, and one for each reason why a person is asked."""
    return [
        Paid(Decimal("2500.00"), REFERENCES["i"], name="Skärgårdens Bageri", payer="9912346", org="5560001111"),
        Paid(Decimal("399.00"), REFERENCES["e"], name="S. Johansson"),
        Paid(Decimal("18400.00"), "", payer="5103424", texts=["FAKT 20311 OCH 20318 TACK"], name="Kvarnby Bygg AB"),
        Paid(Decimal("1299.00"), "", texts=[MARKED[:50]], name=MARKED[:35]),
        Paid(Decimal("45120.50"), REFERENCES["d"], name="Lindström & Söner", payer="5103432"),
        Paid(Decimal("7850.00"), "", texts=["Frakt november"], name="Åkeri Norr HB"),
        Paid(Decimal("1840.00"), "", texts=["Hamnavgift"], name="Hamnkontoret"),
        Paid(Decimal("62000.00"), check_digit("99999"), name="Stora Kontoret AB"),
    ]


def write(home: Path) -> None:
    """All of it, into a workspace."""
    for folder in ("flows", "bank", "orders", "out"):
        (home / folder).mkdir(exist_ok=True)
    (home / "flows" / "bank.yaml").write_text(BANK)
    (home / "flows" / "orders.yaml").write_text(ORDERS)
    (home / "open.csv").write_text(ITEMS.format(**REFERENCES))
    (home / "bank" / PAYMENTS).write_bytes(bgmax(paid(), Deposit(bankgiro="9912346", deposited=date(2026, 11, 20))))
    (home / "orders" / ODD).write_text(TABLE)

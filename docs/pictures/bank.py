"""Makes the picture of an import, from a real hub that takes in payments. Usage: python docs/pictures/bank.py"""
from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
from itertools import chain
from pathlib import Path

import shots
from playwright.sync_api import Page, sync_playwright

from haulier.testing.banks import check_digit

NAME = "swish-incoming"
FLOW = """\
name: swish-incoming
description: What customers paid by phone, matched with their invoices
tasks:
  - id: take
    type: import
    source: incoming
    patterns: "*.csv"
    complete: { settle_seconds: 0 }
    parser: { type: csv, delimiter: ";" }
    schema:
      reference: text
      amount: { type: decimal, decimal: ",", required: true, min: 0 }
      currency: { type: text, required: true }
      booked: { type: date, required: true }
      payer_name: text
      text: text
    reconcile:
      items: { type: csv, file: open.csv }
      message: suggest
      matched: { sink: { type: file, place: out, name: "matched-{stem}.jsonl" } }
    settle: archive
"""
PAYERS = ("Kvarnby Bygg AB", "Lindström & Söner", "Åkeri Norr HB", "S. Johansson", "Hamnkontoret", "Skärgårdens Bageri",
          "Norrfrakt AB", "Solgården Café", "Elverket i Väst", "M. Lind", "Tryckeriet Ess", "Ö. Bergström")
ASKED = (("2026-11", "18400,00", "Kvarnby Bygg AB", "FAKT {0} OCH {1} TACK"), ("", "1299,00", "Okänd betalare", ""),
         ("{2}", "45120,50", "Lindström & Söner", ""), ("88120311", "7850,00", "Åkeri Norr HB", ""),
         ("", "399,00", "S. Johansson", "Faktura november"), ("", "62000,00", "Hamnkontoret", "Hamnavgift"))
BAD = ("{3};12 450,5 kr;SEK;2026-11-20;Elverket i Väst;Tack", "{4};450,00;SEK;2026-13-01;M. Lind;Tack",
       "{5};1299,00;;2026-11-20;Tryckeriet Ess;Tack", "{6};;SEK;2026-11-20;Norrfrakt AB;Tack")
"""Rows that are no good, each in its own way."""
PAID = 1240
ENDED = """async (id) => {
  const state = async () => (await (await fetch(`/api/v1/runs/${id}`)).json()).state;
  while (!["done", "failed"].includes(await state())) await new Promise((done) => setTimeout(done, 100));
}"""


def prepare(home: Path) -> None:
    for folder in ("flows", "incoming", "out"):
        (home / folder).mkdir(exist_ok=True)
    (home / "flows" / f"{NAME}.yaml").write_text(FLOW)
    chosen = random.Random(7)
    invoices = [(check_digit(f"20{300 + number:04}"), chosen.randint(120, 9900), PAYERS[number % len(PAYERS)])
                for number in range(PAID)]
    fixed = [(check_digit(f"30{number:04}"), amount, name) for number, (amount, name) in enumerate((
        (11900, PAYERS[0]), (6500, PAYERS[0]), (45120, PAYERS[1]), (12450, PAYERS[8]), (450, PAYERS[9]),
        (1299, PAYERS[10]), (640, PAYERS[6])))]
    names = [reference for reference, _, _ in fixed]
    none = "-"
    lines = [f"{reference};{amount},00;SEK;2026-11-20;{payer};Tack" for reference, amount, payer in invoices]
    rest = [";".join((reference.format(*names) or none, amount, "SEK", "2026-11-20", payer,
                      text.format(*names) or none)) for reference, amount, payer, text in ASKED]
    for at, line in zip((212, 389, 390, 1002), BAD, strict=True):
        lines.insert(at, line.format(*names))
    lines[600:600] = rest
    rows = [f"{reference},{reference},{amount}.00,SEK,2026-11-30,{payer}"
            for reference, amount, payer in [*invoices, *fixed]]
    write(home / "incoming" / "swish_20261121_0615.csv", "reference;amount;currency;booked;payer_name;text", lines)
    write(home / "open.csv", "id,references,open,currency,date,names", rows)


def write(path: Path, *texts: str | list[str]) -> None:
    path.write_text("\n".join(chain.from_iterable([one] if isinstance(one, str) else one for one in texts)) + "\n")


def take_in(page: Page) -> None:
    """Run the flow to its end."""
    address = page.url.split("/ui")[0].rstrip("/")
    answer = page.request.post(f"{address}/api/v1/flows/{NAME}/run", data={}, headers={"X-Haulier": "1"})
    assert answer.ok, answer.text()
    page.evaluate(ENDED, answer.json()["id"])


def main() -> None:
    shots.HOME = home = Path(tempfile.mkdtemp()) / "hub"
    subprocess.run([shots.HAULIER, "init", home], check=True, stdout=subprocess.DEVNULL)
    (home / "configs" / "jobs.yaml").write_text("jobs: []\n")
    prepare(home)
    try:
        with shots.started() as (address, password), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = shots.signed_in(browser, address, password, 1440, "light")
            take_in(page)
            page.set_viewport_size({"width": 1440, "height": 1130})
            page.goto(f"{address}/ui/imports/1")
            page.get_by_role("button", name="Edit amount in line").first.click()
            page.get_by_label("New value of amount").fill("12450,50")
            page.wait_for_timeout(1500)
            page.screenshot(path=shots.HERE / "imports.png")
            browser.close()
    finally:
        shutil.rmtree(home.parent, ignore_errors=True)


if __name__ == "__main__":
    main()

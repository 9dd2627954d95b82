"""Makes the picture of a flow, from a real hub and real runs of it. Usage: python docs/pictures/month.py"""
from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import shots
from playwright.sync_api import Page, sync_playwright

RUNS, FAILS, RETRIES, REFUSED = 23, 7, (4, 12), 18
NAME = "month-end-close"
FLOW = """\
name: Month-end close
description: Statements and ledger are fetched, booked, compared and paid
version: "2.4"
tags: [finance]
schedule: monthly on last at 18:00
timezone: Europe/Stockholm
retry: { tries: 2, base: 1s }
params:
  period: { default: "2026-11", description: Which month }
  source: { default: nordbank, choices: [nordbank, sydbank], description: Whose statements }
tasks:
  - { id: fetch-statements, type: transfer, source: { type: local, path: bank }, destination: { type: local, path: in },
      complete: { settle_seconds: 0 }, dedup: "off" }
  - { id: fetch-ledger, script: work.py, args: [ledger] }
  - { id: import-bgmax, script: work.py, args: [bgmax], depends_on: fetch-statements }
  - { id: import-camt, script: work.py, args: [camt], depends_on: fetch-statements }
  - { id: reconcile, type: python, call: "books.py:compare", depends_on: [import-bgmax, import-camt, fetch-ledger] }
  - { id: post-to-erp, script: work.py, args: [erp], depends_on: reconcile }
  - { id: approve-release, type: approve, message: "Pay the open items of ${params.period}?", depends_on: reconcile }
  - { id: send-payments, script: work.py, args: [payments], depends_on: [post-to-erp, approve-release] }
"""
WORK = """\
import os, pathlib, random, sys, time
what, number, attempt = sys.argv[1], os.environ["HAULIER_RUN"], int(os.environ["HAULIER_TRY"])
here = pathlib.Path(__file__).parent
plan = (here / "plan").read_text().split() if (here / "plan").exists() else []
say = lambda text: print(time.strftime("%H:%M:%S"), text, flush=True)
say(f"open {what}_20261130.xml, 4.1 MB")
if f"fail-{what}" in plan or (f"retry-{what}" in plan and attempt == 1):
    sys.exit("finance-db closed the connection")
time.sleep(random.uniform(0, 0.4))
say("statement SE45 5000 0000 0583 9825 7466")
for batch in range(1, 400 if f"slow-{what}" in plan else 3):
    say(f"batch {batch} committed, {batch * 2000:,} rows")
    if f"slow-{what}" in plan:
        time.sleep(1)
"""
BOOKS = "def compare():\n    return {'open': 9, 'matched': 12471}\n"
ASKS = """async ([id, asks]) => {
  const get = async (path) => (await fetch(`/api/v1${path}`)).json();
  for (;;) {
    const { items } = await get(`/runs/${id}/tasks`), run = await get(`/runs/${id}`);
    if ((asks && items.some((one) => one.asks)) || ["done", "failed"].includes(run.state)) return run.state;
    await new Promise((done) => setTimeout(done, 100));
  }
}"""


def prepare(home: Path) -> None:
    for folder in ("flows", "tasks", "bank", "in"):
        (home / folder).mkdir(exist_ok=True)
    (home / "flows" / f"{NAME}.yaml").write_text(FLOW)
    (home / "tasks" / "work.py").write_text(WORK)
    (home / "tasks" / "books.py").write_text(BOOKS)
    for number in range(24):
        (home / "bank" / f"camt053_{number:02}.xml").write_text("<Document/>" * 4000)


def plan(home: Path, *words: str) -> None:
    (home / "tasks" / "plan").write_text(" ".join(words))


def run(page: Page) -> int:
    address = page.url.split("/ui")[0].rstrip("/")
    answer = page.request.post(f"{address}/api/v1/flows/{NAME}/run", data={}, headers={"X-Haulier": "1"})
    found: int = answer.json()["id"]
    return found


def history(page: Page, home: Path) -> None:
    for number in range(RUNS):
        plan(home, *(["fail-bgmax"] if number == FAILS else []), *(["retry-erp"] if number in RETRIES else []))
        id = run(page)
        if page.evaluate(ASKS, [id, True]) not in ("done", "failed"):
            shots.ask(page, f"/runs/{id}/tasks/approve-release/decision", approved=number != REFUSED)
            page.evaluate(ASKS, [id, False])


def main() -> None:
    shots.HOME = home = Path(tempfile.mkdtemp()) / "hub"
    subprocess.run([shots.HAULIER, "init", home], check=True, stdout=subprocess.DEVNULL)
    (home / "configs" / "jobs.yaml").write_text("jobs: []\n")
    prepare(home)
    try:
        with shots.started() as (address, password), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = shots.signed_in(browser, address, password, 1440, "light")
            history(page, home)
            plan(home, "retry-camt", "slow-camt")
            run(page)
            time.sleep(12)
            shots.take(page, address, f"/ui/flows/{NAME}?task=import-camt", shots.HERE / "flow.png")
            browser.close()
    finally:
        shutil.rmtree(home.parent, ignore_errors=True)


if __name__ == "__main__":
    main()

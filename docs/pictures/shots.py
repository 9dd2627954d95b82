"""Makes the pictures of the dashboard from a real hub. Usage, as root: python docs/pictures/shots.py [FOLDER]

It starts an SFTP server on loopback and a hub in /srv/hub, lets files come in for five minutes, and takes pictures
with Chromium. Everything is removed again. With FOLDER, pictures of every page in every width go there.
"""
from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, expect, sync_playwright

from haulier.testing.servers.receiver import Receiver
from haulier.testing.servers.sshd import Sshd

HERE = Path(__file__).parent
HOME = Path("/srv/hub")
HAULIER = Path(sys.executable).with_name("haulier")
SECONDS = 300
SHOWN = {"overview": "/", "editor": "/ui/jobs/shop_orders/edit", "transfers": "/ui/transfers/{failed}",
         "job": "/ui/jobs/shop_orders", "arrivals": "/ui/jobs/bank_rates", "alerts": "/ui/settings/alerts",
         "import-job": "/ui/jobs/card_sales/edit"}
TALL = {"overview": 1400, "alerts": 520, "import-job": 1980}
ALL = {**SHOWN, "jobs": "/ui/jobs", "runs": "/ui/runs", "run": "/ui/runs/1", "waiting-run": "/ui/runs/2",
       "new-job": "/ui/new-job", "plan": "/ui/jobs/nightly_media/plan", "list": "/ui/transfers",
       "connections": "/ui/connections", "connection": "/ui/connections/nordbank", "logs": "/ui/logs",
       **{name: f"/ui/settings/{name}" for name in ("appearance", "account", "users", "tokens", "limits", "audit")}}
FAILED = """() => fetch('/api/v1/transfers?state=failed&limit=1').then((answer) => answer.json())
               .then(({ items }) => items[0].id)"""

SETTINGS = """\
timezone: Europe/Stockholm
limits:
  lanes: 4
  per_connection: 2
  timetable:
    - {{ days: mon-fri, from: "08:00", to: "18:00", bandwidth: 10MB/s }}
    - {{ days: [sat, sun], bandwidth: 50MB/s }}
alerts:
  ops-chat: {{ type: webhook, url: "{chat}" }}
  finance:
    type: email
    host: 127.0.0.1
    port: 9
    from: haulier@example.com
    to: [anna@example.com]
    jobs: [payroll, supplier_payments]
    quiet: 1h
connections:
  nordbank:
    type: sftp
    host: 127.0.0.1
    port: {port}
    username: {name}
    key_file: {key}
    known_hosts: {hosts}
    path: {folder}
  erp: {{ type: sftp, host: 127.0.0.1, port: 9, username: haulier, key_file: {key} }}
"""

JOBS = """\
jobs:
  # The bank takes files until 10:00.
  - job_id: payroll
    description: Salaries to the bank, on the 25th
    schedule: monthly on 25 at 06:00
    tags: [finance]
    source: { type: local, path: payroll, file_pattern: "*.txt" }
    destination: { connection: nordbank, path: salaries }
    check: checksum
    settle: archive

  - job_id: shop_orders
    description: Orders of the web shop, packed and dated
    schedule: every 15s
    tags: [shop]
    source: { type: local, path: orders, file_pattern: "*.csv" }
    destination: { connection: nordbank, path: orders }
    processing: { enabled: true, steps: [compress, timestamp] }
    check: checksum
    complete: { settle_seconds: 0 }

  - job_id: depot_scans
    description: What the depots scanned
    schedule: every 10s
    source: { type: local, path: scans }
    destination: { type: local, path: archive/scans }
    complete: { settle_seconds: 0 }
    settle: delete

  - job_id: nightly_media
    description: Recordings of the day
    schedule: daily at 22:00
    source: { type: local, path: media }
    destination: { type: local, path: archive/media }
    limits: { bandwidth: 6MB/s }
    check: checksum

  - job_id: supplier_payments
    description: Payments out of the ERP
    schedule: every 30m
    source: { type: local, path: payments }
    destination: { connection: erp, path: in }

  - job_id: bank_rates
    description: Exchange rates of the day, from the bank
    schedule: every 5m
    tags: [finance]
    source: { connection: nordbank, path: rates }
    destination: { type: local, path: rates }
    expect:
      - { files: "rates-*.csv", by: "%(soon)s", warn: 30m }
      - { files: "fees-*.csv", by: "%(later)s", warn: 3h, count: 2 }

  - job_id: contracts
    description: Contracts to the archive of the lawyers
    conflict: fail
    source: { type: local, path: contracts }
    destination: { type: local, path: archive/contracts }

  - job_id: card_sales
    description: What shops sold by card, into the books
    source: { type: local, path: sales, file_pattern: "*.csv" }
    settle: archive
    import:
      parser: { type: csv, delimiter: ";" }
      schema:
        receipt: text required
        sold: date required
        shop: text
        amount: { type: decimal, decimal: ",", required: true, min: 0 }
        vat: { type: decimal, decimal: "," }
        currency: { type: text, known: [SEK, EUR, NOK] }
      sink: { type: file, place: taken }

  - job_id: price_list
    description: Prices for the partners
    schedule: "0 5 * * mon-fri"
    source: { type: local, path: prices }
    destination: { type: local, path: partners }
"""


def prepare(sshd: Sshd, chat: str) -> None:
    account = sshd.keyed
    now = datetime.now(ZoneInfo("Europe/Stockholm"))
    soon, later = (f"{now + timedelta(minutes=minutes):%H:%M}" for minutes in (2, 90))
    (account.local / "rates").mkdir()
    for name in ("payroll", "orders", "scans", "media", "payments", "contracts", "archive/contracts", "prices",
                 "sales"):
        (HOME / name).mkdir(parents=True)
    (HOME / "configs" / "jobs.yaml").write_text(JOBS % {"soon": soon, "later": later})
    (HOME / "haulier.yaml").write_text(SETTINGS.format(
        port=sshd.port, name=account.name, key=account.key_file, hosts=sshd.known_hosts, folder=account.folder,
        chat=chat))
    (HOME / "payroll" / "SALARY_2026-11.txt").write_text("A;4711;25000.00\n" * 400)
    (HOME / "payments" / "pain001.xml").write_text("<Document/>" * 300)
    for folder, text in (("contracts", "signed"), ("archive/contracts", "a draft")):
        (HOME / folder / "lease-2026-114.pdf").write_text(text * 900)
    (HOME / "prices" / "prices_2026-11.csv").write_text("item;price\n" * 900)
    for number, size in ((1, 520), (2, 730)):
        (HOME / "media" / f"yard-camera-{number}.mp4").write_bytes(os.urandom(1 << 20) * size)
    for path in HOME.glob("*/*"):
        os.utime(path, (time.time() - 3600,) * 2)


def come_in(seconds: float, number: int = 0) -> None:
    """Files as they come on a busy day, numbered from there on."""
    chosen, until = random.Random(number), time.monotonic() + seconds
    while time.monotonic() < until:
        number += 1
        (HOME / "orders" / f"orders_{1000 + number}.csv").write_text("id;item;count\n" * chosen.randint(200, 9000))
        for _ in range(chosen.randint(1, 6)):
            number += 1
            (HOME / "scans" / f"scan_{number:05}.tif").write_bytes(os.urandom(chosen.randint(20_000, 900_000)))
        time.sleep(chosen.uniform(0.5, 3))


@contextmanager
def started() -> Iterator[tuple[str, str]]:
    """A hub: its address and its admin's password."""
    hub = subprocess.Popen([HAULIER, "start", HOME, "--port", "0", "--json"], stdout=subprocess.PIPE, text=True)
    try:
        assert hub.stdout
        said = json.loads(hub.stdout.readline())
        yield said["address"], said["password"]
    finally:
        hub.terminate()
        hub.wait(30)


@contextmanager
def filled(sshd: Sshd) -> Iterator[tuple[str, str]]:
    """A hub with jobs, and a chat that it tells."""
    with Receiver() as chat:
        prepare(sshd, chat.url)
        with started() as found:
            yield found


def signed_in(browser: Browser, address: str, password: str, width: int, scheme: str) -> Page:
    height = {1440: 900, 1024: 768}.get(width, 844)
    page = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme,  # type: ignore[arg-type]
                               device_scale_factor=1, locale="en-GB").new_page()
    page.goto(f"{address}/login")
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "login" not in url)
    return page


def ask(page: Page, path: str, **body: object) -> None:
    """What the hub is told besides."""
    page.evaluate("([path, body]) => fetch(`/api/v1${path}`, {method: 'POST', headers: {'X-Haulier': '1', "
                  "'Content-Type': 'application/json'}, body: JSON.stringify(body)})", [path, body])


def run_by_hand(page: Page, *jobs: str) -> None:
    for job in jobs:
        ask(page, f"/jobs/{job}/run")


def people_and_programs(page: Page) -> None:
    for name, role in (("anna", "operator"), ("bo", "viewer")):
        ask(page, "/users", name=name, role=role, password="correct horse battery")
    ask(page, "/tokens", name="monitoring", role="viewer", expires_days=90)


def take(page: Page, address: str, where: str, to: Path) -> None:
    if "{failed}" in where:
        where = where.format(failed=page.evaluate(FAILED))
    page.goto(address + where)
    page.wait_for_load_state("load")
    page.wait_for_timeout(2500)
    expect(page.locator("main .bone")).to_have_count(0, timeout=30_000)
    page.screenshot(path=to)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    shutil.rmtree(HOME, ignore_errors=True)
    subprocess.run([HAULIER, "init", HOME], check=True, stdout=subprocess.DEVNULL)
    sshd = Sshd(HOME / "sshd")
    try:
        with filled(sshd) as (address, password), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = signed_in(browser, address, password, 1440, "light")
            people_and_programs(page)
            run_by_hand(page, "payroll", "supplier_payments", "price_list", "contracts")
            come_in(SECONDS - 20)
            run_by_hand(page, "nightly_media")
            come_in(20, number=5000)
            for name, where in SHOWN.items():
                page.set_viewport_size({"width": 1440, "height": TALL.get(name, 900)})
                take(page, address, where, HERE / f"{name}.png")
            if folder:
                folder.mkdir(parents=True, exist_ok=True)
                for width in (1440, 1024, 390):
                    for scheme in ("light", "dark"):
                        page = signed_in(browser, address, password, width, scheme)
                        for name, where in ALL.items():
                            take(page, address, where, folder / f"{name}-{width}-{scheme}.png")
            browser.close()
    finally:
        sshd.stop()
        shutil.rmtree(HOME, ignore_errors=True)


if __name__ == "__main__":
    main()

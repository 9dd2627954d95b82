"""Makes the pictures of the dashboard from a real hub. Usage, as root: python docs/pictures/shots.py [FOLDER]

It starts an SFTP server on loopback and a hub in /srv/hub, lets files come in for two minutes, and takes pictures
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
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from haulier.testing.servers.sshd import Sshd

HERE = Path(__file__).parent
HOME = Path("/srv/hub")
HAULIER = Path(sys.executable).with_name("haulier")
SECONDS = 120
SHOWN = {"overview": "/", "editor": "/ui/jobs/shop_orders/edit", "transfers": "/ui/transfers",
         "job": "/ui/jobs/shop_orders"}
ALL = {**SHOWN, "jobs": "/ui/jobs", "runs": "/ui/runs", "run": "/ui/runs/3", "new-job": "/ui/new-job",
       "plan": "/ui/jobs/payroll/plan", "connections": "/ui/connections",
       "logs": "/ui/logs", "settings": "/ui/settings"}

SETTINGS = """\
timezone: Europe/Stockholm
limits: {{ lanes: 4, per_connection: 2 }}
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

  - job_id: price_list
    description: Prices for the partners
    schedule: "0 5 * * mon-fri"
    source: { type: local, path: prices }
    destination: { type: local, path: partners }
"""


def prepare(sshd: Sshd) -> None:
    account = sshd.keyed
    for name in ("payroll", "orders", "scans", "media", "payments", "archive"):
        (HOME / name).mkdir()
    (HOME / "configs" / "jobs.yaml").write_text(JOBS)
    (HOME / "haulier.yaml").write_text(SETTINGS.format(
        port=sshd.port, name=account.name, key=account.key_file, hosts=sshd.known_hosts, folder=account.folder))
    (HOME / "payroll" / "SALARY_2026-11.txt").write_text("A;4711;25000.00\n" * 400)
    (HOME / "payments" / "pain001.xml").write_text("<Document/>" * 300)
    for number, size in ((1, 520), (2, 730)):
        (HOME / "media" / f"yard-camera-{number}.mp4").write_bytes(os.urandom(1 << 20) * size)
    for path in HOME.glob("*/*"):
        os.utime(path, (time.time() - 3600,) * 2)


def come_in(seconds: float) -> None:
    """Files as they come on a busy day."""
    chosen, until = random.Random(7), time.monotonic() + seconds
    number = 0
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


def run_by_hand(page: Page, *jobs: str) -> None:
    for job in jobs:
        page.evaluate("job => fetch(`/api/v1/jobs/${job}/run`, {method: 'POST', headers: {'X-Haulier': '1', "
                      "'Content-Type': 'application/json'}, body: '{}'})", job)


def take(page: Page, address: str, where: str, to: Path) -> None:
    page.goto(address + where)
    page.wait_for_load_state("load")
    page.wait_for_timeout(2500)
    page.screenshot(path=to)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    shutil.rmtree(HOME, ignore_errors=True)
    subprocess.run([HAULIER, "init", HOME], check=True, stdout=subprocess.DEVNULL)
    sshd = Sshd(HOME / "sshd")
    try:
        prepare(sshd)
        with started() as (address, password), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = signed_in(browser, address, password, 1440, "light")
            run_by_hand(page, "payroll", "supplier_payments", "price_list")
            come_in(SECONDS - 20)
            run_by_hand(page, "nightly_media")
            come_in(20)
            for name, where in SHOWN.items():
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

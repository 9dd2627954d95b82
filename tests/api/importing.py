"""Files that are taken in by flows of the tests' workspace: a bank's, and a table."""
from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx

from api.flowruns import V1, over, start
from api.hubs import Place
from haulier.model.account import Role
from haulier.testing.banks import Paid, bgmax, check_digit

TAKE = """\
tasks:
  - id: take
    type: import
    source: { type: local, path: %s-in }
    complete: { settle_seconds: 0 }
    settle: archive
"""
BANK = TAKE + """\
    parser: bgmax
    reconcile:
      items: %s
      matched: { sink: { type: file, place: told, name: "{name}-{digest}.jsonl" } }
"""
TABLE = TAKE + """\
    parser: csv
    schema: { id: integer, amount: decimal, note: text }
    sink: { type: file, place: told }
"""
ITEMS = "{ type: csv, file: open.csv }"
ODD = '<img src=x onerror="alert(1)">, åäö 日本.csv'
ROWS = "id,amount,note\n1,1.50,fine\nx,2,=1+1\n2,many,no number\n3,3.00\n4,4.50,also fine\n"


def reference(number: int) -> str:
    """Of an invoice, with its check digit."""
    return check_digit(str(10_000 + number))


def invoices(count: int = 9) -> str:
    """Open ones, each of as many hundreds as its number."""
    lines = (f"inv{n},{reference(n)},{n}00.00,SEK,2025-03-14,Payer {n}" for n in range(1, count + 1))
    return "\n".join(("id,references,due,currency,date,names", *lines, ""))


def payments() -> bytes:
    """Two that are matched; one for nothing and one for nobody's number; four that may be for 3 to 6."""
    known = [Paid(Decimal(n * 100), reference(n), name=f"Payer {n}") for n in (1, 2)]
    return bgmax([*known, Paid(Decimal(7), "", name="Somebody"), Paid(Decimal(850), reference(999), name="Nobody"),
                  *(Paid(Decimal(n * 100), "", name=f"Payer {n}") for n in (3, 4, 5, 6))])


def written(hub: Place) -> None:
    """The flows, and a file for each of them."""
    for name, text, file, body in (("bank", BANK, "bank.txt", payments()), ("other", BANK, "other.txt", payments()),
                                   ("table", TABLE, ODD, ROWS.encode())):
        (hub.home / f"{name}-in").mkdir(exist_ok=True)
        (hub.home / f"{name}-in" / file).write_bytes(body)
        flow(hub, name, text % ((name, ITEMS) if text is BANK else name))
    (hub.home / "told").mkdir(exist_ok=True)
    (hub.home / "open.csv").write_text(invoices())


def flow(hub: Place, name: str, text: str) -> None:
    """A flow as it is from now on; without a text it is gone."""
    path = hub.home / "flows" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text) if text else path.unlink()
    hub.made.live.refresh()


def taken(hub: Place, name: str) -> int:
    """The import that a run of the flow makes."""
    run = start(hub.client(Role.OPERATOR), name)
    assert over(hub, run)["state"] == "done"
    return int(asked(hub, run=run)["items"][0]["id"])


def asked(hub: Place, path: str = "", role: Role = Role.VIEWER, **params: Any) -> Any:
    answer = hub.client(role).get(f"{V1}/imports{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def decide(hub: Place, payment: Any, action: str, role: Role = Role.OPERATOR, **more: Any) -> httpx.Response:
    """What that person says of a payment as they saw it."""
    body = {"version": payment["version"], "action": action, **more}
    return hub.client(role).post(f"{V1}/imports/payments/{payment['id']}/decide", json=body)

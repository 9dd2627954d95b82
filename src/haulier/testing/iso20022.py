"""Bank statements as ISO 20022 has them, made for tests and measurements."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from xml.sax.saxutils import escape

DAY = date(2026, 3, 2)


class Detail(NamedTuple):
    """One transaction of an entry."""

    amount: Decimal | None = None       # without sign; None: it is not said
    end_to_end: str = ""
    reference: str = ""                 # structured
    text: str = ""
    payer: str = ""
    payer_account: str = ""
    returned: str = ""                  # why it came back, such as AC04
    fee: Decimal | None = None
    more: str = ""                      # XML that stands behind it all


class Entry(NamedTuple):
    """One amount on the account; what is out is negative."""

    amount: Decimal
    details: tuple[Detail, ...] = ()
    bank_reference: str = ""
    booked: date = DAY
    status: str = "BOOK"                # "": none is given
    reversal: bool = False
    text: str = ""
    currency: str = ""                  # "": the statement's
    promised: int = 0                   # how many transactions its batch says to have
    reference: str = ""                 # NtryRef
    code: tuple[str, str, str] = ("PMNT", "RCDT", "ESCT")
    fee: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """What stands around the entries."""

    message: str = "053"
    version: int = 8
    account: str = "SE4550000000058398257466"
    currency: str = "EUR"
    opening: Decimal | None = Decimal("1000.00")
    closing: Decimal | None = None
    number: int | None = None           # ElctrncSeqNb
    statement: str = "STMT-1"
    message_id: str = "MSG-1"
    page: tuple[int, bool] | None = None
    total: tuple[int, Decimal] | None = None    # what TxsSummry says


_ROOTS = {"052": ("BkToCstmrAcctRpt", "Rpt"), "053": ("BkToCstmrStmt", "Stmt"),
          "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}


def camt053(entries: Iterable[Entry], head: Head = Head()) -> bytes:
    """A file with one statement, whose closing balance is right if `head` gives none."""
    entries = list(entries)
    closing = head.closing
    if closing is None and head.opening is not None:
        closing = head.opening + sum((entry.amount for entry in entries if entry.status in ("BOOK", "")), Decimal(0))
    return b"".join(streamed(entries, head, closing))


def streamed(entries: Iterable[Entry], head: Head, closing: Decimal | None = None) -> Iterator[bytes]:
    """The same in chunks, for files that are too long to be held."""
    root, container = _ROOTS[head.message]
    yield (f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.'
           f'{head.message}.001.{head.version:02}">\n<{root}>\n<GrpHdr><MsgId>{escape(head.message_id)}</MsgId>'
           f'<CreDtTm>2026-03-03T01:00:00</CreDtTm>{_page(head)}</GrpHdr>\n<{container}>\n'
           f'{_above(head, closing)}').encode()
    lines: list[str] = []
    for entry in entries:
        lines.append(_entry(entry, head))
        if len(lines) == 100:
            yield "".join(lines).encode()
            lines.clear()
    yield ("".join(lines) + f"</{container}>\n</{root}>\n</Document>\n").encode()


def _page(head: Head) -> str:
    if head.page is None:
        return ""
    number, last = head.page
    return f"<MsgPgntn><PgNb>{number}</PgNb><LastPgInd>{str(last).lower()}</LastPgInd></MsgPgntn>"


def _above(head: Head, closing: Decimal | None) -> str:
    number = "" if head.number is None else f"<ElctrncSeqNb>{head.number}</ElctrncSeqNb>"
    return (f"<Id>{escape(head.statement)}</Id>{number}<CreDtTm>2026-03-03T01:00:00</CreDtTm>\n"
            f"<Acct><Id><IBAN>{head.account}</IBAN></Id><Ccy>{head.currency}</Ccy></Acct>\n"
            f"{_balance('OPBD', head.opening, head)}{_balance('CLBD', closing, head)}{_total(head)}")


def _balance(code: str, amount: Decimal | None, head: Head) -> str:
    if amount is None:
        return ""
    return (f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_money(abs(amount), head.currency)}"
            f"<CdtDbtInd>{_side(amount)}</CdtDbtInd><Dt><Dt>{DAY}</Dt></Dt></Bal>\n")


def _total(head: Head) -> str:
    if head.total is None:
        return ""
    count, amount = head.total
    return (f"<TxsSummry><TtlNtries><NbOfNtries>{count}</NbOfNtries><TtlNetNtry><Amt>{abs(amount)}</Amt>"
            f"<CdtDbtInd>{_side(amount)}</CdtDbtInd></TtlNetNtry></TtlNtries></TxsSummry>\n")


def _entry(entry: Entry, head: Head) -> str:
    status = f"<Sts><Cd>{entry.status}</Cd></Sts>" if head.version >= 8 else f"<Sts>{entry.status}</Sts>"
    currency = entry.currency or head.currency
    domain, family, sub = entry.code
    details = "".join(_detail(detail, entry, head) for detail in entry.details)
    batch = f"<Btch><NbOfTxs>{entry.promised}</NbOfTxs></Btch>" if entry.promised else ""
    return (f"<Ntry>{_leaf('NtryRef', entry.reference)}{_money(abs(entry.amount), currency)}"
            f"<CdtDbtInd>{_side(entry.amount)}</CdtDbtInd>{'<RvslInd>true</RvslInd>' if entry.reversal else ''}"
            f"{status if entry.status else ''}<BookgDt><Dt>{entry.booked}</Dt></BookgDt>"
            f"<ValDt><Dt>{entry.booked}</Dt></ValDt>{_leaf('AcctSvcrRef', entry.bank_reference)}\n"
            f"<BkTxCd><Domn><Cd>{domain}</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{sub}</SubFmlyCd></Fmly></Domn></BkTxCd>"
            f"{_fee(entry.fee, currency)}{f'<NtryDtls>{batch}{details}</NtryDtls>' if batch + details else ''}"
            f"{_leaf('AddtlNtryInf', entry.text)}</Ntry>\n")


def _detail(detail: Detail, entry: Entry, head: Head) -> str:
    currency, party = entry.currency or head.currency, _leaf("Nm", detail.payer)
    amount = "" if detail.amount is None else _money(detail.amount, currency)
    if head.version < 4:
        amount = amount and f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>"
    if head.version >= 8:
        party = party and f"<Pty>{party}</Pty>"
    account = detail.payer_account and f"<DbtrAcct><Id><IBAN>{detail.payer_account}</IBAN></Id></DbtrAcct>"
    reference = _leaf("Ref", detail.reference)
    structured = reference and f"<Strd><CdtrRefInf>{reference}</CdtrRefInf></Strd>"
    returned = detail.returned and f"<RtrInf><Rsn><Cd>{detail.returned}</Cd></Rsn></RtrInf>"
    return (f"<TxDtls><Refs>{_leaf('EndToEndId', detail.end_to_end or 'NOTPROVIDED')}</Refs>{amount}"
            f"{_fee(detail.fee, currency)}"
            f"<RltdPties>{party and f'<Dbtr>{party}</Dbtr>'}{account}</RltdPties>"
            f"<RmtInf>{_leaf('Ustrd', detail.text)}{structured}</RmtInf>{returned}{detail.more}</TxDtls>\n")


def _fee(fee: Decimal | None, currency: str) -> str:
    return "" if fee is None else f"<Chrgs><Rcrd>{_money(fee, currency)}</Rcrd></Chrgs>"


def _money(amount: Decimal, currency: str) -> str:
    return f'<Amt Ccy="{currency}">{amount:f}</Amt>'


def _leaf(name: str, text: str) -> str:
    return text and f"<{name}>{escape(text)}</{name}>"


def _side(amount: Decimal) -> str:
    return "DBIT" if amount < 0 else "CRDT"

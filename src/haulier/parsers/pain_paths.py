"""Where the values of payment orders and their status reports stand, in all versions of pain.001, 002 and 008."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from .camt_paths import ACCOUNT, PARTY, STRUCTURED
from .xml_events import Opening
from .xml_paths import Node, Trie

MESSAGES = {"CstmrCdtTrfInitn": "pain.001", "CstmrPmtStsRpt": "pain.002", "CstmrDrctDbtInitn": "pain.008"}

_REMITTANCE = ("RmtInf/Ustrd+=Texts", *(f"RmtInf/Strd*/{path}" for path in STRUCTURED))
_AMOUNT = ("InstdAmt=Amt @Ccy", "Amt/InstdAmt=Amt @Ccy", "Amt/EqvtAmt/Amt=Amt @Ccy",
           "IntrBkSttlmAmt=Amt @Ccy")     # the last of them that is there
_PARTIES = (
    *(f"{party}/{path.format(party)}" for party in ("Dbtr", "Cdtr") for path in PARTY),
    *(f"{party}/{path.format(party)}" for party in ("DbtrAcct", "CdtrAcct") for path in ACCOUNT),
)
_MANDATE = ("DrctDbtTx/MndtRltdInf/MndtId=MndtId", "MndtRltdInf/MndtId=MndtId",
            "MndtRltdInf/DrctDbtMndt/MndtId=MndtId", "MndtRltdInf/CdtTrfMndt/MndtId=MndtId")
_DAY = ("ReqdExctnDt=Date", "ReqdExctnDt/Dt=Date", "ReqdExctnDt/DtTm=Date", "ReqdColltnDt=Date")
_HEADER = ("GrpHdr!/MsgId", "GrpHdr!/NbOfTxs", "GrpHdr!/CtrlSum", "GrpHdr!/CtrlSum/Amt=CtrlSum")
_ORDER = ("PmtId/InstrId=InstrId", "PmtId/EndToEndId=EndToEndId", "PmtId/UETR=UETR", *_AMOUNT, *_PARTIES, *_MANDATE,
          "UltmtCdtr/Nm=UltmtCdtr", "UltmtDbtr/Nm=UltmtDbtr", *_REMITTANCE)

_REASON = ("StsRsnInf*/Rsn/Cd=Reason", "StsRsnInf*/Rsn/Prtry=Reason", "StsRsnInf*/StsRsn/Cd=Reason",
           "StsRsnInf*/StsRsn/Prtry=Reason", "StsRsnInf*/AddtlInf+=Said", "StsRsnInf*/AddtlStsRsnInf+=Said")
_STATUS = ("OrgnlInstrId=InstrId", "OrgnlEndToEndId=EndToEndId", "OrgnlUETR=UETR", "TxSts=Status", "StsId=Id",
           "AcctSvcrRef", "OrgnlPmtInfId=Batch", *_REASON,
           *(f"OrgnlTxRef/{path}" for path in (*_AMOUNT, *_PARTIES, *_MANDATE, *_DAY, *_REMITTANCE)))


def orders(openings: dict[str, Opening]) -> dict[str, Node]:
    """The wanted elements of each message."""
    return {root: Trie(openings, _LINES[root]()).root for root in MESSAGES}


def _transfers(transaction: str) -> Iterator[str]:
    yield from _HEADER
    yield from (f"PmtInf!/{path}" for path in ("PmtInfId", "NbOfTxs", "CtrlSum", "CtrlSum/Amt=CtrlSum", *_DAY,
                                               *_PARTIES))
    yield from (f"PmtInf!/{transaction}!/{path}" for path in _ORDER)


def _statuses() -> Iterator[str]:
    yield "GrpHdr!/MsgId"
    yield from (f"OrgnlGrpInfAndSts!/{path}" for path in ("OrgnlMsgId=Message", "OrgnlMsgNmId=Kind", "GrpSts=Status",
                                                         *_REASON))
    for report in ("OrgnlPmtInfAndSts!", "OrgnlGrpInfAndSts!/OrgnlPmtInfAndSts!"):
        yield from (f"{report}/{path}" for path in ("OrgnlPmtInfId=Batch", "PmtInfSts=Status", *_REASON))
        yield from (f"{report}/TxInfAndSts!/{path}" for path in _STATUS)
    yield from (f"TxInfAndSts!/{path}" for path in _STATUS)


_LINES: Mapping[str, Callable[[], Iterator[str]]] = {
    "CstmrCdtTrfInitn": lambda: _transfers("CdtTrfTxInf"), "CstmrPmtStsRpt": _statuses,
    "CstmrDrctDbtInitn": lambda: _transfers("DrctDbtTxInf")}

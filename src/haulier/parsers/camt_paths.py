"""Where the values of an account report stand, in all versions of camt.052, 053 and 054."""
from __future__ import annotations

from collections.abc import Iterator

from .xml_events import Opening
from .xml_paths import Node, Trie

MESSAGES = {"BkToCstmrAcctRpt": ("camt.052", "Rpt"), "BkToCstmrStmt": ("camt.053", "Stmt"),
            "BkToCstmrDbtCdtNtfctn": ("camt.054", "Ntfctn")}
"""What the element in `Document` is called (.01 has `V01` behind it), and the one for each account in it."""

PARTY = ("Nm={0}", "Pty/Nm={0}", "Agt/FinInstnId/Nm={0}",
          *(f"{party}Id/OrgId/{there}={{0}}Org" for party in ("", "Pty/")
            for there in ("Othr/Id", "PrtryId/Id", "TaxIdNb", "BkPtyId")),
          *(f"{party}Id/PrvtId/Othr/Id={{0}}Org" for party in ("", "Pty/")),
          *(f"{party}PstlAdr/{part}+={{0}}Address" for party in ("", "Pty/")
            for part in ("AdrLine", "StrtNm", "BldgNb", "PstCd", "TwnNm", "Ctry")))
ACCOUNT = ("Id/IBAN={0}", "Id/BBAN={0}", "Id/UPIC={0}", "Id/PrtryAcct/Id={0}", "Id/Othr/Id={0}")
_CHARGES = ("Chrgs*/Amt @Ccy", "Chrgs*/CdtDbtInd", "Chrgs*/TtlChrgsAndTaxAmt=Total @Ccy=TotalCcy",
            "Chrgs*/Rcrd*/Amt @Ccy", "Chrgs*/Rcrd*/CdtDbtInd")
_AMOUNTS = ("AmtDtls/InstdAmt/Amt=Instructed @Ccy=InstructedCcy", "AmtDtls/TxAmt/Amt=TxAmt @Ccy=TxCcy",
            "AmtDtls/CntrValAmt/Amt=Counter @Ccy=CounterCcy",
            *(f"AmtDtls/{kind}/CcyXchg/XchgRate=Rate" for kind in ("InstdAmt", "TxAmt", "CntrValAmt")))
_CODE = ("BkTxCd/Domn/Cd=Domain", "BkTxCd/Domn/Fmly/Cd=Family", "BkTxCd/Domn/Fmly/SubFmlyCd=Sub",
         "BkTxCd/Prtry/Cd=Own")
STRUCTURED = ("CdtrRefInf/Ref", "CdtrRefInf/CdtrRef=Ref",
               *(f"CdtrRefInf/{kind}/{code}=Kind" for kind in ("Tp/CdOrPrtry", "Tp", "CdtrRefTp")
                 for code in ("Cd", "Prtry")),
               "RfrdDocInf*/Nb", "RfrdDocInf/RfrdDocNb=Nb",
               "RfrdDocAmt/RmtdAmt=Remitted", "RfrdDocAmt/CdtNoteAmt=Credit", "AddtlRmtInf+=Said")
_RETURN = (*(f"RtrInf*/{reason}/{kind}=Reason" for reason in ("Rsn", "RtrRsn") for kind in ("Cd", "Prtry")),
           "RtrInf*/AddtlInf+=Said", "RtrInf*/AddtlRtrRsnInf+=Said")

_DETAIL = (
    *(f"Refs/{name}={name}" for name in ("AcctSvcrRef", "PmtInfId", "InstrId", "EndToEndId", "TxId", "MndtId", "UETR")),
    "Amt @Ccy", "CdtDbtInd", *_AMOUNTS, *_CODE, *_CHARGES,
    *(f"RltdPties/{party}/{path.format(party)}" for party in ("Dbtr", "Cdtr") for path in PARTY),
    "RltdPties/UltmtDbtr/Nm=UltmtDbtr", "RltdPties/UltmtDbtr/Pty/Nm=UltmtDbtr",
    "RltdPties/UltmtCdtr/Nm=UltmtCdtr", "RltdPties/UltmtCdtr/Pty/Nm=UltmtCdtr",
    *(f"RltdPties/{party}/{path.format(party)}" for party in ("DbtrAcct", "CdtrAcct") for path in ACCOUNT),
    "RmtInf/Ustrd+=Texts", *(f"RmtInf/Strd*/{path}" for path in STRUCTURED), *_RETURN, "AddtlTxInf",
)
_ENTRY = (
    "NtryRef", "Amt @Ccy", "CdtDbtInd", "RvslInd", "Sts", "Sts/Cd=Sts", "Sts/Prtry=Sts",
    "BookgDt/Dt=Booked", "BookgDt/DtTm=Booked", "ValDt/Dt=Valued", "ValDt/DtTm=Valued", "AcctSvcrRef",
    *_CODE, *_AMOUNTS, *_CHARGES, "AddtlNtryInf",
)
_BATCH = ("Btch*/MsgId", "Btch*/PmtInfId", "Btch*/NbOfTxs")
_BALANCE = ("Tp/CdOrPrtry/Cd=Type", "Tp/CdOrPrtry/Prtry=Type", "Tp/Cd=Type", "Tp/Prtry=Type", "Amt @Ccy", "CdtDbtInd",
            "Dt/Dt=Date", "Dt/DtTm=Date", "Dt=Date")
_TOTALS = (*(f"TxsSummry/{group}/{name}={key}{name}"
             for group, key in (("TtlNtries", ""), ("TtlCdtNtries", "Credit"), ("TtlDbtNtries", "Debit"))
             for name in ("NbOfNtries", "Sum")),
           "TxsSummry/TtlNtries/TtlNetNtryAmt=Net", "TxsSummry/TtlNtries/CdtDbtInd=NetSide",
           "TxsSummry/TtlNtries/TtlNetNtry/Amt=Net", "TxsSummry/TtlNtries/TtlNetNtry/CdtDbtInd=NetSide")


def reports(openings: dict[str, Opening]) -> dict[str, Node]:
    """The wanted elements of each message."""
    return {root: Trie(openings, _lines(container)).root for root, (_, container) in MESSAGES.items()}


def _lines(container: str) -> Iterator[str]:
    yield from ("GrpHdr!/MsgId", "GrpHdr!/MsgPgntn/PgNb=Page", "GrpHdr!/MsgPgntn/LastPgInd=Last")
    account = f"{container}!"
    yield from (f"{account}/{path}" for path in (
        "Id", "ElctrncSeqNb=Number", "LglSeqNb=LegalNumber", f"{container}Pgntn/PgNb=Page",
        f"{container}Pgntn/LastPgInd=Last", "Acct/Ccy=Currency", *_TOTALS))
    yield from (f"{account}/Acct/{path.format('Account')}" for path in ACCOUNT)
    yield from (f"{account}/Bal!/{path}" for path in _BALANCE)
    entry = f"{account}/Ntry!"
    yield from (f"{entry}/{path}" for path in (*_ENTRY, *_BATCH, *(f"NtryDtls/{path}" for path in _BATCH)))
    for details in (f"{entry}/NtryDtls/TxDtls*", f"{entry}/TxDtls*"):
        yield from (f"{details}/{path}" for path in _DETAIL)

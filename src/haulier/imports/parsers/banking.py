"""Parsers of bank files."""
from ...library.importing.banking import (
    BankPayment,
    BgMaxParser,
    BgMaxParserConfig,
    BgMaxPayment,
    BgMaxResult,
    SEPAParser,
    SEPAParserConfig,
    SEPAPayment,
    SEPAResult,
)

__all__ = ["BankPayment", "BgMaxParser", "BgMaxParserConfig", "BgMaxPayment", "BgMaxResult", "SEPAParser",
           "SEPAParserConfig", "SEPAPayment", "SEPAResult"]

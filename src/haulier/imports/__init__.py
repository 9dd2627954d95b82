"""Files into other systems, each row once: `from haulier.imports import CSVParser, GenericImportPipeline, run_loop`."""
from ..library.importing.binding import PipelineBinding
from ..library.importing.client import ImportApiClient
from ..library.importing.connections import close_connections
from ..library.importing.files import SourceFile
from ..library.importing.generic import GenericImportPipeline
from ..library.importing.parsers import (
    CSVParser,
    CSVParserConfig,
    FixedWidthParser,
    FixedWidthParserConfig,
    JSONLinesParser,
    JSONLinesParserConfig,
    JSONParser,
    JSONParserConfig,
    XLSXParser,
    XLSXParserConfig,
    XMLParser,
    XMLParserConfig,
)
from ..library.importing.pipeline import BasePipeline
from ..library.importing.reconciling import ReconciliationPipeline
from ..library.importing.result import PipelineResult, Rejected
from ..library.importing.rowkey import idempotency_key
from ..library.importing.running import run_loop, run_poll_cycle
from ..library.importing.sources import SFTPSource, Source, StoreSource, WatchedDirectorySource
from ..model.column import Column, Type
from ..model.match import Match, OpenItem
from ..model.payment import Payment

__all__ = [
    "BasePipeline", "CSVParser", "CSVParserConfig", "Column", "FixedWidthParser", "FixedWidthParserConfig",
    "GenericImportPipeline", "ImportApiClient", "JSONLinesParser", "JSONLinesParserConfig", "JSONParser",
    "JSONParserConfig", "Match", "OpenItem", "Payment", "PipelineBinding", "PipelineResult", "ReconciliationPipeline",
    "Rejected", "SFTPSource", "Source", "SourceFile", "StoreSource", "Type", "WatchedDirectorySource", "XLSXParser",
    "XLSXParserConfig", "XMLParser", "XMLParserConfig", "close_connections", "idempotency_key", "run_loop",
    "run_poll_cycle"]

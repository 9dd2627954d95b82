"""Parsers of tables and documents; those of banks are in `haulier.imports.parsers.banking`."""
from ...library.importing.parsers import (
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
from ...library.importing.reading import RowParser

__all__ = ["CSVParser", "CSVParserConfig", "FixedWidthParser", "FixedWidthParserConfig", "JSONLinesParser",
           "JSONLinesParserConfig", "JSONParser", "JSONParserConfig", "RowParser", "XLSXParser", "XLSXParserConfig",
           "XMLParser", "XMLParserConfig"]

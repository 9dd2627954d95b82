"""The parsers of tables and documents, by the names that they have in Python."""
from __future__ import annotations

from ...parsers.csv import CsvSpec
from ...parsers.fixed import FixedSpec
from ...parsers.json import JsonSpec
from ...parsers.jsonl import JsonLinesSpec
from ...parsers.xlsx import XlsxSpec
from ...parsers.xml import XmlSpec
from .reading import Checked, RowParser


class CSVParserConfig(Checked, CsvSpec):
    """How a CSV file is written."""


class JSONParserConfig(Checked, JsonSpec):
    """Where in a JSON document its rows are."""


class JSONLinesParserConfig(Checked, JsonLinesSpec):
    """How JSON lines are taken."""


class FixedWidthParserConfig(Checked, FixedSpec):
    """Where the columns of a file of fixed width stand."""


class XMLParserConfig(Checked, XmlSpec):
    """Where in an XML document its rows are."""


class XLSXParserConfig(Checked, XlsxSpec):
    """Which sheet of a workbook has the rows."""


class CSVParser(RowParser[CSVParserConfig]):
    """Reads CSV."""

    def __init__(self, config: CSVParserConfig | None = None) -> None:
        super().__init__(config or CSVParserConfig())


class JSONParser(RowParser[JSONParserConfig]):
    """Reads a list of objects in a JSON document."""

    def __init__(self, config: JSONParserConfig | None = None) -> None:
        super().__init__(config or JSONParserConfig())


class JSONLinesParser(RowParser[JSONLinesParserConfig]):
    """Reads JSON lines."""

    def __init__(self, config: JSONLinesParserConfig | None = None) -> None:
        super().__init__(config or JSONLinesParserConfig())


class FixedWidthParser(RowParser[FixedWidthParserConfig]):
    """Reads lines whose values stand at fixed places."""


class XMLParser(RowParser[XMLParserConfig]):
    """Reads the elements at a path of an XML document."""


class XLSXParser(RowParser[XLSXParserConfig]):
    """Reads a sheet of a workbook."""

    def __init__(self, config: XLSXParserConfig | None = None) -> None:
        super().__init__(config or XLSXParserConfig())

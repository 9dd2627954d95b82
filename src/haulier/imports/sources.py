"""Where files come from."""
from ..library.importing.files import SourceFile
from ..library.importing.sources import SFTPSource, Source, StoreSource, WatchedDirectorySource

__all__ = ["SFTPSource", "Source", "SourceFile", "StoreSource", "WatchedDirectorySource"]

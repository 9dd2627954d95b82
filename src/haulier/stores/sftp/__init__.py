"""Folders on SFTP servers."""
from .spec import SftpSpec

__all__ = ["SftpSpec"]

"""Folders on servers that have a shell and scp, but no SFTP."""
from .spec import ScpSpec

__all__ = ["ScpSpec"]

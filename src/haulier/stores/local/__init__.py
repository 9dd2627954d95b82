"""A folder on this machine."""
from .store import Local, LocalSpec

__all__ = ["Local", "LocalSpec"]

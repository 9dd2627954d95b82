"""The state of a workspace as one file, and a workspace out of such a file."""
from .making import make
from .parcel import Manifest, check
from .restoring import Restored, restore

__all__ = ["Manifest", "Restored", "check", "make", "restore"]

"""The hub over HTTP: one file for each resource."""
from .assembly import create
from .hub import Folder, Hub, Planned, Tested, Tools
from .signin.first import first_admin

__all__ = ["Folder", "Hub", "Planned", "Tested", "Tools", "create", "first_admin"]

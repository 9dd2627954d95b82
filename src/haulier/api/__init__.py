"""The hub over HTTP: one file for each resource."""
from .assembly import create
from .hub import Deciders, Folder, Hub, Planned, Tested, Tools
from .signin.first import first_admin

__all__ = ["Deciders", "Folder", "Hub", "Planned", "Tested", "Tools", "create", "first_admin"]

"""Haulier moves files between places and can prove what happened to each."""
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .library.functions import flow as flow
    from .library.functions import task as task
    from .library.project import Execution as Execution
    from .library.project import FlowFailed as FlowFailed
    from .library.project import Haulier as Haulier

_FROM = {"flow": "functions", "task": "functions", "Execution": "project", "FlowFailed": "project",
         "Haulier": "project"}


def __getattr__(name: str) -> Any:
    """What the library offers, loaded when it is asked for: the command line starts without it."""
    if name not in _FROM:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module
    return getattr(import_module(f".library.{_FROM[name]}", __name__), name)

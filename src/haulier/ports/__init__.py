"""Every seam of the system.

A room (stores/, steps/, ledger/, engine/ …) implements one of these; core/ and api/ call only these.
If a method is not here, nothing may call it across a seam.
"""
from .alerts import Alerts, Channel
from .arrivals import Arrivals
from .engine import Clock, Engine
from .ledger import Accounts, Agenda, Ledger, Reader
from .sharing import Sharing
from .store import Step, Store, read_one
from .task import Doing, Task
from .taskbook import TaskBook

__all__ = ["Accounts", "Agenda", "Alerts", "Arrivals", "Channel", "Clock", "Doing", "Engine", "Ledger", "Reader",
           "Sharing", "Step", "Store", "Task", "TaskBook", "read_one"]

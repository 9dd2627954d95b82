"""Every seam of the system.

A room (stores/, steps/, ledger/, engine/ …) implements one of these; core/ and api/ call only these.
If a method is not here, nothing may call it across a seam.
"""
from .alerts import Alerts, Channel
from .arrivals import Arrivals
from .engine import Clock, Engine
from .importbook import ImportBook, Progress
from .items import Items, Sought
from .ledger import Accounts, Agenda, Ledger, Reader
from .parser import START, Columns, Content, Guess, Parser, Validator
from .sharing import Sharing
from .sink import FileKey, Refusal, Sink
from .store import Step, Store, read_one
from .task import Doing, Task
from .taskbook import TaskBook

__all__ = ["START", "Accounts", "Agenda", "Alerts", "Arrivals", "Channel", "Clock", "Columns", "Content", "Doing",
           "Engine", "FileKey", "Guess", "ImportBook", "Items", "Ledger", "Parser", "Progress", "Reader", "Refusal",
           "Sharing", "Sink", "Sought", "Step", "Store", "Task", "TaskBook", "Validator", "read_one"]

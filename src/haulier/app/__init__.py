"""Where the parts meet: settings become live stores and steps, and the engine runs them."""
from .books import default_ledger, kept, open_ledger, past, state_folder, workspace_at
from .doing import drafts, forget, plan, run
from .places import folder_at, opened, test_connection
from .works import COPY_RULES, ONE_SHOT, CopyOrder, copy_work, job_work

__all__ = ["COPY_RULES", "ONE_SHOT", "CopyOrder", "copy_work", "default_ledger", "drafts", "folder_at", "forget",
           "job_work", "kept", "open_ledger", "opened", "past", "plan", "run", "state_folder", "test_connection",
           "workspace_at"]

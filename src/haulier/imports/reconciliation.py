"""What payments are for."""
from ..core.reconcile.policy import Mode, Rules
from ..library.importing.matched_once import ReconciliationResult, ReconciliationService
from ..model.match import Allocation, Candidate, Gap, Match, MatchState, OpenItem, Why
from ..model.payment import Payment

__all__ = ["Allocation", "Candidate", "Gap", "Match", "MatchState", "Mode", "OpenItem", "Payment",
           "ReconciliationResult", "ReconciliationService", "Rules", "Why"]

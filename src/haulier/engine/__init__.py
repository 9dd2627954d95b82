"""Carries runs: in this process to their end, or durably, in any of many processes."""

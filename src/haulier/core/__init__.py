"""Verbs: what happens to files. Knows model and ports only."""

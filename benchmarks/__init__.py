"""Haulier beside its peers, in the same run, on this machine. Start with: scripts/benchmark"""

"""Passwords, tokens, and how fast they may be tried."""

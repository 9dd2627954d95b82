"""Reaching another machine over SSH: a login, and the channel that a protocol runs over."""

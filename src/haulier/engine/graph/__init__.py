"""Runs of flows: graphs of tasks."""

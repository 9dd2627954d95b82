"""Haulier from Python: flows are listed and run, written as functions, and started when they are due."""

"""Runs batches: in this process, and later durably on many workers."""

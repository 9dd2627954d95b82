"""Flows as people write them: files in a folder, and when they start."""

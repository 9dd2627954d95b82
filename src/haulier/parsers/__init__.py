"""Formats of files with rows, one file each."""

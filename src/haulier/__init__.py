"""Haulier moves files between places and can prove what happened to each."""
__version__ = "0.1.0"

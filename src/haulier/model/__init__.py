"""Nouns: frozen values and tables. Imports nothing but the standard library."""
